// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Parameters, Phase, Role} from "./interfaces/IFLTask.sol";
import {Positions} from "./libraries/Positions.sol";
import {Act, Member, Training, Voting, Words} from "./libraries/Words.sol";
import {Views} from "./Views.sol";

/// @title One federated learning task
/// @notice The public functions, each in four stanzas: check, change, announce, transfer. Nobody owns a task, nothing in it can be
/// paused or changed, and nothing loops over its members. Announcing is done where the change is made. The manual is `IFLTask`.
/// @dev A task is a clone with immutable arguments: `contracts/README.md` has the figures.
contract FLTask is Views, Multicall {
    using SafeERC20 for IERC20;
    using Positions for uint256;
    using Words for uint256;
    using Words for Member;

    /// @dev The implementation itself is no task.
    constructor() {
        progress.isClosed = true;
    }

    /// @dev The task manager calls this in the transaction that makes the clone.
    function initialize() external {
        if (progress.round != 0 || progress.isClosed) revert WrongState(Phase.Closed);

        globalModel = _parameters().initialModel;
        (progress.round, progress.movedAt) = (1, uint40(block.timestamp));
    }

    // ── members ──

    function join(uint256 amount, bytes32[] calldata proof) external {
        _join(amount, proof);
    }

    /// @dev A permit that was used already, by whoever, leaves an allowance behind, so its failure is not an error by itself.
    function joinWithPermit(uint256 amount, bytes32[] calldata proof, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        try IERC20Permit(_parameters().token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _join(amount, proof);
    }

    function _join(uint256 amount, bytes32[] calldata proof) private {
        Parameters memory p = _parameters();
        _checkRunning(p);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(msg.sender))));
        if (p.admitted != 0 && !MerkleProof.verifyCalldata(proof, p.admitted, leaf)) revert NotAdmitted(msg.sender);

        _stake(p, msg.sender, amount);

        _pull(p, amount);
    }

    function topUp(uint256 amount) external {
        Parameters memory p = _parameters();
        _checkRunning(p);

        _topUp(p, msg.sender, amount);

        _pull(p, amount);
    }

    function leaveTask() external {
        Parameters memory p = _parameters();
        if (positions[msg.sender].placeNow() == 0) revert NotMember(msg.sender);

        _leave(p, msg.sender);
    }

    function withdraw(address to) external {
        Parameters memory p = _parameters();
        _checkExit(p, msg.sender);

        Member memory member = members[msg.sender].toMember();
        _applyDues(p, member, msg.sender, progress.round - 1, progress.round, address(0));
        (uint256 stake, uint256 rewards) = (member.stake + topUps[msg.sender].amount, member.rewards);
        if (stake + rewards == 0) revert Nothing();
        (member.stake, member.rewards, member.hasTopUp, topUps[msg.sender].amount) = (0, 0, false, 0);
        members[msg.sender] = member.pack();
        entered -= stake;

        emit Withdrawn(msg.sender, to, stake, rewards);

        IERC20(p.token).safeTransfer(to, stake + rewards);
    }

    function claim(address to) external {
        Parameters memory p = _parameters();

        Member memory member = members[msg.sender].toMember();
        _applyDues(p, member, msg.sender, progress.round - 1, progress.round, address(0));
        uint256 rewards = member.rewards;
        if (rewards == 0) revert Nothing();
        member.rewards = 0;
        members[msg.sender] = member.pack();

        emit Claimed(msg.sender, to, rewards);

        IERC20(p.token).safeTransfer(to, rewards);
    }

    function slash(uint256 round, address[] calldata accounts) external {
        Parameters memory p = _parameters();
        uint256 now_ = progress.round;
        if (round >= now_) revert WrongRound(now_ - 1, round);

        uint256 slashed;
        for (uint256 i = 0; i < accounts.length; i++) {
            slashed += _slash(p, accounts[i], round, now_);
        }
        if (slashed == 0) revert Nothing();
    }

    /// @dev Shares go to the caller's word while the account's is in memory: so when they are the same, there is no share.
    function _slash(Parameters memory p, address account, uint256 round, uint256 now_) private returns (uint256 slashed) {
        Member memory member = members[account].toMember();
        slashed = _applyDues(p, member, account, round, now_, msg.sender);
        members[account] = member.pack();
    }

    // ── a round ──

    function draw() external {
        Parameters memory p = _parameters();
        Phase actual = _phase(p);
        if (actual != Phase.Drawing) revert WrongPhase(Phase.Drawing, actual);

        if (_fixSeed(p, _progress())) (progress.isDrawn, progress.movedAt) = (true, uint40(block.timestamp));
    }

    function submitUpdate(bytes32 digest) external {
        Parameters memory p = _parameters();
        Training memory t = training.toTraining();
        if (block.timestamp >= t.trainEnd) revert WrongPhase(Phase.Training, phase());
        (uint256 rank, uint256 proposers,) = _checkRole(p, t, Role.Proposer);
        Member memory member = members[msg.sender].toMember();
        if (member.actedRound == t.number) revert AlreadyDone(msg.sender, t.number);
        if (digest == 0) revert EmptyDigest();

        uint256 weight = _act(p, member, t.number, Act.Submitted);
        members[msg.sender] = member.pack();
        updates[rank] = digest;
        _countUpdate(t, proposers, weight);

        emit UpdateSubmitted(t.number, msg.sender, digest, weight);
    }

    function commitVote(bytes32 commitment) external {
        Parameters memory p = _parameters();
        Training memory t = training.toTraining();
        Voting memory v = _votingOf(p, t);
        if (_phaseOf(p, t, v) != Phase.Committing) revert WrongPhase(Phase.Committing, phase());
        (,, uint256 voters) = _checkRole(p, t, Role.Voter);
        if (uint16(uint256(commitments[msg.sender])) == t.number) revert AlreadyDone(msg.sender, t.number);
        if (commitment == 0) revert EmptyDigest();

        commitments[msg.sender] = _tagged(commitment, t.number);
        _countCommit(v, voters);

        emit VoteCommitted(t.number, msg.sender, commitment);
    }

    /// @dev A commitment of this round proves the role.
    function revealVote(bytes32 aggregate, int8 score, uint64 lossBefore, uint64 lossAfter, bytes32 salt) external {
        Parameters memory p = _parameters();
        Voting memory v = voting.toVoting();
        if (!_isRevealing(p, v)) revert WrongPhase(Phase.Revealing, phase());
        bytes32 committed = commitments[msg.sender];
        if (uint16(uint256(committed)) != v.number) revert NoCommitment(msg.sender, v.number);
        Member memory member = members[msg.sender].toMember();
        if (member.actedRound == v.number) revert AlreadyDone(msg.sender, v.number);
        if (score != 1 && score != -1) revert InvalidScore(score);
        if (aggregate == 0) revert EmptyDigest();
        bytes32 shown = _tagged(commitmentOf(v.number, msg.sender, aggregate, score, lossBefore, lossAfter, salt), v.number);
        if (committed != shown) revert WrongBallot(committed, shown);

        uint256 weight = _act(p, member, v.number, score > 0 ? Act.VotedFor : Act.VotedAgainst);
        member.candidate = _countBallot(v, aggregate, score > 0, weight);
        members[msg.sender] = member.pack();

        emit VoteRevealed(v.number, msg.sender, aggregate, score, weight, lossBefore, lossAfter);
    }

    function settle() external {
        Parameters memory p = _parameters();
        Phase actual = _phase(p);
        if (actual != Phase.Settling) revert WrongPhase(Phase.Settling, actual);

        progress.pool -= uint96(_decide(p, progress.pool));
        (progress.round, progress.isDrawn, progress.anchor) = (progress.round + 1, false, 0);
        progress.movedAt = uint40(block.timestamp);
        if (progress.round <= p.rounds) _anchor(p);
    }

    // ── the pool and the end ──

    function fund(uint256 amount) external {
        Parameters memory p = _parameters();
        _checkRunning(p);
        if (amount == 0) revert Nothing();

        _enter(amount);
        progress.pool += uint96(amount);

        emit Funded(msg.sender, amount);

        _pull(p, amount);
    }

    function cancel() external {
        if (msg.sender != creator()) revert NotCreator(creator(), msg.sender);
        Phase actual = phase();
        if (progress.round != 1 || actual > Phase.Drawing) revert WrongState(actual);

        _close(true);
    }

    function close() external {
        Parameters memory p = _parameters();
        Phase actual = _phase(p);
        uint256 since = progress.movedAt;
        if (actual == Phase.Settling) since = _settlingSince(p);
        else if (actual > Phase.Drawing) revert WrongState(actual);
        if (block.timestamp < since + p.stallTimeout) revert TooEarly(progress.round, since + p.stallTimeout);

        _close(false);
    }

    /// @dev The latest that the phase can have begun.
    function _settlingSince(Parameters memory p) private view returns (uint256) {
        Training memory t = training.toTraining();
        return t.updates == 0 ? t.trainEnd : _votingOf(p, t).commitEnd + p.revealWindow;
    }

    function _close(bool isCancelled) private {
        (progress.isClosed, progress.movedAt) = (true, uint40(block.timestamp));
        emit TaskClosed(msg.sender, isCancelled);
    }

    function refund() external {
        Phase actual = phase();
        if (actual < Phase.Completed) revert WrongState(actual);
        uint256 amount = progress.pool;
        if (amount == 0) revert Nothing();

        progress.pool = 0;

        emit Refunded(creator(), amount);

        IERC20(_parameters().token).safeTransfer(creator(), amount);
    }

    // ── inner ──

    /// @dev The caller's rank, if it has this role, and how many of each there are.
    function _checkRole(Parameters memory p, Training memory t, Role expected)
        private
        view
        returns (uint256 rank, uint256 proposers, uint256 voters)
    {
        Role actual;
        (proposers, voters) = _headcount(p, t.members);
        (actual, rank) = _roleIn(msg.sender, t.number, t.seed, t.members, proposers, voters);
        if (actual != expected) revert WrongRole(expected, actual);
    }

    /// @dev Applies the caller's earlier dues, notes the act, and returns the weight that the caller has in this round (R15, R20).
    function _act(Parameters memory p, Member memory member, uint256 round, Act act) private returns (uint256) {
        _applyDues(p, member, msg.sender, round - 1, round, address(0));
        if (member.stake == 0) revert NoStake(msg.sender);
        (member.actedRound, member.act) = (round, act);
        return member.stake;
    }

    function _tagged(bytes32 commitment, uint256 round) private pure returns (bytes32) {
        return bytes32((uint256(commitment) >> 16 << 16) | round);
    }

    function _checkRunning(Parameters memory p) private view {
        Phase actual = _phase(p);
        if (actual >= Phase.Completed) revert WrongState(actual);
    }

    /// @dev Takes exactly `amount` from the caller, or nothing (D16). What a token does in between cannot make up for a difference:
    /// whatever comes in or goes out meanwhile shows in the balance.
    function _pull(Parameters memory p, uint256 amount) private {
        uint256 before = IERC20(p.token).balanceOf(address(this));
        IERC20(p.token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(p.token).balanceOf(address(this)) - before;
        if (received != amount) revert UnsoundToken(amount, received);
    }

    /// @dev A clone carries its parameters behind its 45 bytes of code, as the manager encoded them: one word a field, just as a
    /// struct lies in memory. Reading all of them costs some 250 gas, one storage word 2,100.
    function _parameters() internal view virtual override returns (Parameters memory p) {
        assembly ("memory-safe") {
            extcodecopy(address(), p, 0x2d, 0x2c0)
        }
    }

    function creator() public view virtual returns (address account) {
        assembly ("memory-safe") {
            extcodecopy(address(), 0, 0x2ed, 0x20)
            account := mload(0)
        }
    }
}

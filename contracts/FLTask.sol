// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Staking} from "./Staking.sol";
import {TaskParameters} from "./TaskParameters.sol";
import {Outcome, Parameters, Phase, Role} from "./interfaces/IFLTask.sol";
import {Roles} from "./libraries/Roles.sol";
import {Commitment, CommitmentWord} from "./libraries/words/CommitmentWord.sol";
import {Act, Member} from "./libraries/words/MemberWord.sol";
import {Progress, ProgressWord} from "./libraries/words/ProgressWord.sol";
import {Result} from "./libraries/words/ResultWord.sol";
import {TopUp} from "./libraries/words/TopUpWord.sol";
import {Training} from "./libraries/words/TrainingWord.sol";
import {Voting} from "./libraries/words/VotingWord.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title One federated learning task
/// @notice The public functions, each in four stanzas: check, change, announce, transfer. Nobody owns a task,
/// nothing in it can be paused or changed, and nothing loops over its members. Announcing is done where the
/// change is made. The manual is `IFLTask`.
contract FLTask is Staking, Multicall {
    using SafeERC20 for IERC20;

    constructor(Parameters memory p, address creator_) TaskParameters(p, creator_) {
        _globalModel = p.initialModel;
        progress = ProgressWord.begin(block.timestamp);
    }

    // ── members ──

    function join(uint256 amount, bytes32[] calldata proof) external {
        _join(amount, proof);
    }

    /// @dev A permit that was used already, by whoever, leaves an allowance behind, so its failure is not an
    /// error by itself.
    function joinWithPermit(uint256 amount, bytes32[] calldata proof, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        try IERC20Permit(TOKEN).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _join(amount, proof);
    }

    function _join(uint256 amount, bytes32[] calldata proof) private {
        _checkRunning();
        _checkAdmitted(proof);

        _stake(msg.sender, amount);

        _pull(amount);
    }

    function topUp(uint256 amount) external {
        _checkRunning();

        _topUp(msg.sender, amount);

        _pull(amount);
    }

    function leaveTask() external {
        if (positions[msg.sender].ordinalNow() == 0) revert NotMember(msg.sender);

        _leave(msg.sender);
    }

    function setOperator(address operator) external {
        operators[msg.sender] = operator;

        emit OperatorNamed(msg.sender, operator);
    }

    function withdraw(address account, address to) external {
        _checkReceiver(account, to);
        _checkExit(account);

        Member member = _settleDues(account);
        TopUp topUp_ = topUps[account];
        (uint256 stake, uint256 rewards) = (member.stake() + topUp_.amount(), member.rewards());
        if (stake + rewards == 0) revert Nothing();
        members[account] = member.empty();
        topUps[account] = topUp_.empty();
        _entered -= stake;

        emit Withdrawn(account, to, stake, rewards);

        IERC20(TOKEN).safeTransfer(to, stake + rewards);
    }

    /// @dev A participant earns only by acting, and acting applied its earlier dues: so there is one round to
    /// look at. Absence since then earns nothing and waits for its slasher.
    function claim(address account, address to) external {
        _checkReceiver(account, to);

        Member member = members[account];
        uint256 round = member.actedRound();
        if (Result.unwrap(results[round]) != 0) (member,) = _applyDues(member, account, round, round, address(0));
        uint256 rewards = member.rewards();
        if (rewards == 0) revert Nothing();
        members[account] = member.payOut();

        emit Claimed(account, to, rewards);

        IERC20(TOKEN).safeTransfer(to, rewards);
    }

    function slash(uint256 round, address[] calldata accounts) external {
        uint256 current = progress.round();
        if (round >= current) revert WrongRound(current - 1, round);

        uint256 slashed = 0;
        for (uint256 i = 0; i < accounts.length; i++) {
            slashed += _slash(accounts[i], round, current);
        }
        if (slashed == 0) revert Nothing();
    }

    /// @dev Shares go to the caller's word while the account's is in hand: so when they are the same, there
    /// is no share.
    function _slash(address account, uint256 round, uint256 current) private returns (uint256 slashed) {
        (members[account], slashed) = _applyDues(members[account], account, round, current, msg.sender);
    }

    // ── a round ──

    function draw() external {
        _checkPhase(Phase.Drawing);

        _fixSeed();
    }

    function submitUpdate(address account, bytes32 digest) external {
        Training t = training;
        if (block.timestamp >= t.end()) revert WrongPhase(Phase.Training, phase());
        _checkActor(account);
        (uint256 rank, uint256 proposers,) = _checkRole(t, account, Role.Proposer);
        Member member = members[account];
        if (member.actedRound() == t.round()) revert AlreadyDone(account, t.round());
        if (digest == 0) revert EmptyDigest();

        member = _catchUp(member, account, t.round());
        members[account] = member.note(t.round(), 0, Act.Submitted, 1 << rank);
        _countUpdate(t, proposers, 1 << rank, member.stake());

        emit UpdateSubmitted(t.round(), account, digest, rank, member.stake());
    }

    function commitVote(address account, bytes32 commitment) external {
        Training t = training;
        Voting v = _votingOf(t);
        if (_phaseOf(t, v) != Phase.Committing) revert WrongPhase(Phase.Committing, phase());
        _checkActor(account);
        (,, uint256 voters) = _checkRole(t, account, Role.Voter);
        if (commitments[account].round() == t.round()) revert AlreadyDone(account, t.round());
        if (commitment == 0) revert EmptyDigest();

        commitments[account] = CommitmentWord.make(commitment, t.round());
        _countCommit(v, voters);

        emit VoteCommitted(t.round(), account, commitment);
    }

    /// @dev A commitment of this round proves the role.
    function revealVote(
        address account,
        bytes32 aggregate,
        int8 score,
        uint16 against,
        uint32 lossBefore,
        uint32 lossAfter,
        bytes32 salt
    ) external {
        Voting v = voting;
        if (!_isRevealing(v)) revert WrongPhase(Phase.Revealing, phase());
        _checkActor(account);
        Commitment committed = commitments[account];
        if (committed.round() != v.round()) revert NoCommitment(account, v.round());
        Member member = members[account];
        if (member.actedRound() == v.round()) revert AlreadyDone(account, v.round());
        if (score != 1 && score != -1) revert InvalidScore(score);
        if (against & ~v.submitted() != 0) revert InvalidMask(v.submitted(), against);
        if (aggregate == 0) revert EmptyDigest();
        _checkBallot(committed, commitmentOf(v.round(), account, aggregate, score, against, lossBefore, lossAfter, salt));

        member = _catchUp(member, account, v.round());
        uint256 candidate = _countBallot(v, aggregate, score > 0, against, member.stake());
        members[account] = member.note(v.round(), candidate, score > 0 ? Act.VotedFor : Act.VotedAgainst, against);

        emit VoteRevealed(v.round(), account, aggregate, score, against, member.stake(), lossBefore, lossAfter);
    }

    function settle() external {
        _checkPhase(Phase.Settling);

        Progress p = progress;
        (Outcome outcome, uint256 reward) = _decide(p);
        p = p.take(reward).decide(outcome).next().moveAt(block.timestamp);
        progress = p;
        if (!p.isCompleted(ROUNDS, PATIENCE)) _anchor();
    }

    // ── the pool and the end ──

    function fund(uint256 amount) external {
        _checkRunning();
        if (amount == 0) revert Nothing();

        _enter(amount);
        progress = progress.pay(amount);

        emit Funded(msg.sender, amount);

        _pull(amount);
    }

    function cancel() external {
        if (msg.sender != creator) revert NotCreator(creator, msg.sender);
        Phase actual = phase();
        if (progress.round() != 1 || actual > Phase.Drawing) revert WrongState(actual);

        _close(true);
    }

    function close() external {
        Phase actual = phase();
        uint256 time = progress.movedAt() + STALL_TIMEOUT;
        if (actual == Phase.Settling) time = _settlingSince() + STALL_TIMEOUT;
        else if (actual > Phase.Drawing) revert WrongState(actual);
        if (block.timestamp < time) revert TooEarly(progress.round(), time);

        _close(false);
    }

    /// @dev The latest that the phase can have begun.
    function _settlingSince() private view returns (uint256) {
        Training t = training;
        return t.submitted() == 0 ? t.end() : _votingOf(t).commitEnd() + REVEAL_WINDOW;
    }

    function _close(bool isCancelled) private {
        progress = progress.close().moveAt(block.timestamp);
        emit TaskClosed(msg.sender, isCancelled);
    }

    function refund() external {
        Phase actual = phase();
        if (actual < Phase.Completed) revert WrongState(actual);
        uint256 amount = progress.pool();
        if (amount == 0) revert Nothing();

        progress = progress.take(amount);

        emit Refunded(creator, amount);

        IERC20(TOKEN).safeTransfer(creator, amount);
    }

    // ── the door for those who look ──

    function read(bytes32 slot) external view returns (bytes32 word) {
        assembly {
            word := sload(slot)
        }
    }

    // ── inner ──

    function _checkPhase(Phase expected) private view {
        Phase actual = phase();
        if (actual != expected) revert WrongPhase(expected, actual);
    }

    function _checkRunning() private view {
        Phase actual = phase();
        if (actual >= Phase.Completed) revert WrongState(actual);
    }

    function _checkAdmitted(bytes32[] calldata proof) private view {
        bytes32 root = ADMITTED;
        if (root == 0) return;
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(msg.sender))));
        if (!MerkleProof.verifyCalldata(proof, root, leaf)) revert NotAdmitted(msg.sender);
    }

    /// @dev That the caller is the account or its operator (R6a). A task has no other keys.
    function _checkActor(address account) private view {
        if (msg.sender != account && msg.sender != operators[account]) revert NotOperator(account, msg.sender);
    }

    /// @dev The operator can send what is due to the account, and nowhere else (R6a).
    function _checkReceiver(address account, address to) private view {
        _checkActor(account);
        if (msg.sender != account && to != account) revert WrongReceiver(account, to);
    }

    /// @dev That the account has this role, and which rank; and how many have each role.
    function _checkRole(Training t, address account, Role expected)
        private
        view
        returns (uint256 rank, uint256 proposers, uint256 voters)
    {
        (proposers, voters) = _headcount(t.members());
        rank = Roles.rankAt(positions[account], t.round(), t.seed(), t.members());
        Role actual = Roles.roleOf(rank, proposers, voters);
        if (actual != expected) revert WrongRole(expected, actual);
    }

    /// @dev The account with its earlier dues applied: its stake is its weight in this round (R15, R20).
    function _catchUp(Member member, address account, uint256 round) private returns (Member) {
        (member,) = _applyDues(member, account, round - 1, round, address(0));
        if (member.stake() == 0) revert NoStake(account);
        return member;
    }

    function _checkBallot(Commitment committed, bytes32 digest) private pure {
        bytes32 expected = bytes32(Commitment.unwrap(committed));
        bytes32 actual = bytes32(Commitment.unwrap(CommitmentWord.make(digest, committed.round())));
        if (actual != expected) revert WrongBallot(expected, actual);
    }

    /// @dev Takes exactly `amount` from the caller, or nothing (D16). What a token does in between cannot
    /// make up for a difference: whatever comes in or goes out meanwhile shows in the balance.
    function _pull(uint256 amount) private {
        IERC20 token = IERC20(TOKEN);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 held = token.balanceOf(address(this));
        uint256 received = held > before ? held - before : 0;
        if (received != amount) revert UnsoundToken(amount, received);
    }
}
// slither-disable-end incorrect-equality

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, Outcome, Parameters, Role} from "./interfaces/IFLTask.sol";
import {RoundState} from "./RoundState.sol";
import {Payout} from "./libraries/Payout.sol";
import {Positions} from "./libraries/Positions.sol";
import {Act, Member, Result, Words} from "./libraries/Words.sol";

/// @title Who has put up how much, and what each settled round did to it (R4 – R6, R18 – R21)
/// @notice What a round holds for a participant, its due, is applied when it acts again, is slashed, claims or withdraws: always all
/// rounds in order, each once. So the stake that weighs, is penalised and earns in a round is one and the same: the stake as of the
/// draw, less what earlier rounds have cost.
abstract contract Staking is RoundState {
    using Positions for uint256;
    using Words for uint256;
    using Words for Member;

    /// @dev Stake that counts from the draw of a later round on.
    struct TopUp {
        uint96 amount;
        uint16 fromRound;
    }

    mapping(address account => uint256) internal members; // see Words
    mapping(address account => TopUp) internal topUps;
    mapping(address account => uint256 time) internal exits;
    mapping(address account => bytes32) internal commitments; // leading 240 bits | round (16)
    /// @notice All that was staked or paid into the pool and not taken out as stake, in wei; below 2^96, so that no sum in the task can
    /// overflow. Stakes that left do not count, or going in and out would use the limit up for everybody.
    uint256 public entered;

    // ── joining and leaving ──

    function _enter(uint256 amount) internal {
        entered += amount;
        if (entered > type(uint96).max) revert TooMuch(type(uint96).max, entered);
    }

    function _stake(Parameters memory p, address account, uint256 amount) internal {
        if (amount < p.minStake) revert StakeTooSmall(p.minStake, amount);
        if (progress.memberCount == p.maxParticipants) revert TaskFull(p.maxParticipants);
        Member memory member = members[account].toMember();
        bool isInDraw = positions[account].placeAt(progress.round) != 0; // a new stake would weigh in a role that is known (R4)
        if (isInDraw || positions[account].placeNow() != 0 || member.stake != 0 || member.hasTopUp) revert AlreadyMember(account);
        _enter(amount);
        uint256 fromRound = _addSeat(account);
        (member.stake, member.resolved) = (amount, fromRound - 1);
        members[account] = member.pack();
        emit Joined(account, amount);
        if (progress.anchor == 0) _anchor(p);
    }

    function _topUp(Parameters memory p, address account, uint256 amount) internal {
        if (amount == 0) revert Nothing();
        Member memory member = members[account].toMember();
        _applyDues(p, member, account, progress.round - 1, progress.round, address(0));
        if (positions[account].placeNow() == 0) revert NotMember(account); // for some time, or since these dues (R5)
        _enter(amount);
        TopUp storage topUp_ = topUps[account];
        (topUp_.amount, topUp_.fromRound) = (topUp_.amount + uint96(amount), uint16(_openRound()));
        member.hasTopUp = true;
        members[account] = member.pack();
        emit ToppedUp(account, amount, topUp_.fromRound);
    }

    function _leave(Parameters memory p, address account) internal {
        uint256 fromRound = _removeSeat(account);
        exits[account] = block.timestamp + p.exitDelay;
        emit Left(account, fromRound, exits[account]);
    }

    /// @dev R6. In a closed task no round will settle any more, so nothing is left to wait for.
    function _checkExit(Parameters memory p, address account) internal view {
        Progress memory now_ = _progress();
        if (now_.isClosed) return;
        bool isMember = positions[account].placeNow() != 0;
        uint256 time = exits[account];
        if (now_.round > p.rounds) {
            uint256 end = uint256(now_.movedAt) + p.exitDelay;
            if (isMember || time > end) time = end;
        } else {
            if (isMember) revert WrongState(_phase(p));
            uint256 fromRound = positions[account].since();
            if (now_.round < fromRound) revert TooEarly(fromRound - 1, 0);
        }
        if (block.timestamp < time) revert TooEarly(0, time);
    }

    // ── dues ──

    /// @dev What settled `round` holds for a participant whose earlier dues are applied.
    function _dueOf(Parameters memory p, Member memory member, address account, uint256 round)
        internal
        view
        returns (Fault fault, uint256 penalty, uint256 reward)
    {
        Result memory result = results[round].toResult();
        if (member.actedRound != round) {
            if (!result.isComplete && _wasAbsent(p, account, round, result.wasVoted)) fault = Fault.Absent;
        } else if (result.outcome == Outcome.Void) {
            return (Fault.None, 0, 0);
        } else if (member.act == Act.Submitted) {
            if (result.outcome == Outcome.Rejected) fault = Fault.Rejected;
        } else if (member.candidate != result.winner) {
            fault = Fault.Divergent;
        } else if ((member.act == Act.VotedFor) != (result.outcome == Outcome.Accepted)) {
            fault = Fault.Minority;
        }
        if (fault != Fault.None) penalty = Payout.part(member.stake, _penaltyBps(p, fault));
        else if (member.actedRound == round) reward = Payout.share(result.reward, member.stake, result.goodStake);
    }

    /// @dev Whether the account had a duty in `round` that it did not do, given that it did not finish any.
    function _wasAbsent(Parameters memory p, address account, uint256 round, bool wasVoted) private view returns (bool) {
        (Role role,) = _roleAt(p, account, round);
        return role == Role.Proposer || (role == Role.Voter && wasVoted);
    }

    function _penaltyBps(Parameters memory p, Fault fault) private pure returns (uint256) {
        if (fault == Fault.Absent) return p.absentBps;
        if (fault == Fault.Divergent) return p.divergentBps;
        if (fault == Fault.Minority) return p.minorityBps;
        return p.rejectedBps;
    }

    /// @dev The stake of `round`: what was topped up for it is in.
    function _mergeTopUp(Member memory member, address account, uint256 round) internal {
        if (!member.hasTopUp || topUps[account].fromRound > round) return;
        member.stake += topUps[account].amount;
        member.hasTopUp = false;
        topUps[account].amount = 0;
    }

    /// @dev Applies the dues of all settled rounds up to `through`, in order. `now_` is the round in progress or next: absence can be
    /// told for WINDOW rounds before it, an act for ever. Leaves the stake of round `through + 1`. Returns the sum of the penalties.
    function _applyDues(
        Parameters memory p,
        Member memory member,
        address account,
        uint256 through,
        uint256 now_,
        address slasher
    ) internal returns (uint256 slashed) {
        uint256 round = member.resolved + 1;
        uint256 oldest = now_ > WINDOW ? now_ - WINDOW : 1;
        while (round <= through) {
            if (round < oldest && round != member.actedRound) {
                round = member.actedRound > round && member.actedRound < oldest ? member.actedRound : oldest;
                continue;
            }
            slashed += _applyDue(p, member, account, round++, slasher);
        }
        if (through > member.resolved) member.resolved = through;
        _mergeTopUp(member, account, through + 1);
        if (slashed == 0 || positions[account].placeNow() == 0) return slashed;
        if (member.stake + topUps[account].amount < p.minStake) _leave(p, account); // R5
    }

    function _applyDue(Parameters memory p, Member memory member, address account, uint256 round, address slasher)
        private
        returns (uint256 penalty)
    {
        uint256 reward;
        Fault fault;
        _mergeTopUp(member, account, round);
        (fault, penalty, reward) = _dueOf(p, member, account, round);
        member.rewards += reward;
        if (penalty == 0) return 0;
        uint256 share = slasher == address(0) || slasher == account ? 0 : Payout.part(penalty, p.slasherBps);
        member.stake -= penalty;
        progress.pool += uint96(penalty - share);
        if (share != 0) members[slasher] += share << 96; // its rewards
        emit Slashed(round, account, fault, penalty, slasher, share);
    }
}

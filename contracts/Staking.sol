// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, Role} from "./interfaces/IFLTask.sol";
import {RoundState} from "./RoundState.sol";
import {Dues} from "./libraries/Dues.sol";
import {Exits} from "./libraries/Exits.sol";
import {Payout} from "./libraries/Payout.sol";
import {M90} from "./libraries/words/Masks.sol";
import {Member} from "./libraries/words/MemberWord.sol";
import {Result} from "./libraries/words/ResultWord.sol";
import {TopUp, TopUpWord} from "./libraries/words/TopUpWord.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title Who has put up how much, and what each settled round did to it (R4 – R6, R18 – R21)
/// @notice What a round holds for a participant, its due, is applied when it submits or reveals, tops up, is
/// slashed, claims or withdraws: always all rounds in order, each once. So the stake that weighs, is
/// penalised and earns in a round is one and the same: the stake as of the draw, less what earlier rounds
/// have cost.
abstract contract Staking is RoundState {
    // ── joining and leaving ──

    function _enter(uint256 amount) internal {
        uint256 sum = _entered + amount;
        if (sum > M90) revert TooMuch(M90, sum);
        _entered = sum;
    }

    function _stake(address account, uint256 amount) internal {
        if (amount < MIN_STAKE) revert StakeTooSmall(MIN_STAKE, amount);
        _checkMost(amount);
        if (progress.memberCount() == MAX_PARTICIPANTS) revert TaskFull(MAX_PARTICIPANTS);
        Member member = members[account];
        // A new stake would weigh in a role that is known (R4).
        bool isInDraw = positions[account].ordinalAt(progress.round()) != 0;
        if (isInDraw || member.stake() != 0 || member.hasTopUp()) revert AlreadyMember(account);
        _enter(amount);
        members[account] = member.join(amount, _append(account) - 1);
        emit Joined(account, amount);
        if (progress.anchor() == 0) _anchor();
    }

    function _topUp(address account, uint256 amount) internal {
        if (amount == 0) revert Nothing();
        Member member = _settleDues(account);
        if (positions[account].ordinalNow() == 0) revert NotMember(account); // for some time, or since these dues (R5)
        uint256 waiting = topUps[account].amount() + amount;
        _checkMost(member.stake() + waiting);
        _enter(amount);
        members[account] = member.expectTopUp();
        uint256 fromRound = _openRound();
        topUps[account] = TopUpWord.make(waiting, fromRound);
        emit ToppedUp(account, amount, fromRound);
    }

    /// @dev No stake is above the most that the task admits (R5).
    function _checkMost(uint256 stake) private view {
        if (MAX_STAKE != 0 && stake > MAX_STAKE) revert StakeTooLarge(MAX_STAKE, stake);
    }

    function _leave(address account) internal {
        uint256 fromRound = _remove(account);
        uint256 exitAt = block.timestamp + EXIT_DELAY;
        exits[account] = exitAt;
        emit Left(account, fromRound, exitAt);
    }

    /// @dev Which round must settle before the account can withdraw, and when (R6).
    function _exit(address account) private view returns (uint256 round, uint256 time) {
        return Exits.exitOf(progress, positions[account], exits[account], ROUNDS, PATIENCE, EXIT_DELAY);
    }

    function _checkExit(address account) internal view {
        (uint256 round, uint256 time) = _exit(account);
        if (round != 0 && positions[account].ordinalNow() != 0) revert WrongState(phase());
        if (round != 0) revert TooEarly(round, 0);
        if (block.timestamp < time) revert TooEarly(0, time);
    }

    function entered() external view returns (uint256) {
        return _entered;
    }

    // ── dues ──

    /// @dev The stake of `round`: what was topped up for it is in.
    function _addTopUp(Member m, address account, uint256 round) private returns (Member) {
        if (!m.hasTopUp()) return m;
        TopUp topUp_ = topUps[account];
        if (!topUp_.counts(round)) return m;
        topUps[account] = topUp_.empty();
        return m.takeTopUp(topUp_.amount());
    }

    /// @dev Applies the dues of all settled rounds up to `through`, in order. `current` is the round in
    /// progress or next: absence can be told for `Dues.WINDOW` rounds before it, an act for ever. Leaves the
    /// stake of round `through + 1`. Returns the participant, which the caller stores, and the sum of the
    /// penalties.
    function _applyDues(Member m, address account, uint256 through, uint256 current, address slasher)
        internal
        returns (Member, uint256 slashed)
    {
        unchecked {
            uint256 oldest = Dues.oldest(current);
            uint256 round = m.resolved() + 1;
            if (round <= through) m = m.resolve(through);
            for (; round <= through; round++) {
                round = Dues.reach(m, round, oldest);
                if (round > through) break;
                uint256 penalty;
                (m, penalty) = _applyDue(m, account, round, slasher);
                slashed += penalty;
            }
        }
        m = _addTopUp(m, account, through + 1);
        // Where there was a penalty no top-up waits: it came after the dues before it were applied, so it is in by now.
        if (slashed != 0 && m.stake() < _floor() && positions[account].ordinalNow() != 0) _leave(account); // R5
        return (m, slashed);
    }

    /// @dev The participant with all its dues applied.
    function _settleDues(address account) internal returns (Member member) {
        uint256 current = progress.round();
        (member,) = _applyDues(members[account], account, current - 1, current, address(0));
    }

    /// @dev What the account loses, and what it does not earn of its share, goes to the pool in one go (R18, R20).
    function _applyDue(Member m, address account, uint256 round, address slasher)
        private
        returns (Member, uint256 penalty)
    {
        Result result = results[round];
        bool hasActed = m.actedRound() == round;
        Role duty = hasActed ? Dues.dutyDone(m) : _dutyMissed(account, round, result);
        if (duty == Role.None) return (m, 0);

        m = _addTopUp(m, account, round);
        Fault fault = hasActed ? Dues.faultOf(m, result, duty) : Fault.Absent;
        uint256 back = 0;
        if (hasActed) (m, back) = _shareOut(m, account, round, result, fault, duty);
        if (fault != Fault.None) {
            penalty = Dues.penaltyOf(m, fault, duty, FAULT_BPS, CONDEMNED_BPS);
            m = m.lose(penalty);
            if (penalty != 0) back += penalty - _rewardSlasher(slasher, account, round, fault, penalty);
        }
        if (back != 0) progress = progress.pay(back);
        return (Dues.learn(m, result, fault, duty), penalty);
    }

    /// @dev Where nobody was absent there is no need to look.
    function _dutyMissed(address account, uint256 round, Result result) private view returns (Role) {
        return result.isComplete() ? Role.None : Dues.dutyMissed(_roleAt(account, round), result);
    }

    /// @dev Credits what was earned, and tells what goes back.
    function _shareOut(Member m, address account, uint256 round, Result result, Fault fault, Role duty)
        private
        returns (Member, uint256 back)
    {
        (uint256 share, uint256 earned) = Dues.shareOf(m, result, fault, duty);
        back = share - earned;
        if (back != 0) emit ShareReturned(round, account, back);
        return (m.earn(earned), back);
    }

    /// @dev What the slasher gets of the penalty, which nobody gets of its own (R20).
    function _rewardSlasher(address slasher, address account, uint256 round, Fault fault, uint256 penalty)
        private
        returns (uint256 share)
    {
        if (slasher != address(0) && slasher != account) {
            share = Payout.part(penalty, SLASHER_BPS);
            members[slasher] = members[slasher].earn(share);
        }
        emit Slashed(round, account, fault, penalty, slasher, share);
    }
}
// slither-disable-end incorrect-equality

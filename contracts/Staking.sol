// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault} from "./interfaces/IFLTask.sol";
import {RoundState} from "./RoundState.sol";
import {Dues} from "./libraries/Dues.sol";
import {Exits} from "./libraries/Exits.sol";
import {Payout} from "./libraries/Payout.sol";
import {Member} from "./libraries/words/MemberWord.sol";
import {Result} from "./libraries/words/ResultWord.sol";
import {TopUp, TopUpWord} from "./libraries/words/TopUpWord.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title Who has put up how much, and what each settled round did to it (R4 – R6, R18 – R21)
/// @notice What a round holds for a participant, its due, is applied when it submits or reveals, tops up, is slashed, claims or
/// withdraws: always all rounds in order, each once. So the stake that weighs, is penalised and earns in a round is one and the
/// same: the stake as of the draw, less what earlier rounds have cost.
abstract contract Staking is RoundState {
    // ── joining and leaving ──

    function _enter(uint256 amount) internal {
        uint256 sum = _entered + amount;
        if (sum > type(uint96).max) revert TooMuch(type(uint96).max, sum);
        _entered = sum;
    }

    function _stake(address account, uint256 amount) internal {
        if (amount < MIN_STAKE) revert StakeTooSmall(MIN_STAKE, amount);
        if (progress.memberCount() == MAX_PARTICIPANTS) revert TaskFull(MAX_PARTICIPANTS);
        Member member = members[account];
        bool isInDraw = positions[account].ordinalAt(progress.round()) != 0; // a new stake would weigh in a role that is known (R4)
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
        _enter(amount);
        members[account] = member.expectTopUp();
        uint256 fromRound = _openRound();
        topUps[account] = TopUpWord.make(topUps[account].amount() + amount, fromRound);
        emit ToppedUp(account, amount, fromRound);
    }

    function _leave(address account) internal {
        uint256 fromRound = _remove(account);
        uint256 exitAt = block.timestamp + EXIT_DELAY;
        exits[account] = exitAt;
        emit Left(account, fromRound, exitAt);
    }

    /// @dev Which round must settle before the account can withdraw, and when (R6).
    function _exit(address account) private view returns (uint256 round, uint256 time) {
        return Exits.exitOf(progress, positions[account], exits[account], ROUNDS, EXIT_DELAY);
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

    /// @dev What settled `round` holds for a participant whose earlier dues are applied.
    function _dueOf(Member m, address account, uint256 round)
        internal
        view
        returns (Fault fault, uint256 penalty, uint256 reward)
    {
        Result result = results[round];
        bool hasActed = m.actedRound() == round;
        fault = hasActed ? Dues.faultOf(m, result) : _absenceOf(account, round, result);
        if (fault != Fault.None) penalty = Payout.part(m.stake(), _penaltyBps(fault));
        else if (hasActed) reward = Dues.rewardOf(m, result);
    }

    /// @dev Where nobody was absent there is no need to look.
    function _absenceOf(address account, uint256 round, Result result) private view returns (Fault) {
        return result.isComplete() ? Fault.None : Dues.absenceOf(_roleAt(account, round), result);
    }

    /// @dev The stake of `round`: what was topped up for it is in.
    function _addTopUp(Member m, address account, uint256 round) private returns (Member) {
        if (!m.hasTopUp()) return m;
        TopUp topUp_ = topUps[account];
        if (!topUp_.counts(round)) return m;
        topUps[account] = topUp_.empty();
        return m.takeTopUp(topUp_.amount());
    }

    /// @dev Applies the dues of all settled rounds up to `through`, in order. `current` is the round in progress or next: absence
    /// can be told for `Dues.WINDOW` rounds before it, an act for ever. Leaves the stake of round `through + 1`. Returns the
    /// participant, which the caller stores, and the sum of the penalties.
    function _applyDues(Member m, address account, uint256 through, uint256 current, address slasher)
        internal
        returns (Member, uint256 slashed)
    {
        uint256 oldest = Dues.oldest(current);
        uint256 round = m.resolved() + 1;
        if (round <= through) m = m.resolve(through);
        for (round = Dues.reach(m, round, oldest); round <= through; round = Dues.reach(m, round + 1, oldest)) {
            uint256 penalty;
            (m, penalty) = _applyDue(m, account, round, slasher);
            slashed += penalty;
        }
        m = _addTopUp(m, account, through + 1);
        // Where there was a penalty no top-up waits: it came after the dues before it were applied, so it is in by now.
        if (slashed != 0 && m.stake() < MIN_STAKE && positions[account].ordinalNow() != 0) _leave(account); // R5
        return (m, slashed);
    }

    /// @dev The participant with all its dues applied.
    function _settleDues(address account) internal returns (Member member) {
        uint256 current = progress.round();
        (member,) = _applyDues(members[account], account, current - 1, current, address(0));
    }

    function _applyDue(Member m, address account, uint256 round, address slasher) private returns (Member, uint256) {
        m = _addTopUp(m, account, round);
        (Fault fault, uint256 penalty, uint256 reward) = _dueOf(m, account, round);
        if (penalty == 0) return (m.earn(reward), 0);
        uint256 share = slasher == address(0) || slasher == account ? 0 : Payout.part(penalty, SLASHER_BPS);
        progress = progress.pay(penalty - share);
        if (share != 0) members[slasher] = members[slasher].earn(share);
        emit Slashed(round, account, fault, penalty, slasher, share);
        return (m.lose(penalty), penalty);
    }
}
// slither-disable-end incorrect-equality

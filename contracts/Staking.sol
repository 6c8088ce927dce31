// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, Outcome, Role} from "./interfaces/IFLTask.sol";
import {RoundState} from "./RoundState.sol";
import {Payout} from "./libraries/Payout.sol";
import {Commitment} from "./libraries/words/CommitmentWord.sol";
import {Act, Member} from "./libraries/words/MemberWord.sol";
import {Progress} from "./libraries/words/ProgressWord.sol";
import {Result} from "./libraries/words/ResultWord.sol";
import {TopUp, TopUpWord} from "./libraries/words/TopUpWord.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title Who has put up how much, and what each settled round did to it (R4 – R6, R18 – R21)
/// @notice What a round holds for a participant, its due, is applied when it submits or reveals, tops up, is slashed, claims or
/// withdraws: always all rounds in order, each once. So the stake that weighs, is penalised and earns in a round is one and the
/// same: the stake as of the draw, less what earlier rounds have cost.
abstract contract Staking is RoundState {
    mapping(address account => Member) internal members;
    mapping(address account => TopUp) internal topUps;
    mapping(address account => uint256 time) internal exits;
    // slither-disable-next-line uninitialized-state: FLTask writes it
    mapping(address account => Commitment) internal commitments;
    uint256 public entered;

    // ── joining and leaving ──

    function _enter(uint256 amount) internal {
        entered += amount;
        if (entered > type(uint96).max) revert TooMuch(type(uint96).max, entered);
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

    /// @dev R6. In a closed task no round will settle any more, so nothing is left to wait for.
    function _checkExit(address account) internal view {
        Progress p = progress;
        if (p.isClosed()) return;
        bool isMember = positions[account].ordinalNow() != 0;
        uint256 time = exits[account];
        if (p.round() > ROUNDS) {
            uint256 end = p.movedAt() + EXIT_DELAY;
            if (isMember || time > end) time = end;
        } else {
            if (isMember) revert WrongState(phase());
            uint256 fromRound = positions[account].since();
            if (p.round() < fromRound) revert TooEarly(fromRound - 1, 0);
        }
        if (block.timestamp < time) revert TooEarly(0, time);
    }

    // ── dues ──

    /// @dev What settled `round` holds for a participant whose earlier dues are applied.
    function _dueOf(Member m, address account, uint256 round)
        internal
        view
        returns (Fault fault, uint256 penalty, uint256 reward)
    {
        Result result = results[round];
        fault = m.actedRound() == round ? _faultOf(m, result) : _absence(result, account, round);
        if (fault != Fault.None) penalty = Payout.part(m.stake(), _penaltyBps(fault));
        else if (m.actedRound() == round && result.goodStake() != 0) {
            reward = Payout.share(result.reward(), m.stake(), result.goodStake());
        }
    }

    /// @dev The fault of a participant that did its duty (R19).
    function _faultOf(Member m, Result result) private pure returns (Fault) {
        Outcome outcome = result.outcome();
        if (outcome == Outcome.Void) return Fault.None;
        Act act = m.act();
        if (act == Act.Submitted) return outcome == Outcome.Rejected ? Fault.Rejected : Fault.None;
        if (m.candidate() != result.winner()) return Fault.Divergent;
        return (act == Act.VotedFor) == (outcome == Outcome.Accepted) ? Fault.None : Fault.Minority;
    }

    /// @dev Of a participant that did not finish any duty in `round`.
    function _absence(Result result, address account, uint256 round) private view returns (Fault) {
        if (result.isComplete()) return Fault.None;
        (Role role,) = _roleAt(account, round);
        bool hadDuty = role == Role.Proposer || (role == Role.Voter && result.wasVoted());
        return hadDuty ? Fault.Absent : Fault.None;
    }

    /// @dev The stake of `round`: what was topped up for it is in.
    function _mergeTopUp(Member m, address account, uint256 round) private returns (Member) {
        if (!m.hasTopUp()) return m;
        TopUp topUp_ = topUps[account];
        if (topUp_.fromRound() > round) return m;
        topUps[account] = topUp_.empty();
        return m.takeTopUp(topUp_.amount());
    }

    /// @dev Applies the dues of all settled rounds up to `through`, in order. `current` is the round in progress or next: absence can be
    /// told for WINDOW rounds before it, an act for ever. Leaves the stake of round `through + 1`. Returns the participant, which
    /// the caller stores, and the sum of the penalties.
    function _applyDues(Member m, address account, uint256 through, uint256 current, address slasher)
        internal
        returns (Member, uint256 slashed)
    {
        uint256 oldest = _oldest(current);
        uint256 round = m.resolved() + 1;
        if (round <= through) m = m.resolve(through);
        for (round = _reach(m, round, oldest); round <= through; round = _reach(m, round + 1, oldest)) {
            uint256 penalty;
            (m, penalty) = _applyDue(m, account, round, slasher);
            slashed += penalty;
        }
        m = _mergeTopUp(m, account, through + 1);
        // Where there was a penalty no top-up waits: it came after the dues before it were applied, so it is in by now.
        if (slashed != 0 && m.stake() < MIN_STAKE && positions[account].ordinalNow() != 0) _leave(account); // R5
        return (m, slashed);
    }

    /// @dev The participant with all its dues applied.
    function _settleDues(address account) internal returns (Member member) {
        uint256 current = progress.round();
        (member,) = _applyDues(members[account], account, current - 1, current, address(0));
    }

    /// @dev The first round of which absence can be told, when `current` is in progress or next.
    function _oldest(uint256 current) internal pure returns (uint256) {
        return current > WINDOW ? current - WINDOW : 1;
    }

    /// @dev The first round from `round` on whose due can still be told: any since `oldest`, and that of the last act. Acting applied
    /// all earlier dues, so an act whose due is open is that of `round` itself.
    function _reach(Member m, uint256 round, uint256 oldest) internal pure returns (uint256) {
        return round >= oldest || m.actedRound() == round ? round : oldest;
    }

    function _applyDue(Member m, address account, uint256 round, address slasher) private returns (Member, uint256) {
        m = _mergeTopUp(m, account, round);
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

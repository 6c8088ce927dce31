// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, Outcome, Role} from "../interfaces/IFLTask.sol";
import {Bits} from "./Bits.sol";
import {Payout} from "./Payout.sol";
import {Member} from "./words/MemberWord.sol";
import {Result} from "./words/ResultWord.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title What a settled round holds for one participant whose earlier dues are applied (R18 – R19)
library Dues {
    /// @notice Settled rounds for which absence can still be told: eight positions reach back over six rounds
    /// and the two ahead.
    uint256 internal constant WINDOW = 6;

    /// @notice The first round of which absence can be told, when `current` is in progress or next.
    function oldest(uint256 current) internal pure returns (uint256) {
        return current > WINDOW ? current - WINDOW : 1;
    }

    /// @notice The first round from `round` on whose due can still be told: any since `oldest_`, and that of
    /// the last act. Acting applied all earlier dues, so an act whose due is open is that of `round` itself.
    function reach(Member m, uint256 round, uint256 oldest_) internal pure returns (uint256) {
        return round >= oldest_ || m.actedRound() == round ? round : oldest_;
    }

    /// @notice The duty of who acted.
    function dutyDone(Member m) internal pure returns (Role) {
        return m.hasSubmitted() ? Role.Proposer : Role.Voter;
    }

    /// @notice The duty of who was drawn for this role and did not act; none: there was nothing to vote on.
    function dutyMissed(Role drawn, Result result) internal pure returns (Role) {
        return drawn == Role.Voter && !result.wasVoted() ? Role.None : drawn;
    }

    /// @notice The fault of who did this duty (R19).
    function faultOf(Member m, Result result, Role duty) internal pure returns (Fault) {
        if (duty == Role.Proposer) return result.condemned() & m.mask() == 0 ? Fault.None : Fault.Condemned;
        Outcome outcome = result.outcome();
        if (outcome == Outcome.Void) return Fault.None;
        if (m.candidate() != result.winner()) return Fault.Divergent;
        return m.hasVotedFor() == (outcome == Outcome.Accepted) ? Fault.None : Fault.Minority;
    }

    /// @notice What a fault costs of the stake (R19): small at first, twice as much for each in a row.
    function penaltyOf(Member m, Fault fault, Role duty, uint256 faultBps, uint256 condemnedBps)
        internal
        pure
        returns (uint256)
    {
        if (fault == Fault.None) return 0;
        return Payout.penalty(m.stake(), fault == Fault.Condemned ? condemnedBps : faultBps, m.strikes(duty));
    }

    /// @notice The account with its strikes as the round leaves them: a void round neither adds nor clears one (R19).
    function learn(Member m, Result result, Fault fault, Role duty) internal pure returns (Member) {
        if (result.outcome() == Outcome.Void) return m;
        return fault == Fault.None ? m.forgive(duty) : m.strike(duty);
    }

    /// @notice The share of the round's reward of who did this duty, and what it earned of that (R18, R18a).
    function shareOf(Member m, Result result, Fault fault, Role duty)
        internal
        pure
        returns (uint256 share, uint256 earned)
    {
        if (result.reward() == 0) return (0, 0);
        share = Payout.share(result.reward(), m.stake(), result.turnout());
        if (fault != Fault.None) return (share, 0);
        if (duty == Role.Voter) return (share, _judged(share, m.mask(), result));
        return (share, result.outcome() == Outcome.Accepted ? share : 0);
    }

    /// @dev Who accused all that are condemned and nobody else has misjudged nothing.
    function _judged(uint256 share, uint256 accused, Result result) private pure returns (uint256) {
        uint256 condemned = result.condemned();
        if (accused == condemned) return share;
        return Payout.judged(share, result.updates(), Bits.count(condemned & ~accused), Bits.count(accused & ~condemned));
    }
}
// slither-disable-end incorrect-equality

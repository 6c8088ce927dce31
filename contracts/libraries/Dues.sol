// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, Outcome, Role} from "../interfaces/IFLTask.sol";
import {Payout} from "./Payout.sol";
import {Act, Member} from "./words/MemberWord.sol";
import {Result} from "./words/ResultWord.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title What a settled round holds for one participant whose earlier dues are applied (R18, R19)
library Dues {
    /// @notice Settled rounds for which absence can still be told: eight positions reach back over six rounds and the two ahead.
    uint256 internal constant WINDOW = 6;

    /// @notice The first round of which absence can be told, when `current` is in progress or next.
    function oldest(uint256 current) internal pure returns (uint256) {
        return current > WINDOW ? current - WINDOW : 1;
    }

    /// @notice The first round from `round` on whose due can still be told: any since `oldest_`, and that of the last act. Acting
    /// applied all earlier dues, so an act whose due is open is that of `round` itself.
    function reach(Member m, uint256 round, uint256 oldest_) internal pure returns (uint256) {
        return round >= oldest_ || m.actedRound() == round ? round : oldest_;
    }

    /// @notice The fault of a participant that did its duty (R19).
    function faultOf(Member m, Result result) internal pure returns (Fault) {
        Outcome outcome = result.outcome();
        if (outcome == Outcome.Void) return Fault.None;
        Act act = m.act();
        if (act == Act.Submitted) return outcome == Outcome.Rejected ? Fault.Rejected : Fault.None;
        if (m.candidate() != result.winner()) return Fault.Divergent;
        return (act == Act.VotedFor) == (outcome == Outcome.Accepted) ? Fault.None : Fault.Minority;
    }

    /// @notice Of one that did not finish any duty, by its role.
    function absenceOf(Role role, Result result) internal pure returns (Fault) {
        bool hadDuty = role == Role.Proposer || (role == Role.Voter && result.wasVoted());
        return hadDuty ? Fault.Absent : Fault.None;
    }

    /// @notice What a fault costs, in basis points of the stake, of what each costs.
    function penaltyBps(Fault fault, uint256 absent, uint256 divergent, uint256 minority, uint256 rejected)
        internal
        pure
        returns (uint256)
    {
        if (fault == Fault.Absent) return absent;
        if (fault == Fault.Divergent) return divergent;
        return fault == Fault.Minority ? minority : rejected;
    }

    /// @notice The reward of a participant that did its duty without a fault (R18).
    function rewardOf(Member m, Result result) internal pure returns (uint256) {
        return result.goodStake() == 0 ? 0 : Payout.share(result.reward(), m.stake(), result.goodStake());
    }
}
// slither-disable-end incorrect-equality

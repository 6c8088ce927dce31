// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome} from "../../interfaces/IFLTask.sol";
import {M2, M5, M16, M90} from "./Masks.sol";

/// @notice What a settled round decided, never zero.
type Result is uint256;

using ResultWord for Result global;

library ResultWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant REWARD = 0; // 90
    uint256 private constant TURNOUT = 90; // 90
    uint256 private constant WINNER = 180; // 16
    uint256 private constant OUTCOME = 196; // 2
    uint256 private constant WAS_VOTED = 198; // 1
    uint256 private constant IS_COMPLETE = 199; // 1
    uint256 private constant CONDEMNED = 200; // 16
    uint256 private constant UPDATES = 216; // 5

    /// @notice How the round went: what was decided, of which candidate, and who of the proposers is condemned.
    function decide(Outcome outcome_, uint256 winner_, uint256 condemned_) internal pure returns (Result) {
        return Result.wrap((winner_ << WINNER) | (uint256(outcome_) << OUTCOME) | (condemned_ << CONDEMNED));
    }

    /// @notice With who was there.
    function attend(Result r, uint256 turnout_, uint256 updates_, bool isComplete_) internal pure returns (Result) {
        uint256 flags = (updates_ != 0 ? 1 << WAS_VOTED : 0) | (isComplete_ ? 1 << IS_COMPLETE : 0);
        return Result.wrap(Result.unwrap(r) | (turnout_ << TURNOUT) | (updates_ << UPDATES) | flags);
    }

    /// @notice With what there is to share.
    function endow(Result r, uint256 reward_) internal pure returns (Result) {
        return Result.wrap(Result.unwrap(r) | (reward_ << REWARD));
    }

    function reward(Result r) internal pure returns (uint256) {
        return (Result.unwrap(r) >> REWARD) & M90;
    }

    /// @notice What the reward is shared over: the weight of all updates and all reveals.
    function turnout(Result r) internal pure returns (uint256) {
        return (Result.unwrap(r) >> TURNOUT) & M90;
    }

    function winner(Result r) internal pure returns (uint256) {
        return (Result.unwrap(r) >> WINNER) & M16;
    }

    function outcome(Result r) internal pure returns (Outcome) {
        return Outcome((Result.unwrap(r) >> OUTCOME) & M2);
    }

    function wasVoted(Result r) internal pure returns (bool) {
        return Result.unwrap(r) & (1 << WAS_VOTED) != 0;
    }

    function isComplete(Result r) internal pure returns (bool) {
        return Result.unwrap(r) & (1 << IS_COMPLETE) != 0;
    }

    /// @notice The proposers against whom more than half of the revealed weight stands, a bit a rank (R17a).
    function condemned(Result r) internal pure returns (uint256) {
        return (Result.unwrap(r) >> CONDEMNED) & M16;
    }

    /// @notice How many submitted.
    function updates(Result r) internal pure returns (uint256) {
        return (Result.unwrap(r) >> UPDATES) & M5;
    }
}

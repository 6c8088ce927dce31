// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome} from "../../interfaces/IFLTask.sol";
import {M2, M16, M96} from "./Masks.sol";

/// @notice What a settled round decided, never zero.
type Result is uint256;

using ResultWord for Result global;

library ResultWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant REWARD = 0; // 96
    uint256 private constant GOOD_STAKE = 96; // 96
    uint256 private constant WINNER = 192; // 16
    uint256 private constant OUTCOME = 208; // 2
    uint256 private constant WAS_VOTED = 216; // 1
    uint256 private constant IS_COMPLETE = 224; // 1

    function make(Outcome outcome_, uint256 winner_, uint256 reward_, uint256 goodStake_, bool wasVoted_, bool isComplete_)
        internal
        pure
        returns (Result)
    {
        uint256 amounts = (reward_ << REWARD) | (goodStake_ << GOOD_STAKE);
        uint256 flags = (wasVoted_ ? 1 << WAS_VOTED : 0) | (isComplete_ ? 1 << IS_COMPLETE : 0);
        return Result.wrap(amounts | (winner_ << WINNER) | (uint256(outcome_) << OUTCOME) | flags);
    }

    function reward(Result r) internal pure returns (uint256) {
        return (Result.unwrap(r) >> REWARD) & M96;
    }

    /// @notice What the reward is shared over.
    function goodStake(Result r) internal pure returns (uint256) {
        return (Result.unwrap(r) >> GOOD_STAKE) & M96;
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
}

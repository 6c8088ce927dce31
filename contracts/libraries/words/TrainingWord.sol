// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Draw, DrawWord} from "./DrawWord.sol";
import {M16, M32, M90} from "./Masks.sol";

/// @notice The training half of the round drawn last.
type Training is uint256;

using TrainingWord for Training global;

library TrainingWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant ROUND = 0; // 16
    uint256 private constant END = 16; // 32
    uint256 private constant SUBMITTED = 48; // 16
    uint256 private constant WEIGHT = 64; // 90
    uint256 private constant MEMBERS = 154; // 16
    uint256 private constant SEED = 170; // 80

    function begin(uint256 round_, uint256 end_, uint256 members_, uint256 seed_) internal pure returns (Training) {
        return Training.wrap((round_ << ROUND) | (end_ << END) | (members_ << MEMBERS) | (seed_ << SEED));
    }

    function round(Training t) internal pure returns (uint256) {
        return (Training.unwrap(t) >> ROUND) & M16;
    }

    /// @notice Planned, or when the last update came; a time in seconds, until the year 2106.
    function end(Training t) internal pure returns (uint256) {
        return (Training.unwrap(t) >> END) & M32;
    }

    /// @notice Which proposers have submitted, a bit a rank.
    function submitted(Training t) internal pure returns (uint256) {
        return (Training.unwrap(t) >> SUBMITTED) & M16;
    }

    /// @notice Stakes of the proposers that submitted.
    function weight(Training t) internal pure returns (uint256) {
        return (Training.unwrap(t) >> WEIGHT) & M90;
    }

    function members(Training t) internal pure returns (uint256) {
        return (Training.unwrap(t) >> MEMBERS) & M16;
    }

    function seed(Training t) internal pure returns (uint256) {
        return Training.unwrap(t) >> SEED;
    }

    /// @notice What the roles of the round were drawn from.
    function drawn(Training t) internal pure returns (Draw) {
        return DrawWord.make(members(t), seed(t));
    }

    /// @notice With the update of the proposer whose bit is `bit`, which had submitted nothing.
    function addUpdate(Training t, uint256 bit, uint256 weight_) internal pure returns (Training) {
        unchecked {
            return Training.wrap(Training.unwrap(t) + (bit << SUBMITTED) + (weight_ << WEIGHT));
        }
    }

    function endAt(Training t, uint256 time) internal pure returns (Training) {
        return Training.wrap((Training.unwrap(t) & ~(M32 << END)) | (time << END));
    }
}

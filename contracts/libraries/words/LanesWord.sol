// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {M16, M40} from "./Masks.sol";

/// @notice What was said in a round against six proposers of neighbouring ranks, the lowest rank lowest: six
/// lanes of units of weight. A word of an earlier round says nothing. 65,000 voters of 2^24 units fit in a
/// lane.
type Lanes is uint256;

using LanesWord for Lanes global;

library LanesWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant LANES = 0; // 240
    uint256 private constant ROUND = 240; // 16

    uint256 internal constant COUNT = 6;
    uint256 private constant WIDTH = 40;

    /// @notice The word that belongs to `round_`: a fresh one until somebody accuses.
    function inRound(Lanes w, uint256 round_) internal pure returns (Lanes) {
        return round(w) == round_ ? w : Lanes.wrap(round_ << ROUND);
    }

    function round(Lanes w) internal pure returns (uint256) {
        return (Lanes.unwrap(w) >> ROUND) & M16;
    }

    function lane(Lanes w, uint256 index) internal pure returns (uint256) {
        return (Lanes.unwrap(w) >> (LANES + index * WIDTH)) & M40;
    }

    /// @notice With `units` more in each lane whose bit is set among the lowest six of `against`.
    function add(Lanes w, uint256 against, uint256 units) internal pure returns (Lanes) {
        unchecked {
            uint256 word = Lanes.unwrap(w);
            for (uint256 i = 0; i < COUNT; i++) {
                word += ((against >> i) & 1) * units << (LANES + i * WIDTH);
            }
            return Lanes.wrap(word);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {M16, M80} from "./Masks.sol";

/// @notice What the roles of a settled round were drawn from: how many members, and the seed.
type Draw is uint256;

using DrawWord for Draw global;

library DrawWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant MEMBERS = 0; // 16
    uint256 private constant SEED = 16; // 80

    function make(uint256 members_, uint256 seed_) internal pure returns (Draw) {
        return Draw.wrap((members_ << MEMBERS) | (seed_ << SEED));
    }

    function members(Draw d) internal pure returns (uint256) {
        return (Draw.unwrap(d) >> MEMBERS) & M16;
    }

    function seed(Draw d) internal pure returns (uint256) {
        return (Draw.unwrap(d) >> SEED) & M80;
    }
}

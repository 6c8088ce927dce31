// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {M90} from "./Masks.sol";

/// @notice The ballots for one digest.
type Tally is uint256;

using TallyWord for Tally global;

library TallyWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant WEIGHT_FOR = 0; // 90
    uint256 private constant WEIGHT_AGAINST = 90; // 90
    uint256 private constant CANDIDATE = 180; // 16

    function begin(uint256 candidate_) internal pure returns (Tally) {
        return Tally.wrap(candidate_ << CANDIDATE);
    }

    function weightFor(Tally t) internal pure returns (uint256) {
        return (Tally.unwrap(t) >> WEIGHT_FOR) & M90;
    }

    function weightAgainst(Tally t) internal pure returns (uint256) {
        return (Tally.unwrap(t) >> WEIGHT_AGAINST) & M90;
    }

    function weight(Tally t) internal pure returns (uint256) {
        unchecked {
            return weightFor(t) + weightAgainst(t);
        }
    }

    /// @notice Counted from one; zero: nobody has voted for the digest.
    function candidate(Tally t) internal pure returns (uint256) {
        return Tally.unwrap(t) >> CANDIDATE;
    }

    function add(Tally t, bool isFor, uint256 weight_) internal pure returns (Tally) {
        unchecked {
            return Tally.wrap(Tally.unwrap(t) + (isFor ? weight_ << WEIGHT_FOR : weight_ << WEIGHT_AGAINST));
        }
    }
}

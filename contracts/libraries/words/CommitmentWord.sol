// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {M16} from "./Masks.sol";

/// @notice A voter's hidden vote: the round, and the leading bits of the digest that hides the ballot (R13).
type Commitment is uint256;

using CommitmentWord for Commitment global;

library CommitmentWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant ROUND = 0; // 16
    uint256 private constant DIGEST = 16; // 240

    /// @notice Of `digest_` the leading bits; the rest gives way to the round.
    function make(bytes32 digest_, uint256 round_) internal pure returns (Commitment) {
        return Commitment.wrap((uint256(digest_) >> DIGEST << DIGEST) | (round_ << ROUND));
    }

    function round(Commitment c) internal pure returns (uint256) {
        return (Commitment.unwrap(c) >> ROUND) & M16;
    }

    /// @notice Its leading bits, and zeros.
    function digest(Commitment c) internal pure returns (bytes32) {
        return bytes32(Commitment.unwrap(c) >> DIGEST << DIGEST);
    }
}

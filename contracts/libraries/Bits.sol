// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Sets of proposers: bit i stands for rank i, of sixteen at most
library Bits {
    /// @notice How many bits of the lowest sixteen are set: counted in pairs, in fours, and added up by a product.
    function count(uint256 bits) internal pure returns (uint256) {
        unchecked {
            bits = bits - ((bits >> 1) & 0x5555);
            bits = (bits & 0x3333) + ((bits >> 2) & 0x3333);
            bits = (bits + (bits >> 4)) & 0x0f0f;
            return (bits * 0x0101 >> 8) & 0xff;
        }
    }

    /// @notice The set of the lowest `n` ranks.
    function lowest(uint256 n) internal pure returns (uint256) {
        unchecked {
            return (1 << n) - 1;
        }
    }
}

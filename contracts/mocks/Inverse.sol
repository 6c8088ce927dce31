// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Permutation} from "../libraries/Permutation.sol";

/// @title The way back through the permutation of roles: that there is one makes it a permutation (R9)
library Inverse {
    /// @notice The inverse of `rankOf`: the position that holds `rank`. In plain Solidity, step by step, to
    /// compare with.
    function positionOf(uint256 seed, uint256 n, uint256 rank) internal pure returns (uint256 position) {
        (uint256 a, uint256 b) = Permutation.sides(n);
        uint256 key = Permutation.expand(seed);
        position = rank;
        do {
            (uint256 left, uint256 right) = (position / b, position % b);
            for (uint256 i = 12; i > 0; i -= 2) {
                right = (right + b - (mix(key, i - 1, left) % b)) % b;
                left = (left + a - (mix(key, i - 2, right) % a)) % a;
            }
            position = left * b + right;
        } while (position >= n);
    }

    /// @dev Step `i` reads its own 64-bit window of the key. Products of 64-bit words stay far below 2^256.
    function mix(uint256 key, uint256 i, uint256 half) private pure returns (uint256 z) {
        unchecked {
            uint256 mask = type(uint64).max;
            z = ((key >> (i << 4)) + (half + 1) * 0x9e3779b97f4a7c15) & mask;
            z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & mask;
            z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & mask;
            z = z ^ (z >> 31);
        }
    }
}

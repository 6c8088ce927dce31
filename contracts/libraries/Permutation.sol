// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title A pseudo-random permutation of 0 … n−1, one element at a time (R9, D7)
/// @notice A generalised Feistel network on Z_a × Z_b (Black & Rogaway 2002, "Ciphers with arbitrary finite domains"), a·b ≥ n,
/// with cycle walking back into the domain. Its step function is the finaliser of SplitMix64 (Steele, Lea & Flood 2014): the seed is
/// public as soon as it is known, so the steps must mix well but need not hide anything, and the Python twin
/// (`orchestrator/protocol/roles.py`) needs nothing but integers.
library Permutation {
    uint256 internal constant STEPS = 12;
    uint256 private constant MASK = type(uint64).max;

    /// @notice The rank of `position`: what the permutation sends it to. Requires `position < n` and `n ≤ 65,535`.
    function rankOf(uint256 seed, uint256 n, uint256 position) internal pure returns (uint256 rank) {
        (uint256 a, uint256 b) = sides(n);
        rank = position;
        do {
            (uint256 left, uint256 right) = (rank / b, rank % b);
            for (uint256 i = 0; i < STEPS; i += 2) {
                left = (left + mix(seed, i, right)) % a;
                right = (right + mix(seed, i + 1, left)) % b;
            }
            rank = left * b + right;
        } while (rank >= n);
    }

    /// @notice The inverse of `rankOf`: the position that holds `rank`.
    function positionOf(uint256 seed, uint256 n, uint256 rank) internal pure returns (uint256 position) {
        (uint256 a, uint256 b) = sides(n);
        position = rank;
        do {
            (uint256 left, uint256 right) = (position / b, position % b);
            for (uint256 i = STEPS; i > 0; i -= 2) {
                right = (right + b - (mix(seed, i - 1, left) % b)) % b;
                left = (left + a - (mix(seed, i - 2, right) % a)) % a;
            }
            position = left * b + right;
        } while (position >= n);
    }

    /// @dev a: the smallest power of two whose square is at least n. Then a·b < n + a: few elements walk.
    function sides(uint256 n) private pure returns (uint256 a, uint256 b) {
        unchecked {
            a = 1;
            while (a * a < n) a <<= 1;
            b = (n + a - 1) / a;
        }
    }

    /// @dev Step `i` reads its own 64-bit window of the seed. Products of 64-bit words stay far below 2^256.
    function mix(uint256 seed, uint256 i, uint256 half) private pure returns (uint256 z) {
        unchecked {
            z = ((seed >> (i << 4)) + (half + 1) * 0x9e3779b97f4a7c15) & MASK;
            z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & MASK;
            z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & MASK;
            z = z ^ (z >> 31);
        }
    }
}

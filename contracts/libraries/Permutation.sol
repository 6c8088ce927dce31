// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title A pseudo-random permutation of 0 … n−1, one element at a time (R9, D7)
/// @notice A generalised Feistel network on Z_a × Z_b (Black & Rogaway 2002, "Ciphers with arbitrary finite
/// domains"), a·b ≥ n, with cycle walking back into the domain. Its step function is the finaliser of
/// SplitMix64 (Steele, Lea & Flood 2014): the seed is public as soon as it is known, so the steps must mix
/// well but need not hide anything, and the Python twin (`orchestrator/protocol/roles.py`) needs nothing but
/// integers.
library Permutation {
    /// @notice The rank of `position`: what the permutation sends it to. Requires `position < n` and `n ≤ 65,535`.
    /// @dev Six double steps, each left += mix(right), right += mix(left), each mix with its own 64-bit
    /// window of the key. In assembly because every proposer and voter pays for it: 1,300 gas instead of
    /// 5,000.
    function rankOf(uint256 seed, uint256 n, uint256 position) internal pure returns (uint256 rank) {
        (uint256 a, uint256 b) = sides(n);
        uint256 key = expand(seed);
        rank = position;
        assembly ("memory-safe") {
            for {} 1 {} {
                let left := div(rank, b)
                let right := mod(rank, b)
                let window := key
                for { let step := 0 } lt(step, 6) { step := add(step, 1) } {
                    let z := and(add(window, mul(add(right, 1), 0x9e3779b97f4a7c15)), 0xffffffffffffffff)
                    z := and(mul(xor(z, shr(30, z)), 0xbf58476d1ce4e5b9), 0xffffffffffffffff)
                    z := and(mul(xor(z, shr(27, z)), 0x94d049bb133111eb), 0xffffffffffffffff)
                    left := and(add(left, xor(z, shr(31, z))), sub(a, 1))
                    window := shr(16, window)
                    z := and(add(window, mul(add(left, 1), 0x9e3779b97f4a7c15)), 0xffffffffffffffff)
                    z := and(mul(xor(z, shr(30, z)), 0xbf58476d1ce4e5b9), 0xffffffffffffffff)
                    z := and(mul(xor(z, shr(27, z)), 0x94d049bb133111eb), 0xffffffffffffffff)
                    right := mod(add(right, xor(z, shr(31, z))), b)
                    window := shr(16, window)
                }
                rank := add(mul(left, b), right)
                if lt(rank, n) { break }
            }
        }
    }

    /// @dev a: the smallest power of two whose square is at least n. Then a·b < n + a: few elements walk.
    function sides(uint256 n) internal pure returns (uint256 a, uint256 b) {
        unchecked {
            a = 1;
            while (a * a < n) a <<= 1;
            b = (n + a - 1) / a;
        }
    }

    /// @dev 80 bits of seed, spread over all windows; the factor is the golden ratio in 256 bits.
    function expand(uint256 seed) internal pure returns (uint256 key) {
        unchecked {
            key = seed * 0x9e3779b97f4a7c15f39cc0605cedc8341082276bf3a27251f86c6a11d0c18e95;
        }
    }
}

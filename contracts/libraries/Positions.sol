// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Where one member stood in the list, in its last eight different places (R10)
/// @notice One word: eight checkpoints of 32 bits, the newest lowest: `first round (16) | place (16)`. A place is a position plus
/// one; zero means "not in the list", so an untouched word says that somebody never joined.
library Positions {
    /// @notice The place as of the draw of `round`: that of the newest checkpoint that begins no later.
    function placeAt(uint256 word, uint256 round) internal pure returns (uint256 place) {
        for (; word != 0; word >>= 32) {
            if (uint16(word >> 16) <= round) return uint16(word);
        }
    }

    /// @notice The place as it is now, for the draws to come.
    function placeNow(uint256 word) internal pure returns (uint256 place) {
        return uint16(word);
    }

    /// @notice The first round for which the newest checkpoint counts.
    function since(uint256 word) internal pure returns (uint256 round) {
        return uint16(word >> 16);
    }

    /// @notice The word with `place` from `round` on. `round` never goes back; a second change before the same draw replaces the first.
    function push(uint256 word, uint256 round, uint256 place) internal pure returns (uint256) {
        if (since(word) == round) word >>= 32;
        return (word << 32) | (round << 16) | place;
    }
}

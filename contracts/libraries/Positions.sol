// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Where one member stood in the list, at its last eight different positions (R10)
/// @notice One word: eight entries of 32 bits, the newest lowest: `first round (16) | ordinal (16)`. An ordinal is a position plus
/// one; zero means "not in the list", so an untouched word says that somebody never joined.
library Positions {
    /// @notice The ordinal as of the draw of `round`: that of the newest entry that begins no later.
    function ordinalAt(uint256 word, uint256 round) internal pure returns (uint256 ordinal) {
        for (; word != 0; word >>= 32) {
            if (uint16(word >> 16) <= round) return uint16(word);
        }
    }

    /// @notice The ordinal as it is now, for the draws to come.
    function ordinalNow(uint256 word) internal pure returns (uint256 ordinal) {
        return uint16(word);
    }

    /// @notice The first round for which the newest entry counts.
    function since(uint256 word) internal pure returns (uint256 round) {
        return uint16(word >> 16);
    }

    /// @notice The word with `ordinal` from `round` on. `round` never goes back; a second change before the same draw replaces the first.
    function push(uint256 word, uint256 round, uint256 ordinal) internal pure returns (uint256) {
        if (since(word) == round) word >>= 32;
        return (word << 32) | (round << 16) | ordinal;
    }
}

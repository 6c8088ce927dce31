// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {M16} from "./Masks.sol";

/// @notice Where one member stood in the list, at its last eight different positions (R10): eight entries,
/// the newest lowest. An ordinal is a position plus one; zero means "not in the list", so an untouched word
/// says that somebody never joined.
type Positions is uint256;

using PositionsWord for Positions global;

library PositionsWord {
    // Where each field of an entry begins, and how many bits it has; and how many an entry has.
    uint256 private constant ORDINAL = 0; // 16
    uint256 private constant SINCE = 16; // 16
    uint256 private constant ENTRY = 32;

    /// @notice The ordinal as of the draw of `round`: that of the newest entry that begins no later.
    function ordinalAt(Positions p, uint256 round) internal pure returns (uint256 ordinal) {
        for (uint256 rest = Positions.unwrap(p); rest != 0; rest >>= ENTRY) {
            if ((rest >> SINCE) & M16 <= round) return (rest >> ORDINAL) & M16;
        }
    }

    /// @notice The ordinal as it is now, for the draws to come.
    function ordinalNow(Positions p) internal pure returns (uint256) {
        return (Positions.unwrap(p) >> ORDINAL) & M16;
    }

    /// @notice The first round for which the newest entry counts.
    function since(Positions p) internal pure returns (uint256) {
        return (Positions.unwrap(p) >> SINCE) & M16;
    }

    /// @notice With `ordinal` from `round` on. `round` never goes back; a second change before the same draw
    /// replaces the first.
    function push(Positions p, uint256 round, uint256 ordinal) internal pure returns (Positions) {
        uint256 kept = Positions.unwrap(p);
        if (since(p) == round) kept >>= ENTRY;
        return Positions.wrap((kept << ENTRY) | (round << SINCE) | (ordinal << ORDINAL));
    }
}

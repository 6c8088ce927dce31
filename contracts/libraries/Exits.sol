// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Positions} from "./words/PositionsWord.sol";
import {Progress} from "./words/ProgressWord.sol";

/// @title When an account can take out what it has (R6)
library Exits {
    /// @notice `round` must settle first, zero: none; and `time` must have come. A member that has not left
    /// waits for the last round that there can be. In a closed task no round will settle any more, so nothing
    /// is left to wait for.
    /// @param exitAt when the account could withdraw after leaving; zero: it never left
    function exitOf(Progress p, Positions positions, uint256 exitAt, uint256 rounds, uint256 patience, uint256 exitDelay)
        internal
        pure
        returns (uint256 round, uint256 time)
    {
        if (p.isClosed()) return (0, 0);
        bool isMember = positions.ordinalNow() != 0;
        if (p.isCompleted(rounds, patience)) {
            time = p.movedAt() + exitDelay;
            return (0, isMember || exitAt > time ? time : exitAt);
        }
        if (isMember) return (2 * rounds, 0);
        uint256 fromRound = positions.since();
        return (p.round() < fromRound ? fromRound - 1 : 0, exitAt);
    }
}

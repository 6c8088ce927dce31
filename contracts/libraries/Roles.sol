// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Role} from "../interfaces/IFLTask.sol";
import {Permutation} from "./Permutation.sol";
import {Positions} from "./words/PositionsWord.sol";

/// @title What a draw makes of the members drawn from (R9, R10, I3)
library Roles {
    /// @notice How many of `n` members, three or more, propose and how many vote, of so many wanted; no
    /// voters wanted: all that do not propose. Where members have become few, fewer propose, so that voters
    /// stay the majority.
    function headcount(uint256 n, uint256 proposersWanted, uint256 votersWanted)
        internal
        pure
        returns (uint256 proposers, uint256 voters)
    {
        uint256 most = (n - 1) / 2;
        proposers = proposersWanted < most ? proposersWanted : most;
        uint256 others = n - proposers;
        voters = votersWanted == 0 || votersWanted > others ? others : votersWanted;
    }

    /// @notice What the permutation makes of a position as of the draw of `round`; `n` if it is not among the
    /// members drawn from.
    /// @dev Ordinals of the draw of `round` are at most its `n`: a list has no gaps, and what changes it
    /// after the freezing counts for later rounds.
    function rankAt(Positions positions, uint256 round, uint256 seed, uint256 n) internal pure returns (uint256) {
        uint256 ordinal = positions.ordinalAt(round);
        return ordinal == 0 ? n : Permutation.rankOf(seed, n, ordinal - 1);
    }

    function roleOf(uint256 rank, uint256 proposers, uint256 voters) internal pure returns (Role) {
        if (rank < proposers) return Role.Proposer;
        return rank < proposers + voters ? Role.Voter : Role.None;
    }
}

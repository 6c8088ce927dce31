// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title What a round pays and what a fault costs (R18 – R20)
/// @notice All amounts in wei of the task's token, below 2^90; shares in basis points. Rounded down, so the
/// sum of the parts is never more than the whole.
library Payout {
    uint256 internal constant BPS = 10_000;

    /// @notice The reward of a round that is decided while so many, itself included, are left to decide.
    function roundReward(uint256 pool, uint256 roundsLeft) internal pure returns (uint256) {
        return pool / roundsLeft;
    }

    /// @notice One participant's part of a round's reward.
    function share(uint256 reward, uint256 stake, uint256 turnout) internal pure returns (uint256) {
        unchecked {
            return reward * stake / turnout; // below 2^180
        }
    }

    /// @notice What a good voter earns of its share that, of `updates`, missed so many of the condemned and
    /// accused so many others wrongly (R18a): 2/p less for each that it missed, 1/(4·p) for each wrong one
    /// after the first.
    function judged(uint256 share_, uint256 updates, uint256 missed, uint256 wrong) internal pure returns (uint256) {
        uint256 whole = 4 * updates;
        uint256 lost = 8 * missed + (wrong > 1 ? wrong - 1 : 0);
        return lost < whole ? share_ * (whole - lost) / whole : 0;
    }

    /// @notice What the next fault after so many in a row costs of a stake: `bps` of it, twice as much for
    /// each, and never more than all (R19).
    function penalty(uint256 stake, uint256 bps, uint256 strikes) internal pure returns (uint256) {
        uint256 doubled = bps << strikes;
        return part(stake, doubled < BPS ? doubled : BPS);
    }

    /// @notice `bps` of `amount`, at most all of it.
    function part(uint256 amount, uint256 bps) internal pure returns (uint256) {
        return amount * bps / BPS;
    }
}

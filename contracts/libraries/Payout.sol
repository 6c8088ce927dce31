// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title What a round pays and what a fault costs (R18, R19, R20)
/// @notice All amounts in wei of the task's token, below 2^96; shares in basis points, at most 10,000. Rounded down, so the sum of
/// the parts is never more than the whole.
library Payout {
    uint256 internal constant BPS = 10_000;

    /// @notice The reward of round `round` of `rounds`, counted from one.
    function roundReward(uint256 pool, uint256 rounds, uint256 round) internal pure returns (uint256) {
        return pool / (rounds - round + 1);
    }

    /// @notice One good participant's part of a round's reward.
    function share(uint256 reward, uint256 stake, uint256 goodStake) internal pure returns (uint256) {
        return reward * stake / goodStake;
    }

    /// @notice `bps` of `amount`: a penalty of a stake, a slasher's share of a penalty.
    function part(uint256 amount, uint256 bps) internal pure returns (uint256) {
        return amount * bps / BPS;
    }
}

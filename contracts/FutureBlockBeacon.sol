// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IBeacon} from "./interfaces/IBeacon.sol";

/// @title Randomness from the hash of a block fixed in advance (R8, D8)
/// @notice The producer of that block can throw one block away, and its reward with it, to have the dice thrown once more. Nobody
/// else can do anything. Where stakes are worth more than a block, put a stronger beacon behind the same interface.
contract FutureBlockBeacon is IBeacon {
    /// @notice Blocks between the fixing of an anchor and the anchor.
    uint256 public constant DELAY = 2;

    /// @inheritdoc IBeacon
    function next() external view returns (uint48 anchor) {
        return uint48(block.number + DELAY);
    }

    /// @inheritdoc IBeacon
    /// @dev The EVM shows the hashes of the last 256 blocks only.
    function read(uint48 anchor) external view returns (bytes32 value, bool isExpired) {
        if (block.number <= anchor) return (0, false);
        value = blockhash(anchor);
        return (value, value == 0);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IBeacon} from "./interfaces/IBeacon.sol";

/// @title Randomness from the hash of a block fixed in advance (R8, D8)
/// @notice Who calls cannot choose among seeds. The producer of that block can: by what it writes into the block it makes as many
/// hashes as it can compute, for nothing where blocks are signed and not mined. Where members produce blocks, put a beacon that
/// nobody can steer, such as a verifiable random function, behind the same interface.
contract FutureBlockBeacon is IBeacon {
    /// @notice The next block is the anchor: while this one is made nobody knows its hash, and a later one would be no safer. Its
    /// producer chooses as freely, and who decides when to call chooses among hashes that are unknown either way.
    uint256 public constant DELAY = 1;

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

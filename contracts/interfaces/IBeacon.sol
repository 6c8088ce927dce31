// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Where a task takes its randomness from (D8)
/// @notice A task asks for `next()` when the membership of a round is fixed and reads that anchor later.
/// Whoever implements this promises that the value of an anchor is unknown when `next()` returns it and can
/// never be two different values.
interface IBeacon {
    /// @return anchor a point in the future whose value nobody knows yet
    function next() external view returns (uint48 anchor);

    /// @return value the randomness of `anchor`; zero while it is not there yet, and when it is gone
    /// @return isExpired whether it is gone for ever, so that a new anchor must be taken
    function read(uint48 anchor) external view returns (bytes32 value, bool isExpired);
}

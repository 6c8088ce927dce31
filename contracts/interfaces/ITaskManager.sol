// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Parameters} from "./IFLTask.sol";

/// @title Makes tasks and lists them (R1)
interface ITaskManager {
    /// @notice A parameter with which the task could not run, or could be held up. `limit` is the bound it breaks.
    error InvalidParameter(string name, uint256 limit, uint256 actual);

    event TaskCreated(address indexed task, address indexed creator, bytes32 indexed definition, uint256 index);

    /// @notice Anyone: make a task with these parameters. The pool is filled with `fund`.
    /// @return task the new task's address
    function createTask(Parameters calldata p) external returns (address task);

    /// @notice Whether this manager made it, and so checked its parameters.
    function isTask(address task) external view returns (bool);

    /// @notice The `TaskLens` by which its tasks are seen.
    function lens() external view returns (address);

    /// @notice Of the creation code that all its tasks have, before the constructor's arguments.
    function taskCodeHash() external view returns (bytes32);

    function taskCount() external view returns (uint256);

    /// @notice The tasks with indices from `from` on, at most `limit` of them.
    function tasksFrom(uint256 from, uint256 limit) external view returns (address[] memory page);

    // ── the limits of parameters ──

    /// @notice One that proposes and three that vote.
    function MIN_PARTICIPANTS() external view returns (uint256);
    /// @notice So that no account decides alone.
    function MIN_VOTERS() external view returns (uint256);
    /// @notice So that a node can fetch and judge all updates of a round, and a ballot can name each in 16 bits.
    function MAX_PROPOSERS() external view returns (uint256);
    /// @notice Positions are told in 16 bits.
    function MAX_COUNT() external view returns (uint256);
    /// @notice So are rounds, of which there can be twice as many, for void ones do not count (R19a).
    function MAX_ROUNDS() external view returns (uint256);
    /// @notice Rejected rounds in a row are counted in 12 bits.
    function MAX_PATIENCE() external view returns (uint256);
    /// @notice A task holds no more wei: amounts are told in 90 bits. All members together can put up the least stake.
    function MAX_AMOUNT() external view returns (uint256);
    /// @notice No phase and no delay is longer: a stake can always be got back in a lifetime.
    function MAX_TIME() external view returns (uint256);
    /// @notice So that nobody can close a task because the others sleep.
    function MIN_STALL() external view returns (uint256);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {FLTask} from "./FLTask.sol";
import {Parameters} from "./interfaces/IFLTask.sol";

/// @title Makes tasks and lists them (R1)
/// @notice It has no owner and no power over a task once it is made.
contract TaskManager {
    /// @notice A parameter with which the task could not run, or could be held up. `limit` is the bound it breaks.
    error InvalidParameter(string name, uint256 limit, uint256 actual);

    event TaskCreated(address indexed task, address indexed creator, bytes32 indexed definition, uint256 index);

    /// @notice So that a node can fetch all updates of a round, and one call can list them.
    uint256 public constant MAX_PROPOSERS = 256;
    /// @notice Positions and rounds are told in 16 bits.
    uint256 public constant MAX_COUNT = 65_000;
    /// @notice No phase and no delay is longer: a stake can always be got back in a lifetime.
    uint256 public constant MAX_TIME = 365 days;
    /// @notice So that nobody can close a task because the others sleep.
    uint256 public constant MIN_STALL = 1 hours;

    /// @notice What every task is a clone of.
    address public immutable implementation;
    address[] private tasks;
    mapping(address task => bool) public isTask;

    constructor() {
        implementation = address(new FLTask());
    }

    /// @notice Anyone: make a task with these parameters. The pool is filled with `fund`.
    /// @return task the new task's address
    function createTask(Parameters calldata p) external returns (address task) {
        _check(p);

        task = Clones.cloneWithImmutableArgs(implementation, abi.encode(p, msg.sender));
        FLTask(task).initialize();
        isTask[task] = true;
        tasks.push(task);

        emit TaskCreated(task, msg.sender, p.definition, tasks.length - 1);
    }

    function taskCount() external view returns (uint256) {
        return tasks.length;
    }

    /// @notice The tasks with indices from `from` on, at most `limit` of them.
    function tasksFrom(uint256 from, uint256 limit) external view returns (address[] memory page) {
        uint256 count = from < tasks.length ? tasks.length - from : 0;
        page = new address[](count < limit ? count : limit);
        for (uint256 i = 0; i < page.length; i++) page[i] = tasks[from + i];
    }

    function _check(Parameters calldata p) private view {
        if (p.token.code.length == 0) revert InvalidParameter("token", 1, 0);
        if (address(p.beacon).code.length == 0) revert InvalidParameter("beacon", 1, 0);
        _atLeast("definition", 1, uint256(p.definition));
        _atLeast("initialModel", 1, uint256(p.initialModel));
        _between("rounds", 1, MAX_COUNT, p.rounds);
        _between("maxParticipants", 2, MAX_COUNT, p.maxParticipants);
        _between("minParticipants", 2, p.maxParticipants, p.minParticipants);
        _between("proposers", 1, MAX_PROPOSERS, p.proposers);
        _between("minStake", 1, type(uint96).max / p.maxParticipants, p.minStake);
        _between("quorumBps", 1, 10_000, p.quorumBps);
        _between("absentBps", 0, 10_000, p.absentBps);
        _between("divergentBps", 0, 10_000, p.divergentBps);
        _between("minorityBps", 0, 10_000, p.minorityBps);
        _between("rejectedBps", 0, 10_000, p.rejectedBps);
        _between("slasherBps", 0, 10_000, p.slasherBps);
        _between("trainWindow", 1, MAX_TIME, p.trainWindow);
        _between("commitWindow", 1, MAX_TIME, p.commitWindow);
        _between("revealWindow", 1, MAX_TIME, p.revealWindow);
        _between("exitDelay", 0, MAX_TIME, p.exitDelay);
        _between("stallTimeout", MIN_STALL, MAX_TIME, p.stallTimeout);
    }

    function _between(string memory name, uint256 least, uint256 most, uint256 actual) private pure {
        _atLeast(name, least, actual);
        if (actual > most) revert InvalidParameter(name, most, actual);
    }

    function _atLeast(string memory name, uint256 least, uint256 actual) private pure {
        if (actual < least) revert InvalidParameter(name, least, actual);
    }
}

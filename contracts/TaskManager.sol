// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Parameters} from "./interfaces/IFLTask.sol";
import {ITaskManager} from "./interfaces/ITaskManager.sol";
import {CodeStore} from "./libraries/CodeStore.sol";
import {M90} from "./libraries/words/Masks.sol";

/// @title Makes tasks and lists them (R1)
/// @notice It has no owner and no power over a task once it is made. The manual is `ITaskManager`.
contract TaskManager is ITaskManager {
    uint256 public constant MIN_PARTICIPANTS = 4;
    uint256 public constant MIN_VOTERS = 3;
    uint256 public constant MAX_PROPOSERS = 16;
    uint256 public constant MAX_COUNT = 65_000;
    uint256 public constant MAX_ROUNDS = 32_500;
    uint256 public constant MAX_PATIENCE = 4_000;
    uint256 public constant MAX_AMOUNT = M90;
    uint256 public constant MAX_TIME = 365 days;
    uint256 public constant MIN_STALL = 1 hours;

    address public immutable lens;
    bytes32 public immutable taskCodeHash;
    address private immutable FIRST_CHUNK;
    address private immutable SECOND_CHUNK;

    address[] private tasks;
    mapping(address task => bool) public isTask;

    /// @param taskCode the creation code of `FLTask`
    /// @param lens_ the `TaskLens` by which such tasks are seen
    constructor(bytes memory taskCode, address lens_) {
        lens = lens_;
        taskCodeHash = keccak256(taskCode);
        FIRST_CHUNK = CodeStore.store(taskCode, 0);
        SECOND_CHUNK = CodeStore.store(taskCode, 1);
    }

    function createTask(Parameters calldata p) external returns (address task) {
        _check(p);

        task = CodeStore.create(FIRST_CHUNK, SECOND_CHUNK, abi.encode(p, msg.sender));
        isTask[task] = true;
        tasks.push(task);

        emit TaskCreated(task, msg.sender, p.definition, tasks.length - 1);
    }

    function taskCount() external view returns (uint256) {
        return tasks.length;
    }

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
        _between("rounds", 1, MAX_ROUNDS, p.rounds);
        _between("proposers", 1, MAX_PROPOSERS, p.proposers);
        if (p.voters != 0) _between("voters", MIN_VOTERS, MAX_COUNT, p.voters);
        _between("maxParticipants", MIN_PARTICIPANTS, MAX_COUNT, p.maxParticipants);
        _between("minParticipants", MIN_PARTICIPANTS, p.maxParticipants, p.minParticipants);
        _atLeast("minParticipants", 2 * uint256(p.proposers) + 1, p.minParticipants);
        _between("minStake", 1, MAX_AMOUNT / p.maxParticipants, p.minStake);
        if (p.maxStake != 0) _atLeast("maxStake", p.minStake, p.maxStake);
        _between("quorumBps", 1, 10_000, p.quorumBps);
        _between("floorBps", 0, 10_000, p.floorBps);
        _between("faultBps", 0, 10_000, p.faultBps);
        _between("condemnedBps", 0, 10_000, p.condemnedBps);
        _between("slasherBps", 0, 10_000, p.slasherBps);
        _between("patience", 0, MAX_PATIENCE, p.patience);
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

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFLTask, Parameters, Phase} from "../../../../contracts/interfaces/IFLTask.sol";
import {ITaskManager} from "../../../../contracts/interfaces/ITaskManager.sol";
import {Vm} from "../Test.sol";
import {Scene} from "./Scene.sol";

/// @title The task manager: each parameter at its edges, the list of tasks (R1, R2)
contract ManagerUnit is Scene {
    /// @notice R1: each parameter is taken at its least and its most and refused one beyond. The numbers are the fields'
    /// places.
    function test_R1_everyParameterAtItsEdges() public {
        _bounds("rounds", 7, 1, 32_500);
        _bounds("maxParticipants", 9, 4, 65_000);
        _bounds("minParticipants", 8, 4, 6);
        _bounds("minStake", 5, 1, 206_323_339_880_896_712_483_187_370); // 2^90 − 1 over six members
        _bounds("quorumBps", 12, 1, 10_000);
        _bounds("floorBps", 13, 0, 10_000);
        _bounds("faultBps", 14, 0, 10_000);
        _bounds("condemnedBps", 15, 0, 10_000);
        _bounds("slasherBps", 16, 0, 10_000);
        _bounds("patience", 17, 0, 4_000);
        _bounds("trainWindow", 18, 1, 365 days);
        _bounds("commitWindow", 19, 1, 365 days);
        _bounds("revealWindow", 20, 1, 365 days);
        _bounds("exitDelay", 21, 0, 365 days);
        _bounds("stallTimeout", 22, 1 hours, 365 days);
        (p.minParticipants, p.maxParticipants) = (33, 33);
        _bounds("proposers", 10, 1, 16);
    }

    /// @notice R1: voters are all others, or at least three, so that none decides alone.
    function test_R1_noJuryOfOne() public {
        _take(_with(11, 0));
        _bounds("voters", 11, 3, 65_000);
        _refuse(_with(11, 1), "voters", 3, 1);
        _refuse(_with(11, 65_535), "voters", 65_000, 65_535);
    }

    /// @notice R1: those that propose are fewer than those that do not, from the first draw on.
    function test_R1_votersAreTheMajority() public {
        (p.proposers, p.minParticipants) = (2, 4);
        _refuse(p, "minParticipants", 5, 4);
        p.minParticipants = 5;
        _take(p);
        (p.proposers, p.minParticipants, p.maxParticipants) = (16, 32, 40);
        _refuse(p, "minParticipants", 33, 32);
        p.minParticipants = 33;
        _take(p);
    }

    /// @notice R1, R5: no stake is above `maxStake`, so it is no less than the least; zero: no limit.
    function test_R1_theGreatestStake() public {
        _take(_with(6, 0));
        _refuse(_with(6, 1), "maxStake", 100, 1);
        _refuse(_with(6, 99), "maxStake", 100, 99);
        _take(_with(6, 100));
        _take(_with(6, type(uint96).max));
    }

    /// @notice R1: token and beacon are contracts, and no digest is zero; a Merkle root may be.
    function test_R1_addressesAndDigestsAreThere() public {
        _refuse(_with(0, 0xDEAD), "token", 1, 0);
        _refuse(_with(1, 0xDEAD), "beacon", 1, 0);
        _refuse(_with(2, 0), "definition", 1, 0);
        _refuse(_with(3, 0), "initialModel", 1, 0);
        _take(_with(2, 1));
        _take(_with(3, 1));
        _take(_with(4, 0));
    }

    function _bounds(string memory name, uint256 field, uint256 least, uint256 most) private {
        if (least != 0) _refuse(_with(field, least - 1), name, least, least - 1);
        _take(_with(field, least));
        _take(_with(field, most));
        _refuse(_with(field, most + 1), name, most, most + 1);
    }

    function _with(uint256 field, uint256 value) private view returns (Parameters memory) {
        bytes memory fields = abi.encode(p);
        assembly ("memory-safe") {
            mstore(add(fields, mul(32, add(field, 1))), value)
        }
        return abi.decode(fields, (Parameters));
    }

    function _take(Parameters memory changed) private {
        address made = manager.createTask(changed);
        require(manager.isTask(made), "not taken");
        require(keccak256(abi.encode(IFLTask(made).parameters())) == keccak256(abi.encode(changed)), "other parameters");
    }

    function _refuse(Parameters memory changed, string memory name, uint256 limit, uint256 actual) private {
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.InvalidParameter.selector, name, limit, actual));
        manager.createTask(changed);
    }

    /// @notice R1: the limits are public, for who makes tasks.
    function test_R1_limits() public view {
        assertEq(manager.MIN_PARTICIPANTS(), 4, "participants");
        assertEq(manager.MIN_VOTERS(), 3, "voters");
        assertEq(manager.MAX_PROPOSERS(), 16, "proposers");
        assertEq(manager.MAX_COUNT(), 65_000, "count");
        assertEq(manager.MAX_ROUNDS(), 32_500, "rounds");
        assertEq(manager.MAX_PATIENCE(), 4_000, "patience");
        assertEq(manager.MAX_AMOUNT(), 2 ** 90 - 1, "amount");
        assertEq(manager.MAX_TIME(), 31_536_000, "time");
        assertEq(manager.MIN_STALL(), 3_600, "stall");
    }

    /// @notice R1, R22: a new task is announced with its index, keeps each of its parameters and its creator, and waits for
    /// members.
    function test_R1_aNewTask() public {
        p.admitted = "root"; // no two fields that fit each other are alike
        (p.voters, p.maxStake, p.patience) = (9, 777, 8);
        (p.minParticipants, p.maxParticipants) = (300, 400); // more than a byte holds
        vm.recordLogs();
        vm.prank(ANYBODY);
        task = IFLTask(manager.createTask(p));

        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "events");
        assertEq(logs[0].emitter, address(manager), "emitter");
        assertEq(logs[0].topics.length, 4, "topics");
        assertEq(logs[0].topics[0], ITaskManager.TaskCreated.selector, "event");
        assertEq(logs[0].topics[1], bytes32(uint256(uint160(address(task)))), "task");
        assertEq(logs[0].topics[2], bytes32(uint256(uint160(ANYBODY))), "creator");
        assertEq(logs[0].topics[3], "definition", "definition");
        assertEq(keccak256(logs[0].data), keccak256(abi.encode(1)), "index");

        assertEq(keccak256(abi.encode(task.parameters())), keccak256(abi.encode(p)), "parameters");
        assertEq(task.creator(), ANYBODY, "creator");
        assertEq(task.globalModel(), MODEL, "first global model (D9)");
        assertEq(rewardPool() + task.entered(), 0, "money");
        assertEq(lens.roundView(task, ANYBODY).round, 1, "round");
        assertEq(lens.roundView(task, ANYBODY).movedAt, START, "moved at");
        assertPhase(Phase.Enrolling);
    }

    /// @notice R1: tasks are listed in the order of making, page by page, and nothing else is a task.
    function test_R1_theListOfTasks() public {
        IFLTask first = task;
        make();
        IFLTask second = task;
        make();

        assertEq(manager.taskCount(), 3, "count");
        require(manager.isTask(address(first)) && manager.isTask(address(task)), "a task is missing");
        require(!manager.isTask(address(manager)) && !manager.isTask(address(0)), "no task");
        _assertPage(0, 3, 3);
        _assertPage(0, 100, 3);
        _assertPage(0, 1, 1);
        _assertPage(0, 0, 0);
        _assertPage(1, 1, 1);
        _assertPage(2, 5, 1);
        _assertPage(3, 5, 0);
        _assertPage(type(uint256).max, type(uint256).max, 0);
        address[] memory page = manager.tasksFrom(1, type(uint256).max);
        assertEq(page.length, 2, "page");
        assertEq(page[0], address(second), "second");
        assertEq(page[1], address(task), "third");
    }

    function _assertPage(uint256 from, uint256 limit, uint256 length) private view {
        assertEq(manager.tasksFrom(from, limit).length, length, "length of a page");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ITaskLens} from "../../../../contracts/interfaces/ITaskLens.sol";
import {ITaskManager} from "../../../../contracts/interfaces/ITaskManager.sol";
import {CodeStore} from "../../../../contracts/libraries/CodeStore.sol";
import {Scene} from "./Scene.sol";

/// @title Refuses to be made, and says why
contract Refusing {
    error NotMe(uint256 number);

    constructor() {
        revert NotMe(7);
    }
}

/// @title Code kept in two chunks, and the contracts made of it (R1)
contract CodeStoreUnit is Scene {
    uint256 private constant CHUNK = 24_575;

    /// @dev Creation code that leaves `size` bytes of another kind each as the contract's code, and so is 14 bytes longer.
    function _leaving(uint256 size) private pure returns (bytes memory) {
        return bytes.concat(hex"61", bytes2(uint16(size)), hex"80600e6000396000f30000", _noise(size));
    }

    function _noise(uint256 size) private pure returns (bytes memory noise) {
        noise = new bytes(size);
        for (uint256 i = 1; i < size; i++) {
            noise[i] = bytes1(uint8(uint256(keccak256(abi.encode(i / 32))) >> (i % 32)));
        }
    }

    function _assertKept(bytes memory code, uint256 first, uint256 second) private {
        (address one, address two) = (CodeStore.store(code, 0), CodeStore.store(code, 1));
        assertEq(one.code.length, 1 + first, "first chunk");
        assertEq(two.code.length, 1 + second, "second chunk");
        bytes memory kept = bytes.concat(one.code, two.code);
        require(
            keccak256(kept) == keccak256(bytes.concat(hex"00", _part(code, 0, first), hex"00", _part(code, first, second))),
            "chunks"
        );
    }

    function _part(bytes memory code, uint256 from, uint256 size) private pure returns (bytes memory part) {
        part = new bytes(size);
        for (uint256 i = 0; i < size; i++) {
            part[i] = code[from + i];
        }
    }

    /// @notice R1: code is cut where the first chunk is full, wherever it ends.
    function test_R1_codeIsCutIntoTwoChunks() public {
        _assertKept("", 0, 0);
        _assertKept(_noise(1), 1, 0);
        _assertKept(_noise(70), 70, 0);
        _assertKept(_noise(CHUNK - 1), CHUNK - 1, 0);
        _assertKept(_noise(CHUNK), CHUNK, 0);
        _assertKept(_noise(CHUNK + 1), CHUNK, 1);
        _assertKept(_noise(CHUNK + 1_000), CHUNK, 1_000);
        _assertKept(_noise(2 * CHUNK), CHUNK, CHUNK);
    }

    /// @notice R1: what is made has the code that was kept, however long it is.
    function test_R1_madeOfOneChunkOrTwo() public {
        _assertMade(100);
        _assertMade(CHUNK - 14);
        _assertMade(CHUNK - 13);
        _assertMade(24_576);
    }

    function _assertMade(uint256 size) private {
        bytes memory code = _leaving(size);
        address made = CodeStore.create(CodeStore.store(code, 0), CodeStore.store(code, 1), "");
        require(keccak256(made.code) == keccak256(_noise(size)), "other code");
    }

    /// @notice R1: nobody can run what is kept: it stops at once.
    function test_R1_whatIsKeptDoesNotRun() public {
        address kept = CodeStore.store(hex"fe", 0);
        (bool isDone, bytes memory answer) = kept.call("anything");
        require(isDone && answer.length == 0, "it ran");
    }

    /// @notice R1: why a constructor refuses is what the caller reads.
    function test_R1_aConstructorsReasonComesThrough() public {
        bytes memory arguments = abi.encode(type(Refusing).creationCode, ITaskLens(address(lens)));
        ITaskManager odd = ITaskManager(vm.deployCode("TaskManager.sol:TaskManager", arguments));
        vm.expectRevert(abi.encodeWithSelector(Refusing.NotMe.selector, 7));
        odd.createTask(p);
        assertEq(odd.taskCount(), 0, "no task");
    }

    /// @notice R1, R2: a task is made of the code that the manager tells the hash of, and of nothing else.
    function test_R1_aTaskHasTheCodeThatTheManagerTells() public {
        assertEq(manager.taskCodeHash(), keccak256(_taskCode()), "hash of the code");
        address same = vm.deployCode("FLTask.sol:FLTask", abi.encode(p, CREATOR));
        assertEq(address(task).codehash, same.codehash, "code of the task");
    }

    /// @notice R1: the manager tells the lens that it was told of.
    function test_R1_theManagerTellsItsLens() public view {
        assertEq(manager.lens(), address(lens), "lens");
    }
}

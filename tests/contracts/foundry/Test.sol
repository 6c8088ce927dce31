// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ITaskLens} from "../../../contracts/interfaces/ITaskLens.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";

/// @title The cheat codes of Forge and Halmos that our tests use
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function prank(address sender) external;
    function warp(uint256 timestamp) external;
    function roll(uint256 number) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function expectRevert(bytes calldata reason) external;
    function expectEmit() external;
    function assume(bool condition) external pure;
    function mockCallRevert(address callee, bytes calldata data, bytes calldata reason) external;
    function clearMockedCalls() external;
    function snapshotState() external returns (uint256 mark);
    function revertToState(uint256 mark) external returns (bool isDone);
    function deployCode(string calldata artifact) external returns (address);
    function deployCode(string calldata artifact, bytes calldata arguments) external returns (address);
    function getCode(string calldata artifact) external view returns (bytes memory);
    function load(address account, bytes32 slot) external view returns (bytes32);
    function envOr(string calldata name, string calldata otherwise) external view returns (string memory);
    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
}

/// @notice What an invariant test lets the fuzzer call.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @title What every test here starts from; instead of forge-std
abstract contract Test {
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    /// @dev By name, so that it is the code that is deployed in earnest, which is compiled another way than the tests.
    function _deployLens() internal returns (ITaskLens) {
        return ITaskLens(vm.deployCode("TaskLens.sol:TaskLens"));
    }

    function _deployManager(ITaskLens lens) internal returns (ITaskManager) {
        return ITaskManager(vm.deployCode("TaskManager.sol:TaskManager", abi.encode(_taskCode(), lens)));
    }

    function _taskCode() internal view returns (bytes memory) {
        return vm.getCode("FLTask.sol:FLTask");
    }

    function assertEq(uint256 actual, uint256 expected, string memory what) internal pure {
        if (actual != expected) revert(string.concat(what, ": ", _text(actual), " is not ", _text(expected)));
    }

    function assertLe(uint256 actual, uint256 most, string memory what) internal pure {
        if (actual > most) revert(string.concat(what, ": ", _text(actual), " is more than ", _text(most)));
    }

    /// @dev With `forge test -vv` the line is shown.
    function log(string memory what, uint256 value) internal view {
        (bool isShown,) =
            0x000000000000000000636F6e736F6c652e6c6f67.staticcall(abi.encodeWithSignature("log(string,uint256)", what, value));
        require(isShown, "console");
    }

    function _text(uint256 value) private pure returns (string memory text) {
        if (value == 0) return "0";
        while (value != 0) {
            text = string.concat(string(abi.encodePacked(bytes1(uint8(48 + value % 10)))), text);
            value /= 10;
        }
    }
}

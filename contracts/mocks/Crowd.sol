// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFLTask} from "../interfaces/IFLTask.sol";
import {ITaskLens, RoundView} from "../interfaces/ITaskLens.sol";
import {IBeacon} from "../interfaces/IBeacon.sol";
import {TestToken} from "./TestToken.sol";

/// @title A member with no will of its own
contract Extra {
    constructor(IFLTask task, TestToken token, uint256 stake) {
        token.mint(address(this), stake);
        token.approve(address(task), stake);
        task.join(stake, new bytes32[](0));
    }

    function act(address to, bytes calldata data) external returns (bytes memory answer) {
        bool isDone;
        (isDone, answer) = to.call(data);
        require(isDone, "extra");
    }
}

/// @title Thousands of members for a test
contract Crowd {
    Extra[] public extras;

    function enrol(IFLTask task, TestToken token, uint256 stake, uint256 count) external {
        for (uint256 i = 0; i < count; i++) extras.push(new Extra(task, token, stake));
    }

    function views(ITaskLens lens, IFLTask task, address[] calldata accounts)
        external
        view
        returns (RoundView[] memory found)
    {
        found = new RoundView[](accounts.length);
        for (uint256 i = 0; i < accounts.length; i++) found[i] = lens.roundView(task, accounts[i]);
    }
}

/// @title A beacon as a bad creator would make it: it answers what it is told, or not at all
contract OddBeacon is IBeacon {
    bool public isBroken;
    bytes32 public value;

    function set(bool isBroken_, bytes32 value_) external {
        (isBroken, value) = (isBroken_, value_);
    }

    function next() external view returns (uint48) {
        require(!isBroken, "no beacon");
        return uint48(block.number);
    }

    function read(uint48) external view returns (bytes32, bool) {
        require(!isBroken, "no beacon");
        return (value, false);
    }
}

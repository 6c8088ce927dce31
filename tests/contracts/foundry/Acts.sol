// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Checks} from "./Checks.sol";
import {Test} from "./Test.sol";

/// @title The handler's acts, each with one word from the fuzzer
abstract contract Acts is Test {
    Checks internal world;

    function _acts() internal view returns (bytes4[] memory acts) {
        bytes4[19] memory all = [
            world.join.selector,
            world.topUp.selector,
            world.leaveTask.selector,
            world.setOperator.selector,
            world.withdraw.selector,
            world.claim.selector,
            world.slash.selector,
            world.draw.selector,
            world.submitUpdate.selector,
            world.commitVote.selector,
            world.revealVote.selector,
            world.settle.selector,
            world.fund.selector,
            world.cancel.selector,
            world.close.selector,
            world.refund.selector,
            world.pass.selector,
            world.passPhase.selector,
            world.trespass.selector
        ];
        acts = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; i++) {
            acts[i] = all[i];
        }
    }
}

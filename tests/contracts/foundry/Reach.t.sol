// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Checks} from "./Checks.sol";
import {Acts} from "./Acts.sol";

/// @title That the handler gets everywhere, so that the invariants are worth something
contract Reach is Acts {
    uint256 internal constant STEPS = 6_000;

    /// @notice Every act, outcome and turn of a task's life comes often in a few thousand random acts (R2 – R22).
    function test_theHandlerReachesEverything() public {
        world = new Checks();
        bytes4[] memory acts = _acts();
        for (uint256 i = 0; i < STEPS; i++) {
            uint256 dice = uint256(keccak256(abi.encode(i)));
            _do(acts[dice % acts.length], dice >> 8);
        }

        string[42] memory all = [
            "join",
            "topUp",
            "leaveTask",
            "withdraw",
            "claim",
            "slash",
            "draw",
            "draw, expired",
            "submitUpdate",
            "commitVote",
            "revealVote",
            "accepted",
            "rejected",
            "void",
            "second round",
            "beyond the window",
            "fund",
            "cancel",
            "close",
            "refund",
            "pass",
            "passPhase",
            "trespass",
            "task emptied",
            "dismissed",
            "setOperator",
            "an act by an operator",
            "share returned",
            "judged",
            "absent",
            "divergent",
            "minority",
            "condemned",
            "struck before",
            "three strikes",
            "condemned in a void round",
            "condemned in a decided round",
            "fewer propose",
            "completed, all decided",
            "completed, too many void",
            "completed, out of patience",
            "stake too much"
        ];
        for (uint256 i = 0; i < all.length; i++) {
            log(all[i], world.reached(all[i]));
        }
        for (uint256 i = 0; i < all.length; i++) {
            require(world.reached(all[i]) > 2, all[i]);
        }
    }

    /// @notice I8: whatever state acts of anybody lead to, everybody gets out of it without creator, proposers or store.
    function testFuzz_everybodyGetsOutOfAnyState(uint256 seed, uint8 steps) public {
        world = new Checks();
        bytes4[] memory acts = _acts();
        for (uint256 i = 0; i < steps; i++) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            _do(acts[dice % acts.length], dice >> 8);
        }
        world.evacuate(seed);
    }

    function _do(bytes4 act, uint256 seed) private {
        (bool isDone, bytes memory answer) = address(world).call(abi.encodeWithSelector(act, seed));
        if (isDone) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, IFLTask, Phase} from "../../../../contracts/interfaces/IFLTask.sol";
import {Scene} from "./Scene.sol";

/// @title Leaving and withdrawing, in every state of a task (R2, R6, R7, I2, I8)
contract ExitUnit is Scene {
    bytes private constant NOTHING = abi.encodeWithSelector(IFLTask.Nothing.selector);
    address private constant SAFE = address(0x5AFE);

    /// @dev That member `i` cannot withdraw, and the lens tells when it can.
    function _waits(uint256 i, uint256 round, uint256 time) private {
        _refused(i, round, time, abi.encodeWithSelector(IFLTask.TooEarly.selector, round, round == 0 ? time : 0));
    }

    function _mustLeave(uint256 i, Phase phase) private {
        _refused(i, 2 * uint256(p.rounds), 0, abi.encodeWithSelector(IFLTask.WrongState.selector, phase));
    }

    function _refused(uint256 i, uint256 round, uint256 time, bytes memory reason) private {
        (uint256 roundTold, uint256 timeTold) = lens.exitOf(task, m(i));
        assertEq(roundTold, round, "round to settle");
        assertEq(timeTold, time, "time to come");
        require(!see(i).canWithdraw, "can withdraw");
        refused(m(i), withdrawing(i, SAFE), reason);
    }

    function _withdraws(uint256 i, uint256 stake, uint256 rewards) private {
        uint256 before = token.balanceOf(SAFE);
        uint256 entered = task.entered();
        require(see(i).canWithdraw, "cannot withdraw");
        expecting();
        emit IFLTask.Withdrawn(m(i), SAFE, stake, rewards);
        announced(m(i), withdrawing(i, SAFE));
        assertEq(token.balanceOf(SAFE) - before, stake + rewards, "paid");
        assertEq(entered - task.entered(), stake, "left");
        assertEq(uint256(see(i).stake) + see(i).rewards + see(i).toppedUp, 0, "still there");
        refused(m(i), withdrawing(i, SAFE), NOTHING);
    }

    /// @notice R6: a member of a running task leaves first; then `exitDelay` passes, to the second.
    function test_R6_theExitDelay() public {
        enrolled(2);
        _mustLeave(0, Phase.Enrolling);
        vm.warp(START + 30);
        quit(0);
        assertEq(see(0).exitAt, START + 10_030, "exit");
        _waits(0, 0, START + 10_030);
        vm.warp(START + 10_029);
        _waits(0, 0, START + 10_030);
        vm.warp(START + 10_030);
        _withdraws(0, 1_000, 0);
    }

    /// @notice R6: without a delay, at once.
    function test_R6_noExitDelay() public {
        p.exitDelay = 0;
        make();
        enrolled(2);
        quit(0);
        _withdraws(0, 1_000, 0);
    }

    /// @notice R6: every round whose list was frozen with the member in it must settle first, however long that takes.
    function test_R6_dutiesBindUntilTheyAreSettled() public {
        p.exitDelay = 1;
        make();
        enrolled(4);
        join(4);
        quit(1); // in Drawing of round 1
        vm.warp(START + 50);
        _waits(1, 1, START + 1);
        trained("s...");
        _waits(1, 1, START + 1);
        quit(4); // which was never in a draw, and whose position begins with round 2
        vm.warp(START + 350);
        _waits(4, 1, START + 51);
        task.settle();
        _withdraws(4, 5_000, 0);
        expecting();
        emit IFLTask.Slashed(1, m(1), Fault.Absent, 200, address(0), 0);
        emit IFLTask.Withdrawn(m(1), SAFE, 1_800, 0);
        announced(m(1), withdrawing(1, SAFE));
        _mustLeave(0, Phase.Enrolling);
    }

    /// @notice R6: whoever leaves between a settlement and the next draw is in that draw.
    function test_R6_leavingWhenTheNextListIsFrozen() public {
        p.exitDelay = 0;
        make();
        enrolled(4);
        settled("s+++");
        quit(3);
        _waits(3, 2, START);
        settled("s+++");
        _withdraws(3, 4_000, 0);
    }

    /// @notice R6, R20: who left can be slashed until it withdraws, and withdrawing applies the rest; nothing of that is lost.
    function test_R6_whoLeftIsSlashedUntilItWithdraws() public {
        fund(9_000);
        enrolled(4);
        settled("s+p."); // B wins; 6,000 are left in the pool
        quit(1);
        quit(3);
        vm.warp(START + 20_000);
        slash(ANYBODY, 1, m(3)); // 400, of which 300 to the pool
        settled("s+++"); // members 1 and 3 are in the draw; revealing costs member 1 200 and its share of 1,000: 7,500 / 2 over 9,400
        expecting();
        emit IFLTask.Withdrawn(m(1), SAFE, 1_800, 718);
        announced(m(1), withdrawing(1, SAFE));
    }

    /// @notice R6, I8: once all rounds are settled, everybody has to wait for `exitDelay` from then on, and no longer.
    function test_R6_afterTheLastRound() public {
        p.rounds = 1;
        make();
        fund(1_000);
        enrolled(4);
        revealed("s+++");
        quit(1);
        vm.warp(START + 600);
        assertEq(see(1).exitAt, START + 10_000, "exit");
        task.settle();
        quit(2);
        vm.warp(START + 700);
        quit(3);
        _waits(1, 0, START + 10_000);
        vm.warp(START + 10_000);
        _withdraws(1, 2_000, 200);
        vm.warp(START + 10_599);
        for (uint256 i = 0; i < 4; i++) {
            if (i != 1) _waits(i, 0, START + 10_600);
        }
        vm.warp(START + 10_600);
        _withdraws(0, 1_000, 100); // that never left
        _withdraws(2, 3_000, 300);
        _withdraws(3, 4_000, 400); // that left later
        assertEq(token.balanceOf(address(task)), 0, "left in the task");
    }

    /// @notice R7, I8: of a closed task everybody withdraws at once, duties or not.
    function test_R7_afterClosing() public {
        fund(9_000);
        enrolled(4);
        settled("s+++");
        topUp(0, 77); // for round 3, which never comes
        quit(1);
        drawn(0x3210);
        vm.warp(START + 7_300);
        task.close();
        _withdraws(0, 1_077, 300);
        _withdraws(1, 2_000, 600);
        _withdraws(2, 3_000, 900);
        _withdraws(3, 4_000, 1_200);
        act(ANYBODY, abi.encodeCall(IFLTask.refund, ()));
        assertEq(token.balanceOf(address(task)), 0, "left in the task");
    }

    /// @notice R6, R20: who never joined withdraws its slasher's shares, and nothing else.
    function test_R20_aSlasherWithdraws() public {
        enrolled(4);
        refused(ANYBODY, abi.encodeCall(IFLTask.withdraw, (ANYBODY, SAFE)), NOTHING);
        settled("....");
        slash(ANYBODY, 1, m(0));
        expecting();
        emit IFLTask.Withdrawn(ANYBODY, SAFE, 0, 25);
        announced(ANYBODY, abi.encodeCall(IFLTask.withdraw, (ANYBODY, SAFE)));
        assertEq(token.balanceOf(SAFE), 25, "paid");
        refused(ANYBODY, abi.encodeCall(IFLTask.withdraw, (ANYBODY, SAFE)), NOTHING);
    }

    /// @notice R4, R6: who withdrew starts anew when it joins again: no old top-up, no old due, no old exit.
    function test_R4_startingAnew() public {
        p.exitDelay = 0;
        make();
        enrolled(4);
        trained("s..."); // all others will have been absent
        topUp(1, 50);
        quit(1);
        vm.warp(START + 300);
        task.settle();
        assertPhase(Phase.Enrolling);
        expecting();
        emit IFLTask.Slashed(1, m(1), Fault.Absent, 200, address(0), 0);
        emit IFLTask.Withdrawn(m(1), SAFE, 1_850, 0);
        announced(m(1), withdrawing(1, SAFE));
        assertEq(see(1).resolved, 1, "applied dues stay applied");
        join(1, 500);
        assertEq(see(1).stake, 500, "stake");
        assertEq(see(1).toppedUp, 0, "topped up");
        assertEq(see(1).resolved, 1, "resolved");
        refused(ANYBODY, slashing(1, m(1)), NOTHING);
        _mustLeave(1, Phase.Drawing);
        drawn(0x2130); // at position 3
        assertEq(see(1).position, 3, "position");
    }
}

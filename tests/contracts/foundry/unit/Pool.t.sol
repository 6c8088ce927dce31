// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFLTask, Phase} from "../../../../contracts/interfaces/IFLTask.sol";
import {Scene} from "./Scene.sol";

/// @title The reward pool and the ends of a task: funding, cancelling, closing, refunding (R2, R3, R7)
contract PoolUnit is Scene {
    bytes private constant FUND = abi.encodeCall(IFLTask.fund, (1));
    bytes private constant CANCEL = abi.encodeCall(IFLTask.cancel, ());
    bytes private constant CLOSE = abi.encodeCall(IFLTask.close, ());
    bytes private constant REFUND = abi.encodeCall(IFLTask.refund, ());

    function _wrongState(Phase phase) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFLTask.WrongState.selector, phase);
    }

    /// @dev One second too early, and then in time; `from` is when the task came to a stand.
    function _closesAt(uint256 round, uint256 from) private {
        vm.warp(from + 7_199);
        refused(ANYBODY, CLOSE, abi.encodeWithSelector(IFLTask.TooEarly.selector, round, from + 7_200));
        vm.warp(from + 7_200);
        expecting();
        emit IFLTask.TaskClosed(ANYBODY, false);
        announced(ANYBODY, CLOSE);
        assertPhase(Phase.Closed);
        assertEq(see(0).movedAt, from + 7_200, "moved");
    }

    // ── funding ──

    /// @notice R3, R22: anybody adds to the pool, in any phase until the end.
    function test_R3_funding() public {
        give(ANYBODY, 70);
        expecting();
        emit IFLTask.Funded(ANYBODY, 70);
        announced(ANYBODY, abi.encodeCall(IFLTask.fund, (70)));
        assertEq(rewardPool(), 70, "pool");
        assertEq(see(0).pool, 70, "pool in the view");
        assertEq(task.entered(), 70, "entered");
        assertEq(token.balanceOf(address(task)), 70, "balance");
        refused(ANYBODY, abi.encodeCall(IFLTask.fund, (0)), abi.encodeWithSelector(IFLTask.Nothing.selector));
        enrolled(4);
        fund(1);
        revealed("s+++");
        assertPhase(Phase.Settling);
        fund(2);
        assertEq(rewardPool(), 73, "pool");
    }

    /// @notice R3, R4: nothing comes in once a task is over.
    function test_R3_nothingComesInAfterTheEnd() public {
        p.rounds = 1;
        make();
        enrolled(4);
        settled("s+++");
        assertPhase(Phase.Completed);
        _assertOver(Phase.Completed);
        make();
        vm.prank(CREATOR);
        task.cancel();
        _assertOver(Phase.Closed);
    }

    function _assertOver(Phase phase) private {
        refused(ANYBODY, FUND, _wrongState(phase));
        refused(m(5), joining(6_000), _wrongState(phase));
        refused(m(0), abi.encodeCall(IFLTask.topUp, (1)), _wrongState(phase));
        refused(ANYBODY, CLOSE, _wrongState(phase));
        refused(CREATOR, CANCEL, _wrongState(phase));
        refused(
            ANYBODY, abi.encodeCall(IFLTask.draw, ()), abi.encodeWithSelector(IFLTask.WrongPhase.selector, Phase.Drawing, phase)
        );
        refused(
            ANYBODY,
            abi.encodeCall(IFLTask.settle, ()),
            abi.encodeWithSelector(IFLTask.WrongPhase.selector, Phase.Settling, phase)
        );
    }

    // ── cancelling ──

    /// @notice R2: the creator, and nobody else, calls a task off while members are enrolling; everybody gets everything back.
    function test_R2_cancelWhileEnrolling() public {
        fund(500);
        enrolled(3);
        refused(ANYBODY, CANCEL, abi.encodeWithSelector(IFLTask.NotCreator.selector, CREATOR, ANYBODY));
        address next = address(uint160(CREATOR) + 1);
        refused(next, CANCEL, abi.encodeWithSelector(IFLTask.NotCreator.selector, CREATOR, next));
        vm.warp(START + 3);
        expecting();
        emit IFLTask.TaskClosed(CREATOR, true);
        announced(CREATOR, CANCEL);
        assertPhase(Phase.Closed);
        assertEq(see(0).movedAt, START + 3, "moved");

        act(m(1), withdrawing(1, m(1)));
        assertEq(token.balanceOf(m(1)), 2_000, "stake");
        act(ANYBODY, REFUND);
        assertEq(token.balanceOf(CREATOR), 500, "pool");
    }

    /// @notice R2: up to the first draw, and not after it.
    function test_R2_cancelUntilTheFirstDraw() public {
        enrolled(4);
        drawn(0x3210);
        refused(CREATOR, CANCEL, _wrongState(Phase.Training));
        vm.warp(START + 100);
        refused(CREATOR, CANCEL, _wrongState(Phase.Settling));
        task.settle();
        refused(CREATOR, CANCEL, _wrongState(Phase.Drawing));

        make();
        enrolled(4);
        act(CREATOR, CANCEL);
        assertPhase(Phase.Closed);
    }

    /// @notice R2: nor in a later round whose list is open again.
    function test_R2_noCancelWhileEnrollingForALaterRound() public {
        enrolled(4);
        drawn(0x3210);
        quit(3);
        vm.warp(START + 100);
        task.settle();
        assertPhase(Phase.Enrolling);
        refused(CREATOR, CANCEL, _wrongState(Phase.Enrolling));
    }

    // ── closing ──

    /// @notice R7: without enough members for `stallTimeout`; those that join in between do not move the task.
    function test_R7_closeWhileEnrolling() public {
        vm.warp(START + 60);
        enrolled(3);
        _closesAt(1, START);
    }

    /// @notice R7: if nobody draws, from the filling of the task on.
    function test_R7_closeWhileDrawing() public {
        vm.warp(START + 60);
        enrolled(4);
        _closesAt(1, START + 60);
    }

    /// @notice R7: in a later round, from the settling of the one before on.
    function test_R7_closeInALaterRound() public {
        enrolled(4);
        drawn(0x3210);
        vm.warp(START + 150);
        task.settle();
        _closesAt(2, START + 150);
    }

    /// @notice R7: nor while a later round enrols.
    function test_R7_closeWhileEnrollingForALaterRound() public {
        enrolled(4);
        drawn(0x3210);
        quit(0);
        vm.warp(START + 150);
        task.settle();
        _closesAt(2, START + 150);
    }

    /// @notice R7, R12: nobody settles a round without updates: from the end of Training on.
    function test_R7_closeWhileSettlingWithoutUpdates() public {
        enrolled(4);
        vm.warp(START + 10);
        drawn(0x3210);
        vm.warp(START + 109);
        refused(ANYBODY, CLOSE, _wrongState(Phase.Training));
        _closesAt(1, START + 110);
    }

    /// @notice R7: no phase in which members act can be closed, and then it counts from where Revealing would have ended at
    /// the latest.
    function test_R7_closeWhileSettling() public {
        enrolled(4);
        trained("s...");
        vm.warp(START + 199);
        refused(ANYBODY, CLOSE, _wrongState(Phase.Committing));
        commit(1, A, 1);
        vm.warp(START + 200);
        refused(ANYBODY, CLOSE, _wrongState(Phase.Revealing));
        reveal(1, A, 1);
        assertPhase(Phase.Settling);
        _closesAt(1, START + 500);
    }

    /// @notice R7: likewise where nobody committed.
    function test_R7_closeWhileSettlingWithoutVotes() public {
        enrolled(4);
        vm.warp(START + 40);
        trained("s...");
        vm.warp(START + 240);
        assertPhase(Phase.Settling);
        _closesAt(1, START + 540);
    }

    // ── refunding ──

    /// @notice R7, R22, I2: once a task is over, anybody sends what is left of the pool to its creator, once.
    function test_R7_refund() public {
        fund(900);
        refused(CREATOR, REFUND, _wrongState(Phase.Enrolling));
        enrolled(4);
        revealed("s+++");
        refused(CREATOR, REFUND, _wrongState(Phase.Settling));
        task.settle(); // 300 earned
        vm.warp(START + 7_200);
        task.close();
        expecting();
        emit IFLTask.Refunded(CREATOR, 600);
        announced(ANYBODY, REFUND);
        assertEq(token.balanceOf(CREATOR), 600, "refunded");
        assertEq(token.balanceOf(address(task)), 10_300, "left for the members");
        assertEq(rewardPool(), 0, "pool");
        assertEq(task.entered(), 10_900, "entered");
        refused(CREATOR, REFUND, abi.encodeWithSelector(IFLTask.Nothing.selector));
    }

    /// @notice R7, R19a: also of a completed task in which no round was decided.
    function test_R7_refundOfACompletedTask() public {
        p.rounds = 1;
        make();
        fund(900);
        enrolled(4);
        settled("....");
        refused(CREATOR, REFUND, _wrongState(Phase.Drawing));
        settled("....");
        assertPhase(Phase.Completed);
        act(CREATOR, REFUND);
        assertEq(token.balanceOf(CREATOR), 900, "refunded");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFLTask, Outcome, Phase} from "../../../../contracts/interfaces/IFLTask.sol";
import {RoundView} from "../../../../contracts/interfaces/ITaskLens.sol";
import {Scene} from "./Scene.sol";

/// @title From round to round: which count, what each takes from the pool, and which is the last (R4, R7, R18, R19a, I5, D4,
/// D22)
contract RoundsUnit is Scene {
    bytes private constant SETTLE = abi.encodeCall(IFLTask.settle, ());

    function setUp() public override {
        super.setUp();
        p.faultBps = 0; // nobody falls out for being absent
        make();
    }

    function _assertCounts(uint256 round, uint256 decided, uint256 rejectedInRow) private view {
        RoundView memory v = see(0);
        assertEq(v.round, round, "round");
        assertEq(v.decided, decided, "decided");
        assertEq(v.rejectedInRow, rejectedInRow, "rejected in a row");
    }

    /// @notice R18, D4, D22: a round's reward is an equal part of what is left for those that are left to decide; a void one
    /// takes nothing and counts for nothing.
    function test_R18_rewardsOfTheRounds() public {
        fund(1_000);
        enrolled(4);
        settled("s+++");
        assertEq(lens.resultOf(task, 1).reward, 333, "first");
        assertEq(rewardPool(), 667, "pool");
        settled("....");
        assertEq(lens.resultOf(task, 2).reward, 0, "void");
        assertEq(rewardPool(), 667, "pool");
        settled("s---");
        assertEq(lens.resultOf(task, 3).reward, 333, "second");
        assertEq(rewardPool(), 334, "pool");
        settled("s+++");
        assertEq(lens.resultOf(task, 4).reward, 334 + 33, "last: with what the proposer of the rejected round did not earn");
        assertEq(rewardPool(), 0, "pool");
        assertPhase(Phase.Completed);
        assertEq(uint256(lens.resultOf(task, 5).outcome), uint256(Outcome.None), "no fifth");
    }

    /// @notice R19a, I5, R22: after T decided rounds none opens, whatever is called; results do not change.
    function test_R19a_theLastDecidedRound() public {
        p.rounds = 2;
        make();
        enrolled(4);
        settled("s+++");
        assertPhase(Phase.Drawing);
        settled("s..."); // void
        assertPhase(Phase.Drawing);
        _assertCounts(3, 1, 0);
        bytes32 first = keccak256(abi.encode(lens.resultOf(task, 1)));
        revealed("s---");
        vm.warp(block.timestamp + 5);
        expecting();
        emit IFLTask.RoundSettled(3, Outcome.Rejected, A, 0, 9_000, 0, 10_000, 0);
        announced(ANYBODY, SETTLE);
        assertPhase(Phase.Completed);
        _assertCounts(4, 2, 1);
        assertEq(see(0).rounds, 2, "rounds");
        assertEq(see(0).anchor, 0, "anchor");
        assertEq(see(0).movedAt, block.timestamp, "moved");
        assertEq(task.globalModel(), A, "global model");
        assertEq(keccak256(abi.encode(lens.resultOf(task, 1))), first, "first result");
        refused(ANYBODY, SETTLE, abi.encodeWithSelector(IFLTask.WrongPhase.selector, Phase.Settling, Phase.Completed));
    }

    /// @notice R19a, D22: void rounds do not go on for ever: after 2·T in all the task is completed, and the pool is the
    /// creator's.
    function test_R19a_twiceAsManyRoundsInAll() public {
        p.rounds = 2;
        make();
        fund(900);
        enrolled(4);
        settled("....");
        settled("s+++");
        settled("....");
        assertPhase(Phase.Drawing);
        _assertCounts(4, 1, 0);
        settled("s...");
        assertPhase(Phase.Completed);
        _assertCounts(5, 1, 0);
        act(ANYBODY, abi.encodeCall(IFLTask.refund, ()));
        assertEq(token.balanceOf(CREATOR), 450, "what the undecided round would have paid");
    }

    /// @notice R19a: the last of 2·T rounds may decide, and complete the task on both counts.
    function test_R19a_theLastOfAllDecides() public {
        p.rounds = 1;
        make();
        enrolled(4);
        settled("....");
        assertPhase(Phase.Drawing);
        settled("s+++");
        assertPhase(Phase.Completed);
        _assertCounts(3, 1, 0);
    }

    /// @notice R19a: `patience` rejected rounds in a row complete the task; an accepted one begins anew, a void one changes
    /// nothing.
    function test_R19a_patience() public {
        (p.rounds, p.patience) = (20, 2);
        make();
        enrolled(4);
        settled("s---");
        _assertCounts(2, 1, 1);
        settled("s+++");
        _assertCounts(3, 2, 0);
        settled("s---");
        settled("s...");
        _assertCounts(5, 3, 1);
        assertPhase(Phase.Drawing);
        settled("s---");
        _assertCounts(6, 4, 2);
        assertPhase(Phase.Completed);
        assertEq(see(0).anchor, 0, "anchor");
    }

    /// @notice R19a: patience of one, and none at all.
    function test_R19a_patienceOfOneAndNone() public {
        (p.rounds, p.patience) = (20, 1);
        make();
        enrolled(4);
        settled("s+++");
        assertPhase(Phase.Drawing);
        settled("s---");
        assertPhase(Phase.Completed);
        p.patience = 0;
        make();
        enrolled(4);
        for (uint256 round = 1; round <= 5; round++) {
            settled("s---");
        }
        _assertCounts(6, 5, 5);
        assertPhase(Phase.Drawing);
    }

    /// @notice R19a, D22: puppets of a creator that void the rounds take nothing home: what they do not decide is paid to who
    /// decides.
    function test_R19a_voidingTheEndTakesNothing() public {
        p.rounds = 2;
        make();
        fund(1_000);
        enrolled(4);
        settled("s+++");
        settled("s..."); // voided
        settled("s+++");
        assertPhase(Phase.Completed);
        assertEq(rewardPool(), 0, "all is paid");
    }

    /// @notice R1, R4, R7, R9: the first draw waits for `minParticipants`, later ones for four; with fewer the list stays
    /// open, and the next to join freezes it.
    function test_R4_enrollingForALaterRound() public {
        p.minParticipants = 6;
        make();
        enrolled(5);
        assertPhase(Phase.Enrolling);
        join(5);
        revealed("s+++++");
        quit(5);
        quit(4);
        vm.warp(START + 20);
        task.settle(); // four, just enough
        assertPhase(Phase.Drawing);
        assertEq(see(0).drawnCount, 4, "drawn from four");
        revealed("s+++");
        quit(0);
        vm.warp(START + 30);
        expecting();
        emit IFLTask.RoundSettled(2, Outcome.Accepted, A, 9_000, 0, 0, 10_000, 0);
        announced(ANYBODY, SETTLE);
        assertPhase(Phase.Enrolling);
        assertEq(see(1).anchor + see(1).drawnCount, 0, "open");
        assertEq(see(1).movedAt, START + 30, "moved");
        vm.warp(START + 40);
        give(m(6), 6_000);
        expecting();
        emit IFLTask.Positioned(m(6), 3, 3);
        emit IFLTask.Joined(m(6), 6_000);
        emit IFLTask.Anchored(3, 100, 4);
        announced(m(6), joining(6_000));
        assertEq(see(1).movedAt, START + 40, "moved");
    }
}

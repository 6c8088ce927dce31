// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFLTask, Outcome, Phase} from "../../../../contracts/interfaces/IFLTask.sol";
import {RoundResult} from "../../../../contracts/interfaces/ITaskLens.sol";
import {Scene} from "./Scene.sol";

/// @title Settling: who wins, what it decides and what it takes from the pool (R12, R16 – R18, I5, I6, D1, D2, D4)
contract SettlingUnit is Scene {
    bytes private constant SETTLE = abi.encodeCall(IFLTask.settle, ());

    function _assertResult(uint256 round, RoundResult memory expected) private view {
        assertEq(keccak256(abi.encode(lens.resultOf(task, round))), keccak256(abi.encode(expected)), "result");
    }

    // ── outcomes ──

    /// @notice R17, R18, R22: a winner with net weight above zero is the new global model; its reward leaves the pool and is shared
    /// over proposers that submitted and voters for it; the next round's list is frozen at once.
    function test_R17_accepted() public {
        fund(9_001);
        enrolled(4);
        join(4);
        revealed("s-p+"); // 4,000 for and 2,000 against A, 3,000 for B
        vm.warp(block.timestamp + 9);
        vm.roll(200);
        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Accepted, A, 4_000, 2_000, 3_000, 5_000);
        emit IFLTask.Anchored(2, 200, 5);
        announced(ANYBODY, SETTLE);
        assertEq(task.globalModel(), A, "global model");
        assertEq(see(0).globalModel, A, "global model in the view");
        assertEq(rewardPool(), 6_001, "pool");
        assertEq(see(0).round, 2, "round");
        assertEq(see(0).movedAt, START + 9, "moved");
        assertEq(see(0).drawnCount, 5, "list");
        assertPhase(Phase.Drawing);
        _assertResult(1, RoundResult(Outcome.Accepted, true, true, 3_000, 5_000));
        refused(ANYBODY, SETTLE, abi.encodeWithSelector(IFLTask.WrongPhase.selector, Phase.Settling, Phase.Drawing));
    }

    /// @notice R17, R18, I6: below zero the old global model stays, and voters against the winner share the reward.
    function test_R17_rejected() public {
        fund(9_000);
        enrolled(4);
        revealed("s+-m"); // 2,000 for and 3,000 against A; 4,000 against B
        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Rejected, A, 2_000, 3_000, 3_000, 3_000);
        emit IFLTask.Anchored(2, 100, 4);
        announced(ANYBODY, SETTLE);
        assertEq(task.globalModel(), MODEL, "global model");
        assertEq(rewardPool(), 6_000, "pool");
        _assertResult(1, RoundResult(Outcome.Rejected, true, true, 3_000, 3_000));
    }

    /// @notice R17, D1: exactly zero is void, though there is a winner; the reward stays in the pool.
    function test_R17_exactlyZeroIsVoid() public {
        fund(9_000);
        join(0, 1_000);
        join(1, 2_000);
        join(2, 3_000);
        join(3, 5_000);
        revealed("s--+");
        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Void, A, 5_000, 5_000, 0, 0);
        emit IFLTask.Anchored(2, 100, 4);
        announced(ANYBODY, SETTLE);
        assertEq(task.globalModel(), MODEL, "global model");
        assertEq(rewardPool(), 9_000, "pool");
        _assertResult(1, RoundResult(Outcome.Void, true, true, 0, 0));
    }

    /// @notice R17: one wei decides.
    function test_R17_oneWeiDecides() public {
        _assertDecided(4_999, Outcome.Rejected, 5_000);
        _assertDecided(5_001, Outcome.Accepted, 6_001);
    }

    function _assertDecided(uint256 weightFor, Outcome outcome, uint96 good) private {
        make();
        join(0, 1_000);
        join(1, 2_000);
        join(2, 3_000);
        join(3, weightFor);
        settled("s--+");
        _assertResult(1, RoundResult(outcome, true, true, 0, good));
        assertEq(task.globalModel(), outcome == Outcome.Accepted ? A : MODEL, "global model");
    }

    /// @notice R12, R18: a round without updates is void at the end of Training.
    function test_R12_noUpdate() public {
        fund(9_000);
        enrolled(4);
        revealed("....");
        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Void, 0, 0, 0, 0, 0);
        emit IFLTask.Anchored(2, 100, 4);
        announced(ANYBODY, SETTLE);
        assertEq(rewardPool(), 9_000, "pool");
        _assertResult(1, RoundResult(Outcome.Void, false, false, 0, 0));
    }

    /// @notice R16: updates on which nobody votes, or commits without revealing.
    function test_R16_noVotes() public {
        enrolled(4);
        settled("s...");
        _assertResult(1, RoundResult(Outcome.Void, true, false, 0, 0));
        settled("sccc");
        _assertResult(2, RoundResult(Outcome.Void, true, false, 0, 0));
    }

    /// @notice R19: a round is complete if nobody was absent: neither a proposer nor a voter.
    function test_R19_completeRounds() public {
        p.proposers = 2;
        make();
        enrolled(4);
        settled("ss++");
        require(lens.resultOf(task, 1).isComplete, "complete");
        settled(".s++");
        require(!lens.resultOf(task, 2).isComplete, "an update is missing");
        settled("ss+c");
        require(!lens.resultOf(task, 3).isComplete, "a vote is missing");
    }

    // ── the winner ──

    /// @notice R16, D2: the greatest revealed weight wins, for or against, whatever the order of the reveals; a tie is void.
    function test_R16_theWinner() public {
        (p.minParticipants, p.quorumBps) = (7, 1);
        p.maxParticipants = 7;
        _wins([5, 3, 3, 0, 0, 0], "s+pq...", A); // the first stays
        _wins([3, 5, 3, 0, 0, 0], "s+pq...", B); // overtakes
        _wins([3, 4, 5, 0, 0, 0], "s+pq...", C); // overtakes twice
        _wins([3, 3, 0, 0, 0, 0], "s+p....", 0); // draws level
        _wins([3, 3, 2, 0, 0, 0], "s+pq...", 0); // a third stays below those that are level
        _wins([3, 3, 3, 0, 0, 0], "s+pq...", 0); // three level
        _wins([3, 3, 4, 0, 0, 0], "s+pq...", C); // a third overtakes those that are level
        _wins([3, 3, 1, 0, 0, 0], "s+p+...", A); // one that is level, and noted, moves on
        _wins([3, 3, 1, 0, 0, 0], "s+pp...", B); // one that is level, and not noted, moves on
        _wins([3, 3, 1, 1, 0, 0], "s+p+p..", 0); // level again
        _wins([3, 3, 1, 2, 0, 0], "s+p+p..", B);
        _wins([3, 3, 1, 2, 2, 0], "s+p+p+.", A);
        _wins([3, 3, 1, 1, 1, 1], "s+p-mq+", A);
        _wins([2, 4, 2, 0, 0, 0], "s+m-...", 0); // weights for and against add up
        _wins([2, 4, 3, 0, 0, 0], "s+m-...", A);
        _wins([2, 2, 2, 2, 2, 5], "s+mq+mq", C);
        _wins([5, 4, 2, 2, 0, 0], "s+pqp..", B); // the second overtakes later
    }

    function _wins(uint8[6] memory stakes, bytes memory acts, bytes32 winner) private {
        make();
        join(0, 100);
        for (uint256 i = 0; i < 6; i++) {
            join(i + 1, stakes[i] == 0 ? 100 : uint256(stakes[i]) * 100);
        }
        uint256 weightFor;
        uint256 weightAgainst;
        (bytes1 plus, bytes1 minus) = winner == A ? (bytes1("+"), bytes1("-")) : (bytes1("p"), bytes1("m"));
        if (winner == C) (plus, minus) = ("q", " ");
        for (uint256 i = 1; i < acts.length && winner != 0; i++) {
            if (acts[i] == plus) weightFor += uint256(stakes[i - 1]) * 100;
            if (acts[i] == minus) weightAgainst += uint256(stakes[i - 1]) * 100;
        }
        revealed(acts);
        Outcome outcome = weightFor > weightAgainst ? Outcome.Accepted : Outcome.Rejected;
        uint256 good = outcome == Outcome.Accepted ? weightFor + 100 : weightAgainst;
        if (weightFor == weightAgainst) (outcome, good) = (Outcome.Void, 0);
        expecting();
        emit IFLTask.RoundSettled(1, outcome, winner, weightFor, weightAgainst, 0, good);
        emit IFLTask.Anchored(2, 100, 7);
        announced(ANYBODY, SETTLE);
        assertEq(task.globalModel(), outcome == Outcome.Accepted ? winner : MODEL, "global model");
    }

    /// @notice R16: as many reveals as the quorum are enough, one fewer are not; it counts heads among the drawn voters.
    function test_R16_quorum() public {
        _quorum(5_000, 0, "s+..", false); // 1 of 3
        _quorum(5_000, 0, "s++.", true);
        _quorum(3_333, 0, "s+..", true);
        _quorum(3_334, 0, "s+..", false);
        _quorum(5_000, 0, "s++..", true); // just 2 of 4
        _quorum(5_001, 0, "s++..", false);
        _quorum(5_001, 0, "s+++.", true);
        _quorum(10_000, 0, "s+++", true);
        _quorum(10_000, 0, "s++c", false);
        _quorum(10_000, 2, "s++.", true); // 2 of 2
        _quorum(5_001, 2, "s+..", false);
        _quorum(5_000, 2, "s+..", true);
        _quorum(1, 0, "s...", false);
    }

    function _quorum(uint16 bps, uint16 voters, bytes memory acts, bool isReached) private {
        (p.quorumBps, p.voters, p.minParticipants) = (bps, voters, uint16(acts.length));
        make();
        enrolled(acts.length);
        settled(acts);
        assertEq(uint256(lens.resultOf(task, 1).outcome), uint256(isReached ? Outcome.Accepted : Outcome.Void), "outcome");
        assertEq(task.globalModel(), isReached ? A : MODEL, "global model");
    }

    /// @notice R16, R22: below the quorum there is no winner, and no weight is told.
    function test_R16_belowTheQuorum() public {
        enrolled(4);
        revealed("s..+");
        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Void, 0, 0, 0, 0, 0);
        emit IFLTask.Anchored(2, 100, 4);
        announced(ANYBODY, SETTLE);
    }

    // ── rounds ──

    /// @notice R18, D4: a round's reward is an equal part of what is left; what a void round does not pay is there for the next.
    function test_R18_rewardsOfTheRounds() public {
        p.absentBps = 0;
        make();
        fund(1_000);
        enrolled(4);
        settled("s+++");
        assertEq(lens.resultOf(task, 1).reward, 333, "first");
        assertEq(rewardPool(), 667, "pool");
        settled("....");
        assertEq(lens.resultOf(task, 2).reward, 0, "second");
        assertEq(rewardPool(), 667, "pool");
        settled("s+++");
        assertEq(lens.resultOf(task, 3).reward, 667, "last");
        assertEq(rewardPool(), 0, "pool");
        assertEq(uint256(lens.resultOf(task, 4).outcome), uint256(Outcome.None), "no fourth");
    }

    /// @notice I5, R22: after the last round none opens, whatever is called; results do not change.
    function test_I5_theLastRound() public {
        p.rounds = 2;
        make();
        enrolled(4);
        settled("s+++");
        assertPhase(Phase.Drawing);
        revealed("s---");
        vm.warp(block.timestamp + 5);
        expecting();
        emit IFLTask.RoundSettled(2, Outcome.Rejected, A, 0, 9_000, 0, 9_000);
        announced(ANYBODY, SETTLE);
        assertPhase(Phase.Completed);
        assertEq(see(0).round, 3, "round");
        assertEq(see(0).rounds, 2, "rounds");
        assertEq(see(0).anchor, 0, "anchor");
        assertEq(see(0).movedAt, block.timestamp, "moved");
        assertEq(task.globalModel(), A, "global model");
        _assertResult(1, RoundResult(Outcome.Accepted, true, true, 0, 10_000));
        _assertResult(2, RoundResult(Outcome.Rejected, true, true, 0, 9_000));
        refused(ANYBODY, SETTLE, abi.encodeWithSelector(IFLTask.WrongPhase.selector, Phase.Settling, Phase.Completed));
    }

    /// @notice R4, R7: with fewer than `minParticipants` members the list stays open, and the next to join freezes it.
    function test_R4_enrollingForALaterRound() public {
        enrolled(4);
        join(4);
        revealed("s+++");
        quit(4);
        vm.warp(START + 20);
        task.settle(); // just enough
        assertPhase(Phase.Drawing);
        revealed("s+++");
        quit(0);
        vm.warp(START + 30);
        expecting();
        emit IFLTask.RoundSettled(2, Outcome.Accepted, A, 9_000, 0, 0, 10_000);
        announced(ANYBODY, SETTLE);
        assertPhase(Phase.Enrolling);
        assertEq(see(1).anchor + see(1).drawnCount, 0, "open");
        assertEq(see(1).movedAt, START + 30, "moved");
        vm.warp(START + 40);
        give(m(5), 6_000);
        expecting();
        emit IFLTask.Positioned(m(5), 3, 3);
        emit IFLTask.Joined(m(5), 6_000);
        emit IFLTask.Anchored(3, 100, 4);
        announced(m(5), joining(6_000));
        assertEq(see(1).movedAt, START + 40, "moved");
    }

    /// @notice R8, I5: settling belongs to Settling.
    function test_I5_settlingInOtherPhases() public {
        _refuse(Phase.Enrolling);
        enrolled(4);
        _refuse(Phase.Drawing);
        drawn(0x3210);
        _refuse(Phase.Training);
        submit(0);
        _refuse(Phase.Committing);
        commit(1, A, 1);
        pass(Phase.Committing);
        _refuse(Phase.Revealing);
        vm.warp(START + 499);
        _refuse(Phase.Revealing);
        vm.warp(START + 500);
        task.settle();
    }

    function _refuse(Phase actual) private {
        refused(ANYBODY, SETTLE, abi.encodeWithSelector(IFLTask.WrongPhase.selector, Phase.Settling, actual));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFLTask, Outcome, Phase} from "../../../../contracts/interfaces/IFLTask.sol";
import {RoundResult} from "../../../../contracts/interfaces/ITaskLens.sol";
import {Scene} from "./Scene.sol";

/// @title Settling: who wins, what it decides and what it takes from the pool (R12, R16 – R18, I6, D1, D2, D4, D19, D20)
contract SettlingUnit is Scene {
    bytes private constant SETTLE = abi.encodeCall(IFLTask.settle, ());

    function _assertResult(uint256 round, RoundResult memory expected) private view {
        assertEq(keccak256(abi.encode(lens.resultOf(task, round))), keccak256(abi.encode(expected)), "result");
    }

    // ── outcomes ──

    /// @notice R17, R18, R22: a winner with net weight above zero is the new global model; the reward leaves the pool for all
    /// that submitted or revealed; the next round's list is frozen at once.
    function test_R17_accepted() public {
        fund(9_001);
        enrolled(4);
        join(4);
        revealed("s-p+"); // 4,000 for and 2,000 against A, 3,000 for B
        vm.warp(block.timestamp + 9);
        vm.roll(200);
        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Accepted, A, 4_000, 2_000, 3_000, 10_000, 0);
        emit IFLTask.Anchored(2, 200, 5);
        announced(ANYBODY, SETTLE);
        assertEq(task.globalModel(), A, "global model");
        assertEq(see(0).globalModel, A, "global model in the view");
        assertEq(rewardPool(), 6_001, "pool");
        assertEq(see(0).round, 2, "round");
        assertEq(see(0).decided, 1, "decided");
        assertEq(see(0).rejectedInRow, 0, "rejected");
        assertEq(see(0).movedAt, START + 9, "moved");
        assertEq(see(0).drawnCount, 5, "list");
        assertPhase(Phase.Drawing);
        _assertResult(1, RoundResult(Outcome.Accepted, true, true, 1, 0, 3_000, 10_000));
        refused(ANYBODY, SETTLE, abi.encodeWithSelector(IFLTask.WrongPhase.selector, Phase.Settling, Phase.Drawing));
    }

    /// @notice R17, R18, I6, D20: below zero the old global model stays, and the reward is shared over as many.
    function test_R17_rejected() public {
        fund(9_000);
        enrolled(4);
        revealed("s--p"); // 5,000 against A, 4,000 for B
        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Rejected, A, 0, 5_000, 3_000, 10_000, 0);
        emit IFLTask.Anchored(2, 100, 4);
        announced(ANYBODY, SETTLE);
        assertEq(task.globalModel(), MODEL, "global model");
        assertEq(rewardPool(), 6_000, "pool");
        assertEq(see(0).decided, 1, "decided");
        assertEq(see(0).rejectedInRow, 1, "rejected");
        _assertResult(1, RoundResult(Outcome.Rejected, true, true, 1, 0, 3_000, 10_000));
    }

    /// @notice R17, R18, D1: exactly zero is void, though there is a winner; the reward stays in the pool, and who was there
    /// is told.
    function test_R17_exactlyZeroIsVoid() public {
        fund(9_000);
        join(0, 1_000);
        join(1, 2_000);
        join(2, 3_000);
        join(3, 5_000);
        revealed("s--+");
        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Void, A, 5_000, 5_000, 0, 11_000, 0);
        emit IFLTask.Anchored(2, 100, 4);
        announced(ANYBODY, SETTLE);
        assertEq(task.globalModel(), MODEL, "global model");
        assertEq(rewardPool(), 9_000, "pool");
        assertEq(see(0).decided + see(0).rejectedInRow, 0, "decided");
        _assertResult(1, RoundResult(Outcome.Void, true, true, 1, 0, 0, 11_000));
    }

    /// @notice R17: one wei decides.
    function test_R17_oneWeiDecides() public {
        _assertDecided(4_999, Outcome.Rejected);
        _assertDecided(5_001, Outcome.Accepted);
    }

    function _assertDecided(uint256 weightFor, Outcome outcome) private {
        make();
        join(0, 1_000);
        join(1, 2_000);
        join(2, 3_000);
        join(3, weightFor);
        settled("s--+");
        _assertResult(1, RoundResult(outcome, true, true, 1, 0, 0, 6_000 + weightFor));
        assertEq(task.globalModel(), outcome == Outcome.Accepted ? A : MODEL, "global model");
    }

    /// @notice R12, R18: a round without updates is void at the end of Training.
    function test_R12_noUpdate() public {
        fund(9_000);
        enrolled(4);
        revealed("....");
        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Void, 0, 0, 0, 0, 0, 0);
        emit IFLTask.Anchored(2, 100, 4);
        announced(ANYBODY, SETTLE);
        assertEq(rewardPool(), 9_000, "pool");
        _assertResult(1, RoundResult(Outcome.Void, false, false, 0, 0, 0, 0));
    }

    /// @notice R16: updates on which nobody votes, or commits without revealing.
    function test_R16_noVotes() public {
        enrolled(4);
        settled("s...");
        _assertResult(1, RoundResult(Outcome.Void, true, false, 1, 0, 0, 1_000));
        settled("sccc");
        assertEq(lens.resultOf(task, 2).turnout, 1_000, "turnout");
        require(lens.resultOf(task, 2).outcome == Outcome.Void && !lens.resultOf(task, 2).isComplete, "void");
    }

    /// @notice R19: a round is complete if nobody was absent: neither a proposer nor a voter.
    function test_R19_completeRounds() public {
        (p.proposers, p.minParticipants) = (2, 5);
        make();
        enrolled(5);
        settled("ss+++");
        require(lens.resultOf(task, 1).isComplete, "complete");
        assertEq(lens.resultOf(task, 1).updates, 2, "updates");
        settled(".s+++");
        require(!lens.resultOf(task, 2).isComplete, "an update is missing");
        assertEq(lens.resultOf(task, 2).updates, 1, "updates");
        settled("ss++c");
        require(!lens.resultOf(task, 3).isComplete, "a vote is missing");
    }

    // ── the winner ──

    /// @notice R16, D2, D19: more than half of the revealed weight wins, for or against, whatever the order of the reveals.
    function test_R16_theWinner() public {
        (p.minParticipants, p.maxParticipants, p.quorumBps) = (7, 7, 1);
        _wins([5, 2, 2, 0, 0, 0], "s+pq...", A); // the first stays
        _wins([2, 5, 2, 0, 0, 0], "s+pq...", B); // overtakes
        _wins([2, 2, 5, 0, 0, 0], "s+pq...", C); // overtakes
        _wins([1, 2, 4, 0, 0, 0], "s+pq...", C); // overtakes who overtook
        _wins([4, 3, 0, 0, 0, 0], "s+p....", A);
        _wins([3, 3, 1, 0, 0, 0], "s+p+...", A); // draws level, and goes on
        _wins([3, 3, 1, 0, 0, 0], "s+pp...", B);
        _wins([2, 3, 2, 0, 0, 0], "s+p+...", A); // led, was overtaken, leads again
        _wins([1, 2, 4, 8, 16, 0], "s+pqp+.", A);
        _wins([5, 4, 2, 2, 4, 0], "s+pqpp.", B);
        _wins([3, 1, 3, 1, 3, 1], "s+-pm+-", A); // weights for and against add up
        _wins([2, 4, 3, 0, 0, 0], "s+m-...", A);
        _wins([2, 2, 2, 2, 2, 9], "s+m+m+q", 0); // nine of nineteen
        _wins([2, 2, 2, 2, 2, 11], "s+m+m+q", C);
    }

    /// @notice R16, D19: no plurality wins, nor does just half, nor who had more than half for a while; the round is void.
    function test_R16_noMajority() public {
        (p.minParticipants, p.maxParticipants, p.quorumBps) = (7, 7, 1);
        _wins([3, 3, 0, 0, 0, 0], "s+p....", 0);
        _wins([4, 3, 1, 0, 0, 0], "s+pq...", 0); // half
        _wins([1, 3, 4, 0, 0, 0], "s+pq...", 0);
        _wins([3, 3, 3, 0, 0, 0], "s+pq...", 0);
        _wins([5, 4, 2, 2, 0, 0], "s+pqp..", 0); // A led, and B has most now
        _wins([2, 2, 2, 2, 2, 4], "s+mq+mq", 0);
        _wins([200, 1, 199, 0, 0, 0], "s+pq...", 0); // half again
    }

    function _wins(uint8[6] memory stakes, bytes memory acts, bytes32 winner) private {
        make();
        join(0, 100);
        for (uint256 i = 0; i < 6; i++) {
            join(i + 1, stakes[i] == 0 ? 100 : uint256(stakes[i]) * 100);
        }
        (uint256 weightFor, uint256 weightAgainst, uint256 turnout) = (0, 0, 100);
        (bytes1 plus, bytes1 minus) = winner == A ? (bytes1("+"), bytes1("-")) : (bytes1("p"), bytes1("m"));
        if (winner == C) (plus, minus) = ("q", " ");
        for (uint256 i = 1; i < acts.length; i++) {
            uint256 stake = acts[i] == "." ? 0 : uint256(stakes[i - 1]) * 100;
            turnout += stake;
            if (acts[i] == plus && winner != 0) weightFor += stake;
            if (acts[i] == minus && winner != 0) weightAgainst += stake;
        }
        revealed(acts);
        Outcome outcome = weightFor > weightAgainst ? Outcome.Accepted : Outcome.Rejected;
        if (winner == 0) outcome = Outcome.Void;
        expecting();
        emit IFLTask.RoundSettled(1, outcome, winner, weightFor, weightAgainst, 0, turnout, 0);
        emit IFLTask.Anchored(2, 100, 7);
        announced(ANYBODY, SETTLE);
        assertEq(task.globalModel(), outcome == Outcome.Accepted ? winner : MODEL, "global model");
    }

    /// @notice R16, D19: proposers that serve their updates to different voters split the honest; still nobody names the
    /// model with the greatest part, and nobody pays for the split.
    function test_R16_splittingTheHonestNamesNoModel() public {
        (p.minParticipants, p.proposers) = (5, 2);
        make();
        join(0, 100);
        join(1, 100);
        join(2, 1_001); // who splits them
        join(3, 1_000);
        join(4, 1_000);
        settled("ss+pq");
        assertEq(task.globalModel(), MODEL, "global model");
        require(lens.resultOf(task, 1).outcome == Outcome.Void, "void");
        for (uint256 i = 0; i < 5; i++) {
            refused(ANYBODY, slashing(1, m(i)), abi.encodeWithSelector(IFLTask.Nothing.selector));
        }
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
        _quorum(10_000, 3, "s+++.", true); // 3 of 3
        _quorum(6_667, 3, "s++..", false);
        _quorum(6_666, 3, "s++..", true);
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

    /// @notice R16, R17a, R22: below the quorum there is no winner, nobody is condemned, and no weight is told but the turnout.
    function test_R16_belowTheQuorum() public {
        enrolled(4);
        accuse(3, 1);
        revealed("s..+");
        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Void, 0, 0, 0, 0, 5_000, 0);
        emit IFLTask.Anchored(2, 100, 4);
        announced(ANYBODY, SETTLE);
    }

    /// @notice I5: settling belongs to Settling.
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

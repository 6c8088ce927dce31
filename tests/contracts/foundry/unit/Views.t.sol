// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Due, Fault, IFLTask, Phase, Role, RoundView} from "../../../../contracts/interfaces/IFLTask.sol";
import {Scene} from "./Scene.sol";

/// @title What a node sees: `roundView` field by field, and `dues` (R10, R22)
contract ViewsUnit is Scene {
    /// @notice R10: what an account and the round look like in the middle of Revealing.
    function test_R10_roundView() public {
        fund(900);
        enrolled(4);
        join(4);
        settled("s++.");
        slash(m(2), 1, m(3)); // 400: 100 for the slasher
        vm.warp(START + 1_000);
        vm.roll(321);
        drawn(0xffff0);
        submit(0);
        commit(2, B, -1);
        commit(3, B, -1);
        vm.warp(START + 1_200);
        reveal(2, B, -1);
        topUp(2, 60);
        vm.warp(START + 1_250);

        RoundView memory v = see(2);
        assertEq(v.blockNumber, 321, "block");
        assertEq(v.timestamp, START + 1_250, "time");
        require(v.phase == Phase.Revealing, "phase");
        assertEq(v.round, 2, "round");
        assertEq(v.rounds, 3, "rounds");
        assertEq(v.memberCount, 5, "members");
        assertEq(v.drawnCount, 5, "in the draw");
        assertEq(v.anchor, 100, "anchor");
        assertEq(v.seed, seedOf(beacon.value(), 2), "seed");
        assertEq(v.trainEnd, START + 1_000, "end of Training");
        assertEq(v.commitEnd, START + 1_200, "end of Committing");
        assertEq(v.revealEnd, START + 1_500, "end of Revealing");
        assertEq(v.movedAt, START + 1_000, "moved");
        assertEq(v.proposers, 1, "proposers");
        assertEq(v.voters, 4, "voters");
        assertEq(v.updates, 1, "updates");
        assertEq(v.commits, 2, "commits");
        assertEq(v.reveals, 1, "reveals");
        assertEq(v.globalModel, A, "global model");
        assertEq(v.pool, 900 - 300 + 300, "pool");
        require(v.role == Role.Voter, "role");
        assertEq(v.position, 2, "position");
        require(v.rank > 0 && v.rank < 5, "rank");
        require(v.isMember && v.isInDraw && v.hasRevealed && !v.hasSubmitted && !v.canWithdraw, "flags");
        assertEq(v.commitment, bytes32((uint256(ballotOf(2, B, -1)) >> 16) << 16), "commitment");
        assertEq(v.stake, 3_000, "stake");
        assertEq(v.toppedUp, 60, "topped up");
        assertEq(v.rewards, 100 + 150, "rewards"); // 300 · 3,000 / 6,000
        assertEq(v.exitAt, 0, "exit");
        assertEq(v.resolved, 1, "resolved");

        v = see(3);
        require(!v.hasRevealed && !v.hasSubmitted && v.commitment != 0, "committed only");
        v = see(0);
        require(v.hasSubmitted && !v.hasRevealed && v.commitment == 0 && v.role == Role.Proposer, "submitted");
        v = task.roundView(ANYBODY);
        require(!v.isMember && !v.isInDraw && v.role == Role.None, "stranger");
        assertEq(v.position, 0, "no position");
        assertEq(v.rank, 5, "no rank");
        require(v.canWithdraw, "nothing keeps a stranger from withdrawing nothing");
    }

    /// @notice R10: before the first draw there is no round to see; of an earlier round's acts nothing is left in the next.
    function test_R10_roundViewOutsideARound() public {
        enrolled(3);
        RoundView memory v = see(0);
        assertEq(uint256(v.anchor) + v.drawnCount + v.trainEnd + v.commitEnd + v.revealEnd + uint256(v.seed), 0, "no round");
        require(!v.isSeedReady && v.isMember && !v.isInDraw, "flags");
        join(3);
        settled("s+++");
        v = see(0);
        assertEq(uint256(v.trainEnd) + v.commitEnd + v.revealEnd + uint256(v.seed) + v.commits + v.rank, 0, "no round");
        require(v.role == Role.None && !v.hasSubmitted && !see(1).hasRevealed && see(1).commitment == 0, "no acts");
        require(v.isSeedReady && v.isInDraw, "flags");
        assertEq(see(3).position, 3, "position");
    }

    // ── dues ──

    /// @notice R10, R20: who left is found where it stood, also when somebody else stands there now.
    function test_R10_duesOfWhoLeftAndWasReplaced() public {
        (p.minParticipants, p.voters) = (3, 0);
        make();
        enrolled(4); // the fourth for round 2
        settled("s++");
        quit(3); // from round 3 on
        settled("s++.");
        join(4);
        Due[] memory dues = task.dues(2, 0, 4);
        require(dues.length == 1 && dues[0].account == m(3) && dues[0].fault == Fault.Absent, "who left");
    }

    function _assertDue(Due memory due, uint256 i, Fault fault, uint256 penalty, uint256 reward) private pure {
        assertEq(due.account, m(i), "account");
        assertEq(uint256(due.fault), uint256(fault), "fault");
        assertEq(due.penalty, penalty, "penalty");
        assertEq(due.reward, reward, "reward");
    }

    /// @notice R19, R18: penalties and rewards of a settled round, by position; what is applied is told no more.
    function test_R19_dues() public {
        fund(9_000);
        enrolled(4);
        settled("s-p+");
        Due[] memory dues = task.dues(1, 0, 4);
        assertEq(dues.length, 4, "dues");
        _assertDue(dues[0], 0, Fault.None, 0, 600);
        _assertDue(dues[1], 1, Fault.Minority, 100, 0);
        _assertDue(dues[2], 2, Fault.Divergent, 1_200, 0);
        _assertDue(dues[3], 3, Fault.None, 0, 2_400);
        dues = task.dues(1, 1, 3);
        assertEq(dues.length, 2, "some positions");
        _assertDue(dues[0], 1, Fault.Minority, 100, 0);
        _assertDue(dues[1], 2, Fault.Divergent, 1_200, 0);
        dues = task.dues(1, 3, type(uint256).max);
        assertEq(dues.length, 1, "the last");
        _assertDue(dues[0], 3, Fault.None, 0, 2_400);
        assertEq(task.dues(1, 4, 9).length, 0, "beyond");
        assertEq(task.dues(1, 2, 2).length, 0, "none");
        assertEq(task.dues(1, 3, 2).length, 0, "upside down");

        slash(ANYBODY, 1, m(2));
        dues = task.dues(1, 0, 4);
        assertEq(dues.length, 3, "one is applied");
        _assertDue(dues[2], 3, Fault.None, 0, 2_400);
        settled("....");
        slash(ANYBODY, 2, m(0));
        dues = task.dues(1, 0, 4);
        assertEq(dues.length, 2, "another, and a later round's");
        _assertDue(dues[0], 1, Fault.Minority, 100, 0);
    }

    /// @notice R10, R19: who left or moved since the draw is told where it stood in it; who came since is not.
    function test_R10_duesOfThoseThatLeft() public {
        p.minParticipants = 3;
        make();
        enrolled(4);
        join(4, 5_000);
        assertEq(see(0).drawnCount, 3, "in the first draw");
        settled("..."); // members 0, 1 and 2
        quit(0); // member 4 takes position 0 from round 3 on
        settled("s+...");
        // member 0 acted; the voters 2, 3 and 4 were absent
        Due[] memory dues = task.dues(2, 0, 5);
        assertEq(dues.length, 3, "dues");
        _assertDue(dues[0], 2, Fault.Absent, 300, 0);
        _assertDue(dues[1], 3, Fault.Absent, 400, 0);
        _assertDue(dues[2], 4, Fault.Absent, 500, 0);
        dues = task.dues(1, 0, 5);
        assertEq(dues.length, 0, "the proposer's own act applied round 1");
    }

    /// @notice R10: also where its place is taken by the last of the list, and where the last itself has left.
    function test_R10_duesWhereSeatsChangedHands() public {
        p.absentBps = 1_000;
        enrolled(4);
        drawn(0x3210);
        submit(0);
        quit(1); // member 3 moves to position 1
        join(4); // at position 3
        pass(Phase.Committing);
        task.settle();
        Due[] memory dues = task.dues(1, 0, 4);
        assertEq(dues.length, 3, "dues");
        _assertDue(dues[0], 1, Fault.Absent, 200, 0);
        _assertDue(dues[1], 2, Fault.Absent, 300, 0);
        _assertDue(dues[2], 3, Fault.Absent, 400, 0);
    }

    /// @notice R10: by position, whatever the addresses.
    function test_R10_duesByPosition() public {
        for (uint256 i = 4; i > 0; i--) {
            join(i - 1);
        }
        drawn(0x3210);
        submit(3);
        pass(Phase.Committing);
        task.settle();
        Due[] memory dues = task.dues(1, 0, 4);
        assertEq(dues.length, 3, "dues");
        _assertDue(dues[0], 2, Fault.Absent, 300, 0);
        _assertDue(dues[1], 1, Fault.Absent, 200, 0);
        _assertDue(dues[2], 0, Fault.Absent, 100, 0);
    }

    /// @notice R10, R22: who left and joined again at the same position, in between two draws, is told once.
    function test_R10_duesAreToldOnce() public {
        p.exitDelay = 0;
        make();
        enrolled(4);
        drawn(0x3210);
        quit(3);
        pass(Phase.Training);
        task.settle();
        assertPhase(Phase.Enrolling);
        act(m(3), abi.encodeCall(IFLTask.withdraw, (m(3))));
        join(3);
        settled("s...");
        Due[] memory dues = task.dues(2, 0, 4);
        assertEq(dues.length, 3, "dues");
        _assertDue(dues[0], 1, Fault.Absent, 200, 0);
        _assertDue(dues[1], 2, Fault.Absent, 300, 0);
        _assertDue(dues[2], 3, Fault.Absent, 400, 0);
    }

    /// @notice R10: the six rounds before the one in progress, and no other.
    function test_R10_theRoundsThatDuesReach() public {
        p.rounds = 20;
        make();
        _refuseDues(1, 0);
        enrolled(4);
        for (uint256 round = 1; round <= 7; round++) {
            settled("....");
            assertEq(task.dues(round, 0, 4).length, 1, "the proposer of the last");
            _refuseDues(round + 1, round);
            _refuseDues(round + 2, round);
        }
        assertEq(task.dues(2, 0, 4).length, 1, "six back");
        _refuseDues(1, 7);
        _assertDue(task.dues(2, 0, 4)[0], 0, Fault.Absent, 100, 0);
    }

    function _refuseDues(uint256 round, uint256 last) private {
        refused(
            ANYBODY,
            abi.encodeCall(IFLTask.dues, (round, 0, 4)),
            abi.encodeWithSelector(IFLTask.WrongRound.selector, last, round)
        );
    }
}

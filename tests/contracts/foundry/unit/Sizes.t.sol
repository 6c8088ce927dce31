// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, IFLTask, Outcome, Phase, Role} from "../../../../contracts/interfaces/IFLTask.sol";
import {Due, ITaskLens, RoundResult, RoundView} from "../../../../contracts/interfaces/ITaskLens.sol";
import {Permutation} from "../../../../contracts/libraries/Permutation.sol";
import {Scene} from "./Scene.sol";

/// @title Numbers that need all the bits they have: hundreds of members and rounds, late times, large amounts (I3, I5, I9)
contract SizesUnit is Scene {
    uint256 private constant N = 600;
    uint256 private constant LATE = 4_000_000_000; // 32 bits
    uint256 private constant FAR = 2 ** 40; // blocks
    uint256 private constant STAKE = 2 ** 80;
    uint256[N] private memberAt; // by rank

    /// @notice R1: task and manager, as they are deployed, each leave a kilobyte of what EIP-170 allows.
    function test_R1_roomForTheCode() public view {
        bool isDeployed = bytes(vm.envOr("FOUNDRY_COMPILATION_RESTRICTIONS", "")).length == 0
            && bytes(vm.envOr("FOUNDRY_PROFILE", "")).length == 0; // elsewhere nothing is optimised
        if (!isDeployed) return;
        assertLe(address(task).code.length, 24_576 - 1_024, "task");
        assertLe(address(manager).code.length, 24_576 - 1_024, "manager");
        assertLe(address(lens).code.length, 24_576 - 1_024, "lens");
    }

    /// @notice R16 – R21, R17a, R18a, I3, I9: a round of 16 proposers and 584 voters. Just over half have one digest, each
    /// other voter has its own; half accuse eight proposers, and one more voter condemns four of them.
    function test_I9_hundredsOfMembers() public {
        vm.warp(LATE);
        vm.roll(FAR);
        (p.minParticipants, p.maxParticipants, p.proposers, p.quorumBps) = (uint16(N), uint16(N), 16, 10_000);
        p.minStake = uint96(STAKE);
        make();
        fund(3 * 2 ** 86);
        for (uint256 i = 0; i < N; i++) {
            join(i, STAKE);
        }
        assertEq(see(0).anchor, FAR, "anchor");
        beacon.set(false, "value");
        task.draw();
        for (uint256 i = 0; i < N; i++) {
            memberAt[Permutation.rankOf(uint256(see(0).seed), N, i)] = i;
        }
        _playEverybody();

        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Accepted, "most", 300 * STAKE, 0, 2 ** 86, N * STAKE, 0xA401);
        emit IFLTask.Anchored(2, FAR, N);
        announced(ANYBODY, abi.encodeCall(IFLTask.settle, ()));
        _assertTold();
        _assertPaid();
        _assertFined(memberAt[20]);
        _assertMoved();
    }

    function _playEverybody() private {
        for (uint256 rank = 0; rank < 16; rank++) {
            submit(memberAt[rank]);
        }
        for (uint256 rank = 16; rank < N; rank++) {
            accuse(memberAt[rank], rank == N - 1 ? 0xA401 : rank % 2 == 0 ? 0xA5C3 : 0);
            commit(memberAt[rank], _digestOf(rank), 1);
        }
        for (uint256 rank = 16; rank < N; rank++) {
            reveal(memberAt[rank], _digestOf(rank), 1);
        }
        RoundView memory v = see(memberAt[N - 1]);
        assertEq(v.proposers, 16, "proposers");
        assertEq(v.voters, 584, "voters");
        assertEq(v.updates, 16, "updates");
        assertEq(v.submitted, 0xffff, "submitted");
        assertEq(v.commits, 584, "commits");
        assertEq(v.reveals, 584, "reveals");
        assertEq(v.memberCount, N, "members");
        assertEq(v.drawnCount, N, "in the draw");
        assertEq(v.rank, N - 1, "rank");
        assertEq(v.trainEnd, LATE, "end of Training");
        assertEq(v.commitEnd, LATE, "end of Committing");
        assertEq(v.revealEnd, LATE + 300, "end of Revealing");
        assertEq(v.movedAt, LATE, "moved");
        assertEq(see(N - 1).position, N - 1, "position");
    }

    function _digestOf(uint256 rank) private pure returns (bytes32) {
        return rank < 300 ? bytes32(rank) : bytes32("most");
    }

    function _assertTold() private {
        RoundResult memory result = lens.resultOf(task, 1);
        require(result.isComplete && result.wasVoted, "result");
        assertEq(result.turnout, N * STAKE, "turnout");
        assertEq(result.updates, 16, "updates");
        assertEq(result.condemned, 0xA401, "condemned");
        task.draw(); // so that round 1 is read from the ring
        for (uint256 rank = 10; rank < N; rank += 349) {
            Role expected = rank < 16 ? Role.Proposer : Role.Voter;
            assertEq(uint256(lens.roleOf(task, m(memberAt[rank]), 1)), uint256(expected), "role");
        }
        assertEq(lens.membersFrom(task, 0, N + 1).length, N, "everybody");
        assertEq(lens.membersFrom(task, N - 1, 9)[0], m(N - 1), "the last");
        Due memory due = lens.dues(task, 1, list(m(memberAt[20])))[0];
        require(due.fault == Fault.Divergent, "due");
        assertEq(due.penalty, STAKE / 10, "penalty");
    }

    /// @dev Rank by rank: which are condemned, and what voters earn that judged them right, accused four too many, or missed
    /// four.
    function _assertPaid() private {
        uint256 share = 2 ** 86 / uint256(N);
        for (uint256 rank = 0; rank < 16; rank++) {
            Due memory due = lens.dues(task, 1, list(m(memberAt[rank])))[0];
            bool isCondemned = (0xA401 >> rank) & 1 == 1;
            require(due.fault == (isCondemned ? Fault.Condemned : Fault.None), "verdict");
            assertEq(due.penalty, isCondemned ? STAKE / 5 : 0, "penalty");
            assertEq(due.reward, isCondemned ? 0 : share, "reward");
        }
        _claims(memberAt[N - 1], share);
        _claims(memberAt[N - 2], share * 61 / 64);
        _claims(memberAt[N - 3], share * 32 / 64);
    }

    function _claims(uint256 i, uint256 amount) private {
        uint256 share = 2 ** 86 / uint256(N);
        expecting();
        if (amount != share) emit IFLTask.ShareReturned(1, m(i), share - amount);
        emit IFLTask.Claimed(m(i), m(i), amount);
        announced(m(i), claiming(i, m(i)));
    }

    function _assertFined(uint256 bad) private {
        (uint256 penalty, uint256 pool) = (STAKE * 1_000 / 10_000, rewardPool());
        expecting();
        emit IFLTask.ShareReturned(1, m(bad), 2 ** 86 / uint256(N));
        emit IFLTask.Slashed(1, m(bad), Fault.Divergent, penalty, ANYBODY, penalty / 4);
        announced(ANYBODY, slashing(1, m(bad)));
        assertEq(rewardPool(), pool + 2 ** 86 / uint256(N) + penalty - penalty / 4, "pool");
        assertEq(lens.roundView(task, ANYBODY).rewards, penalty / 4, "share");
        assertEq(see(bad).stake, STAKE - penalty, "stake");
    }

    function _assertMoved() private {
        quit(0); // the last takes its position, and after it somebody new
        assertEq(see(0).memberCount, N - 1, "members");
        assertEq(see(N - 1).position, N - 1, "as of this draw");
        join(N, STAKE);
        assertEq(see(0).memberCount, N, "members");
    }

    /// @dev 260 void rounds of a task for 300, and a fifth member that is in the list from round 262 on.
    function _manyRounds() private {
        vm.warp(LATE);
        (p.rounds, p.exitDelay) = (300, 365 days);
        make();
        fund(300_000);
        enrolled(4);
        beacon.set(false, "value");
        for (uint256 round = 1; round <= 260; round++) {
            if (round < 255) task.draw();
            else drawn(0xfff0); // whose absence can still be told
            vm.warp(LATE + 100 * round);
            task.settle();
        }
        join(4);
    }

    /// @notice I5: round 261 is drawn like the first.
    function test_I5_hundredsOfRounds() public {
        _manyRounds();
        assertEq(see(0).round, 261, "round");
        assertEq(see(0).rounds, 300, "rounds");
        require(see(0).role == Role.None && see(1).role == Role.None, "roles before the draw");
    }

    /// @notice R10, R19: of 260 rounds those are applied and told that can still be told.
    function test_R10_duesAfterHundredsOfRounds() public {
        _manyRounds();
        settled("s...");
        assertEq(see(0).resolved, 260, "the act applied what can still be told");
        assertEq(see(0).stake, 533, "six times a tenth, rounded down each time");
        assertEq(uint256(lens.roleOf(task, m(0), 261)), uint256(Role.Proposer), "role");
        bytes memory tooEarly = abi.encodeWithSelector(IFLTask.WrongRound.selector, 261, 255);
        untold(abi.encodeCall(ITaskLens.roleOf, (task, m(0), 255)), tooEarly);
        assertEq(lens.dues(task, 261, list(m(1)))[0].penalty, see(1).stake / 10, "penalty");
    }

    /// @notice R4, R6, R13, R18: topping up, leaving, voting and settling in round 262.
    function test_I5_actsAfterHundredsOfRounds() public {
        _manyRounds();
        settled("s...");
        topUp(0, 7); // from round 263 on
        quit(1);
        assertEq(see(1).exitAt, block.timestamp + 365 days, "exit");
        quit(4); // from the position that was member 1's
        trained("s++..");
        commit(1, A, 1);
        commit(2, A, 1);
        assertEq(see(1).commitment, bytes32((uint256(ballotOf(1, A, 1)) >> 16) << 16), "commitment");
        bytes memory done = abi.encodeWithSelector(IFLTask.AlreadyDone.selector, m(1), 262);
        refused(m(1), committing(1, "again"), done);
        pass(Phase.Committing);
        reveal(1, A, 1);
        reveal(2, A, 1);
        uint256 pool = rewardPool();
        task.settle();
        assertEq(lens.resultOf(task, 262).reward, pool / 300, "reward");
        assertEq(see(0).round, 263, "round");
        assertEq(see(0).decided, 1, "decided");
        assertEq(see(0).resolved, 261, "resolved");
        assertEq(see(0).toppedUp, 7, "waits for round 263");
        require(lens.dues(task, 262, list(m(4)))[0].fault == Fault.Absent, "gone, and still found");
    }
}

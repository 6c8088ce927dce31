// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, IFLTask, Phase, Role} from "../../../../contracts/interfaces/IFLTask.sol";
import {Due, ITaskLens, RoundView} from "../../../../contracts/interfaces/ITaskLens.sol";
import {Scene} from "./Scene.sol";

/// @title What a node sees: `roundView` part by part, what accounts can do, `dues` (R10, R22)
contract LensUnit is Scene {
    uint256 private constant PROGRESS = 0; // slots
    uint256 private constant GLOBAL_MODEL = 7;

    // ── the raw door ──

    /// @notice R22: the task hands out the word in the slot asked for.
    function test_R22_rawWords() public {
        enrolled(3);
        assertEq(task.read(bytes32(GLOBAL_MODEL)), MODEL, "a word");
        assertEq(task.read(bytes32(PROGRESS)), vm.load(address(task), bytes32(PROGRESS)), "another");
        assertEq(task.read(keccak256("nowhere")), 0, "none");
    }

    // ── a round, and an account in it ──

    /// @dev The middle of Revealing in round 2: member 0 submitted, members 2 and 3 committed, and 2 has shown its vote.
    function _revealing() private {
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
        act(m(2), abi.encodeCall(IFLTask.setOperator, (ANYBODY)));
        vm.warp(START + 1_250);
    }

    /// @notice R22: at which block it was looked, and where the task is.
    function test_R22_viewTellsWhenAndWhere() public {
        _revealing();
        RoundView memory v = see(2);
        assertEq(v.blockNumber, 321, "block");
        assertEq(v.timestamp, START + 1_250, "time");
        require(v.phase == Phase.Revealing, "phase");
        assertEq(v.round, 2, "round");
        assertEq(v.rounds, 3, "rounds");
        assertEq(v.decided, 1, "decided");
        assertEq(v.rejectedInRow, 0, "rejected");
        assertEq(v.movedAt, START + 1_000, "moved");
        assertEq(v.globalModel, A, "global model");
        assertEq(v.pool, 900 - 300 + 300, "pool");
    }

    /// @notice R8, R9: what the round was drawn from, and how many have each role.
    function test_R9_viewTellsTheDraw() public {
        _revealing();
        RoundView memory v = see(2);
        assertEq(v.memberCount, 5, "members");
        assertEq(v.drawnCount, 5, "in the draw");
        assertEq(v.anchor, 100, "anchor");
        assertEq(v.seed, seedOf(beacon.value(), 2), "seed");
        assertEq(v.proposers, 1, "proposers");
        assertEq(v.voters, 4, "voters");
    }

    /// @notice R11, R13, R14: when the phases end, and how many have acted.
    function test_R11_viewTellsEndsAndCounts() public {
        _revealing();
        RoundView memory v = see(2);
        assertEq(v.trainEnd, START + 1_000, "end of Training");
        assertEq(v.commitEnd, START + 1_200, "end of Committing");
        assertEq(v.revealEnd, START + 1_500, "end of Revealing");
        assertEq(v.updates, 1, "updates");
        assertEq(v.submitted, 1, "submitted");
        assertEq(v.commits, 2, "commits");
        assertEq(v.reveals, 1, "reveals");
    }

    /// @notice R10: of who has shown its vote.
    function test_R10_viewOfAVoter() public {
        _revealing();
        RoundView memory v = see(2);
        require(v.role == Role.Voter && v.isMember && v.isInDraw, "role");
        assertEq(v.position, 2, "position");
        require(v.rank > 0 && v.rank < 5, "rank");
        require(v.hasRevealed && !v.hasSubmitted, "acts");
        assertEq(v.commitment, bytes32((uint256(ballotOf(2, B, -1)) >> 16) << 16), "commitment");
    }

    /// @notice R4, R18: what it has at stake and has earned, and that it cannot go yet.
    function test_R18_viewTellsTheMoney() public {
        _revealing();
        RoundView memory v = see(2);
        assertEq(v.stake, 3_000, "stake");
        assertEq(v.toppedUp, 60, "topped up");
        assertEq(v.rewards, 100 + 150, "rewards"); // 300 · 3,000 / 6,000
        assertEq(v.resolved, 1, "resolved");
        assertEq(v.exitAt, 0, "exit");
        assertEq(v.operator, ANYBODY, "operator");
        require(!v.canWithdraw, "can withdraw");
    }

    /// @notice R10: of who committed and has shown nothing.
    function test_R10_viewOfAHiddenVote() public {
        _revealing();
        RoundView memory v = see(3);
        require(!v.hasRevealed && !v.hasSubmitted && v.commitment != 0, "committed only");
    }

    /// @notice R10: of who submitted.
    function test_R10_viewOfAProposer() public {
        _revealing();
        RoundView memory v = see(0);
        require(v.hasSubmitted && !v.hasRevealed && v.commitment == 0 && v.role == Role.Proposer, "submitted");
        assertEq(v.rank, 0, "rank");
    }

    /// @notice R10: a stranger sees the round, and nothing of its own; nothing keeps it from withdrawing nothing.
    function test_R10_viewOfAStranger() public {
        _revealing();
        RoundView memory v = lens.roundView(task, ANYBODY);
        require(!v.isMember && !v.isInDraw && v.role == Role.None && v.canWithdraw, "stranger");
        assertEq(v.position, 0, "no position");
        assertEq(v.rank, 5, "no rank");
        assertEq(v.updates, 1, "updates");
    }

    /// @notice R10: before the first draw there is no round to see, whatever the beacon says.
    function test_R10_viewBeforeTheFirstDraw() public {
        beacon.set(false, "a value");
        enrolled(3);
        RoundView memory v = see(0);
        assertEq(uint256(v.anchor) + v.drawnCount + v.trainEnd + v.commitEnd + v.revealEnd + uint256(v.seed), 0, "no round");
        require(!v.isSeedReady && v.isMember && !v.isInDraw, "flags");
    }

    /// @notice R10: of an earlier round's acts nothing is left in the next.
    function test_R10_viewBetweenTwoRounds() public {
        enrolled(4);
        settled("s+++");
        RoundView memory v = see(0);
        assertEq(uint256(v.trainEnd) + v.commitEnd + v.revealEnd + uint256(v.seed) + v.commits + v.rank, 0, "no round");
        require(v.role == Role.None && !v.hasSubmitted && !see(1).hasRevealed && see(1).commitment == 0, "no acts");
        require(v.isSeedReady && v.isInDraw, "flags");
        assertEq(see(3).position, 3, "position");
    }

    /// @notice R6: until when a stranger, a member and one that has left must wait.
    function test_R6_exitsAreTold() public {
        enrolled(4);
        _assertExit(ANYBODY, 0, 0);
        _assertExit(m(1), 6, 0); // the last round that there can be
        quit(2);
        _assertExit(m(2), 1, START + 10_000);
        settled("s+++");
        _assertExit(m(2), 0, START + 10_000);
    }

    function _assertExit(address account, uint256 round, uint256 time) private view {
        (uint256 roundTold, uint256 timeTold) = lens.exitOf(task, account);
        assertEq(roundTold, round, "round to settle");
        assertEq(timeTold, time, "time to come");
    }

    // ── dues ──

    /// @dev Of members 0 … n − 1.
    function _dues(uint256 round, uint256 n) private view returns (Due[] memory) {
        address[] memory accounts = new address[](n);
        for (uint256 i = 0; i < n; i++) {
            accounts[i] = m(i);
        }
        return lens.dues(task, round, accounts);
    }

    function _assertDue(Due memory due, Fault fault, uint256 penalty, uint256 share, uint256 reward) private pure {
        assertEq(uint256(due.fault), uint256(fault), "fault");
        assertEq(due.penalty, penalty, "penalty");
        assertEq(due.share, share, "share");
        assertEq(due.reward, reward, "reward");
    }

    function _assertDue(Due memory due, Fault fault, uint256 penalty) private pure {
        _assertDue(due, fault, penalty, 0, 0);
    }

    /// @dev That `slash` takes from member `i` just what `dues` tells of `round`.
    function _assertTaken(uint256 i, uint256 round) private {
        Due memory due = lens.dues(task, round, list(m(i)))[0];
        expecting();
        if (due.share != due.reward) emit IFLTask.ShareReturned(round, m(i), due.share - due.reward);
        emit IFLTask.Slashed(round, m(i), due.fault, due.penalty, ANYBODY, due.penalty / 4);
        announced(ANYBODY, slashing(round, m(i)));
        _assertDue(lens.dues(task, round, list(m(i)))[0], Fault.None, 0);
    }

    /// @notice R19, R18: penalties and rewards of a settled round, in the order asked for; what is applied is told no more.
    function test_R19_dues() public {
        fund(9_000);
        enrolled(4);
        settled("s-p+");
        Due[] memory dues = _dues(1, 5);
        assertEq(dues.length, 5, "dues");
        _assertDue(dues[0], Fault.None, 0, 300, 300);
        _assertDue(dues[1], Fault.Minority, 200, 600, 0);
        _assertDue(dues[2], Fault.Divergent, 300, 900, 0);
        _assertDue(dues[3], Fault.None, 0, 1_200, 1_200);
        _assertDue(dues[4], Fault.None, 0); // a stranger
        assertEq(_dues(1, 0).length, 0, "of nobody");

        _assertTaken(2, 1);
        settled("....");
        slash(ANYBODY, 2, m(0)); // which applies both rounds
        dues = _dues(1, 4);
        _assertDue(dues[0], Fault.None, 0);
        _assertDue(dues[1], Fault.Minority, 200, 600, 0);
    }

    /// @notice R17a, R18a: of a proposer that is condemned, one that is not, and of voters that judged well, less well, and
    /// not at all.
    function test_R17a_duesOfVerdicts() public {
        (p.proposers, p.minParticipants) = (2, 5);
        make();
        fund(45_000);
        enrolled(5);
        accuse(2, 1);
        accuse(4, 3);
        settled("ss+++"); // 8,000 of 12,000 against rank 0; 5,000 against rank 1
        Due[] memory dues = _dues(1, 5);
        _assertDue(dues[0], Fault.Condemned, 200, 1_000, 0);
        _assertDue(dues[1], Fault.None, 0, 2_000, 2_000);
        _assertDue(dues[2], Fault.None, 0, 3_000, 3_000);
        _assertDue(dues[3], Fault.None, 0, 4_000, 0);
        _assertDue(dues[4], Fault.None, 0, 5_000, 5_000);
        _assertTaken(0, 1);
    }

    /// @notice R19: a penalty is told with the strikes of the rounds before, whether those are applied or not, of each role.
    function test_R19_duesWithStrikes() public {
        p.rounds = 20;
        make();
        enrolled(4);
        settled("s++.");
        settled("s+.."); // void
        settled("s++.");
        settled("s++.");
        _assertDue(lens.dues(task, 1, list(m(3)))[0], Fault.Absent, 400);
        _assertDue(lens.dues(task, 2, list(m(3)))[0], Fault.Absent, 720); // 20 % of 3,600
        _assertDue(lens.dues(task, 3, list(m(3)))[0], Fault.Absent, 576); // 20 % of 2,880
        _assertDue(lens.dues(task, 4, list(m(3)))[0], Fault.Absent, 921); // 40 % of 2,304
        slash(ANYBODY, 3, m(3));
        _assertTaken(3, 4);
    }

    /// @notice R10, R20: who left since the draw, or moved, is found like anybody else; who came since has no dues.
    function test_R10_duesOfThoseThatLeft() public {
        enrolled(5);
        join(5, 5_000);
        assertEq(see(0).drawnCount, 4, "in the first draw");
        settled("...."); // members 0 to 3
        quit(0); // member 5 takes position 0 from round 3 on
        settled("s+....");
        Due[] memory dues = _dues(2, 7);
        _assertDue(dues[0], Fault.None, 0); // it acted, and the round is void
        _assertDue(dues[2], Fault.Absent, 300);
        _assertDue(dues[3], Fault.Absent, 400);
        _assertDue(dues[4], Fault.Absent, 500);
        _assertDue(dues[5], Fault.Absent, 500);
        _assertDue(dues[6], Fault.None, 0);
        _assertDue(_dues(1, 1)[0], Fault.None, 0); // its own act applied round 1
    }

    /// @notice R19, R20: nobody is out of sight because its position has changed hands, however often.
    function test_R20_duesWherePositionsChangedHands() public {
        (p.rounds, p.voters, p.exitDelay) = (20, 3, 0);
        make();
        enrolled(4);
        drawn(0x3210);
        join(4);
        join(5);
        pass(Phase.Training);
        task.settle();
        drawn(0xffff0f); // member 1 proposes in round 2, and does not
        quit(1); // member 5 takes its position from round 3 on
        pass(Phase.Training);
        task.settle();
        quit(5); // and member 4 from round 4 on
        assertEq(uint256(lens.roleOf(task, m(1), 2)), uint256(Role.Proposer), "role");
        _assertDue(lens.dues(task, 2, list(m(1)))[0], Fault.Absent, 200);
        _assertTaken(1, 2);
    }

    /// @notice R4, R15: what was topped up counts in the due of the round that it came for, and in none before.
    function test_R4_duesWithATopUp() public {
        enrolled(4);
        topUp(1, 5_000); // for round 2
        settled("....");
        settled("s...");
        _assertDue(lens.dues(task, 1, list(m(1)))[0], Fault.None, 0); // nobody had anything to vote on
        _assertDue(lens.dues(task, 2, list(m(1)))[0], Fault.Absent, 700);
        settled("s...");
        _assertDue(lens.dues(task, 3, list(m(1)))[0], Fault.Absent, 630); // it counts once
        slash(ANYBODY, 2, m(1));
        _assertTaken(1, 3);
    }

    /// @notice R4, R10: a top-up that came for a round that is forgotten counts in all since.
    function test_R4_duesLongAfterATopUp() public {
        p.rounds = 20;
        make();
        enrolled(4);
        topUp(1, 5_000); // for round 2
        for (uint256 round = 1; round <= 9; round++) {
            settled(round == 9 ? bytes("s...") : bytes("...."));
        }
        _assertDue(lens.dues(task, 9, list(m(1)))[0], Fault.Absent, 700);
        _assertTaken(1, 9);
        assertEq(see(1).stake, 6_300, "stake");
        assertEq(see(1).toppedUp, 0, "topped up");
    }

    /// @notice R19: before the round that a top-up came for, it is not there to be penalised.
    function test_R4_duesBeforeATopUpCounts() public {
        enrolled(4);
        topUp(0, 5_000); // for round 2
        settled("....");
        _assertDue(lens.dues(task, 1, list(m(0)))[0], Fault.Absent, 100);
        _assertTaken(0, 1);
    }

    /// @notice R20: the due of a round is of what earlier rounds leave, whether they are applied yet or not.
    function test_R20_duesAfterEarlierDues() public {
        enrolled(4);
        settled("s+++");
        settled("s.++");
        settled("s.++");
        _assertDue(lens.dues(task, 2, list(m(1)))[0], Fault.Absent, 200);
        _assertDue(lens.dues(task, 3, list(m(1)))[0], Fault.Absent, 360); // the second in a row
        slash(ANYBODY, 2, m(1));
        _assertTaken(1, 3);
    }

    /// @notice R10: the six rounds before the one in progress, and no other.
    function test_R10_theRoundsThatDuesReach() public {
        p.rounds = 20;
        make();
        _refuseDues(0, 0);
        _refuseDues(1, 0);
        enrolled(4);
        for (uint256 round = 1; round <= 7; round++) {
            settled("....");
            _assertDue(_dues(round, 4)[0], Fault.Absent, see(0).stake / 10);
            slash(ANYBODY, round, m(0));
            _refuseDues(round + 1, round);
            _refuseDues(round + 2, round);
            _refuseDues(0, round);
        }
        _refuseDues(1, 7);
        assertEq(_dues(2, 4).length, 4, "six back");
    }

    /// @notice R10, R19: absence is forgotten after six rounds, what was done is not.
    function test_R19_duesOfAnActAndOfAbsence() public {
        p.rounds = 20;
        make();
        fund(20_000);
        enrolled(4);
        settled("s+++");
        for (uint256 round = 2; round <= 8; round++) {
            settled(round == 2 ? bytes("s-+.") : bytes("s..."));
        }
        _refuseDues(2, 8);
        _assertDue(lens.dues(task, 3, list(m(1)))[0], Fault.Absent, 360); // the second in a row
        _assertDue(lens.dues(task, 3, list(m(3)))[0], Fault.Absent, 400); // it was absent in round 2, which is forgotten
        slash(ANYBODY, 2, m(1));
        _assertTaken(1, 3);
    }

    function _refuseDues(uint256 round, uint256 last) private view {
        untold(
            abi.encodeCall(ITaskLens.dues, (task, round, list(m(0)))),
            abi.encodeWithSelector(IFLTask.WrongRound.selector, last, round)
        );
    }

    // ── members ──

    function _assertMembers(uint256 from, uint256 limit, bytes memory expected) private view {
        address[] memory page = lens.membersFrom(task, from, limit);
        assertEq(page.length, expected.length, "members");
        for (uint256 i = 0; i < page.length; i++) {
            assertEq(page[i], m(uint8(expected[i])), "member");
        }
    }

    /// @notice R4: the members by position, as the list is now, page by page.
    function test_R4_membersFrom() public {
        _assertMembers(0, 9, hex"");
        enrolled(4);
        _assertMembers(0, 9, hex"00010203");
        _assertMembers(0, 4, hex"00010203");
        _assertMembers(0, 3, hex"000102");
        _assertMembers(1, 2, hex"0102");
        _assertMembers(3, type(uint256).max, hex"03");
        _assertMembers(4, 9, hex"");
        _assertMembers(9, 9, hex"");
        _assertMembers(0, 0, hex"");
        quit(1); // the last takes its position
        _assertMembers(0, 9, hex"000302");
        quit(2);
        _assertMembers(0, 9, hex"0003");
        join(5);
        _assertMembers(0, 9, hex"000305");
    }
}

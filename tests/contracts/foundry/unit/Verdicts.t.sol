// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, IFLTask, Outcome, Phase} from "../../../../contracts/interfaces/IFLTask.sol";
import {Due} from "../../../../contracts/interfaces/ITaskLens.sol";
import {Scene} from "./Scene.sol";

/// @title Verdicts: who is condemned, what that costs, and what misjudging costs (R14, R17a, R18a, R19, I10, D18)
contract VerdictsUnit is Scene {
    bytes private constant NOTHING = abi.encodeWithSelector(IFLTask.Nothing.selector);

    /// @dev Members 0 and 1 propose, 2, 3 and 4 vote with 3,000, 4,000 and 5,000.
    function _twoPropose() private {
        (p.proposers, p.minParticipants) = (2, 5);
        make();
        fund(45_000);
        enrolled(5);
    }

    function _accuse(uint16 two, uint16 three, uint16 four) private {
        accuse(2, two);
        accuse(3, three);
        accuse(4, four);
    }

    function _assertCondemned(uint256 round, uint256 condemned) private view {
        assertEq(lens.resultOf(task, round).condemned, condemned, "condemned");
    }

    // ── who ──

    /// @notice R17a, R22: more than half of the revealed weight condemns, each proposer for itself.
    function test_R17a_eachForItself() public {
        _twoPropose();
        _accuse(3, 1, 2); // 7,000 of 12,000 against rank 0, 8,000 against rank 1
        revealed("ss+++");
        expecting();
        emit IFLTask.RoundSettled(1, Outcome.Accepted, A, 12_000, 0, 15_000, 15_000, 3);
        emit IFLTask.Anchored(2, 100, 5);
        announced(ANYBODY, abi.encodeCall(IFLTask.settle, ()));
        _accuse(1, 1, 2);
        settled("ss+++");
        _assertCondemned(2, 1);
        _accuse(2, 1, 2);
        settled("ss+++");
        _assertCondemned(3, 2);
    }

    /// @notice R17a: half is not enough, one wei more is.
    function test_R17a_halfIsNotEnough() public {
        _halves(6_000, 0);
        _halves(6_001, 1);
    }

    function _halves(uint256 accusing, uint256 condemned) private {
        (p.proposers, p.minParticipants) = (2, 5);
        make();
        join(0);
        join(1);
        join(2, 3_000);
        join(3, 3_000);
        join(4, accusing);
        accuse(4, 1);
        settled("ss+++");
        _assertCondemned(1, condemned);
    }

    /// @notice R17a: what counts is the weight that is revealed.
    function test_R17a_onlyRevealsCount() public {
        _twoPropose();
        _accuse(1, 0, 1); // 3,000 of 7,000, for the last shows nothing
        settled("ss++c");
        _assertCondemned(1, 0);
        _accuse(1, 0, 0);
        settled("ss+.c"); // one of three is below the quorum
        _assertCondemned(2, 0);
        _accuse(0, 1, 0);
        settled("ss++."); // 3,600 of 6,600
        _assertCondemned(3, 1);
    }

    /// @notice R17a, R19: in a void round, too, as long as the quorum is met; that costs the stake, and no strike is noted.
    function test_R17a_alsoInAVoidRound() public {
        _twoPropose();
        _accuse(1, 1, 0);
        settled("ss+pq"); // no majority for a digest
        require(lens.resultOf(task, 1).outcome == Outcome.Void, "void");
        _assertCondemned(1, 1);
        _slashes(0, 1, 200, 0);
        refused(ANYBODY, slashing(1, m(1)), NOTHING);
        settled("ss+++");
        _slashes(0, 2, 160, 15_050 * 800 / uint256(14_800)); // 20 % again
    }

    /// @notice R17a: nor does a rejected round protect it, or the digests and signs of those that accuse.
    function test_R17a_alsoInARejectedRound() public {
        _twoPropose();
        _accuse(1, 1, 0);
        settled("ssp--");
        require(lens.resultOf(task, 1).outcome == Outcome.Rejected, "rejected");
        _assertCondemned(1, 1);
        _slashes(0, 1, 200, 1_000);
    }

    /// @dev The condemned proposer loses so much of its stake and all of its share.
    function _slashes(uint256 i, uint256 round, uint256 amount, uint256 back) private {
        uint256 pool = rewardPool();
        expecting();
        if (back != 0) emit IFLTask.ShareReturned(round, m(i), back);
        emit IFLTask.Slashed(round, m(i), Fault.Condemned, amount, ANYBODY, amount / 4);
        announced(ANYBODY, slashing(round, m(i)));
        assertEq(rewardPool(), pool + back + amount - amount / 4, "pool");
    }

    /// @notice R17a: stakes are counted in units of the least stake over 256, rounded down for the accused.
    function test_R17a_roundingIsForTheAccused() public {
        p.minStake = 256 * 100;
        _rounds(40_099, 80_000, 0); // 400 units of 100: half
        _rounds(40_100, 80_000, 1);
        p.minStake = 255;
        _rounds(301, 601, 1); // by the wei
        p.minStake = 511;
        _rounds(601, 1_201, 1);
        p.minStake = 512;
        _rounds(601, 1_201, 0); // 300 units of 2
        _rounds(602, 1_203, 1);
    }

    /// @dev With so much, of so much that is revealed, against the proposer.
    function _rounds(uint256 accusing, uint256 all, uint256 condemned) private {
        make();
        join(0, p.minStake);
        join(1, accusing);
        join(2, all - accusing);
        join(3, p.minStake);
        accuse(1, 1);
        settled("s++.");
        _assertCondemned(1, condemned);
    }

    /// @notice R17a: no more than 2^24 − 1 units count of one voter: whales that alone are more cannot condemn alone.
    function test_R17a_aWhaleCondemnsNobodyAlone() public {
        p.minStake = 1;
        _whale(2 ** 24 - 1, 2 ** 23, 1);
        _whale(2 ** 24, 2 ** 23, 1); // counts as one less
        _whale(2 ** 25 - 3, 1, 0); // one unit is for the other: 2^24 − 1 of 2^25 − 2 are half
        _whale(2 ** 25 - 4, 1, 1);
        _whale(2 ** 80, 1, 0);
    }

    function _whale(uint256 accusing, uint256 other, uint256 condemned) private {
        make();
        join(0, 1);
        join(1, accusing);
        join(2, other);
        join(3, 1);
        accuse(1, 1);
        settled("s++.");
        _assertCondemned(1, condemned);
    }

    /// @notice R17a, D17: what was said in an earlier round is nothing in this one.
    function test_R17a_accusationsOfEarlierRounds() public {
        _twoPropose();
        _accuse(3, 1, 0);
        settled("ss+++");
        _assertCondemned(1, 1);
        _accuse(3, 2, 0);
        settled("ss+++");
        _assertCondemned(2, 2);
        _accuse(0, 0, 0);
        settled("ss+++");
        _assertCondemned(3, 0);
    }

    // ── what it costs ──

    /// @notice R17a, R18, R19, I10, D18: the condemned pays and earns nothing; the proposer beside it keeps its stake and
    /// earns its share.
    function test_I10_theProposerBesideACondemnedOne() public {
        _twoPropose();
        _accuse(1, 1, 1);
        settled("ss+++");
        _slashes(0, 1, 200, 1_000);
        refused(ANYBODY, slashing(1, m(1)), NOTHING);
        refused(m(0), claiming(0, m(0)), NOTHING);
        _claims(1, 2_000);
        assertEq(see(1).stake, 2_000, "stake");
    }

    function _claims(uint256 i, uint256 amount) private {
        expecting();
        emit IFLTask.Claimed(m(i), m(i), amount);
        announced(m(i), claiming(i, m(i)));
    }

    /// @notice R19: a proposer that is condemned again and again pays twice as much each time, up to all that it has.
    function test_R19_condemnedInARow() public {
        (p.rounds, p.floorBps) = (20, 0);
        make();
        join(0, 10_000);
        for (uint256 i = 1; i < 4; i++) {
            join(i);
            accuse(i, 1);
        }
        uint256 stake = 10_000;
        for (uint256 round = 1; round <= 3; round++) {
            settled("s+++");
            uint256 penalty = stake * [uint256(2_000), 4_000, 8_000][round - 1] / 10_000;
            _slashes(0, round, penalty, lens.dues(task, round, list(m(0)))[0].share);
            stake -= penalty;
            assertEq(see(0).stake, stake, "stake");
        }
        settled("s+++");
        assertEq(lens.dues(task, 4, list(m(0)))[0].penalty, 960, "all that is left");
        slash(ANYBODY, 4, m(0));
        require(see(0).stake == 0 && !see(0).isMember, "out");
    }

    // ── misjudging ──

    /// @dev Three of seven propose, all with 1,000; a share of the reward is 1,200, and member 3 + i accuses `masks[i]`.
    function _judging(uint16[4] memory masks, bytes memory acts) private {
        (p.proposers, p.minParticipants, p.maxParticipants) = (3, 7, 7);
        make();
        fund(25_200);
        for (uint256 i = 0; i < 7; i++) {
            join(i, 1_000);
            if (i > 2) accuse(i, masks[i - 3]);
        }
        settled(acts);
    }

    /// @dev What the lens tells is what is paid.
    function _assertEarned(uint256 i, uint256 earned) private {
        Due memory due = lens.dues(task, 1, list(m(i)))[0];
        assertEq(due.share, 1_200, "share");
        assertEq(due.reward, earned, "earned");
        uint256 pool = rewardPool();
        topUp(i, 1); // applies it
        assertEq(see(i).rewards, earned, "rewards");
        assertEq(rewardPool(), pool + 1_200 - earned + due.penalty, "pool");
    }

    /// @notice R18a: the first wrong accusation is free, each other costs 1/(4·p); each condemned one not accused costs 2/p.
    function test_R18a_whatMisjudgingCosts() public {
        _judging([uint16(1), 3, 7, 0], "sss++++"); // rank 0 is condemned
        _assertCondemned(1, 1);
        _assertEarned(3, 1_200);
        _assertEarned(4, 1_200); // one wrong
        _assertEarned(5, 1_100); // two wrong
        _assertEarned(6, 400); // one missed
        _assertEarned(1, 1_200);
        _assertEarned(2, 1_200);
        _judging([uint16(1), 1, 1, 6], "sss++++");
        _assertEarned(6, 300); // one missed, two wrong
    }

    /// @notice R18a: never less than nothing; accusing all costs an eighth at most; in the end all of it stays in the pool.
    function test_R18a_neverLessThanNothing() public {
        _judging([uint16(3), 3, 3, 0], "sss++++");
        _assertEarned(6, 0); // two missed: 16 of 12
        _judging([uint16(3), 3, 3, 4], "sss++++");
        _assertEarned(6, 0);
        _judging([uint16(0), 0, 0, 7], "sss++++");
        _assertEarned(6, 1_000); // three wrong: two of twelve
        _judging([uint16(7), 7, 7, 0], "sss++++");
        _assertEarned(6, 0);
        _assertEarned(3, 1_200);
    }

    /// @notice R18a: p is how many submitted, not how many were drawn.
    function test_R18a_ofThoseThatSubmitted() public {
        _judging([uint16(1), 1, 1, 0], "s.s++++");
        assertEq(lens.resultOf(task, 1).updates, 2, "updates");
        Due memory due = lens.dues(task, 1, list(m(6)))[0];
        assertEq(due.reward, 0, "one of two missed: all");
        assertEq(due.share, 1_400, "a sixth");
    }

    /// @notice R18, R18a, I11, D20: accepting and rejecting pay a good voter the same, less the same for what it misjudged.
    function test_R18_rejectingPaysAsAccepting() public {
        _judging([uint16(1), 3, 7, 0], "sss----");
        require(lens.resultOf(task, 1).outcome == Outcome.Rejected, "rejected");
        _assertEarned(3, 1_200);
        _assertEarned(4, 1_200);
        _assertEarned(5, 1_100);
        _assertEarned(6, 400);
        _assertEarned(1, 0); // a proposer earns nothing, and loses nothing
        assertEq(see(1).stake, 1_000, "stake");
    }

    /// @notice R18, R19: who is at fault earns nothing, however well it judged.
    function test_R18_whoIsAtFaultEarnsNothing() public {
        _judging([uint16(1), 1, 1, 1], "sss++-p");
        Due[] memory dues = new Due[](2);
        dues[0] = lens.dues(task, 1, list(m(5)))[0];
        dues[1] = lens.dues(task, 1, list(m(6)))[0];
        require(dues[0].fault == Fault.Minority && dues[1].fault == Fault.Divergent, "faults");
        assertEq(dues[0].reward + dues[1].reward, 0, "earned");
        assertEq(dues[0].share + dues[1].share, 2_400, "shares");
        _assertEarned(5, 0);
        _assertEarned(6, 0);
    }

    /// @notice R14, R17a: who accuses is not penalised for that, nor are those that do not.
    function test_R18a_misjudgingIsNoFault() public {
        _judging([uint16(1), 1, 1, 6], "sss++++");
        for (uint256 i = 3; i < 7; i++) {
            refused(ANYBODY, slashing(1, m(i)), NOTHING);
        }
        assertPhase(Phase.Drawing);
    }
}

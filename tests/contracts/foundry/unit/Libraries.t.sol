// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome} from "../../../../contracts/interfaces/IFLTask.sol";
import {Bits} from "../../../../contracts/libraries/Bits.sol";
import {Payout} from "../../../../contracts/libraries/Payout.sol";
import {Permutation} from "../../../../contracts/libraries/Permutation.sol";
import {Positions} from "../../../../contracts/libraries/words/PositionsWord.sol";
import {Progress} from "../../../../contracts/libraries/words/ProgressWord.sol";
import {Inverse} from "../../../../contracts/mocks/Inverse.sol";
import {Test} from "../Test.sol";

/// @title The pure libraries at known points
contract LibrariesUnit is Test {
    // ── permutation ──

    /// @notice R9: the ranks that the Python twin computes. `.venv/bin/python -c "from orchestrator.protocol.roles import
    /// rank_of; print([rank_of(0xF10C, 20, i) for i in range(20)])"`, and likewise for the others.
    function test_R9_ranksAreThoseOfThePythonTwin() public pure {
        uint8[20] memory ranks = [7, 16, 19, 18, 13, 11, 15, 5, 1, 2, 10, 6, 14, 4, 0, 3, 9, 17, 12, 8];
        for (uint256 i = 0; i < 20; i++) {
            _assertRank(0xF10C, 20, i, ranks[i]);
        }
        _assertRank(0, 1, 0, 0);
        _assertRank(0, 2, 0, 0);
        _assertRank(0, 2, 1, 1);
        _assertRank(1, 5, 0, 3);
        _assertRank(1, 5, 4, 0);
        _assertRank(7, 3, 2, 1);
        _assertRank(7, 17, 11, 1);
        _assertRank(0xF10C, 256, 17, 108);
        _assertRank(2 ** 80 - 1, 257, 256, 156);
        _assertRank(123456789, 4_000, 3_999, 1_795);
        _assertRank(2 ** 79 + 12345, 65_000, 64_999, 31_777);
        _assertRank(type(uint256).max, 65_535, 32_768, 1_096);
    }

    function _assertRank(uint256 seed, uint256 n, uint256 position, uint256 rank) private pure {
        assertEq(Permutation.rankOf(seed, n, position), rank, "rank");
        assertEq(Inverse.positionOf(seed, n, rank), position, "position");
    }

    /// @notice R9, I3: every position has a rank of its own, below n, on both sides of each size at which the network grows.
    function test_I3_ranksAreABijection() public pure {
        uint16[14] memory sizes = [1, 2, 3, 4, 5, 6, 15, 16, 17, 64, 65, 66, 256, 257];
        for (uint256 i = 0; i < sizes.length; i++) {
            uint256 n = sizes[i];
            bool[] memory isTaken = new bool[](n);
            for (uint256 position = 0; position < n; position++) {
                uint256 rank = Permutation.rankOf(2 ** 80 - n, n, position);
                require(rank < n && !isTaken[rank], "not a bijection");
                isTaken[rank] = true;
                if (n < 66) assertEq(Inverse.positionOf(2 ** 80 - n, n, rank), position, "inverse");
            }
        }
    }

    // ── words ──

    /// @notice R19a: of rejected rounds in a row so many are counted that no patience reaches them; none runs over.
    function test_R19a_rejectedRoundsInARow() public pure {
        Progress p = Progress.wrap(0);
        for (uint256 i = 0; i < 4_096; i++) {
            p = p.decide(Outcome.Rejected);
        }
        assertEq(p.rejectedInRow(), 4_095, "in a row");
        assertEq(p.decided(), 4_096, "decided");
        assertEq(p.decide(Outcome.Accepted).rejectedInRow(), 0, "none any more");
    }

    // ── payouts ──

    /// @notice R18: a round's reward is what is in the pool over the rounds that are left, this one included.
    function test_R18_roundReward() public pure {
        assertEq(Payout.roundReward(1_000, 3), 333, "first");
        assertEq(Payout.roundReward(667, 2), 333, "second");
        assertEq(Payout.roundReward(334, 1), 334, "last");
        assertEq(Payout.roundReward(2, 3), 0, "less than a wei each");
        assertEq(Payout.roundReward(2 ** 90 - 1, 1), 2 ** 90 - 1, "all");
    }

    /// @notice R18: shares are in proportion to the stake, rounded down, and no product overflows.
    function test_R18_share() public pure {
        assertEq(Payout.share(100, 2, 3), 66, "two thirds");
        assertEq(Payout.share(100, 3, 3), 100, "all");
        assertEq(Payout.share(100, 0, 3), 0, "nothing at stake");
        assertEq(Payout.share(2 ** 90 - 1, 2 ** 90 - 1, 2 ** 90 - 1), 2 ** 90 - 1, "largest");
    }

    /// @notice R19, R20: parts are in basis points, rounded down.
    function test_R19_part() public pure {
        assertEq(Payout.part(19_999, 1), 1, "one basis point");
        assertEq(Payout.part(9_999, 1), 0, "less than a wei");
        assertEq(Payout.part(12_345, 10_000), 12_345, "all");
        assertEq(Payout.part(12_345, 0), 0, "nothing");
        assertEq(Payout.part(2 ** 90 - 1, 10_000), 2 ** 90 - 1, "largest");
    }

    /// @notice R19: a penalty doubles with each strike, and is all that there is from where it would be more.
    function test_R19_penalty() public pure {
        assertEq(Payout.penalty(1_000, 50, 0), 5, "first");
        assertEq(Payout.penalty(1_000, 50, 1), 10, "second");
        assertEq(Payout.penalty(1_000, 50, 7), 640, "eighth");
        assertEq(Payout.penalty(1_000, 500, 4), 800, "80 %");
        assertEq(Payout.penalty(1_000, 500, 5), 1_000, "not 160 %");
        assertEq(Payout.penalty(1_000, 5_000, 1), 1_000, "just all");
        assertEq(Payout.penalty(1_000, 4_999, 1), 999, "just not all");
        assertEq(Payout.penalty(2 ** 90 - 1, 10_000, 7), 2 ** 90 - 1, "largest");
        assertEq(Payout.penalty(1_000, 0, 7), 0, "none");
    }

    /// @notice R18a: 2/p less for each missed, 1/(4·p) for each wrong one after the first, never less than nothing.
    function test_R18a_judged() public pure {
        assertEq(Payout.judged(1_000, 4, 0, 0), 1_000, "all right");
        assertEq(Payout.judged(1_000, 4, 0, 1), 1_000, "the first is free");
        assertEq(Payout.judged(1_000, 4, 0, 2), 937, "a sixteenth");
        assertEq(Payout.judged(1_000, 4, 0, 4), 812, "three sixteenths");
        assertEq(Payout.judged(1_000, 4, 1, 0), 500, "half");
        assertEq(Payout.judged(1_000, 4, 1, 1), 500, "half, and one free");
        assertEq(Payout.judged(1_000, 4, 1, 3), 375, "half, and two sixteenths");
        assertEq(Payout.judged(1_000, 4, 2, 0), 0, "nothing");
        assertEq(Payout.judged(1_000, 4, 3, 0), 0, "less would be debt");
        assertEq(Payout.judged(1_000, 1, 0, 1), 1_000, "one of one, wrong");
        assertEq(Payout.judged(1_000, 1, 1, 0), 0, "one of one, missed");
        assertEq(Payout.judged(1_000, 16, 0, 16), 765, "all of sixteen wrong: 49 of 64");
        assertEq(Payout.judged(1_000, 16, 7, 0), 125, "seven of sixteen missed: an eighth");
        assertEq(Payout.judged(1_000, 16, 7, 8), 15, "and seven sixty-fourths less");
        assertEq(Payout.judged(1_000, 16, 7, 9), 0, "and eight");
        assertEq(Payout.judged(2 ** 90 - 1, 16, 0, 1), 2 ** 90 - 1, "largest");
    }

    // ── sets of proposers ──

    /// @notice R14: how many bits are set, of any sixteen.
    function test_R14_bitsAreCounted() public pure {
        for (uint256 bits = 0; bits < 2 ** 16; bits++) {
            uint256 rest = bits;
            uint256 count;
            for (; rest != 0; rest &= rest - 1) {
                count++;
            }
            require(Bits.count(bits) == count, "count");
        }
        assertEq(Bits.lowest(0), 0, "none");
        assertEq(Bits.lowest(1), 1, "one");
        assertEq(Bits.lowest(16), 0xffff, "all");
    }

    // ── positions ──

    /// @notice R10: an ordinal counts from its round on until the next; before the first it is none.
    function test_R10_anOrdinalCountsFromItsRoundOn() public pure {
        Positions word;
        assertEq(word.ordinalAt(65_535), 0, "never joined");
        assertEq(word.since(), 0, "since never");
        assertEq(word.push(65_001, 7).since(), 65_001, "since the last");
        word = word.push(3, 5).push(7, 0).push(8, 65_000);
        uint16[9] memory ordinals = [0, 0, 0, 5, 5, 5, 5, 0, 65_000];
        for (uint256 round = 0; round < 9; round++) {
            assertEq(word.ordinalAt(round), ordinals[round], "ordinal");
        }
        assertEq(word.ordinalAt(65_535), 65_000, "ordinal later");
        assertEq(word.ordinalNow(), 65_000, "now");
        assertEq(word.since(), 8, "since");
        assertEq(Positions.unwrap(word), (3 << 80) | (5 << 64) | (7 << 48) | (8 << 16) | 65_000, "word");
    }

    /// @notice R4, R10: a second change for the same round replaces the first, and none else.
    function test_R10_aSecondChangeForTheSameRoundReplacesTheFirst() public pure {
        Positions word = Positions.wrap(0).push(2, 4).push(6, 9).push(6, 1);
        assertEq(Positions.unwrap(word), (2 << 48) | (4 << 32) | (6 << 16) | 1, "word");
        assertEq(Positions.unwrap(word.push(6, 0)), (2 << 48) | (4 << 32) | (6 << 16), "left again");
    }

    /// @notice R10: eight changes are kept; the ninth drops the oldest.
    function test_R10_eightChangesAreKept() public pure {
        Positions word;
        for (uint256 i = 1; i <= 8; i++) {
            word = word.push(i, 10 * i);
        }
        for (uint256 i = 1; i <= 8; i++) {
            assertEq(word.ordinalAt(i), 10 * i, "of eight");
        }
        word = word.push(9, 90);
        assertEq(word.ordinalAt(1), 0, "dropped");
        for (uint256 i = 2; i <= 9; i++) {
            assertEq(word.ordinalAt(i), 10 * i, "of nine");
        }
    }
}

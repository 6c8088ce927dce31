// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Payout} from "../../../contracts/libraries/Payout.sol";
import {Permutation} from "../../../contracts/libraries/Permutation.sol";
import {Positions} from "../../../contracts/libraries/words/PositionsWord.sol";
import {Inverse} from "../../../contracts/mocks/Inverse.sol";
import {Test} from "./Test.sol";

/// @title The pure libraries against what they promise
contract LibraryFuzz is Test {
    struct Entry {
        uint256 round;
        uint256 ordinal;
    }

    Entry[] internal history;

    /// @notice R9: every position gets a rank of its own, below n.
    function testFuzz_ranksAreABijection(uint256 seed, uint256 n) public pure {
        n = n % 600 + 1;
        bool[] memory isTaken = new bool[](n);
        for (uint256 position = 0; position < n; position++) {
            uint256 rank = Permutation.rankOf(seed, n, position);
            require(rank < n && !isTaken[rank], "not a bijection");
            isTaken[rank] = true;
        }
    }

    /// @notice R9: a rank leads back to its position, at any size.
    function testFuzz_positionsAreTheInverse(uint256 seed, uint16 n, uint256 position) public pure {
        if (n == 0) n = 1;
        position %= n;
        uint256 rank = Permutation.rankOf(seed, n, position);
        assertLe(rank, n - 1, "rank");
        assertEq(Inverse.positionOf(seed, n, rank), position, "position");
    }

    /// @notice R10: a word tells the ordinal at any round that it still reaches, as a list of all changes does.
    function testFuzz_ordinalsAreThoseOfTheHistory(uint256 dice, uint256 changes) public {
        Positions word;
        uint256 round;
        for (uint256 i = 0; i < changes % 30; i++) {
            dice = uint256(keccak256(abi.encode(dice)));
            round += i == 0 ? dice % 3 : dice % 4;
            _push(round, (dice >> 8) % 9);
            word = word.push(round, (dice >> 8) % 9);
            assertEq(word.ordinalNow(), (dice >> 8) % 9, "ordinal now");
            assertEq(word.since(), round, "since");
        }
        uint256 oldest = history.length > 8 ? history[history.length - 8].round : 0;
        for (uint256 asked = oldest; asked < round + 3; asked++) {
            assertEq(word.ordinalAt(asked), _ordinalAt(asked), "ordinal");
        }
    }

    function _push(uint256 round, uint256 ordinal) private {
        if (history.length != 0 && history[history.length - 1].round == round) history.pop();
        history.push(Entry(round, ordinal));
    }

    function _ordinalAt(uint256 round) private view returns (uint256 ordinal) {
        for (uint256 i = 0; i < history.length && history[i].round <= round; i++) {
            ordinal = history[i].ordinal;
        }
    }

    /// @notice R18: shares never exceed the reward, and miss it by less than a wei each.
    function testFuzz_sharesFillTheReward(uint96 reward, uint88[] memory stakes) public pure {
        uint256 good;
        for (uint256 i = 0; i < stakes.length; i++) {
            good += stakes[i];
        }
        if (good == 0) return;
        uint256 sum;
        for (uint256 i = 0; i < stakes.length; i++) {
            sum += Payout.share(reward, stakes[i], good);
        }
        assertLe(sum, reward, "shares");
        assertLe(reward - sum, stakes.length - 1, "dust");
    }

    /// @notice R18: equal rounds empty the pool, and none takes more than is there.
    function testFuzz_roundsEmptyThePool(uint96 pool, uint256 rounds) public pure {
        rounds = rounds % 100 + 1;
        uint256 left = pool;
        for (uint256 toDecide = rounds; toDecide > 0; toDecide--) {
            uint256 reward = Payout.roundReward(left, toDecide);
            assertLe(reward, pool / rounds + 1, "reward");
            left -= reward;
        }
        assertEq(left, 0, "left in the pool");
    }

    /// @notice R18a: misjudging one more never pays, and what is right pays all.
    function testFuzz_misjudgingNeverPays(uint88 share, uint256 updates, uint256 missed, uint256 wrong) public pure {
        updates = updates % 16 + 1;
        (missed, wrong) = (missed % 17, wrong % 17);
        uint256 earned = Payout.judged(share, updates, missed, wrong);
        assertLe(earned, Payout.judged(share, updates, 0, 0), "more than with none");
        assertLe(Payout.judged(share, updates, missed + 1, wrong), earned, "one more missed");
        assertLe(Payout.judged(share, updates, missed, wrong + 1), earned, "one more accused wrongly");
        assertEq(Payout.judged(share, updates, 0, 1), share, "the first is free");
    }

    /// @notice R19, I7: a penalty is at least twice the one before, or all there is; and a wei less where it is rounded.
    function testFuzz_penaltiesDouble(uint88 stake, uint256 bps, uint256 strikes) public pure {
        (bps, strikes) = (bps % 10_001, strikes % 7);
        uint256 penalty = Payout.penalty(stake, bps, strikes);
        uint256 next = Payout.penalty(stake, bps, strikes + 1);
        assertLe(next, stake, "beyond the stake");
        assertLe(penalty, next, "less than before");
        if (next != stake) assertLe(next - 2 * penalty, 1, "not twice as much");
    }

    /// @notice R19, R20: a part in basis points is no more than the whole, and rounded down.
    function testFuzz_partsAreRoundedDown(uint96 amount, uint256 bps) public pure {
        bps %= 10_001;
        uint256 part = Payout.part(amount, bps);
        assertLe(part, amount, "part");
        assertLe(part * 10_000, amount * bps, "part");
        assertLe(amount * bps, part * 10_000 + 9_999, "part");
    }
}

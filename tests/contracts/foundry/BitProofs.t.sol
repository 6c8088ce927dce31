// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Bits} from "../../../contracts/libraries/Bits.sol";
import {Permutation} from "../../../contracts/libraries/Permutation.sol";
import {Positions} from "../../../contracts/libraries/words/PositionsWord.sol";
import {Inverse} from "../../../contracts/mocks/Inverse.sol";
import {Test} from "./Test.sol";

/// @title What is proved of bits for every input, by Halmos (`make halmos`)
contract BitProofs is Test {
    // ── positions ──

    /// @notice R10: the newest entry can be read back.
    function check_pushedOrdinalIsRead(uint256 word, uint16 round, uint16 ordinal, uint16 later) public pure {
        Positions p = Positions.wrap(word);
        vm.assume(later >= round && p.since() <= round);
        Positions pushed = p.push(round, ordinal);
        assert(pushed.ordinalNow() == ordinal);
        assert(pushed.since() == round);
        assert(pushed.ordinalAt(later) == ordinal);
    }

    /// @notice R10: a new entry changes nothing for earlier rounds, as long as there is room for it.
    function check_pushKeepsTheRest(uint256 word, uint16 round, uint16 ordinal, uint16 earlier) public pure {
        Positions p = Positions.wrap(word);
        vm.assume(earlier < round && p.since() <= round && word >> 224 == 0);
        assert(p.push(round, ordinal).ordinalAt(earlier) == p.ordinalAt(earlier));
    }

    /// @notice R10: a full word forgets its oldest entry and nothing else.
    function check_pushForgetsTheOldest(uint256 word, uint16 round, uint16 ordinal, uint16 earlier) public pure {
        Positions p = Positions.wrap(word);
        vm.assume(earlier < round && p.since() < round && earlier >= uint16(word >> 208));
        assert(p.push(round, ordinal).ordinalAt(earlier) == p.ordinalAt(earlier));
    }

    // ── sets of proposers ──

    /// @notice R14: how many of sixteen bits are set, and that no others are looked at.
    function check_bitsAreCounted(uint256 bits) public pure {
        uint256 count;
        for (uint256 i = 0; i < 16; i++) {
            count += (bits >> i) & 1;
        }
        assert(Bits.count(bits & 0xffff) == count);
    }

    /// @notice R11: the set of the first so many.
    function check_lowestBitsAreSet(uint8 n, uint8 rank) public pure {
        vm.assume(n <= 16 && rank < 16);
        assert((Bits.lowest(n) >> rank) & 1 == (rank < n ? 1 : 0));
        assert(Bits.lowest(n) >> 16 == 0);
    }

    // ── permutation ──

    /// @notice R9: two members get two ranks, whatever the seed. More than two are beyond the solver: twelve products of the
    /// seed.
    function check_ranksOfTwo(uint256 seed) public pure {
        uint256 first = Permutation.rankOf(seed, 2, 0);
        uint256 second = Permutation.rankOf(seed, 2, 1);
        assert(first < 2 && second < 2 && first != second);
        assert(Inverse.positionOf(seed, 2, first) == 0 && Inverse.positionOf(seed, 2, second) == 1);
    }

    /// @notice R9: `positionOf` undoes each double step of `rankOf`, on the sides of up to 16 members, whatever is mixed in.
    /// A chain of steps that can be undone is a bijection, and so is walking on from where it leaves the domain.
    function check_stepIsUndone(uint8 left, uint8 right, uint64 mixA, uint64 mixB) public pure {
        _checkStep(left, right, mixA, mixB, 2, 1);
        _checkStep(left, right, mixA, mixB, 2, 2);
        _checkStep(left, right, mixA, mixB, 4, 2);
        _checkStep(left, right, mixA, mixB, 4, 3);
        _checkStep(left, right, mixA, mixB, 4, 4);
    }

    function _checkStep(uint256 left, uint256 right, uint256 mixA, uint256 mixB, uint256 a, uint256 b) private pure {
        if (left >= a || right >= b) return;
        uint256 newLeft = (left + mixA) & (a - 1);
        uint256 newRight = (right + mixB) % b;
        assert(newLeft < a && newRight < b);
        assert((newRight + b - (mixB % b)) % b == right);
        assert((newLeft + a - (mixA % a)) % a == left);
    }
}

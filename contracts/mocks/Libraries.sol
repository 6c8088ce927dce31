// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Bits} from "../libraries/Bits.sol";
import {Payout} from "../libraries/Payout.sol";
import {Permutation} from "../libraries/Permutation.sol";
import {Positions} from "../libraries/words/PositionsWord.sol";
import {Inverse} from "./Inverse.sol";

/// @title The pure libraries, open to tests, many inputs a call
contract Libraries {
    function ranksOf(uint256[] calldata seeds, uint256[] calldata ns, uint256[] calldata positions)
        external
        pure
        returns (uint256[] memory ranks, uint256[] memory back)
    {
        ranks = new uint256[](seeds.length);
        back = new uint256[](seeds.length);
        for (uint256 i = 0; i < seeds.length; i++) {
            ranks[i] = Permutation.rankOf(seeds[i], ns[i], positions[i]);
            back[i] = Inverse.positionOf(seeds[i], ns[i], ranks[i]);
        }
    }

    /// @notice How many different ranks the positions below `n` get, none of them `n` or more.
    function countRanks(uint256 seed, uint256 n) public pure returns (uint256 count) {
        bool[] memory seen = new bool[](n);
        for (uint256 position = 0; position < n; position++) {
            uint256 rank = Permutation.rankOf(seed, n, position);
            if (seen[rank]) continue;
            seen[rank] = true;
            count++;
        }
    }

    /// @notice The first n in [from, to) for which the permutation is no bijection; zero if there is none.
    function findFlaw(uint256 seed, uint256 from, uint256 to) external pure returns (uint256) {
        for (uint256 n = from; n < to; n++) {
            if (countRanks(seed, n) != n) return n;
        }
        return 0;
    }

    /// @notice The words that a history of changes makes, one after the other, and the ordinals at `round`s
    /// asked of the last.
    function ordinalsAt(uint256[] calldata since, uint256[] calldata ordinals, uint256[] calldata rounds)
        external
        pure
        returns (uint256 word, uint256[] memory found)
    {
        Positions positions;
        for (uint256 i = 0; i < since.length; i++) positions = positions.push(since[i], ordinals[i]);
        found = new uint256[](rounds.length);
        for (uint256 i = 0; i < rounds.length; i++) found[i] = positions.ordinalAt(rounds[i]);
        word = Positions.unwrap(positions);
    }

    /// @notice Of each triple: a round's reward, a share of it, what a fault costs, a part.
    function payouts(uint256[] calldata a, uint256[] calldata b, uint256[] calldata c)
        external
        pure
        returns (uint256[4][] memory found)
    {
        found = new uint256[4][](a.length);
        for (uint256 i = 0; i < a.length; i++) {
            uint256 bps = c[i] % 10_001;
            found[i][0] = Payout.roundReward(a[i], c[i] % 32_500 + 1);
            found[i][1] = Payout.share(a[i], b[i], b[i] + c[i]);
            found[i][2] = Payout.penalty(a[i], bps, b[i] % 8);
            found[i][3] = Payout.part(a[i], bps);
        }
    }

    /// @notice Of each share: what a voter earns that accused some of the first so many, of which others are condemned.
    function judged(uint256[] calldata shares, uint256[] calldata updates, uint256[] calldata accused, uint256[] calldata condemned)
        external
        pure
        returns (uint256[] memory earned)
    {
        earned = new uint256[](shares.length);
        for (uint256 i = 0; i < shares.length; i++) {
            uint256 missed = Bits.count(condemned[i] & ~accused[i]);
            earned[i] = Payout.judged(shares[i], updates[i], missed, Bits.count(accused[i] & ~condemned[i]));
        }
    }
}

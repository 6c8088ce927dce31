// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TaskManager} from "../../../contracts/TaskManager.sol";
import {IBeacon} from "../../../contracts/interfaces/IBeacon.sol";
import {IFLTask, Parameters, Role} from "../../../contracts/interfaces/IFLTask.sol";
import {Payout} from "../../../contracts/libraries/Payout.sol";
import {Permutation} from "../../../contracts/libraries/Permutation.sol";
import {Positions} from "../../../contracts/libraries/Positions.sol";
import {TestToken} from "../../../contracts/mocks/TestToken.sol";
import {Test} from "./Test.sol";

/// @title What is proved for every input, by Halmos (`make halmos`)
contract Proofs is Test {
    using Positions for uint256;

    // ── payout ──

    /// @notice I7, R19, R20: no penalty is more than the stake, no slasher's share more than the penalty.
    function check_partNeverExceedsTheWhole(uint96 amount, uint16 bps) public pure {
        vm.assume(bps <= 10_000);
        assert(Payout.part(amount, bps) <= amount);
    }

    /// @notice R18: no round takes more than the pool holds.
    function check_rewardNeverExceedsThePool(uint96 pool, uint16 rounds, uint16 round) public pure {
        vm.assume(round != 0 && round <= rounds);
        assert(Payout.roundReward(pool, rounds, round) <= pool);
    }

    /// @notice R18: the last round takes all.
    function check_lastRoundTakesAll(uint96 pool, uint16 rounds) public pure {
        vm.assume(rounds != 0);
        assert(Payout.roundReward(pool, rounds, rounds) == pool);
    }

    /// @notice R18: one share is no more than the reward.
    function check_shareNeverExceedsTheReward(uint96 reward, uint96 stake, uint96 others) public pure {
        vm.assume(stake != 0);
        assert(Payout.share(reward, stake, uint256(stake) + others) <= reward);
    }

    /// @notice R18: two shares are no more than the reward.
    function check_twoSharesNeverExceedTheReward(uint96 reward, uint96 a, uint96 b) public pure {
        uint256 good = uint256(a) + b;
        vm.assume(good != 0);
        assert(Payout.share(reward, a, good) + Payout.share(reward, b, good) <= reward);
    }

    /// @notice R18: three shares are no more than the reward.
    function check_threeSharesNeverExceedTheReward(uint96 reward, uint96 a, uint96 b, uint96 c) public pure {
        uint256 good = uint256(a) + b + c;
        vm.assume(good != 0);
        assert(Payout.share(reward, a, good) + Payout.share(reward, b, good) + Payout.share(reward, c, good) <= reward);
    }

    // ── positions ──

    /// @notice R10: the newest checkpoint can be read back.
    function check_pushedPlaceIsRead(uint256 word, uint16 round, uint16 place, uint16 later) public pure {
        vm.assume(later >= round && word.since() <= round);
        uint256 pushed = word.push(round, place);
        assert(pushed.placeNow() == place);
        assert(pushed.since() == round);
        assert(pushed == 0 || pushed.placeAt(later) == place);
    }

    /// @notice R10: a new checkpoint changes nothing for earlier rounds, as long as there is room for it.
    function check_pushKeepsTheRest(uint256 word, uint16 round, uint16 place, uint16 earlier) public pure {
        vm.assume(earlier < round && word.since() <= round && word >> 224 == 0);
        assert(word.push(round, place).placeAt(earlier) == word.placeAt(earlier));
    }

    // ── permutation ──

    function check_ranksOfTwo(uint256 seed) public pure {
        _checkBijection(seed, 2);
    }

    function check_ranksOfThree(uint256 seed) public pure {
        _checkBijection(seed, 3);
    }

    function check_ranksOfFour(uint256 seed) public pure {
        _checkBijection(seed, 4);
    }

    function _checkBijection(uint256 seed, uint256 n) private pure {
        uint256 seen;
        for (uint256 position = 0; position < n; position++) seen |= 1 << Permutation.rankOf(seed, n, position);
        assert(seen == (1 << n) - 1);
    }
}

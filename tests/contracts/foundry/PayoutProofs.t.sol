// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Payout} from "../../../contracts/libraries/Payout.sol";
import {Test} from "./Test.sol";

/// @title What is proved of amounts for every input, by Halmos with a solver for integers (`make halmos`)
/// @notice That shares never exceed the reward is proved in three steps, as a person would: a share times the turnout is no
/// more than the reward times the stake; so the shares together, times the turnout, are no more than the reward times it; so
/// the shares together are no more than the reward.
contract PayoutProofs is Test {
    /// @notice I7, R19, R20: no penalty is more than the stake, no slasher's share more than the penalty.
    function check_partNeverExceedsTheWhole(uint96 amount, uint16 bps) public pure {
        vm.assume(bps <= 10_000);
        assert(Payout.part(amount, bps) <= amount);
    }

    /// @notice I7, R19: a penalty is a part, in basis points that double with each strike and are 10,000 at most: so never more
    /// than the stake.
    function check_penaltyIsAPart(uint96 stake, uint16 bps, uint8 strikes) public pure {
        vm.assume(bps <= 10_000 && strikes <= 7);
        uint256 doubled = uint256(bps) << strikes;
        uint256 atMost = doubled < 10_000 ? doubled : 10_000;
        assert(Payout.penalty(stake, bps, strikes) == Payout.part(stake, atMost));
    }

    /// @notice R18: no round takes more than the pool holds.
    function check_rewardNeverExceedsThePool(uint96 pool, uint16 roundsLeft) public pure {
        vm.assume(roundsLeft != 0);
        assert(Payout.roundReward(pool, roundsLeft) <= pool);
    }

    /// @notice R18: the last round takes all.
    function check_lastRoundTakesAll(uint96 pool) public pure {
        assert(Payout.roundReward(pool, 1) == pool);
    }

    /// @notice R18a, I11: nobody earns more than its share, whatever is lost of how many parts. The solver is given one number of
    /// updates after the other, and what is lost as wrong accusations: one missed weighs like eight of them.
    function check_judgedNeverExceedsTheShare(uint96 share, uint8 updates, uint8 lost) public pure {
        vm.assume(updates != 0 && updates <= 16);
        for (uint256 u = 1; u <= 16; u++) {
            if (updates != u) continue;
            assert(Payout.judged(share, u, 0, uint256(lost) + 1) <= share);
            return;
        }
    }

    /// @notice R18a: who judged all rightly, or accused one wrongly, earns all.
    function check_judgedRightlyEarnsAll(uint96 share, uint8 updates, uint8 wrong) public pure {
        vm.assume(updates != 0 && updates <= 16 && wrong <= 1);
        for (uint256 u = 1; u <= 16; u++) {
            if (updates != u) continue;
            assert(Payout.judged(share, u, 0, wrong) == share);
            return;
        }
    }

    /// @notice R18: one share is no more than the reward.
    function check_shareNeverExceedsTheReward(uint96 reward, uint96 stake, uint96 others) public pure {
        vm.assume(stake != 0);
        assert(Payout.share(reward, stake, uint256(stake) + others) <= reward);
    }

    /// @notice R18, step one.
    function check_shareIsRoundedDown(uint96 reward, uint96 stake, uint96 others) public pure {
        vm.assume(stake != 0);
        uint256 turnout = uint256(stake) + others;
        assert(Payout.share(reward, stake, turnout) * turnout <= uint256(reward) * stake);
    }

    /// @notice R18, step two, for three participants (and two, where one has nothing).
    function check_inequalitiesAdd(uint200 a, uint200 b, uint200 c, uint200 atMostA, uint200 atMostB, uint200 atMostC)
        public
        pure
    {
        vm.assume(a <= atMostA && b <= atMostB && c <= atMostC);
        assert(uint256(a) + b + c <= uint256(atMostA) + atMostB + atMostC);
    }

    /// @notice R18: what steps two and three add up is the same sum.
    function check_productsDistribute(uint104 x, uint104 y, uint104 turnout) public pure {
        unchecked {
            assert((uint256(x) + y) * turnout == uint256(x) * turnout + uint256(y) * turnout);
        }
    }

    /// @notice R18, step three.
    function check_lessTimesTheSameIsLess(uint104 sum, uint96 reward, uint104 turnout) public pure {
        unchecked {
            vm.assume(turnout != 0 && uint256(sum) * turnout <= uint256(reward) * turnout);
            assert(sum <= reward);
        }
    }
}

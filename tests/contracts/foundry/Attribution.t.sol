// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, Outcome} from "../../../contracts/interfaces/IFLTask.sol";
import {Due, RoundResult} from "../../../contracts/interfaces/ITaskLens.sol";
import {Scene} from "./unit/Scene.sol";

/// @title The same round twice, but for one thing: what that changes for others (I10, I11)
contract Attribution is Scene {
    uint256 private constant N = 9;
    uint256 private constant PROPOSERS = 3; // members 0, 1 and 2, at ranks 0, 1 and 2; all others vote

    struct Votes {
        bytes32[N] digests;
        int8[N] scores;
        uint16[N] masks;
    }

    struct End {
        RoundResult result;
        Due[] dues;
    }

    /// @dev In Committing, with stakes of all kinds.
    function _begin(uint256 dice) private {
        (p.proposers, p.minParticipants, p.maxParticipants, p.condemnedBps) = (uint16(PROPOSERS), uint16(N), uint16(N), 900);
        p.minStake = 1e18;
        make();
        fund(1e21 + dice % 1e21);
        for (uint256 i = 0; i < N; i++) {
            join(i, 1e18 + _roll(dice, i) % 8e18);
        }
        drawn(~uint256(0) << 12 | 0x210);
        for (uint256 i = 0; i < PROPOSERS; i++) {
            submit(i);
        }
    }

    function _roll(uint256 dice, uint256 i) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(dice, i)));
    }

    function _deal(uint256 dice) private pure returns (Votes memory v) {
        for (uint256 i = PROPOSERS; i < N; i++) {
            uint256 roll = _roll(dice, 100 + i);
            v.digests[i] = roll % 5 == 0 ? B : A;
            v.scores[i] = (roll >> 8) % 5 == 0 ? -1 : int8(1);
            v.masks[i] = uint16((roll >> 16) % 8);
        }
    }

    /// @dev How the round ends and what it holds for each; as if it had not been played.
    function _playOut(Votes memory v) private returns (End memory end) {
        uint256 mark = vm.snapshotState();
        for (uint256 i = PROPOSERS; i < N; i++) {
            accuse(i, v.masks[i]);
            commit(i, v.digests[i], v.scores[i]);
        }
        for (uint256 i = PROPOSERS; i < N; i++) {
            reveal(i, v.digests[i], v.scores[i]);
        }
        task.settle();
        address[] memory members = new address[](N);
        for (uint256 i = 0; i < N; i++) {
            members[i] = m(i);
        }
        (end.result, end.dues) = (lens.resultOf(task, 1), lens.dues(task, 1, members));
        vm.revertToState(mark);
    }

    function _sameOutcome(End memory one, End memory two) private pure {
        require(one.result.outcome == two.result.outcome, "outcome");
        assertEq(one.result.reward, two.result.reward, "reward");
        assertEq(one.result.turnout, two.result.turnout, "turnout");
    }

    function _same(Due memory one, Due memory two) private pure {
        require(one.fault == two.fault, "fault");
        assertEq(one.penalty, two.penalty, "penalty");
        assertEq(one.share, two.share, "share");
    }

    /// @notice I10, R17a: whatever voters say of one update, for the same outcome other proposers get and lose the same to
    /// the wei; so do voters, but for what they misjudged.
    function testFuzz_I10_verdictsOfOneAreNothingToOthers(uint256 dice) public {
        _begin(dice);
        Votes memory v = _deal(dice);
        End memory before = _playOut(v);
        uint256 one = dice % PROPOSERS;
        uint16 bit = uint16(1 << one);
        for (uint256 way = 0; way < 3; way++) {
            for (uint256 i = PROPOSERS; i < N; i++) {
                bool isAccusing = way == 0 || (way == 1 && _roll(dice, 200 + i) % 2 == 0);
                v.masks[i] = isAccusing ? v.masks[i] | bit : v.masks[i] & ~bit;
            }
            End memory changed = _playOut(v);
            _sameOutcome(before, changed);
            assertEq(before.result.condemned | bit, changed.result.condemned | bit, "other verdicts");
            if (way != 1) require((changed.dues[one].fault == Fault.Condemned) == (way == 0), "its own verdict");
            for (uint256 i = 0; i < N; i++) {
                if (i == one) continue;
                _same(before.dues[i], changed.dues[i]);
                if (i < PROPOSERS) assertEq(before.dues[i].reward, changed.dues[i].reward, "reward of a proposer");
            }
        }
    }

    /// @notice I11, R18: a voter that diverges, or falls into the minority: where the round ends alike nobody else gains or
    /// loses a wei.
    function testFuzz_I11_nobodyGainsFromAVotersFault(uint256 dice) public {
        _begin(dice);
        Votes memory v = _deal(dice);
        for (uint256 i = PROPOSERS; i < N; i++) {
            (v.digests[i], v.scores[i]) = (A, dice % 2 == 0 ? int8(1) : -1);
        }
        End memory before = _playOut(v);
        uint256 one = PROPOSERS;
        for (uint256 i = PROPOSERS; i < N; i++) {
            if (see(i).stake < see(one).stake) one = i; // the lightest, which decides nothing
        }
        if (dice % 3 == 0) v.digests[one] = B;
        else v.scores[one] = -v.scores[one];
        End memory changed = _playOut(v);
        _sameOutcome(before, changed);
        require(before.dues[one].fault == Fault.None && changed.dues[one].fault != Fault.None, "no fault");
        for (uint256 i = 0; i < N; i++) {
            if (i == one) continue;
            _same(before.dues[i], changed.dues[i]);
            assertEq(before.dues[i].reward, changed.dues[i].reward, "somebody else's reward");
        }
        assertEq(changed.dues[one].reward, 0, "reward for a fault");
    }

    /// @notice I11, R18, R18a: a proposer that is condemned: nobody else gains, but for those that had accused it already,
    /// whose accusation is right now: they get back what that had cost them, and no more than their share.
    function testFuzz_I11_nobodyGainsFromACondemnation(uint256 dice) public {
        _begin(dice);
        Votes memory v = _deal(dice);
        uint256 one = dice % PROPOSERS;
        uint16 bit = uint16(1 << one);
        for (uint256 i = PROPOSERS; i < N; i++) {
            if (_roll(dice, 300 + i) % 4 != 0 || i == PROPOSERS) v.masks[i] &= ~bit;
        }
        End memory before = _playOut(v);
        if (before.dues[one].fault == Fault.Condemned) return;
        uint16[N] memory said = v.masks;
        for (uint256 i = PROPOSERS; i < N; i++) {
            v.masks[i] |= bit;
        }
        End memory changed = _playOut(v);
        _sameOutcome(before, changed);
        require(changed.dues[one].fault == Fault.Condemned && changed.dues[one].reward == 0, "condemned");
        for (uint256 i = 0; i < N; i++) {
            if (i == one) continue;
            _same(before.dues[i], changed.dues[i]);
            assertLe(changed.dues[i].reward, changed.dues[i].share, "beyond the share");
            if (said[i] & bit == 0) assertLe(changed.dues[i].reward, before.dues[i].reward, "gain from a fault");
        }
    }

    /// @notice I11, R18, D20: where the round is rejected instead of accepted, voters that are good earn no more.
    function testFuzz_I11_rejectingPaysNoMore(uint256 dice) public {
        _begin(dice);
        Votes memory v = _deal(dice);
        for (uint256 i = PROPOSERS; i < N; i++) {
            (v.digests[i], v.scores[i]) = (A, 1);
        }
        End memory accepted = _playOut(v);
        for (uint256 i = PROPOSERS; i < N; i++) {
            v.scores[i] = -1;
        }
        End memory rejected = _playOut(v);
        require(accepted.result.outcome == Outcome.Accepted && rejected.result.outcome == Outcome.Rejected, "outcomes");
        for (uint256 i = 0; i < N; i++) {
            _same(accepted.dues[i], rejected.dues[i]);
            uint256 reward = i < PROPOSERS ? 0 : accepted.dues[i].reward;
            assertEq(rejected.dues[i].reward, reward, "pay for rejecting");
        }
    }
}

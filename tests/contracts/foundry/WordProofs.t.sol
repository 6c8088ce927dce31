// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome} from "../../../contracts/interfaces/IFLTask.sol";
import {Act, Member, Result, Tally, Training, Voting, Words} from "../../../contracts/libraries/Words.sol";
import {Test} from "./Test.sol";

/// @title That every packed word gives back what was put into it, proved for every input by Halmos (`make halmos`)
contract WordProofs is Test {
    using Words for *;

    /// @notice D17: the training half of a round.
    function check_trainingIsKept(uint16 number, uint32 end, uint16 updates, uint96 weight, uint16 members, uint80 seed)
        public
        pure
    {
        Training memory t = Training(number, end, updates, weight, members, seed).pack().toTraining();
        assert(t.number == number && t.trainEnd == end && t.updates == updates);
        assert(t.updateWeight == weight && t.members == members && t.seed == seed);
    }

    /// @notice D17: the voting half of a round.
    function check_votingIsKept(uint16 number, uint32 end, uint16 commits, uint16 reveals, uint16 candidates, uint16 leader)
        public
        pure
    {
        Voting memory v = Voting(number, end, commits, reveals, candidates, leader).pack().toVoting();
        assert(v.number == number && v.commitEnd == end && v.commits == commits);
        assert(v.reveals == reveals && v.candidates == candidates && v.leader == leader);
    }

    /// @notice R16: the ballots for one digest.
    function check_tallyIsKept(uint96 weightFor, uint96 weightAgainst, uint16 candidate) public pure {
        Tally memory t = Tally(weightFor, weightAgainst, candidate).pack().toTally();
        assert(t.weightFor == weightFor && t.weightAgainst == weightAgainst && t.candidate == candidate);
    }

    /// @notice I5: what a settled round decided.
    function check_resultIsKept(uint96 reward, uint96 good, uint16 winner, uint8 outcome, bool wasVoted, bool isComplete)
        public
        pure
    {
        vm.assume(outcome <= uint8(Outcome.Void));
        Result memory r = Result(reward, good, winner, Outcome(outcome), wasVoted, isComplete).pack().toResult();
        assert(r.reward == reward && r.goodStake == good && r.winner == winner);
        assert(r.outcome == Outcome(outcome) && r.wasVoted == wasVoted && r.isComplete == isComplete);
    }

    /// @notice R4, R20: a participant.
    function check_memberIsKept(
        uint96 stake,
        uint96 rewards,
        uint16 resolved,
        uint16 acted,
        uint16 candidate,
        uint8 act,
        bool hasTopUp
    ) public pure {
        vm.assume(act <= uint8(Act.VotedAgainst));
        Member memory m = Member(stake, rewards, resolved, acted, candidate, Act(act), hasTopUp).pack().toMember();
        assert(m.stake == stake && m.rewards == rewards && m.resolved == resolved);
        assert(m.actedRound == acted && m.candidate == candidate && m.act == Act(act) && m.hasTopUp == hasTopUp);
    }
}

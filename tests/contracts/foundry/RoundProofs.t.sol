// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome} from "../../../contracts/interfaces/IFLTask.sol";
import {Draw, DrawWord} from "../../../contracts/libraries/words/DrawWord.sol";
import {Lanes, LanesWord} from "../../../contracts/libraries/words/LanesWord.sol";
import {Result, ResultWord} from "../../../contracts/libraries/words/ResultWord.sol";
import {Tally, TallyWord} from "../../../contracts/libraries/words/TallyWord.sol";
import {Training, TrainingWord} from "../../../contracts/libraries/words/TrainingWord.sol";
import {Voting, VotingWord} from "../../../contracts/libraries/words/VotingWord.sol";
import {Test} from "./Test.sol";

/// @title That every act on the words of a round changes its own field and no other, proved for every input by Halmos (`make
/// halmos`)
/// @notice The words start as anything at all; what is assumed is only what the tasks' limits warrant: that a sum fits its
/// field.
contract RoundProofs is Test {
    uint256 private constant M90 = 2 ** 90 - 1;
    uint256 private constant M16 = type(uint16).max;

    // ── training ──

    /// @notice D17: the training half of a round, as it begins.
    function check_trainingBegins(uint16 round, uint32 end, uint16 members, uint80 seed) public pure {
        Training t = TrainingWord.begin(round, end, members, seed);
        assert(t.round() == round && t.end() == end && t.submitted() == 0);
        assert(t.weight() == 0 && t.members() == members && t.seed() == seed);
        assert(t.drawn().members() == members && t.drawn().seed() == seed);
    }

    /// @notice R11: an update is noted once, by its rank, with its weight, and can end the phase.
    function check_trainingGoesOn(uint256 word, uint8 rank, uint88 weight, uint32 end) public pure {
        Training t = Training.wrap(word);
        vm.assume(rank < 16 && (t.submitted() >> rank) & 1 == 0 && t.weight() + weight <= M90);
        uint256 bit = uint256(1) << rank;
        Training u = t.addUpdate(bit, weight);
        assert(u.submitted() == t.submitted() | bit && u.weight() == t.weight() + weight && u.end() == t.end());
        assert(u.round() == t.round() && u.members() == t.members() && u.seed() == t.seed());
        Training w = u.endAt(end);
        assert(w.end() == end && w.submitted() == u.submitted() && w.weight() == u.weight());
        assert(w.round() == t.round() && w.members() == t.members() && w.seed() == t.seed());
    }

    // ── voting ──

    /// @notice D17, R14: the voting half, as it begins: with who has submitted.
    function check_votingBegins(uint16 round, uint32 end, uint16 submitted) public pure {
        Voting v = VotingWord.begin(round, end, submitted);
        assert(v.round() == round && v.commitEnd() == end && v.submitted() == submitted);
        assert(v.commits() == 0 && v.reveals() == 0 && v.candidates() == 0 && v.leader() == 0);
        assert(v.weight() == 0 && !v.hasAccused());
    }

    /// @notice D17: the half of an earlier round gives way to one that begins when Training ends.
    function check_votingBelongsToTheRound(uint256 word, uint256 training, uint32 window) public pure {
        (Voting v, Training t) = (Voting.wrap(word), Training.wrap(training));
        vm.assume(t.end() + window <= type(uint32).max);
        Voting w = v.inRound(t, window);
        if (v.round() == t.round()) assert(Voting.unwrap(w) == word);
        else assert(w.round() == t.round() && w.commitEnd() == t.end() + window && w.submitted() == t.submitted());
    }

    /// @notice R13: a commitment counts once and can end the phase.
    function check_commitsAreCounted(uint256 word, uint32 end) public pure {
        Voting v = Voting.wrap(word);
        vm.assume(v.commits() < M16);
        Voting w = v.addCommit().endAt(end);
        assert(w.commits() == v.commits() + 1 && w.commitEnd() == end && w.round() == v.round());
        assert(w.reveals() == v.reveals() && w.weight() == v.weight());
        _sameVotes(v, w);
        _sameVerdicts(v, w);
    }

    /// @notice R14, R15: a reveal counts once, with its weight.
    function check_revealsAreCounted(uint256 word, uint88 weight) public pure {
        Voting v = Voting.wrap(word);
        vm.assume(v.reveals() < M16 && v.weight() + weight <= M90);
        Voting w = v.addReveal(weight);
        assert(w.reveals() == v.reveals() + 1 && w.weight() == v.weight() + weight);
        assert(w.commits() == v.commits() && w.commitEnd() == v.commitEnd() && w.round() == v.round());
        _sameVotes(v, w);
        _sameVerdicts(v, w);
    }

    /// @notice R16: a candidate, and a leader.
    function check_candidatesAreCounted(uint256 word, uint16 leader) public pure {
        Voting v = Voting.wrap(word);
        vm.assume(v.candidates() < M16);
        Voting w = v.addCandidate().lead(leader);
        assert(w.candidates() == v.candidates() + 1 && w.leader() == leader);
        assert(w.commits() == v.commits() && w.commitEnd() == v.commitEnd() && w.round() == v.round());
        assert(w.reveals() == v.reveals() && w.weight() == v.weight());
        _sameVerdicts(v, w);
    }

    /// @notice R17a: that somebody has accused.
    function check_accusingIsNoted(uint256 word) public pure {
        Voting v = Voting.wrap(word);
        Voting w = v.accuse();
        assert(w.hasAccused() && w.submitted() == v.submitted());
        assert(w.commits() == v.commits() && w.commitEnd() == v.commitEnd() && w.round() == v.round());
        assert(w.reveals() == v.reveals() && w.weight() == v.weight());
        _sameVotes(v, w);
    }

    function _sameVotes(Voting v, Voting w) private pure {
        assert(w.candidates() == v.candidates() && w.leader() == v.leader());
    }

    function _sameVerdicts(Voting v, Voting w) private pure {
        assert(w.submitted() == v.submitted() && w.hasAccused() == v.hasAccused());
    }

    /// @notice R16, R17: a ballot adds its weight on its side.
    function check_ballotsAreWeighed(uint256 word, uint16 candidate, uint88 weight, bool isFor) public pure {
        Tally t = TallyWord.begin(candidate);
        assert(t.candidate() == candidate && t.weight() == 0);
        t = Tally.wrap(word);
        vm.assume(t.weight() + weight <= M90);
        Tally u = t.add(isFor, weight);
        assert(u.weightFor() == t.weightFor() + (isFor ? weight : 0) && u.candidate() == t.candidate());
        assert(u.weightAgainst() == t.weightAgainst() + (isFor ? 0 : weight) && u.weight() == t.weight() + weight);
    }

    // ── verdicts ──

    /// @notice R17a: an accusation adds its units to the lanes of the accused, and to no other.
    function check_lanesAreApart(uint256 word, uint8 against, uint24 units) public pure {
        Lanes l = Lanes.wrap(word);
        vm.assume(against < 64);
        for (uint256 i = 0; i < LanesWord.COUNT; i++) {
            vm.assume(l.lane(i) < 2 ** 40 - 2 ** 24);
        }
        Lanes k = l.add(against, units);
        assert(k.round() == l.round());
        for (uint256 i = 0; i < LanesWord.COUNT; i++) {
            assert(k.lane(i) == l.lane(i) + uint256((against >> i) & 1) * units);
        }
    }

    /// @notice R17a: 65,000 voters of 2^24 − 1 units each do not fill a lane: what all but one of them leave in it has room for
    /// the last.
    function check_lanesNeverSpill(uint256 word, uint8 against, uint24 units) public pure {
        Lanes l = Lanes.wrap(word);
        for (uint256 i = 0; i < LanesWord.COUNT; i++) {
            vm.assume(l.lane(i) <= 64_999 * (2 ** 24 - 1));
        }
        Lanes k = l.add(against, units);
        assert(k.round() == l.round());
        for (uint256 i = 0; i < LanesWord.COUNT; i++) {
            assert(k.lane(i) <= 65_000 * (2 ** 24 - 1));
            assert(k.lane(i) >= l.lane(i));
        }
    }

    /// @notice R17a, D17: what was said in another round is nothing in this one.
    function check_lanesBelongToARound(uint256 word, uint16 round) public pure {
        Lanes l = Lanes.wrap(word);
        Lanes k = l.inRound(round);
        assert(k.round() == round);
        if (l.round() == round) {
            assert(Lanes.unwrap(k) == word);
        } else {
            for (uint256 i = 0; i < LanesWord.COUNT; i++) {
                assert(k.lane(i) == 0);
            }
        }
    }

    // ── what is kept ──

    /// @notice I5, R17a: what a settled round decided.
    function check_resultIsKept(
        uint16 winner,
        uint8 outcome,
        uint16 condemned,
        uint96 turnout,
        uint8 updates,
        bool isComplete,
        uint96 reward
    ) public pure {
        vm.assume(outcome <= uint8(Outcome.Void) && updates <= 16 && turnout <= M90 && reward <= M90);
        Result r = ResultWord.decide(Outcome(outcome), winner, condemned).attend(turnout, updates, isComplete).endow(reward);
        assert(r.reward() == reward && r.turnout() == turnout && r.winner() == winner);
        assert(r.outcome() == Outcome(outcome) && r.isComplete() == isComplete && r.wasVoted() == (updates != 0));
        assert(r.condemned() == condemned && r.updates() == updates);
    }

    /// @notice R10, D17: what a settled round's roles were drawn from.
    function check_drawIsKept(uint16 members, uint80 seed) public pure {
        Draw d = DrawWord.make(members, seed);
        assert(d.members() == members && d.seed() == seed);
    }
}

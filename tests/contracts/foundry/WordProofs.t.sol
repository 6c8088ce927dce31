// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome} from "../../../contracts/interfaces/IFLTask.sol";
import {Commitment, CommitmentWord} from "../../../contracts/libraries/words/CommitmentWord.sol";
import {Draw, DrawWord} from "../../../contracts/libraries/words/DrawWord.sol";
import {Act, Member} from "../../../contracts/libraries/words/MemberWord.sol";
import {Progress, ProgressWord} from "../../../contracts/libraries/words/ProgressWord.sol";
import {Result, ResultWord} from "../../../contracts/libraries/words/ResultWord.sol";
import {Tally, TallyWord} from "../../../contracts/libraries/words/TallyWord.sol";
import {TopUp, TopUpWord} from "../../../contracts/libraries/words/TopUpWord.sol";
import {Training, TrainingWord} from "../../../contracts/libraries/words/TrainingWord.sol";
import {Voting, VotingWord} from "../../../contracts/libraries/words/VotingWord.sol";
import {Test} from "./Test.sol";

/// @title That every act on a packed word changes its own field and no other, proved for every input by Halmos (`make halmos`)
/// @notice The words start as anything at all; what is assumed is only what the tasks' limits warrant: that a sum fits its field.
contract WordProofs is Test {
    uint256 private constant M96 = type(uint96).max;
    uint256 private constant M16 = type(uint16).max;

    // ── the task's progress ──

    /// @notice R3, I5: a new task is in round one, with an empty pool and no members.
    function check_progressBegins(uint40 time) public pure {
        Progress p = ProgressWord.begin(time);
        assert(p.round() == 1 && p.movedAt() == time && p.pool() == 0 && p.anchor() == 0);
        assert(p.memberCount() == 0 && p.drawnCount() == 0 && !p.isDrawn() && !p.isClosed());
    }

    /// @notice I2: what goes into the pool and out of it touches nothing else.
    function check_poolIsKept(uint256 word, uint96 paid, uint96 taken) public pure {
        Progress p = Progress.wrap(word);
        vm.assume(p.pool() + paid <= M96 && taken <= p.pool() + paid);
        Progress q = p.pay(paid).take(taken);
        assert(q.pool() == p.pool() + paid - taken);
        _sameList(p, q);
        _sameTime(p, q);
        assert(q.anchor() == p.anchor());
    }

    /// @notice R4: so do members that come and go, and the freezing of their list.
    function check_membersAreCounted(uint256 word) public pure {
        Progress p = Progress.wrap(word);
        vm.assume(p.memberCount() < M16);
        Progress q = p.addMember();
        assert(q.memberCount() == p.memberCount() + 1 && q.drawnCount() == p.drawnCount());
        assert(q.freeze().drawnCount() == q.memberCount() && q.freeze().memberCount() == q.memberCount());
        assert(q.freeze().pool() == p.pool() && q.freeze().anchor() == p.anchor());
        _sameTime(p, q.freeze());
        assert(Progress.unwrap(q.removeMember()) == word);
    }

    /// @notice R8, I5: anchors, draws, the next round and closing.
    function check_roundsGoOn(uint256 word, uint48 anchor, uint40 time) public pure {
        Progress p = Progress.wrap(word);
        vm.assume(p.round() < M16);
        Progress q = p.await(anchor).moveAt(time).draw();
        assert(q.anchor() == anchor && q.movedAt() == time && q.isDrawn());
        assert(q.round() == p.round() && q.isClosed() == p.isClosed() && q.pool() == p.pool());
        _sameList(p, q);
        Progress r = q.next();
        assert(r.round() == p.round() + 1 && r.anchor() == 0 && !r.isDrawn());
        assert(r.movedAt() == time && r.isClosed() == p.isClosed() && r.pool() == p.pool());
        _sameList(p, r);
        assert(p.close().isClosed() && p.close().pool() == p.pool() && p.close().anchor() == p.anchor());
        _sameList(p, p.close());
    }

    function _sameList(Progress p, Progress q) private pure {
        assert(q.memberCount() == p.memberCount() && q.drawnCount() == p.drawnCount());
    }

    function _sameTime(Progress p, Progress q) private pure {
        assert(q.round() == p.round() && q.movedAt() == p.movedAt());
        assert(q.isDrawn() == p.isDrawn() && q.isClosed() == p.isClosed());
    }

    // ── the halves of a round ──

    /// @notice D17: the training half of a round, as it begins.
    function check_trainingBegins(uint16 round, uint32 end, uint16 members, uint80 seed) public pure {
        Training t = TrainingWord.begin(round, end, members, seed);
        assert(t.round() == round && t.end() == end && t.updates() == 0);
        assert(t.weight() == 0 && t.members() == members && t.seed() == seed);
    }

    /// @notice R11: an update counts once, with its weight, and can end the phase.
    function check_trainingGoesOn(uint256 word, uint96 weight, uint32 end) public pure {
        Training t = Training.wrap(word);
        vm.assume(t.updates() < M16 && t.weight() + weight <= M96);
        Training u = t.addUpdate(weight);
        assert(u.updates() == t.updates() + 1 && u.weight() == t.weight() + weight && u.end() == t.end());
        assert(u.endAt(end).end() == end && u.endAt(end).updates() == u.updates() && u.endAt(end).weight() == u.weight());
        u = u.endAt(end);
        assert(u.round() == t.round() && u.members() == t.members() && u.seed() == t.seed());
    }

    /// @notice D17: the voting half, as it begins.
    function check_votingBegins(uint16 round, uint32 end) public pure {
        Voting v = VotingWord.begin(round, end);
        assert(v.round() == round && v.commitEnd() == end && v.commits() == 0);
        assert(v.reveals() == 0 && v.candidates() == 0 && v.leader() == 0);
    }

    /// @notice R13, R14: a commitment counts once and can end the phase.
    function check_commitsAreCounted(uint256 word, uint32 end) public pure {
        Voting v = Voting.wrap(word);
        vm.assume(v.commits() < M16);
        Voting w = v.addCommit().endAt(end);
        assert(w.commits() == v.commits() + 1 && w.commitEnd() == end && w.round() == v.round());
        assert(w.reveals() == v.reveals() && w.candidates() == v.candidates() && w.leader() == v.leader());
    }

    /// @notice R14, R16: so does a reveal, which can bring a candidate and a leader.
    function check_revealsAreCounted(uint256 word, uint16 leader) public pure {
        Voting v = Voting.wrap(word);
        vm.assume(v.reveals() < M16 && v.candidates() < M16);
        Voting w = v.addReveal().addCandidate().lead(leader);
        assert(w.reveals() == v.reveals() + 1 && w.candidates() == v.candidates() + 1 && w.leader() == leader);
        assert(w.commits() == v.commits() && w.commitEnd() == v.commitEnd() && w.round() == v.round());
    }

    /// @notice R16, R17: a ballot adds its weight on its side.
    function check_ballotsAreWeighed(uint256 word, uint16 candidate, uint96 weight, bool isFor) public pure {
        Tally t = TallyWord.begin(candidate);
        assert(t.candidate() == candidate && t.weight() == 0);
        t = Tally.wrap(word);
        vm.assume(t.weight() + weight <= M96);
        Tally u = t.add(isFor, weight);
        assert(u.weightFor() == t.weightFor() + (isFor ? weight : 0) && u.candidate() == t.candidate());
        assert(u.weightAgainst() == t.weightAgainst() + (isFor ? 0 : weight) && u.weight() == t.weight() + weight);
    }

    /// @notice I5: what a settled round decided.
    function check_resultIsKept(uint96 reward, uint96 good, uint16 winner, uint8 outcome, bool wasVoted, bool isComplete)
        public
        pure
    {
        vm.assume(outcome <= uint8(Outcome.Void));
        Result r = ResultWord.make(Outcome(outcome), winner, reward, good, wasVoted, isComplete);
        assert(r.reward() == reward && r.goodStake() == good && r.winner() == winner);
        assert(r.outcome() == Outcome(outcome) && r.wasVoted() == wasVoted && r.isComplete() == isComplete);
    }

    /// @notice R10, D17: what a settled round's roles were drawn from.
    function check_drawIsKept(uint16 members, uint80 seed) public pure {
        Draw d = DrawWord.make(members, seed);
        assert(d.members() == members && d.seed() == seed);
    }

    // ── a participant ──

    /// @notice R13: of a commitment the leading 240 bits are kept, and its round.
    function check_commitmentIsKept(bytes32 digest, uint16 round) public pure {
        Commitment c = CommitmentWord.make(digest, round);
        assert(c.round() == round && c.digest() == digest & ~bytes32(uint256(M16)));
    }

    /// @notice R4: a top-up waits for its round; taken, it leaves the round behind.
    function check_topUpIsKept(uint96 amount, uint16 fromRound) public pure {
        TopUp t = TopUpWord.make(amount, fromRound);
        assert(t.amount() == amount && t.fromRound() == fromRound);
        assert(t.empty().amount() == 0 && t.empty().fromRound() == fromRound);
    }

    /// @notice R4: who joins keeps its rewards, and what it did last.
    function check_memberJoins(uint256 word, uint96 stake, uint16 resolved) public pure {
        Member m = Member.wrap(word);
        Member n = m.join(stake, resolved);
        assert(n.stake() == stake && n.resolved() == resolved && n.rewards() == m.rewards());
        _sameAct(m, n);
        assert(n.hasTopUp() == m.hasTopUp());
    }

    /// @notice I4: one act is remembered.
    function check_memberActs(uint256 word, uint16 round, uint16 candidate, uint8 act) public pure {
        vm.assume(act <= uint8(Act.VotedAgainst));
        Member m = Member.wrap(word);
        Member n = m.note(round, candidate, Act(act));
        assert(n.actedRound() == round && n.candidate() == candidate && n.act() == Act(act));
        _sameMoney(m, n);
        assert(n.resolved() == m.resolved() && n.hasTopUp() == m.hasTopUp());
    }

    /// @notice R18, R19, I7: dues move stake and rewards, and are noted.
    function check_memberIsPaid(uint256 word, uint96 earned, uint96 lost, uint16 round) public pure {
        Member m = Member.wrap(word);
        vm.assume(m.rewards() + earned <= M96 && lost <= m.stake());
        Member n = m.earn(earned).lose(lost).resolve(round);
        assert(n.rewards() == m.rewards() + earned && n.stake() == m.stake() - lost && n.resolved() == round);
        _sameAct(m, n);
        assert(n.hasTopUp() == m.hasTopUp());
    }

    /// @notice R4: a top-up is awaited, and then taken into the stake.
    function check_memberTopsUp(uint256 word, uint96 amount) public pure {
        Member m = Member.wrap(word);
        vm.assume(m.stake() + amount <= M96);
        assert(m.expectTopUp().hasTopUp() && m.expectTopUp().stake() == m.stake());
        Member n = m.expectTopUp().takeTopUp(amount);
        assert(!n.hasTopUp() && n.stake() == m.stake() + amount && n.rewards() == m.rewards());
        _sameAct(m, n);
        assert(n.resolved() == m.resolved());
    }

    /// @notice R6, R21: what is paid out is gone, and nothing else.
    function check_memberIsPaidOut(uint256 word) public pure {
        Member m = Member.wrap(word);
        assert(m.payOut().rewards() == 0 && m.payOut().stake() == m.stake() && m.payOut().hasTopUp() == m.hasTopUp());
        assert(m.empty().rewards() == 0 && m.empty().stake() == 0 && !m.empty().hasTopUp());
        _sameAct(m, m.payOut());
        _sameAct(m, m.empty());
        assert(m.payOut().resolved() == m.resolved() && m.empty().resolved() == m.resolved());
    }

    function _sameAct(Member m, Member n) private pure {
        assert(n.actedRound() == m.actedRound() && n.candidate() == m.candidate() && n.act() == m.act());
    }

    function _sameMoney(Member m, Member n) private pure {
        assert(n.stake() == m.stake() && n.rewards() == m.rewards());
    }
}

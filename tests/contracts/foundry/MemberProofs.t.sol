// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Role} from "../../../contracts/interfaces/IFLTask.sol";
import {Commitment, CommitmentWord} from "../../../contracts/libraries/words/CommitmentWord.sol";
import {Act, Member} from "../../../contracts/libraries/words/MemberWord.sol";
import {TopUp, TopUpWord} from "../../../contracts/libraries/words/TopUpWord.sol";
import {Test} from "./Test.sol";

/// @title That every act on the words of a participant changes its own field and no other, proved for every input by Halmos
/// @notice The words start as anything at all (`make halmos`); what is assumed is only what the tasks' limits warrant: that a
/// sum fits its field.
contract MemberProofs is Test {
    uint256 private constant M90 = 2 ** 90 - 1;
    uint256 private constant M16 = type(uint16).max;

    /// @notice R13: of a commitment the leading 240 bits are kept, and its round.
    function check_commitmentIsKept(bytes32 digest, uint16 round) public pure {
        Commitment c = CommitmentWord.make(digest, round);
        assert(c.round() == round && c.digest() == digest & ~bytes32(uint256(M16)));
    }

    /// @notice R4: a top-up waits for its round; taken, it leaves the round behind.
    function check_topUpIsKept(uint96 amount, uint16 fromRound, uint16 round) public pure {
        vm.assume(amount <= M90);
        TopUp t = TopUpWord.make(amount, fromRound);
        assert(t.amount() == amount && t.fromRound() == fromRound && t.counts(round) == (fromRound <= round));
        assert(t.empty().amount() == 0 && t.empty().fromRound() == fromRound);
    }

    /// @notice R4, R19: who joins keeps its rewards, its strikes, and what it did last.
    function check_memberJoins(uint256 word, uint96 stake, uint16 resolved) public pure {
        vm.assume(stake <= M90);
        Member m = Member.wrap(word);
        Member n = m.join(stake, resolved);
        assert(n.stake() == stake && n.resolved() == resolved && n.rewards() == m.rewards());
        assert(n.hasTopUp() == m.hasTopUp());
        _sameAct(m, n);
        _sameStrikes(m, n);
    }

    /// @notice I4, R14: one act is remembered, with whom it accused.
    function check_memberActs(uint256 word, uint16 round, uint16 candidate, uint8 act, uint16 mask) public pure {
        vm.assume(act <= uint8(Act.VotedAgainst));
        Member m = Member.wrap(word);
        Member n = m.note(round, candidate, Act(act), mask);
        assert(n.actedRound() == round && n.candidate() == candidate && n.mask() == mask);
        assert(n.hasSubmitted() == (Act(act) == Act.Submitted) && n.hasVotedFor() == (Act(act) == Act.VotedFor));
        assert(n.stake() == m.stake() && n.rewards() == m.rewards());
        assert(n.resolved() == m.resolved() && n.hasTopUp() == m.hasTopUp());
        _sameStrikes(m, n);
    }

    /// @notice R18, R19, I7: dues move stake and rewards, and are noted.
    function check_memberIsPaid(uint256 word, uint88 earned, uint96 lost, uint16 round) public pure {
        Member m = Member.wrap(word);
        vm.assume(m.rewards() + earned <= M90 && lost <= m.stake());
        Member n = m.earn(earned).lose(lost).resolve(round);
        assert(n.rewards() == m.rewards() + earned && n.stake() == m.stake() - lost && n.resolved() == round);
        assert(n.hasTopUp() == m.hasTopUp());
        _sameAct(m, n);
        _sameStrikes(m, n);
    }

    /// @notice R19: a strike counts in its own role, up to seven.
    function check_memberIsStruck(uint256 word, bool isProposer) public pure {
        (Role role, Role other) = isProposer ? (Role.Proposer, Role.Voter) : (Role.Voter, Role.Proposer);
        Member m = Member.wrap(word);
        Member n = m.strike(role);
        assert(n.strikes(role) == (m.strikes(role) < 7 ? m.strikes(role) + 1 : 7) && n.strikes(other) == m.strikes(other));
        _sameMoney(m, n);
        _sameAct(m, n);
    }

    /// @notice R19: so does a duty well done.
    function check_memberIsForgiven(uint256 word, bool isProposer) public pure {
        (Role role, Role other) = isProposer ? (Role.Proposer, Role.Voter) : (Role.Voter, Role.Proposer);
        Member m = Member.wrap(word);
        Member n = m.forgive(role);
        assert(n.strikes(role) == 0 && n.strikes(other) == m.strikes(other));
        _sameMoney(m, n);
        _sameAct(m, n);
    }

    /// @notice R4: a top-up is awaited, and then taken into the stake.
    function check_memberTopsUp(uint256 word, uint88 amount) public pure {
        Member m = Member.wrap(word);
        vm.assume(m.stake() + amount <= M90);
        assert(m.expectTopUp().hasTopUp() && m.expectTopUp().stake() == m.stake());
        Member n = m.expectTopUp().takeTopUp(amount);
        assert(!n.hasTopUp() && n.stake() == m.stake() + amount && n.rewards() == m.rewards());
        assert(n.resolved() == m.resolved());
        _sameAct(m, n);
        _sameStrikes(m, n);
    }

    /// @notice R6, R21: what is paid out is gone, and nothing else.
    function check_memberIsPaidOut(uint256 word) public pure {
        Member m = Member.wrap(word);
        assert(m.payOut().rewards() == 0 && m.payOut().stake() == m.stake() && m.payOut().hasTopUp() == m.hasTopUp());
        assert(m.empty().rewards() == 0 && m.empty().stake() == 0 && !m.empty().hasTopUp());
        assert(m.payOut().resolved() == m.resolved() && m.empty().resolved() == m.resolved());
        _sameAct(m, m.payOut());
        _sameAct(m, m.empty());
        _sameStrikes(m, m.payOut());
        _sameStrikes(m, m.empty());
    }

    function _sameAct(Member m, Member n) private pure {
        assert(n.actedRound() == m.actedRound() && n.candidate() == m.candidate() && n.mask() == m.mask());
        assert(n.hasSubmitted() == m.hasSubmitted() && n.hasVotedFor() == m.hasVotedFor());
    }

    function _sameStrikes(Member m, Member n) private pure {
        assert(n.strikes(Role.Proposer) == m.strikes(Role.Proposer) && n.strikes(Role.Voter) == m.strikes(Role.Voter));
    }

    function _sameMoney(Member m, Member n) private pure {
        assert(n.stake() == m.stake() && n.rewards() == m.rewards());
        assert(n.resolved() == m.resolved() && n.hasTopUp() == m.hasTopUp());
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome, Phase} from "./interfaces/IFLTask.sol";
import {RoleAssignment} from "./RoleAssignment.sol";
import {Bits} from "./libraries/Bits.sol";
import {Payout} from "./libraries/Payout.sol";
import {Lanes, LanesWord} from "./libraries/words/LanesWord.sol";
import {M6} from "./libraries/words/Masks.sol";
import {Progress} from "./libraries/words/ProgressWord.sol";
import {Result, ResultWord} from "./libraries/words/ResultWord.sol";
import {Tally, TallyWord} from "./libraries/words/TallyWord.sol";
import {Training} from "./libraries/words/TrainingWord.sol";
import {Voting} from "./libraries/words/VotingWord.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title Where the round is (R11 – R18)
/// @notice Two words tell the phase: proposers write one, voters the other. Only the results stay for ever,
/// one word a round; all the rest is overwritten by the next round.
abstract contract RoundState is RoleAssignment {
    // ── phases ──

    /// @notice Where the task is, at the time of the current block.
    function phase() public view returns (Phase) {
        Progress p = progress;
        if (p.isClosed()) return Phase.Closed;
        if (p.isCompleted(ROUNDS, PATIENCE)) return Phase.Completed;
        if (!p.isDrawn()) return p.anchor() == 0 ? Phase.Enrolling : Phase.Drawing;
        Training t = training;
        return _phaseOf(t, _votingOf(t));
    }

    /// @dev The phase of the round drawn last. Who completes a phase sets its end to now, so the clock tells.
    /// Once Settling, always Settling: so acts need not look at `progress`.
    function _phaseOf(Training t, Voting v) internal view returns (Phase) {
        if (block.timestamp < t.end()) return Phase.Training;
        if (t.submitted() == 0) return Phase.Settling; // R12
        if (block.timestamp < v.commitEnd()) return Phase.Committing;
        return _isRevealing(v) ? Phase.Revealing : Phase.Settling;
    }

    /// @dev Needs nothing but the voting word: if that is of an earlier round, all have revealed or their time is over.
    function _isRevealing(Voting v) internal view returns (bool) {
        unchecked {
            uint256 end = v.commitEnd();
            return v.reveals() < v.commits() && block.timestamp >= end && block.timestamp < end + REVEAL_WINDOW;
        }
    }

    /// @dev The voting half that belongs to `t`.
    function _votingOf(Training t) internal view returns (Voting) {
        return voting.inRound(t, COMMIT_WINDOW);
    }

    // ── transitions ──

    /// @dev The last update ends the phase (R11).
    function _countUpdate(Training t, uint256 proposers, uint256 bit, uint256 weight) internal {
        t = t.addUpdate(bit, weight);
        training = t.submitted() == Bits.lowest(proposers) ? t.endAt(block.timestamp) : t;
    }

    /// @dev The last commitment ends the phase.
    function _countCommit(Voting v, uint256 voters) internal {
        v = v.addCommit();
        voting = v.commits() == voters ? v.endAt(block.timestamp) : v;
    }

    /// @dev Adds a ballot and what it says against proposers. Whichever digest has more than half in the end
    /// has more than half of the smaller sum when its last ballot comes, and no other can have so after that:
    /// so there is no need to look at others (R16).
    function _countBallot(Voting v, bytes32 digest, bool isFor, uint256 against, uint256 weight)
        internal
        returns (uint256 candidate)
    {
        mapping(bytes32 => Tally) storage tallies_ = tallies[v.round()];
        Tally tally = tallies_[digest];
        v = v.addReveal(weight);
        candidate = tally.candidate();
        if (candidate == 0) {
            v = v.addCandidate();
            candidate = v.candidates();
            tally = TallyWord.begin(candidate);
        }
        tally = tally.add(isFor, weight);
        tallies_[digest] = tally;
        if (v.leader() != candidate && _isMajority(tally.weight(), v)) {
            leading = digest;
            v = v.lead(candidate);
        }
        if (against != 0) {
            _accuse(v.round(), against, weight);
            v = v.accuse();
        }
        voting = v;
    }

    function _isMajority(uint256 weight, Voting v) private pure returns (bool) {
        unchecked {
            return 2 * weight > v.weight();
        }
    }

    /// @dev Only words with a bit to add are touched. Rounding, and what is above the most that counts, is
    /// for the accused.
    function _accuse(uint256 round, uint256 against, uint256 weight) private {
        uint256 units = weight / UNIT;
        if (units > MOST_UNITS) units = MOST_UNITS;
        for (uint256 i = 0; against != 0; i++) {
            if (against & M6 != 0) lanes[i] = lanes[i].inRound(round).add(against & M6, units);
            against >>= LanesWord.COUNT;
        }
    }

    /// @dev Against whom more than half of the revealed weight stands, a bit a rank (R17a). Told at the end:
    /// each reveal moves half.
    function _condemned(Voting v) private view returns (uint256 condemned) {
        if (!v.hasAccused()) return 0;
        uint256 submitted = v.submitted();
        Lanes word = Lanes.wrap(0);
        for (uint256 rank = 0; submitted >> rank != 0; rank++) {
            uint256 index = rank % LanesWord.COUNT;
            if (index == 0) word = lanes[rank / LanesWord.COUNT].inRound(v.round());
            if (_isMajority(word.lane(index) * UNIT, v)) condemned |= 1 << rank;
        }
    }

    /// @dev Decides the round and stores its result (R16 – R18). Takes nothing from the pool.
    function _decide(Progress p) internal returns (Outcome outcome, uint256 reward) {
        Training t = training;
        Voting v = _votingOf(t);
        (uint256 proposers, uint256 voters) = _headcount(t.members());
        bool hasQuorum = v.reveals() * Payout.BPS >= voters * QUORUM_BPS;
        (bytes32 winner, Tally tally) = hasQuorum ? _winner(v) : (bytes32(0), Tally.wrap(0));

        outcome = _outcomeOf(tally);
        if (outcome == Outcome.Accepted) _globalModel = winner;
        if (outcome != Outcome.Void) reward = Payout.roundReward(p.pool(), ROUNDS - p.decided());
        Result result = ResultWord.decide(outcome, tally.candidate(), hasQuorum ? _condemned(v) : 0).endow(reward);
        uint256 updates = Bits.count(t.submitted());
        result = result.attend(t.weight() + v.weight(), updates, updates == proposers && v.reveals() == voters);
        results[t.round()] = result;
        // slither-disable-next-line weak-prng: a slot of the ring, no dice
        draws[t.round() % RING] = t.drawn();

        _announce(t.round(), result, winner, tally);
    }

    function _announce(uint256 round, Result r, bytes32 winner, Tally tally) private {
        (uint256 weightFor, uint256 weightAgainst) = (tally.weightFor(), tally.weightAgainst());
        emit RoundSettled(round, r.outcome(), winner, weightFor, weightAgainst, r.reward(), r.turnout(), r.condemned());
    }

    /// @dev The digest with more than half of the revealed weight and its ballots; nothing where there is
    /// none. Where there is a quorum there is a ballot, and the first of them leads.
    function _winner(Voting v) private view returns (bytes32 winner, Tally tally) {
        winner = leading;
        tally = tallies[v.round()][winner];
        if (!_isMajority(tally.weight(), v)) return (0, Tally.wrap(0));
    }

    /// @dev What the winner's ballots decide (R17); a draw, as of no ballots, decides nothing (D1).
    function _outcomeOf(Tally tally) private pure returns (Outcome) {
        if (tally.weightFor() > tally.weightAgainst()) return Outcome.Accepted;
        return tally.weightFor() < tally.weightAgainst() ? Outcome.Rejected : Outcome.Void;
    }

    // ── views ──

    function globalModel() external view returns (bytes32) {
        return _globalModel;
    }

    function commitmentOf(
        uint256 round,
        address voter,
        bytes32 aggregate,
        int8 score,
        uint16 against,
        uint32 lossBefore,
        uint32 lossAfter,
        bytes32 salt
    ) public view returns (bytes32 digest) {
        bytes memory ballot =
            abi.encode(block.chainid, address(this), round, voter, aggregate, score, against, lossBefore, lossAfter, salt);
        // SHA-256 where it lies: the compiler's `sha256` copies it first, word by word, for each voter to pay
        assembly ("memory-safe") {
            if iszero(staticcall(gas(), 2, add(ballot, 32), mload(ballot), 0, 32)) { revert(0, 0) }
            digest := mload(0)
        }
    }
}
// slither-disable-end incorrect-equality

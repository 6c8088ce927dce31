// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome, Phase} from "./interfaces/IFLTask.sol";
import {RoleAssignment} from "./RoleAssignment.sol";
import {Payout} from "./libraries/Payout.sol";
import {Progress} from "./libraries/words/ProgressWord.sol";
import {ResultWord} from "./libraries/words/ResultWord.sol";
import {Tally, TallyWord} from "./libraries/words/TallyWord.sol";
import {Training} from "./libraries/words/TrainingWord.sol";
import {Voting} from "./libraries/words/VotingWord.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title Where the round is (R11 – R18)
/// @notice Two words tell the phase: proposers write one, voters the other. Only the results stay for ever, one word a round; all the
/// rest is overwritten by the next round.
abstract contract RoundState is RoleAssignment {
    // ── phases ──

    /// @notice Where the task is, at the time of the current block.
    function phase() public view returns (Phase) {
        Progress p = progress;
        if (p.isClosed()) return Phase.Closed;
        if (p.round() > ROUNDS) return Phase.Completed;
        if (!p.isDrawn()) return p.anchor() == 0 ? Phase.Enrolling : Phase.Drawing;
        Training t = training;
        return _phaseOf(t, _votingOf(t));
    }

    /// @dev The phase of the round drawn last. Who completes a phase sets its end to now, so the clock tells. Once Settling, always
    /// Settling: so acts need not look at `progress`.
    function _phaseOf(Training t, Voting v) internal view returns (Phase) {
        if (block.timestamp < t.end()) return Phase.Training;
        if (t.updates() == 0) return Phase.Settling; // R12
        if (block.timestamp < v.commitEnd()) return Phase.Committing;
        return _isRevealing(v) ? Phase.Revealing : Phase.Settling;
    }

    /// @dev Needs nothing but the voting word: if that is of an earlier round, all have revealed or their time is over.
    function _isRevealing(Voting v) internal view returns (bool) {
        uint256 end = v.commitEnd();
        return v.reveals() < v.commits() && block.timestamp >= end && block.timestamp < end + REVEAL_WINDOW;
    }

    /// @dev The voting half that belongs to `t`.
    function _votingOf(Training t) internal view returns (Voting) {
        return voting.inRound(t, COMMIT_WINDOW);
    }

    // ── transitions ──

    /// @dev The last update ends the phase (R11).
    function _countUpdate(Training t, uint256 proposers, uint256 weight) internal {
        t = t.addUpdate(weight);
        training = t.updates() == proposers ? t.endAt(block.timestamp) : t;
    }

    /// @dev The last commitment ends the phase.
    function _countCommit(Voting v, uint256 voters) internal {
        v = v.addCommit();
        voting = v.commits() == voters ? v.endAt(block.timestamp) : v;
    }

    /// @dev Adds a ballot and keeps the leader: weights only grow, so only the digest just weighed can overtake or draw level (R16).
    function _countBallot(Voting v, bytes32 digest, bool isFor, uint256 weight) internal returns (uint256 candidate) {
        mapping(bytes32 => Tally) storage tallies_ = tallies[v.round()];
        Tally tally = tallies_[digest];
        candidate = tally.candidate();
        v = v.addReveal();
        if (candidate == 0) {
            v = v.addCandidate();
            candidate = v.candidates();
            tally = TallyWord.begin(candidate);
        }
        tally = tally.add(isFor, weight);
        tallies_[digest] = tally;
        voting = v.leader() == candidate ? v : _challenge(v, digest, tally);
    }

    /// @dev `digest` is not alone in the lead: compare it with the digest that is, or with one that shares the lead.
    function _challenge(Voting v, bytes32 digest, Tally tally) private returns (Voting) {
        if (v.candidates() > 1) {
            Tally best = tallies[v.round()][leading];
            if (tally.weight() < best.weight()) return v;
            if (tally.weight() == best.weight() && best.candidate() != tally.candidate()) return v.lead(0);
        }
        leading = digest;
        return v.lead(tally.candidate());
    }

    /// @dev Decides the round and stores its result (R16 – R18). Takes nothing from the pool.
    function _decide(uint256 pool) internal returns (uint256 reward) {
        Training t = training;
        (bool isVoid, bool isComplete) = _attendance(t);
        bytes32 winner = isVoid ? bytes32(0) : leading;
        Tally tally = tallies[t.round()][winner]; // empty where there is no winner: nobody can vote for zero

        (Outcome outcome, uint256 goodStake) = _outcomeOf(tally, t.weight());
        if (outcome == Outcome.Accepted) _globalModel = winner;
        if (outcome != Outcome.Void) reward = Payout.roundReward(pool, ROUNDS, t.round());
        results[t.round()] = ResultWord.make(outcome, tally.candidate(), reward, goodStake, t.updates() != 0, isComplete);
        // slither-disable-next-line weak-prng: a slot of the ring, no dice
        draws[t.round() % RING] = t.drawn();

        emit RoundSettled(t.round(), outcome, winner, tally.weightFor(), tally.weightAgainst(), reward, goodStake);
    }

    /// @dev Whether too few have voted, or none alone leads (R16), and whether everybody did its duty.
    function _attendance(Training t) private view returns (bool isVoid, bool isComplete) {
        Voting v = _votingOf(t);
        (uint256 proposers, uint256 voters) = _headcount(t.members());
        isVoid = v.leader() == 0 || v.reveals() * Payout.BPS < voters * QUORUM_BPS;
        isComplete = t.updates() == proposers && v.reveals() == voters;
    }

    /// @dev What the winner's ballots decide (R17), and the stake of those that it makes good (R18).
    function _outcomeOf(Tally tally, uint256 updateWeight) private pure returns (Outcome, uint256 goodStake) {
        (uint256 weightFor, uint256 weightAgainst) = (tally.weightFor(), tally.weightAgainst());
        if (weightFor > weightAgainst) return (Outcome.Accepted, updateWeight + weightFor);
        if (weightFor < weightAgainst) return (Outcome.Rejected, weightAgainst);
        return (Outcome.Void, 0);
    }

    // ── views ──

    function globalModel() external view returns (bytes32) {
        return _globalModel;
    }

    function commitmentOf(
        uint256 round, address voter, bytes32 aggregate, int8 score, uint64 lossBefore, uint64 lossAfter, bytes32 salt
    ) public view returns (bytes32) {
        return sha256(
            abi.encode(block.chainid, address(this), round, voter, aggregate, score, lossBefore, lossAfter, salt)
        );
    }
}
// slither-disable-end incorrect-equality

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome, Parameters, Phase, RoundResult} from "./interfaces/IFLTask.sol";
import {RoleAssignment} from "./RoleAssignment.sol";
import {Payout} from "./libraries/Payout.sol";
import {Result, Tally, Training, Voting, Words} from "./libraries/Words.sol";

/// @title Where the round is (R11 – R18)
/// @notice Two words tell the phase: proposers write one, voters the other. Only the results stay for ever, one word a round, so
/// that nobody's claim can come too late; all the rest is overwritten by the next round.
abstract contract RoundState is RoleAssignment {
    using Words for uint256;
    using Words for Result;
    using Words for Tally;
    using Words for Training;
    using Words for Voting;

    uint256 internal voting; // see Words
    bytes32 internal leading; // a digest that no other candidate outweighs
    bytes32 public globalModel;
    mapping(uint256 round => mapping(bytes32 digest => uint256)) internal tallies; // see Words
    mapping(uint256 round => uint256) internal results; // see Words
    mapping(uint256 rank => bytes32) internal updates;

    // ── phases ──

    /// @notice Where the task is, at the time of the current block.
    function phase() public view returns (Phase) {
        return _phase(_parameters());
    }

    function _phase(Parameters memory p) internal view returns (Phase) {
        Progress memory now_ = _progress();
        if (now_.isClosed) return Phase.Closed;
        if (now_.round > p.rounds) return Phase.Completed;
        if (!now_.isDrawn) return now_.anchor == 0 ? Phase.Enrolling : Phase.Drawing;
        Training memory t = training.toTraining();
        return _phaseOf(p, t, _votingOf(p, t));
    }

    /// @dev The phase of the round drawn last. Who completes a phase sets its end to now, so the clock tells. Once Settling, always
    /// Settling: so acts need not look at `progress`.
    function _phaseOf(Parameters memory p, Training memory t, Voting memory v) internal view returns (Phase) {
        if (block.timestamp < t.trainEnd) return Phase.Training;
        if (t.updates == 0) return Phase.Settling; // R12
        if (block.timestamp < v.commitEnd) return Phase.Committing;
        return _isRevealing(p, v) ? Phase.Revealing : Phase.Settling;
    }

    /// @dev Needs nothing but the voting word: if that is of an earlier round, all have revealed or their time is over.
    function _isRevealing(Parameters memory p, Voting memory v) internal view returns (bool) {
        return v.reveals < v.commits && block.timestamp >= v.commitEnd && block.timestamp < v.commitEnd + p.revealWindow;
    }

    /// @dev The voting half that belongs to `t`: a fresh one until the first commitment.
    function _votingOf(Parameters memory p, Training memory t) internal view returns (Voting memory v) {
        v = voting.toVoting();
        return v.number == t.number ? v : Voting(t.number, t.trainEnd + p.commitWindow, 0, 0, 0, 0);
    }

    // ── transitions ──

    /// @dev The last update ends the phase (R11).
    function _countUpdate(Training memory t, uint256 proposers, uint256 weight) internal {
        t.updateWeight += weight;
        if (++t.updates == proposers) t.trainEnd = block.timestamp;
        training = t.pack();
    }

    /// @dev The last commitment ends the phase.
    function _countCommit(Voting memory v, uint256 voters) internal {
        if (++v.commits == voters) v.commitEnd = block.timestamp;
        voting = v.pack();
    }

    /// @dev Adds a ballot and keeps the leader: weights only grow, so only the digest just weighed can overtake or draw level (R16).
    function _countBallot(Voting memory v, bytes32 digest, bool isFor, uint256 weight) internal returns (uint256) {
        Tally memory tally = tallies[v.number][digest].toTally();
        if (tally.candidate == 0) tally.candidate = ++v.candidates;
        if (isFor) tally.weightFor += weight;
        else tally.weightAgainst += weight;
        tallies[v.number][digest] = tally.pack();
        if (v.leader != tally.candidate) _challenge(v, digest, tally);
        v.reveals++;
        voting = v.pack();
        return tally.candidate;
    }

    /// @dev `digest` is not alone in the lead: compare it with the digest that is, or with one that shares the lead.
    function _challenge(Voting memory v, bytes32 digest, Tally memory tally) private {
        if (v.candidates > 1) {
            Tally memory best = tallies[v.number][leading].toTally();
            uint256 weight = tally.weightFor + tally.weightAgainst;
            uint256 toBeat = best.weightFor + best.weightAgainst;
            if (weight < toBeat) return;
            if (weight == toBeat && best.candidate != tally.candidate) {
                v.leader = 0;
                return;
            }
        }
        v.leader = tally.candidate;
        leading = digest;
    }

    /// @dev Decides the round and stores its result (R16 – R18). Takes nothing from the pool.
    function _decide(Parameters memory p, uint256 pool) internal returns (uint256 reward) {
        Training memory t = training.toTraining();
        Voting memory v = _votingOf(p, t);
        (uint256 proposers, uint256 voters) = _headcount(p, t.members);
        bool isVoid = v.leader == 0 || v.reveals * Payout.BPS < voters * p.quorumBps;
        (bytes32 winner, Tally memory tally) = (bytes32(0), Tally(0, 0, 0));
        if (!isVoid) (winner, tally) = (leading, tallies[t.number][leading].toTally());

        Result memory result;
        result.outcome = Outcome.Void;
        if (tally.weightFor > tally.weightAgainst) {
            result.outcome = Outcome.Accepted;
            result.goodStake = t.updateWeight + tally.weightFor;
            globalModel = winner;
        } else if (tally.weightFor < tally.weightAgainst) {
            result.outcome = Outcome.Rejected;
            result.goodStake = tally.weightAgainst;
        }
        if (result.goodStake != 0) result.reward = Payout.roundReward(pool, p.rounds, t.number);
        result.winner = tally.candidate;
        result.wasVoted = t.updates != 0;
        result.isComplete = t.updates == proposers && v.reveals == voters;
        results[t.number] = result.pack();
        draws[t.number % RING] = (t.seed << 16) | t.members;

        emit RoundSettled(
            t.number, result.outcome, winner, tally.weightFor, tally.weightAgainst, result.reward, result.goodStake
        );
        return result.reward;
    }

    function resultOf(uint256 round) external view returns (RoundResult memory) {
        Result memory r = results[round].toResult();
        return RoundResult(r.outcome, r.wasVoted, r.isComplete, uint96(r.reward), uint96(r.goodStake));
    }
}

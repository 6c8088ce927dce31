// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome, Parameters, Phase, RoundResult} from "./interfaces/IFLTask.sol";
import {RoleAssignment} from "./RoleAssignment.sol";
import {Payout} from "./libraries/Payout.sol";

/// @title Where the round is (R11 – R18)
/// @notice One word tells the phase, another the leading digest. Only the results stay for ever, one word a round, so that nobody's
/// claim can come too late; all the rest is overwritten by the next round.
abstract contract RoundState is RoleAssignment {
    /// @dev The round drawn last; one word.
    struct Round {
        uint16 number;
        uint32 trainEnd; // planned, or when the last update came
        uint32 commitEnd; // planned, or when the last commitment came
        uint16 updates;
        uint16 commits;
        uint16 reveals;
        uint16 candidates; // different digests revealed
        uint16 leader; // the candidate with most weight; zero while two share the lead
        uint96 updateWeight; // stakes of the proposers that submitted
    }

    /// @dev The ballots for one digest; one word.
    struct Tally {
        uint96 weightFor;
        uint96 weightAgainst;
        uint16 candidate; // from 1
    }

    /// @dev What a settled round decided; one word.
    struct Result {
        uint96 reward;
        uint96 goodStake;
        uint16 winner; // a candidate
        Outcome outcome;
        bool wasVoted;
        bool isComplete;
    }

    Round internal current;
    bytes32 internal leading; // a digest that no other candidate outweighs
    bytes32 public globalModel;
    mapping(uint256 round => mapping(bytes32 digest => Tally)) internal tallies;
    mapping(uint256 round => Result) internal results;
    mapping(uint256 rank => bytes32) internal updates;

    function _current() internal view returns (Round memory) {
        return current;
    }

    function _save(Round memory round) private {
        current = round;
    }

    function _tally(uint256 round, bytes32 digest) private view returns (Tally memory) {
        return tallies[round][digest];
    }

    function _result(uint256 round) internal view returns (Result memory) {
        return results[round];
    }

    // ── phases ──

    /// @notice Where the task is, at the time of the current block.
    function phase() public view returns (Phase) {
        return _phase(_parameters());
    }

    function _phase(Parameters memory p) internal view returns (Phase) {
        Progress memory now_ = _progress();
        if (now_.isClosed) return Phase.Closed;
        if (now_.round > p.rounds) return Phase.Completed;
        if (now_.isDrawn) return _phaseOf(p, _current());
        return now_.anchor == 0 ? Phase.Enrolling : Phase.Drawing;
    }

    /// @dev The phase of the round drawn last. Who completes a phase sets its end to now, so the clock tells. Once Settling, always
    /// Settling: so acts need not look at `progress`.
    function _phaseOf(Parameters memory p, Round memory round) internal view returns (Phase) {
        if (block.timestamp < round.trainEnd) return Phase.Training;
        if (round.updates == 0) return Phase.Settling; // R12
        if (block.timestamp < round.commitEnd) return Phase.Committing;
        if (round.reveals < round.commits && block.timestamp < _revealEnd(p, round)) return Phase.Revealing;
        return Phase.Settling;
    }

    function _revealEnd(Parameters memory p, Round memory round) internal pure returns (uint256) {
        return uint256(round.commitEnd) + p.revealWindow;
    }

    /// @dev The round in progress, which must be in `expected`.
    function _roundIn(Parameters memory p, Phase expected) internal view returns (Round memory round) {
        round = _current();
        Phase actual = _phaseOf(p, round);
        if (actual != expected) revert WrongPhase(expected, phase());
    }

    // ── transitions ──

    function _openRoundState(Parameters memory p, uint256 number) internal {
        uint32 trainEnd = uint32(block.timestamp + p.trainWindow);
        _save(Round(uint16(number), trainEnd, trainEnd + p.commitWindow, 0, 0, 0, 0, 0, 0));
    }

    /// @dev The last update ends the phase (R11).
    function _countUpdate(Parameters memory p, Round memory round, uint256 proposers, uint256 weight) internal {
        round.updateWeight += uint96(weight);
        if (++round.updates == proposers) {
            round.trainEnd = uint32(block.timestamp);
            round.commitEnd = uint32(block.timestamp + p.commitWindow);
        }
        _save(round);
    }

    /// @dev The last commitment ends the phase.
    function _countCommit(Round memory round, uint256 voters) internal {
        if (++round.commits == voters) round.commitEnd = uint32(block.timestamp);
        _save(round);
    }

    /// @dev Adds a ballot and keeps the leader: weights only grow, so only the digest just weighed can overtake or draw level (R16).
    function _countBallot(Round memory round, bytes32 digest, bool isFor, uint256 weight) internal returns (uint16) {
        Tally memory tally = _tally(round.number, digest);
        if (tally.candidate == 0) tally.candidate = ++round.candidates;
        if (isFor) tally.weightFor += uint96(weight);
        else tally.weightAgainst += uint96(weight);
        tallies[round.number][digest] = tally;
        if (round.leader != tally.candidate) _challenge(round, digest, tally);
        round.reveals++;
        _save(round);
        return tally.candidate;
    }

    /// @dev `digest` is not alone in the lead: compare it with the digest that is, or with one that shares the lead.
    function _challenge(Round memory round, bytes32 digest, Tally memory tally) private {
        if (round.candidates > 1) {
            Tally memory best = _tally(round.number, leading);
            uint256 weight = uint256(tally.weightFor) + tally.weightAgainst;
            uint256 toBeat = uint256(best.weightFor) + best.weightAgainst;
            if (weight < toBeat) return;
            if (weight == toBeat && best.candidate != tally.candidate) {
                round.leader = 0;
                return;
            }
        }
        round.leader = tally.candidate;
        leading = digest;
    }

    /// @dev Decides the round and stores its result (R16 – R18). Takes nothing from the pool.
    function _decide(Parameters memory p, uint256 pool) internal returns (Result memory result) {
        Round memory round = _current();
        (uint256 proposers, uint256 voters) = _headcount(p, uint16(draws[round.number % RING]));
        (bytes32 winner, Tally memory tally) = (leading, _tally(round.number, leading));
        bool isVoid = round.leader == 0 || uint256(round.reveals) * Payout.BPS < voters * p.quorumBps;
        result.outcome = Outcome.Void;
        if (!isVoid && tally.weightFor > tally.weightAgainst) {
            result.outcome = Outcome.Accepted;
            result.goodStake = round.updateWeight + tally.weightFor;
            globalModel = winner;
        } else if (!isVoid && tally.weightFor < tally.weightAgainst) {
            result.outcome = Outcome.Rejected;
            result.goodStake = tally.weightAgainst;
        }
        if (isVoid) (winner, tally) = (0, Tally(0, 0, 0));
        if (result.goodStake != 0) result.reward = uint96(Payout.roundReward(pool, p.rounds, round.number));
        result.winner = tally.candidate;
        result.wasVoted = round.updates != 0;
        result.isComplete = round.updates == proposers && round.reveals == voters;
        results[round.number] = result;
        emit RoundSettled(
            round.number, result.outcome, winner, tally.weightFor, tally.weightAgainst, result.reward, result.goodStake
        );
    }

    function resultOf(uint256 round) external view returns (RoundResult memory) {
        Result memory result = _result(round);
        return RoundResult(result.outcome, result.wasVoted, result.isComplete, result.reward, result.goodStake);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {M16, M32, M90} from "./Masks.sol";
import {Training} from "./TrainingWord.sol";

/// @notice The voting half of the round drawn last; of an earlier one until the first commitment comes.
type Voting is uint256;

using VotingWord for Voting global;

library VotingWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant ROUND = 0; // 16
    uint256 private constant COMMIT_END = 16; // 32
    uint256 private constant COMMITS = 48; // 16
    uint256 private constant REVEALS = 64; // 16
    uint256 private constant CANDIDATES = 80; // 16
    uint256 private constant LEADER = 96; // 16
    uint256 private constant WEIGHT = 112; // 90
    uint256 private constant SUBMITTED = 202; // 16
    uint256 private constant HAS_ACCUSED = 218; // 1

    function begin(uint256 round_, uint256 commitEnd_, uint256 submitted_) internal pure returns (Voting) {
        return Voting.wrap((round_ << ROUND) | (commitEnd_ << COMMIT_END) | (submitted_ << SUBMITTED));
    }

    /// @notice The half that belongs to `t`: a fresh one until the first commitment.
    function inRound(Voting v, Training t, uint256 commitWindow) internal pure returns (Voting) {
        return round(v) == t.round() ? v : begin(t.round(), t.end() + commitWindow, t.submitted());
    }

    function round(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> ROUND) & M16;
    }

    /// @notice Planned, or when the last commitment came.
    function commitEnd(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> COMMIT_END) & M32;
    }

    function commits(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> COMMITS) & M16;
    }

    function reveals(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> REVEALS) & M16;
    }

    /// @notice Different digests revealed.
    function candidates(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> CANDIDATES) & M16;
    }

    /// @notice The candidate that last had more than half of the weight; zero: none had yet.
    function leader(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> LEADER) & M16;
    }

    /// @notice Stakes of the voters that revealed.
    function weight(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> WEIGHT) & M90;
    }

    /// @notice Of the training half, as it was when Training was over: so a reveal need not look there.
    function submitted(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> SUBMITTED) & M16;
    }

    /// @notice Whether anything stands against anybody.
    function hasAccused(Voting v) internal pure returns (bool) {
        return Voting.unwrap(v) & (1 << HAS_ACCUSED) != 0;
    }

    function addCommit(Voting v) internal pure returns (Voting) {
        unchecked {
            return Voting.wrap(Voting.unwrap(v) + (1 << COMMITS));
        }
    }

    function addReveal(Voting v, uint256 weight_) internal pure returns (Voting) {
        unchecked {
            return Voting.wrap(Voting.unwrap(v) + (1 << REVEALS) + (weight_ << WEIGHT));
        }
    }

    function accuse(Voting v) internal pure returns (Voting) {
        return Voting.wrap(Voting.unwrap(v) | (1 << HAS_ACCUSED));
    }

    function addCandidate(Voting v) internal pure returns (Voting) {
        unchecked {
            return Voting.wrap(Voting.unwrap(v) + (1 << CANDIDATES));
        }
    }

    function endAt(Voting v, uint256 time) internal pure returns (Voting) {
        return Voting.wrap((Voting.unwrap(v) & ~(M32 << COMMIT_END)) | (time << COMMIT_END));
    }

    function lead(Voting v, uint256 candidate) internal pure returns (Voting) {
        return Voting.wrap((Voting.unwrap(v) & ~(M16 << LEADER)) | (candidate << LEADER));
    }
}

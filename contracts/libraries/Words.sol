// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome} from "../interfaces/IFLTask.sol";

/// @notice The training half of the round drawn last; one word.
struct Training {
    uint256 number; // 16 bits: the round
    uint256 trainEnd; // 32: planned, or when the last update came; a time in seconds, until the year 2106
    uint256 updates; // 16
    uint256 updateWeight; // 96: stakes of the proposers that submitted
    uint256 members; // 16: in the draw
    uint256 seed; // 80
}

/// @notice The voting half; one word. It is of an earlier round until the first commitment comes.
struct Voting {
    uint256 number; // 16 bits: the round
    uint256 commitEnd; // 32: planned, or when the last commitment came
    uint256 commits; // 16
    uint256 reveals; // 16
    uint256 candidates; // 16: different digests revealed
    uint256 leader; // 16: the candidate with most weight; zero while two share the lead
}

/// @notice The ballots for one digest; one word.
struct Tally {
    uint256 weightFor; // 96 bits
    uint256 weightAgainst; // 96
    uint256 candidate; // 16: from 1
}

/// @notice What a settled round decided; one word.
struct Result {
    uint256 reward; // 96 bits
    uint256 goodStake; // 96
    uint256 winner; // 16: a candidate
    Outcome outcome; // 8
    bool wasVoted; // 8
    bool isComplete; // 8
}

/// @notice What a member did in a round that counts.
enum Act {
    None,
    Submitted,
    VotedFor,
    VotedAgainst
}

/// @notice A participant; one word. It acts at most once a round in a way that counts, and acting applies all earlier dues: so one
/// act is all there is to remember.
struct Member {
    uint256 stake; // 96 bits
    uint256 rewards; // 96
    uint256 resolved; // 16: dues up to this round are applied
    uint256 actedRound; // 16
    uint256 candidate; // 16: voted for
    Act act; // 2
    bool hasTopUp; // 1
}

/// @title Packing of the words that every act reads and writes
/// @notice Written by hand because the compiler's own packing costs three times as much. The fields must fit, and do: amounts are
/// below 2^96 because all that ever entered a task is, counts and rounds below 65,000 by the task manager's limits.
library Words {
    uint256 private constant M16 = type(uint16).max;
    uint256 private constant M32 = type(uint32).max;
    uint256 private constant M96 = type(uint96).max;

    function pack(Training memory t) internal pure returns (uint256) {
        return t.number | (t.trainEnd << 16) | (t.updates << 48) | (t.updateWeight << 64) | (t.members << 160) | (t.seed << 176);
    }

    function toTraining(uint256 word) internal pure returns (Training memory t) {
        t.number = word & M16;
        t.trainEnd = (word >> 16) & M32;
        t.updates = (word >> 48) & M16;
        t.updateWeight = (word >> 64) & M96;
        t.members = (word >> 160) & M16;
        t.seed = word >> 176;
    }

    function pack(Voting memory v) internal pure returns (uint256) {
        return v.number | (v.commitEnd << 16) | (v.commits << 48) | (v.reveals << 64) | (v.candidates << 80) | (v.leader << 96);
    }

    function toVoting(uint256 word) internal pure returns (Voting memory v) {
        v.number = word & M16;
        v.commitEnd = (word >> 16) & M32;
        v.commits = (word >> 48) & M16;
        v.reveals = (word >> 64) & M16;
        v.candidates = (word >> 80) & M16;
        v.leader = (word >> 96) & M16;
    }

    function pack(Tally memory t) internal pure returns (uint256) {
        return t.weightFor | (t.weightAgainst << 96) | (t.candidate << 192);
    }

    function toTally(uint256 word) internal pure returns (Tally memory t) {
        t.weightFor = word & M96;
        t.weightAgainst = (word >> 96) & M96;
        t.candidate = word >> 192;
    }

    function pack(Result memory r) internal pure returns (uint256) {
        return r.reward | (r.goodStake << 96) | (r.winner << 192) | (uint256(r.outcome) << 208) | (r.wasVoted ? 1 << 216 : 0)
            | (r.isComplete ? 1 << 224 : 0);
    }

    function toResult(uint256 word) internal pure returns (Result memory r) {
        r.reward = word & M96;
        r.goodStake = (word >> 96) & M96;
        r.winner = (word >> 192) & M16;
        r.outcome = Outcome((word >> 208) & 3);
        r.wasVoted = word & (1 << 216) != 0;
        r.isComplete = word & (1 << 224) != 0;
    }

    function pack(Member memory m) internal pure returns (uint256) {
        return m.stake | (m.rewards << 96) | (m.resolved << 192) | (m.actedRound << 208) | (m.candidate << 224)
            | (uint256(m.act) << 240) | (m.hasTopUp ? 1 << 242 : 0);
    }

    function toMember(uint256 word) internal pure returns (Member memory m) {
        m.stake = word & M96;
        m.rewards = (word >> 96) & M96;
        m.resolved = (word >> 192) & M16;
        m.actedRound = (word >> 208) & M16;
        m.candidate = (word >> 224) & M16;
        m.act = Act((word >> 240) & 3);
        m.hasTopUp = word & (1 << 242) != 0;
    }
}

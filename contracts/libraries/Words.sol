// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome} from "../interfaces/IFLTask.sol";

/// @title The words that acts read and write, each one storage slot
/// @notice A type a word, a function for each field and for each thing that happens to it. They are never laid out in memory, and an
/// act pays for the fields that it looks at. The fields must fit, and do: amounts are below 2^96 because all that entered a task
/// and did not leave as stake is, counts and rounds below 65,002 by the task manager's limits, so a sum never spills into the next
/// field.

/// @notice What moves the task from round to round: pool (96) | anchor (48) | members in the draw (16) | members (16) | round (16) |
/// moved at (40) | is drawn (8) | is closed (8).
type Progress is uint256;

/// @notice The training half of the round drawn last:
/// round (16) | end (32) | updates (16) | weight of the updates (96) | members in the draw (16) | seed (80), lowest first.
type Training is uint256;

/// @notice The voting half; of an earlier round until the first commitment comes:
/// round (16) | end of committing (32) | commitments (16) | reveals (16) | candidates (16) | leader (16).
type Voting is uint256;

/// @notice The ballots for one digest: weight for (96) | weight against (96) | candidate (16).
type Tally is uint256;

/// @notice What a settled round decided, never zero:
/// reward (96) | good stake (96) | winning candidate (16) | outcome (8) | was voted on (8) | nobody was absent (8).
type Result is uint256;

/// @notice A participant: stake (96) | rewards (96) | resolved (16) | acted round (16) | candidate (16) | act (2) | has top-up (1).
/// It acts at most once a round in a way that counts, and acting applies all earlier dues: so one act is all there is to remember.
type Member is uint256;

/// @notice What a member did in a round that counts.
enum Act {
    None,
    Submitted,
    VotedFor,
    VotedAgainst
}

using ProgressWord for Progress global;
using TrainingWord for Training global;
using VotingWord for Voting global;
using TallyWord for Tally global;
using ResultWord for Result global;
using MemberWord for Member global;

uint256 constant M2 = 3;
uint256 constant M16 = type(uint16).max;
uint256 constant M32 = type(uint32).max;
uint256 constant M40 = type(uint40).max;
uint256 constant M48 = type(uint48).max;
uint256 constant M96 = type(uint96).max;

library ProgressWord {
    function begin(uint256 time) internal pure returns (Progress) {
        return Progress.wrap((1 << 176) | (time << 192));
    }

    /// @notice The reward pool, in wei.
    function pool(Progress p) internal pure returns (uint256) {
        return Progress.unwrap(p) & M96;
    }

    /// @notice Of the beacon for this round; zero while the membership is open.
    function anchor(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> 96) & M48;
    }

    /// @notice Members when the list was frozen.
    function drawnCount(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> 144) & M16;
    }

    function memberCount(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> 160) & M16;
    }

    /// @notice In progress or next; one more than there are when completed.
    function round(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> 176) & M16;
    }

    /// @notice When the last of settle, draw, filling or closing happened.
    function movedAt(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> 192) & M40;
    }

    function isDrawn(Progress p) internal pure returns (bool) {
        return Progress.unwrap(p) & (1 << 232) != 0;
    }

    function isClosed(Progress p) internal pure returns (bool) {
        return Progress.unwrap(p) & (1 << 240) != 0;
    }

    function pay(Progress p, uint256 amount) internal pure returns (Progress) {
        unchecked {
            return Progress.wrap(Progress.unwrap(p) + amount);
        }
    }

    /// @notice Less in the pool by `amount`, which is no more than there is.
    function take(Progress p, uint256 amount) internal pure returns (Progress) {
        unchecked {
            return Progress.wrap(Progress.unwrap(p) - amount);
        }
    }

    function addMember(Progress p) internal pure returns (Progress) {
        unchecked {
            return Progress.wrap(Progress.unwrap(p) + (1 << 160));
        }
    }

    /// @notice One member fewer; there is at least one.
    function removeMember(Progress p) internal pure returns (Progress) {
        unchecked {
            return Progress.wrap(Progress.unwrap(p) - (1 << 160));
        }
    }

    /// @notice The list of members is that of now.
    function freeze(Progress p) internal pure returns (Progress) {
        return Progress.wrap((Progress.unwrap(p) & ~(M16 << 144)) | (memberCount(p) << 144));
    }

    function await(Progress p, uint256 anchor_) internal pure returns (Progress) {
        return Progress.wrap((Progress.unwrap(p) & ~(M48 << 96)) | (anchor_ << 96));
    }

    function moveAt(Progress p, uint256 time) internal pure returns (Progress) {
        return Progress.wrap((Progress.unwrap(p) & ~(M40 << 192)) | (time << 192));
    }

    function draw(Progress p) internal pure returns (Progress) {
        return Progress.wrap(Progress.unwrap(p) | (1 << 232));
    }

    /// @notice The next round, with its membership open.
    function next(Progress p) internal pure returns (Progress) {
        unchecked {
            return Progress.wrap((Progress.unwrap(p) & ~(uint256(1) << 232 | M48 << 96)) + (1 << 176));
        }
    }

    function close(Progress p) internal pure returns (Progress) {
        return Progress.wrap(Progress.unwrap(p) | (1 << 240));
    }
}

library TrainingWord {
    function begin(uint256 round_, uint256 end_, uint256 members_, uint256 seed_) internal pure returns (Training) {
        return Training.wrap(round_ | (end_ << 16) | (members_ << 160) | (seed_ << 176));
    }

    function round(Training t) internal pure returns (uint256) {
        return Training.unwrap(t) & M16;
    }

    /// @notice Planned, or when the last update came; a time in seconds, until the year 2106.
    function end(Training t) internal pure returns (uint256) {
        return (Training.unwrap(t) >> 16) & M32;
    }

    function updates(Training t) internal pure returns (uint256) {
        return (Training.unwrap(t) >> 48) & M16;
    }

    /// @notice Stakes of the proposers that submitted.
    function weight(Training t) internal pure returns (uint256) {
        return (Training.unwrap(t) >> 64) & M96;
    }

    function members(Training t) internal pure returns (uint256) {
        return (Training.unwrap(t) >> 160) & M16;
    }

    function seed(Training t) internal pure returns (uint256) {
        return Training.unwrap(t) >> 176;
    }

    function addUpdate(Training t, uint256 weight_) internal pure returns (Training) {
        unchecked {
            return Training.wrap(Training.unwrap(t) + (1 << 48) + (weight_ << 64));
        }
    }

    function endAt(Training t, uint256 time) internal pure returns (Training) {
        return Training.wrap((Training.unwrap(t) & ~(M32 << 16)) | (time << 16));
    }
}

library VotingWord {
    function begin(uint256 round_, uint256 commitEnd_) internal pure returns (Voting) {
        return Voting.wrap(round_ | (commitEnd_ << 16));
    }

    function round(Voting v) internal pure returns (uint256) {
        return Voting.unwrap(v) & M16;
    }

    /// @notice Planned, or when the last commitment came.
    function commitEnd(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> 16) & M32;
    }

    function commits(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> 48) & M16;
    }

    function reveals(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> 64) & M16;
    }

    /// @notice Different digests revealed.
    function candidates(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> 80) & M16;
    }

    /// @notice The candidate with most weight; zero while two share the lead.
    function leader(Voting v) internal pure returns (uint256) {
        return (Voting.unwrap(v) >> 96) & M16;
    }

    function addCommit(Voting v) internal pure returns (Voting) {
        unchecked {
            return Voting.wrap(Voting.unwrap(v) + (1 << 48));
        }
    }

    function addReveal(Voting v) internal pure returns (Voting) {
        unchecked {
            return Voting.wrap(Voting.unwrap(v) + (1 << 64));
        }
    }

    function addCandidate(Voting v) internal pure returns (Voting) {
        unchecked {
            return Voting.wrap(Voting.unwrap(v) + (1 << 80));
        }
    }

    function endAt(Voting v, uint256 time) internal pure returns (Voting) {
        return Voting.wrap((Voting.unwrap(v) & ~(M32 << 16)) | (time << 16));
    }

    function lead(Voting v, uint256 candidate) internal pure returns (Voting) {
        return Voting.wrap((Voting.unwrap(v) & ~(M16 << 96)) | (candidate << 96));
    }
}

library TallyWord {
    function begin(uint256 candidate_) internal pure returns (Tally) {
        return Tally.wrap(candidate_ << 192);
    }

    function weightFor(Tally t) internal pure returns (uint256) {
        return Tally.unwrap(t) & M96;
    }

    function weightAgainst(Tally t) internal pure returns (uint256) {
        return (Tally.unwrap(t) >> 96) & M96;
    }

    function weight(Tally t) internal pure returns (uint256) {
        unchecked {
            return weightFor(t) + weightAgainst(t);
        }
    }

    /// @notice Counted from one; zero: nobody has voted for the digest.
    function candidate(Tally t) internal pure returns (uint256) {
        return Tally.unwrap(t) >> 192;
    }

    function add(Tally t, bool isFor, uint256 weight_) internal pure returns (Tally) {
        unchecked {
            return Tally.wrap(Tally.unwrap(t) + (isFor ? weight_ : weight_ << 96));
        }
    }
}

library ResultWord {
    function make(Outcome outcome_, uint256 winner_, uint256 reward_, uint256 goodStake_, bool wasVoted_, bool isComplete_)
        internal
        pure
        returns (Result)
    {
        uint256 flags = (wasVoted_ ? 1 << 216 : 0) | (isComplete_ ? 1 << 224 : 0);
        return Result.wrap(reward_ | (goodStake_ << 96) | (winner_ << 192) | (uint256(outcome_) << 208) | flags);
    }

    function reward(Result r) internal pure returns (uint256) {
        return Result.unwrap(r) & M96;
    }

    /// @notice What the reward is shared over.
    function goodStake(Result r) internal pure returns (uint256) {
        return (Result.unwrap(r) >> 96) & M96;
    }

    function winner(Result r) internal pure returns (uint256) {
        return (Result.unwrap(r) >> 192) & M16;
    }

    function outcome(Result r) internal pure returns (Outcome) {
        return Outcome((Result.unwrap(r) >> 208) & M2);
    }

    function wasVoted(Result r) internal pure returns (bool) {
        return Result.unwrap(r) & (1 << 216) != 0;
    }

    function isComplete(Result r) internal pure returns (bool) {
        return Result.unwrap(r) & (1 << 224) != 0;
    }
}

library MemberWord {
    /// @notice A new participant, who keeps the rewards of an earlier stay. `resolved_` is no earlier than it was.
    function join(Member m, uint256 stake_, uint256 resolved_) internal pure returns (Member) {
        return Member.wrap((Member.unwrap(m) & (M96 << 96 | ~uint256(0) << 208)) | stake_ | (resolved_ << 192));
    }

    function stake(Member m) internal pure returns (uint256) {
        return Member.unwrap(m) & M96;
    }

    function rewards(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> 96) & M96;
    }

    /// @notice Dues up to this round are applied.
    function resolved(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> 192) & M16;
    }

    /// @notice The last round in which it submitted or revealed.
    function actedRound(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> 208) & M16;
    }

    /// @notice The candidate that it voted for in that round; meaningful if it voted.
    function candidate(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> 224) & M16;
    }

    function act(Member m) internal pure returns (Act) {
        return Act((Member.unwrap(m) >> 240) & M2);
    }

    function hasTopUp(Member m) internal pure returns (bool) {
        return Member.unwrap(m) & (1 << 242) != 0;
    }

    function note(Member m, uint256 round, uint256 candidate_, Act act_) internal pure returns (Member) {
        uint256 kept = Member.unwrap(m) & ~(M16 << 208 | M16 << 224 | M2 << 240);
        return Member.wrap(kept | (round << 208) | (candidate_ << 224) | (uint256(act_) << 240));
    }

    function resolve(Member m, uint256 round) internal pure returns (Member) {
        return Member.wrap((Member.unwrap(m) & ~(M16 << 192)) | (round << 192));
    }

    function earn(Member m, uint256 amount) internal pure returns (Member) {
        unchecked {
            return Member.wrap(Member.unwrap(m) + (amount << 96));
        }
    }

    /// @notice Less stake by `amount`, which is no more than there is (I7).
    function lose(Member m, uint256 amount) internal pure returns (Member) {
        unchecked {
            return Member.wrap(Member.unwrap(m) - amount);
        }
    }

    function expectTopUp(Member m) internal pure returns (Member) {
        return Member.wrap(Member.unwrap(m) | (1 << 242));
    }

    function takeTopUp(Member m, uint256 amount) internal pure returns (Member) {
        unchecked {
            return Member.wrap((Member.unwrap(m) & ~(uint256(1) << 242)) + amount);
        }
    }

    function payOut(Member m) internal pure returns (Member) {
        return Member.wrap(Member.unwrap(m) & ~(M96 << 96));
    }

    function empty(Member m) internal pure returns (Member) {
        return Member.wrap(Member.unwrap(m) & ~(M96 | M96 << 96 | uint256(1) << 242));
    }
}

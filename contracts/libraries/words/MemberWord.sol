// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Role} from "../../interfaces/IFLTask.sol";
import {M2, M3, M16, M90} from "./Masks.sol";

/// @notice A participant. It acts at most once a round in a way that counts, and acting applies all earlier
/// dues: so one act is all there is to remember.
type Member is uint256;

using MemberWord for Member global;

/// @notice What a member did in a round that counts.
enum Act {
    None,
    Submitted,
    VotedFor,
    VotedAgainst
}

library MemberWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant STAKE = 0; // 90
    uint256 private constant REWARDS = 90; // 90
    uint256 private constant RESOLVED = 180; // 16
    uint256 private constant ACTED_ROUND = 196; // 16
    uint256 private constant CANDIDATE = 212; // 16
    uint256 private constant ACT = 228; // 2
    uint256 private constant HAS_TOP_UP = 230; // 1
    uint256 private constant MASK = 231; // 16
    uint256 private constant PROPOSER_STRIKES = 247; // 3
    uint256 private constant VOTER_STRIKES = 250; // 3

    /// @notice Faults in a row that are counted, for each role (R19).
    uint256 internal constant MOST_STRIKES = 7;

    /// @notice A new participant, who keeps the rewards and the strikes of an earlier stay. `resolved_` is no
    /// earlier than it was.
    function join(Member m, uint256 stake_, uint256 resolved_) internal pure returns (Member) {
        uint256 kept = Member.unwrap(m) & (M90 << REWARDS | ~uint256(0) << ACTED_ROUND);
        return Member.wrap(kept | (stake_ << STAKE) | (resolved_ << RESOLVED));
    }

    function stake(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> STAKE) & M90;
    }

    function rewards(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> REWARDS) & M90;
    }

    /// @notice Dues up to this round are applied.
    function resolved(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> RESOLVED) & M16;
    }

    /// @notice The last round in which it submitted or revealed.
    function actedRound(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> ACTED_ROUND) & M16;
    }

    /// @notice The candidate that it voted for in that round; meaningful if it voted.
    function candidate(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> CANDIDATE) & M16;
    }

    function hasSubmitted(Member m) internal pure returns (bool) {
        return (Member.unwrap(m) >> ACT) & M2 == uint256(Act.Submitted);
    }

    function hasVotedFor(Member m) internal pure returns (bool) {
        return (Member.unwrap(m) >> ACT) & M2 == uint256(Act.VotedFor);
    }

    function hasTopUp(Member m) internal pure returns (bool) {
        return Member.unwrap(m) & (1 << HAS_TOP_UP) != 0;
    }

    /// @notice In that round: of a voter, whom it accused, a bit a rank; of a proposer, the bit of its own rank.
    function mask(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> MASK) & M16;
    }

    /// @notice Faults in a row in this role, which is one of the two.
    function strikes(Member m, Role role) internal pure returns (uint256) {
        uint256 word = Member.unwrap(m);
        return role == Role.Proposer ? (word >> PROPOSER_STRIKES) & M3 : (word >> VOTER_STRIKES) & M3;
    }

    function note(Member m, uint256 round, uint256 candidate_, Act act_, uint256 mask_) internal pure returns (Member) {
        uint256 kept = Member.unwrap(m) & ~(M16 << ACTED_ROUND | M16 << CANDIDATE | M2 << ACT | M16 << MASK);
        uint256 what = (candidate_ << CANDIDATE) | (uint256(act_) << ACT) | (mask_ << MASK);
        return Member.wrap(kept | (round << ACTED_ROUND) | what);
    }

    /// @notice One more strike in this role, as long as they are counted.
    function strike(Member m, Role role) internal pure returns (Member) {
        unchecked {
            if (strikes(m, role) == MOST_STRIKES) return m;
            return Member.wrap(Member.unwrap(m) + (role == Role.Proposer ? 1 << PROPOSER_STRIKES : 1 << VOTER_STRIKES));
        }
    }

    /// @notice No strike in this role any more.
    function forgive(Member m, Role role) internal pure returns (Member) {
        return Member.wrap(Member.unwrap(m) & ~(role == Role.Proposer ? M3 << PROPOSER_STRIKES : M3 << VOTER_STRIKES));
    }

    function resolve(Member m, uint256 round) internal pure returns (Member) {
        return Member.wrap((Member.unwrap(m) & ~(M16 << RESOLVED)) | (round << RESOLVED));
    }

    function earn(Member m, uint256 amount) internal pure returns (Member) {
        unchecked {
            return Member.wrap(Member.unwrap(m) + (amount << REWARDS));
        }
    }

    /// @notice Less stake by `amount`, which is no more than there is (I7).
    function lose(Member m, uint256 amount) internal pure returns (Member) {
        unchecked {
            return Member.wrap(Member.unwrap(m) - (amount << STAKE));
        }
    }

    function expectTopUp(Member m) internal pure returns (Member) {
        return Member.wrap(Member.unwrap(m) | (1 << HAS_TOP_UP));
    }

    function takeTopUp(Member m, uint256 amount) internal pure returns (Member) {
        unchecked {
            return Member.wrap((Member.unwrap(m) & ~(uint256(1) << HAS_TOP_UP)) + (amount << STAKE));
        }
    }

    function payOut(Member m) internal pure returns (Member) {
        return Member.wrap(Member.unwrap(m) & ~(M90 << REWARDS));
    }

    function empty(Member m) internal pure returns (Member) {
        return Member.wrap(Member.unwrap(m) & ~(M90 << STAKE | M90 << REWARDS | uint256(1) << HAS_TOP_UP));
    }
}

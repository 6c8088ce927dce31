// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {M2, M16, M96} from "./Masks.sol";

/// @notice A participant. It acts at most once a round in a way that counts, and acting applies all earlier dues: so one act is all
/// there is to remember.
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
    uint256 private constant STAKE = 0; // 96
    uint256 private constant REWARDS = 96; // 96
    uint256 private constant RESOLVED = 192; // 16
    uint256 private constant ACTED_ROUND = 208; // 16
    uint256 private constant CANDIDATE = 224; // 16
    uint256 private constant ACT = 240; // 2
    uint256 private constant HAS_TOP_UP = 242; // 1

    /// @notice A new participant, who keeps the rewards of an earlier stay. `resolved_` is no earlier than it was.
    function join(Member m, uint256 stake_, uint256 resolved_) internal pure returns (Member) {
        uint256 kept = Member.unwrap(m) & (M96 << REWARDS | ~uint256(0) << ACTED_ROUND);
        return Member.wrap(kept | (stake_ << STAKE) | (resolved_ << RESOLVED));
    }

    function stake(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> STAKE) & M96;
    }

    function rewards(Member m) internal pure returns (uint256) {
        return (Member.unwrap(m) >> REWARDS) & M96;
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

    function act(Member m) internal pure returns (Act) {
        return Act((Member.unwrap(m) >> ACT) & M2);
    }

    function hasTopUp(Member m) internal pure returns (bool) {
        return Member.unwrap(m) & (1 << HAS_TOP_UP) != 0;
    }

    function note(Member m, uint256 round, uint256 candidate_, Act act_) internal pure returns (Member) {
        uint256 kept = Member.unwrap(m) & ~(M16 << ACTED_ROUND | M16 << CANDIDATE | M2 << ACT);
        return Member.wrap(kept | (round << ACTED_ROUND) | (candidate_ << CANDIDATE) | (uint256(act_) << ACT));
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
        return Member.wrap(Member.unwrap(m) & ~(M96 << REWARDS));
    }

    function empty(Member m) internal pure returns (Member) {
        return Member.wrap(Member.unwrap(m) & ~(M96 << STAKE | M96 << REWARDS | uint256(1) << HAS_TOP_UP));
    }
}

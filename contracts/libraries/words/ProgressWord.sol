// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {M16, M40, M48, M96} from "./Masks.sol";

/// @notice What moves the task from round to round.
type Progress is uint256;

using ProgressWord for Progress global;

library ProgressWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant POOL = 0; // 96
    uint256 private constant ANCHOR = 96; // 48
    uint256 private constant DRAWN_COUNT = 144; // 16
    uint256 private constant MEMBER_COUNT = 160; // 16
    uint256 private constant ROUND = 176; // 16
    uint256 private constant MOVED_AT = 192; // 40
    uint256 private constant IS_DRAWN = 232; // 1
    uint256 private constant IS_CLOSED = 240; // 1

    function begin(uint256 time) internal pure returns (Progress) {
        return Progress.wrap((1 << ROUND) | (time << MOVED_AT));
    }

    /// @notice The reward pool, in wei.
    function pool(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> POOL) & M96;
    }

    /// @notice Of the beacon for this round; zero while the membership is open.
    function anchor(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> ANCHOR) & M48;
    }

    /// @notice Members when the list was frozen.
    function drawnCount(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> DRAWN_COUNT) & M16;
    }

    function memberCount(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> MEMBER_COUNT) & M16;
    }

    /// @notice In progress or next; one more than there are when completed.
    function round(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> ROUND) & M16;
    }

    /// @notice When the last of settle, draw, filling or closing happened.
    function movedAt(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> MOVED_AT) & M40;
    }

    function isDrawn(Progress p) internal pure returns (bool) {
        return Progress.unwrap(p) & (1 << IS_DRAWN) != 0;
    }

    function isClosed(Progress p) internal pure returns (bool) {
        return Progress.unwrap(p) & (1 << IS_CLOSED) != 0;
    }

    function pay(Progress p, uint256 amount) internal pure returns (Progress) {
        unchecked {
            return Progress.wrap(Progress.unwrap(p) + (amount << POOL));
        }
    }

    /// @notice Less in the pool by `amount`, which is no more than there is.
    function take(Progress p, uint256 amount) internal pure returns (Progress) {
        unchecked {
            return Progress.wrap(Progress.unwrap(p) - (amount << POOL));
        }
    }

    function addMember(Progress p) internal pure returns (Progress) {
        unchecked {
            return Progress.wrap(Progress.unwrap(p) + (1 << MEMBER_COUNT));
        }
    }

    /// @notice One member fewer; there is at least one.
    function removeMember(Progress p) internal pure returns (Progress) {
        unchecked {
            return Progress.wrap(Progress.unwrap(p) - (1 << MEMBER_COUNT));
        }
    }

    /// @notice The list of members is that of now.
    function freeze(Progress p) internal pure returns (Progress) {
        return Progress.wrap((Progress.unwrap(p) & ~(M16 << DRAWN_COUNT)) | (memberCount(p) << DRAWN_COUNT));
    }

    function await(Progress p, uint256 anchor_) internal pure returns (Progress) {
        return Progress.wrap((Progress.unwrap(p) & ~(M48 << ANCHOR)) | (anchor_ << ANCHOR));
    }

    function moveAt(Progress p, uint256 time) internal pure returns (Progress) {
        return Progress.wrap((Progress.unwrap(p) & ~(M40 << MOVED_AT)) | (time << MOVED_AT));
    }

    function draw(Progress p) internal pure returns (Progress) {
        return Progress.wrap(Progress.unwrap(p) | (1 << IS_DRAWN));
    }

    /// @notice The next round, with its membership open.
    function next(Progress p) internal pure returns (Progress) {
        unchecked {
            return Progress.wrap((Progress.unwrap(p) & ~(uint256(1) << IS_DRAWN | M48 << ANCHOR)) + (1 << ROUND));
        }
    }

    function close(Progress p) internal pure returns (Progress) {
        return Progress.wrap(Progress.unwrap(p) | (1 << IS_CLOSED));
    }
}

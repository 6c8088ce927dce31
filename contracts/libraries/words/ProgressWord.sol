// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome} from "../../interfaces/IFLTask.sol";
import {M12, M16, M40, M48, M90} from "./Masks.sol";

/// @notice What moves the task from round to round.
type Progress is uint256;

using ProgressWord for Progress global;

library ProgressWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant POOL = 0; // 90
    uint256 private constant ANCHOR = 90; // 48
    uint256 private constant DRAWN_COUNT = 138; // 16
    uint256 private constant MEMBER_COUNT = 154; // 16
    uint256 private constant ROUND = 170; // 16
    uint256 private constant DECIDED = 186; // 16
    uint256 private constant REJECTED_IN_ROW = 202; // 12
    uint256 private constant MOVED_AT = 214; // 40
    uint256 private constant IS_DRAWN = 254; // 1
    uint256 private constant IS_CLOSED = 255; // 1

    function begin(uint256 time) internal pure returns (Progress) {
        return Progress.wrap((1 << ROUND) | (time << MOVED_AT));
    }

    /// @notice The reward pool, in wei.
    function pool(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> POOL) & M90;
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

    /// @notice In progress or next; one more than there were when completed.
    function round(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> ROUND) & M16;
    }

    /// @notice Rounds that were not void.
    function decided(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> DECIDED) & M16;
    }

    /// @notice Rejected rounds since the last accepted one; counted up to 4,095, which no patience reaches.
    function rejectedInRow(Progress p) internal pure returns (uint256) {
        return (Progress.unwrap(p) >> REJECTED_IN_ROW) & M12;
    }

    /// @notice Whether no round is left (R19a): all are decided, patience is at its end, or there were twice
    /// as many as wanted.
    function isCompleted(Progress p, uint256 rounds, uint256 patience) internal pure returns (bool) {
        if (decided(p) == rounds || round(p) > 2 * rounds) return true;
        return patience != 0 && rejectedInRow(p) == patience;
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

    /// @notice One more round is decided; a void one counts for nothing.
    function decide(Progress p, Outcome outcome) internal pure returns (Progress) {
        unchecked {
            if (outcome == Outcome.Void) return p;
            uint256 word = Progress.unwrap(p) + (1 << DECIDED);
            if (outcome == Outcome.Accepted) return Progress.wrap(word & ~(M12 << REJECTED_IN_ROW));
            return Progress.wrap(rejectedInRow(p) == M12 ? word : word + (1 << REJECTED_IN_ROW));
        }
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

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Outcome} from "../../../contracts/interfaces/IFLTask.sol";
import {Progress, ProgressWord} from "../../../contracts/libraries/words/ProgressWord.sol";
import {Test} from "./Test.sol";

/// @title That every act on the word of a task's progress changes its own field and no other, proved for every input by
/// Halmos
/// @notice The word starts as anything at all (`make halmos`); what is assumed is only what the tasks' limits warrant: that a
/// sum fits its field.
contract ProgressProofs is Test {
    uint256 private constant M90 = 2 ** 90 - 1;
    uint256 private constant M16 = type(uint16).max;
    uint256 private constant M12 = 2 ** 12 - 1;

    /// @notice R3, I5: a new task is in round one, with an empty pool and no members.
    function check_progressBegins(uint40 time) public pure {
        Progress p = ProgressWord.begin(time);
        assert(p.round() == 1 && p.movedAt() == time && p.pool() == 0 && p.anchor() == 0);
        assert(p.memberCount() == 0 && p.drawnCount() == 0 && !p.isDrawn() && !p.isClosed());
        assert(p.decided() == 0 && p.rejectedInRow() == 0);
    }

    /// @notice I2: what goes into the pool and out of it touches nothing else.
    function check_poolIsKept(uint256 word, uint88 paid, uint88 taken) public pure {
        Progress p = Progress.wrap(word);
        vm.assume(p.pool() + paid <= M90 && taken <= p.pool() + paid);
        Progress q = p.pay(paid).take(taken);
        assert(q.pool() == p.pool() + paid - taken && q.anchor() == p.anchor());
        _sameList(p, q);
        _sameCounts(p, q);
        _sameTime(p, q);
    }

    /// @notice R4: so do members that come and go, and the freezing of their list.
    function check_membersAreCounted(uint256 word) public pure {
        Progress p = Progress.wrap(word);
        vm.assume(p.memberCount() < M16);
        Progress q = p.addMember();
        assert(q.memberCount() == p.memberCount() + 1 && q.drawnCount() == p.drawnCount());
        assert(q.freeze().drawnCount() == q.memberCount() && q.freeze().memberCount() == q.memberCount());
        assert(q.freeze().pool() == p.pool() && q.freeze().anchor() == p.anchor());
        _sameCounts(p, q.freeze());
        _sameTime(p, q.freeze());
        assert(Progress.unwrap(q.removeMember()) == word);
    }

    /// @notice R8, I5: anchors, draws, the next round and closing.
    function check_roundsGoOn(uint256 word, uint48 anchor, uint40 time) public pure {
        Progress p = Progress.wrap(word);
        vm.assume(p.round() < M16);
        Progress q = p.await(anchor).moveAt(time).draw();
        assert(q.anchor() == anchor && q.movedAt() == time && q.isDrawn());
        assert(q.round() == p.round() && q.isClosed() == p.isClosed() && q.pool() == p.pool());
        _sameList(p, q);
        _sameCounts(p, q);
        Progress r = q.next();
        assert(r.round() == p.round() + 1 && r.anchor() == 0 && !r.isDrawn());
        assert(r.movedAt() == time && r.isClosed() == p.isClosed() && r.pool() == p.pool());
        _sameList(p, r);
        _sameCounts(p, r);
    }

    /// @notice R2, R7: a task that is closed is that and nothing else.
    function check_closingIsKept(uint256 word) public pure {
        Progress p = Progress.wrap(word);
        Progress q = p.close();
        assert(q.isClosed() && q.pool() == p.pool() && q.anchor() == p.anchor());
        assert(q.round() == p.round() && q.movedAt() == p.movedAt() && q.isDrawn() == p.isDrawn());
        _sameList(p, q);
        _sameCounts(p, q);
    }

    /// @notice R19a: a decided round counts, a rejected one in a row too, as far as that is counted; a void one changes
    /// nothing.
    function check_decidedRoundsAreCounted(uint256 word, uint8 outcome) public pure {
        vm.assume(outcome > uint8(Outcome.None) && outcome <= uint8(Outcome.Void));
        Progress p = Progress.wrap(word);
        vm.assume(p.decided() < M16);
        Progress q = p.decide(Outcome(outcome));
        if (Outcome(outcome) == Outcome.Void) return _same(p, q);
        assert(q.decided() == p.decided() + 1);
        if (Outcome(outcome) == Outcome.Accepted) assert(q.rejectedInRow() == 0);
        else assert(q.rejectedInRow() == (p.rejectedInRow() < M12 ? p.rejectedInRow() + 1 : M12));
        assert(q.pool() == p.pool() && q.anchor() == p.anchor());
        _sameList(p, q);
        _sameTime(p, q);
    }

    function _same(Progress p, Progress q) private pure {
        assert(Progress.unwrap(q) == Progress.unwrap(p));
    }

    function _sameList(Progress p, Progress q) private pure {
        assert(q.memberCount() == p.memberCount() && q.drawnCount() == p.drawnCount());
    }

    function _sameCounts(Progress p, Progress q) private pure {
        assert(q.decided() == p.decided() && q.rejectedInRow() == p.rejectedInRow());
    }

    function _sameTime(Progress p, Progress q) private pure {
        assert(q.round() == p.round() && q.movedAt() == p.movedAt());
        assert(q.isDrawn() == p.isDrawn() && q.isClosed() == p.isClosed());
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, Outcome, Phase, Role} from "../../../contracts/interfaces/IFLTask.sol";
import {Account, Book, Books, Part, Past, Tally} from "./Books.sol";

/// @title What follows from the books, by the rules alone
/// @notice Nothing here uses the contracts' arithmetic: sums are of all ballots, one after the other, and sets are looked at
/// bit by bit.
abstract contract Rules is Books {
    // ── what a round decides ──

    /// @dev R16, R17, D2, D19: by looking at all ballots afterwards.
    function _decide(uint256 round) internal view returns (Outcome outcome, bytes32 winner, Tally memory tally) {
        Past storage past = _book().pasts[round];
        if (!_hasQuorum(past)) return (Outcome.Void, 0, tally);
        for (uint256 i = 0; i < digests.length; i++) {
            Tally memory one = _book().tallies[round][digests[i]];
            if (one.weightFor + one.weightAgainst <= past.revealedWeight / 2) continue;
            require(winner == 0, "two digests with more than half");
            (winner, tally) = (digests[i], one);
        }
        if (tally.weightFor == tally.weightAgainst) return (Outcome.Void, winner, tally);
        return (tally.weightFor > tally.weightAgainst ? Outcome.Accepted : Outcome.Rejected, winner, tally);
    }

    function _hasQuorum(Past storage past) private view returns (bool) {
        return past.reveals * BPS >= past.voters * p.quorumBps;
    }

    /// @dev R17a: weights are told in units, rounded down and cut, for the accused; so whoever is condemned has more than
    /// half against it by the wei, too.
    function _condemned(uint256 round) internal view returns (uint256 condemned) {
        Past storage past = _book().pasts[round];
        if (!_hasQuorum(past)) return 0;
        for (uint256 rank = 0; rank < past.proposers; rank++) {
            (uint256 exact, uint256 told) = _accusing(round, rank);
            if (told * 2 <= past.revealedWeight) continue;
            require(exact * 2 > past.revealedWeight, "condemned without a majority");
            condemned |= 1 << rank;
        }
        require(condemned & ~past.submitted == 0, "condemned for nothing");
    }

    function _accusing(uint256 round, uint256 rank) private view returns (uint256 exact, uint256 told) {
        uint256 unit = p.minStake < 256 ? 1 : p.minStake / 256;
        for (uint256 i = 0; i < accounts.length; i++) {
            Part storage part = _part(round, accounts[i]);
            if (!part.hasRevealed || (part.against >> rank) % 2 == 0) continue;
            uint256 most = unit * (2 ** 24 - 1);
            exact += part.stake;
            told += part.stake > most ? most : part.stake - part.stake % unit;
        }
    }

    /// @dev R18, R18a: what somebody with this part earns of its share.
    function _earned(Past storage past, Part storage part) internal view returns (uint256) {
        if (part.hasSubmitted) {
            return past.outcome == Outcome.Accepted && (past.condemned >> part.rank) % 2 == 0 ? part.share : 0;
        }
        if (part.digest != past.winner || part.isFor != (past.outcome == Outcome.Accepted)) return 0;
        (uint256 missed, uint256 wrong) = (0, 0);
        for (uint256 rank = 0; rank < 16; rank++) {
            bool isCondemned = (past.condemned >> rank) % 2 == 1;
            bool isAccused = (part.against >> rank) % 2 == 1;
            if (isCondemned && !isAccused) missed++;
            if (isAccused && !isCondemned) wrong++;
        }
        // in parts of which there are four for each that submitted
        uint256 left = 4 * past.updates;
        for (; missed > 0; missed--) {
            left = left > 8 ? left - 8 : 0;
        }
        for (; wrong > 1; wrong--) {
            left = left > 1 ? left - 1 : 0;
        }
        return left * part.share / (4 * past.updates);
    }

    // ── what a round costs ──

    /// @dev R19: what `who` is penalised for in settled `round` while the round in progress is `current`.
    function _fault(uint256 round, address who, uint256 current) internal view returns (Fault) {
        Past storage past = _book().pasts[round];
        Part storage part = _part(round, who);
        if (!_hadDuty(past, part)) return Fault.None;
        if (!part.hasSubmitted && !part.hasRevealed) return round + WINDOW < current ? Fault.None : Fault.Absent;
        if (part.role == Role.Proposer) return (past.condemned >> part.rank) % 2 == 1 ? Fault.Condemned : Fault.None;
        if (past.outcome == Outcome.Void) return Fault.None;
        if (part.digest != past.winner) return Fault.Divergent;
        return part.isFor == (past.outcome == Outcome.Accepted) ? Fault.None : Fault.Minority;
    }

    function _hadDuty(Past storage past, Part storage part) private view returns (bool) {
        return part.role == Role.Proposer || (part.role == Role.Voter && past.updates != 0);
    }

    /// @dev R19: doubling with each strike.
    function _penalty(Fault fault, uint256 stake, uint256 strikes) internal view returns (uint256) {
        uint256 bps = fault == Fault.None ? 0 : fault == Fault.Condemned ? p.condemnedBps : p.faultBps;
        for (; strikes > 0; strikes--) {
            bps *= 2;
        }
        return bps > BPS ? stake : stake * bps / BPS;
    }

    /// @dev R19: the strikes in the role of `round` after it: void rounds count for nothing, nor does absence that is forgiven.
    function _strikesAfter(uint256 round, address who, uint256 current, uint256 strikes) internal view returns (uint256) {
        Past storage past = _book().pasts[round];
        Part storage part = _part(round, who);
        if (!_hadDuty(past, part) || past.outcome == Outcome.Void) return strikes;
        if (!part.hasSubmitted && !part.hasRevealed && round + WINDOW < current) return strikes;
        if (_fault(round, who, current) == Fault.None) return 0;
        return strikes < 7 ? strikes + 1 : 7;
    }

    /// @dev What the rounds up to `through` still cost `who`, and what the last of them does.
    function _owed(address who, uint256 through) internal view returns (uint256 sum, uint256 last) {
        Account storage account = _account(who);
        uint256 current = _book().settled + 1;
        (uint256 proposing, uint256 voting) = (account.strikesAsProposer, account.strikesAsVoter);
        for (uint256 round = account.resolved + 1; round <= through; round++) {
            Part storage part = _part(round, who);
            bool isProposer = part.role == Role.Proposer;
            Fault fault = _fault(round, who, current);
            last = fault == Fault.None ? 0 : _penalty(fault, part.stake - sum, isProposer ? proposing : voting);
            sum += last;
            if (isProposer) proposing = _strikesAfter(round, who, current, proposing);
            else voting = _strikesAfter(round, who, current, voting);
        }
    }

    function _owedPenalty(address who, uint256 through) internal view returns (uint256 sum) {
        (sum,) = _owed(who, through);
    }

    /// @dev What the settled rounds still bring `who`, and what goes back to the pool of its shares.
    function _owedReward(address who) internal view returns (uint256 sum, uint256 back) {
        for (uint256 round = _account(who).resolved + 1; round <= _book().settled; round++) {
            Part storage part = _part(round, who);
            sum += part.earned;
            back += part.share - part.earned;
        }
    }

    /// @dev What `who` weighs in the round in progress (R15).
    function _weight(address who) internal view returns (uint256) {
        uint256 round = _book().drawn;
        return _part(round, who).stake - _owedPenalty(who, round - 1);
    }

    /// @dev R5: with less, or with nothing, nobody is drawn again.
    function _isBelowTheFloor(uint256 stake) internal view returns (bool) {
        return stake == 0 || stake < uint256(p.minStake) * p.floorBps / BPS;
    }

    // ── where the task is ──

    /// @dev R19a.
    function _isCompleted() internal view returns (bool) {
        Book storage book = _book();
        bool isOutOfPatience = p.patience != 0 && book.rejectedInRow >= p.patience;
        return book.decided == p.rounds || book.settled == 2 * uint256(p.rounds) || isOutOfPatience;
    }

    function _phase() internal view returns (Phase) {
        Book storage book = _book();
        if (book.isClosed) return Phase.Closed;
        if (_isCompleted()) return Phase.Completed;
        if (book.drawn == book.settled) return book.isAnchored ? Phase.Drawing : Phase.Enrolling;
        Past storage past = book.pasts[book.drawn];
        if (block.timestamp < past.trainEnd) return Phase.Training;
        if (past.updates == 0) return Phase.Settling;
        if (block.timestamp < past.commitEnd) return Phase.Committing;
        bool isRevealing = past.reveals < past.commits && block.timestamp < past.commitEnd + p.revealWindow;
        return isRevealing ? Phase.Revealing : Phase.Settling;
    }

    function _isOver(Phase phase) internal pure returns (bool) {
        return phase >= Phase.Completed;
    }

    /// @dev Whether `who` is among those that the round in progress was or will be drawn from (R4).
    function _isInDraw(address who) internal view returns (bool) {
        Account storage account = _account(who);
        uint256 round = _book().settled + 1;
        if (!_book().isAnchored || account.memberFrom == 0 || account.memberFrom > round) return false;
        return account.isMember || account.memberUntil > round;
    }

    /// @dev The first round whose members are not fixed.
    function _openRound() internal view returns (uint256) {
        return _book().settled + (_book().isAnchored ? 2 : 1);
    }

    /// @dev R6.
    function _canExit(address who) internal view returns (bool) {
        Account storage account = _account(who);
        Book storage book = _book();
        if (book.isClosed) return true;
        if (_isCompleted()) {
            uint256 end = book.movedAt + p.exitDelay;
            return block.timestamp >= (account.isMember || account.exitAt > end ? end : account.exitAt);
        }
        return !account.isMember && account.memberUntil <= book.settled + 1 && block.timestamp >= account.exitAt;
    }

    /// @dev The last round in which `who` submitted or revealed; zero if there is none.
    function _lastAct(address who) internal view returns (uint256 round) {
        for (round = _book().drawn; round > 0; round--) {
            if (_part(round, who).hasSubmitted || _part(round, who).hasRevealed) return round;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, IFLTask, Outcome, Role} from "../../../contracts/interfaces/IFLTask.sol";
import {RoundView} from "../../../contracts/interfaces/ITaskLens.sol";
import {Permutation} from "../../../contracts/libraries/Permutation.sol";
import {Account, Book, Part, Past, Tally} from "./Books.sol";
import {Rules} from "./Rules.sol";
import {Vm} from "./Test.sol";

/// @title Who keeps the books
/// @notice The books follow the task's acts. Dues are entered before the act that applies them, and the events that the task
/// then sends must be just those that the books foresaw, in their order.
abstract contract Clerk is Rules {
    bytes32 private foreseen; // the dues that the act will announce

    // ── members ──

    function _enterMember(address who, uint256 amount) internal {
        Account storage account = _account(who);
        (account.stake, account.deposited) = (amount, account.deposited + amount);
        (account.isMember, account.memberFrom, account.resolved) = (true, _openRound(), _openRound() - 1);
        _book().members++;
        if (!_book().isAnchored) _anchor();
    }

    function _enterTopUp(address who, uint256 amount) internal {
        Account storage account = _account(who);
        uint256 round = _book().settled + 1;
        if (account.topUpFrom <= round) (account.stake, account.topUp) = (account.stake + account.topUp, 0);
        (account.topUp, account.topUpFrom) = (account.topUp + amount, _openRound());
        account.deposited += amount;
    }

    function _enterLeaving(address who) internal {
        Account storage account = _account(who);
        (account.isMember, account.memberUntil, account.exitAt) = (false, _openRound(), block.timestamp + p.exitDelay);
        _book().members--;
    }

    /// @dev R1: the first draw needs `minParticipants`, later ones four.
    function _anchor() private {
        Book storage book = _book();
        book.isAnchored = !_isCompleted() && book.members >= (book.settled == 0 ? p.minParticipants : 4);
        if (book.isAnchored) book.movedAt = block.timestamp;
    }

    // ── dues ──

    /// @dev Before an act whose events are to be read, and the dues that it applies.
    function _watch() internal {
        foreseen = 0;
        vm.recordLogs();
    }

    /// @dev After it: the task announced just the dues that were entered. Returns the last event of the kind `topic`.
    function _read(bytes32 topic) internal returns (Vm.Log memory found) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bytes32 announced;
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(task)) continue;
            bytes32 kind = logs[i].topics[0];
            if (kind == topic) found = logs[i];
            if (kind != IFLTask.Slashed.selector && kind != IFLTask.ShareReturned.selector) continue;
            announced = keccak256(abi.encode(announced, logs[i].topics, logs[i].data));
        }
        require(announced == foreseen, "other dues than the rules say");
        require(topic == 0 || found.emitter != address(0), "the event did not come");
    }

    /// @dev The dues of `who` up to `through` are applied, in order, each once (I7, R5, R18 – R20).
    function _enterDues(address who, uint256 through, address slasher) internal returns (uint256 slashed) {
        Account storage account = _account(who);
        uint256 current = _book().settled + 1;
        for (uint256 round = account.resolved + 1; round <= through; round++) {
            Part storage part = _part(round, who);
            bool isProposer = part.role == Role.Proposer;
            uint256 strikes = isProposer ? account.strikesAsProposer : account.strikesAsVoter;
            _enterShare(round, who, part);
            slashed += _enterPenalty(round, who, part, strikes, slasher);
            strikes = _strikesAfter(round, who, current, strikes);
            if (isProposer) account.strikesAsProposer = strikes;
            else account.strikesAsVoter = strikes;
            if (strikes > 2) _count("three strikes");
        }
        if (through > account.resolved) account.resolved = through;
        if (slashed == 0 || !account.isMember || !_isBelowTheFloor(account.stake + account.topUp)) return slashed;
        _enterLeaving(who);
        _count("dismissed");
    }

    function _enterShare(uint256 round, address who, Part storage part) private {
        uint256 back = part.share - part.earned;
        if (back == 0) return;
        _book().pool += back;
        bytes32[] memory topics = new bytes32[](3);
        (topics[0], topics[1], topics[2]) = (IFLTask.ShareReturned.selector, bytes32(round), _topic(who));
        foreseen = keccak256(abi.encode(foreseen, topics, abi.encode(back)));
        _count("share returned");
    }

    function _enterPenalty(uint256 round, address who, Part storage part, uint256 strikes, address slasher)
        private
        returns (uint256 amount)
    {
        Book storage book = _book();
        Fault fault = _fault(round, who, book.settled + 1);
        amount = _penalty(fault, part.stake, strikes);
        if (amount == 0) return 0;
        require(round <= book.settled && !part.isPenalised, "penalised twice, or too early");
        assertLe(amount, part.stake, "penalty beyond the stake");
        part.isPenalised = true;
        book.accounts[who].stake -= amount;
        book.accounts[who].penalised += amount;
        for (uint256 later = round + 1; later <= book.drawn; later++) {
            if (book.parts[later][who].stake != 0) book.parts[later][who].stake -= amount;
        }
        uint256 share = slasher == address(0) || slasher == who ? 0 : amount * p.slasherBps / BPS;
        book.accounts[slasher].earned += share;
        book.pool += amount - share;
        _foresee(round, who, fault, amount, slasher, share);
        _count(["", "absent", "divergent", "minority", "condemned"][uint256(fault)]);
        if (strikes != 0) _count("struck before");
    }

    function _foresee(uint256 round, address who, Fault fault, uint256 amount, address slasher, uint256 share) private {
        bytes32[] memory topics = new bytes32[](3);
        (topics[0], topics[1], topics[2]) = (IFLTask.Slashed.selector, bytes32(round), _topic(who));
        foreseen = keccak256(abi.encode(foreseen, topics, abi.encode(fault, amount, slasher, share)));
    }

    function _topic(address who) private pure returns (bytes32) {
        return bytes32(uint256(uint160(who)));
    }

    // ── a round ──

    /// @dev I3, R9: roles follow from seed, count and position; all positions differ.
    function _enterDraw(RoundView memory v) internal {
        Book storage book = _book();
        require(v.round == ++book.drawn && book.drawn == book.settled + 1, "a round out of turn");
        Past storage past = book.pasts[v.round];
        book.movedAt = block.timestamp;
        (past.seed, past.members) = (v.seed, v.drawnCount);
        past.proposers = p.proposers;
        while (2 * past.proposers >= v.drawnCount) past.proposers--;
        past.voters = v.drawnCount - past.proposers;
        if (p.voters != 0 && p.voters < past.voters) past.voters = p.voters;
        if (past.proposers < p.proposers) _count("fewer propose");
        (past.trainEnd, past.commitEnd) = (block.timestamp + p.trainWindow, block.timestamp + p.trainWindow + p.commitWindow);
        uint256 seen;
        for (uint256 i = 0; i < accounts.length; i++) {
            if (!_isInDraw(accounts[i])) continue;
            RoundView memory w = lens.roundView(task, accounts[i]);
            require(seen & (1 << w.position) == 0 && w.position < v.drawnCount, "two members at one position");
            seen |= 1 << w.position;
            _enterRole(past, w, accounts[i]);
        }
        assertEq(seen, (1 << v.drawnCount) - 1, "positions drawn");
    }

    function _enterRole(Past storage past, RoundView memory w, address who) private {
        Account storage account = _account(who);
        Part storage part = _part(w.round, who);
        assertEq(w.rank, Permutation.rankOf(uint256(w.seed), w.drawnCount, w.position), "rank");
        part.rank = w.rank;
        if (w.rank < past.proposers) part.role = Role.Proposer;
        else if (w.rank < past.proposers + past.voters) part.role = Role.Voter;
        if (account.topUpFrom <= w.round) (account.stake, account.topUp) = (account.stake + account.topUp, 0);
        part.stake = account.stake;
    }

    function _enterUpdate(address who, bytes32 digest) internal {
        Past storage past = _book().pasts[_book().drawn];
        Part storage part = _part(_book().drawn, who);
        require(part.role == Role.Proposer && !part.hasSubmitted, "an update too many");
        (part.hasSubmitted, part.digest) = (true, digest);
        past.turnout += part.stake;
        past.submitted += 2 ** part.rank;
        if (++past.updates == past.proposers) {
            (past.trainEnd, past.commitEnd) = (block.timestamp, block.timestamp + p.commitWindow);
        }
    }

    function _enterCommitment(address who) internal {
        Past storage past = _book().pasts[_book().drawn];
        Part storage part = _part(_book().drawn, who);
        require(part.role == Role.Voter && !part.hasCommitted, "a commitment too many");
        part.hasCommitted = true;
        if (++past.commits == past.voters) past.commitEnd = block.timestamp;
    }

    function _enterBallot(address who, bytes32 digest, bool isFor, uint16 against) internal {
        Book storage book = _book();
        Past storage past = book.pasts[book.drawn];
        Part storage part = _part(book.drawn, who);
        require(part.hasCommitted && !part.hasRevealed, "a ballot too many");
        (part.hasRevealed, part.digest, part.isFor, part.against) = (true, digest, isFor, against);
        past.reveals++;
        past.turnout += part.stake;
        past.revealedWeight += part.stake;
        Tally storage tally = book.tallies[book.drawn][digest];
        if (isFor) tally.weightFor += part.stake;
        else tally.weightAgainst += part.stake;
    }

    /// @dev R16 – R18a, R19a.
    function _enterSettlement(Vm.Log memory settled) internal {
        Book storage book = _book();
        uint256 round = ++book.settled;
        Past storage past = book.pasts[round];
        Tally memory tally;
        (past.outcome, past.winner, tally) = _decide(round);
        past.condemned = _condemned(round);
        if (past.outcome != Outcome.Void) {
            past.reward = book.pool / (p.rounds - book.decided++);
            book.rejectedInRow = past.outcome == Outcome.Rejected ? book.rejectedInRow + 1 : 0;
        }
        book.pool -= past.reward;
        if (past.outcome == Outcome.Accepted) book.globalModel = past.winner;
        if (past.reward != 0) _enterShares(past, round);
        if (past.condemned != 0) {
            _count(past.outcome == Outcome.Void ? "condemned in a void round" : "condemned in a decided round");
        }

        require(uint256(settled.topics[1]) == round, "another round settled");
        require(keccak256(settled.data) == keccak256(_told(past, tally)), "the outcome is not what the ballots say");
        past.resultHash = keccak256(abi.encode(lens.resultOf(task, round)));
        book.movedAt = block.timestamp;
        _anchor();
        if (_isCompleted()) _count(_howCompleted());
    }

    function _told(Past storage past, Tally memory tally) private view returns (bytes memory) {
        return
            abi.encode(
                past.outcome, past.winner, tally.weightFor, tally.weightAgainst, past.reward, past.turnout, past.condemned
            );
    }

    function _howCompleted() private view returns (string memory) {
        if (_book().decided == p.rounds) return "completed, all decided";
        return _book().settled == 2 * uint256(p.rounds) ? "completed, too many void" : "completed, out of patience";
    }

    /// @dev R18: everybody that submitted or revealed has a share, in proportion to its stake.
    function _enterShares(Past storage past, uint256 round) private {
        Book storage book = _book();
        for (uint256 i = 0; i < accounts.length; i++) {
            Part storage part = book.parts[round][accounts[i]];
            if (!part.hasSubmitted && !part.hasRevealed) continue;
            part.share = past.reward * part.stake / past.turnout;
            part.earned = _earned(past, part);
            past.shared += part.share;
            book.accounts[accounts[i]].earned += part.earned;
            book.dustLimit++;
            if (part.earned != 0 && part.earned != part.share) _count("judged");
        }
        book.dust += past.reward - past.shared;
    }
}

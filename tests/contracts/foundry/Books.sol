// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {FutureBlockBeacon} from "../../../contracts/FutureBlockBeacon.sol";
import {Fault, IFLTask, Outcome, Parameters, Phase, Role} from "../../../contracts/interfaces/IFLTask.sol";
import {ITaskLens, RoundView} from "../../../contracts/interfaces/ITaskLens.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {Permutation} from "../../../contracts/libraries/Permutation.sol";
import {TestToken} from "../../../contracts/mocks/TestToken.sol";
import {Test, Vm} from "./Test.sol";

/// @dev What one account has at stake and has earned, by our own count.
struct Account {
    uint256 stake;
    uint256 topUp;
    uint256 topUpFrom;
    uint256 earned; // all rewards ever, slasher's shares included
    uint256 taken; // of them
    uint256 deposited;
    uint256 penalised;
    uint256 withdrawn; // of the stake
    bool isMember;
    uint256 memberFrom; // the first round to be drawn for
    uint256 memberUntil; // and, of those that left, the first not to be
    uint256 exitAt;
    uint256 resolved; // rounds whose dues are applied
}

/// @dev What one account was and did in one round.
struct Part {
    Role role;
    uint256 rank;
    uint256 stake; // as of the draw, less what earlier rounds have cost
    uint256 share; // of the reward
    bool hasSubmitted;
    bool hasCommitted;
    bool hasRevealed;
    bool isPenalised;
    bool isFor;
    bytes32 digest;
}

/// @dev One drawn round.
struct Past {
    bytes32 seed;
    uint256 members;
    uint256 proposers;
    uint256 voters;
    uint256 updates;
    uint256 commits;
    uint256 reveals;
    uint256 updateWeight;
    uint256 shared; // of the reward, with those that were good
    uint256 trainEnd;
    uint256 commitEnd;
    bytes32 winner;
    bytes32 resultHash;
    Outcome outcome;
    uint256 reward;
    uint256 goodStake;
}

struct Tally {
    uint256 weightFor;
    uint256 weightAgainst;
}

/// @dev The books of one task.
struct Book {
    uint256 entered;
    uint256 left;
    uint256 pool;
    uint256 dust; // rewards that rounding kept from everybody
    uint256 dustLimit;
    uint256 drawn; // rounds
    uint256 settled; // rounds
    uint256 members;
    uint256 movedAt;
    bool isAnchored; // the members of the next round are fixed
    bool isClosed;
    bytes32 globalModel;
    mapping(address => Account) accounts;
    mapping(uint256 round => Past) pasts;
    mapping(uint256 round => mapping(address => Part)) parts;
    mapping(uint256 round => mapping(bytes32 digest => Tally)) tallies;
}

/// @title A task's books kept a second time, by the rules alone
/// @notice Plain and slow: every round is kept for ever, nothing is packed, recycled or jumped over. The books follow the task's
/// acts and its `Slashed` events, and say what everybody must own, weigh, lose and earn at any time.
abstract contract Books is Test {
    uint256 internal constant BPS = 10_000;
    /// @dev Settled rounds for which absence can be told.
    uint256 internal constant WINDOW = 6;
    address internal constant CREATOR = address(0xC0FFEE);
    bytes32 internal constant FIRST_MODEL = bytes32(uint256(2));

    TestToken internal immutable token = new TestToken();
    ITaskLens internal immutable lens = _deployLens();
    ITaskManager internal immutable manager = _deployManager(lens);
    FutureBlockBeacon internal immutable beacon = new FutureBlockBeacon();

    IFLTask public task;
    address[] public accounts; // the last one never joins
    bytes32[3] internal digests = [bytes32("one"), bytes32("two"), bytes32("three")]; // that aggregates have
    Parameters internal p;
    mapping(address task => Book) internal books;
    mapping(address account => uint256) internal wallets; // tokens in hand
    /// @notice How often each act and each outcome was reached.
    mapping(string what => uint256) public reached;
    uint256 public maxDrawGas;
    uint256 public maxSettleGas;

    constructor() {
        for (uint256 i = 1; i < 10; i++) {
            accounts.push(address(uint160(0x1000 + i)));
        }
    }

    function _book() internal view returns (Book storage) {
        return books[address(task)];
    }

    function _account(address who) internal view returns (Account storage) {
        return _book().accounts[who];
    }

    function _part(uint256 round, address who) internal view returns (Part storage) {
        return _book().parts[round][who];
    }

    // ── what the rules say ──

    /// @dev R19: what `who` is penalised for in settled `round` while the round in progress is `current`.
    function _fault(uint256 round, address who, uint256 current) internal view returns (Fault) {
        Past storage past = _book().pasts[round];
        Part storage part = _part(round, who);
        if (part.role == Role.Proposer) {
            if (!part.hasSubmitted) return round + WINDOW < current ? Fault.None : Fault.Absent;
            return past.outcome == Outcome.Rejected ? Fault.Rejected : Fault.None;
        }
        if (part.role == Role.None || past.updates == 0) return Fault.None;
        if (!part.hasRevealed) return round + WINDOW < current ? Fault.None : Fault.Absent;
        if (past.outcome == Outcome.Void) return Fault.None;
        if (part.digest != past.winner) return Fault.Divergent;
        return part.isFor == (past.outcome == Outcome.Accepted) ? Fault.None : Fault.Minority;
    }

    function _bps(Fault fault) internal view returns (uint256) {
        if (fault == Fault.Absent) return p.absentBps;
        if (fault == Fault.Divergent) return p.divergentBps;
        if (fault == Fault.Minority) return p.minorityBps;
        return fault == Fault.Rejected ? p.rejectedBps : 0;
    }

    /// @dev What the rounds up to `through` still cost `who`.
    function _owedPenalty(address who, uint256 through) internal view returns (uint256 sum) {
        uint256 current = _book().settled + 1;
        for (uint256 round = _account(who).resolved + 1; round <= through; round++) {
            uint256 bps = _bps(_fault(round, who, current));
            if (bps != 0) sum += (_part(round, who).stake - sum) * bps / BPS;
        }
    }

    /// @dev What the settled rounds still bring `who`.
    function _owedReward(address who) internal view returns (uint256 sum) {
        for (uint256 round = _account(who).resolved + 1; round <= _book().settled; round++) {
            sum += _part(round, who).share;
        }
    }

    /// @dev What `who` weighs in the round in progress (R15).
    function _weight(address who) internal view returns (uint256) {
        uint256 round = _book().drawn;
        return _part(round, who).stake - _owedPenalty(who, round - 1);
    }

    /// @dev Whether `who` is among those that the round in progress was or will be drawn from (R4).
    function _isInDraw(address who) internal view returns (bool) {
        Account storage account = _account(who);
        uint256 round = _book().settled + 1;
        if (!_book().isAnchored || account.memberFrom == 0 || account.memberFrom > round) return false;
        return account.isMember || account.memberUntil > round;
    }

    /// @dev R6.
    function _canExit(address who) internal view returns (bool) {
        Account storage account = _account(who);
        Book storage book = _book();
        if (book.isClosed) return true;
        if (book.settled == p.rounds) {
            uint256 end = book.movedAt + p.exitDelay;
            return block.timestamp >= (account.isMember || account.exitAt > end ? end : account.exitAt);
        }
        return !account.isMember && account.memberUntil <= book.settled + 1 && block.timestamp >= account.exitAt;
    }

    function _phase() internal view returns (Phase) {
        Book storage book = _book();
        if (book.isClosed) return Phase.Closed;
        if (book.settled == p.rounds) return Phase.Completed;
        if (book.drawn == book.settled) return book.isAnchored ? Phase.Drawing : Phase.Enrolling;
        Past storage past = book.pasts[book.drawn];
        if (block.timestamp < past.trainEnd) return Phase.Training;
        if (past.updates == 0) return Phase.Settling;
        if (block.timestamp < past.commitEnd) return Phase.Committing;
        bool isRevealing = past.reveals < past.commits && block.timestamp < past.commitEnd + p.revealWindow;
        return isRevealing ? Phase.Revealing : Phase.Settling;
    }

    // ── what happens ──

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

    /// @dev The first round whose members are not fixed.
    function _openRound() private view returns (uint256) {
        return _book().settled + (_book().isAnchored ? 2 : 1);
    }

    function _anchor() private {
        _book().isAnchored = _book().settled < p.rounds && _book().members >= p.minParticipants;
        if (_book().isAnchored) _book().movedAt = block.timestamp;
    }

    /// @dev The dues of `who` up to `round` were applied.
    function _enterResolved(address who, uint256 round) internal {
        Account storage account = _account(who);
        if (round > account.resolved) account.resolved = round;
    }

    /// @dev The last round in which `who` submitted or revealed; zero if there is none.
    function _lastAct(address who) internal view returns (uint256 round) {
        for (round = _book().drawn; round > 0; round--) {
            if (_part(round, who).hasSubmitted || _part(round, who).hasRevealed) return round;
        }
    }

    /// @dev Before an act whose events are to be read.
    function _watch() internal {
        vm.recordLogs();
    }

    /// @dev After it: enters every penalty and returns the last event of the kind `topic`.
    function _read(bytes32 topic) internal returns (Vm.Log memory found) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(task)) continue;
            if (logs[i].topics[0] == IFLTask.Slashed.selector) _enterPenalty(logs[i]);
            if (logs[i].topics[0] == topic) found = logs[i];
        }
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] == IFLTask.Slashed.selector) _dismiss(address(uint160(uint256(logs[i].topics[2]))));
        }
        require(topic == 0 || found.emitter != address(0), "the event did not come");
    }

    /// @dev I7, R19, R20: each penalty is for the right fault, of the right amount, once per round, never more than the stake.
    function _enterPenalty(Vm.Log memory slashed) private {
        Book storage book = _book();
        (uint256 round, address who) = (uint256(slashed.topics[1]), address(uint160(uint256(slashed.topics[2]))));
        (Fault fault, uint256 amount, address slasher, uint256 share) =
            abi.decode(slashed.data, (Fault, uint256, address, uint256));
        Part storage part = book.parts[round][who];
        require(round <= book.settled, "penalised before the round settled");
        require(!part.isPenalised, "penalised twice for one round");
        require(fault != Fault.None && fault == _fault(round, who, book.settled + 1), "penalised for the wrong fault");
        assertEq(amount, part.stake * _bps(fault) / BPS, "penalty");
        assertLe(amount, part.stake, "penalty beyond the stake");
        assertEq(share, slasher == address(0) || slasher == who ? 0 : amount * p.slasherBps / BPS, "slasher's share");

        part.isPenalised = true;
        book.accounts[who].stake -= amount;
        book.accounts[who].penalised += amount;
        for (uint256 later = round + 1; later <= book.drawn; later++) {
            if (book.parts[later][who].stake != 0) book.parts[later][who].stake -= amount;
        }
        book.accounts[slasher].earned += share;
        book.pool += amount - share;
    }

    /// @dev R5: whoever was penalised below the least stake is a member no more.
    function _dismiss(address who) private {
        Account storage account = _account(who);
        if (!account.isMember || account.stake + account.topUp >= p.minStake) return;
        _enterLeaving(who);
        reached["dismissed"]++;
    }

    /// @dev I3, R9: roles follow from seed, count and position; all positions differ.
    function _enterDraw(RoundView memory v) internal {
        Book storage book = _book();
        require(v.round == ++book.drawn && book.drawn == book.settled + 1, "a round out of turn");
        Past storage past = book.pasts[v.round];
        book.movedAt = block.timestamp;
        (past.seed, past.members) = (v.seed, v.drawnCount);
        past.proposers = p.proposers < v.drawnCount ? p.proposers : v.drawnCount - 1;
        past.voters = v.drawnCount - past.proposers;
        if (p.voters != 0 && p.voters < past.voters) past.voters = p.voters;
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
        _enterResolved(who, _book().drawn - 1);
        past.updateWeight += part.stake;
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

    function _enterBallot(address who, bytes32 digest, bool isFor) internal {
        Book storage book = _book();
        Part storage part = _part(book.drawn, who);
        require(part.hasCommitted && !part.hasRevealed, "a ballot too many");
        (part.hasRevealed, part.digest, part.isFor) = (true, digest, isFor);
        book.pasts[book.drawn].reveals++;
        _enterResolved(who, book.drawn - 1);
        Tally storage tally = book.tallies[book.drawn][digest];
        if (isFor) tally.weightFor += part.stake;
        else tally.weightAgainst += part.stake;
    }

    /// @dev R16 – R18, by looking at all ballots afterwards.
    function _enterSettlement(Vm.Log memory settled) internal {
        Book storage book = _book();
        uint256 round = ++book.settled;
        Past storage past = book.pasts[round];
        Tally memory tally = _decide(past, round);
        if (past.goodStake != 0) past.reward = book.pool / (p.rounds - round + 1);
        book.pool -= past.reward;
        if (past.outcome == Outcome.Accepted) book.globalModel = past.winner;
        if (past.reward != 0) _share(past, round);

        require(uint256(settled.topics[1]) == round, "another round settled");
        bytes memory expected =
            abi.encode(past.outcome, past.winner, tally.weightFor, tally.weightAgainst, past.reward, past.goodStake);
        require(keccak256(settled.data) == keccak256(expected), "the outcome is not what the ballots say");
        past.resultHash = keccak256(abi.encode(lens.resultOf(task, round)));
        book.movedAt = block.timestamp;
        _anchor();
    }

    function _decide(Past storage past, uint256 round) private returns (Tally memory tally) {
        bool isTied;
        uint256 most;
        for (uint256 i = 0; i < digests.length; i++) {
            Tally memory one = _book().tallies[round][digests[i]];
            uint256 weight = one.weightFor + one.weightAgainst;
            if (weight == most) isTied = true;
            if (weight <= most) continue;
            (most, isTied, past.winner, tally) = (weight, false, digests[i], one);
        }
        past.outcome = Outcome.Void;
        if (isTied || past.reveals * BPS < past.voters * p.quorumBps || most == 0) {
            past.winner = 0;
            return Tally(0, 0);
        }
        if (tally.weightFor > tally.weightAgainst) {
            (past.outcome, past.goodStake) = (Outcome.Accepted, past.updateWeight + tally.weightFor);
        } else if (tally.weightFor < tally.weightAgainst) {
            (past.outcome, past.goodStake) = (Outcome.Rejected, tally.weightAgainst);
        }
    }

    function _share(Past storage past, uint256 round) private {
        Book storage book = _book();
        for (uint256 i = 0; i < accounts.length; i++) {
            Part storage part = book.parts[round][accounts[i]];
            bool isGood = (part.hasSubmitted && past.outcome == Outcome.Accepted)
                || (part.hasRevealed && part.digest == past.winner && part.isFor == (past.outcome == Outcome.Accepted));
            if (!isGood) continue;
            part.share = past.reward * part.stake / past.goodStake;
            past.shared += part.share;
            book.accounts[accounts[i]].earned += part.share;
            book.dustLimit++;
        }
        book.dust += past.reward - past.shared;
    }
}

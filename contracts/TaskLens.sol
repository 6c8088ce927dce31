// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TaskWords} from "./TaskWords.sol";
import {Fault, IFLTask, Parameters, Role} from "./interfaces/IFLTask.sol";
import {Due, ITaskLens, RoundResult, RoundView} from "./interfaces/ITaskLens.sol";
import {Bits} from "./libraries/Bits.sol";
import {Dues} from "./libraries/Dues.sol";
import {Exits} from "./libraries/Exits.sol";
import {Roles} from "./libraries/Roles.sol";
import {Commitment} from "./libraries/words/CommitmentWord.sol";
import {Draw} from "./libraries/words/DrawWord.sol";
import {Member} from "./libraries/words/MemberWord.sol";
import {Positions} from "./libraries/words/PositionsWord.sol";
import {Progress} from "./libraries/words/ProgressWord.sol";
import {Result} from "./libraries/words/ResultWord.sol";
import {TopUp} from "./libraries/words/TopUpWord.sol";
import {Training} from "./libraries/words/TrainingWord.sol";
import {Voting} from "./libraries/words/VotingWord.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title What nodes and pages see of a task
/// @notice Computed from its words, with the arithmetic that it acts by. The manual is `ITaskLens`.
contract TaskLens is TaskWords, ITaskLens {
    // ── a round, and an account in it ──

    function roundView(IFLTask task, address account) external view returns (RoundView memory v) {
        Parameters memory parameters = task.parameters();
        Progress p = _progress(task);
        _viewTask(v, task, parameters, p);
        if (p.anchor() != 0) v.drawnCount = p.drawnCount();
        if (p.isDrawn()) _viewRound(v, task, parameters);
        else if (p.anchor() != 0) v.isSeedReady = _isSeedReady(parameters, p.anchor());
        _viewAccount(v, task, parameters, account);
    }

    function _viewTask(RoundView memory v, IFLTask task, Parameters memory parameters, Progress p) private view {
        v.blockNumber = block.number;
        v.timestamp = block.timestamp;
        v.phase = task.phase();
        v.round = p.round();
        v.rounds = parameters.rounds;
        v.decided = p.decided();
        v.rejectedInRow = p.rejectedInRow();
        v.memberCount = p.memberCount();
        v.anchor = p.anchor();
        v.movedAt = p.movedAt();
        v.globalModel = task.globalModel();
        v.pool = p.pool();
    }

    function _viewRound(RoundView memory v, IFLTask task, Parameters memory parameters) private view {
        Training t = _training(task);
        Voting w = _voting(task).inRound(t, parameters.commitWindow);
        (v.proposers, v.voters) = Roles.headcount(t.members(), parameters.proposers, parameters.voters);
        v.submitted = t.submitted();
        v.updates = Bits.count(v.submitted);
        v.commits = w.commits();
        v.reveals = w.reveals();
        v.trainEnd = t.end();
        v.commitEnd = w.commitEnd();
        v.revealEnd = w.commitEnd() + parameters.revealWindow;
        v.seed = bytes32(t.seed());
    }

    function _isSeedReady(Parameters memory parameters, uint256 anchor) private view returns (bool) {
        (bytes32 value, bool isExpired) = parameters.beacon.read(uint48(anchor));
        return value != 0 || isExpired;
    }

    function _viewAccount(RoundView memory v, IFLTask task, Parameters memory parameters, address account)
        private
        view
    {
        Member m = _member(task, account);
        Positions stood = _positionsOf(task, account);
        uint256 ordinal = stood.ordinalAt(v.round);
        v.isMember = stood.ordinalNow() != 0;
        v.isInDraw = ordinal != 0 && ordinal <= v.drawnCount;
        if (ordinal != 0) v.position = ordinal - 1;
        if (v.trainEnd != 0) _viewPart(v, m, stood, _commitment(task, account));
        v.stake = m.stake();
        v.toppedUp = _topUp(task, account).amount();
        v.rewards = m.rewards();
        v.resolved = m.resolved();
        v.operator = _operator(task, account);
        v.exitAt = _exitAt(task, account);
        (uint256 round, uint256 time) = _exitOf(task, parameters, stood, v.exitAt);
        v.canWithdraw = round == 0 && block.timestamp >= time;
    }

    /// @dev What the account was drawn for in this round, and has done.
    function _viewPart(RoundView memory v, Member m, Positions stood, Commitment commitment) private pure {
        v.rank = Roles.rankAt(stood, v.round, uint256(v.seed), v.drawnCount);
        v.role = Roles.roleOf(v.rank, v.proposers, v.voters);
        if (commitment.round() == v.round) v.commitment = commitment.digest();
        v.hasSubmitted = m.actedRound() == v.round && m.hasSubmitted();
        v.hasRevealed = m.actedRound() == v.round && !m.hasSubmitted();
    }

    function exitOf(IFLTask task, address account) external view returns (uint256 round, uint256 time) {
        return _exitOf(task, task.parameters(), _positionsOf(task, account), _exitAt(task, account));
    }

    function _exitOf(IFLTask task, Parameters memory parameters, Positions stood, uint256 exitAt)
        private
        view
        returns (uint256 round, uint256 time)
    {
        return Exits.exitOf(_progress(task), stood, exitAt, parameters.rounds, parameters.patience, parameters.exitDelay);
    }

    // ── members and their roles ──

    function membersFrom(IFLTask task, uint256 from, uint256 limit) external view returns (address[] memory page) {
        uint256 count = _progress(task).memberCount();
        count = from < count ? count - from : 0;
        page = new address[](count < limit ? count : limit);
        for (uint256 i = 0; i < page.length; i++) page[i] = _standing(task, from + i);
    }

    function roleOf(IFLTask task, address account, uint256 round) external view returns (Role) {
        uint256 drawn = _training(task).round();
        if (round > drawn || round < Dues.oldest(_progress(task).round())) revert IFLTask.WrongRound(drawn, round);
        return _roleAt(task, task.parameters(), account, round);
    }

    function _roleAt(IFLTask task, Parameters memory parameters, address account, uint256 round)
        private
        view
        returns (Role)
    {
        Training t = _training(task);
        Draw drawn = t.round() == round ? t.drawn() : _draw(task, round);
        (uint256 proposers, uint256 voters) = Roles.headcount(drawn.members(), parameters.proposers, parameters.voters);
        uint256 rank = Roles.rankAt(_positionsOf(task, account), round, drawn.seed(), drawn.members());
        return Roles.roleOf(rank, proposers, voters);
    }

    // ── what was decided, and what it holds ──

    function resultOf(IFLTask task, uint256 round) external view returns (RoundResult memory) {
        Result r = _result(task, round);
        return RoundResult({
            outcome: r.outcome(),
            wasVoted: r.wasVoted(),
            isComplete: r.isComplete(),
            updates: r.updates(),
            condemned: r.condemned(),
            reward: r.reward(),
            turnout: r.turnout()
        });
    }

    function dues(IFLTask task, uint256 round, address[] calldata accounts) external view returns (Due[] memory found) {
        Parameters memory parameters = task.parameters();
        uint256 current = _progress(task).round();
        if (round >= current || round < Dues.oldest(current)) revert IFLTask.WrongRound(current - 1, round);
        found = new Due[](accounts.length);
        for (uint256 i = 0; i < accounts.length; i++) {
            found[i] = _dueOf(task, parameters, accounts[i], round, Dues.oldest(current));
        }
    }

    /// @dev Goes the way of the task's `_applyDues` and writes nothing.
    function _dueOf(IFLTask task, Parameters memory parameters, address account, uint256 through, uint256 oldest)
        private
        view
        returns (Due memory due)
    {
        Member m = _member(task, account);
        TopUp topUp = _topUp(task, account);
        for (uint256 round = Dues.reach(m, m.resolved() + 1, oldest); round <= through; round = Dues.reach(m, round + 1, oldest)) {
            if (m.hasTopUp() && topUp.counts(round)) m = m.takeTopUp(topUp.amount());
            (due, m) = _dueAt(task, parameters, account, m, round);
        }
    }

    function _dueAt(IFLTask task, Parameters memory parameters, address account, Member m, uint256 round)
        private
        view
        returns (Due memory due, Member)
    {
        Result result = _result(task, round);
        bool hasActed = m.actedRound() == round;
        Role duty = hasActed ? Dues.dutyDone(m) : _dutyMissed(task, parameters, account, round, result);
        if (duty == Role.None) return (due, m);
        due.fault = hasActed ? Dues.faultOf(m, result, duty) : Fault.Absent;
        due.penalty = Dues.penaltyOf(m, due.fault, duty, parameters.faultBps, parameters.condemnedBps);
        if (hasActed) (due.share, due.reward) = Dues.shareOf(m, result, due.fault, duty);
        return (due, Dues.learn(m, result, due.fault, duty).lose(due.penalty));
    }

    function _dutyMissed(IFLTask task, Parameters memory parameters, address account, uint256 round, Result result)
        private
        view
        returns (Role)
    {
        return result.isComplete() ? Role.None : Dues.dutyMissed(_roleAt(task, parameters, account, round), result);
    }
}
// slither-disable-end incorrect-equality

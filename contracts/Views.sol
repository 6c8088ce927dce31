// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Due, Role, RoundView} from "./interfaces/IFLTask.sol";
import {Staking} from "./Staking.sol";
import {Commitment} from "./libraries/words/CommitmentWord.sol";
import {Act, Member} from "./libraries/words/MemberWord.sol";
import {Progress} from "./libraries/words/ProgressWord.sol";
import {Training} from "./libraries/words/TrainingWord.sol";
import {Voting} from "./libraries/words/VotingWord.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title What a node sees
/// @notice Views only: nothing here changes state, and nothing that changes state depends on how these are computed, but for
/// `commitmentOf`.
abstract contract Views is Staking {
    function rewardPool() external view returns (uint256) {
        return progress.pool();
    }

    function roleOf(address account, uint256 round) external view returns (Role role) {
        uint256 drawn = training.round();
        if (round > drawn || round < _oldest(progress.round())) revert WrongRound(drawn, round);
        (role,) = _roleAt(account, round);
    }

    function roundView(address account) external view returns (RoundView memory v) {
        _viewRound(v);
        _viewAccount(v, account);
    }

    function _viewRound(RoundView memory v) private view {
        Progress p = progress;
        (v.blockNumber, v.timestamp) = (block.number, block.timestamp);
        (v.phase, v.round, v.rounds) = (phase(), p.round(), ROUNDS);
        (v.memberCount, v.anchor, v.movedAt) = (p.memberCount(), p.anchor(), p.movedAt());
        (v.globalModel, v.pool) = (globalModel, p.pool());
        if (p.anchor() == 0) return;
        v.drawnCount = p.drawnCount();
        if (p.isDrawn()) return _viewDrawn(v);
        (bytes32 value, bool isExpired) = BEACON.read(uint48(p.anchor()));
        v.isSeedReady = value != 0 || isExpired;
    }

    function _viewDrawn(RoundView memory v) private view {
        Training t = training;
        Voting voting_ = _votingOf(t);
        (uint256 proposers, uint256 voters) = _headcount(t.members());
        (v.proposers, v.voters, v.updates) = (proposers, voters, t.updates());
        (v.commits, v.reveals) = (voting_.commits(), voting_.reveals());
        (v.trainEnd, v.commitEnd) = (t.end(), voting_.commitEnd());
        (v.revealEnd, v.seed) = (voting_.commitEnd() + REVEAL_WINDOW, bytes32(t.seed()));
    }

    function _viewAccount(RoundView memory v, address account) private view {
        Member member = members[account];
        uint256 ordinal = positions[account].ordinalAt(v.round);
        v.isMember = positions[account].ordinalNow() != 0;
        v.isInDraw = ordinal != 0 && ordinal <= v.drawnCount;
        if (ordinal != 0) v.position = ordinal - 1;
        if (v.trainEnd != 0) {
            (v.role, v.rank) = _roleAt(account, v.round);
            Commitment commitment = commitments[account];
            if (commitment.round() == v.round) v.commitment = commitment.digest();
            v.hasSubmitted = member.actedRound() == v.round && member.act() == Act.Submitted;
            v.hasRevealed = member.actedRound() == v.round && member.act() != Act.Submitted;
        }
        (v.stake, v.toppedUp, v.rewards) = (member.stake(), topUps[account].amount(), member.rewards());
        (v.resolved, v.exitAt) = (member.resolved(), exits[account]);
        try this.checkExit(account) {
            v.canWithdraw = true;
        } catch {}
    }

    function checkExit(address account) external view {
        _checkExit(account);
    }

    function membersFrom(uint256 from, uint256 limit) external view returns (address[] memory page) {
        uint256 count = progress.memberCount();
        count = from < count ? count - from : 0;
        page = new address[](count < limit ? count : limit);
        for (uint256 i = 0; i < page.length; i++) page[i] = standing[from + i];
    }

    function dues(uint256 round, address[] calldata accounts) external view returns (Due[] memory found) {
        uint256 current = progress.round();
        if (round >= current || round < _oldest(current)) revert WrongRound(current - 1, round);
        found = new Due[](accounts.length);
        for (uint256 i = 0; i < accounts.length; i++) found[i] = _viewDue(accounts[i], round, current);
    }

    /// @dev Goes the way of `_applyDues` and writes nothing.
    function _viewDue(address account, uint256 through, uint256 current) private view returns (Due memory due) {
        Member m = members[account];
        uint256 oldest = _oldest(current);
        for (uint256 round = _reach(m, m.resolved() + 1, oldest); round <= through; round = _reach(m, round + 1, oldest)) {
            if (m.hasTopUp() && topUps[account].fromRound() <= round) m = m.takeTopUp(topUps[account].amount());
            (due.fault, due.penalty, due.reward) = _dueOf(m, account, round);
            m = m.lose(due.penalty);
        }
    }

    function commitmentOf(
        uint256 round, address voter, bytes32 aggregate, int8 score, uint64 lossBefore, uint64 lossAfter, bytes32 salt
    ) public view returns (bytes32) {
        return sha256(
            abi.encode(block.chainid, address(this), round, voter, aggregate, score, lossBefore, lossAfter, salt)
        );
    }
}
// slither-disable-end incorrect-equality

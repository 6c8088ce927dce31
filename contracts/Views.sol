// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Due, Fault, Role, RoundView} from "./interfaces/IFLTask.sol";
import {Staking} from "./Staking.sol";
import {Positions} from "./libraries/Positions.sol";
import {Act, Member, Progress, Training, Voting} from "./libraries/Words.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title What a node sees
/// @notice Views only: nothing here changes state, and nothing that changes state depends on how these are computed, but for
/// `commitmentOf`.
abstract contract Views is Staking {
    using Positions for uint256;

    function rewardPool() external view returns (uint256) {
        return progress.pool();
    }

    function roleOf(address account, uint256 round) external view returns (Role role) {
        uint256 drawn = training.round();
        if (round > drawn || round + WINDOW < progress.round()) revert WrongRound(drawn, round);
        (role,) = _roleAt(account, round);
    }

    function roundView(address account) external view returns (RoundView memory v) {
        _viewRound(v);
        _viewAccount(v, account);
    }

    function _viewRound(RoundView memory v) private view {
        Progress now_ = progress;
        (v.blockNumber, v.timestamp) = (block.number, block.timestamp);
        (v.phase, v.round, v.rounds) = (phase(), now_.round(), ROUNDS);
        (v.memberCount, v.anchor, v.movedAt) = (now_.memberCount(), now_.anchor(), now_.movedAt());
        (v.globalModel, v.pool) = (globalModel, now_.pool());
        if (now_.anchor() == 0) return;
        v.drawnCount = now_.drawnCount();
        if (now_.isDrawn()) return _viewDrawn(v);
        (bytes32 value, bool isExpired) = BEACON.read(uint48(now_.anchor()));
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
        uint256 place = positions[account].placeAt(v.round);
        v.isMember = positions[account].placeNow() != 0;
        v.isInDraw = place != 0 && place <= v.drawnCount;
        if (place != 0) v.position = place - 1;
        if (v.trainEnd != 0) {
            uint256 rank;
            (v.role, rank) = _roleAt(account, v.round);
            v.rank = rank;
            uint256 committed = uint256(commitments[account]);
            if (uint16(committed) == v.round) v.commitment = bytes32(committed >> 16 << 16);
            v.hasSubmitted = member.actedRound() == v.round && member.act() == Act.Submitted;
            v.hasRevealed = member.actedRound() == v.round && member.act() != Act.Submitted;
        }
        (v.stake, v.toppedUp, v.rewards) = (member.stake(), topUps[account].amount, member.rewards());
        (v.resolved, v.exitAt) = (member.resolved(), exits[account]);
        try this.checkExit(account) {
            v.canWithdraw = true;
        } catch {}
    }

    function checkExit(address account) external view {
        _checkExit(account);
    }

    function dues(uint256 round, uint256 from, uint256 to) external view returns (Due[] memory found) {
        if (round >= progress.round() || round + WINDOW < progress.round()) revert WrongRound(progress.round() - 1, round);
        (, uint256 n) = _drawOf(round);
        if (to > n) to = n;
        found = new Due[](from < to ? 2 * (to - from) : 0);
        uint256 count;
        for (uint256 position = from; position < to; position++) {
            count += _viewDue(found, count, seats[position].account, round, position);
            count += _viewDue(found, count, formerSeats[position].account, round, position);
        }
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }

    /// @dev Penalties and rewards as they will be if the account's earlier dues are applied as they stand.
    function _viewDue(Due[] memory found, uint256 index, address account, uint256 round, uint256 position)
        private
        view
        returns (uint256)
    {
        Member member = members[account];
        if (account == address(0) || positions[account].placeAt(round) != position + 1 || member.resolved() >= round) return 0;
        if (index > 0 && found[index - 1].account == account) return 0;
        (Fault fault, uint256 penalty, uint256 reward) = _dueOf(member, account, round);
        if (penalty + reward == 0) return 0;
        found[index] = Due(account, fault, penalty, reward);
        return 1;
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

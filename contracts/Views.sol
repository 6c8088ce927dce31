// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Due, Fault, Parameters, Role, RoundView, Update} from "./interfaces/IFLTask.sol";
import {Staking} from "./Staking.sol";
import {Permutation} from "./libraries/Permutation.sol";
import {Positions} from "./libraries/Positions.sol";
import {Act, Member, Training, Voting, Words} from "./libraries/Words.sol";

/// @title What a node sees
/// @notice Views only: nothing here changes state, and nothing that changes state depends on how these are computed, but for
/// `commitmentOf`.
abstract contract Views is Staking {
    using Positions for uint256;
    using Words for uint256;

    function parameters() external view returns (Parameters memory) {
        return _parameters();
    }

    function rewardPool() external view returns (uint256) {
        return progress.pool;
    }

    function roleOf(address account, uint256 round) external view returns (Role role) {
        uint256 drawn = training.toTraining().number;
        if (round > drawn || round + WINDOW < progress.round) revert WrongRound(drawn, round);
        (role,) = _roleAt(_parameters(), account, round);
    }

    function roundView(address account) external view returns (RoundView memory v) {
        Parameters memory p = _parameters();
        _viewRound(p, v);
        _viewAccount(p, v, account);
    }

    function _viewRound(Parameters memory p, RoundView memory v) private view {
        Progress memory now_ = _progress();
        (v.blockNumber, v.timestamp) = (uint64(block.number), uint64(block.timestamp));
        (v.phase, v.round, v.rounds) = (_phase(p), now_.round, p.rounds);
        (v.memberCount, v.anchor, v.movedAt) = (now_.memberCount, now_.anchor, now_.movedAt);
        (v.globalModel, v.pool) = (globalModel, now_.pool);
        if (now_.anchor == 0) return;
        v.drawnCount = now_.drawnCount;
        if (now_.isDrawn) return _viewDrawn(p, v);
        (bytes32 value, bool isExpired) = p.beacon.read(now_.anchor);
        v.isSeedReady = value != 0 || isExpired;
    }

    function _viewDrawn(Parameters memory p, RoundView memory v) private view {
        Training memory t = training.toTraining();
        Voting memory voting_ = _votingOf(p, t);
        (uint256 proposers, uint256 voters) = _headcount(p, t.members);
        (v.proposers, v.voters) = (uint16(proposers), uint16(voters));
        (v.commits, v.reveals) = (uint16(voting_.commits), uint16(voting_.reveals));
        (v.trainEnd, v.commitEnd) = (uint40(t.trainEnd), uint40(voting_.commitEnd));
        (v.revealEnd, v.seed) = (uint40(voting_.commitEnd + p.revealWindow), bytes32(t.seed));
        v.updates = new Update[](t.updates);
        uint256 found;
        for (uint256 rank = 0; rank < proposers; rank++) {
            address proposer = _drawnAt(Permutation.positionOf(t.seed, t.members, rank));
            Member memory member = members[proposer].toMember();
            if (member.actedRound == t.number) v.updates[found++] = Update(proposer, uint96(member.stake), updates[rank]);
        }
    }

    function _viewAccount(Parameters memory p, RoundView memory v, address account) private view {
        Member memory member = members[account].toMember();
        TopUp memory topUp_ = topUps[account];
        uint256 place = positions[account].placeAt(v.round);
        v.isMember = positions[account].placeNow() != 0;
        v.isInDraw = place != 0 && place <= v.drawnCount;
        if (place != 0) v.position = uint16(place - 1);
        if (v.trainEnd != 0) {
            uint256 rank;
            (v.role, rank) = _roleAt(p, account, v.round);
            v.rank = uint16(rank);
            uint256 committed = uint256(commitments[account]);
            if (uint16(committed) == v.round) v.commitment = bytes32(committed >> 16 << 16);
            v.hasSubmitted = member.actedRound == v.round && member.act == Act.Submitted;
            v.hasRevealed = member.actedRound == v.round && member.act != Act.Submitted;
        }
        (v.stake, v.toppedUp, v.rewards) = (uint96(member.stake), topUp_.amount, uint96(member.rewards));
        (v.resolved, v.exitAt) = (uint16(member.resolved), uint40(exits[account]));
        try this.checkExit(account) {
            v.canWithdraw = true;
        } catch {}
    }

    /// @notice Reverts with the reason why `account` cannot withdraw now; returns if it can.
    function checkExit(address account) external view {
        _checkExit(_parameters(), account);
    }

    function dues(uint256 round, uint256 from, uint256 to) external view returns (Due[] memory found) {
        Parameters memory p = _parameters();
        if (round >= progress.round || round + WINDOW < progress.round) revert WrongRound(progress.round - 1, round);
        (, uint256 n) = _drawOf(round);
        if (to > n) to = n;
        found = new Due[](from < to ? 2 * (to - from) : 0);
        uint256 count;
        for (uint256 position = from; position < to; position++) {
            count += _viewDue(p, found, count, seats[position].account, round, position);
            count += _viewDue(p, found, count, formerSeats[position].account, round, position);
        }
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }

    /// @dev Penalties and rewards as they will be if the account's earlier dues are applied as they stand.
    function _viewDue(Parameters memory p, Due[] memory found, uint256 index, address account, uint256 round, uint256 position)
        private
        view
        returns (uint256)
    {
        Member memory member = members[account].toMember();
        if (account == address(0) || positions[account].placeAt(round) != position + 1 || member.resolved >= round) return 0;
        if (index > 0 && found[index - 1].account == account) return 0;
        (Fault fault, uint256 penalty, uint256 reward) = _dueOf(p, member, account, round);
        if (penalty + reward == 0) return 0;
        found[index] = Due(account, fault, uint96(penalty), uint96(reward));
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

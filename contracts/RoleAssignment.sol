// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TaskParameters} from "./TaskParameters.sol";
import {TaskStorage} from "./TaskStorage.sol";
import {Role} from "./interfaces/IFLTask.sol";
import {Roles} from "./libraries/Roles.sol";
import {Draw} from "./libraries/words/DrawWord.sol";
import {Positions} from "./libraries/words/PositionsWord.sol";
import {Progress} from "./libraries/words/ProgressWord.sol";
import {TrainingWord} from "./libraries/words/TrainingWord.sol";

// slither-disable-start incorrect-equality: what is compared is counted by acts, no balance that somebody could push by a wei

/// @title Who does what this round (R8 – R10)
/// @notice The members stand in a list without gaps. The list is frozen for a round when its anchor is fixed,
/// before anybody can know the seed; who joins or leaves later changes the list for the rounds after it.
/// Roles are computed from the seed, the number of members and the position, and nothing is stored per member
/// and round.
abstract contract RoleAssignment is TaskStorage, TaskParameters {
    // ── the list ──

    /// @dev The first round whose membership is still open: what happens now counts from its draw on (R4).
    function _openRound() internal view returns (uint256) {
        return progress.anchor() == 0 ? progress.round() : progress.round() + 1;
    }

    function _stand(address account, uint256 position, uint256 fromRound) internal {
        standing[position] = account;
        positions[account] = positions[account].push(fromRound, position + 1);
        emit Positioned(account, position, fromRound);
    }

    function _append(address account) internal returns (uint256 fromRound) {
        fromRound = _openRound();
        _stand(account, progress.memberCount(), fromRound);
        progress = progress.addMember();
    }

    /// @dev The last of the list takes the position that becomes free.
    function _remove(address account) internal returns (uint256 fromRound) {
        fromRound = _openRound();
        Positions before = positions[account];
        uint256 position = before.ordinalNow() - 1;
        progress = progress.removeMember();
        uint256 last = progress.memberCount();
        if (position != last) _stand(standing[last], position, fromRound);
        positions[account] = before.push(fromRound, 0);
    }

    // ── the draw ──

    /// @dev Freezes the list for the next round if it is long enough. The value of the anchor is unknown to
    /// everybody now.
    function _anchor() internal {
        if (progress.memberCount() < (progress.round() == 1 ? MIN_PARTICIPANTS : LEAST_MEMBERS)) return;
        progress = progress.freeze().moveAt(block.timestamp);
        _await();
    }

    function _await() private {
        Progress p = progress.await(BEACON.next());
        progress = p;
        emit Anchored(p.round(), p.anchor(), p.drawnCount());
    }

    /// @dev If the anchor expired, a new one is taken and the list stays as it is.
    function _fixSeed() internal {
        Progress p = progress;
        (bytes32 value, bool isExpired) = BEACON.read(uint48(p.anchor()));
        if (isExpired) return _await();
        if (value == 0) revert SeedNotReady(p.anchor());
        uint256 seed = uint80(uint256(keccak256(abi.encode(value, address(this), p.round()))));
        training = TrainingWord.begin(p.round(), block.timestamp + TRAIN_WINDOW, p.drawnCount(), seed);
        progress = p.draw().moveAt(block.timestamp);
        emit RoundDrawn(p.round(), bytes32(seed), p.drawnCount());
    }

    /// @dev How many of `n` members propose and how many vote (I3).
    function _headcount(uint256 n) internal view returns (uint256 proposers, uint256 voters) {
        return Roles.headcount(n, PROPOSERS, VOTERS);
    }

    /// @dev The role as of the draw of `round`, a settled one that the ring still holds (R9, R10).
    function _roleAt(address account, uint256 round) internal view returns (Role) {
        // slither-disable-next-line weak-prng: a slot of the ring, no dice
        Draw drawn = draws[round % RING];
        (uint256 proposers, uint256 voters) = _headcount(drawn.members());
        uint256 rank = Roles.rankAt(positions[account], round, drawn.seed(), drawn.members());
        return Roles.roleOf(rank, proposers, voters);
    }
}
// slither-disable-end incorrect-equality

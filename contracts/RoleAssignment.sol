// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFLTask, Parameters, Role} from "./interfaces/IFLTask.sol";
import {Permutation} from "./libraries/Permutation.sol";
import {Positions} from "./libraries/Positions.sol";
import {Training, Words} from "./libraries/Words.sol";

/// @title Who does what this round (R8 – R10)
/// @notice The members stand in a list without gaps. The list is frozen for a round when its anchor is fixed, before anybody can
/// know the seed; who joins or leaves later changes the list for the rounds after it. Roles are computed from the seed, the number
/// of members and the position, and nothing is stored per member and round.
abstract contract RoleAssignment is IFLTask {
    using Positions for uint256;
    using Words for uint256;
    using Words for Training;

    /// @dev What moves the task from round to round; one word.
    struct Progress {
        uint96 pool;
        uint48 anchor; // of the beacon for this round; zero while the membership is open
        uint16 drawnCount; // members when the anchor was fixed
        uint16 memberCount;
        uint16 round; // in progress or next; rounds + 1 when completed
        uint40 movedAt; // when the last of settle, draw, filling or closing happened
        bool isDrawn;
        bool isClosed;
    }

    /// @dev Who stands at a position, from the draw of which round on.
    struct Seat {
        address account;
        uint16 since;
    }

    /// @dev Draws kept; a round's draw is overwritten eight rounds later (D17).
    uint256 internal constant RING = 8;
    /// @dev Settled rounds for which absence can still be told: eight checkpoints reach back over six rounds and the two ahead.
    uint256 internal constant WINDOW = 6;

    Progress internal progress;
    uint256 internal training; // the round drawn last; see Words
    uint256[RING] internal draws; // of settled rounds: seed (80) | members (16)
    mapping(uint256 position => Seat) internal seats;
    mapping(uint256 position => Seat) internal formerSeats; // as of the round in progress, where `seats` is newer
    mapping(address account => uint256) internal positions; // see Positions

    function _parameters() internal view virtual returns (Parameters memory);

    /// @dev The word, unpacked. Said once because each unpacking costs some 200 bytes of code.
    function _progress() internal view returns (Progress memory) {
        return progress;
    }

    // ── the list ──

    /// @dev The first round whose membership is still open: what happens now counts from its draw on (R4).
    function _openRound() internal view returns (uint256) {
        return progress.anchor == 0 ? progress.round : progress.round + 1;
    }

    function _seat(address account, uint256 position, uint256 fromRound) internal {
        if (seats[position].since != fromRound) formerSeats[position] = seats[position];
        seats[position] = Seat(account, uint16(fromRound));
        if (account == address(0)) return;
        positions[account] = positions[account].push(fromRound, position + 1);
        emit Seated(account, position, fromRound);
    }

    function _addSeat(address account) internal returns (uint256 fromRound) {
        fromRound = _openRound();
        _seat(account, progress.memberCount++, fromRound);
    }

    /// @dev The last of the list takes the place that becomes free.
    function _removeSeat(address account) internal returns (uint256 fromRound) {
        fromRound = _openRound();
        uint256 word = positions[account];
        uint256 position = word.placeNow() - 1;
        uint256 last = --progress.memberCount;
        if (position != last) _seat(seats[last].account, position, fromRound);
        _seat(address(0), last, fromRound);
        positions[account] = word.push(fromRound, 0);
    }

    /// @dev Who stood at `position` as of the draw of the round in progress.
    function _drawnAt(uint256 position) internal view returns (address) {
        mapping(uint256 => Seat) storage list = seats[position].since <= progress.round ? seats : formerSeats;
        return list[position].account;
    }

    // ── the draw ──

    /// @dev Freezes the list for the next round if it is long enough. The value of the anchor is unknown to everybody now.
    function _anchor(Parameters memory p) internal {
        if (progress.memberCount < p.minParticipants) return;
        (progress.anchor, progress.drawnCount) = (p.beacon.next(), progress.memberCount);
        progress.movedAt = uint40(block.timestamp);
        emit Anchored(progress.round, progress.anchor, progress.drawnCount);
    }

    /// @dev Returns false if the anchor expired; then a new one is taken and the list stays as it is.
    function _fixSeed(Parameters memory p, Progress memory now_) internal returns (bool isFixed) {
        (bytes32 value, bool isExpired) = p.beacon.read(now_.anchor);
        if (isExpired) {
            progress.anchor = p.beacon.next();
            emit Anchored(now_.round, progress.anchor, now_.drawnCount);
            return false;
        }
        if (value == 0) revert SeedNotReady(now_.anchor);
        uint256 seed = uint80(uint256(keccak256(abi.encode(value, address(this), now_.round))));
        training = Training(now_.round, block.timestamp + p.trainWindow, 0, 0, now_.drawnCount, seed).pack();
        emit RoundDrawn(now_.round, bytes32(seed), now_.drawnCount);
        return true;
    }

    /// @dev Seed and members of `round`: the one drawn last or one that the ring still holds.
    function _drawOf(uint256 round) internal view returns (uint256 seed, uint256 members) {
        Training memory t = training.toTraining();
        if (t.number == round) return (t.seed, t.members);
        uint256 drawn = draws[round % RING];
        return (drawn >> 16, uint16(drawn));
    }

    /// @dev How many of `n` members propose and how many vote (I3).
    function _headcount(Parameters memory p, uint256 n) internal pure returns (uint256 proposers, uint256 voters) {
        if (n == 0) return (0, 0);
        proposers = p.proposers < n ? p.proposers : n - 1;
        voters = n - proposers;
        if (p.voters != 0 && p.voters < voters) voters = p.voters;
    }

    /// @dev The role as of the draw of `round`, which must be one that `_drawOf` knows (R9, R10).
    function _roleAt(Parameters memory p, address account, uint256 round) internal view returns (Role role, uint256 rank) {
        (uint256 seed, uint256 n) = _drawOf(round);
        (uint256 proposers, uint256 voters) = _headcount(p, n);
        return _roleIn(account, round, seed, n, proposers, voters);
    }

    function _roleIn(address account, uint256 round, uint256 seed, uint256 n, uint256 proposers, uint256 voters)
        internal
        view
        returns (Role role, uint256 rank)
    {
        uint256 place = positions[account].placeAt(round);
        if (place == 0 || place > n) return (Role.None, n);
        rank = Permutation.rankOf(seed, n, place - 1);
        if (rank < proposers) role = Role.Proposer;
        else if (rank < proposers + voters) role = Role.Voter;
    }
}

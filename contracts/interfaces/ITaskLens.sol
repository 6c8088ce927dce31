// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, IFLTask, Outcome, Phase, Role} from "./IFLTask.sol";

/// @notice Everything a node decides from, at one block: where the round is, and what is the account's own in it.
struct RoundView {
    uint256 blockNumber;
    uint256 timestamp;
    Phase phase;
    uint256 round; // the one in progress or next to be drawn, from 1; one more than there were when completed
    uint256 rounds; // to be decided
    uint256 decided; // so many were not void
    uint256 rejectedInRow; // up to now
    uint256 memberCount; // members now
    uint256 drawnCount; // members that this round was, or will be, drawn from; zero while enrolling
    uint256 anchor; // of the beacon, for this round's seed; zero while enrolling
    bool isSeedReady; // whether `draw` can go ahead (or take a new anchor)
    bytes32 seed; // of this round; zero until drawn
    uint256 trainEnd; // ends of the phases, from the draw on
    uint256 commitEnd;
    uint256 revealEnd;
    uint256 movedAt; // when the list was frozen, the round drawn or settled, or the task closed: the last of these
    uint256 proposers; // drawn in this round
    uint256 voters;
    uint256 submitted; // which proposers have: a bit a rank; each is told by an event `UpdateSubmitted`
    uint256 updates; // how many
    uint256 commits;
    uint256 reveals;
    bytes32 globalModel;
    uint256 pool;
    // the account's own part
    Role role;
    uint256 position; // in the list as of this round; meaningful if isInDraw, and of a member while enrolling
    uint256 rank; // what the permutation makes of the position; meaningful once drawn
    bool isMember; // in the list from which the next rounds are drawn
    bool isInDraw; // in the list that this round was, or will be, drawn from
    bool hasSubmitted;
    bytes32 commitment; // of this round: the leading 240 bits of what was committed; zero: none
    bool hasRevealed;
    uint256 stake;
    uint256 toppedUp; // on top of `stake`: counts from the draw for which it came, and joins `stake` with the next due
    uint256 rewards; // credited and not claimed
    address operator; // who may act for it besides; zero: nobody
    bool canWithdraw;
    uint256 exitAt; // the earliest time of withdrawal after leaving
    uint256 resolved; // rounds up to this one are in `stake` and `rewards`
}

/// @notice What one settled round still holds for one account; all zero: nothing.
struct Due {
    Fault fault;
    uint256 penalty;
    uint256 share; // of the round's reward: what it could have earned
    uint256 reward; // what it has earned of that; the rest goes back to the pool with its due
}

/// @notice A settled round.
struct RoundResult {
    Outcome outcome;
    bool wasVoted; // there were updates to vote on
    bool isComplete; // nobody was absent
    uint256 updates; // how many
    uint256 condemned; // which proposers are: a bit a rank
    uint256 reward;
    uint256 turnout; // the weight of all updates and all reveals: what the reward is shared over
}

/// @title What can be seen of a task from outside
/// @notice Computed from the task's words and parameters, all at one block. It keeps nothing and can do
/// nothing. Which lens suits a task is told by the task manager that made it; one that shows more can be put
/// beside it at any time.
interface ITaskLens {
    /// @notice All that a node needs to decide what `account` must do next.
    function roundView(IFLTask task, address account) external view returns (RoundView memory);

    /// @notice The role of `account` in `round`: the current one or one of the six before (R10). Others are
    /// refused with `IFLTask.WrongRound`.
    function roleOf(IFLTask task, address account, uint256 round) external view returns (Role);

    /// @notice The members in the order of their positions, as the list is now: at most `limit`, from
    /// position `from` on. Who has left is told by an event `Left`.
    function membersFrom(IFLTask task, uint256 from, uint256 limit) external view returns (address[] memory);

    /// @notice What settled `round`, one of the last six, still holds for each of `accounts`, in their order:
    /// to the wei what `slash` would take, and what acting, claiming or withdrawing would credit. Other
    /// rounds are refused with `IFLTask.WrongRound`.
    function dues(IFLTask task, uint256 round, address[] calldata accounts) external view returns (Due[] memory);

    /// @notice What `round` decided; for ever once it is settled, and before that nothing.
    function resultOf(IFLTask task, uint256 round) external view returns (RoundResult memory);

    /// @notice When `account` can withdraw (R6).
    /// @return round the round that must settle first; zero: none. A member that has not left waits for the
    /// last that there can be
    /// @return time from when on; zero: at once. Known for who has left, and once the task is over
    function exitOf(IFLTask task, address account) external view returns (uint256 round, uint256 time);
}

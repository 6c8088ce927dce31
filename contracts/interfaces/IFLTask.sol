// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IBeacon} from "./IBeacon.sol";

/// @notice The parameters of a task (R1). They never change (R2). Amounts in wei of `token`, shares in basis
/// points, times in seconds.
struct Parameters {
    address token; // an ERC-20 that moves exactly what it is told to (D16)
    IBeacon beacon; // where the seeds come from (D8)
    bytes32 definition; // digest of the model definition
    bytes32 initialModel; // digest of the first global model (D9)
    bytes32 admitted; // Merkle root of the accounts that may join; zero: everybody may
    uint96 minStake;
    uint96 maxStake; // nobody's is above it (R5); zero: no limit
    uint16 rounds; // T, to be decided; void ones do not count (R19a)
    uint16 minParticipants; // before the first draw
    uint16 maxParticipants;
    uint16 proposers; // P, drawn per round, where members are enough
    uint16 voters; // V, drawn per round; zero: every member that does not propose
    uint16 quorumBps; // of the drawn voters, how many must reveal
    uint16 floorBps; // of the least stake: who has less is not drawn again (R5)
    uint16 faultBps; // penalties, of the stake as of the draw, doubling with each fault in a row (R19, D3)
    uint16 condemnedBps;
    uint16 slasherBps; // of a penalty, what the slasher gets (R20, D13)
    uint16 patience; // rejected rounds in a row after which the task is completed (R19a); zero: none
    uint32 trainWindow;
    uint32 commitWindow;
    uint32 revealWindow;
    uint32 exitDelay;
    uint32 stallTimeout;
}

/// @notice Where a task is. Computed from stored facts and the clock, never stored.
enum Phase {
    Enrolling,
    Drawing,
    Training,
    Committing,
    Revealing,
    Settling,
    Completed,
    Closed
}

/// @notice What a member does in one round (R9, I3).
enum Role {
    None,
    Proposer,
    Voter
}

/// @notice What a settled round decided (R16, R17).
enum Outcome {
    None,
    Accepted,
    Rejected,
    Void
}

/// @notice What a participant is penalised for (R19).
enum Fault {
    None,
    Absent, // drawn, and did not submit, commit or reveal
    Divergent, // voted for another digest than the winner
    Minority, // voted for the winner, with the other sign
    Condemned // its update was, by more than half of the revealed weight (R17a)
}

/// @title One federated learning task (protocol rules R1 – R22)
/// @notice Nobody owns a task. Each function below can be called by whom its first line names, in the phase
/// that it names.
interface IFLTask {
    // ── errors ──

    /// @notice The act belongs to another phase.
    error WrongPhase(Phase expected, Phase actual);
    /// @notice The round named is not the one meant, or is not settled yet.
    error WrongRound(uint256 expected, uint256 actual);
    /// @notice The account was not drawn for this act.
    error WrongRole(Role expected, Role actual);
    /// @notice The act was done already; it counts once (I4).
    error AlreadyDone(address account, uint256 round);
    /// @notice `revealVote` without a commitment in this round.
    error NoCommitment(address account, uint256 round);
    /// @notice The ballot is not the one that was committed to.
    error WrongBallot(bytes32 expected, bytes32 actual);
    /// @notice A score is +1 or −1 (R14).
    error InvalidScore(int256 score);
    /// @notice A ballot accuses only those that submitted (R14).
    error InvalidMask(uint256 submitted, uint256 against);
    /// @notice A digest or commitment is not zero.
    error EmptyDigest();
    /// @notice Nothing is left at stake, so nothing can be weighed.
    error NoStake(address account);
    /// @notice The caller is neither the account nor its operator (R6a).
    error NotOperator(address account, address actual);
    /// @notice An operator sends what is due to the account itself (R6a).
    error WrongReceiver(address expected, address actual);
    error NotMember(address account);
    error AlreadyMember(address account);
    /// @notice The account is not under the task's Merkle root.
    error NotAdmitted(address account);
    error TaskFull(uint256 maxParticipants);
    error StakeTooSmall(uint256 minimum, uint256 actual);
    error StakeTooLarge(uint256 maximum, uint256 actual);
    /// @notice The token moved another amount than it was told to (D16).
    error UnsoundToken(uint256 expected, uint256 actual);
    /// @notice What enters a task and does not leave as stake stays below 2^90 wei, so that no sum can overflow.
    error TooMuch(uint256 limit, uint256 actual);
    /// @notice A duty of the account is not settled, its exit delay is not over, or the task's stall timeout
    /// is not. `time` is zero while a round must settle.
    error TooEarly(uint256 round, uint256 time);
    /// @notice There is nothing to pay, to slash or to fund.
    error Nothing();
    error NotCreator(address creator, address actual);
    /// @notice The beacon has no value for the anchor yet.
    error SeedNotReady(uint256 anchor);
    /// @notice The task is over, or not over, contrary to what the act needs.
    error WrongState(Phase actual);

    // ── events: enough to rebuild everything (R22) ──

    event Funded(address indexed from, uint256 amount);
    event Joined(address indexed account, uint256 stake);
    event ToppedUp(address indexed account, uint256 amount, uint256 fromRound);
    event Left(address indexed account, uint256 fromRound, uint256 exitAt);
    event OperatorNamed(address indexed account, address indexed operator);
    /// @notice From the draw of `fromRound` on, `account` stands at `position` of the list.
    event Positioned(address indexed account, uint256 position, uint256 fromRound);
    /// @notice The next round's membership is fixed; its seed will be the beacon's value at `anchor`.
    event Anchored(uint256 indexed round, uint256 anchor, uint256 memberCount);
    event RoundDrawn(uint256 indexed round, bytes32 seed, uint256 memberCount);
    event UpdateSubmitted(
        uint256 indexed round, address indexed proposer, bytes32 digest, uint256 rank, uint256 weight
    );
    event VoteCommitted(uint256 indexed round, address indexed voter, bytes32 commitment);
    event VoteRevealed(
        uint256 indexed round,
        address indexed voter,
        bytes32 aggregate,
        int256 score,
        uint256 against,
        uint256 weight,
        uint256 lossBefore,
        uint256 lossAfter
    );
    /// @notice Each that submitted or revealed has a share of `reward · weight / turnout`, rounded down, and
    /// earns it if it is good, less what it misjudged (R18, R18a). `condemned` has a bit for each rank
    /// (R17a).
    event RoundSettled(
        uint256 indexed round,
        Outcome outcome,
        bytes32 winner,
        uint256 weightFor,
        uint256 weightAgainst,
        uint256 reward,
        uint256 turnout,
        uint256 condemned
    );
    /// @notice What the account did not earn of its share of the round's reward has gone back to the pool,
    /// with its due.
    event ShareReturned(uint256 indexed round, address indexed account, uint256 amount);
    event Slashed(
        uint256 indexed round, address indexed account, Fault fault, uint256 amount, address slasher, uint256 slasherShare
    );
    event Claimed(address indexed account, address indexed to, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 stake, uint256 rewards);
    event Refunded(address indexed creator, uint256 amount);
    event TaskClosed(address indexed by, bool isCancelled);

    // ── members ──

    /// @notice Anyone that is admitted: put `amount` of the token at stake and be drawn from the next draw on
    /// whose membership is not fixed yet (R4). The token must be approved.
    /// @param proof that the caller is under the task's Merkle root; empty where there is none
    function join(uint256 amount, bytes32[] calldata proof) external;

    /// @notice The same with an EIP-2612 permit instead of an approval.
    function joinWithPermit(uint256 amount, bytes32[] calldata proof, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external;

    /// @notice A member: add to the stake, with effect from the next draw on whose membership is not fixed yet (R4).
    function topUp(uint256 amount) external;

    /// @notice A member: be drawn no more. Duties in rounds whose membership is fixed remain (R6).
    function leaveTask() external;

    /// @notice Anyone, for itself: name who may act in rounds for it and send what is due to it, and nothing
    /// else (R6a). Zero: nobody.
    function setOperator(address operator) external;

    /// @notice A participant that left, or any once the task is over: take stake and rewards of `account` to
    /// `to` (R6, I8). Its operator: to the account itself.
    function withdraw(address account, address to) external;

    /// @notice A participant: take the rewards of all settled rounds to `to` (R21). Its operator: to the
    /// account itself.
    function claim(address account, address to) external;

    /// @notice Anyone: apply what the settled rounds up to `round` hold for `accounts`, in order, and earn
    /// the slasher's share of their penalties (R20). Reverts with `Nothing` if there is no penalty among
    /// them.
    function slash(uint256 round, address[] calldata accounts) external;

    // ── a round; `account` is the caller or who named it its operator (R6a) ──

    /// @notice Anyone, in Drawing: fix the seed of the round, or take a new anchor if the old one expired (R8).
    function draw() external;

    /// @notice A drawn proposer, in Training: offer the update with this digest (R11).
    function submitUpdate(address account, bytes32 digest) external;

    /// @notice A drawn voter, in Committing: hide a vote (R13). The leading 240 bits of `commitment` are kept.
    function commitVote(address account, bytes32 commitment) external;

    /// @notice A voter that committed, in Revealing: show the vote (R14).
    /// @param score +1: the aggregate is at least as good as the global model on the voter's test part; −1: it is not
    /// @param against whose updates did not arrive, are not valid, are idle or copies, or harm: a bit for
    /// each rank that submitted
    /// @param lossBefore on the voter's test part, in steps of 1e-3, of the global model; recorded, weighs
    /// nothing. The largest value: not finite or too large
    /// @param lossAfter likewise, of the aggregate
    /// @param salt the secret that hid the commitment
    function revealVote(
        address account,
        bytes32 aggregate,
        int8 score,
        uint16 against,
        uint32 lossBefore,
        uint32 lossAfter,
        bytes32 salt
    ) external;

    /// @notice Anyone, in Settling: decide the round and open the next (R16 – R18).
    function settle() external;

    // ── the pool and the end ──

    /// @notice Anyone, until the task is over: add to the reward pool (R3). The token must be approved.
    function fund(uint256 amount) external;

    /// @notice The creator, before the first draw: call the task off (R2).
    function cancel() external;

    /// @notice Anyone, once no list was frozen, no round drawn and none settled for `stallTimeout`: close it
    /// (R7). So also a task that is still filling: what matters is how long it has not been full.
    function close() external;

    /// @notice Anyone, once the task is over: send what is left of the pool to the creator.
    function refund() external;

    // ── views; all others are `TaskLens`'s ──

    function creator() external view returns (address);
    function parameters() external view returns (Parameters memory);
    function phase() external view returns (Phase);
    function globalModel() external view returns (bytes32);

    /// @notice All that was staked or paid into the pool and not taken out as stake, in wei; below 2^90, so
    /// that no sum in the task can overflow. Stakes that left do not count, or going in and out would use the
    /// limit up for everybody.
    function entered() external view returns (uint256);

    /// @notice The digest that a ballot is committed to with: SHA-256 over the ABI encoding of chain id,
    /// task, round, voter and ballot.
    function commitmentOf(
        uint256 round,
        address voter,
        bytes32 aggregate,
        int8 score,
        uint16 against,
        uint32 lossBefore,
        uint32 lossAfter,
        bytes32 salt
    ) external view returns (bytes32);

    /// @notice The raw word in a storage slot. Whoever looks at the task from outside comes in by this door.
    function read(bytes32 slot) external view returns (bytes32 word);
}

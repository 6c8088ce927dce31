// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IBeacon} from "./interfaces/IBeacon.sol";
import {IFLTask, Parameters} from "./interfaces/IFLTask.sol";
import {Payout} from "./libraries/Payout.sol";

/// @title A task's parameters, part of its code (R1, R2)
/// @notice Immutable, so that reading one costs nothing and nothing can change it. The task manager has checked them.
abstract contract TaskParameters is IFLTask {
    address public immutable creator;
    address internal immutable TOKEN;
    IBeacon internal immutable BEACON;
    bytes32 internal immutable DEFINITION;
    bytes32 internal immutable INITIAL_MODEL;
    bytes32 internal immutable ADMITTED;
    uint256 internal immutable MIN_STAKE;
    uint256 internal immutable MAX_STAKE;
    uint256 internal immutable ROUNDS;
    uint256 internal immutable MIN_PARTICIPANTS;
    uint256 internal immutable MAX_PARTICIPANTS;
    uint256 internal immutable PROPOSERS;
    uint256 internal immutable VOTERS;
    uint256 internal immutable QUORUM_BPS;
    uint256 internal immutable FLOOR_BPS;
    uint256 internal immutable FAULT_BPS;
    uint256 internal immutable CONDEMNED_BPS;
    uint256 internal immutable SLASHER_BPS;
    uint256 internal immutable PATIENCE;
    uint256 internal immutable TRAIN_WINDOW;
    uint256 internal immutable COMMIT_WINDOW;
    uint256 internal immutable REVEAL_WINDOW;
    uint256 internal immutable EXIT_DELAY;
    uint256 internal immutable STALL_TIMEOUT;

    /// @dev In what accusations are weighed: stakes in wei do not fit, six of them, in a word. At most 2^24
    /// units count of a voter.
    uint256 internal immutable UNIT;
    uint256 internal constant MOST_UNITS = 2 ** 24 - 1;
    /// @dev Members that a draw needs, once rounds have begun: one that proposes and three that vote.
    uint256 internal constant LEAST_MEMBERS = 4;

    constructor(Parameters memory p, address creator_) {
        creator = creator_;
        TOKEN = p.token;
        BEACON = p.beacon;
        DEFINITION = p.definition;
        INITIAL_MODEL = p.initialModel;
        ADMITTED = p.admitted;
        MIN_STAKE = p.minStake;
        MAX_STAKE = p.maxStake;
        ROUNDS = p.rounds;
        MIN_PARTICIPANTS = p.minParticipants;
        MAX_PARTICIPANTS = p.maxParticipants;
        PROPOSERS = p.proposers;
        VOTERS = p.voters;
        QUORUM_BPS = p.quorumBps;
        FLOOR_BPS = p.floorBps;
        FAULT_BPS = p.faultBps;
        CONDEMNED_BPS = p.condemnedBps;
        SLASHER_BPS = p.slasherBps;
        PATIENCE = p.patience;
        TRAIN_WINDOW = p.trainWindow;
        COMMIT_WINDOW = p.commitWindow;
        REVEAL_WINDOW = p.revealWindow;
        EXIT_DELAY = p.exitDelay;
        STALL_TIMEOUT = p.stallTimeout;
        UNIT = p.minStake < 256 ? 1 : p.minStake / 256;
    }

    /// @inheritdoc IFLTask
    function parameters() external view returns (Parameters memory p) {
        p.token = TOKEN;
        p.beacon = BEACON;
        p.definition = DEFINITION;
        p.initialModel = INITIAL_MODEL;
        p.admitted = ADMITTED;
        p.minStake = uint96(MIN_STAKE);
        p.maxStake = uint96(MAX_STAKE);
        p.rounds = uint16(ROUNDS);
        p.minParticipants = uint16(MIN_PARTICIPANTS);
        p.maxParticipants = uint16(MAX_PARTICIPANTS);
        p.proposers = uint16(PROPOSERS);
        p.voters = uint16(VOTERS);
        p.quorumBps = uint16(QUORUM_BPS);
        p.floorBps = uint16(FLOOR_BPS);
        p.faultBps = uint16(FAULT_BPS);
        p.condemnedBps = uint16(CONDEMNED_BPS);
        p.slasherBps = uint16(SLASHER_BPS);
        p.patience = uint16(PATIENCE);
        p.trainWindow = uint32(TRAIN_WINDOW);
        p.commitWindow = uint32(COMMIT_WINDOW);
        p.revealWindow = uint32(REVEAL_WINDOW);
        p.exitDelay = uint32(EXIT_DELAY);
        p.stallTimeout = uint32(STALL_TIMEOUT);
    }

    /// @dev With less than this, or with nothing, nobody is drawn again (R5).
    function _floor() internal view returns (uint256 floor) {
        floor = Payout.part(MIN_STAKE, FLOOR_BPS);
        if (floor == 0) floor = 1;
    }
}

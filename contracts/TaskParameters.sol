// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IBeacon} from "./interfaces/IBeacon.sol";
import {Fault, IFLTask, Parameters} from "./interfaces/IFLTask.sol";
import {Dues} from "./libraries/Dues.sol";

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
    uint256 internal immutable ROUNDS;
    uint256 internal immutable MIN_PARTICIPANTS;
    uint256 internal immutable MAX_PARTICIPANTS;
    uint256 internal immutable PROPOSERS;
    uint256 internal immutable VOTERS;
    uint256 internal immutable QUORUM_BPS;
    uint256 internal immutable ABSENT_BPS;
    uint256 internal immutable DIVERGENT_BPS;
    uint256 internal immutable MINORITY_BPS;
    uint256 internal immutable REJECTED_BPS;
    uint256 internal immutable SLASHER_BPS;
    uint256 internal immutable TRAIN_WINDOW;
    uint256 internal immutable COMMIT_WINDOW;
    uint256 internal immutable REVEAL_WINDOW;
    uint256 internal immutable EXIT_DELAY;
    uint256 internal immutable STALL_TIMEOUT;

    constructor(Parameters memory p, address creator_) {
        creator = creator_;
        TOKEN = p.token;
        BEACON = p.beacon;
        DEFINITION = p.definition;
        INITIAL_MODEL = p.initialModel;
        ADMITTED = p.admitted;
        MIN_STAKE = p.minStake;
        ROUNDS = p.rounds;
        MIN_PARTICIPANTS = p.minParticipants;
        MAX_PARTICIPANTS = p.maxParticipants;
        PROPOSERS = p.proposers;
        VOTERS = p.voters;
        QUORUM_BPS = p.quorumBps;
        ABSENT_BPS = p.absentBps;
        DIVERGENT_BPS = p.divergentBps;
        MINORITY_BPS = p.minorityBps;
        REJECTED_BPS = p.rejectedBps;
        SLASHER_BPS = p.slasherBps;
        TRAIN_WINDOW = p.trainWindow;
        COMMIT_WINDOW = p.commitWindow;
        REVEAL_WINDOW = p.revealWindow;
        EXIT_DELAY = p.exitDelay;
        STALL_TIMEOUT = p.stallTimeout;
    }

    /// @inheritdoc IFLTask
    function parameters() external view returns (Parameters memory p) {
        p.token = TOKEN;
        p.beacon = BEACON;
        p.definition = DEFINITION;
        p.initialModel = INITIAL_MODEL;
        p.admitted = ADMITTED;
        p.minStake = uint96(MIN_STAKE);
        p.rounds = uint16(ROUNDS);
        p.minParticipants = uint16(MIN_PARTICIPANTS);
        p.maxParticipants = uint16(MAX_PARTICIPANTS);
        p.proposers = uint16(PROPOSERS);
        p.voters = uint16(VOTERS);
        p.quorumBps = uint16(QUORUM_BPS);
        p.absentBps = uint16(ABSENT_BPS);
        p.divergentBps = uint16(DIVERGENT_BPS);
        p.minorityBps = uint16(MINORITY_BPS);
        p.rejectedBps = uint16(REJECTED_BPS);
        p.slasherBps = uint16(SLASHER_BPS);
        p.trainWindow = uint32(TRAIN_WINDOW);
        p.commitWindow = uint32(COMMIT_WINDOW);
        p.revealWindow = uint32(REVEAL_WINDOW);
        p.exitDelay = uint32(EXIT_DELAY);
        p.stallTimeout = uint32(STALL_TIMEOUT);
    }

    function _penaltyBps(Fault fault) internal view returns (uint256) {
        return Dues.penaltyBps(fault, ABSENT_BPS, DIVERGENT_BPS, MINORITY_BPS, REJECTED_BPS);
    }
}

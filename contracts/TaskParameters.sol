// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IBeacon} from "./interfaces/IBeacon.sol";
import {Fault, IFLTask, Parameters} from "./interfaces/IFLTask.sol";

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
        (TOKEN, BEACON, ADMITTED) = (p.token, p.beacon, p.admitted);
        (DEFINITION, INITIAL_MODEL, MIN_STAKE) = (p.definition, p.initialModel, p.minStake);
        (ROUNDS, MIN_PARTICIPANTS, MAX_PARTICIPANTS) = (p.rounds, p.minParticipants, p.maxParticipants);
        (PROPOSERS, VOTERS, QUORUM_BPS) = (p.proposers, p.voters, p.quorumBps);
        (ABSENT_BPS, DIVERGENT_BPS, MINORITY_BPS) = (p.absentBps, p.divergentBps, p.minorityBps);
        (REJECTED_BPS, SLASHER_BPS) = (p.rejectedBps, p.slasherBps);
        (TRAIN_WINDOW, COMMIT_WINDOW, REVEAL_WINDOW) = (p.trainWindow, p.commitWindow, p.revealWindow);
        (EXIT_DELAY, STALL_TIMEOUT) = (p.exitDelay, p.stallTimeout);
    }

    /// @inheritdoc IFLTask
    function parameters() external view returns (Parameters memory p) {
        (p.token, p.beacon, p.admitted) = (TOKEN, BEACON, ADMITTED);
        (p.definition, p.initialModel, p.minStake) = (DEFINITION, INITIAL_MODEL, uint96(MIN_STAKE));
        (p.rounds, p.minParticipants, p.maxParticipants) = (uint16(ROUNDS), uint16(MIN_PARTICIPANTS), uint16(MAX_PARTICIPANTS));
        (p.proposers, p.voters, p.quorumBps) = (uint16(PROPOSERS), uint16(VOTERS), uint16(QUORUM_BPS));
        (p.absentBps, p.divergentBps, p.minorityBps) = (uint16(ABSENT_BPS), uint16(DIVERGENT_BPS), uint16(MINORITY_BPS));
        (p.rejectedBps, p.slasherBps) = (uint16(REJECTED_BPS), uint16(SLASHER_BPS));
        (p.trainWindow, p.commitWindow, p.revealWindow) = (uint32(TRAIN_WINDOW), uint32(COMMIT_WINDOW), uint32(REVEAL_WINDOW));
        (p.exitDelay, p.stallTimeout) = (uint32(EXIT_DELAY), uint32(STALL_TIMEOUT));
    }

    function _penaltyBps(Fault fault) internal view returns (uint256) {
        if (fault == Fault.Absent) return ABSENT_BPS;
        if (fault == Fault.Divergent) return DIVERGENT_BPS;
        return fault == Fault.Minority ? MINORITY_BPS : REJECTED_BPS;
    }
}

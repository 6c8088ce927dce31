// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {FLTask} from "../FLTask.sol";
import {IBeacon} from "../interfaces/IBeacon.sol";
import {Parameters} from "../interfaces/IFLTask.sol";

/// @title The ways not taken of keeping a task's parameters, for `scripts/benchmarks/task_deployment.py`

/// @notice A plain clone: parameters in storage.
contract StoredTask is FLTask {
    Parameters private stored;
    address private storedCreator;

    function store(Parameters calldata p, address account) external {
        (stored, storedCreator) = (p, account);
        this.initialize();
    }

    function creator() public view override returns (address) {
        return storedCreator;
    }

    function _parameters() internal view override returns (Parameters memory) {
        return stored;
    }
}

/// @notice A full deployment: parameters in the code.
contract FullTask is FLTask {
    address private immutable creator_;
    address private immutable token;
    IBeacon private immutable beacon;
    bytes32 private immutable definition;
    bytes32 private immutable initialModel;
    bytes32 private immutable admitted;
    uint96 private immutable minStake;
    // sixteen small ones in two words, as many as one can unpack cheaply
    uint256 private immutable counts;
    uint256 private immutable times;

    constructor(Parameters memory p, address account) {
        progress.isClosed = false;
        (creator_, token, beacon) = (account, p.token, p.beacon);
        (definition, initialModel, admitted, minStake) = (p.definition, p.initialModel, p.admitted, p.minStake);
        counts = uint256(p.rounds) | (uint256(p.minParticipants) << 16) | (uint256(p.maxParticipants) << 32)
            | (uint256(p.proposers) << 48) | (uint256(p.voters) << 64) | (uint256(p.quorumBps) << 80)
            | (uint256(p.absentBps) << 96) | (uint256(p.divergentBps) << 112) | (uint256(p.minorityBps) << 128)
            | (uint256(p.rejectedBps) << 144) | (uint256(p.slasherBps) << 160);
        times = uint256(p.trainWindow) | (uint256(p.commitWindow) << 32) | (uint256(p.revealWindow) << 64)
            | (uint256(p.exitDelay) << 96) | (uint256(p.stallTimeout) << 128);
        globalModel = p.initialModel;
        (progress.round, progress.movedAt) = (1, uint40(block.timestamp));
    }

    function creator() public view override returns (address) {
        return creator_;
    }

    function _parameters() internal view override returns (Parameters memory p) {
        (p.token, p.beacon, p.definition, p.initialModel) = (token, beacon, definition, initialModel);
        (p.admitted, p.minStake) = (admitted, minStake);
        uint256 word = counts;
        (p.rounds, p.minParticipants, p.maxParticipants) = (uint16(word), uint16(word >> 16), uint16(word >> 32));
        (p.proposers, p.voters, p.quorumBps) = (uint16(word >> 48), uint16(word >> 64), uint16(word >> 80));
        (p.absentBps, p.divergentBps, p.minorityBps) = (uint16(word >> 96), uint16(word >> 112), uint16(word >> 128));
        (p.rejectedBps, p.slasherBps) = (uint16(word >> 144), uint16(word >> 160));
        word = times;
        (p.trainWindow, p.commitWindow, p.revealWindow) = (uint32(word), uint32(word >> 32), uint32(word >> 64));
        (p.exitDelay, p.stallTimeout) = (uint32(word >> 96), uint32(word >> 128));
    }
}

/// @notice The smallest proxy that there is, pointing at an implementation.
contract PlainClones {
    event Cloned(address task);

    function clone(address implementation, Parameters calldata p) external {
        address task;
        bytes memory code = abi.encodePacked(
            hex"3d602d80600a3d3981f3363d3d373d3d3d363d73", implementation, hex"5af43d82803e903d91602b57fd5bf3"
        );
        assembly ("memory-safe") {
            task := create(0, add(code, 0x20), mload(code))
        }
        StoredTask(task).store(p, msg.sender);
        emit Cloned(task);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TaskStorage} from "./TaskStorage.sol";
import {IFLTask} from "./interfaces/IFLTask.sol";
import {Commitment} from "./libraries/words/CommitmentWord.sol";
import {Draw} from "./libraries/words/DrawWord.sol";
import {Member} from "./libraries/words/MemberWord.sol";
import {Positions} from "./libraries/words/PositionsWord.sol";
import {Progress} from "./libraries/words/ProgressWord.sol";
import {Result} from "./libraries/words/ResultWord.sol";
import {TopUp} from "./libraries/words/TopUpWord.sol";
import {Training} from "./libraries/words/TrainingWord.sol";
import {Voting} from "./libraries/words/VotingWord.sol";

/// @title A task's words, fetched from outside
/// @notice By the door that the task has for it. Where they lie is the compiler's knowledge: this has a
/// task's storage, and all of its own is empty.
abstract contract TaskWords is TaskStorage {
    function _progress(IFLTask task) internal view returns (Progress) {
        uint256 slot;
        assembly {
            slot := progress.slot
        }
        return Progress.wrap(_word(task, slot));
    }

    function _training(IFLTask task) internal view returns (Training) {
        uint256 slot;
        assembly {
            slot := training.slot
        }
        return Training.wrap(_word(task, slot));
    }

    function _voting(IFLTask task) internal view returns (Voting) {
        uint256 slot;
        assembly {
            slot := voting.slot
        }
        return Voting.wrap(_word(task, slot));
    }

    function _draw(IFLTask task, uint256 round) internal view returns (Draw) {
        uint256 slot;
        assembly {
            slot := draws.slot
        }
        return Draw.wrap(_word(task, slot + round % RING));
    }

    function _result(IFLTask task, uint256 round) internal view returns (Result) {
        uint256 slot;
        assembly {
            slot := results.slot
        }
        return Result.wrap(_word(task, _entry(slot, round)));
    }

    function _member(IFLTask task, address account) internal view returns (Member) {
        uint256 slot;
        assembly {
            slot := members.slot
        }
        return Member.wrap(_word(task, _entry(slot, uint160(account))));
    }

    function _commitment(IFLTask task, address account) internal view returns (Commitment) {
        uint256 slot;
        assembly {
            slot := commitments.slot
        }
        return Commitment.wrap(_word(task, _entry(slot, uint160(account))));
    }

    function _positionsOf(IFLTask task, address account) internal view returns (Positions) {
        uint256 slot;
        assembly {
            slot := positions.slot
        }
        return Positions.wrap(_word(task, _entry(slot, uint160(account))));
    }

    function _standing(IFLTask task, uint256 position) internal view returns (address) {
        uint256 slot;
        assembly {
            slot := standing.slot
        }
        return address(uint160(_word(task, _entry(slot, position))));
    }

    function _topUp(IFLTask task, address account) internal view returns (TopUp) {
        uint256 slot;
        assembly {
            slot := topUps.slot
        }
        return TopUp.wrap(_word(task, _entry(slot, uint160(account))));
    }

    function _exitAt(IFLTask task, address account) internal view returns (uint256) {
        uint256 slot;
        assembly {
            slot := exits.slot
        }
        return _word(task, _entry(slot, uint160(account)));
    }

    function _operator(IFLTask task, address account) internal view returns (address) {
        uint256 slot;
        assembly {
            slot := operators.slot
        }
        return address(uint160(_word(task, _entry(slot, uint160(account)))));
    }

    /// @dev The slot of a mapping's word.
    function _entry(uint256 mappingSlot, uint256 key) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(key, mappingSlot)));
    }

    function _word(IFLTask task, uint256 slot) private view returns (uint256) {
        return uint256(task.read(bytes32(slot)));
    }
}

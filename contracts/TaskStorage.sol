// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Commitment} from "./libraries/words/CommitmentWord.sol";
import {Draw} from "./libraries/words/DrawWord.sol";
import {Lanes} from "./libraries/words/LanesWord.sol";
import {Member} from "./libraries/words/MemberWord.sol";
import {Positions} from "./libraries/words/PositionsWord.sol";
import {Progress} from "./libraries/words/ProgressWord.sol";
import {Result} from "./libraries/words/ResultWord.sol";
import {Tally} from "./libraries/words/TallyWord.sol";
import {TopUp} from "./libraries/words/TopUpWord.sol";
import {Training} from "./libraries/words/TrainingWord.sol";
import {Voting} from "./libraries/words/VotingWord.sol";

// slither-disable-start uninitialized-state,constable-states: a task writes them; who looks at a task from outside needs to know where

/// @title All that a task remembers
/// @notice Nothing else of a task is stored. `FLTask` writes it, `TaskLens` has it to know in which slot to
/// look: neither has any variable besides. Words marked ↻ are overwritten round after round. Digests of
/// updates are not kept at all: no contract needs them, and the events tell the voters.
abstract contract TaskStorage {
    /// @dev Draws kept; a round's draw is overwritten eight rounds later (D17).
    uint256 internal constant RING = 8;

    Progress internal progress;
    Training internal training; // ↻ of the round drawn last; written by proposers
    Voting internal voting; // ↻ of that round or an earlier one; written by voters
    Lanes[3] internal lanes; // ↻ what stands against the proposers of sixteen ranks; written by who accuses
    bytes32 internal leading; // ↻ the digest that last had more than half of the weight
    bytes32 internal _globalModel; // digest of the last accepted winner
    Draw[RING] internal draws; // ↻ of the last eight settled rounds
    mapping(uint256 round => mapping(bytes32 digest => Tally)) internal tallies;
    mapping(uint256 round => Result) internal results; // stays for ever, so that no claim comes too late

    mapping(address account => Member) internal members;
    mapping(address account => Commitment) internal commitments; // ↻ the leading bits of a digest
    mapping(address account => Positions) internal positions; // an ordinal is a position plus one; zero: not in the list
    mapping(uint256 position => address) internal standing; // who stands there now; beyond the end, who stood there last
    mapping(address account => TopUp) internal topUps;
    mapping(address account => uint256) internal exits; // earliest time of withdrawal after leaving
    mapping(address account => address) internal operators; // who may act in rounds for it
    uint256 internal _entered; // all that came in and did not leave as stake, below 2^90: so no sum overflows
}
// slither-disable-end uninitialized-state,constable-states

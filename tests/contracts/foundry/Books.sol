// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {FutureBlockBeacon} from "../../../contracts/FutureBlockBeacon.sol";
import {IFLTask, Outcome, Parameters, Role} from "../../../contracts/interfaces/IFLTask.sol";
import {ITaskLens} from "../../../contracts/interfaces/ITaskLens.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {TestToken} from "../../../contracts/mocks/TestToken.sol";
import {Test} from "./Test.sol";

/// @dev What one account has at stake and has earned, by our own count.
struct Account {
    uint256 stake;
    uint256 topUp;
    uint256 topUpFrom;
    uint256 earned; // all rewards ever, slasher's shares included
    uint256 taken; // of them
    uint256 deposited;
    uint256 penalised;
    uint256 withdrawn; // of the stake
    bool isMember;
    uint256 memberFrom; // the first round to be drawn for
    uint256 memberUntil; // and, of those that left, the first not to be
    uint256 exitAt;
    uint256 resolved; // rounds whose dues are applied
    uint256 strikesAsProposer; // faults in a row in decided rounds, as far as dues are applied
    uint256 strikesAsVoter;
    address operator;
}

/// @dev What one account was and did in one round.
struct Part {
    Role role;
    uint256 rank;
    uint256 stake; // as of the draw, less what earlier rounds have cost
    uint256 share; // of the reward
    uint256 earned; // of that
    bool hasSubmitted;
    bool hasCommitted;
    bool hasRevealed;
    bool isPenalised;
    bool isFor;
    bytes32 digest;
    uint16 against;
}

/// @dev One drawn round.
struct Past {
    bytes32 seed;
    uint256 members;
    uint256 proposers;
    uint256 voters;
    uint256 updates;
    uint256 commits;
    uint256 reveals;
    uint256 submitted; // a bit a rank
    uint256 turnout; // the weight of all updates and all reveals
    uint256 revealedWeight;
    uint256 trainEnd;
    uint256 commitEnd;
    bytes32 winner;
    bytes32 resultHash;
    Outcome outcome;
    uint256 condemned; // a bit a rank
    uint256 reward;
    uint256 shared; // of the reward
}

struct Tally {
    uint256 weightFor;
    uint256 weightAgainst;
}

/// @dev The books of one task.
struct Book {
    uint256 entered;
    uint256 left;
    uint256 pool;
    uint256 dust; // rewards that rounding kept from everybody
    uint256 dustLimit;
    uint256 drawn; // rounds
    uint256 settled; // rounds
    uint256 decided; // rounds that were not void
    uint256 rejectedInRow;
    uint256 members;
    uint256 movedAt;
    bool isAnchored; // the members of the next round are fixed
    bool isClosed;
    bytes32 globalModel;
    mapping(address => Account) accounts;
    mapping(uint256 round => Past) pasts;
    mapping(uint256 round => mapping(address => Part)) parts;
    mapping(uint256 round => mapping(bytes32 digest => Tally)) tallies;
}

/// @title A task's books kept a second time
/// @notice Plain and slow: every round is kept for ever, nothing is packed, recycled or jumped over. `Rules` says what
/// follows from them, `Clerk` keeps them.
abstract contract Books is Test {
    uint256 internal constant BPS = 10_000;
    /// @dev Settled rounds for which absence can be told.
    uint256 internal constant WINDOW = 6;
    address internal constant CREATOR = address(0xC0FFEE);
    bytes32 internal constant FIRST_MODEL = bytes32(uint256(2));

    TestToken internal immutable token = new TestToken();
    ITaskLens internal immutable lens = _deployLens();
    ITaskManager internal immutable manager = _deployManager(lens);
    FutureBlockBeacon internal immutable beacon = new FutureBlockBeacon();

    IFLTask public task;
    address[] public accounts; // the last one never joins
    bytes32[3] internal digests = [bytes32("one"), bytes32("two"), bytes32("three")]; // that aggregates have
    Parameters internal p;
    mapping(address task => Book) internal books;
    mapping(address account => uint256) internal wallets; // tokens in hand
    /// @notice How often each act and each outcome was reached.
    mapping(string what => uint256) public reached;
    uint256 public maxDrawGas;
    uint256 public maxSettleGas;

    constructor() {
        for (uint256 i = 1; i < 11; i++) {
            accounts.push(address(uint160(0x1000 + i)));
        }
    }

    function _book() internal view returns (Book storage) {
        return books[address(task)];
    }

    function _account(address who) internal view returns (Account storage) {
        return _book().accounts[who];
    }

    function _part(uint256 round, address who) internal view returns (Part storage) {
        return _book().parts[round][who];
    }

    function _stranger() internal view returns (address) {
        return accounts[accounts.length - 1];
    }

    function _count(string memory what) internal {
        reached[what]++;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFLTask, Parameters, Phase} from "../../../../contracts/interfaces/IFLTask.sol";
import {ITaskLens, RoundView} from "../../../../contracts/interfaces/ITaskLens.sol";
import {ITaskManager} from "../../../../contracts/interfaces/ITaskManager.sol";
import {Permutation} from "../../../../contracts/libraries/Permutation.sol";
import {OddBeacon} from "../../../../contracts/mocks/Crowd.sol";
import {TestToken} from "../../../../contracts/mocks/TestToken.sol";
import {Test, Vm} from "../Test.sol";

/// @title A stage for unit tests: a token, a beacon that says what it is told, and a task in which the test chooses who does
/// what
/// @notice Members are numbered from 0 in the order of joining, and member i stakes (i + 1) · 1,000. What a round's members
/// do is written as one letter each, by position in the list; the first to propose are those at the lowest positions: s
/// submits, + and − vote for and against A, p and m for and against B, q for C, c commits to + and shows nothing, . does
/// nothing. Whom a member's ballots accuse is said before, with `accuse`.
abstract contract Scene is Test {
    uint256 internal constant START = 1_000_000;
    address internal constant CREATOR = address(0xC0FFEE);
    address internal constant ANYBODY = address(0xA11);
    bytes32 internal constant MODEL = "model";
    bytes32 internal constant A = "A";
    bytes32 internal constant B = "B";
    bytes32 internal constant C = "C";
    bytes32 internal constant SALT = "salt";
    uint32 internal constant LOSS_BEFORE = 700;
    uint32 internal constant LOSS_AFTER = 500;

    TestToken internal immutable token = new TestToken();
    OddBeacon internal immutable beacon = new OddBeacon();
    ITaskLens internal immutable lens = _deployLens();
    ITaskManager internal immutable manager = _deployManager(lens);
    bytes32[] internal none; // no proof
    Parameters internal p;
    IFLTask internal task;
    mapping(uint256 i => uint16) internal against; // whom member i accuses: a bit a rank

    /// @dev A task with three rounds that begins with four members, one of which proposes. All windows and shares differ.
    function setUp() public virtual {
        vm.warp(START);
        vm.roll(100);
        p = Parameters({
            token: address(token),
            beacon: beacon,
            definition: "definition",
            initialModel: MODEL,
            admitted: 0,
            minStake: 100,
            maxStake: 0,
            rounds: 3,
            minParticipants: 4,
            maxParticipants: 6,
            proposers: 1,
            voters: 0,
            quorumBps: 5_000,
            floorBps: 6_000,
            faultBps: 1_000,
            condemnedBps: 2_000,
            slasherBps: 2_500,
            patience: 0,
            trainWindow: 100,
            commitWindow: 200,
            revealWindow: 300,
            exitDelay: 10_000,
            stallTimeout: 7_200
        });
        make();
    }

    // ── setting the scene ──

    function make() internal {
        vm.prank(CREATOR);
        task = IFLTask(manager.createTask(p));
    }

    function m(uint256 i) internal pure returns (address) {
        return address(uint160(0x1000 + i));
    }

    function list(address account) internal pure returns (address[] memory one) {
        one = new address[](1);
        one[0] = account;
    }

    /// @dev What `who` may stake or fund.
    function give(address who, uint256 amount) internal {
        token.mint(who, amount);
        vm.prank(who);
        token.approve(address(task), amount);
    }

    function fund(uint256 amount) internal {
        give(ANYBODY, amount);
        act(ANYBODY, abi.encodeCall(IFLTask.fund, (amount)));
    }

    function join(uint256 i) internal {
        join(i, (i + 1) * 1_000);
    }

    function join(uint256 i, uint256 stake) internal {
        give(m(i), stake);
        act(m(i), joining(stake));
    }

    function topUp(uint256 i, uint256 amount) internal {
        give(m(i), amount);
        act(m(i), abi.encodeCall(IFLTask.topUp, (amount)));
    }

    function quit(uint256 i) internal {
        act(m(i), leaving());
    }

    function slash(address by, uint256 round, address account) internal {
        act(by, slashing(round, account));
    }

    /// @dev Members 0 … n − 1.
    function enrolled(uint256 n) internal {
        for (uint256 i = 0; i < n; i++) {
            join(i);
        }
    }

    /// @dev Draws with a seed for which each position has the rank that `ranks` says, in hexadecimal digits, that of position 0
    /// lowest; f: any.
    function drawn(uint256 ranks) internal {
        RoundView memory v = lens.roundView(task, address(0));
        for (uint256 value = 1; value < 50_000; value++) {
            if (!_fits(uint256(seedOf(bytes32(value), v.round)), v.drawnCount, ranks)) continue;
            beacon.set(false, bytes32(value));
            task.draw();
            return;
        }
        revert("no such seed");
    }

    /// @dev R8: the beacon's value with the task and the round.
    function seedOf(bytes32 value, uint256 round) internal view returns (bytes32) {
        return bytes32(uint256(uint80(uint256(keccak256(abi.encode(value, address(task), round))))));
    }

    function _fits(uint256 seed, uint256 n, uint256 ranks) private pure returns (bool) {
        for (uint256 i = 0; i < n; i++) {
            uint256 rank = (ranks >> (4 * i)) & 15;
            if (rank != 15 && Permutation.rankOf(seed, n, i) != rank) return false;
        }
        return true;
    }

    /// @dev Draws so that position i has rank i, or that at least the proposers come first where all others vote; lets time
    /// pass to the end of Training if not all submit.
    function trained(bytes memory acts) internal {
        drawn(p.voters == 0 ? ~uint256(0) << (4 * p.proposers) | 0x76543210 : 0x76543210);
        for (uint256 i = 0; i < acts.length; i++) {
            if (acts[i] == "s") submit(i);
        }
        pass(Phase.Training);
    }

    function committed(bytes memory acts) internal {
        trained(acts);
        for (uint256 i = 0; i < acts.length; i++) {
            if (acts[i] != "s" && acts[i] != ".") commit(i, _digest(acts[i]), _score(acts[i]));
        }
        pass(Phase.Committing);
    }

    function revealed(bytes memory acts) internal {
        committed(acts);
        for (uint256 i = 0; i < acts.length; i++) {
            if (acts[i] != "s" && acts[i] != "." && acts[i] != "c") reveal(i, _digest(acts[i]), _score(acts[i]));
        }
        pass(Phase.Revealing);
    }

    function settled(bytes memory acts) internal {
        revealed(acts);
        task.settle();
    }

    /// @dev To the end of `phase`, if that is where the task is.
    function pass(Phase phase) internal {
        if (task.phase() != phase) return;
        RoundView memory v = lens.roundView(task, address(0));
        if (phase == Phase.Training) vm.warp(v.trainEnd);
        if (phase == Phase.Committing) vm.warp(v.commitEnd);
        if (phase == Phase.Revealing) vm.warp(v.revealEnd);
    }

    function submit(uint256 i) internal {
        act(m(i), submitting(i, updateOf(i)));
    }

    /// @dev What member i's ballots say from now on: those of the ranks in `mask` are bad.
    function accuse(uint256 i, uint16 mask) internal {
        against[i] = mask;
    }

    function commit(uint256 i, bytes32 aggregate, int8 score) internal {
        act(m(i), committing(i, ballotOf(i, aggregate, score)));
    }

    function reveal(uint256 i, bytes32 aggregate, int8 score) internal {
        act(m(i), revealing(i, aggregate, score));
    }

    function _digest(bytes1 letter) private pure returns (bytes32) {
        if (letter == "q") return C;
        return letter == "p" || letter == "m" ? B : A;
    }

    function _score(bytes1 letter) private pure returns (int8) {
        return letter == "-" || letter == "m" ? -1 : int8(1);
    }

    function updateOf(uint256 i) internal pure returns (bytes32) {
        return bytes32(0x4444 + i);
    }

    /// @dev R13: what member i commits to.
    function ballotOf(uint256 i, bytes32 aggregate, int8 score) internal view returns (bytes32) {
        uint256 round = lens.roundView(task, address(0)).round;
        bytes memory ballot = abi.encode(aggregate, score, against[i], LOSS_BEFORE, LOSS_AFTER, SALT);
        return sha256(bytes.concat(abi.encode(block.chainid, address(task), round, m(i)), ballot));
    }

    // ── calls ──

    function joining(uint256 stake) internal view returns (bytes memory) {
        return abi.encodeCall(IFLTask.join, (stake, none));
    }

    function leaving() internal pure returns (bytes memory) {
        return abi.encodeCall(IFLTask.leaveTask, ());
    }

    function submitting(uint256 i, bytes32 digest) internal pure returns (bytes memory) {
        return abi.encodeCall(IFLTask.submitUpdate, (m(i), digest));
    }

    function committing(uint256 i, bytes32 commitment) internal pure returns (bytes memory) {
        return abi.encodeCall(IFLTask.commitVote, (m(i), commitment));
    }

    function revealing(uint256 i, bytes32 aggregate, int8 score) internal view returns (bytes memory) {
        return abi.encodeCall(IFLTask.revealVote, (m(i), aggregate, score, against[i], LOSS_BEFORE, LOSS_AFTER, SALT));
    }

    function claiming(uint256 i, address to) internal pure returns (bytes memory) {
        return abi.encodeCall(IFLTask.claim, (m(i), to));
    }

    function withdrawing(uint256 i, address to) internal pure returns (bytes memory) {
        return abi.encodeCall(IFLTask.withdraw, (m(i), to));
    }

    function slashing(uint256 round, address account) internal pure returns (bytes memory) {
        return abi.encodeCall(IFLTask.slash, (round, list(account)));
    }

    /// @dev `who` calls the task, and it must succeed.
    function act(address who, bytes memory data) internal {
        (bool isDone, bytes memory answer) = _call(who, data);
        if (isDone) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    /// @dev `who` calls the task, and it must revert with just this error.
    function refused(address who, bytes memory data, bytes memory reason) internal {
        (bool isDone, bytes memory answer) = _call(who, data);
        require(!isDone, "not refused");
        require(keccak256(answer) == keccak256(reason), "refused for another reason");
    }

    /// @dev The lens must answer this call with just this error.
    function untold(bytes memory data, bytes memory reason) internal view {
        (bool isDone, bytes memory answer) = address(lens).staticcall(data);
        require(!isDone, "told");
        require(keccak256(answer) == keccak256(reason), "not told for another reason");
    }

    /// @dev What follows is what the task must announce: `expecting(); emit …; emit …; announced(who, call);`.
    function expecting() internal {
        vm.recordLogs();
    }

    /// @dev `who` calls the task, and it must announce just what was emitted here since `expecting`, in this order.
    function announced(address who, bytes memory data) internal {
        bytes32 expected = _digestOf(vm.getRecordedLogs(), address(this));
        act(who, data);
        require(_digestOf(vm.getRecordedLogs(), address(task)) == expected, "other events");
    }

    function _digestOf(Vm.Log[] memory logs, address emitter) private pure returns (bytes32 digest) {
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter == emitter) digest = keccak256(abi.encode(digest, logs[i].topics, logs[i].data));
        }
    }

    function _call(address who, bytes memory data) private returns (bool, bytes memory) {
        vm.prank(who);
        return address(task).call(data);
    }

    // ── looking ──

    function see(uint256 i) internal view returns (RoundView memory) {
        return lens.roundView(task, m(i));
    }

    function rewardPool() internal view returns (uint256) {
        return lens.roundView(task, ANYBODY).pool;
    }

    function assertStakes(uint256[4] memory stakes) internal view {
        for (uint256 i = 0; i < 4; i++) {
            assertEq(see(i).stake, stakes[i], "stake");
        }
    }

    function assertPhase(Phase phase) internal view {
        assertEq(uint256(task.phase()), uint256(phase), "phase");
        assertEq(uint256(lens.roundView(task, address(0)).phase), uint256(phase), "phase in the view");
    }

    function assertEq(address actual, address expected, string memory what) internal pure {
        require(actual == expected, what);
    }

    function assertEq(bytes32 actual, bytes32 expected, string memory what) internal pure {
        require(actual == expected, what);
    }
}

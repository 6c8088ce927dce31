// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {FutureBlockBeacon} from "../../../../contracts/FutureBlockBeacon.sol";
import {IFLTask, Phase, Role} from "../../../../contracts/interfaces/IFLTask.sol";
import {ITaskLens, RoundView} from "../../../../contracts/interfaces/ITaskLens.sol";
import {Scene} from "./Scene.sol";

/// @title Drawing: seeds, expired anchors, roles of this round and of earlier ones (R8 – R10, I3)
contract DrawingUnit is Scene {
    bytes private constant DRAW = abi.encodeCall(IFLTask.draw, ());

    function _wrongPhase(Phase actual) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFLTask.WrongPhase.selector, Phase.Drawing, actual);
    }

    /// @notice R8: nobody draws before the list is frozen.
    function test_R8_noDrawWhileEnrolling() public {
        enrolled(3);
        refused(ANYBODY, DRAW, _wrongPhase(Phase.Enrolling));
    }

    /// @notice R8: nobody draws before the beacon has a value.
    function test_R8_noDrawWithoutAValue() public {
        enrolled(4);
        require(!see(0).isSeedReady, "ready");
        refused(ANYBODY, DRAW, abi.encodeWithSelector(IFLTask.SeedNotReady.selector, 100));
        beacon.set(false, "value");
        require(see(0).isSeedReady, "not ready");
        assertEq(see(0).seed, 0, "no seed yet");
    }

    /// @notice R8, R22: anybody draws; the seed is the beacon's value with the task and the round.
    function test_R8_theDraw() public {
        enrolled(4);
        beacon.set(false, "value");
        vm.warp(START + 17);
        expecting();
        emit IFLTask.RoundDrawn(1, seedOf("value", 1), 4);
        announced(ANYBODY, DRAW);
        RoundView memory v = see(0);
        assertEq(v.seed, seedOf("value", 1), "seed");
        assertEq(v.movedAt, START + 17, "moved");
        assertEq(v.trainEnd, START + 117, "end of Training");
        assertEq(v.commitEnd, START + 317, "end of Committing");
        assertEq(v.revealEnd, START + 617, "end of Revealing");
        assertEq(v.drawnCount, 4, "members");
        assertPhase(Phase.Training);
    }

    /// @notice R8, I5: a round is drawn once, and the next with a seed of its own.
    function test_I5_aRoundIsDrawnOnce() public {
        enrolled(4);
        beacon.set(false, "value");
        task.draw();
        refused(ANYBODY, DRAW, _wrongPhase(Phase.Training));
        vm.warp(START + 100);
        refused(ANYBODY, DRAW, _wrongPhase(Phase.Settling));
        task.settle();
        expecting();
        emit IFLTask.RoundDrawn(2, seedOf("value", 2), 4);
        announced(ANYBODY, DRAW);
    }

    /// @notice R8, R22: if nobody draws for 256 blocks, the next call names a new block, and the list stays as it was frozen.
    function test_R8_anExpiredAnchor() public {
        p.beacon = new FutureBlockBeacon();
        make();
        enrolled(4);
        join(4);
        vm.warp(START + 60);
        vm.roll(101);
        refused(ANYBODY, DRAW, abi.encodeWithSelector(IFLTask.SeedNotReady.selector, 101));
        require(!see(0).isSeedReady, "ready");
        vm.roll(102);
        require(see(0).isSeedReady, "not ready");
        vm.roll(358);
        require(see(0).isSeedReady, "no call is due");
        vm.roll(363); // the next has not all of the bits of the first
        expecting();
        emit IFLTask.Anchored(1, 364, 4);
        announced(ANYBODY, DRAW);
        assertPhase(Phase.Drawing);
        assertEq(see(0).anchor, 364, "anchor");
        assertEq(see(0).drawnCount, 4, "list");
        assertEq(see(0).movedAt, START, "a new anchor is no progress");
        vm.roll(615);
        expecting();
        emit IFLTask.RoundDrawn(1, seedOf(blockhash(364), 1), 4);
        announced(ANYBODY, DRAW);
        assertPhase(Phase.Training);
    }

    /// @notice R9, I3: min(P, ⌊(n − 1)/2⌋) propose, the next V vote, or all others.
    function test_I3_headcounts() public {
        _counts(1, 0, "pvvv");
        _counts(1, 3, "pvvv");
        _counts(1, 65_000, "pvvv");
        _counts(1, 3, "pvvv-");
        _counts(1, 4, "pvvvv");
        _counts(2, 0, "ppvvv");
        _counts(2, 3, "ppvvv");
        _counts(2, 3, "ppvvv-");
        _counts(2, 0, "ppvvvv");
        (p.maxParticipants, p.minParticipants) = (7, 7);
        _counts(3, 0, "pppvvvv");
    }

    /// @notice R9, I3: where members have become fewer, fewer propose, so that voters stay the majority.
    function test_I3_fewMembers() public {
        (p.maxParticipants, p.minParticipants, p.proposers, p.rounds) = (7, 7, 3, 20);
        make();
        enrolled(7);
        for (uint256 n = 6; n >= 4; n--) {
            quit(n);
            _anyDraw();
            assertEq(see(0).drawnCount, n + 1, "members");
            assertEq(see(0).proposers, n / 2, "proposers");
            assertEq(see(0).voters, n + 1 - n / 2, "voters");
            pass(Phase.Training);
            task.settle();
        }
        _anyDraw(); // of the last four
        assertEq(see(0).proposers, 1, "one proposes");
        assertEq(see(0).voters, 3, "three vote");
    }

    function _anyDraw() private {
        beacon.set(false, "value");
        task.draw();
    }

    function _counts(uint16 proposers, uint16 voters, bytes memory roles) private {
        (p.proposers, p.voters) = (proposers, voters);
        if (p.minParticipants != 7) p.minParticipants = uint16(roles.length);
        make();
        enrolled(roles.length);
        assertEq(see(0).proposers + see(0).voters, 0, "before the draw");
        drawn(0x76543210);
        (uint256 proposing, uint256 voting) = (0, 0);
        for (uint256 i = 0; i < roles.length; i++) {
            if (roles[i] == "p") proposing++;
            if (roles[i] == "v") voting++;
            _assertRole(i, 1, roles[i]);
            require(see(i).role == lens.roleOf(task, m(i), 1), "role in the view");
            assertEq(see(i).rank, i, "rank");
        }
        assertEq(see(0).proposers, proposing, "proposers");
        assertEq(see(0).voters, voting, "voters");
    }

    function _assertRole(uint256 i, uint256 round, bytes1 letter) private view {
        Role expected = letter == "p" ? Role.Proposer : letter == "v" ? Role.Voter : Role.None;
        assertEq(uint256(lens.roleOf(task, m(i), round)), uint256(expected), "role");
    }

    /// @notice R10: roles of the round drawn last and of the six before the one in progress can be told, and of no other.
    function test_R10_rolesOfEarlierRounds() public {
        (p.rounds, p.voters, p.minParticipants) = (20, 3, 5);
        make();
        enrolled(5);
        bytes memory reason = abi.encodeWithSelector(IFLTask.WrongRound.selector, 0, 1);
        untold(abi.encodeCall(ITaskLens.roleOf, (task, m(0), 1)), reason);
        reason = abi.encodeWithSelector(IFLTask.WrongRound.selector, 0, 0);
        untold(abi.encodeCall(ITaskLens.roleOf, (task, m(0), 0)), reason);
        for (uint256 round = 1; round <= 10; round++) {
            drawn(_ranksIn(round));
            _assertRolesBackFrom(round, round > 6 ? round - 6 : 1);
            untold(
                abi.encodeCall(ITaskLens.roleOf, (task, m(0), round + 1)),
                abi.encodeWithSelector(IFLTask.WrongRound.selector, round, round + 1)
            );
            pass(Phase.Training);
            task.settle();
            if (round < 7) continue;
            untold(
                abi.encodeCall(ITaskLens.roleOf, (task, m(0), round - 6)),
                abi.encodeWithSelector(IFLTask.WrongRound.selector, round, round - 6)
            );
            _assertRolesBackFrom(round, round - 5);
        }
        assertEq(uint256(lens.roleOf(task, ANYBODY, 10)), uint256(Role.None), "role of a stranger");
    }

    /// @dev Everybody's rank, by position: another one each of four rounds.
    function _ranksIn(uint256 round) private pure returns (uint256) {
        return [uint256(0x43210), 0x32104, 0x21043, 0x10432][round % 4];
    }

    function _assertRolesBackFrom(uint256 last, uint256 first) private view {
        for (uint256 round = first; round <= last; round++) {
            for (uint256 i = 0; i < 5; i++) {
                uint256 rank = (_ranksIn(round) >> (4 * i)) & 15;
                _assertRole(i, round, rank == 0 ? bytes1("p") : rank < 4 ? bytes1("v") : bytes1("-"));
            }
        }
    }

    /// @notice R8: a beacon that fails holds up the draw, and the task can still be closed.
    function test_R8_aBrokenBeacon() public {
        enrolled(4);
        beacon.set(true, 0);
        refused(ANYBODY, DRAW, abi.encodeWithSignature("Error(string)", "no beacon"));
        vm.warp(START + 7_200);
        act(ANYBODY, abi.encodeCall(IFLTask.close, ()));
        assertEq(uint256(task.phase()), uint256(Phase.Closed), "phase");
    }
}

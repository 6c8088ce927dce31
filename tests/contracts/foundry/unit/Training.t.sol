// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, IFLTask, Phase, Role} from "../../../../contracts/interfaces/IFLTask.sol";
import {RoundView} from "../../../../contracts/interfaces/ITaskLens.sol";
import {Scene} from "./Scene.sol";

/// @title Training: who submits what and when (R11, R12, R15, R20, I4)
contract TrainingUnit is Scene {
    function _wrongPhase(Phase actual) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFLTask.WrongPhase.selector, Phase.Training, actual);
    }

    /// @dev Two of five propose.
    function _twoPropose() private {
        (p.proposers, p.minParticipants) = (2, 5);
        make();
        enrolled(5);
        drawn(0x43210);
    }

    /// @notice R11, R22: proposers submit in any order, and a digest that another has is no matter.
    function test_R11_updatesAreAnnounced() public {
        _twoPropose();
        expecting();
        emit IFLTask.UpdateSubmitted(1, m(1), "one", 1, 2_000);
        announced(m(1), submitting(1, "one"));
        assertPhase(Phase.Training);
        assertEq(see(1).updates, 1, "updates");
        assertEq(see(1).submitted, 2, "submitted");
        require(see(1).hasSubmitted && !see(0).hasSubmitted && !see(1).hasRevealed, "acts");
        expecting();
        emit IFLTask.UpdateSubmitted(1, m(0), "one", 0, 1_000);
        announced(m(0), submitting(0, "one"));
        assertEq(see(1).updates, 2, "updates");
        assertEq(see(1).submitted, 3, "submitted");
    }

    /// @notice I4: each proposer submits once.
    function test_I4_aSecondUpdateIsRefused() public {
        _twoPropose();
        act(m(1), submitting(1, "one"));
        refused(m(1), submitting(1, "two"), abi.encodeWithSelector(IFLTask.AlreadyDone.selector, m(1), 1));
    }

    /// @notice R11: zero is no digest.
    function test_R11_anEmptyDigestIsRefused() public {
        _twoPropose();
        refused(m(0), submitting(0, 0), abi.encodeWithSelector(IFLTask.EmptyDigest.selector));
    }

    /// @notice R11: the last update ends the phase at once.
    function test_R11_theLastUpdateEndsThePhase() public {
        _twoPropose();
        vm.warp(START + 40);
        act(m(1), submitting(1, "one"));
        vm.warp(START + 50);
        act(m(0), submitting(0, "two"));
        assertPhase(Phase.Committing);
        RoundView memory v = see(0);
        assertEq(v.trainEnd, START + 50, "end of Training");
        assertEq(v.commitEnd, START + 250, "end of Committing");
        assertEq(v.movedAt, START, "moved by draw and settle only");
        refused(m(0), submitting(0, "one"), _wrongPhase(Phase.Committing));
    }

    /// @notice R11, I4: the last second of the window is in, the first after it is out.
    function test_R11_theWindow() public {
        (p.proposers, p.minParticipants) = (2, 5);
        make();
        refused(m(0), submitting(0, "x"), _wrongPhase(Phase.Enrolling));
        enrolled(5);
        refused(m(0), submitting(0, "x"), _wrongPhase(Phase.Drawing));
        vm.warp(START + 7);
        drawn(0x43210);
        vm.warp(START + 106);
        act(m(0), submitting(0, "x"));
        assertPhase(Phase.Training);
        vm.warp(START + 107);
        refused(m(1), submitting(1, "x"), _wrongPhase(Phase.Committing));
        assertEq(see(1).commitEnd, START + 307, "end of Committing");
    }

    /// @notice R12: without any update the round goes straight to Settling.
    function test_R12_noUpdate() public {
        enrolled(4);
        drawn(0x3210);
        vm.warp(START + 99);
        assertPhase(Phase.Training);
        vm.warp(START + 100);
        assertPhase(Phase.Settling);
        refused(m(0), submitting(0, "x"), _wrongPhase(Phase.Settling));
        refused(m(1), committing(1, "x"), abi.encodeWithSelector(IFLTask.WrongPhase.selector, Phase.Committing, Phase.Settling));
    }

    /// @notice R9, I3: only drawn proposers submit.
    function test_I3_onlyProposersSubmit() public {
        (p.voters, p.minParticipants) = (3, 5);
        make();
        enrolled(5);
        join(5);
        drawn(0x43210);
        refused(m(1), submitting(1, "x"), _wrongRole(Role.Voter));
        refused(m(2), submitting(2, "x"), _wrongRole(Role.Voter));
        refused(m(4), submitting(4, "x"), _wrongRole(Role.None)); // idle
        refused(m(5), submitting(5, "x"), _wrongRole(Role.None)); // joined after the list was frozen
        refused(ANYBODY, abi.encodeCall(IFLTask.submitUpdate, (ANYBODY, "x")), _wrongRole(Role.None));
    }

    function _wrongRole(Role actual) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFLTask.WrongRole.selector, Role.Proposer, actual);
    }

    /// @notice R15, R20, R22: who acts again has its earlier penalty applied first, without a share for anybody, and weighs
    /// less.
    function test_R20_earlierPenaltiesComeFirst() public {
        enrolled(4);
        settled("....");
        assertEq(see(0).stake, 1_000, "before");
        drawn(0x3210);
        topUp(1, 50);
        expecting();
        emit IFLTask.Slashed(1, m(0), Fault.Absent, 100, address(0), 0);
        emit IFLTask.UpdateSubmitted(2, m(0), "x", 0, 900);
        announced(m(0), submitting(0, "x"));
        assertEq(see(0).stake, 900, "stake");
        assertEq(see(0).resolved, 1, "resolved");
        assertEq(rewardPool(), 100, "pool");
        assertPhase(Phase.Committing);
    }

    /// @notice R5, R20: if that costs the membership, the duty of this round remains and counts.
    function test_R5_losingTheMembershipByActing() public {
        p.faultBps = 9_500; // leaves 50 of 1,000
        make();
        enrolled(4);
        settled("....");
        drawn(0x3210);
        vm.warp(START + 150);
        expecting();
        emit IFLTask.Slashed(1, m(0), Fault.Absent, 950, address(0), 0);
        emit IFLTask.Positioned(m(3), 0, 3);
        emit IFLTask.Left(m(0), 3, START + 10_150);
        emit IFLTask.UpdateSubmitted(2, m(0), "x", 0, 50);
        announced(m(0), submitting(0, "x"));
        require(!see(0).isMember && see(0).isInDraw && see(0).hasSubmitted, "list");
    }

    /// @notice R20: with nothing left at stake nothing can be weighed.
    function test_R20_noStake() public {
        p.faultBps = 10_000;
        make();
        enrolled(4);
        settled("....");
        drawn(0x3210);
        refused(m(0), submitting(0, "x"), abi.encodeWithSelector(IFLTask.NoStake.selector, m(0)));
        assertEq(see(0).stake, 1_000, "not applied");
    }

    /// @notice R4, R15: what was topped up for this draw weighs, what comes after the list is frozen does not.
    function test_R15_topUpsWeighFromTheirRoundOn() public {
        enrolled(3);
        topUp(0, 30);
        join(3);
        topUp(0, 5); // merges 30
        drawn(0x3210);
        topUp(0, 2);
        expecting();
        emit IFLTask.UpdateSubmitted(1, m(0), "x", 0, 1_030);
        announced(m(0), submitting(0, "x"));
        vm.warp(START + 200);
        task.settle();
        drawn(0x3210);
        expecting();
        emit IFLTask.UpdateSubmitted(2, m(0), "x", 0, 1_037);
        announced(m(0), submitting(0, "x"));
        assertEq(see(0).toppedUp, 0, "topped up");
    }
}

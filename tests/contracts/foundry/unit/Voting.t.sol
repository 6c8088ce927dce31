// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, IFLTask, Phase, Role} from "../../../../contracts/interfaces/IFLTask.sol";
import {RoundView} from "../../../../contracts/interfaces/ITaskLens.sol";
import {Scene} from "./Scene.sol";

/// @title Committing and revealing (R13 – R15, R20, I4)
contract VotingUnit is Scene {
    function _wrongPhase(Phase expected, Phase actual) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFLTask.WrongPhase.selector, expected, actual);
    }

    // ── committing ──

    /// @notice R13, R22: a commitment is announced as it is, and its leading 240 bits are kept.
    function test_R13_aCommitmentIsAnnouncedAndKept() public {
        enrolled(4);
        trained("s...");
        expecting();
        emit IFLTask.VoteCommitted(1, m(2), bytes32(uint256(0xABCD_FFFF)));
        announced(m(2), committing(2, bytes32(uint256(0xABCD_FFFF))));
        assertEq(see(2).commits, 1, "commits");
        assertEq(see(2).commitment, bytes32(uint256(0xABCD_0000)), "240 bits are kept");
        assertEq(see(1).commitment, 0, "of another");
    }

    /// @notice I4: each voter commits once.
    function test_I4_aSecondCommitmentIsRefused() public {
        enrolled(4);
        trained("s...");
        act(m(2), committing(2, "x"));
        refused(m(2), committing(2, "again"), abi.encodeWithSelector(IFLTask.AlreadyDone.selector, m(2), 1));
    }

    /// @notice R13: nothing is hidden by zero.
    function test_R13_anEmptyCommitmentIsRefused() public {
        enrolled(4);
        trained("s...");
        refused(m(1), committing(1, 0), abi.encodeWithSelector(IFLTask.EmptyDigest.selector));
    }

    /// @notice R13: the last commitment ends the phase at once, and none comes after it.
    function test_R13_theLastCommitmentEndsThePhase() public {
        enrolled(4);
        trained("s...");
        vm.warp(START + 10);
        act(m(2), committing(2, "x"));
        act(m(1), committing(1, "x"));
        assertPhase(Phase.Committing);
        vm.warp(START + 11);
        act(m(3), committing(3, "x"));
        assertPhase(Phase.Revealing);
        RoundView memory v = see(3);
        assertEq(v.commits, 3, "commits");
        assertEq(v.commitEnd, START + 11, "end of Committing");
        assertEq(v.revealEnd, START + 311, "end of Revealing");
        refused(m(3), committing(3, "x"), _wrongPhase(Phase.Committing, Phase.Revealing));
    }

    /// @notice R13, I4: the last second of the window is in, the first after it is out.
    function test_R13_theWindow() public {
        refused(m(1), committing(1, "x"), _wrongPhase(Phase.Committing, Phase.Enrolling));
        enrolled(4);
        refused(m(1), committing(1, "x"), _wrongPhase(Phase.Committing, Phase.Drawing));
        drawn(0x3210);
        refused(m(1), committing(1, "x"), _wrongPhase(Phase.Committing, Phase.Training));
        submit(0);
        vm.warp(START + 199);
        act(m(1), committing(1, "x"));
        vm.warp(START + 200);
        refused(m(2), committing(2, "x"), _wrongPhase(Phase.Committing, Phase.Revealing));
        vm.warp(START + 500);
        refused(m(2), committing(2, "x"), _wrongPhase(Phase.Committing, Phase.Settling));
        task.settle();
        refused(m(2), committing(2, "x"), _wrongPhase(Phase.Committing, Phase.Drawing));
    }

    /// @notice R13: without a commitment there is nothing to reveal.
    function test_R13_noCommitment() public {
        enrolled(4);
        trained("s...");
        vm.warp(START + 199);
        assertPhase(Phase.Committing);
        vm.warp(START + 200);
        assertPhase(Phase.Settling);
        refused(m(2), committing(2, "x"), _wrongPhase(Phase.Committing, Phase.Settling));
    }

    /// @notice R9, I3: only drawn voters commit, and with V of them the V-th ends the phase.
    function test_I3_onlyVotersCommit() public {
        (p.voters, p.minParticipants) = (3, 5);
        make();
        enrolled(5);
        join(5);
        trained("s....");
        refused(m(0), committing(0, "x"), abi.encodeWithSelector(IFLTask.WrongRole.selector, Role.Voter, Role.Proposer));
        bytes memory idle = abi.encodeWithSelector(IFLTask.WrongRole.selector, Role.Voter, Role.None);
        refused(m(4), committing(4, "x"), idle);
        refused(m(5), committing(5, "x"), idle);
        refused(ANYBODY, abi.encodeCall(IFLTask.commitVote, (ANYBODY, "x")), idle);
        act(m(1), committing(1, "x"));
        act(m(2), committing(2, "x"));
        assertPhase(Phase.Committing);
        act(m(3), committing(3, "x"));
        assertPhase(Phase.Revealing);
    }

    // ── revealing ──

    /// @notice R14, R15, R22: a reveal is announced with its weight and both losses; the last ends the phase at once.
    function test_R14_reveals() public {
        enrolled(4);
        accuse(2, 1);
        committed("s+-.");
        topUp(1, 500); // weighs from the next round on
        assertPhase(Phase.Revealing);
        expecting();
        emit IFLTask.VoteRevealed(1, m(1), A, 1, 0, 2_000, 700, 500);
        announced(m(1), revealing(1, A, 1));
        RoundView memory v = see(1);
        assertEq(v.reveals, 1, "reveals");
        assertEq(v.commits, 2, "commits");
        require(v.hasRevealed && !v.hasSubmitted && !see(2).hasRevealed, "acts");
        refused(m(1), revealing(1, A, 1), abi.encodeWithSelector(IFLTask.AlreadyDone.selector, m(1), 1));
        refused(m(3), revealing(3, A, 1), abi.encodeWithSelector(IFLTask.NoCommitment.selector, m(3), 1));
        refused(m(0), revealing(0, A, 1), abi.encodeWithSelector(IFLTask.NoCommitment.selector, m(0), 1));
        expecting();
        emit IFLTask.VoteRevealed(1, m(2), A, -1, 1, 3_000, 700, 500);
        announced(m(2), revealing(2, A, -1));
        assertPhase(Phase.Settling);
        refused(m(2), revealing(2, A, -1), _wrongPhase(Phase.Revealing, Phase.Settling));
    }

    /// @notice R14, I4: the window begins with the end of Committing; its last second is in, the first after it is out.
    function test_R14_theWindow() public {
        refused(m(1), revealing(1, A, 1), _wrongPhase(Phase.Revealing, Phase.Enrolling));
        enrolled(4);
        trained("s...");
        commit(1, A, 1);
        commit(2, A, 1);
        vm.warp(START + 199);
        refused(m(1), revealing(1, A, 1), _wrongPhase(Phase.Revealing, Phase.Committing));
        vm.warp(START + 200);
        reveal(1, A, 1);
        vm.warp(START + 499);
        assertPhase(Phase.Revealing);
        bytes memory data = revealing(2, A, 1);
        vm.warp(START + 500);
        assertPhase(Phase.Settling);
        refused(m(2), data, _wrongPhase(Phase.Revealing, Phase.Settling));
        vm.warp(START + 499);
        act(m(2), data);
        task.settle();
        refused(m(2), data, _wrongPhase(Phase.Revealing, Phase.Drawing));
    }

    /// @notice R14: a score is +1 or −1, and a digest is not zero.
    function test_R14_scoresAndDigests() public {
        enrolled(4);
        committed("s+++");
        int8[6] memory scores = [int8(0), 2, -2, 127, -128, 3];
        for (uint256 i = 0; i < scores.length; i++) {
            refused(m(1), revealing(1, A, scores[i]), abi.encodeWithSelector(IFLTask.InvalidScore.selector, int256(scores[i])));
        }
        refused(m(1), revealing(1, 0, 1), abi.encodeWithSelector(IFLTask.EmptyDigest.selector));
    }

    /// @notice R14: a ballot accuses only those that submitted, whatever their ranks.
    function test_R14_masks() public {
        (p.proposers, p.minParticipants) = (2, 5);
        make();
        enrolled(5);
        committed(".s+++");
        uint16[5] memory masks = [uint16(1), 3, 4, 0x8000, 0xffff];
        for (uint256 i = 0; i < masks.length; i++) {
            accuse(2, masks[i]);
            refused(m(2), revealing(2, A, 1), abi.encodeWithSelector(IFLTask.InvalidMask.selector, 2, masks[i]));
        }
        accuse(2, 2);
        bytes memory wrong = abi.encodeWithSelector(
            IFLTask.WrongBallot.selector, see(2).commitment | bytes32(uint256(1)), _tagged(ballotOf(2, A, 1), 1)
        );
        refused(m(2), revealing(2, A, 1), wrong);
        accuse(2, 0);
        act(m(2), revealing(2, A, 1));
    }

    /// @notice R13, R14: each part of a ballot is bound by the commitment.
    function test_R13_aCommitmentBindsTheBallot() public {
        enrolled(4);
        accuse(1, 1);
        committed("s+++");
        _refuseBallot(B, 1, 1, LOSS_BEFORE, LOSS_AFTER, SALT);
        _refuseBallot(A, -1, 1, LOSS_BEFORE, LOSS_AFTER, SALT);
        _refuseBallot(A, 1, 0, LOSS_BEFORE, LOSS_AFTER, SALT);
        _refuseBallot(A, 1, 1, LOSS_BEFORE + 1, LOSS_AFTER, SALT);
        _refuseBallot(A, 1, 1, LOSS_BEFORE, LOSS_AFTER + 1, SALT);
        for (uint256 salt = 0; salt < 8; salt++) {
            _refuseBallot(A, 1, 1, LOSS_BEFORE, LOSS_AFTER, bytes32(salt)); // whether its digest is greater or less
        }
        act(m(1), revealing(1, A, 1));
    }

    function _refuseBallot(bytes32 aggregate, int8 score, uint16 mask, uint32 lossBefore, uint32 lossAfter, bytes32 salt)
        private
    {
        bytes memory ballot = abi.encode(aggregate, score, mask, lossBefore, lossAfter, salt);
        bytes32 other = sha256(bytes.concat(abi.encode(block.chainid, address(task), 1, m(1)), ballot));
        refused(
            m(1),
            abi.encodeCall(IFLTask.revealVote, (m(1), aggregate, score, mask, lossBefore, lossAfter, salt)),
            abi.encodeWithSelector(IFLTask.WrongBallot.selector, _tagged(ballotOf(1, A, 1), 1), _tagged(other, 1))
        );
    }

    function _tagged(bytes32 commitment, uint256 round) private pure returns (bytes32) {
        return bytes32((uint256(commitment) & ~uint256(0xFFFF)) | round);
    }

    /// @notice R13: the digest of a commitment is SHA-256 over chain, task, round, voter and ballot.
    function test_R13_commitmentOf() public view {
        bytes memory ballot = abi.encode(A, int8(-1), uint16(0x8001), uint32(3), type(uint32).max, SALT);
        bytes32 digest = sha256(bytes.concat(abi.encode(block.chainid, address(task), uint256(9), m(7)), ballot));
        assertEq(task.commitmentOf(9, m(7), A, -1, 0x8001, 3, type(uint32).max, SALT), digest, "commitment");
    }

    /// @notice R13: where nothing can be hashed, nothing is revealed.
    function test_R13_noDigestNoBallot() public {
        enrolled(4);
        committed("s+++");
        bytes memory call_ = revealing(1, A, 1);
        vm.mockCallRevert(address(2), "", "");
        refused(m(1), call_, "");
        vm.clearMockedCalls();
        act(m(1), call_);
    }

    /// @notice R13: a copied commitment cannot be shown by the copier.
    function test_R13_aCopiedCommitment() public {
        enrolled(4);
        trained("s...");
        act(m(1), committing(1, ballotOf(1, A, 1)));
        act(m(2), committing(2, ballotOf(1, A, 1)));
        act(m(3), committing(3, ballotOf(3, A, 1) ^ bytes32(uint256(0xFFFF)))); // only the leading 240 bits are kept
        act(m(1), revealing(1, A, 1));
        refused(
            m(2),
            revealing(2, A, 1),
            abi.encodeWithSelector(IFLTask.WrongBallot.selector, _tagged(ballotOf(1, A, 1), 1), _tagged(ballotOf(2, A, 1), 1))
        );
        act(m(3), revealing(3, A, 1));
    }

    /// @notice R13, I4, D17: what was committed in an earlier round is nothing in this one.
    function test_R13_commitmentsOfEarlierRounds() public {
        enrolled(4);
        settled("s+c.");
        drawn(0x3210);
        assertEq(see(1).commitment, 0, "of round 1");
        require(!see(1).hasRevealed && !see(0).hasSubmitted, "acts of round 1");
        assertEq(see(1).commits + see(1).reveals, 0, "counts of round 1");
        assertEq(see(1).commitEnd, block.timestamp + 300, "end of Committing");
        submit(0);
        assertEq(see(1).commitEnd, block.timestamp + 200, "end of Committing");
        commit(1, B, 1);
        pass(Phase.Committing);
        refused(m(2), revealing(2, A, 1), abi.encodeWithSelector(IFLTask.NoCommitment.selector, m(2), 2));
        reveal(1, B, 1);
    }

    /// @notice R15, R20, R22: a voter's earlier penalty is applied when it reveals, and what is left is its weight.
    function test_R20_earlierPenaltiesComeFirst() public {
        enrolled(4);
        settled("s++.");
        committed("s++-");
        assertEq(see(3).stake, 4_000, "a commitment applies nothing");
        expecting();
        emit IFLTask.Slashed(1, m(3), Fault.Absent, 400, address(0), 0);
        emit IFLTask.VoteRevealed(2, m(3), A, -1, 0, 3_600, 700, 500);
        announced(m(3), revealing(3, A, -1));
        assertEq(see(3).stake, 3_600, "stake");
        assertEq(rewardPool(), 400, "pool");
    }

    /// @notice R20: with nothing left at stake nothing can be weighed.
    function test_R20_noStake() public {
        p.faultBps = 10_000;
        make();
        enrolled(4);
        settled("s++.");
        committed("s++-");
        refused(m(3), revealing(3, A, -1), abi.encodeWithSelector(IFLTask.NoStake.selector, m(3)));
    }
}

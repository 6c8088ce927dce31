// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, IFLTask, Phase} from "../../../../contracts/interfaces/IFLTask.sol";
import {Scene} from "./Scene.sol";

/// @title Dues: penalties by kind, slashers' shares, rewards, and how long what can be told (R5, R18 – R21, I7, D3, D5, D13,
/// D20)
contract DuesUnit is Scene {
    bytes private constant NOTHING = abi.encodeWithSelector(IFLTask.Nothing.selector);

    /// @dev Anybody slashes member i for one fault, of one round, and gets its share; what i did not earn goes back.
    function _slashes(uint256 i, uint256 round, Fault fault, uint256 amount, uint256 share, uint256 back) private {
        uint256 pool = rewardPool();
        uint256 shares = lens.roundView(task, ANYBODY).rewards;
        uint256 stake = see(i).stake;
        expecting();
        if (back != 0) emit IFLTask.ShareReturned(round, m(i), back);
        emit IFLTask.Slashed(round, m(i), fault, amount, ANYBODY, share);
        announced(ANYBODY, slashing(round, m(i)));
        assertEq(see(i).stake, stake - amount, "stake");
        assertEq(see(i).resolved, round, "resolved");
        assertEq(rewardPool(), pool + back + amount - share, "pool");
        assertEq(lens.roundView(task, ANYBODY).rewards, shares + share, "shares");
        _isNothing(i, round);
    }

    function _slashes(uint256 i, uint256 round, Fault fault, uint256 amount, uint256 share) private {
        _slashes(i, round, fault, amount, share, 0);
    }

    /// @dev What member i did not earn of its share: penalties of before are in the pool, and so in the reward.
    function _back(uint256 i, uint256 round) private view returns (uint256) {
        return lens.dues(task, round, list(m(i)))[0].share;
    }

    function _isNothing(uint256 i, uint256 round) private {
        refused(ANYBODY, slashing(round, m(i)), NOTHING);
    }

    // ── faults ──

    /// @notice R18 – R20: in an accepted round, voters against the winner and for other digests pay alike; the others earn
    /// their shares.
    function test_R19_anAcceptedRound() public {
        fund(9_000);
        enrolled(4);
        settled("s-p+");
        _isNothing(0, 1);
        _isNothing(3, 1);
        _slashes(1, 1, Fault.Minority, 200, 50, 600);
        _slashes(2, 1, Fault.Divergent, 300, 75, 900);
        assertEq(rewardPool(), 7_875, "pool");
        _claims(0, 300);
        _claims(3, 1_200);
        refused(m(1), claiming(1, m(1)), NOTHING);
        refused(m(2), claiming(2, m(2)), NOTHING);
    }

    /// @notice R18 – R20, D18: in a rejected round voters for the winner pay; a proposer pays nothing, and earns nothing; who
    /// was absent pays and had no share.
    function test_R19_aRejectedRound() public {
        fund(9_000);
        enrolled(4);
        settled("s+-.");
        _isNothing(0, 1);
        _slashes(1, 1, Fault.Minority, 200, 50, 1_000);
        _isNothing(2, 1);
        _slashes(3, 1, Fault.Absent, 400, 100);
        _claims(2, 1_500);
        assertEq(rewardPool(), 6_000 + 1_000 + 150 + 300, "pool");
        give(m(0), 1);
        expecting();
        emit IFLTask.ShareReturned(1, m(0), 500);
        emit IFLTask.ToppedUp(m(0), 1, 3);
        announced(m(0), abi.encodeCall(IFLTask.topUp, (1)));
        assertEq(rewardPool(), 6_000 + 1_000 + 150 + 300 + 500, "pool");
        refused(m(0), claiming(0, m(0)), NOTHING);
    }

    function _claims(uint256 i, uint256 amount) private {
        address to = address(0x5AFE);
        uint256 before = token.balanceOf(to);
        expecting();
        emit IFLTask.Claimed(m(i), to, amount);
        announced(m(i), claiming(i, to));
        assertEq(token.balanceOf(to) - before, amount, "paid");
        refused(m(i), claiming(i, to), NOTHING);
    }

    /// @notice R19: in a void round only absence is penalised: neither updates, nor digests, nor signs; and there is no share.
    function test_R19_aVoidRound() public {
        (p.proposers, p.quorumBps, p.minParticipants) = (2, 5_001, 5);
        make();
        fund(9_000);
        enrolled(5);
        join(5);
        settled("s.-c."); // one reveal of three is below the quorum
        _isNothing(0, 1);
        _slashes(1, 1, Fault.Absent, 200, 50);
        _isNothing(2, 1);
        _slashes(3, 1, Fault.Absent, 400, 100);
        _slashes(4, 1, Fault.Absent, 500, 125);
        _isNothing(5, 1); // joined too late for this draw
        refused(m(2), claiming(2, m(2)), NOTHING);
    }

    /// @notice R16, R19: with just half for a digest the round is void, too.
    function test_R19_aTie() public {
        for (uint256 i = 0; i < 4; i++) {
            join(i, 1_000);
        }
        settled("s+p.");
        for (uint256 i = 0; i < 3; i++) {
            _isNothing(i, 1);
        }
        _slashes(3, 1, Fault.Absent, 100, 25);
    }

    /// @notice R19, R12: without updates there was nothing to vote on; only proposers were absent.
    function test_R19_noUpdate() public {
        enrolled(4);
        settled("....");
        _slashes(0, 1, Fault.Absent, 100, 25);
        for (uint256 i = 1; i < 4; i++) {
            _isNothing(i, 1);
        }
    }

    /// @notice R19: to commit and not to reveal is absence, and costs what showing a losing ballot costs; who is idle, or
    /// joined later, or never, has no duty.
    function test_R19_absence() public {
        (p.voters, p.minParticipants) = (3, 5);
        make();
        enrolled(5);
        join(5);
        settled("s+c+.");
        _slashes(2, 1, Fault.Absent, 300, 75);
        _isNothing(4, 1);
        _isNothing(5, 1);
        refused(m(0), slashing(1, ANYBODY), NOTHING);
    }

    /// @notice R19: nor is anybody absent from a round in which all that were drawn did their duty.
    function test_R19_idleInACompleteRound() public {
        (p.voters, p.minParticipants) = (3, 5);
        make();
        enrolled(5);
        settled("s-++.");
        require(lens.resultOf(task, 1).isComplete, "complete");
        _isNothing(4, 1);
        _slashes(1, 1, Fault.Minority, 200, 50);
    }

    /// @notice R19: penalties are rounded down; one that is nothing is not announced.
    function test_R19_rounding() public {
        (p.minStake, p.faultBps) = (1, 9_999);
        make();
        join(0, 1);
        join(1, 2_999);
        join(2, 3_009);
        join(3, 109);
        settled("s-+.");
        _slashes(1, 1, Fault.Minority, 2_998, 749); // of 2,998.7
        _slashes(3, 1, Fault.Absent, 108, 27);
        settled("...."); // 9,999 parts of one wei are none
        _isNothing(0, 2);
        assertEq(see(0).stake, 1, "stake");
    }

    // ── strikes ──

    /// @dev A task of many rounds in which member 3 has 10,000 and none falls below the floor.
    function _manyRounds(uint16 faultBps) private {
        (p.rounds, p.floorBps, p.faultBps) = (20, 0, faultBps);
        make();
        enrolled(3);
        join(3, 10_000);
    }

    /// @notice R19, D3: with each fault in a row, of whichever kind, the penalty doubles, up to all that there is.
    function test_R19_penaltiesDoubleInARow() public {
        _manyRounds(1_000);
        settled("s++."); // member 3 is absent
        _slashes(3, 1, Fault.Absent, 1_000, 250);
        join(4, 20_000);
        settled("s++-"); // in the majority by weight, so that the round is rejected, and for that it is good
        settled("s++.");
        _slashes(3, 3, Fault.Absent, 900, 225); // 10 % of 9,000
        settled("s++p+"); // divergent
        _slashes(3, 4, Fault.Divergent, 1_620, 405, _back(3, 4)); // 20 % of 8,100
        settled("s++c+"); // shows nothing
        _slashes(3, 5, Fault.Absent, 2_592, 648); // 40 % of 6,480
        settled("s++-+"); // in the minority
        _slashes(3, 6, Fault.Minority, 3_110, 777, _back(3, 6)); // 80 % of 3,888
        settled("s++.+");
        assertEq(lens.dues(task, 7, list(m(3)))[0].penalty, 778, "all that is left");
        slash(ANYBODY, 7, m(3));
        require(!see(3).isMember, "out");
    }

    /// @notice R19: a void round neither adds a strike nor clears one, though absence costs as much as the next strike would.
    function test_R19_voidRoundsLeaveStrikesAlone() public {
        _manyRounds(1_000);
        settled("s++.");
        _slashes(3, 1, Fault.Absent, 1_000, 250);
        settled("s+.."); // void
        _slashes(3, 2, Fault.Absent, 1_800, 450); // 20 % of 9,000
        settled("s..+"); // void, and member 3 is there
        settled("s++.");
        _slashes(3, 4, Fault.Absent, 1_440, 360); // 20 % of 7,200
        settled("s++.");
        _slashes(3, 5, Fault.Absent, 2_304, 576); // 40 % of 5,760
    }

    /// @notice R19: a duty well done in a decided round begins anew.
    function test_R19_aDutyWellDoneClearsStrikes() public {
        _manyRounds(1_000);
        settled("s++.");
        settled("s++.");
        _slashes(3, 1, Fault.Absent, 1_000, 250);
        _slashes(3, 2, Fault.Absent, 1_800, 450);
        settled("s+++");
        settled("s++.");
        _slashes(3, 4, Fault.Absent, 720, 180); // 10 % of 7,200
    }

    /// @notice R19: strikes of the two roles are counted apart.
    function test_R19_strikesOfTheRolesAreCountedApart() public {
        (p.rounds, p.floorBps, p.minParticipants, p.proposers) = (20, 0, 5, 2);
        make();
        enrolled(5);
        settled("s.+++"); // member 1 proposes, and does not
        _slashes(1, 1, Fault.Absent, 200, 50);
        _playsAt(1, 2, false); // votes, and does not
        _slashes(1, 2, Fault.Absent, 180, 45); // 10 % of 1,800: the first as a voter
        _playsAt(1, 2, true); // votes well
        settled("s.+++");
        _slashes(1, 4, Fault.Absent, 324, 81); // 20 % of 1,620: the second as a proposer
        _playsAt(1, 2, false);
        _slashes(1, 5, Fault.Absent, 129, 32); // 10 % of 1,296
    }

    /// @dev A decided round in which member `i` has rank `rank`, as a voter, and acts or not; members 0 and 2 propose.
    function _playsAt(uint256 i, uint256 rank, bool isActing) private {
        require(i == 1 && rank == 2, "only this one is needed");
        drawn(0xff120);
        submit(0);
        submit(2);
        uint256[3] memory voters = [uint256(3), 4, 1];
        uint256 n = isActing ? 3 : 2;
        for (uint256 k = 0; k < n; k++) {
            commit(voters[k], A, 1);
        }
        pass(Phase.Committing);
        for (uint256 k = 0; k < n; k++) {
            reveal(voters[k], A, 1);
        }
        task.settle();
    }

    /// @notice R19: strikes are counted up to seven: from then on a fault costs 128 times the least.
    function test_R19_sevenStrikesAreCounted() public {
        _manyRounds(10);
        uint256 stake = 10_000;
        for (uint256 round = 1; round <= 10; round++) {
            settled("s++.");
            uint256 penalty = stake * (uint256(10) << (round <= 7 ? round - 1 : 7)) / 10_000;
            _slashes(3, round, Fault.Absent, penalty, penalty / 4);
            stake -= penalty;
        }
    }

    /// @notice R19: a fault that costs nothing is a strike all the same, and absence that is forgiven is none.
    function test_R19_forgivenAbsenceIsNoStrike() public {
        _manyRounds(1_000);
        for (uint256 round = 1; round <= 8; round++) {
            settled("s++.");
        }
        address[] memory accounts = list(m(3));
        uint256 stake = 10_000;
        for (uint256 round = 3; round <= 5; round++) {
            uint256 penalty = stake * (uint256(1_000) << (round - 3)) / 10_000;
            assertEq(lens.dues(task, round, accounts)[0].penalty, penalty, "from the oldest that can be told on");
            stake -= penalty;
        }
    }

    /// @notice R19: strikes stay with an account that leaves and joins again.
    function test_R19_strikesOutliveAStay() public {
        _manyRounds(1_000);
        p.exitDelay = 0;
        make();
        enrolled(3);
        join(3, 10_000);
        join(4);
        drawn(0xfff0);
        submit(0);
        commit(1, A, 1);
        commit(2, A, 1);
        quit(3);
        pass(Phase.Committing);
        reveal(1, A, 1);
        reveal(2, A, 1);
        task.settle();
        act(m(3), withdrawing(3, m(3))); // less 1,000
        assertEq(token.balanceOf(m(3)), 9_000, "withdrawn");
        join(3, 10_000); // for round 3
        drawn(0xfff0);
        pass(Phase.Training);
        task.settle();
        settled("s++..");
        assertEq(lens.dues(task, 3, list(m(3)))[0].penalty, 2_000, "the second in a row");
    }

    // ── slashing ──

    /// @notice R20: only settled rounds can be slashed.
    function test_R20_roundsThatAreSettled() public {
        enrolled(4);
        refused(ANYBODY, slashing(1, m(0)), abi.encodeWithSelector(IFLTask.WrongRound.selector, 0, 1));
        refused(ANYBODY, slashing(0, m(0)), NOTHING);
        settled("....");
        refused(ANYBODY, slashing(2, m(0)), abi.encodeWithSelector(IFLTask.WrongRound.selector, 1, 2));
        refused(ANYBODY, slashing(9, m(0)), abi.encodeWithSelector(IFLTask.WrongRound.selector, 1, 9));
        refused(ANYBODY, abi.encodeCall(IFLTask.slash, (1, new address[](0))), NOTHING);
        slash(ANYBODY, 1, m(0));
    }

    /// @notice R20, I7: rounds are applied in order, each once, up to the one named; each penalty is of what is left.
    function test_R20_inOrderAndOnce() public {
        p.rounds = 5;
        make();
        enrolled(4);
        for (uint256 i = 0; i < 4; i++) {
            settled("....");
        }
        _slashes(0, 1, Fault.Absent, 100, 25);
        expecting();
        emit IFLTask.Slashed(2, m(0), Fault.Absent, 90, ANYBODY, 22); // void rounds: no strikes
        emit IFLTask.Slashed(3, m(0), Fault.Absent, 81, ANYBODY, 20);
        announced(ANYBODY, slashing(3, m(0)));
        assertEq(see(0).stake, 729, "stake");
        assertEq(see(0).resolved, 3, "resolved");
        _isNothing(0, 2);
        assertEq(see(0).resolved, 3, "resolved goes forward only");
        _slashes(0, 4, Fault.Absent, 72, 18);
    }

    /// @notice R20: several accounts in one call, innocent ones and the same one twice among them.
    function test_R20_manyAtOnce() public {
        enrolled(4);
        settled("s+.c");
        address[] memory accounts = new address[](5);
        (accounts[0], accounts[1], accounts[2], accounts[3], accounts[4]) = (m(1), m(3), m(3), ANYBODY, m(2));
        expecting();
        // one reveal of three is below the quorum
        emit IFLTask.Slashed(1, m(3), Fault.Absent, 400, ANYBODY, 100);
        emit IFLTask.Slashed(1, m(2), Fault.Absent, 300, ANYBODY, 75);
        announced(ANYBODY, abi.encodeCall(IFLTask.slash, (1, accounts)));
        assertEq(lens.roundView(task, ANYBODY).rewards, 175, "shares");
        assertEq(rewardPool(), 525, "pool");
    }

    /// @notice R20: nobody earns a share by slashing itself, whatever the order, and the share of another's penalty is in its
    /// own word.
    function test_R20_noShareOfOnesOwn() public {
        enrolled(4);
        settled("s+c.");
        address[] memory accounts = new address[](2);
        (accounts[0], accounts[1]) = (m(3), m(2));
        _slashTwo(accounts, 400, 100, 300, 0, m(2));
        assertEq(see(2).rewards, 100, "share");
        assertEq(see(2).stake, 2_700, "stake");
        assertEq(rewardPool(), 600, "pool");

        settled("s+c.");
        (accounts[0], accounts[1]) = (m(2), m(3));
        expecting();
        emit IFLTask.Slashed(2, m(2), Fault.Absent, 270, m(2), 0);
        emit IFLTask.Slashed(2, m(3), Fault.Absent, 360, m(2), 90);
        announced(m(2), abi.encodeCall(IFLTask.slash, (2, accounts)));
        assertEq(see(2).rewards, 190, "shares");
        assertEq(see(2).stake, 2_430, "stake");
        assertEq(see(2).resolved, 2, "resolved");
        _claims(2, 190);
    }

    function _slashTwo(address[] memory accounts, uint256 a, uint256 shareA, uint256 b, uint256 shareB, address by) private {
        expecting();
        emit IFLTask.Slashed(1, accounts[0], Fault.Absent, a, by, shareA);
        emit IFLTask.Slashed(1, accounts[1], Fault.Absent, b, by, shareB);
        announced(by, abi.encodeCall(IFLTask.slash, (1, accounts)));
    }

    /// @notice R20: whose address is the greater does not matter.
    function test_R20_aShareForAnybodyElse() public {
        enrolled(4);
        settled("s-p+");
        slash(m(3), 1, m(1));
        assertEq(see(3).rewards, 50, "share of the greater");
        slash(m(0), 1, m(2));
        assertEq(see(0).rewards, 75, "share of the lesser");
    }

    /// @notice R20, D13: the slasher's share is what the task says, from nothing to all.
    function test_R20_sharesOfAllSizes() public {
        (p.slasherBps, p.faultBps) = (0, 9_000);
        make();
        enrolled(4);
        settled("....");
        _slashes(0, 1, Fault.Absent, 900, 0);
        p.slasherBps = 10_000;
        make();
        enrolled(4);
        settled("....");
        _slashes(0, 1, Fault.Absent, 900, 900);
        act(ANYBODY, abi.encodeCall(IFLTask.claim, (ANYBODY, ANYBODY)));
        assertEq(token.balanceOf(ANYBODY), 900, "paid");
    }

    /// @notice R19, I7: a penalty of the whole stake takes the whole stake, and none is none.
    function test_I7_penaltiesOfAllSizes() public {
        (p.faultBps, p.condemnedBps) = (10_000, 0);
        make();
        enrolled(4);
        accuse(1, 1);
        accuse(2, 1);
        settled("s-+.");
        _isNothing(0, 1); // condemned, for nothing
        expecting();
        emit IFLTask.Slashed(1, m(3), Fault.Absent, 4_000, ANYBODY, 1_000);
        emit IFLTask.Left(m(3), 3, block.timestamp + 10_000);
        announced(ANYBODY, slashing(1, m(3)));
        assertEq(see(3).stake, 0, "stake");
    }

    // ── falling below the floor ──

    /// @notice R5, R22: who keeps `floorBps` of `minStake` stays; with one wei less it is drawn no more from the next open
    /// draw on.
    function test_R5_fallingBelowTheFloor() public {
        p.faultBps = 5_500; // the floor is 60
        make();
        join(0, 1_000);
        join(1, 132); // less 72
        join(2, 131); // less 72
        join(3, 221);
        vm.warp(START + 5);
        settled("s...");
        _slashes(1, 1, Fault.Absent, 72, 18);
        require(see(1).isMember, "60 are enough");
        expecting();
        emit IFLTask.Slashed(1, m(2), Fault.Absent, 72, ANYBODY, 18);
        emit IFLTask.Positioned(m(3), 2, 3);
        emit IFLTask.Left(m(2), 3, START + 10_205);
        announced(ANYBODY, slashing(1, m(2)));
        require(!see(2).isMember && see(2).isInDraw, "59 are not");
        assertEq(see(2).exitAt, START + 10_205, "exit");
        assertEq(see(0).memberCount, 3, "members");
        assertEq(see(3).position, 3, "as of this draw");
    }

    /// @notice R5: who stakes just the minimum survives a first fault; without a floor who has one wei stays, and with
    /// nothing nobody does.
    function test_R5_floorsOfAllHeights() public {
        p.floorBps = 10_000;
        _assertStays(100, 1_000, false);
        _assertStays(112, 1_000, true); // 101
        p.floorBps = 9_000;
        _assertStays(100, 1_000, true);
        p.floorBps = 0;
        _assertStays(100, 9_999, true); // one wei
        _assertStays(100, 10_000, false);
        (p.floorBps, p.minStake) = (9_999, 1); // of one wei: nothing, so one
        _assertStays(2, 5_000, true);
        _assertStays(2, 10_000, false);
    }

    function _assertStays(uint256 stake, uint16 faultBps, bool stays) private {
        p.faultBps = faultBps;
        make();
        enrolled(3);
        join(3, stake);
        settled("s++.");
        slash(ANYBODY, 1, m(3));
        require(see(3).isMember == stays, "member");
    }

    /// @notice R5: a top-up that waits counts; who left already does not leave again.
    function test_R5_whatKeepsAMembership() public {
        (p.faultBps, p.floorBps) = (9_901, 10_000);
        p.rounds = 4;
        make();
        for (uint256 i = 0; i < 4; i++) {
            join(i, 10_000); // 99 are left
        }
        trained("s...");
        topUp(2, 1);
        quit(3);
        vm.warp(START + 300);
        task.settle();
        _slashes(3, 1, Fault.Absent, 9_901, 2_475);
        assertEq(see(0).memberCount, 3, "members");
        expecting();
        emit IFLTask.Slashed(1, m(2), Fault.Absent, 9_901, ANYBODY, 2_475);
        announced(ANYBODY, slashing(1, m(2)));
        assertEq(see(2).stake, 100, "merged for round 2");
        require(see(2).isMember, "a member no more");
    }

    // ── top-ups ──

    /// @notice R4, R19: each round's penalty is of the stake as of its draw: a top-up is in from its round on, and not before.
    function test_R19_topUpsAreMergedAtTheirRound() public {
        enrolled(4);
        drawn(0x3210);
        topUp(0, 500); // from round 2 on
        pass(Phase.Training);
        task.settle();
        settled("....");
        expecting();
        emit IFLTask.Slashed(1, m(0), Fault.Absent, 100, ANYBODY, 25);
        emit IFLTask.Slashed(2, m(0), Fault.Absent, 140, ANYBODY, 35);
        announced(ANYBODY, slashing(2, m(0)));
        assertEq(see(0).stake, 1_260, "stake");
        assertEq(see(0).toppedUp, 0, "topped up");
    }

    /// @notice R4: after the dues of a round the stake is that of the next, no later top-up in it.
    function test_R4_aTopUpForALaterRoundWaits() public {
        enrolled(4);
        settled("....");
        topUp(1, 500); // round 2 is frozen: from round 3 on
        drawn(0x3210);
        pass(Phase.Training);
        task.settle();
        topUp(2, 7);
        slash(ANYBODY, 1, m(0));
        assertEq(see(1).stake, 2_000, "stake");
        assertEq(see(1).toppedUp, 500, "waits");
        refused(ANYBODY, slashing(1, m(1)), NOTHING);
        trained("s...");
        commit(1, A, 1);
        pass(Phase.Committing);
        expecting();
        emit IFLTask.VoteRevealed(3, m(1), A, 1, 0, 2_500, LOSS_BEFORE, LOSS_AFTER);
        announced(m(1), revealing(1, A, 1));
    }

    // ── how long ──

    /// @notice R10, R19: absence is told while no more than six rounds are settled since, this one included.
    function test_R19_absenceIsToldForSixRounds() public {
        _onlyAbsentInRound1(6);
        _slashes(0, 1, Fault.Absent, 100, 25);
    }

    /// @notice R10, R19: with the seventh it is forgiven.
    function test_R19_absenceIsForgivenAfterwards() public {
        _onlyAbsentInRound1(7);
        _isNothing(0, 1);
        _isNothing(0, 7);
        assertEq(see(0).stake, 1_000, "stake");
    }

    /// @dev Member 0 is absent in round 1 and idle from then on.
    function _onlyAbsentInRound1(uint256 rounds) private {
        (p.rounds, p.voters, p.minParticipants) = (20, 3, 5);
        make();
        enrolled(5);
        settled(".....");
        for (uint256 round = 2; round <= rounds; round++) {
            _idle(0xffff4);
        }
    }

    function _idle(uint256 ranks) private {
        drawn(ranks);
        pass(Phase.Training);
        task.settle();
    }

    /// @dev A task of twenty rounds for five, of which one is idle.
    function _longTask(uint256 amount) private {
        (p.rounds, p.voters, p.minParticipants) = (20, 3, 5);
        make();
        if (amount != 0) fund(amount);
        enrolled(5);
    }

    /// @notice R19 – R21: what a member did is never forgotten: a penalty far back is applied, and absences around it as far as
    /// they can still be told.
    function test_R21_actsAreNeverForgotten() public {
        _longTask(0);
        settled(".....");
        accuse(1, 1);
        accuse(2, 1);
        settled("s---."); // member 0 is penalised for round 1 by its act: 900; and condemned
        settled("....."); // absent, forgiven
        _idle(0x32104); // idle
        settled("....."); // absent in round 5
        for (uint256 round = 6; round <= 10; round++) {
            _idle(0x32104);
        }
        expecting();
        emit IFLTask.Slashed(2, m(0), Fault.Condemned, 180, ANYBODY, 45);
        emit IFLTask.Slashed(5, m(0), Fault.Absent, 144, ANYBODY, 36); // the second in a row
        announced(ANYBODY, slashing(10, m(0)));
        assertEq(see(0).stake, 576, "stake");
        assertEq(see(0).resolved, 10, "resolved");
    }

    /// @notice R20: likewise where the calls stop short of the act, or at it.
    function test_R20_partsOfALongPast() public {
        _longTask(0);
        settled("....."); // absent in round 1
        _idle(0x32104);
        accuse(1, 1);
        accuse(2, 1);
        settled("s---.");
        for (uint256 round = 4; round <= 11; round++) {
            _idle(0x32104);
        }
        assertEq(see(0).stake, 900, "the act applied round 1");
        _isNothing(0, 2);
        _slashes(0, 3, Fault.Condemned, 180, 45, 1); // of what the act before left in the pool
        _isNothing(0, 11);
    }

    /// @notice R20: a report of a round that is too old is none of the oldest that can still be told.
    function test_R20_aRoundThatIsTooOld() public {
        _longTask(0);
        for (uint256 round = 1; round <= 3; round++) {
            _idle(0x32104);
        }
        settled("....."); // absent in round 4
        for (uint256 round = 5; round <= 9; round++) {
            _idle(0x32104);
        }
        _isNothing(0, 3);
        _slashes(0, 4, Fault.Absent, 100, 25);
    }

    /// @notice R21: a reward far back is paid at the end.
    function test_R21_noClaimComesTooLate() public {
        _longTask(20_000);
        settled("s+++.");
        for (uint256 round = 2; round <= 20; round++) {
            _idle(0x32104);
        }
        _claims(0, 100); // 1,000 of 20,000, shared over 1,000 + 2,000 + 3,000 + 4,000
        _claims(1, 200);
        _claims(2, 300);
        refused(m(4), claiming(4, m(4)), NOTHING);
    }

    // ── claiming ──

    /// @notice R18, R21, D5: shares are rounded down, rewards add up over rounds, and do not become stake.
    function test_R18_sharesAreRoundedDown() public {
        fund(1_000);
        enrolled(4);
        settled("s+++"); // 333 over 10,000
        settled("s+++"); // 667 / 2 = 333
        _claims(0, 66);
        _claims(1, 132);
        _claims(2, 198);
        _claims(3, 266);
        assertStakes([uint256(1_000), 2_000, 3_000, 4_000]);
        assertEq(token.balanceOf(address(task)), 10_000 + 334 + 4, "dust stays");
    }

    /// @notice R20, R21: who claims has its own penalties applied, without a share for anybody.
    function test_R20_aClaimAppliesPenalties() public {
        fund(9_000);
        enrolled(4);
        settled("s+++"); // 3,000
        settled("s-p+"); // 6,000 / 2 over 10,000
        expecting();
        emit IFLTask.ShareReturned(2, m(1), 600);
        emit IFLTask.Slashed(2, m(1), Fault.Minority, 200, address(0), 0);
        emit IFLTask.Claimed(m(1), m(9), 600);
        announced(m(1), claiming(1, m(9)));
        assertEq(see(1).stake, 1_800, "stake");
        assertEq(see(1).resolved, 2, "resolved");
        assertEq(rewardPool(), 3_800, "pool");
        assertEq(token.balanceOf(m(9)), 600, "paid");
        refused(ANYBODY, slashing(2, m(1)), NOTHING);
    }

    /// @notice R20, R21: an absence after the last act is no business of a claim: it stays to be slashed, or applied by acting.
    function test_R20_aClaimLeavesLaterAbsences() public {
        fund(9_000);
        enrolled(4);
        settled("s+++");
        settled("s+..");
        _claims(2, 900);
        assertEq(see(2).resolved, 1, "resolved");
        _slashes(2, 2, Fault.Absent, 300, 75);
        topUp(3, 5);
        assertEq(see(3).stake, 3_600, "applied by the top-up");
        drawn(0x3210);
        assertEq(see(3).rewards, 1_200, "rewards");
        _claims(3, 1_200);
        assertEq(see(3).toppedUp, 0 + 5, "waits for round 4");
    }

    /// @notice R4, R21: in the round of one's last act a claim pays what is credited; one that follows the settlement pays
    /// the rest.
    function test_R21_claimingWhileTheRoundGoesOn() public {
        fund(9_000);
        enrolled(4);
        settled("s+++");
        revealed("s+++");
        _claims(1, 600);
        assertEq(see(1).resolved, 1, "resolved");
        task.settle();
        _claims(1, 600);
        assertEq(see(1).resolved, 2, "resolved");
    }
}

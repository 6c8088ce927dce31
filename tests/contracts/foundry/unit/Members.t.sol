// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, IFLTask, Phase, Role} from "../../../../contracts/interfaces/IFLTask.sol";
import {RoundView} from "../../../../contracts/interfaces/ITaskLens.sol";
import {OddToken} from "../../../../contracts/mocks/OddToken.sol";
import {Scene} from "./Scene.sol";

/// @title Joining, topping up, and the list of members (R1, R4, R5, R9, R10, D16)
contract MembersUnit is Scene {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    uint256 private constant KEY = 0xBEEF;

    function _alreadyMember(uint256 i) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFLTask.AlreadyMember.selector, m(i));
    }

    // ── joining ──

    /// @notice R4, R22: who joins gets the next position and stands in the next draw whose list is open.
    function test_R4_joining() public {
        for (uint256 i = 0; i < 3; i++) {
            _joins(i, 1);
        }
        assertPhase(Phase.Enrolling);
        assertEq(task.entered(), 6_000, "entered");
        assertEq(token.balanceOf(address(task)), 6_000, "balance");
        assertEq(token.balanceOf(m(2)), 0, "wallet");
    }

    /// @notice R4, R8, R22: the last member needed freezes the list and names a future block.
    function test_R8_theLastNeededFreezesTheList() public {
        enrolled(3);
        vm.warp(START + 50);
        assertEq(see(0).movedAt, START, "moved");
        give(m(3), 4_000);
        expecting();
        emit IFLTask.Positioned(m(3), 3, 1);
        emit IFLTask.Joined(m(3), 4_000);
        emit IFLTask.Anchored(1, 100, 4);
        announced(m(3), joining(4_000));
        assertPhase(Phase.Drawing);
        RoundView memory v = see(3);
        assertEq(v.anchor, 100, "anchor");
        assertEq(v.drawnCount, 4, "in the draw");
        assertEq(v.movedAt, START + 50, "moved");
        assertEq(v.position, 3, "position");
        assertEq(v.resolved, 0, "resolved");
        require(v.isMember && v.isInDraw, "not in the draw");
    }

    /// @notice R4: who joins after that is in the next draw.
    function test_R4_joiningWhenTheListIsFrozen() public {
        enrolled(4);
        _joins(4, 2);
        RoundView memory v = see(4);
        assertEq(v.memberCount, 5, "members");
        assertEq(v.drawnCount, 4, "in the draw");
        assertEq(v.stake, 5_000, "stake");
        assertEq(v.position, 0, "no position in this draw");
        assertEq(v.resolved, 1, "resolved");
        require(v.isMember && !v.isInDraw, "in the draw already");
    }

    function _joins(uint256 i, uint256 fromRound) private {
        give(m(i), (i + 1) * 1_000);
        expecting();
        emit IFLTask.Positioned(m(i), i, fromRound);
        emit IFLTask.Joined(m(i), (i + 1) * 1_000);
        announced(m(i), joining((i + 1) * 1_000));
    }

    /// @notice R4: a stake of just `minStake` is enough, one wei less is not.
    function test_R4_theLeastStake() public {
        refused(m(0), joining(99), abi.encodeWithSelector(IFLTask.StakeTooSmall.selector, 100, 99));
        join(0, 100);
        assertEq(see(0).stake, 100, "stake");
    }

    /// @notice R4, R5: a stake of just `maxStake` may be, one wei more may not; what waits counts, and what has been lost
    /// does not.
    function test_R5_theGreatestStake() public {
        p.maxStake = 1_000;
        make();
        refused(m(0), joining(1_001), abi.encodeWithSelector(IFLTask.StakeTooLarge.selector, 1_000, 1_001));
        for (uint256 i = 0; i < 4; i++) {
            join(i, 1_000 - i);
        }
        bytes memory tooLarge = abi.encodeWithSelector(IFLTask.StakeTooLarge.selector, 1_000, 1_001);
        refused(m(0), abi.encodeCall(IFLTask.topUp, (1)), tooLarge);
        refused(m(3), abi.encodeCall(IFLTask.topUp, (4)), tooLarge);
        topUp(3, 1);
        refused(m(3), abi.encodeCall(IFLTask.topUp, (3)), tooLarge);
        topUp(3, 2);
        drawn(0x3210);
        vm.warp(START + 100);
        task.settle();
        refused(m(0), abi.encodeCall(IFLTask.topUp, (101)), tooLarge); // 100 lost
        topUp(0, 100);
        assertEq(see(0).toppedUp, 100, "topped up");
        refused(m(3), abi.encodeCall(IFLTask.topUp, (1)), tooLarge);
    }

    /// @notice R1: `maxParticipants` are members and no more; who leaves makes room.
    function test_R1_theTaskIsFull() public {
        enrolled(6);
        give(m(6), 7_000);
        refused(m(6), joining(7_000), abi.encodeWithSelector(IFLTask.TaskFull.selector, 6));
        quit(0);
        join(6);
        assertEq(see(6).memberCount, 6, "members");
    }

    /// @notice R4: nobody is a member twice, nor joins again while it has a stake or a role from before.
    function test_R4_alreadyMember() public {
        enrolled(2);
        give(m(0), 1_000);
        refused(m(0), joining(1_000), _alreadyMember(0));
        quit(0);
        refused(m(0), joining(1_000), _alreadyMember(0)); // its stake is there, though it is in no draw
        vm.warp(START + 10_000);
        act(m(0), withdrawing(0, m(0)));
        give(m(0), 1_000);
        expecting();
        emit IFLTask.Positioned(m(0), 1, 1);
        emit IFLTask.Joined(m(0), 1_000);
        announced(m(0), joining(1_000));
    }

    /// @notice R4, R5: who lost all its stake may join again, but not before a draw that it is in is settled.
    function test_R4_joiningAgainAfterLosingAll() public {
        p.faultBps = 10_000;
        make();
        enrolled(4);
        drawn(0x3210);
        vm.warp(START + 100);
        task.settle(); // frozen with the absent proposer for round 2
        slash(ANYBODY, 1, m(0));
        assertEq(see(0).stake, 0, "stake");
        require(!see(0).isMember && see(0).isInDraw, "list");
        give(m(0), 500);
        refused(m(0), joining(500), _alreadyMember(0));

        beacon.set(false, "two");
        task.draw();
        vm.warp(START + 200);
        task.settle(); // three members: the list is open
        assertPhase(Phase.Enrolling);
        expecting();
        emit IFLTask.Positioned(m(0), 3, 3);
        emit IFLTask.Joined(m(0), 500);
        emit IFLTask.Anchored(3, 100, 4);
        announced(m(0), joining(500));
        assertEq(see(0).stake, 500, "new stake");
        assertEq(see(0).resolved, 2, "no dues of the rounds before");
    }

    /// @notice R1: with a Merkle root, only accounts under it join, each with its own proof.
    function test_R1_admission() public {
        (bytes32 mine, bytes32 other) = (_leaf(m(0)), _leaf(m(1)));
        p.admitted = mine < other ? keccak256(abi.encode(mine, other)) : keccak256(abi.encode(other, mine));
        make();
        for (uint256 i = 0; i < 3; i++) {
            give(m(i), 1_000);
            refused(m(i), joining(1_000), abi.encodeWithSelector(IFLTask.NotAdmitted.selector, m(i)));
        }
        none.push(other);
        act(m(0), joining(1_000));
        refused(m(1), joining(1_000), abi.encodeWithSelector(IFLTask.NotAdmitted.selector, m(1)));
        refused(m(2), joining(1_000), abi.encodeWithSelector(IFLTask.NotAdmitted.selector, m(2)));
        none[0] = mine;
        act(m(1), joining(1_000));
        assertEq(see(1).memberCount, 2, "members");
    }

    /// @notice R1: without a root a proof is not looked at; a root of one account needs none.
    function test_R1_admissionOfAllAndOfOne() public {
        none.push("whatever");
        join(0);
        none.pop();
        p.admitted = _leaf(m(1));
        make();
        join(1);
        give(m(0), 1_000);
        refused(m(0), joining(1_000), abi.encodeWithSelector(IFLTask.NotAdmitted.selector, m(0)));
    }

    function _leaf(address account) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(keccak256(abi.encode(account))));
    }

    // ── permits ──

    /// @notice R4: a permit takes the place of an approval, and one that somebody else handed in already does no harm.
    function test_R4_permits() public {
        address owner = vm.addr(KEY);
        token.mint(owner, 2_000);
        bytes memory call_ = _permitting(KEY, 1_000, START);
        expecting();
        emit IFLTask.Positioned(owner, 0, 1);
        emit IFLTask.Joined(owner, 1_000);
        announced(owner, call_);

        make();
        (uint8 v, bytes32 r, bytes32 s) = _sign(KEY, 1_000, START);
        call_ = _permitting(KEY, 1_000, START);
        token.permit(owner, address(task), 1_000, START, v, r, s);
        act(owner, call_);
        assertEq(token.balanceOf(address(task)), 1_000, "balance");
        assertEq(token.allowance(owner, address(task)), 0, "allowance");
    }

    /// @notice R4: a permit that is late or forged gives nothing; an approval beside it is enough.
    function test_R4_permitsThatAreNotValid() public {
        address owner = vm.addr(KEY);
        token.mint(owner, 1_000);
        bytes memory noAllowance =
            abi.encodeWithSignature("ERC20InsufficientAllowance(address,uint256,uint256)", address(task), 0, 1_000);
        refused(owner, _permitting(KEY, 1_000, START - 1), noAllowance);
        refused(owner, _permitting(KEY + 1, 1_000, START), noAllowance);
        vm.prank(owner);
        token.approve(address(task), 1_000);
        act(owner, _permitting(KEY + 1, 1_000, START));
        assertEq(lens.roundView(task, owner).stake, 1_000, "stake");
    }

    function _permitting(uint256 key, uint256 amount, uint256 deadline) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = _sign(key, amount, deadline);
        return abi.encodeCall(IFLTask.joinWithPermit, (amount, none, deadline, v, r, s));
    }

    function _sign(uint256 key, uint256 amount, uint256 deadline) private view returns (uint8, bytes32, bytes32) {
        address owner = vm.addr(KEY);
        bytes32 content = keccak256(abi.encode(PERMIT, owner, address(task), amount, token.nonces(owner), deadline));
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), content)));
    }

    // ── topping up ──

    /// @notice R4, R22: while the list is open a top-up counts from this round's draw on, once it is frozen from the next
    /// one's.
    function test_R4_topUpsCountFromTheNextOpenDraw() public {
        enrolled(3);
        _topsUp(0, 10, 1);
        _assertStake(0, 1_000, 10);
        _topsUp(0, 5, 1); // the first is merged
        _assertStake(0, 1_010, 5);
        join(3);
        _topsUp(1, 20, 2); // in Drawing
        drawn(0x3210);
        _topsUp(1, 1, 2); // in Training
        _assertStake(1, 2_000, 21);
        _topsUp(0, 7, 2); // merges what was for this draw
        _assertStake(0, 1_015, 7);
        assertEq(task.entered(), 10_043, "entered");
        assertEq(token.balanceOf(address(task)), 10_043, "balance");

        submit(0);
        vm.warp(START + 700);
        task.settle();
        _topsUp(1, 4, 3); // round 2 is frozen; absent in round 1: 2,000 − 200 + 21
        _assertStake(1, 1_821, 4);
    }

    function _topsUp(uint256 i, uint256 amount, uint256 fromRound) private {
        give(m(i), amount);
        expecting();
        if (fromRound == 3) emit IFLTask.Slashed(1, m(1), Fault.Absent, 200, address(0), 0);
        emit IFLTask.ToppedUp(m(i), amount, fromRound);
        announced(m(i), abi.encodeCall(IFLTask.topUp, (amount)));
    }

    function _assertStake(uint256 i, uint256 stake, uint256 toppedUp) private view {
        assertEq(see(i).stake, stake, "stake");
        assertEq(see(i).toppedUp, toppedUp, "topped up");
    }

    /// @notice R4: only members top up, and with something.
    function test_R4_topUpsThatAreRefused() public {
        enrolled(4);
        bytes memory call_ = abi.encodeCall(IFLTask.topUp, (10));
        refused(m(0), abi.encodeCall(IFLTask.topUp, (0)), abi.encodeWithSelector(IFLTask.Nothing.selector));
        give(m(4), 10);
        refused(m(4), call_, abi.encodeWithSelector(IFLTask.NotMember.selector, m(4)));
        quit(0);
        give(m(0), 10);
        refused(m(0), call_, abi.encodeWithSelector(IFLTask.NotMember.selector, m(0)));
    }

    /// @notice R5: a top-up applies earlier dues first, and comes too late if they cost the membership; one made before counts.
    function test_R5_aTopUpDoesNotSaveAMembershipLostBefore() public {
        (p.faultBps, p.floorBps) = (9_505, 10_000);
        make();
        for (uint256 i = 0; i < 4; i++) {
            join(i, 2_000);
        }
        trained("s...");
        topUp(1, 1);
        vm.warp(START + 300);
        task.settle(); // leaves 99 to each voter
        topUp(1, 5);
        _assertStake(1, 100, 5);
        require(see(1).isMember, "a member no more");
        give(m(2), 5);
        refused(m(2), abi.encodeCall(IFLTask.topUp, (5)), abi.encodeWithSelector(IFLTask.NotMember.selector, m(2)));
        require(see(2).isMember, "the refusal cost the membership");
    }

    // ── leaving ──

    /// @notice R6, R22: the last of the list takes the position that becomes free; who leaves last leaves no gap.
    function test_R6_theLastTakesTheFreePlace() public {
        p.minParticipants = 6;
        make();
        enrolled(5);
        vm.warp(START + 7);
        expecting();
        emit IFLTask.Positioned(m(4), 1, 1);
        emit IFLTask.Left(m(1), 1, START + 10_007);
        announced(m(1), leaving());
        assertEq(see(4).position, 1, "moved");
        assertEq(see(1).memberCount, 4, "members");
        assertEq(see(1).exitAt, START + 10_007, "exit");
        require(!see(1).isMember, "still there");

        expecting();
        emit IFLTask.Left(m(3), 1, START + 10_007);
        announced(m(3), leaving());
        assertEq(see(0).memberCount, 3, "members");
        refused(m(3), leaving(), abi.encodeWithSelector(IFLTask.NotMember.selector, m(3)));
        refused(ANYBODY, leaving(), abi.encodeWithSelector(IFLTask.NotMember.selector, ANYBODY));

        join(5);
        assertEq(see(5).position, 3, "the next position");
    }

    /// @notice R4, R9, R10: leaving after the draw changes no role of the round; the next round is drawn from the new list.
    function test_R10_rolesOutliveTheList() public {
        p.proposers = 2;
        p.minParticipants = 5;
        make();
        enrolled(5);
        drawn(0x42130);
        expecting();
        emit IFLTask.Positioned(m(4), 0, 2);
        emit IFLTask.Left(m(0), 2, START + 10_000);
        announced(m(0), leaving());
        join(5); // at position 4, where m(4) stood
        _assertRoles(1, "pvpvv-");
        assertEq(see(0).position, 0, "position of who left");
        assertEq(see(4).position, 4, "position of who moves");
        assertEq(see(4).rank, 4, "rank of who moves");
        assertEq(see(5).position, 0, "not in this draw");
        require(see(0).isInDraw && !see(0).isMember && see(5).isMember && !see(5).isInDraw, "list");

        vm.warp(START + 100);
        task.settle();
        assertEq(see(0).drawnCount, 5, "in the second draw");
        drawn(0x43210);
        _assertRoles(1, "pvpvv-");
        _assertRoles(2, "-pvvpv");
        assertEq(see(4).position, 0, "moved");
        assertEq(see(5).position, 4, "joined");
    }

    /// @dev One letter a member: p proposes, v votes, − does nothing.
    function _assertRoles(uint256 round, bytes memory roles) private view {
        for (uint256 i = 0; i < roles.length; i++) {
            Role expected = roles[i] == "p" ? Role.Proposer : roles[i] == "v" ? Role.Voter : Role.None;
            assertEq(uint256(lens.roleOf(task, m(i), round)), uint256(expected), "role");
        }
    }

    /// @notice R4: a position that changes hands twice before the same draw is who holds it last; and who was in it for the
    /// draw before stays in that one.
    function test_R4_aPositionChangesHandsTwice() public {
        enrolled(4);
        quit(3); // from round 2 on, nobody is at 3
        join(4); // at 3
        quit(4);
        join(5); // at 3
        require(see(3).isInDraw && !see(4).isInDraw && !see(5).isInDraw && see(5).isMember, "list");
        drawn(0x3210);
        assertEq(see(3).position, 3, "of round 1");
        vm.warp(START + 100);
        task.settle();
        drawn(0x3210);
        assertEq(see(5).position, 3, "of round 2");
        _assertRoles(1, "pvvv--");
        _assertRoles(2, "pvv--v");
    }

    // ── what enters ──

    /// @notice I1: what entered and did not leave as stake is below 2^90, whichever way it came.
    function test_I1_atMost90Bits() public {
        enrolled(1);
        uint256 most = 2 ** 90 - 1;
        bytes memory tooMuch = abi.encodeWithSelector(IFLTask.TooMuch.selector, most, most + 1);
        give(ANYBODY, most);
        refused(ANYBODY, abi.encodeCall(IFLTask.fund, (most - 999)), tooMuch);
        refused(m(0), abi.encodeCall(IFLTask.topUp, (most - 999)), tooMuch);
        refused(m(1), joining(most - 999), tooMuch);
        act(ANYBODY, abi.encodeCall(IFLTask.fund, (most - 1_000)));
        assertEq(task.entered(), most, "entered");
        assertEq(rewardPool(), most - 1_000, "pool");
        refused(m(0), abi.encodeCall(IFLTask.topUp, (1)), tooMuch);
        quit(0);
        vm.warp(START + 10_000);
        act(m(0), withdrawing(0, m(0)));
        assertEq(task.entered(), most - 1_000, "left");
        join(0, 1_000);
        assertEq(task.entered(), most, "entered again");
    }

    /// @notice D16, I1: a token that moves another amount, or none, is refused on every way in.
    function test_D16_unsoundTokens() public {
        OddToken odd = new OddToken();
        p.token = address(odd);
        make();
        odd.mint(m(0), 10_000);
        vm.prank(m(0));
        odd.approve(address(task), 10_000);

        bytes memory fund_ = abi.encodeCall(IFLTask.fund, (1_000));
        bytes memory topUp_ = abi.encodeCall(IFLTask.topUp, (1_000));
        act(m(0), joining(1_000));
        odd.setOddity(OddToken.Oddity.TakesFee);
        bytes memory reason = abi.encodeWithSelector(IFLTask.UnsoundToken.selector, 1_000, 990);
        refused(m(0), fund_, reason);
        refused(m(0), topUp_, reason);
        quit(0);
        odd.mint(m(1), 1_000);
        vm.prank(m(1));
        odd.approve(address(task), 1_000);
        refused(m(1), joining(1_000), reason);
        odd.setOddity(OddToken.Oddity.PaysBonus);
        refused(m(0), fund_, abi.encodeWithSelector(IFLTask.UnsoundToken.selector, 1_000, 1_001));
        odd.setOddity(OddToken.Oddity.ReturnsFalse);
        refused(m(0), fund_, abi.encodeWithSignature("SafeERC20FailedOperation(address)", address(odd)));
        odd.setOddity(OddToken.Oddity.ReturnsNothing);
        act(m(0), fund_);
        assertEq(odd.balanceOf(address(task)), 2_000, "balance");
    }

    /// @notice D16, I1: nor does one that takes more away meanwhile than it pays; what has come is told as nothing.
    function test_D16_aTokenThatTakesAwayMeanwhile() public {
        OddToken odd = new OddToken();
        p.token = address(odd);
        make();
        odd.mint(address(this), 1_100);
        odd.approve(address(task), 1_100);
        act(address(this), joining(1_000));
        odd.setOddity(OddToken.Oddity.CallsBack);
        odd.hook();
        refused(
            address(this), abi.encodeCall(IFLTask.fund, (100)), abi.encodeWithSelector(IFLTask.UnsoundToken.selector, 100, 0)
        );
    }

    /// @dev The token calls back: half of every balance goes.
    function tokensToSend(address, uint256) external {
        OddToken(msg.sender).rebase(50);
    }

    // ── several calls ──

    /// @notice R4: one transaction may hold several acts of one member; if one is refused, so are all.
    function test_R4_multicall() public {
        enrolled(4);
        give(m(0), 10);
        bytes[] memory calls = new bytes[](2);
        (calls[0], calls[1]) = (abi.encodeCall(IFLTask.topUp, (10)), leaving());
        act(m(0), abi.encodeWithSignature("multicall(bytes[])", calls));
        _assertStake(0, 1_000, 10);
        require(!see(0).isMember, "did not leave");
        give(m(1), 10);
        (calls[0], calls[1]) = (leaving(), abi.encodeCall(IFLTask.topUp, (10)));
        refused(
            m(1), abi.encodeWithSignature("multicall(bytes[])", calls), abi.encodeWithSelector(IFLTask.NotMember.selector, m(1))
        );
        require(see(1).isMember, "left");
    }
}

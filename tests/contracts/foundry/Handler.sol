// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFLTask, Parameters, Phase, Role} from "../../../contracts/interfaces/IFLTask.sol";
import {RoundView} from "../../../contracts/interfaces/ITaskLens.sol";
import {Account, Book, Part, Past} from "./Books.sol";
import {Clerk} from "./Clerk.sol";

/// @title Everybody that ever touches a task, steered by the fuzzer
/// @notice Each act picks, from its seed, somebody who may do it now, and does it; it must succeed and have just the effect
/// that the books say. Where nobody may, the task is moved on by one step instead, so that a hundred calls play several
/// rounds. When a task is over and empty, the next one begins with other parameters.
contract Handler is Clerk {
    struct Ballot {
        bytes32 aggregate;
        int8 score;
        uint16 against;
        uint32 lossBefore;
        uint32 lossAfter;
        bytes32 salt;
    }

    uint256 public tasks;
    mapping(address task => mapping(uint256 round => mapping(address => Ballot))) internal ballots;

    // ── members ──

    function join(uint256 seed) public fresh(seed) {
        address who = _find(seed, _mayJoin);
        if (who == address(0)) return _nudge(seed);
        uint256 amount = p.minStake + _upTo(4 * uint256(p.minStake), seed >> 8);
        if (p.minStake == 1 && (seed >> 4) % 4 == 0) amount = 1 + (seed >> 8) % 2 ** 30; // a whale, beyond the units that count
        if (p.maxStake != 0 && amount > p.maxStake) amount = p.maxStake;
        _give(who, amount);

        vm.prank(who);
        task.join(amount, new bytes32[](0));

        _enterMember(who, amount);
        _enter(who, amount);
        _count("join");
    }

    function topUp(uint256 seed) public fresh(seed) {
        address who = _find(seed, _mayTopUp);
        if (who == address(0)) return _nudge(seed);
        uint256 room = _room(who);
        uint256 amount = 1 + _upTo(2 * uint256(p.minStake), seed >> 8);
        if (amount > room) amount = room;
        _give(who, amount);

        _watch();
        _enterDues(who, _book().settled, address(0));
        vm.prank(who);
        task.topUp(amount);
        _read(IFLTask.ToppedUp.selector);

        _enterTopUp(who, amount);
        _enter(who, amount);
        _count("topUp");
    }

    function _upTo(uint256 most, uint256 seed) private pure returns (uint256) {
        return seed % most;
    }

    /// @dev How much more `who` may put up (R5).
    function _room(address who) internal view returns (uint256) {
        Account storage account = _account(who);
        if (p.maxStake == 0) return type(uint96).max;
        return p.maxStake - (account.stake + account.topUp - _owedPenalty(who, _book().settled));
    }

    /// @notice Anybody, member or not, names somebody else, or nobody (R6a).
    function setOperator(uint256 seed) public fresh(seed) {
        address who = accounts[seed % accounts.length];
        address operator = (seed >> 8) % 5 == 0 ? address(0) : address(uint160(0x2000 + (seed >> 16) % 4));
        if ((seed >> 24) % 4 == 0) operator = accounts[(seed >> 32) % accounts.length];

        vm.prank(who);
        task.setOperator(operator);

        _account(who).operator = operator;
        _count("setOperator");
    }

    /// @dev Who acts for `who`: itself or, often, its operator.
    function _actor(address who, uint256 seed) internal returns (address) {
        address operator = _account(who).operator;
        if (operator == address(0) || (seed >> 240) % 2 == 0) return who;
        _count("an act by an operator");
        return operator;
    }

    /// @dev Where the money goes: an operator can send it to the account only (R6a).
    function _receiver(address who, address actor, uint256 seed) private view returns (address) {
        return actor == who && (seed >> 232) % 4 == 0 ? accounts[(seed >> 216) % accounts.length] : who;
    }

    function leaveTask(uint256 seed) public fresh(seed) {
        address who = _find(seed, _isMember);
        if (who == address(0) || (seed >> 8) % 4 != 0) return _nudge(seed);

        _quit(who);
        _count("leaveTask");
    }

    function _quit(address who) private {
        vm.prank(who);
        task.leaveTask();
        _enterLeaving(who);
    }

    function withdraw(uint256 seed) public fresh(seed) {
        address who = _find(seed, _mayWithdraw);
        if (who == address(0)) return _nudge(seed);
        _withdraw(who, seed);
    }

    function _withdraw(address who, uint256 seed) internal {
        Account storage account = _account(who);
        address actor = _actor(who, seed);
        address to = _receiver(who, actor, seed);
        _watch();
        _enterDues(who, _book().settled, address(0));
        vm.prank(actor);
        task.withdraw(who, to);
        _read(IFLTask.Withdrawn.selector);

        uint256 stake = account.stake + account.topUp;
        account.withdrawn += stake;
        (account.stake, account.topUp) = (0, 0);
        _leave(to, stake + account.earned - account.taken);
        account.taken = account.earned;
        _count("withdraw");
    }

    function claim(uint256 seed) public fresh(seed) {
        address who = _find(seed, _mayClaim);
        if (who == address(0)) return _nudge(seed);
        Account storage account = _account(who);

        address actor = _actor(who, seed);
        address to = _receiver(who, actor, seed);
        uint256 acted = _lastAct(who);

        _watch();
        if (acted <= _book().settled) _enterDues(who, acted, address(0));
        vm.prank(actor);
        task.claim(who, to);
        _read(IFLTask.Claimed.selector);

        _leave(to, account.earned - account.taken);
        account.taken = account.earned;
        _count("claim");
    }

    function slash(uint256 seed) public fresh(seed) {
        Book storage book = _book();
        if (book.settled == 0) return _nudge(seed);
        uint256 round = book.settled - ((seed >> 8) % 4 == 0 ? (seed >> 16) % book.settled : 0);
        address[] memory targets = new address[](5); // the first twice
        uint256 owed;
        for (uint256 i = 0; i < targets.length; i++) {
            targets[i] = accounts[(seed % accounts.length + i % 4) % accounts.length];
            if (i < 4) owed += _owedPenalty(targets[i], round);
        }
        if (owed == 0) return _nudge(seed);
        address slasher = accounts[(seed >> 24) % accounts.length];

        _watch();
        for (uint256 i = 0; i < targets.length; i++) {
            owed -= _enterDues(targets[i], round, slasher);
        }
        vm.prank(slasher);
        task.slash(round, targets);
        _read(IFLTask.Slashed.selector);

        assertEq(owed, 0, "owed and not slashed");
        _count("slash");
    }

    /// @dev By the account that never joins.
    function _slash(address who) private {
        address[] memory one = new address[](1);
        one[0] = who;
        _watch();
        _enterDues(who, _book().settled, _stranger());
        vm.prank(_stranger());
        task.slash(_book().settled, one);
        _read(IFLTask.Slashed.selector);
    }

    // ── a round ──

    function draw(uint256 seed) public fresh(seed) {
        if (_phase() != Phase.Drawing) return _nudge(seed);
        _draw();
    }

    function _draw() internal {
        RoundView memory v = lens.roundView(task, accounts[0]);
        if (block.number <= v.anchor) vm.roll(v.anchor + 1);
        bool isExpired = block.number > v.anchor + 256;

        uint256 gas = gasleft();
        task.draw();
        gas -= gasleft();

        v = lens.roundView(task, accounts[0]);
        if (isExpired) {
            require(v.phase == Phase.Drawing && v.anchor > block.number, "no new anchor");
            return _count("draw, expired");
        }
        if (gas > maxDrawGas) maxDrawGas = gas;
        _enterDraw(v);
        _count("draw");
    }

    function submitUpdate(uint256 seed) public fresh(seed) {
        if (_phase() != Phase.Training) return _nudge(seed);
        address who = _find(seed, _maySubmit);
        if (who == address(0)) return _wait(seed);
        bytes32 digest = keccak256(abi.encode(seed));

        uint256 round = _book().drawn;

        _watch();
        _enterDues(who, round - 1, address(0));
        vm.prank(_actor(who, seed));
        task.submitUpdate(who, digest);
        bytes memory data = _read(IFLTask.UpdateSubmitted.selector).data;

        Part storage part = _part(round, who);
        require(keccak256(data) == keccak256(abi.encode(digest, part.rank, part.stake)), "another update, rank or weight");
        _enterUpdate(who, digest);
        _count("submitUpdate");
    }

    function commitVote(uint256 seed) public fresh(seed) {
        if (_phase() != Phase.Committing) return _nudge(seed);
        address who = _find(seed, _mayCommit);
        if (who == address(0)) return _wait(seed);
        uint256 round = _book().drawn;
        Ballot memory ballot = _ballot(seed, round);
        bytes32 commitment = _commitment(round, who, ballot);

        vm.prank(_actor(who, seed));
        task.commitVote(who, commitment);

        ballots[address(task)][round][who] = ballot;
        _enterCommitment(who);
        _count("commitVote");
    }

    /// @dev Most voters agree, so that every outcome comes often; some differ in the digest, some in the sign, some in a
    /// verdict.
    function _ballot(uint256 seed, uint256 round) private view returns (Ballot memory) {
        uint256 dice = uint256(keccak256(abi.encode(task, round)));
        bool isRejecting = dice % 3 == 0;
        bytes32 aggregate = digests[(seed >> 8) % 8 < 6 ? 0 : 1 + (seed >> 16) % 2];
        if ((seed >> 24) % 6 == 0) isRejecting = !isRejecting;
        uint256 against = dice >> 8 & dice >> 24; // one in four
        if ((seed >> 28) % 3 == 0) against ^= seed >> 160;
        against &= _book().pasts[round].submitted;
        int8 score = isRejecting ? -1 : int8(1);
        return Ballot(aggregate, score, uint16(against), uint32(seed >> 32), uint32(seed >> 96), bytes32(seed));
    }

    function _commitment(uint256 round, address who, Ballot memory b) internal view returns (bytes32) {
        return task.commitmentOf(round, who, b.aggregate, b.score, b.against, b.lossBefore, b.lossAfter, b.salt);
    }

    function revealVote(uint256 seed) public fresh(seed) {
        if (_phase() != Phase.Revealing) return _nudge(seed);
        address who = _find(seed, _mayReveal);
        if (who == address(0)) return _wait(seed);
        uint256 round = _book().drawn;
        Ballot memory b = ballots[address(task)][round][who];

        _watch();
        _enterDues(who, round - 1, address(0));
        vm.prank(_actor(who, seed));
        task.revealVote(who, b.aggregate, b.score, b.against, b.lossBefore, b.lossAfter, b.salt);
        bytes memory data = _read(IFLTask.VoteRevealed.selector).data;

        uint256 weight = _part(round, who).stake;
        bytes memory expected = abi.encode(b.aggregate, b.score, b.against, weight, b.lossBefore, b.lossAfter);
        require(keccak256(data) == keccak256(expected), "the ballot or its weight is not as of the draw");
        _enterBallot(who, b.aggregate, b.score > 0, b.against);
        _count("revealVote");
    }

    function settle(uint256 seed) public fresh(seed) {
        if (_phase() != Phase.Settling) return _nudge(seed);
        _settle();
    }

    function _settle() internal {
        _watch();
        uint256 gas = gasleft();
        task.settle();
        gas -= gasleft();
        _enterSettlement(_read(IFLTask.RoundSettled.selector));

        if (gas > maxSettleGas) maxSettleGas = gas;
        _count(["", "accepted", "rejected", "void"][uint256(_book().pasts[_book().settled].outcome)]);
        if (_book().settled > 1) _count("second round");
        if (_book().settled > WINDOW + 1) _count("beyond the window");
    }

    // ── the pool and the end ──

    function fund(uint256 seed) public fresh(seed) {
        if (_isOver(_phase())) return _nudge(seed);
        address who = accounts[seed % accounts.length];
        uint256 amount = 1 + (seed >> 8) % 1e21;
        _give(who, amount);

        vm.prank(who);
        task.fund(amount);

        _book().pool += amount;
        _enter(who, amount);
        _count("fund");
    }

    function cancel(uint256 seed) public fresh(seed) {
        if (_book().drawn != 0 || _book().isClosed || seed % 3 != 0) return _nudge(seed);

        vm.prank(CREATOR);
        task.cancel();

        _book().isClosed = true;
        _count("cancel");
    }

    /// @dev Mostly a task that stood still is woken up again, or it would never get far.
    function close(uint256 seed) public fresh(seed) {
        Phase phase = _phase();
        if (_isOver(phase) || (phase != Phase.Enrolling && seed % 8 != 0)) return _nudge(seed);
        if (phase > Phase.Drawing && phase < Phase.Settling) return _wait(seed);
        _close();
    }

    function _close() internal {
        Past storage past = _book().pasts[_book().drawn];
        uint256 since = _phase() == Phase.Settling && past.updates != 0 ? _end(Phase.Revealing) : 0;
        vm.warp((since > block.timestamp ? since : block.timestamp) + p.stallTimeout);
        task.close();
        _book().isClosed = true;
        _count("close");
    }

    function refund(uint256 seed) public fresh(seed) {
        if (!_isOver(_phase()) || _book().pool == 0) return _nudge(seed);
        _refund();
    }

    function _refund() internal {
        task.refund();
        _leave(CREATOR, _book().pool);
        _book().pool = 0;
        _count("refund");
    }

    // ── time ──

    /// @notice Seconds and blocks pass; now and then so many blocks that an anchor expires.
    function pass(uint256 seed) public fresh(seed) {
        vm.warp(block.timestamp + seed % 300);
        vm.roll(block.number + ((seed >> 16) % 4 == 0 ? 300 : (seed >> 32) % 4));
        _count("pass");
    }

    /// @notice To the edge of a phase, one second before it or beyond it.
    function passPhase(uint256 seed) public fresh(seed) {
        _wait(seed);
    }

    function _wait(uint256 seed) internal {
        Phase phase = _phase();
        if (phase < Phase.Training || phase > Phase.Revealing) return _nudge(seed);
        uint256 end = _end(phase);
        require(end > block.timestamp, "a phase that should have ended");
        vm.warp(end - (seed >> 200) % 2);
        _count("passPhase");
    }

    function _end(Phase phase) internal view returns (uint256) {
        Past storage past = _book().pasts[_book().drawn];
        if (phase == Phase.Training) return past.trainEnd;
        return phase == Phase.Committing ? past.commitEnd : past.commitEnd + p.revealWindow;
    }

    // ── moving on ──

    modifier fresh(uint256 seed) {
        if (address(task) == address(0)) _begin(seed);
        _;
    }

    /// @dev The next step of the life of the task, whatever it is.
    function _nudge(uint256 seed) internal {
        Phase phase = _phase();
        if (_isOver(phase)) return _clearUp(seed);
        if (phase == Phase.Enrolling) return _find(seed, _mayJoin) == address(0) ? _close() : join(seed);
        if (phase == Phase.Drawing) return _draw();
        if (phase == Phase.Training) return submitUpdate(seed);
        if (phase == Phase.Committing) return commitVote(seed);
        if (phase == Phase.Revealing) return revealVote(seed);
        _settle();
    }

    function _clearUp(uint256 seed) private {
        vm.warp(block.timestamp + p.exitDelay);
        address who = _find(seed, _mayWithdraw);
        if (who != address(0)) return _withdraw(who, seed);
        who = _find(seed, _owes);
        if (who != address(0)) return _slash(who);
        if (_book().pool != 0) return _refund();
        _checkEmpty();
        _count("task emptied");
        _begin(seed);
    }

    /// @dev I2: when all is over and everybody has gone, only what rounding kept is left.
    function _checkEmpty() internal view {
        assertEq(token.balanceOf(address(task)), _book().dust, "left in an empty task");
        assertLe(_book().dust, _book().dustLimit, "dust");
    }

    function _begin(uint256 seed) private {
        uint256 dice = uint256(keccak256(abi.encode(seed, tasks++)));
        p = _parameters(dice);
        vm.prank(CREATOR);
        task = IFLTask(manager.createTask(p));
        (_book().globalModel, _book().movedAt) = (FIRST_MODEL, block.timestamp);
    }

    function _parameters(uint256 dice) private view returns (Parameters memory made) {
        uint16[5] memory shares = [uint16(0), 50, 1_000, 5_000, 10_000];
        made.token = address(token);
        made.beacon = beacon;
        (made.definition, made.initialModel) = (bytes32(uint256(1)), FIRST_MODEL);
        made.minStake = uint96(1 + (dice % 3) * 999_999_999_999_999_937);
        made.maxStake = uint96(made.minStake * ((dice >> 4) % 2) * (1 + (dice >> 5) % 5));
        made.rounds = uint16(1 + (dice >> 8) % 8);
        made.proposers = uint16(1 + (dice >> 32) % 3);
        made.minParticipants = uint16((made.proposers == 1 ? 4 : 2 * made.proposers + 1) + (dice >> 16) % 2);
        made.maxParticipants = uint16(made.minParticipants + (dice >> 24) % 4);
        made.voters = uint16([0, 0, 3, 4, 5][(dice >> 40) % 5]);
        made.quorumBps = [uint16(1), 3_334, 5_000, 10_000][(dice >> 48) % 4];
        made.floorBps = [uint16(0), 2_500, 5_000, 10_000][(dice >> 56) % 4];
        made.faultBps = shares[(dice >> 64) % 5];
        made.condemnedBps = shares[(dice >> 72) % 5];
        made.slasherBps = shares[(dice >> 88) % 5];
        made.patience = uint16((dice >> 80) % 4);
        made.trainWindow = uint32(1 + (dice >> 96) % 500);
        made.commitWindow = uint32(1 + (dice >> 112) % 500);
        made.revealWindow = uint32(1 + (dice >> 128) % 500);
        made.exitDelay = uint32(((dice >> 144) % 3) * 700);
        made.stallTimeout = uint32(1 hours + (dice >> 160) % 1 hours);
    }

    // ── getting out ──

    /// @notice I8: every member gets out, whatever the state, with nobody's help but the passing of time: the creator, the
    /// proposers and the voters do nothing more. With an odd seed not even `draw` and `settle` are called.
    function evacuate(uint256 seed) public fresh(seed) {
        for (uint256 i = 0; i < accounts.length; i++) {
            if (!_isMember(accounts[i])) continue;
            _quit(accounts[i]);
        }
        if (!_isOver(_phase())) {
            if (seed % 2 == 0) _playOut();
            else _standStill();
        }
        vm.warp(block.timestamp + p.exitDelay);
        for (uint256 i = 0; i < accounts.length; i++) {
            if (_mayWithdraw(accounts[i])) _withdraw(accounts[i], seed);
            else if (_owes(accounts[i])) _slash(accounts[i]);
            RoundView memory v = lens.roundView(task, accounts[i]);
            assertEq(v.stake + v.toppedUp + v.rewards, 0, "left behind");
        }
        assertEq(token.balanceOf(address(task)), _book().pool + _book().dust, "left in a deserted task");
        _count("evacuate");
    }

    function _playOut() private {
        while (_phase() == Phase.Drawing) _draw();
        if (_phase() == Phase.Enrolling) return;
        _waitForSettling();
        _settle();
    }

    function _standStill() private {
        if (_phase() > Phase.Drawing) _waitForSettling();
        _close();
    }

    function _waitForSettling() private {
        for (Phase phase = _phase(); phase != Phase.Settling; phase = _phase()) {
            vm.warp(_end(phase));
        }
    }

    // ── who may ──

    /// @dev The first account, beginning anywhere, that may.
    function _find(uint256 seed, function(address) internal view returns (bool) may) internal view returns (address) {
        uint256 n = accounts.length;
        for (uint256 i = 0; i < n; i++) {
            address who = accounts[(seed % n + i) % n];
            if (may(who)) return who;
        }
        return address(0);
    }

    function _mayJoin(address who) internal view returns (bool) {
        Account storage account = _account(who);
        bool isRoom = _book().members < p.maxParticipants && !_isOver(_phase()) && who != _stranger();
        return isRoom && !account.isMember && !_isInDraw(who) && account.stake + account.topUp == 0;
    }

    function _isMember(address who) internal view returns (bool) {
        return _account(who).isMember && !_isOver(_phase());
    }

    /// @dev A member whose penalties, once applied, leave less than the floor is one no more (R5).
    function _mayTopUp(address who) internal view returns (bool) {
        Account storage account = _account(who);
        uint256 owed = _owedPenalty(who, _book().settled);
        bool isKept = owed == 0 || !_isBelowTheFloor(account.stake + account.topUp - owed);
        return _isMember(who) && isKept && _room(who) != 0;
    }

    function _mayWithdraw(address who) internal view returns (bool) {
        Account storage account = _account(who);
        uint256 stake = account.stake + account.topUp - _owedPenalty(who, _book().settled);
        return _canExit(who) && stake + account.earned - account.taken != 0;
    }

    function _mayClaim(address who) internal view returns (bool) {
        return _account(who).earned != _account(who).taken;
    }

    function _owes(address who) internal view returns (bool) {
        return _owedPenalty(who, _book().settled) != 0;
    }

    function _maySubmit(address who) internal view returns (bool) {
        Part storage part = _part(_book().drawn, who);
        return part.role == Role.Proposer && !part.hasSubmitted && _weight(who) != 0;
    }

    function _mayCommit(address who) internal view returns (bool) {
        Part storage part = _part(_book().drawn, who);
        return part.role == Role.Voter && !part.hasCommitted;
    }

    function _mayReveal(address who) internal view returns (bool) {
        Part storage part = _part(_book().drawn, who);
        return part.hasCommitted && !part.hasRevealed && _weight(who) != 0;
    }

    // ── tokens ──

    function _give(address who, uint256 amount) internal {
        token.mint(who, amount);
        vm.prank(who);
        token.approve(address(task), amount);
        wallets[who] += amount;
    }

    function _enter(address who, uint256 amount) private {
        _book().entered += amount;
        wallets[who] -= amount;
    }

    function _leave(address who, uint256 amount) private {
        _book().left += amount;
        wallets[who] += amount;
    }
}

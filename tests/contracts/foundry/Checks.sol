// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fault, Outcome, Phase, Role} from "../../../contracts/interfaces/IFLTask.sol";
import {Due, RoundResult, RoundView} from "../../../contracts/interfaces/ITaskLens.sol";
import {Account, Book, Part, Past} from "./Books.sol";
import {Trespasser} from "./Trespasser.sol";

/// @title What must hold between any two acts
/// @notice Each check compares the books with what the task says of itself. A call that changes nothing is no reason to fail.
contract Checks is Trespasser {
    modifier begun() {
        if (address(task) != address(0)) _;
    }

    /// @notice I1: the task holds the stakes, the rewards, the pool, and nothing else but what rounding kept.
    function checkSolvency() external view begun {
        uint256 owed = lens.roundView(task, CREATOR).pool;
        for (uint256 i = 0; i < accounts.length; i++) {
            RoundView memory v = lens.roundView(task, accounts[i]);
            (uint256 earned, uint256 back) = _owedReward(accounts[i]);
            owed += v.stake + v.toppedUp + v.rewards + earned + back;
        }
        assertEq(token.balanceOf(address(task)), owed + _book().dust, "balance");
        assertLe(_book().dust, _book().dustLimit, "dust");
    }

    /// @notice I2: to the wei, what entered and did not leave is there, and everybody has in hand what they should.
    function checkConservation() external view begun {
        Book storage book = _book();
        assertEq(token.balanceOf(address(task)), book.entered - book.left, "balance");
        assertEq(token.balanceOf(CREATOR), wallets[CREATOR], "the creator's wallet");
        for (uint256 i = 0; i < accounts.length; i++) {
            assertEq(token.balanceOf(accounts[i]), wallets[accounts[i]], "a wallet");
        }
    }

    /// @notice I3, and that no role changes, now or in the rounds that can still be penalised (R10).
    function checkRoles() external view begun {
        Book storage book = _book();
        if (book.drawn == 0) return;
        uint256 current = book.settled + 1;
        uint256 round = current > WINDOW ? current - WINDOW : 1;
        for (; round <= book.drawn; round++) {
            uint256[3] memory counts;
            for (uint256 i = 0; i < accounts.length; i++) {
                Role role = lens.roleOf(task, accounts[i], round);
                require(role == _part(round, accounts[i]).role, "a role changed");
                counts[uint256(role)]++;
            }
            assertEq(counts[uint256(Role.Proposer)], book.pasts[round].proposers, "proposers");
            assertEq(counts[uint256(Role.Voter)], book.pasts[round].voters, "voters");
        }
    }

    /// @notice I4: what counts is one act each of those that have the role, and stays as it was done.
    function checkActs() external view begun {
        Book storage book = _book();
        RoundView memory v = lens.roundView(task, accounts[0]);
        if (book.drawn == book.settled) return assertEq(uint256(v.seed), 0, "seed before the draw");
        Past storage past = book.pasts[book.drawn];
        require(v.seed == past.seed, "the seed changed");
        assertEq(v.updates, past.updates, "updates");
        assertEq(v.submitted, past.submitted, "submitted");
        assertEq(v.commits, past.commits, "commits");
        assertEq(v.reveals, past.reveals, "reveals");
        for (uint256 i = 0; i < accounts.length; i++) {
            Part storage part = _part(v.round, accounts[i]);
            v = lens.roundView(task, accounts[i]);
            require(v.hasSubmitted == part.hasSubmitted && v.hasRevealed == part.hasRevealed, "an act forgotten or invented");
            require((v.commitment != 0) == part.hasCommitted, "a commitment forgotten or invented");
        }
    }

    /// @notice I5, R19a: rounds go forward one by one, those that are not void up to T, all up to 2·T.
    function checkProgress() external view begun {
        Book storage book = _book();
        RoundView memory v = lens.roundView(task, accounts[0]);
        assertEq(v.round, book.settled + 1, "round");
        assertEq(v.decided, book.decided, "decided");
        assertEq(v.rejectedInRow, book.rejectedInRow, "rejected in a row");
        assertLe(book.decided, p.rounds, "rounds decided");
        assertLe(book.drawn, 2 * uint256(p.rounds), "rounds drawn");
        if (p.patience != 0) assertLe(book.rejectedInRow, p.patience, "patience");
    }

    /// @notice I5: what a settled round decided stays.
    function checkResults() external view begun {
        Book storage book = _book();
        for (uint256 round = 1; round <= book.settled; round++) {
            require(keccak256(abi.encode(lens.resultOf(task, round))) == book.pasts[round].resultHash, "a result changed");
        }
        require(lens.resultOf(task, book.settled + 1).outcome == Outcome.None, "a result before its time");
    }

    /// @notice I6: the global model is that of the last accepted round.
    function checkModel() external view begun {
        require(task.globalModel() == _book().globalModel, "the global model is not the last accepted");
    }

    /// @notice I7: nobody loses more than was put up.
    function checkLosses() external view begun {
        for (uint256 i = 0; i < accounts.length; i++) {
            Account storage account = _account(accounts[i]);
            assertLe(account.penalised + account.withdrawn, account.deposited, "lost and taken");
        }
    }

    /// @notice I8: who may leave with all can be told, and what is waited for has an end (R6).
    function checkExits() external view begun {
        for (uint256 i = 0; i < accounts.length; i++) {
            RoundView memory v = lens.roundView(task, accounts[i]);
            require(v.canWithdraw == _canExit(accounts[i]), "exit");
            assertLe(v.exitAt, block.timestamp + p.exitDelay, "end of the delay");
        }
    }

    /// @notice Ghost: who is a member, who is in the draw, and up to where dues are applied (R4, R5).
    function checkMembers() external view begun {
        for (uint256 i = 0; i < accounts.length; i++) {
            Account storage account = _account(accounts[i]);
            RoundView memory v = lens.roundView(task, accounts[i]);
            require(v.isMember == account.isMember, "member");
            require(v.operator == account.operator, "operator");
            require(v.isInDraw == _isInDraw(accounts[i]), "in the draw");
            assertEq(v.resolved, account.resolved, "resolved");
            assertEq(v.memberCount, _book().members, "members");
        }
    }

    /// @notice I9: what anybody may have to do costs no more than this.
    function checkGas() external view begun {
        assertLe(maxDrawGas, 120_000, "gas of draw");
        assertLe(maxSettleGas, 180_000, "gas of settle");
    }

    /// @notice Ghost: stakes are what was put up less what was penalised and taken.
    function checkStakes() external view begun {
        for (uint256 i = 0; i < accounts.length; i++) {
            Account storage account = _account(accounts[i]);
            RoundView memory v = lens.roundView(task, accounts[i]);
            assertEq(v.stake + v.toppedUp, account.stake + account.topUp, "stake");
            assertEq(account.stake + account.topUp, account.deposited - account.penalised - account.withdrawn, "sums");
        }
    }

    /// @notice Ghost: rewards are the shares of the rounds and the slasher's shares, less what was taken.
    function checkRewards() external view begun {
        for (uint256 i = 0; i < accounts.length; i++) {
            Account storage account = _account(accounts[i]);
            RoundView memory v = lens.roundView(task, accounts[i]);
            (uint256 owed,) = _owedReward(accounts[i]);
            assertEq(v.rewards + owed, account.earned - account.taken, "rewards");
        }
    }

    /// @notice Ghost: the shares of a round never exceed its reward, and miss it by less than a wei each.
    function checkShares() external view begun {
        Book storage book = _book();
        for (uint256 round = 1; round <= book.settled; round++) {
            assertLe(book.pasts[round].shared, lens.resultOf(task, round).reward, "shares of a round");
            assertLe(lens.resultOf(task, round).reward - book.pasts[round].shared, accounts.length, "rounding");
        }
    }

    /// @notice Ghost: the list is of all members, each once.
    function checkList() external view begun {
        address[] memory page = lens.membersFrom(task, 0, type(uint256).max);
        assertEq(page.length, _book().members, "members");
        for (uint256 i = 0; i < page.length; i++) {
            require(_account(page[i]).isMember, "not a member");
            for (uint256 k = 0; k < i; k++) {
                require(page[i] != page[k], "a member twice");
            }
        }
    }

    /// @notice Ghost: the pool is what was funded and penalised, less slashers' shares, rewards and refunds.
    function checkPool() external view begun {
        assertEq(lens.roundView(task, CREATOR).pool, _book().pool, "pool");
    }

    /// @notice Ghost: the weight of who acts is its stake as of the draw for as long as the round lasts; and none is above
    /// the most.
    function checkWeights() external view begun {
        RoundView memory v = lens.roundView(task, accounts[0]);
        if (_isOver(v.phase)) return;
        uint256 sum;
        for (uint256 i = 0; i < accounts.length; i++) {
            Part storage part = _part(v.round, accounts[i]);
            if (!part.hasSubmitted && !part.hasRevealed) continue;
            assertEq(lens.roundView(task, accounts[i]).stake, part.stake, "stake of who acted");
            if (p.maxStake != 0) assertLe(part.stake, p.maxStake, "greatest stake");
            sum += part.stake;
        }
        if (v.seed != 0) assertEq(sum, _book().pasts[v.round].turnout, "turnout");
    }

    /// @notice Ghost: the phase is what the books and the clock say.
    function checkPhase() external view begun {
        RoundView memory v = lens.roundView(task, accounts[0]);
        require(v.phase == _phase() && v.phase == task.phase(), "phase");
        require(v.anchor != 0 == _book().isAnchored, "anchor");
        assertEq(v.movedAt, _book().isClosed ? v.movedAt : _book().movedAt, "moved at");
        if (v.seed != 0 && !_isOver(v.phase)) assertEq(v.revealEnd, _end(Phase.Revealing), "end of the round");
    }

    /// @notice Ghost: `dues` tells what the books say, to the wei, for every round that it reaches.
    function checkDues() external view begun {
        Book storage book = _book();
        uint256 first = book.settled > WINDOW ? book.settled - WINDOW + 1 : 1;
        for (uint256 round = first; round <= book.settled; round++) {
            Due[] memory dues = lens.dues(task, round, accounts);
            for (uint256 i = 0; i < accounts.length; i++) {
                _checkDue(dues[i], round, accounts[i]);
            }
        }
    }

    function _checkDue(Due memory due, uint256 round, address who) private view {
        if (_account(who).resolved >= round) return _checkNoDue(due);
        Fault fault = _fault(round, who, _book().settled + 1);
        Part storage part = _part(round, who);
        require(due.fault == fault, "fault of a due");
        (, uint256 penalty) = _owed(who, round);
        assertEq(due.penalty, penalty, "penalty of a due");
        assertEq(due.share, part.share, "share of a due");
        assertEq(due.reward, part.earned, "reward of a due");
    }

    function _checkNoDue(Due memory due) private pure {
        assertEq(due.penalty + due.share + due.reward + uint256(due.fault), 0, "an old due");
    }

    /// @notice I10: what a proposer earns and whether it pays follows from its own verdict and stake, and from what is told
    /// of the round as a whole: outcome, reward and turnout.
    function checkAttribution() external view begun {
        for (uint256 round = 1; round <= _book().settled; round++) {
            RoundResult memory result = lens.resultOf(task, round);
            for (uint256 i = 0; i < accounts.length; i++) {
                Part storage part = _part(round, accounts[i]);
                if (!part.hasSubmitted) continue;
                bool isCondemned = (result.condemned >> part.rank) % 2 == 1;
                bool isGood = result.outcome == Outcome.Accepted && !isCondemned;
                assertEq(part.earned, isGood ? result.reward * part.stake / result.turnout : 0, "a proposer's reward");
                require(isCondemned || !part.isPenalised, "a proposer pays for what others did");
            }
        }
    }

    /// @notice I11: whoever is at fault, nobody gains more from a round than its part of the reward by its own stake, and
    /// that part is of all who acted, the good and the others.
    function checkGains() external view begun {
        for (uint256 round = 1; round <= _book().settled; round++) {
            RoundResult memory result = lens.resultOf(task, round);
            uint256 weight;
            for (uint256 i = 0; i < accounts.length; i++) {
                Part storage part = _part(round, accounts[i]);
                if (!part.hasSubmitted && !part.hasRevealed) continue;
                assertLe(part.earned * result.turnout, result.reward * part.stake, "earned beyond the stake's part");
                weight += part.stake;
            }
            assertEq(weight, result.turnout, "turnout");
        }
    }

    /// @notice R17a: more than half of the revealed weight stands against the condemned, and against nobody else by more than
    /// what counting in units takes away.
    function checkVerdicts() external view begun {
        for (uint256 round = 1; round <= _book().settled; round++) {
            assertEq(lens.resultOf(task, round).condemned, _condemned(round), "condemned");
        }
    }
}

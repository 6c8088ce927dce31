// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFLTask, Phase, Role} from "../../../contracts/interfaces/IFLTask.sol";
import {Book, Part, Past} from "./Books.sol";
import {Handler} from "./Handler.sol";

/// @title Everybody trying what the rules forbid
/// @notice Each attempt is one that the books say must be refused, whatever the state; it must revert.
contract Trespasser is Handler {
    /// @notice An act by somebody who may not do it now.
    function trespass(uint256 seed) public fresh(seed) {
        address who = accounts[(seed >> 8) % accounts.length];
        bytes memory act = _forbidden(seed % 19, who, _phase(), seed);
        if (act.length == 0) return _nudge(seed);

        vm.prank(who);
        (bool isDone,) = address(task).call(act);

        require(!isDone, "somebody did what the rules forbid");
        _count("trespass");
    }

    /// @dev Call data of a forbidden act; none if this one happens to be allowed.
    function _forbidden(uint256 kind, address who, Phase phase, uint256 seed) private returns (bytes memory) {
        bytes32[] memory none = new bytes32[](0);
        if (kind == 0) return abi.encodeCall(IFLTask.cancel, ());
        if (kind == 1) return phase == Phase.Drawing ? bytes("") : abi.encodeCall(IFLTask.draw, ());
        if (kind == 2) return phase == Phase.Settling ? bytes("") : abi.encodeCall(IFLTask.settle, ());
        if (kind == 3) return _isOver(phase) ? bytes("") : abi.encodeCall(IFLTask.refund, ());
        if (kind == 4 && !_canExit(who)) return abi.encodeCall(IFLTask.withdraw, (who, who));
        if (kind == 5) return _slashAgain(who);
        if (kind == 6 && !_account(who).isMember) return abi.encodeCall(IFLTask.leaveTask, ());
        if (kind == 7 && who != _stranger()) {
            _give(who, p.minStake);
            return !_mayJoin(who) ? abi.encodeCall(IFLTask.join, (p.minStake, none)) : bytes("");
        }
        if (kind == 8 && !_account(who).isMember) {
            _give(who, p.minStake);
            return abi.encodeCall(IFLTask.topUp, (p.minStake));
        }
        if (kind == 16) return _stakeTooMuch(who);
        if (kind == 17) return _actForAnother(who, seed);
        if (kind == 18) return _takeForAnother(who, seed);
        if (kind == 9) return _closeTooEarly(phase);
        if (kind == 10) return abi.encodeCall(IFLTask.slash, (_book().settled + 1, accounts));
        if (kind == 11 && !_mayClaim(who)) return abi.encodeCall(IFLTask.claim, (who, who));
        if (kind > 11) return _act(kind, who, phase, seed);
        return "";
    }

    function _act(uint256 kind, address who, Phase phase, uint256 seed) private view returns (bytes memory) {
        Book storage book = _book();
        Part storage part = _part(book.drawn, who);
        Ballot memory b = ballots[address(task)][book.drawn][who];
        if (kind == 12) {
            bool isDue = phase == Phase.Training && part.role == Role.Proposer && !part.hasSubmitted;
            return isDue ? bytes("") : abi.encodeCall(IFLTask.submitUpdate, (who, bytes32(seed)));
        }
        if (kind == 13) {
            bool isDue = phase == Phase.Committing && part.role == Role.Voter && !part.hasCommitted;
            return isDue ? bytes("") : abi.encodeCall(IFLTask.commitVote, (who, bytes32(seed)));
        }
        bool mayReveal = phase == Phase.Revealing && part.hasCommitted && !part.hasRevealed;
        if (kind == 14 && mayReveal) {
            // another vote than the one that was hidden
            uint256 dice = (seed >> 16) % 5;
            if (dice == 0) b.score = -b.score;
            else if (dice == 1) b.aggregate = digests[b.aggregate == digests[0] ? 1 : 0];
            else if (dice == 2) b.against ^= uint16(book.pasts[book.drawn].submitted);
            else if (dice == 3) b.against |= uint16(~book.pasts[book.drawn].submitted); // who submitted nothing
            else b.lossAfter ^= 1;
        } else if (mayReveal) {
            return "";
        }
        return _revealing(who, b);
    }

    function _revealing(address who, Ballot memory b) private pure returns (bytes memory) {
        return abi.encodeCall(IFLTask.revealVote, (who, b.aggregate, b.score, b.against, b.lossBefore, b.lossAfter, b.salt));
    }

    /// @dev R5: by joining or topping up.
    function _stakeTooMuch(address who) private returns (bytes memory) {
        if (p.maxStake == 0) return "";
        bool isMember = _account(who).isMember;
        _count("stake too much");
        uint256 amount = isMember ? _room(who) + 1 : uint256(p.maxStake) + 1;
        _give(who, amount);
        return isMember ? abi.encodeCall(IFLTask.topUp, (amount)) : abi.encodeCall(IFLTask.join, (amount, new bytes32[](0)));
    }

    /// @dev R6a: in a round, for somebody that has not named `who`.
    function _actForAnother(address who, uint256 seed) private view returns (bytes memory) {
        address other = accounts[(seed >> 16) % accounts.length];
        if (other == who || _account(other).operator == who) return "";
        if ((seed >> 24) % 3 == 0) return abi.encodeCall(IFLTask.submitUpdate, (other, bytes32(seed)));
        if ((seed >> 24) % 3 == 1) return abi.encodeCall(IFLTask.commitVote, (other, bytes32(seed)));
        return _revealing(other, ballots[address(task)][_book().drawn][other]);
    }

    /// @dev R6a: by a stranger, or by an operator for itself.
    function _takeForAnother(address who, uint256 seed) private view returns (bytes memory) {
        address other = accounts[(seed >> 16) % accounts.length];
        if (other == who) return "";
        bool isClaim = (seed >> 24) % 2 == 0;
        return isClaim ? abi.encodeCall(IFLTask.claim, (other, who)) : abi.encodeCall(IFLTask.withdraw, (other, who));
    }

    /// @dev Nothing more is to be had where the books owe no penalty.
    function _slashAgain(address who) private view returns (bytes memory) {
        uint256 round = _book().settled;
        address[] memory one = new address[](1);
        one[0] = who;
        if (_owedPenalty(who, round) != 0) return "";
        return abi.encodeCall(IFLTask.slash, (round, one));
    }

    function _closeTooEarly(Phase phase) private view returns (bytes memory) {
        Past storage past = _book().pasts[_book().drawn];
        uint256 since = _book().movedAt;
        if (phase == Phase.Settling) since = past.updates == 0 ? past.trainEnd : _end(Phase.Revealing);
        bool isClosable = phase <= Phase.Drawing || phase == Phase.Settling;
        if (isClosable && block.timestamp >= since + p.stallTimeout) return "";
        return abi.encodeCall(IFLTask.close, ());
    }
}

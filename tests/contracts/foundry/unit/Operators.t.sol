// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFLTask, Role} from "../../../../contracts/interfaces/IFLTask.sol";
import {Scene} from "./Scene.sol";

/// @title Operators: keys that act in rounds and can never move money (R6a)
contract OperatorsUnit is Scene {
    address private constant HOT = address(0x407);
    address private constant THIEF = address(0x7E1F);

    function _naming(address operator) private pure returns (bytes memory) {
        return abi.encodeCall(IFLTask.setOperator, (operator));
    }

    function _notOperator(uint256 i, address actual) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFLTask.NotOperator.selector, m(i), actual);
    }

    function _named() private {
        for (uint256 i = 0; i < 4; i++) {
            act(m(i), _naming(HOT));
        }
    }

    /// @notice R6a, R22: anybody names an operator for itself, member or not, changes it at any time, and takes it back.
    function test_R6a_naming() public {
        assertEq(see(0).operator, address(0), "none");
        expecting();
        emit IFLTask.OperatorNamed(m(0), HOT);
        announced(m(0), _naming(HOT));
        assertEq(see(0).operator, HOT, "operator");
        assertEq(see(1).operator, address(0), "of another");
        enrolled(4);
        act(m(0), _naming(THIEF));
        assertEq(see(0).operator, THIEF, "changed");
        expecting();
        emit IFLTask.OperatorNamed(m(0), address(0));
        announced(m(0), _naming(address(0)));
        assertEq(see(0).operator, address(0), "taken back");
        assertEq(lens.roundView(task, HOT).operator, address(0), "the operator's own");
    }

    /// @notice R6a: one operator plays whole rounds for four members, and so may they themselves.
    function test_R6a_operatorsPlayRounds() public {
        fund(9_000);
        enrolled(4);
        _named();
        drawn(0x3210);
        act(HOT, submitting(0, "update"));
        require(see(0).hasSubmitted && !lens.roundView(task, HOT).hasSubmitted, "the member's act");
        for (uint256 i = 1; i < 4; i++) {
            act(HOT, committing(i, ballotOf(i, A, 1)));
        }
        act(m(1), revealing(1, A, 1));
        for (uint256 i = 2; i < 4; i++) {
            expecting();
            emit IFLTask.VoteRevealed(1, m(i), A, 1, 0, (i + 1) * 1_000, LOSS_BEFORE, LOSS_AFTER);
            announced(HOT, revealing(i, A, 1));
        }
        task.settle();
        assertEq(task.globalModel(), A, "global model");
    }

    /// @notice R6a: nobody else acts for a member: a stranger, who was its operator, another's operator, a fellow member, or
    /// the creator.
    function test_R6a_nobodyElseActs() public {
        enrolled(4);
        act(m(0), _naming(THIEF));
        act(m(0), _naming(HOT));
        act(m(1), _naming(THIEF));
        drawn(0x3210);
        address[4] memory strangers = [ANYBODY, THIEF, m(1), CREATOR];
        for (uint256 i = 0; i < 4; i++) {
            refused(strangers[i], submitting(0, "x"), _notOperator(0, strangers[i]));
        }
        refused(HOT, submitting(1, "x"), _notOperator(1, HOT));
        submit(0);
        refused(HOT, committing(1, "x"), _notOperator(1, HOT));
        refused(m(2), committing(1, "x"), _notOperator(1, m(2)));
        commit(1, A, 1);
        commit(2, A, 1);
        vm.warp(START + 200);
        refused(HOT, revealing(1, A, 1), _notOperator(1, HOT));
        refused(THIEF, revealing(2, A, 1), _notOperator(2, THIEF));
        act(THIEF, revealing(1, A, 1));
    }

    /// @notice R6a: an operator that plays in a round has no role of its own there; and one that is a member has its own.
    function test_R6a_rolesAreTheAccounts() public {
        enrolled(4);
        act(m(0), _naming(m(1)));
        drawn(0x3210);
        refused(m(1), submitting(1, "x"), abi.encodeWithSelector(IFLTask.WrongRole.selector, Role.Proposer, Role.Voter));
        act(m(1), submitting(0, "x"));
        act(m(1), committing(1, "x"));
        require(see(0).hasSubmitted && see(1).commitment != 0, "acts");
    }

    /// @notice R6a: an operator sends rewards to the account, and nowhere else.
    function test_R6a_claiming() public {
        fund(9_000);
        enrolled(4);
        _named();
        settled("s+++");
        refused(HOT, claiming(1, HOT), _wrongReceiver(1, HOT));
        refused(HOT, claiming(1, m(2)), _wrongReceiver(1, m(2)));
        refused(ANYBODY, claiming(1, m(1)), _notOperator(1, ANYBODY));
        refused(ANYBODY, claiming(1, ANYBODY), _notOperator(1, ANYBODY));
        expecting();
        emit IFLTask.Claimed(m(1), m(1), 600);
        announced(HOT, claiming(1, m(1)));
        assertEq(token.balanceOf(m(1)), 600, "paid");
        act(m(2), claiming(2, THIEF)); // the member's own choice
        assertEq(token.balanceOf(THIEF), 900, "paid");
    }

    /// @notice R6a: whichever of the two addresses is the greater.
    function test_R6a_receiversOfEveryOperator() public {
        fund(9_000);
        enrolled(4);
        settled("s+++");
        address[2] memory operators = [address(1), address(type(uint160).max)];
        for (uint256 i = 0; i < operators.length; i++) {
            act(m(1), _naming(operators[i]));
            refused(operators[i], claiming(1, operators[i]), _wrongReceiver(1, operators[i]));
        }
    }

    /// @notice R6a, R6: and so with the stake, when it is free.
    function test_R6a_withdrawing() public {
        p.exitDelay = 0;
        make();
        enrolled(2);
        act(m(0), _naming(HOT));
        refused(HOT, leaving(), abi.encodeWithSelector(IFLTask.NotMember.selector, HOT)); // leaving is the member's own
        quit(0);
        refused(HOT, withdrawing(0, HOT), _wrongReceiver(0, HOT));
        refused(HOT, withdrawing(0, m(1)), _wrongReceiver(0, m(1)));
        refused(ANYBODY, withdrawing(0, m(0)), _notOperator(0, ANYBODY));
        expecting();
        emit IFLTask.Withdrawn(m(0), m(0), 1_000, 0);
        announced(HOT, withdrawing(0, m(0)));
        assertEq(token.balanceOf(m(0)), 1_000, "paid");
    }

    function _wrongReceiver(uint256 i, address to) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFLTask.WrongReceiver.selector, m(i), to);
    }

    /// @notice R6a, R20: an operator may report, for a share of its own; and a share that its member has no part in.
    function test_R6a_slashingIsForOneself() public {
        enrolled(4);
        _named();
        settled("s+c.");
        slash(HOT, 1, m(3));
        assertEq(lens.roundView(task, HOT).rewards, 100, "share");
    }
}

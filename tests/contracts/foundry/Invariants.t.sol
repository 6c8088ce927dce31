// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Acts} from "./Acts.sol";
import {Checks} from "./Checks.sol";
import {FuzzSelector} from "./Test.sol";

/// @title The invariants of the protocol, between any acts of anybody
/// @notice The handler's acts compare their own effect with the books; here is what must hold whatever was done last.
contract Invariants is Acts {
    function setUp() public {
        world = new Checks();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(world);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(world), _acts());
    }

    /// @notice I1: the balance is stakes, rewards and pool, and what rounding kept.
    function invariant_I1_balanceCoversEverything() public view {
        world.checkSolvency();
    }

    /// @notice I2: no token is made, lost or stuck.
    function invariant_I2_tokensAreConserved() public view {
        world.checkConservation();
    }

    /// @notice I3: one role each, the right number of each, and none ever changes (R9, R10).
    function invariant_I3_rolesAreAsDrawn() public view {
        world.checkRoles();
    }

    /// @notice I4: one act each, in its phase (R11, R13, R14).
    function invariant_I4_oneActEach() public view {
        world.checkActs();
    }

    /// @notice I5, R19a: rounds only go forward, not past T that are decided, 2·T in all, or what the task's patience allows.
    function invariant_I5_roundsGoForward() public view {
        world.checkProgress();
    }

    /// @notice I5: a settled round's outcome never changes.
    function invariant_I5_resultsStay() public view {
        world.checkResults();
    }

    /// @notice I6: the global model is that of the last accepted round (R17).
    function invariant_I6_modelIsTheLastAccepted() public view {
        world.checkModel();
    }

    /// @notice I7: nobody loses more than the stake (R19).
    function invariant_I7_lossIsBounded() public view {
        world.checkLosses();
    }

    /// @notice I8: no wait is without end.
    function invariant_I8_everyWaitEnds() public view {
        world.checkExits();
    }

    /// @notice I9: what anybody may have to do costs a bounded amount.
    function invariant_I9_stepsAreCheap() public view {
        world.checkGas();
    }

    /// @notice I10: what a proposer gets or loses depends on no other.
    function invariant_I10_attribution() public view {
        world.checkAttribution();
    }

    /// @notice I11, R18: nobody gains from the faults of others.
    function invariant_I11_nobodyGainsFromFaults() public view {
        world.checkGains();
    }

    /// @notice R17a: the condemned have more than half against them.
    function invariant_R17a_condemnedByAMajority() public view {
        world.checkVerdicts();
    }

    /// @notice R19, R20: stakes are deposits less penalties and withdrawals.
    function invariant_stakesAreDepositsLessPenalties() public view {
        world.checkStakes();
    }

    /// @notice R18, R21: rewards are shares less what was taken.
    function invariant_rewardsAreSharesLessClaims() public view {
        world.checkRewards();
    }

    /// @notice R18: no round pays more than its reward.
    function invariant_sharesNeverExceedTheReward() public view {
        world.checkShares();
    }

    /// @notice R3, R18, R20: the pool is what came in less what was paid.
    function invariant_poolIsAccountedFor() public view {
        world.checkPool();
    }

    /// @notice R4, R5, R15: weights are stakes as of the draw.
    function invariant_weightsStayAsDrawn() public view {
        world.checkWeights();
    }

    /// @notice R4, R5, R6a: membership is what joining, leaving and penalties make it.
    function invariant_membersAreAccountedFor() public view {
        world.checkMembers();
        world.checkList();
    }

    /// @notice The phase follows from facts and the clock.
    function invariant_phaseFollowsFromFacts() public view {
        world.checkPhase();
    }

    /// @notice R19: what an account still has to expect can be seen by everybody.
    function invariant_duesAreTold() public view {
        world.checkDues();
    }

    /// @notice I8: and then everybody leaves.
    function afterInvariant() public {
        world.evacuate(block.timestamp);
    }
}

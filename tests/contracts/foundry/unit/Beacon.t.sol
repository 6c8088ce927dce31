// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {FutureBlockBeacon} from "../../../../contracts/FutureBlockBeacon.sol";
import {Test} from "../Test.sol";

/// @title The beacon of future blocks at each edge (R8, D8)
contract BeaconUnit is Test {
    FutureBlockBeacon private immutable beacon = new FutureBlockBeacon();

    function setUp() public {
        vm.roll(1_000);
    }

    /// @notice R8: an anchor is the next block, whose hash nobody knows yet.
    function test_R8_anAnchorIsTheNextBlock() public view {
        assertEq(beacon.DELAY(), 1, "delay");
        assertEq(beacon.next(), 1_001, "anchor");
    }

    /// @notice R8: there is no value up to the anchor's own block, and from the next block on it is the hash, for 256 blocks.
    function test_R8_theValueIsThereFor256Blocks() public {
        _assertNone(false);
        vm.roll(1_001);
        _assertNone(false);
        vm.roll(1_002);
        bytes32 hash = _assertValue();
        vm.roll(1_257);
        require(_assertValue() == hash, "two values");
        vm.roll(1_258);
        _assertNone(true);
        vm.roll(100_000);
        _assertNone(true);
    }

    function _assertValue() private view returns (bytes32 value) {
        bool isExpired;
        (value, isExpired) = beacon.read(1_001);
        require(value != 0 && value == blockhash(1_001) && !isExpired, "no value");
    }

    function _assertNone(bool expected) private view {
        (bytes32 value, bool isExpired) = beacon.read(1_001);
        require(value == 0 && isExpired == expected, "a value");
    }
}

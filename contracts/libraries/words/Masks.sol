// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

// So many bits, all set. The words in this folder are each one storage slot: a type a word, a function for
// each field and for each thing that happens to it. They are never laid out in memory, and an act pays for
// the fields that it looks at. The fields must fit, and do: amounts are below 2^90 because all that entered a
// task and did not leave as stake is, counts and rounds below 65,002 by the task manager's limits, so a sum
// never spills into the next field.
uint256 constant M2 = 3;
uint256 constant M3 = 7;
uint256 constant M5 = 31;
uint256 constant M6 = 63;
uint256 constant M12 = (1 << 12) - 1;
uint256 constant M16 = type(uint16).max;
uint256 constant M32 = type(uint32).max;
uint256 constant M40 = type(uint40).max;
uint256 constant M48 = type(uint48).max;
uint256 constant M80 = type(uint80).max;
uint256 constant M90 = (1 << 90) - 1; // an amount: 1.2 billion tokens of 18 decimals in one task

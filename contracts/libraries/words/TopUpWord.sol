// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {M16, M90} from "./Masks.sol";

/// @notice Stake that counts from the draw of a later round on (R4).
type TopUp is uint256;

using TopUpWord for TopUp global;

library TopUpWord {
    // Where each field begins, and how many bits it has.
    uint256 private constant AMOUNT = 0; // 90
    uint256 private constant FROM_ROUND = 90; // 16

    function make(uint256 amount_, uint256 fromRound_) internal pure returns (TopUp) {
        return TopUp.wrap((amount_ << AMOUNT) | (fromRound_ << FROM_ROUND));
    }

    function amount(TopUp t) internal pure returns (uint256) {
        return (TopUp.unwrap(t) >> AMOUNT) & M90;
    }

    function fromRound(TopUp t) internal pure returns (uint256) {
        return (TopUp.unwrap(t) >> FROM_ROUND) & M16;
    }

    /// @notice Whether it is in the stake of `round`.
    function counts(TopUp t, uint256 round) internal pure returns (bool) {
        return fromRound(t) <= round;
    }

    /// @notice Without its amount. The round stays, so that the next one finds the slot in use (D17).
    function empty(TopUp t) internal pure returns (TopUp) {
        return TopUp.wrap(TopUp.unwrap(t) & ~(M90 << AMOUNT));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title The code of contracts to be made, kept as the code of contracts that do nothing
/// @notice So who makes them need not have it in its own code, which EIP-170 limits. Two chunks are enough
/// for whatever can be created: EIP-3860 limits that to twice what one contract can hold.
library CodeStore {
    /// @notice As much as one contract can hold besides the STOP in front, for which nobody can run what is kept.
    uint256 internal constant CHUNK = 24_575;
    /// @dev Code that returns what follows it.
    bytes11 private constant CREATION = hex"600b5981380380925939f3";

    /// @notice Keeps a part of `code`: the first is number 0. One beyond the end is empty.
    function store(bytes memory code, uint256 number) internal returns (address chunk) {
        return _create(bytes.concat(CREATION, hex"00", _cut(code, number * CHUNK)));
    }

    /// @notice Makes a contract of the code in two chunks and its constructor's encoded `arguments`. Where
    /// that reverts, so does this, with the same reason.
    function create(address first, address second, bytes memory arguments) internal returns (address made) {
        return _create(bytes.concat(_load(first), _load(second), arguments));
    }

    function _cut(bytes memory code, uint256 from) private pure returns (bytes memory chunk) {
        uint256 left = from < code.length ? code.length - from : 0;
        chunk = new bytes(left < CHUNK ? left : CHUNK);
        for (uint256 i = 0; i < chunk.length; i += 32) {
            assembly ("memory-safe") {
                mstore(add(add(chunk, 32), i), mload(add(add(code, 32), add(from, i))))
            }
        }
    }

    function _load(address kept) private view returns (bytes memory chunk) {
        chunk = new bytes(kept.code.length - 1);
        assembly ("memory-safe") {
            extcodecopy(kept, add(chunk, 32), 1, mload(chunk))
        }
    }

    function _create(bytes memory code) private returns (address made) {
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
        if (made != address(0)) return made;
        assembly ("memory-safe") {
            let reason := mload(0x40)
            returndatacopy(reason, 0, returndatasize())
            revert(reason, returndatasize())
        }
    }
}

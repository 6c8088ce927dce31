// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title The token of local chains and test nets: well behaved, with EIP-2612 permits, and free for everybody to mint
contract TestToken is ERC20, ERC20Permit {
    constructor() ERC20("Starling Test Token", "STAR") ERC20Permit("Starling Test Token") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

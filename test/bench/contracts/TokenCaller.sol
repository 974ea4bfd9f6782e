// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// A contract that holds a token and transfers it, each time by a call.
contract TokenCaller {
    function run(IERC20 token, uint256 count) external returns (uint256) {
        for (uint256 i = 0; i < count; i++) require(token.transfer(address(uint160(0x1000 + (i & 15))), 1));
        return token.balanceOf(address(this));
    }
}

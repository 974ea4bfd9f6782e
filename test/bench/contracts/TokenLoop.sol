// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token that does many of its operations inside one call. Whoever deploys it holds it.
contract TokenLoop is ERC20 {
    constructor() ERC20("Loop", "LOOP") {
        _mint(msg.sender, 1e30);
    }

    function transfers(uint256 count) external returns (uint256) {
        for (uint256 i = 0; i < count; i++) transfer(holder(i), 1);
        return balanceOf(msg.sender);
    }

    function mints(uint256 count) external returns (uint256) {
        for (uint256 i = 0; i < count; i++) _mint(holder(i), i);
        return totalSupply();
    }

    function approvals(uint256 count) external returns (uint256) {
        for (uint256 i = 0; i < count; i++) {
            approve(msg.sender, i + 2);
            transferFrom(msg.sender, holder(i), 1);
        }
        return allowance(msg.sender, msg.sender);
    }

    function holder(uint256 i) private pure returns (address) {
        return address(uint160(0x1000 + (i & 15)));
    }
}

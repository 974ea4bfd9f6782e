// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token that does many of its operations inside one call, and one that has another do them.
contract TransferLoop is ERC20 {
    constructor() ERC20("Loop", "LOOP") {
        _mint(msg.sender, 1e30);
    }

    function transfers(uint256 count) external {
        for (uint256 i = 0; i < count; i++) _transfer(msg.sender, address(uint160(0x1000 + (i & 15))), 1);
    }

    function mints(uint256 count) external {
        for (uint256 i = 0; i < count; i++) _mint(address(uint160(0x1000 + (i & 15))), i);
    }

    function callTransfers(uint256 count) external {
        _mint(address(this), count);
        for (uint256 i = 0; i < count; i++) this.transfer(address(uint160(0x1000 + (i & 15))), 1);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

/// One function for each thing that a faulty machine may get wrong. What comes out is kept, so that the state's root depends on it.
contract Probe {
    int256 public quotient;
    uint256 public share;
    uint256 public zeros;
    uint256 public lot;
    bytes32 public digest;

    event Paid(uint256 indexed to, uint256 indexed from);

    function divideSigned(int256 a, int256 b) external {
        quotient = a / b;
    }

    function divide(uint256 a, uint256 b) external {
        share = a / b;
    }

    function countZeros(uint256 word) external {
        assembly ("memory-safe") {
            sstore(zeros.slot, clz(word))
        }
    }

    function drawLots() external {
        lot = block.prevrandao;
    }

    function announce(uint256 to, uint256 from) external {
        emit Paid(to, from);
    }

    function fingerprint(bytes calldata text) external {
        digest = sha256(text);
    }
}

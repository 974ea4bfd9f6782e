// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Sorts arrays of 256 pseudo-random words, as contracts do it: recursion over an array in memory, checked arithmetic and bounds.
contract Quicksort {
    /// Sorts so many arrays, and returns a sum over their order.
    function run(uint256 count) external pure returns (uint256 sum) {
        uint256 seed = 1;
        uint256[] memory values = new uint256[](256);
        for (uint256 n = 0; n < count; n++) {
            for (uint256 i = 0; i < values.length; i++) {
                unchecked {
                    seed = seed * 6364136223846793005 + 1442695040888963407;
                }
                values[i] = seed;
            }
            sort(values, 0, values.length - 1);
            for (uint256 i = 1; i < values.length; i++) require(values[i - 1] <= values[i]);
            sum ^= values[n & 255] ^ n;
        }
    }

    function sort(uint256[] memory values, uint256 first, uint256 last) private pure {
        uint256 i = first;
        uint256 j = last;
        uint256 pivot = values[first + (last - first) / 2];
        while (i <= j) {
            while (values[i] < pivot) i++;
            while (pivot < values[j]) j--;
            if (i <= j) {
                (values[i], values[j]) = (values[j], values[i]);
                i++;
                if (j == 0) break;
                j--;
            }
        }
        if (first < j) sort(values, first, j);
        if (i < last) sort(values, i, last);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Draws: choosing one of several by weight
library Draws {
    /// @notice Draws an index with probability proportional to its weight.
    /// @dev The remainder's bias is below 2^-128 for weights that sum to less than 2^128.
    /// @param weights zero excludes an index
    /// @param total their sum, not zero
    /// @param seed 32 uniform bytes
    function pick(uint256[] memory weights, uint256 total, bytes32 seed) internal pure returns (uint256 index) {
        uint256 point = uint256(seed) % total;
        while (point >= weights[index]) {
            point -= weights[index];
            ++index;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Digests} from "../libraries/Digests.sol";
import {Draws} from "../libraries/Draws.sol";

/// @title DigestsHarness: functions of the libraries, callable from tests
contract DigestsHarness {
    /// @notice See `Digests.blobRoot`.
    function blobRoot(bytes calldata data) external pure returns (bytes32) {
        return Digests.blobRoot(data);
    }

    /// @notice See `Draws.pick`.
    function pick(uint256[] calldata weights, uint256 total, bytes32 seed) external pure returns (uint256) {
        return Draws.pick(weights, total, seed);
    }

    /// @notice See `Digests.keySetId`.
    function keySetId(address owner, bytes32 salt, bytes32 paramsDigest) external pure returns (bytes32) {
        return Digests.keySetId(owner, salt, paramsDigest);
    }
}

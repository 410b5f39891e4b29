// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Digests} from "../libraries/Digests.sol";

/// @title DigestsHarness: the library's functions, callable from tests
contract DigestsHarness {
    /// @notice See `Digests.blobRoot`.
    function blobRoot(bytes calldata data) external pure returns (bytes32) {
        return Digests.blobRoot(data);
    }

    /// @notice See `Digests.keySetId`.
    function keySetId(address owner, bytes32 salt, bytes32 paramsDigest) external pure returns (bytes32) {
        return Digests.keySetId(owner, salt, paramsDigest);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IInferenceConsumer: a contract that is told how a request ended
interface IInferenceConsumer {
    /// @notice The request has ended.
    /// @param receipt digest of the request's binding and its result; zero when it was refunded
    function onInference(uint256 requestId, bytes32 receipt) external;
}

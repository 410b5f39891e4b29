// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Callbacks: telling a contract that a request has ended
/// @notice Whoever made a request may have a contract called when it has ended, and pays for it in advance. Settling a
///         request never waits for that: delivering is another call, which anybody may send and is paid for.
interface ICallbacks {
    /// @notice A call ordered.
    /// @param target whom to call
    /// @param gasLimit gas the call gets
    /// @param pay wei to whoever delivers
    struct Order {
        address target;
        uint32 gasLimit;
        uint64 pay;
    }

    /// @notice `target` will be told how the request ended.
    event Ordered(uint256 indexed requestId, address indexed target, uint32 gasLimit, uint64 pay);
    /// @notice `target` was told; `success` says whether it went along.
    event Delivered(uint256 indexed requestId, address indexed target, address by, bool success);

    /// @notice The caller did not make the request.
    error Callbacks_NotRequester(uint256 requestId, address caller);
    /// @notice There is an order for the request already.
    error Callbacks_Ordered(uint256 requestId);
    /// @notice The target is empty, or the gas out of range.
    error Callbacks_BadOrder(address target, uint32 gasLimit);
    /// @notice The pay does not cover the gas at the present base fee, or is above what can be paid.
    error Callbacks_BadPay(uint256 sent, uint256 least, uint256 most);
    /// @notice There is no order for the request.
    error Callbacks_NoOrder(uint256 requestId);
    /// @notice The request has not ended.
    error Callbacks_NotEnded(uint256 requestId);
    /// @notice The gas left would not give the target what was ordered.
    error Callbacks_NotEnoughGas(uint256 left, uint256 needed);
    /// @notice A constructor argument is out of range.
    error Callbacks_BadParameter(string name);

    /// @notice Orders a call of `onInference` of `target`. The requester only, once. The ether sent along pays whoever
    ///         delivers: at least the gas at the present base fee.
    function order(uint256 requestId, address target, uint32 gasLimit) external payable;

    /// @notice Calls the target, once, whatever it does, and pays the caller. For a request that is settled or refunded.
    function deliver(uint256 requestId) external;

    /// @notice The order for a request; all zero when there is none, or it was delivered.
    function orderOf(uint256 requestId) external view returns (Order memory);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBalances} from "./interfaces/IBalances.sol";
import {ICallbacks} from "./interfaces/ICallbacks.sol";
import {IHubTypes} from "./interfaces/IHubTypes.sol";
import {IInferenceConsumer} from "./interfaces/IInferenceConsumer.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";

/// @title Callbacks
/// @dev What was paid in advance is this contract's balance in `Balances`. The call of the target is the last thing done but
///      for an event, and finds everything else finished.
contract Callbacks is ICallbacks {
    /// @notice Most gas a call gets.
    uint32 public constant MAX_GAS = 5_000_000;
    /// @dev What is needed beside the call itself: the call's own cost and the event after it.
    uint256 private constant GAS_ASIDE = 20_000;

    /// @notice Whose requests.
    IInferenceHub public immutable hub;
    /// @notice The vault.
    IBalances public immutable balances;

    mapping(uint256 requestId => Order) private _orders;

    /// @param hub_ the hub
    /// @param balances_ the vault
    constructor(IInferenceHub hub_, IBalances balances_) {
        if (address(hub_) == address(0)) revert Callbacks_BadParameter("hub");
        if (address(balances_) == address(0)) revert Callbacks_BadParameter("balances");
        hub = hub_;
        balances = balances_;
    }

    /// @inheritdoc ICallbacks
    function order(uint256 requestId, address target, uint32 gasLimit) external payable {
        if (hub.requestOf(requestId).requester != msg.sender) revert Callbacks_NotRequester(requestId, msg.sender);
        if (_orders[requestId].target != address(0)) revert Callbacks_Ordered(requestId);
        if (target == address(0) || gasLimit == 0 || gasLimit > MAX_GAS) revert Callbacks_BadOrder(target, gasLimit);
        uint256 least = gasLimit * block.basefee;
        if (msg.value < least || msg.value > type(uint64).max) {
            revert Callbacks_BadPay(msg.value, least, type(uint64).max);
        }
        _orders[requestId] = Order({target: target, gasLimit: gasLimit, pay: uint64(msg.value)});
        emit Ordered(requestId, target, gasLimit, uint64(msg.value));
        if (msg.value != 0) balances.deposit{value: msg.value}(address(this));
    }

    /// @inheritdoc ICallbacks
    function deliver(uint256 requestId) external {
        Order memory ordered = _orders[requestId];
        if (ordered.target == address(0)) revert Callbacks_NoOrder(requestId);
        IHubTypes.RequestState state = hub.requestOf(requestId).state;
        bool settled = state == IHubTypes.RequestState.Settled;
        if (!settled && state != IHubTypes.RequestState.Refunded) revert Callbacks_NotEnded(requestId);
        bytes32 receipt = settled ? hub.receiptOf(requestId) : bytes32(0);
        delete _orders[requestId];
        if (ordered.pay != 0) balances.move(address(0), msg.sender, ordered.pay);
        bool success = _call(
            ordered.target,
            ordered.gasLimit,
            abi.encodeCall(IInferenceConsumer.onInference, (requestId, receipt))
        );
        emit Delivered(requestId, ordered.target, msg.sender, success);
    }

    /// @inheritdoc ICallbacks
    function orderOf(uint256 requestId) external view returns (Order memory) {
        return _orders[requestId];
    }

    /// @dev A call gets at most 63/64 of the gas that is left (EIP-150): with less than that left, whoever delivers could
    ///      make it fail. What it returns is not copied: it could be large enough to use up the rest.
    function _call(address target, uint32 gasLimit, bytes memory data) private returns (bool success) {
        uint256 needed = (uint256(gasLimit) * 64) / 63 + GAS_ASIDE;
        if (gasleft() < needed) revert Callbacks_NotEnoughGas(gasleft(), needed);
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            success := call(gasLimit, target, 0, add(data, 32), mload(data), 0, 0)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBalances} from "../interfaces/IBalances.sol";
import {ICallbacks} from "../interfaces/ICallbacks.sol";
import {IHubTypes} from "../interfaces/IHubTypes.sol";
import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {ReleasedValues} from "../libraries/ReleasedValues.sol";

/// @title InferenceConsumer: base of contracts that ask for inferences and are told how they ended
/// @notice The contract makes the request, so refunds are its own balance in `Balances`. The key set's owner has to
///         name it a delegate first (`KeyRegistry.setDelegate`).
abstract contract InferenceConsumer is IInferenceConsumer {
    /// @notice Somebody else than the contract for callbacks calls back.
    error InferenceConsumer_NotCallbacks(address caller);
    /// @notice The content given is not what the request is bound to.
    error InferenceConsumer_WrongBinding(uint256 requestId);
    /// @notice The statement is about another result, or not signed by the owner of the request's key set.
    error InferenceConsumer_NotReleased(uint256 requestId);

    /// @notice Whom it asks.
    IInferenceHub public immutable hub;
    /// @notice Who calls back.
    ICallbacks public immutable callbacks;
    /// @notice Where refunds lie.
    IBalances public immutable balances;

    /// @param hub_ the hub
    /// @param callbacks_ the contract for callbacks of that hub
    /// @param balances_ the vault of that hub
    constructor(IInferenceHub hub_, ICallbacks callbacks_, IBalances balances_) {
        hub = hub_;
        callbacks = callbacks_;
        balances = balances_;
    }

    /// @inheritdoc IInferenceConsumer
    function onInference(uint256 requestId, bytes32 receipt) external {
        if (msg.sender != address(callbacks)) revert InferenceConsumer_NotCallbacks(msg.sender);
        _onInference(requestId, receipt);
    }

    /// @dev Makes a request in ether and orders the call back.
    /// @param price the quoted total, wei, out of this contract's ether
    /// @param callbackGas gas `_onInference` gets
    /// @param callbackPay wei to whoever delivers, at least `callbackGas` times the base fee
    function _requestInference(
        IHubTypes.RequestParams memory params,
        uint256 price,
        uint32 callbackGas,
        uint256 callbackPay
    ) internal returns (uint256 requestId) {
        requestId = hub.request{value: price}(params);
        callbacks.order{value: callbackPay}(requestId, address(this), callbackGas);
    }

    /// @dev Checks what the key set's owner says a settled request's result decrypts to. Reverts unless it signed that.
    /// @param binding content of the request, from its `Requested` event
    function _requireReleased(
        uint256 requestId,
        IHubTypes.Binding memory binding,
        ReleasedValues.Statement memory statement,
        bytes memory signature
    ) internal view {
        if (hub.hashBinding(binding) != hub.bindingOf(requestId)) revert InferenceConsumer_WrongBinding(requestId);
        if (
            hub.requestOf(requestId).state != IHubTypes.RequestState.Settled ||
            statement.receipt != hub.receiptOf(requestId) ||
            !ReleasedValues.isSignedBy(statement, address(hub), binding.keySetOwner, signature)
        ) revert InferenceConsumer_NotReleased(requestId);
    }

    /// @dev The request has ended.
    /// @param receipt of the result; zero when the request was refunded
    function _onInference(uint256 requestId, bytes32 receipt) internal virtual;
}

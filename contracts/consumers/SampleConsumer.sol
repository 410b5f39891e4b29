// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBalances} from "../interfaces/IBalances.sol";
import {ICallbacks} from "../interfaces/ICallbacks.sol";
import {IHubTypes} from "../interfaces/IHubTypes.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {ReleasedValues} from "../libraries/ReleasedValues.sol";
import {InferenceConsumer} from "./InferenceConsumer.sol";

/// @title SampleConsumer: asks for an inference, remembers its receipt and the largest output its user tells
contract SampleConsumer is InferenceConsumer {
    /// @notice A request of this contract has ended.
    event Answered(uint256 indexed requestId, bytes32 receipt);
    /// @notice Output `index` is the largest, says the owner of the key.
    event Told(uint256 indexed requestId, uint256 index);

    /// @notice Receipts of requests that were settled.
    mapping(uint256 requestId => bytes32) public receipts;
    /// @dev Who asked, and what the price was.
    mapping(uint256 requestId => address) private _askers;
    mapping(uint256 requestId => uint256) private _prices;

    /// @param hub_ the hub
    /// @param callbacks_ the contract for callbacks
    /// @param balances_ the vault
    constructor(
        IInferenceHub hub_,
        ICallbacks callbacks_,
        IBalances balances_
    ) InferenceConsumer(hub_, callbacks_, balances_) {}

    /// @notice Asks; the ether sent along pays the price, and what is left over whoever calls back.
    function ask(IHubTypes.RequestParams calldata params) external payable returns (uint256 requestId) {
        uint256 price = hub.quote(params.modelId, params.version, params.planIndex, params.replicas).total;
        requestId = _requestInference(params, price, 200_000, msg.value - price);
        _askers[requestId] = msg.sender;
        _prices[requestId] = price;
    }

    /// @notice Takes the word of the key's owner for what the result is.
    function tell(
        uint256 requestId,
        IHubTypes.Binding calldata binding,
        ReleasedValues.Statement calldata statement,
        bytes calldata signature
    ) external {
        _requireReleased(requestId, binding, statement, signature);
        uint256 largest;
        for (uint256 i = 1; i < statement.multiples.length; ++i) {
            if (statement.multiples[i] > statement.multiples[largest]) largest = i;
        }
        emit Told(requestId, largest);
    }

    function _onInference(uint256 requestId, bytes32 receipt) internal override {
        receipts[requestId] = receipt;
        // A refunded price lies in this contract's balance: its asker may withdraw it from its own.
        if (receipt == bytes32(0) && _prices[requestId] != 0) {
            balances.move(address(0), _askers[requestId], _prices[requestId]);
        }
        emit Answered(requestId, receipt);
    }
}

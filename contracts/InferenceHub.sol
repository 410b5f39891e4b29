// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBalances} from "./interfaces/IBalances.sol";
import {IEntropy} from "./interfaces/IEntropy.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {IKeyRegistry} from "./interfaces/IKeyRegistry.sol";
import {IModelAccess} from "./interfaces/IModelAccess.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {HubRequests} from "./hub/HubRequests.sol";
import {HubResults} from "./hub/HubResults.sol";
import {HubState} from "./hub/HubState.sol";

/// @title InferenceHub
/// @dev A request from its making to its end: `HubRequests`, `HubDuties`, `HubResults`, over `HubState`.
contract InferenceHub is HubRequests, HubResults {
    /// @param models_ the model registry
    /// @param access_ who serves what
    /// @param nodes_ the node registry, which must name this contract as its hub
    /// @param keys_ the key registry
    /// @param balances_ the vault
    /// @param entropy_ randomness suitable for this chain
    /// @param p windows and rates
    constructor(
        IModelRegistry models_,
        IModelAccess access_,
        INodeRegistry nodes_,
        IKeyRegistry keys_,
        IBalances balances_,
        IEntropy entropy_,
        Parameters memory p
    ) HubState(models_, access_, nodes_, keys_, balances_, entropy_, p) {}

    /// @inheritdoc IInferenceHub
    function requestOf(uint256 requestId) external view returns (Request memory) {
        Stored storage r = _known(requestId);
        return
            Request({
                requester: r.requester,
                state: r.state,
                modelId: r.modelId,
                version: r.version,
                planIndex: r.planIndex,
                replicas: r.replicas,
                noiseIndex: r.noiseIndex,
                deadline: r.deadline,
                token: r.token,
                payee: r.payee,
                modelFee: r.modelFee,
                nodeFee: r.nodeFee,
                auditFee: r.auditFee,
                binding: r.binding,
                drawRound: r.drawRound,
                drawEpoch: r.drawEpoch,
                attempts: r.attempts,
                until: r.until,
                rejectCode: r.rejectCode,
                resultKind: r.resultKind,
                resultSize: r.resultSize,
                resultDigest: r.resultDigest
            });
    }

    /// @inheritdoc IInferenceHub
    function dutiesOf(uint256 requestId) external view returns (Duty[] memory duties) {
        Stored storage r = _known(requestId);
        duties = new Duty[](r.replicas);
        for (uint8 i = 0; i < r.replicas; ++i) {
            StoredDuty storage duty = _duties[requestId][i];
            duties[i] = Duty({node: duty.node, state: duty.state, dueBy: duty.dueBy, bond: duty.bond});
        }
    }

    /// @inheritdoc IInferenceHub
    function bindingOf(uint256 requestId) external view returns (bytes32) {
        return _known(requestId).binding;
    }
}

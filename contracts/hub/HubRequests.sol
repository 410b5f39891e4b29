// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEntropy} from "../interfaces/IEntropy.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Bindings} from "../libraries/Bindings.sol";
import {HubState} from "./HubState.sol";

/// @title HubRequests: quoting, making and cancelling requests
abstract contract HubRequests is HubState {
    /// @notice Largest input, bytes.
    uint64 public constant MAX_INPUT = 1 << 30;
    /// @notice Noise seeds of a version (formats.md section 1).
    uint32 public constant NOISE_SEEDS = 65_536;

    /// @inheritdoc IInferenceHub
    function request(RequestParams calldata params) external payable nonReentrant returns (uint256 requestId) {
        (Quote memory price, Binding memory binding, address payee, uint32 epoch) = _prepare(params);
        if (price.total > params.maxFee) revert InferenceHub_FeeTooHigh(price.total, params.maxFee);
        if (msg.value != price.total) revert InferenceHub_WrongPayment(msg.value, price.total);

        requestId = ++_count;
        binding.requestId = requestId;
        uint32 noiseIndex = _noiseUsed[params.modelId][params.version]++;
        if (noiseIndex >= NOISE_SEEDS) revert InferenceHub_VersionExhausted(params.modelId, params.version);
        binding.noiseIndex = noiseIndex;
        uint64 drawRound = entropy.commit();
        // Slot after slot with no call between, so that each is written once.
        Stored storage r = _requests[requestId];
        r.requester = msg.sender;
        r.state = RequestState.Requested;
        r.replicas = params.replicas;
        r.version = params.version;
        r.planIndex = params.planIndex;
        r.modelId = uint64(params.modelId);
        r.drawRound = drawRound;
        r.drawEpoch = epoch;
        r.deadline = uint40(params.deadline);
        r.binding = _hashTypedDataV4(Bindings.hash(binding));
        r.payee = payee;
        r.noiseIndex = noiseIndex;
        r.modelFee = uint128(price.modelFee);
        r.nodeFee = uint128(price.nodeFee);
        if (price.token != address(0)) r.token = price.token;
        emit Requested(
            requestId,
            params.modelId,
            msg.sender,
            binding,
            params.input.uri,
            price,
            params.deadline,
            drawRound
        );
        if (price.total != 0) balances.deposit{value: price.total}(address(this));
    }

    /// @inheritdoc IInferenceHub
    function cancel(uint256 requestId) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Requested);
        if (msg.sender != r.requester) revert InferenceHub_NotRequester(requestId, msg.sender);
        (IEntropy.Status status, ) = entropy.seedOf(r.drawRound);
        if (status != IEntropy.Status.Pending) revert InferenceHub_DrawDecided(requestId, r.drawRound);
        _refund(requestId, r, RefundReason.Cancelled);
    }

    /// @inheritdoc IInferenceHub
    function quote(
        uint256 modelId,
        uint32 version,
        uint16 planIndex,
        uint8 replicas
    ) external view returns (Quote memory) {
        _requireReplicas(replicas);
        IModelRegistry.Model memory model = models.modelOf(modelId);
        if (model.status != IModelRegistry.Status.Active) revert InferenceHub_ModelNotActive(modelId);
        (IModelRegistry.Plan memory plan, ) = models.planOf(modelId, version, planIndex);
        return _price(model.terms, plan.units, replicas);
    }

    /// @inheritdoc IInferenceHub
    function hashBinding(Binding calldata binding) external view returns (bytes32) {
        return _hashTypedDataV4(Bindings.hash(binding));
    }

    /// @inheritdoc IInferenceHub
    function requestCount() external view returns (uint256) {
        return _count;
    }

    /// @inheritdoc IInferenceHub
    function noiseUsed(uint256 modelId, uint32 version) external view returns (uint32) {
        return _noiseUsed[modelId][version];
    }

    /// @dev Every check of a new request that does not depend on the money, and what is bound but for id and noise index.
    function _prepare(
        RequestParams calldata params
    ) private view returns (Quote memory price, Binding memory binding, address payee, uint32 epoch) {
        _requireReplicas(params.replicas);
        if (params.callback.target != address(0) || params.callback.gasLimit != 0) {
            revert InferenceHub_CallbackNotTaken(params.callback.target);
        }
        uint64 earliest = uint64(block.timestamp) + _minimumTime;
        uint64 latest = uint64(block.timestamp) + _maximumTime;
        if (params.deadline < earliest || params.deadline > latest) {
            revert InferenceHub_BadDeadline(params.deadline, earliest, latest);
        }
        InputRef calldata input = params.input;
        if (
            input.blobRoot == bytes32(0) ||
            input.residuesRoot == bytes32(0) ||
            input.size == 0 ||
            input.size > MAX_INPUT
        ) revert InferenceHub_BadInput(input.size);

        IModelRegistry.Model memory model = models.modelOf(params.modelId);
        if (model.status != IModelRegistry.Status.Active) revert InferenceHub_ModelNotActive(params.modelId);
        (IModelRegistry.Plan memory plan, bytes32 noiseRoot) = models.planOf(
            params.modelId,
            params.version,
            params.planIndex
        );
        price = _price(model.terms, plan.units, params.replicas);
        if (price.token != params.token) revert InferenceHub_TokenChanged(params.token, price.token);
        if (price.token != address(0)) revert InferenceHub_TokenNotTaken(price.token);
        epoch = access.currentEpoch();
        if (!access.isServed(params.modelId, params.version, epoch)) {
            revert InferenceHub_NoNodes(params.modelId, params.version);
        }
        payee = model.owner;

        binding.requester = msg.sender;
        binding.modelId = params.modelId;
        binding.version = params.version;
        binding.planIndex = params.planIndex;
        binding.planDigest = plan.planDigest;
        binding.weightsRoot = plan.weightsRoot;
        binding.noiseRoot = noiseRoot;
        binding.semantics = plan.semantics;
        binding.keySetId = params.keySetId;
        binding.inputBlobRoot = input.blobRoot;
        binding.inputResiduesRoot = input.residuesRoot;
        binding.inputSize = input.size;
        binding.replicas = params.replicas;
        _bindKeys(binding, plan.paramsDigest);
    }

    /// @dev Checks that the caller may use the key set with the plan and binds its owner and packs.
    function _bindKeys(Binding memory binding, bytes32 planParams) private view {
        (bool allowed, address owner, bytes32 keyParams, bytes32 packsDigest, uint16 packCount) = keys.bindingOf(
            binding.keySetId,
            msg.sender
        );
        if (!allowed) revert InferenceHub_KeySetRefused(binding.keySetId, msg.sender);
        if (keyParams != planParams) revert InferenceHub_WrongParameters(keyParams, planParams);
        binding.keySetOwner = owner;
        binding.packsDigest = packsDigest;
        binding.packCount = packCount;
    }

    function _price(
        IModelRegistry.Terms memory terms,
        uint32 units,
        uint8 replicas
    ) private pure returns (Quote memory) {
        uint256 modelFee = uint256(terms.modelFee) * units;
        uint256 nodeFee = uint256(terms.nodeFee) * units;
        if (modelFee > type(uint128).max || nodeFee > type(uint128).max) {
            revert InferenceHub_FeeTooHigh(modelFee > nodeFee ? modelFee : nodeFee, type(uint128).max);
        }
        return
            Quote({
                token: terms.token,
                modelFee: modelFee,
                nodeFee: nodeFee,
                auditFee: 0,
                total: modelFee + nodeFee * replicas
            });
    }

    /// @dev One replica for now: the challenge window of a single node's result.
    function _requireReplicas(uint8 replicas) private pure {
        if (replicas != 1) revert InferenceHub_BadReplicas(replicas);
    }
}

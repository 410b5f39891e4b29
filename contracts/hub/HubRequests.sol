// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IEntropy} from "../interfaces/IEntropy.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Bindings} from "../libraries/Bindings.sol";
import {HubState} from "./HubState.sol";

/// @title HubRequests: quoting, making and cancelling requests
abstract contract HubRequests is HubState, IInferenceHub {
    using SafeERC20 for IERC20;

    /// @notice Largest input, bytes.
    uint64 public constant MAX_INPUT = 1 << 30;
    /// @notice Noise seeds of a version (formats.md section 1).
    uint32 public constant NOISE_SEEDS = 65_536;

    /// @inheritdoc IInferenceHub
    function request(RequestParams calldata params) external payable nonReentrant returns (uint256 requestId) {
        return _request(params);
    }

    /// @inheritdoc IInferenceHub
    function requestWithPermit(
        RequestParams calldata params,
        Permit calldata permit
    ) external payable nonReentrant returns (uint256 requestId) {
        // Whoever saw the permit may have used it already: then the allowance is there, and if not, the payment fails.
        // solhint-disable no-empty-blocks
        try
            IERC20Permit(params.token).permit(
                msg.sender,
                address(this),
                params.maxFee,
                permit.deadline,
                permit.v,
                permit.r,
                permit.s
            )
        {} catch {}
        // solhint-enable no-empty-blocks
        return _request(params);
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
        return _price(_offer(modelId, version, planIndex, replicas), replicas);
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

    function _request(RequestParams calldata params) private returns (uint256 requestId) {
        (Quote memory price, Binding memory binding, address payee, uint32 epoch) = _prepare(params);
        if (price.total > params.maxFee) revert InferenceHub_FeeTooHigh(price.token, price.total, params.maxFee);

        requestId = ++_count;
        binding.requestId = requestId;
        uint32 noiseIndex = _noiseUsed[params.modelId][params.version]++;
        if (noiseIndex >= NOISE_SEEDS) revert InferenceHub_VersionExhausted(params.modelId, params.version);
        binding.noiseIndex = noiseIndex;
        uint64 drawRound = entropy.commit();
        // Slot after slot with no call between, so that each is written once.
        Stored storage r = _requests[requestId];
        r.requester = msg.sender;
        r.modelFee = uint96(price.modelFee);
        r.payee = payee;
        r.nodeFee = uint96(price.nodeFee);
        r.state = RequestState.Requested;
        r.replicas = params.replicas;
        r.planIndex = uint8(params.planIndex);
        r.version = params.version;
        r.modelId = uint48(params.modelId);
        r.drawRound = uint48(drawRound);
        r.drawEpoch = epoch;
        r.deadline = uint40(params.deadline);
        r.noiseIndex = uint16(noiseIndex);
        r.inToken = price.token != address(0);
        r.binding = _hashTypedDataV4(Bindings.hash(binding));
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
        _pull(price.token, price.total);
    }

    /// @dev Takes the price from the caller into the vault, all of it or nothing.
    function _pull(address token, uint256 total) private {
        uint256 due = token == address(0) ? total : 0;
        if (msg.value != due) revert InferenceHub_WrongPayment(msg.value, due);
        if (total == 0) return;
        if (token == address(0)) {
            balances.deposit{value: total}(address(this));
        } else {
            IERC20(token).safeTransferFrom(msg.sender, address(balances), total);
            balances.credit(token, address(this), total);
        }
    }

    /// @dev Every check of a new request that does not depend on the money, and what is bound but for id and noise index.
    function _prepare(
        RequestParams calldata params
    ) private view returns (Quote memory price, Binding memory binding, address payee, uint32 epoch) {
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

        IModelRegistry.Offer memory offer = _offer(params.modelId, params.version, params.planIndex, params.replicas);
        price = _price(offer, params.replicas);
        if (price.token != params.token) revert InferenceHub_TokenChanged(params.token, price.token);
        bool served;
        (epoch, served) = access.servedNow(params.modelId, params.version, params.replicas);
        if (!served) revert InferenceHub_NoNodes(params.modelId, params.version);
        payee = offer.owner;

        binding.requester = msg.sender;
        binding.modelId = params.modelId;
        binding.version = params.version;
        binding.planIndex = params.planIndex;
        binding.planDigest = offer.planDigest;
        binding.weightsRoot = offer.weightsRoot;
        binding.noiseRoot = offer.noiseRoot;
        binding.semantics = offer.semantics;
        binding.keySetId = params.keySetId;
        binding.inputBlobRoot = input.blobRoot;
        binding.inputResiduesRoot = input.residuesRoot;
        binding.inputSize = input.size;
        binding.replicas = params.replicas;
        _bindKeys(binding, offer.paramsDigest);
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

    /// @dev What an active model offers to so many replicas.
    function _offer(
        uint256 modelId,
        uint32 version,
        uint16 planIndex,
        uint8 replicas
    ) private view returns (IModelRegistry.Offer memory offer) {
        if (replicas != 1 && replicas != 3 && replicas != 5 && replicas != 7) {
            revert InferenceHub_BadReplicas(replicas);
        }
        offer = models.offerOf(modelId, version, planIndex);
        if (offer.status != IModelRegistry.Status.Active) revert InferenceHub_ModelNotActive(modelId);
    }

    function _price(IModelRegistry.Offer memory offer, uint8 replicas) private view returns (Quote memory) {
        uint256 modelFee = uint256(offer.terms.modelFee) * offer.units;
        uint256 nodeFee = uint256(offer.terms.nodeFee) * offer.units;
        if (modelFee > type(uint96).max || nodeFee > type(uint96).max) {
            uint256 higher = modelFee > nodeFee ? modelFee : nodeFee;
            revert InferenceHub_FeeTooHigh(offer.terms.token, higher, type(uint96).max);
        }
        uint256 auditFee = _auditFee(nodeFee);
        return
            Quote({
                token: offer.terms.token,
                modelFee: modelFee,
                nodeFee: nodeFee,
                auditFee: auditFee,
                total: modelFee + nodeFee * replicas + auditFee
            });
    }
}

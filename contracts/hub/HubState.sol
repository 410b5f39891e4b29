// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IBalances} from "../interfaces/IBalances.sol";
import {IEntropy} from "../interfaces/IEntropy.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IKeyRegistry} from "../interfaces/IKeyRegistry.sol";
import {IModelAccess} from "../interfaces/IModelAccess.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";

/// @title HubState: what the hub remembers, whom it calls, and the ways into a request
/// @dev Escrows are this contract's own balance in `Balances`. It calls only contracts named at deployment.
abstract contract HubState is IInferenceHub, EIP712, ReentrancyGuardTransient {
    uint256 internal constant BPS = 10_000;

    /// @dev `Request` packed into seven slots; a slot that stays zero costs nothing.
    struct Stored {
        address requester;
        RequestState state;
        uint8 replicas;
        uint8 attempts;
        uint32 version;
        uint16 planIndex;
        uint8 resultKind;
        uint16 rejectCode;
        //
        uint64 modelId;
        uint64 drawRound;
        uint32 drawEpoch;
        uint40 deadline;
        uint40 until;
        //
        bytes32 binding;
        //
        address payee;
        uint32 noiseIndex;
        uint32 resultSize;
        //
        uint128 modelFee;
        uint128 nodeFee;
        //
        address token;
        uint96 auditFee;
        //
        bytes32 resultDigest;
    }

    struct StoredDuty {
        address node;
        DutyState state;
        uint40 dueBy;
        //
        uint128 bond;
    }

    /// @notice The model registry.
    IModelRegistry public immutable models;
    /// @notice Who serves what.
    IModelAccess public immutable access;
    /// @notice The node registry.
    INodeRegistry public immutable nodes;
    /// @notice The key registry.
    IKeyRegistry public immutable keys;
    /// @notice The vault.
    IBalances public immutable balances;
    /// @notice The randomness of draws.
    IEntropy public immutable entropy;

    uint32 internal immutable _acceptWindow;
    uint32 internal immutable _postWindow;
    uint32 internal immutable _challengeWindow;
    uint32 internal immutable _minimumTime;
    uint32 internal immutable _maximumTime;
    uint16 internal immutable _missPenaltyBps;
    uint8 internal immutable _maximumAttempts;
    uint96 internal immutable _redrawFee;

    uint256 internal _count;
    mapping(uint256 requestId => Stored) internal _requests;
    mapping(uint256 requestId => mapping(uint8 replica => StoredDuty)) internal _duties;
    /// @dev Nodes a request has drawn and lost; they are not drawn for it again.
    mapping(uint256 requestId => address[]) internal _tried;
    mapping(uint256 modelId => mapping(uint32 version => uint32)) internal _noiseUsed;

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
    ) EIP712("Cloakwork", "1") {
        if (address(models_) == address(0)) revert InferenceHub_BadParameter("models");
        if (address(access_) == address(0)) revert InferenceHub_BadParameter("access");
        if (address(nodes_) == address(0)) revert InferenceHub_BadParameter("nodes");
        if (address(keys_) == address(0)) revert InferenceHub_BadParameter("keys");
        if (address(balances_) == address(0)) revert InferenceHub_BadParameter("balances");
        if (address(entropy_) == address(0)) revert InferenceHub_BadParameter("entropy");
        if (p.acceptWindow == 0 || p.acceptWindow > 7 days) revert InferenceHub_BadParameter("acceptWindow");
        if (p.postWindow == 0 || p.postWindow > 30 days) revert InferenceHub_BadParameter("postWindow");
        if (p.challengeWindow == 0 || p.challengeWindow > 30 days) revert InferenceHub_BadParameter("challengeWindow");
        if (p.minimumTime == 0) revert InferenceHub_BadParameter("minimumTime");
        if (p.maximumTime < p.minimumTime || p.maximumTime > 90 days) revert InferenceHub_BadParameter("maximumTime");
        if (p.missPenaltyBps > BPS) revert InferenceHub_BadParameter("missPenaltyBps");
        if (p.maximumAttempts == 0) revert InferenceHub_BadParameter("maximumAttempts");
        if (p.redrawFee == 0) revert InferenceHub_BadParameter("redrawFee");
        models = models_;
        access = access_;
        nodes = nodes_;
        keys = keys_;
        balances = balances_;
        entropy = entropy_;
        _acceptWindow = p.acceptWindow;
        _postWindow = p.postWindow;
        _challengeWindow = p.challengeWindow;
        _minimumTime = p.minimumTime;
        _maximumTime = p.maximumTime;
        _missPenaltyBps = p.missPenaltyBps;
        _maximumAttempts = p.maximumAttempts;
        _redrawFee = p.redrawFee;
    }

    /// @inheritdoc IInferenceHub
    function parameters() external view returns (Parameters memory) {
        return
            Parameters({
                acceptWindow: _acceptWindow,
                postWindow: _postWindow,
                challengeWindow: _challengeWindow,
                minimumTime: _minimumTime,
                maximumTime: _maximumTime,
                missPenaltyBps: _missPenaltyBps,
                maximumAttempts: _maximumAttempts,
                redrawFee: _redrawFee
            });
    }

    /// @dev Ends a request with its escrow back in the requester's balance.
    function _refund(uint256 requestId, Stored storage r, RefundReason reason) internal {
        uint256 amount = uint256(r.modelFee) + uint256(r.nodeFee) * r.replicas + r.auditFee;
        r.state = RequestState.Refunded;
        emit Refunded(requestId, amount, reason);
        if (amount != 0) balances.move(r.token, r.requester, amount);
    }

    function _known(uint256 requestId) internal view returns (Stored storage r) {
        r = _requests[requestId];
        if (r.state == RequestState.None) revert InferenceHub_WrongState(requestId, RequestState.None);
    }

    function _inState(uint256 requestId, RequestState state) internal view returns (Stored storage r) {
        r = _requests[requestId];
        if (r.state != state) revert InferenceHub_WrongState(requestId, r.state);
    }

    /// @dev The caller's duty, in the state asked for and in time.
    function _dutyOfCaller(uint256 requestId, DutyState state) internal view returns (StoredDuty storage duty) {
        duty = _duties[requestId][0];
        if (duty.node != msg.sender || duty.state != state) {
            revert InferenceHub_NotYourDuty(requestId, msg.sender);
        }
        if (block.timestamp > duty.dueBy) revert InferenceHub_TooLate(requestId, duty.dueBy);
    }

    function _requireBinding(uint256 requestId, Stored storage r, bytes32 binding) internal view {
        if (binding != r.binding) revert InferenceHub_WrongBinding(requestId, binding, r.binding);
    }
}

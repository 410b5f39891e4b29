// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IBalances} from "../interfaces/IBalances.sol";
import {IEntropy} from "../interfaces/IEntropy.sol";
import {IHubTypes} from "../interfaces/IHubTypes.sol";
import {IKeyRegistry} from "../interfaces/IKeyRegistry.sol";
import {IModelAccess} from "../interfaces/IModelAccess.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {Bindings} from "../libraries/Bindings.sol";

/// @title HubState: what the hub remembers, whom it calls, and the ways into a request
/// @dev Escrows are this contract's own balance in `Balances`. Beside contracts named at deployment it calls only the
///      token a requester pays with.
abstract contract HubState is IHubTypes, EIP712, ReentrancyGuardTransient {
    uint256 internal constant BPS = 10_000;
    /// @dev `ResultRef.kind` of a rejection, which carries the parser's code as its size.
    uint8 internal constant KIND_REJECTION = 2;

    /// @dev `Request` packed: four slots when it is made, two more with its outcome, one with a token.
    struct Stored {
        address requester;
        uint96 modelFee;
        //
        address payee;
        uint96 nodeFee;
        //
        RequestState state;
        uint8 replicas;
        uint8 attempts;
        uint8 planIndex;
        uint32 version;
        uint48 modelId;
        uint48 drawRound;
        uint32 drawEpoch;
        uint40 deadline;
        uint16 noiseIndex;
        bool inToken;
        //
        bytes32 binding;
        //
        uint40 until;
        uint16 rejectCode;
        uint8 resultKind;
        uint32 resultSize;
        uint48 auditRound;
        /// @dev A challenge may come; the requester cannot settle at once any more.
        bool held;
        //
        bytes32 resultDigest;
        //
        address token;
    }

    struct StoredDuty {
        address node;
        DutyState state;
        uint40 dueBy;
        //
        uint128 bond;
        /// @dev With several replicas: the commitment while `Committed`, the receipt once revealed.
        bytes32 vote;
    }

    /// @dev A node a request had drawn and lost.
    struct Lost {
        address node;
        /// @dev It declined although it had its whole time; it neither came too late nor missed a deadline.
        bool declined;
    }

    /// @notice The contracts a hub calls, all known before it is deployed.
    /// @param models the model registry
    /// @param access who serves what
    /// @param nodes the node registry, which must name the hub as its hub
    /// @param keys the key registry
    /// @param balances the vault
    /// @param entropy randomness suitable for this chain
    /// @param disputes the contract for disputes
    struct Wiring {
        IModelRegistry models;
        IModelAccess access;
        INodeRegistry nodes;
        IKeyRegistry keys;
        IBalances balances;
        IEntropy entropy;
        address disputes;
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
    /// @notice The only contract that puts answers into dispute and takes them out again.
    address public immutable disputes;

    uint32 internal immutable _acceptWindow;
    uint32 internal immutable _postWindow;
    uint32 internal immutable _revealWindow;
    uint32 internal immutable _challengeWindow;
    uint32 internal immutable _minimumTime;
    uint32 internal immutable _maximumTime;
    uint16 internal immutable _missPenaltyBps;
    uint16 internal immutable _minorityPenaltyBps;
    uint16 internal immutable _auditFeeBps;
    uint8 internal immutable _maximumAttempts;
    uint96 internal immutable _redrawFee;

    uint256 internal _count;
    mapping(uint256 requestId => Stored) internal _requests;
    mapping(uint256 requestId => mapping(uint256 replica => StoredDuty)) internal _duties;
    /// @dev Nodes a request has drawn and lost; they are not drawn for it again.
    mapping(uint256 requestId => Lost[]) internal _tried;
    mapping(uint256 modelId => mapping(uint32 version => uint32)) internal _noiseUsed;
    /// @dev The seed of a request's draw, where replicas may have to be replaced.
    mapping(uint256 requestId => bytes32) internal _seeds;
    /// @dev What settled requests set aside for audits; part of this contract's balance like the escrows.
    mapping(uint256 modelId => mapping(address token => uint256)) internal _auditPools;
    /// @dev What an audit under way may cost, taken out of the pool.
    mapping(uint256 requestId => uint256) internal _auditBudgets;

    /// @param w the other contracts
    /// @param p windows and rates
    constructor(Wiring memory w, Parameters memory p) EIP712("Cloakwork", "1") {
        if (address(w.models) == address(0)) revert InferenceHub_BadParameter("models");
        if (address(w.access) == address(0)) revert InferenceHub_BadParameter("access");
        if (address(w.nodes) == address(0)) revert InferenceHub_BadParameter("nodes");
        if (address(w.keys) == address(0)) revert InferenceHub_BadParameter("keys");
        if (address(w.balances) == address(0)) revert InferenceHub_BadParameter("balances");
        if (address(w.entropy) == address(0)) revert InferenceHub_BadParameter("entropy");
        if (w.disputes == address(0)) revert InferenceHub_BadParameter("disputes");
        if (p.acceptWindow == 0 || p.acceptWindow > 7 days) revert InferenceHub_BadParameter("acceptWindow");
        if (p.postWindow == 0 || p.postWindow > 30 days) revert InferenceHub_BadParameter("postWindow");
        if (p.revealWindow == 0 || p.revealWindow > 7 days) revert InferenceHub_BadParameter("revealWindow");
        if (p.challengeWindow == 0 || p.challengeWindow > 30 days) revert InferenceHub_BadParameter("challengeWindow");
        if (p.minimumTime == 0) revert InferenceHub_BadParameter("minimumTime");
        if (p.maximumTime < p.minimumTime || p.maximumTime > 90 days) revert InferenceHub_BadParameter("maximumTime");
        if (p.missPenaltyBps > BPS) revert InferenceHub_BadParameter("missPenaltyBps");
        if (p.minorityPenaltyBps > BPS) revert InferenceHub_BadParameter("minorityPenaltyBps");
        if (p.auditFeeBps > BPS) revert InferenceHub_BadParameter("auditFeeBps");
        // Seven replicas use up to seven times as many draws, which are counted in eight bits.
        if (p.maximumAttempts == 0 || p.maximumAttempts > 32) revert InferenceHub_BadParameter("maximumAttempts");
        if (p.redrawFee == 0) revert InferenceHub_BadParameter("redrawFee");
        models = w.models;
        access = w.access;
        nodes = w.nodes;
        keys = w.keys;
        balances = w.balances;
        entropy = w.entropy;
        disputes = w.disputes;
        _acceptWindow = p.acceptWindow;
        _postWindow = p.postWindow;
        _revealWindow = p.revealWindow;
        _challengeWindow = p.challengeWindow;
        _minimumTime = p.minimumTime;
        _maximumTime = p.maximumTime;
        _missPenaltyBps = p.missPenaltyBps;
        _minorityPenaltyBps = p.minorityPenaltyBps;
        _auditFeeBps = p.auditFeeBps;
        _maximumAttempts = p.maximumAttempts;
        _redrawFee = p.redrawFee;
    }

    /// @inheritdoc IHubTypes
    function parameters() external view returns (Parameters memory) {
        return
            Parameters({
                acceptWindow: _acceptWindow,
                postWindow: _postWindow,
                revealWindow: _revealWindow,
                challengeWindow: _challengeWindow,
                minimumTime: _minimumTime,
                maximumTime: _maximumTime,
                missPenaltyBps: _missPenaltyBps,
                minorityPenaltyBps: _minorityPenaltyBps,
                auditFeeBps: _auditFeeBps,
                maximumAttempts: _maximumAttempts,
                redrawFee: _redrawFee
            });
    }

    /// @dev Ends a request with its escrow back in the requester's balance.
    function _refund(uint256 requestId, Stored storage r, RefundReason reason) internal {
        uint256 amount = uint256(r.modelFee) + uint256(r.nodeFee) * r.replicas + _auditFee(r.nodeFee);
        r.state = RequestState.Refunded;
        emit Refunded(requestId, amount, reason);
        if (amount != 0) balances.move(_tokenOf(r), r.requester, amount);
    }

    function _known(uint256 requestId) internal view returns (Stored storage r) {
        r = _requests[requestId];
        if (r.state == RequestState.None) revert InferenceHub_WrongState(requestId, RequestState.None);
    }

    function _inState(uint256 requestId, RequestState state) internal view returns (Stored storage r) {
        r = _requests[requestId];
        if (r.state != state) revert InferenceHub_WrongState(requestId, r.state);
    }

    /// @dev The caller's duty, in the state asked for and in time. A node has at most one in a request.
    function _dutyOfCaller(
        uint256 requestId,
        Stored storage r,
        DutyState state
    ) internal view returns (StoredDuty storage duty, uint8 replica) {
        uint8 count = r.replicas;
        for (; replica < count; ++replica) {
            duty = _duties[requestId][replica];
            if (duty.node != msg.sender || duty.state != state) continue;
            if (block.timestamp > duty.dueBy) revert InferenceHub_TooLate(requestId, duty.dueBy);
            return (duty, replica);
        }
        revert InferenceHub_NotYourDuty(requestId, msg.sender);
    }

    function _requireBinding(uint256 requestId, Stored storage r, bytes32 binding) internal view {
        if (binding != r.binding) revert InferenceHub_WrongBinding(requestId, binding, r.binding);
    }

    /// @dev A request in ether does not pay for reading a slot that is zero.
    function _tokenOf(Stored storage r) internal view returns (address) {
        return r.inToken ? r.token : address(0);
    }

    /// @dev The digest of an answer to a request: what nodes commit to, and what a receipt states.
    function _receipt(bytes32 binding, uint8 kind, uint32 size, bytes32 digest) internal view returns (bytes32) {
        return _hashTypedDataV4(Bindings.hashReceipt(binding, kind, size, digest));
    }

    /// @dev What a request sets aside for audits; the same for any number of replicas.
    function _auditFee(uint256 nodeFee) internal view returns (uint256) {
        return (nodeFee * _auditFeeBps) / BPS;
    }

    /// @dev More than half of the replicas that were asked for.
    function _majorityOf(uint8 replicas) internal pure returns (uint8) {
        return replicas / 2 + 1;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IBalances} from "./interfaces/IBalances.sol";
import {IEntropy} from "./interfaces/IEntropy.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {IKeyRegistry} from "./interfaces/IKeyRegistry.sol";
import {IModelAccess} from "./interfaces/IModelAccess.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {Bindings} from "./libraries/Bindings.sol";
import {Digests} from "./libraries/Digests.sol";
import {Draws} from "./libraries/Draws.sol";

/// @title InferenceHub
/// @dev Escrows are this contract's own balance in `Balances`. It calls only contracts named at deployment.
contract InferenceHub is IInferenceHub, EIP712, ReentrancyGuardTransient {
    /// @notice Largest result that travels in an event, bytes.
    uint256 public constant MAX_INLINE = 8192;
    /// @notice Largest input, bytes.
    uint64 public constant MAX_INPUT = 1 << 30;
    /// @notice Noise seeds of a version (formats.md section 1).
    uint32 public constant NOISE_SEEDS = 65_536;
    uint256 private constant BPS = 10_000;

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

    uint32 private immutable _acceptWindow;
    uint32 private immutable _postWindow;
    uint32 private immutable _challengeWindow;
    uint32 private immutable _minimumTime;
    uint32 private immutable _maximumTime;
    uint16 private immutable _missPenaltyBps;
    uint8 private immutable _maximumAttempts;
    uint96 private immutable _redrawFee;

    uint256 private _count;
    mapping(uint256 requestId => Stored) private _requests;
    mapping(uint256 requestId => mapping(uint8 replica => StoredDuty)) private _duties;
    /// @dev Nodes a request has drawn and lost; they are not drawn for it again.
    mapping(uint256 requestId => address[]) private _tried;
    mapping(uint256 modelId => mapping(uint32 version => uint32)) private _noiseUsed;

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
    function request(RequestParams calldata params) external payable nonReentrant returns (uint256 requestId) {
        (Quote memory price, Binding memory binding, address payee) = _prepare(params);
        if (price.total > params.maxFee) revert InferenceHub_FeeTooHigh(price.total, params.maxFee);
        if (msg.value != price.total) revert InferenceHub_WrongPayment(msg.value, price.total);

        requestId = ++_count;
        binding.requestId = requestId;
        binding.noiseIndex = _noiseUsed[params.modelId][params.version]++;
        if (binding.noiseIndex >= NOISE_SEEDS) {
            revert InferenceHub_VersionExhausted(params.modelId, params.version);
        }
        Stored storage r = _requests[requestId];
        r.requester = msg.sender;
        r.state = RequestState.Requested;
        r.replicas = params.replicas;
        r.version = params.version;
        r.planIndex = params.planIndex;
        r.modelId = uint64(params.modelId);
        r.drawRound = entropy.commit();
        r.drawEpoch = access.currentEpoch();
        r.deadline = uint40(params.deadline);
        r.binding = _hashTypedDataV4(Bindings.hash(binding));
        r.payee = payee;
        r.noiseIndex = binding.noiseIndex;
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
            r.drawRound
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
    function assign(uint256 requestId) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Requested);
        if (block.timestamp > r.deadline) revert InferenceHub_TooLate(requestId, r.deadline);
        (IEntropy.Status status, bytes32 seed) = _drawOf(r);
        if (status == IEntropy.Status.Pending) revert InferenceHub_DrawPending(requestId, r.drawRound);
        if (status == IEntropy.Status.Expired) revert InferenceHub_DrawExpired(requestId, r.drawRound);
        (address node, uint256 bond) = _draw(requestId, r, seed);
        if (node == address(0)) {
            _refund(requestId, r, RefundReason.NoNodeLeft);
            return;
        }
        uint40 acceptBy = uint40(block.timestamp) + _acceptWindow;
        r.state = RequestState.Assigned;
        _duties[requestId][0] = StoredDuty({
            node: node,
            state: DutyState.Assigned,
            dueBy: acceptBy,
            bond: uint128(bond)
        });
        emit Assigned(requestId, node, 0, bond, acceptBy);
        nodes.lock(node, bond);
    }

    /// @inheritdoc IInferenceHub
    function redraw(uint256 requestId) external payable nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Requested);
        if (block.timestamp > r.deadline) revert InferenceHub_TooLate(requestId, r.deadline);
        (IEntropy.Status status, ) = _drawOf(r);
        if (status != IEntropy.Status.Expired) revert InferenceHub_DrawNotExpired(requestId, r.drawRound);
        if (msg.value != _redrawFee) revert InferenceHub_WrongPayment(msg.value, _redrawFee);
        _startDraw(requestId, r);
        balances.deposit{value: msg.value}(address(this));
        balances.burn(address(0), msg.value);
    }

    /// @inheritdoc IInferenceHub
    function accept(uint256 requestId, bytes32 binding) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Assigned);
        StoredDuty storage duty = _dutyOfCaller(requestId, DutyState.Assigned);
        _requireBinding(requestId, r, binding);
        if (block.timestamp >= r.deadline) revert InferenceHub_TooLate(requestId, r.deadline);
        uint40 postBy = uint40(block.timestamp) + _postWindow;
        if (postBy > r.deadline) postBy = r.deadline;
        r.state = RequestState.Accepted;
        duty.state = DutyState.Accepted;
        duty.dueBy = postBy;
        emit Accepted(requestId, msg.sender, 0, postBy);
    }

    /// @inheritdoc IInferenceHub
    function decline(uint256 requestId) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Assigned);
        StoredDuty storage duty = _dutyOfCaller(requestId, DutyState.Assigned);
        uint256 bond = duty.bond;
        duty.state = DutyState.Declined;
        emit Declined(requestId, msg.sender, 0);
        _drawAnother(requestId, r, msg.sender);
        nodes.unlock(msg.sender, bond, false);
        nodes.recordDecline(msg.sender);
    }

    /// @inheritdoc IInferenceHub
    function reject(uint256 requestId, bytes32 binding, uint16 code) external nonReentrant {
        Stored storage r = _requests[requestId];
        if (r.state != RequestState.Assigned && r.state != RequestState.Accepted) {
            revert InferenceHub_WrongState(requestId, r.state);
        }
        StoredDuty storage duty = _dutyOfCaller(
            requestId,
            r.state == RequestState.Assigned ? DutyState.Assigned : DutyState.Accepted
        );
        _requireBinding(requestId, r, binding);
        if (code == 0) revert InferenceHub_BadRejectCode();
        uint40 until = uint40(block.timestamp) + _challengeWindow;
        r.state = RequestState.Rejected;
        r.rejectCode = code;
        r.until = until;
        duty.state = DutyState.Rejected;
        emit Rejected(requestId, msg.sender, code, until);
    }

    /// @inheritdoc IInferenceHub
    function post(uint256 requestId, ResultRef calldata result) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Accepted);
        StoredDuty storage duty = _dutyOfCaller(requestId, DutyState.Accepted);
        _requireResult(result);
        uint40 until = uint40(block.timestamp) + _challengeWindow;
        r.state = RequestState.Posted;
        r.resultKind = result.kind;
        r.resultSize = result.size;
        r.resultDigest = result.digest;
        r.until = until;
        duty.state = DutyState.Posted;
        emit Posted(requestId, msg.sender, result, until);
    }

    /// @inheritdoc IInferenceHub
    function settle(uint256 requestId) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Posted);
        if (block.timestamp <= r.until && msg.sender != r.requester) {
            revert InferenceHub_TooEarly(requestId, r.until);
        }
        StoredDuty storage duty = _duties[requestId][0];
        r.state = RequestState.Settled;
        duty.state = DutyState.Released;
        emit Settled(requestId, r.nodeFee, r.modelFee);
        nodes.unlock(duty.node, duty.bond, true);
        address[] memory to = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (to[0], amounts[0]) = (duty.node, r.nodeFee);
        (to[1], amounts[1]) = (r.payee, r.modelFee);
        balances.moveMany(r.token, to, amounts);
    }

    /// @inheritdoc IInferenceHub
    function reassign(uint256 requestId) external nonReentrant {
        Stored storage r = _requests[requestId];
        if (r.state != RequestState.Assigned && r.state != RequestState.Accepted) {
            revert InferenceHub_WrongState(requestId, r.state);
        }
        if (block.timestamp > r.deadline) revert InferenceHub_TooLate(requestId, r.deadline);
        StoredDuty storage duty = _duties[requestId][0];
        if (block.timestamp <= duty.dueBy) revert InferenceHub_TooEarly(requestId, duty.dueBy);
        address node = duty.node;
        uint256 bond = duty.bond;
        uint256 penalty = _miss(requestId, duty);
        _drawAnother(requestId, r, node);
        nodes.slash(node, bond, penalty, address(0));
    }

    /// @inheritdoc IInferenceHub
    function refund(uint256 requestId) external nonReentrant {
        Stored storage r = _requests[requestId];
        RequestState state = r.state;
        StoredDuty storage duty = _duties[requestId][0];
        address node = duty.node;
        uint256 bond = duty.bond;
        if (state == RequestState.Rejected) {
            if (block.timestamp <= r.until && msg.sender != r.requester) {
                revert InferenceHub_TooEarly(requestId, r.until);
            }
            duty.state = DutyState.Released;
            _refund(requestId, r, RefundReason.InputRejected);
            nodes.unlock(node, bond, true);
            return;
        }
        if (state != RequestState.Requested && state != RequestState.Assigned && state != RequestState.Accepted)
            revert InferenceHub_WrongState(requestId, state);
        if (block.timestamp <= r.deadline) revert InferenceHub_TooEarly(requestId, r.deadline);
        if (state == RequestState.Requested) {
            _refund(requestId, r, RefundReason.DeadlinePassed);
        } else if (block.timestamp > duty.dueBy) {
            uint256 penalty = _miss(requestId, duty);
            _refund(requestId, r, RefundReason.DeadlinePassed);
            nodes.slash(node, bond, penalty, address(0));
        } else {
            // Drawn so late that its time to accept is not over: no fault of the node.
            duty.state = DutyState.Released;
            _refund(requestId, r, RefundReason.DeadlinePassed);
            nodes.unlock(node, bond, false);
        }
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

    /// @inheritdoc IInferenceHub
    function hashBinding(Binding calldata binding) external view returns (bytes32) {
        return _hashTypedDataV4(Bindings.hash(binding));
    }

    /// @inheritdoc IInferenceHub
    function receiptOf(uint256 requestId) external view returns (bytes32) {
        Stored storage r = _known(requestId);
        if (r.state != RequestState.Posted && r.state != RequestState.Settled) {
            revert InferenceHub_WrongState(requestId, r.state);
        }
        return _hashTypedDataV4(Bindings.hashReceipt(r.binding, r.resultKind, r.resultSize, r.resultDigest));
    }

    /// @inheritdoc IInferenceHub
    function requestCount() external view returns (uint256) {
        return _count;
    }

    /// @inheritdoc IInferenceHub
    function noiseUsed(uint256 modelId, uint32 version) external view returns (uint32) {
        return _noiseUsed[modelId][version];
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

    /// @dev Every check of a new request that does not depend on the money, and what is bound but for id and noise index.
    function _prepare(
        RequestParams calldata params
    ) private view returns (Quote memory price, Binding memory binding, address payee) {
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
        if (!access.isServed(params.modelId, params.version, access.currentEpoch())) {
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

    /// @dev Draws among those who served when the draw was started. A drawn node that cannot serve is passed over and
    ///      the draw repeated without it: nobody else's readiness can change on whom the draw falls.
    function _draw(
        uint256 requestId,
        Stored storage r,
        bytes32 seed
    ) private view returns (address node, uint256 bond) {
        (address[] memory serving, uint256[] memory bonds) = access.membersAt(r.modelId, r.version, r.drawEpoch);
        uint256[] memory weights = new uint256[](bonds.length);
        uint256 total;
        address[] memory tried = _tried[requestId];
        for (uint256 i = 0; i < serving.length; ++i) {
            if (_contains(tried, serving[i])) continue;
            weights[i] = bonds[i];
            total += bonds[i];
        }
        for (uint256 round = 0; total != 0; ++round) {
            uint256 index = Draws.pick(weights, total, keccak256(abi.encode(seed, requestId, round)));
            if (nodes.canServe(serving[index], bonds[index], r.token)) return (serving[index], bonds[index]);
            total -= weights[index];
            weights[index] = 0;
        }
    }

    /// @dev What decides the running draw; a draw whose list of nodes is not kept any more has expired too.
    function _drawOf(Stored storage r) private view returns (IEntropy.Status status, bytes32 seed) {
        (status, seed) = entropy.seedOf(r.drawRound);
        if (status == IEntropy.Status.Ready && r.drawEpoch < access.oldestEpoch()) {
            return (IEntropy.Status.Expired, bytes32(0));
        }
    }

    function _startDraw(uint256 requestId, Stored storage r) private {
        r.state = RequestState.Requested;
        r.drawRound = entropy.commit();
        r.drawEpoch = access.currentEpoch();
        emit DrawStarted(requestId, r.drawRound, r.drawEpoch);
    }

    /// @dev After `lost` gave up or missed its duty: draws another node, or refunds after the last attempt.
    function _drawAnother(uint256 requestId, Stored storage r, address lost) private {
        _tried[requestId].push(lost);
        if (++r.attempts >= _maximumAttempts) _refund(requestId, r, RefundReason.NoNodeLeft);
        else _startDraw(requestId, r);
    }

    /// @dev Marks a duty as missed and says what that costs.
    function _miss(uint256 requestId, StoredDuty storage duty) private returns (uint256 penalty) {
        penalty = (uint256(duty.bond) * _missPenaltyBps) / BPS;
        duty.state = DutyState.Missed;
        emit Missed(requestId, duty.node, 0, penalty);
    }

    /// @dev Ends a request with its escrow back in the requester's balance.
    function _refund(uint256 requestId, Stored storage r, RefundReason reason) private {
        uint256 amount = uint256(r.modelFee) + uint256(r.nodeFee) * r.replicas + r.auditFee;
        r.state = RequestState.Refunded;
        emit Refunded(requestId, amount, reason);
        if (amount != 0) balances.move(r.token, r.requester, amount);
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

    function _known(uint256 requestId) private view returns (Stored storage r) {
        r = _requests[requestId];
        if (r.state == RequestState.None) revert InferenceHub_WrongState(requestId, RequestState.None);
    }

    function _inState(uint256 requestId, RequestState state) private view returns (Stored storage r) {
        r = _requests[requestId];
        if (r.state != state) revert InferenceHub_WrongState(requestId, r.state);
    }

    /// @dev The caller's duty, in the state asked for and in time.
    function _dutyOfCaller(uint256 requestId, DutyState state) private view returns (StoredDuty storage duty) {
        duty = _duties[requestId][0];
        if (duty.node != msg.sender || duty.state != state) {
            revert InferenceHub_NotYourDuty(requestId, msg.sender);
        }
        if (block.timestamp > duty.dueBy) revert InferenceHub_TooLate(requestId, duty.dueBy);
    }

    function _requireBinding(uint256 requestId, Stored storage r, bytes32 binding) private view {
        if (binding != r.binding) revert InferenceHub_WrongBinding(requestId, binding, r.binding);
    }

    /// @dev One replica for now: the challenge window of a single node's result.
    function _requireReplicas(uint8 replicas) private pure {
        if (replicas != 1) revert InferenceHub_BadReplicas(replicas);
    }

    /// @dev An inline result must have the digest it claims; a blob's is checked by whoever fetches it.
    function _requireResult(ResultRef calldata result) private pure {
        uint256 length = result.data.length;
        if (result.kind == 0) {
            if (length == 0 || length > MAX_INLINE || length != result.size) {
                revert InferenceHub_BadResult(result.kind, result.size, length);
            }
            bytes32 actual = Digests.blobRoot(result.data);
            if (actual != result.digest) revert InferenceHub_WrongResultDigest(result.digest, actual);
        } else if (result.kind != 1 || length != 0 || result.size == 0 || result.digest == bytes32(0)) {
            revert InferenceHub_BadResult(result.kind, result.size, length);
        }
    }

    function _contains(address[] memory list, address item) private pure returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] == item) return true;
        }
        return false;
    }
}

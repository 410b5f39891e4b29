// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {Bindings} from "../libraries/Bindings.sol";
import {Digests} from "../libraries/Digests.sol";
import {HubDuties} from "./HubDuties.sol";

/// @title HubResults: results, rejections, and how the money goes
abstract contract HubResults is HubDuties {
    /// @notice Largest result that travels in an event, bytes.
    uint256 public constant MAX_INLINE = 8192;

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
            // A rejection is no result: it does not end a row of declines.
            nodes.unlock(node, bond, false);
            return;
        }
        if (state != RequestState.Requested && state != RequestState.Assigned && state != RequestState.Accepted)
            revert InferenceHub_WrongState(requestId, state);
        if (block.timestamp <= r.deadline) revert InferenceHub_TooEarly(requestId, r.deadline);
        if (state == RequestState.Requested) {
            _refund(requestId, r, RefundReason.DeadlinePassed);
        } else if (duty.dueBy <= r.deadline) {
            uint256 penalty = _miss(requestId, duty);
            _refund(requestId, r, RefundReason.DeadlinePassed);
            nodes.slash(node, bond, penalty, address(0));
        } else {
            // Drawn so late that it had less than its time to accept before the deadline: no fault of the node.
            duty.state = DutyState.Released;
            _refund(requestId, r, RefundReason.DeadlinePassed);
            nodes.unlock(node, bond, false);
        }
    }

    /// @inheritdoc IInferenceHub
    function receiptOf(uint256 requestId) external view returns (bytes32) {
        Stored storage r = _known(requestId);
        if (r.state != RequestState.Posted && r.state != RequestState.Settled) {
            revert InferenceHub_WrongState(requestId, r.state);
        }
        return _hashTypedDataV4(Bindings.hashReceipt(r.binding, r.resultKind, r.resultSize, r.resultDigest));
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
}

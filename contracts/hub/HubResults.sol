// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {HubAnswers} from "./HubAnswers.sol";

/// @title HubResults: results and rejections of a single node, and how the money goes
abstract contract HubResults is HubAnswers, IInferenceHub {
    /// @inheritdoc IInferenceHub
    function reject(uint256 requestId, bytes32 binding, uint16 code) external nonReentrant {
        Stored storage r = _requests[requestId];
        if ((r.state != RequestState.Assigned && r.state != RequestState.Accepted) || r.replicas > 1) {
            revert InferenceHub_WrongState(requestId, r.state);
        }
        (StoredDuty storage duty, ) = _dutyOfCaller(
            requestId,
            r,
            r.state == RequestState.Assigned ? DutyState.Assigned : DutyState.Accepted
        );
        _requireBinding(requestId, r, binding);
        if (code == 0) revert InferenceHub_BadRejectCode();
        duty.state = DutyState.Rejected;
        _setAnswer(r, KIND_REJECTION, code, bytes32(0));
        _reject(requestId, r, msg.sender);
    }

    /// @inheritdoc IInferenceHub
    function post(uint256 requestId, ResultRef calldata result) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Accepted);
        (StoredDuty storage duty, ) = _dutyOfCaller(requestId, r, DutyState.Accepted);
        _requireResult(result);
        duty.state = DutyState.Posted;
        _setAnswer(r, result.kind, result.size, result.digest);
        uint40 until = _stand(r, RequestState.Posted);
        emit Posted(requestId, msg.sender, result, until);
    }

    /// @inheritdoc IInferenceHub
    function settle(uint256 requestId) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Posted);
        _requireOver(requestId, r);
        r.state = RequestState.Settled;
        (address[] memory right, uint256 count) = _endDuties(requestId, r, true);
        if (r.attempts != 0) _countDeclines(requestId, r.modelId, count);
        uint256 nodeFee = r.nodeFee;
        uint256 rest = nodeFee * (right.length - count);
        emit Settled(requestId, nodeFee * count, r.modelFee);
        uint256 auditFee = _auditFee(nodeFee);
        address token = _tokenOf(r);
        if (auditFee != 0) _auditPools[r.modelId][token] += auditFee;
        address[] memory to = new address[](count + (rest == 0 ? 1 : 2));
        uint256[] memory amounts = new uint256[](to.length);
        for (uint256 i = 0; i < count; ++i) (to[i], amounts[i]) = (right[i], nodeFee);
        (to[count], amounts[count]) = (r.payee, r.modelFee);
        if (rest != 0) (to[count + 1], amounts[count + 1]) = (r.requester, rest);
        balances.moveMany(token, to, amounts);
    }

    /// @inheritdoc IInferenceHub
    function refund(uint256 requestId) external nonReentrant {
        Stored storage r = _requests[requestId];
        RequestState state = r.state;
        if (state == RequestState.Rejected) {
            _requireOver(requestId, r);
            _refund(requestId, r, RefundReason.InputRejected);
            // A rejection is no result: it does not end a row of declines.
            _endDuties(requestId, r, false);
            return;
        }
        bool single = (state == RequestState.Assigned || state == RequestState.Accepted) && r.replicas == 1;
        if (state != RequestState.Requested && !single) revert InferenceHub_WrongState(requestId, state);
        if (block.timestamp <= r.deadline) revert InferenceHub_TooEarly(requestId, r.deadline);
        _refund(requestId, r, RefundReason.DeadlinePassed);
        if (single) _endInVain(requestId, r, 0, _duties[requestId][0]);
    }

    /// @inheritdoc IInferenceHub
    function receiptOf(uint256 requestId) external view returns (bytes32) {
        Stored storage r = _known(requestId);
        if (r.state != RequestState.Posted && r.state != RequestState.Settled) {
            revert InferenceHub_WrongState(requestId, r.state);
        }
        return _standingReceipt(r);
    }

    /// @inheritdoc IInferenceHub
    function hashReceipt(bytes32 binding, uint8 kind, uint32 size, bytes32 digest) external view returns (bytes32) {
        return _receipt(binding, kind, size, digest);
    }

    /// @inheritdoc IInferenceHub
    function auditPoolOf(uint256 modelId, address token) external view returns (uint256) {
        return _auditPools[modelId][token];
    }

    /// @dev That others were paid shows that the request could be served. Where more declined than were paid, it could not
    ///      be served by all, and nobody is counted: whoever withholds an input suspends no node by it.
    function _countDeclines(uint256 requestId, uint256 modelId, uint256 paid) private {
        Lost[] memory tried = _tried[requestId];
        uint256 declined;
        for (uint256 i = 0; i < tried.length; ++i) if (tried[i].declined) ++declined;
        if (declined > paid) return;
        for (uint256 i = 0; i < tried.length; ++i) if (tried[i].declined) nodes.recordDecline(tried[i].node, modelId);
    }

    /// @dev The requester need not wait for the window's end, unless a challenge may come.
    function _requireOver(uint256 requestId, Stored storage r) private view {
        if (block.timestamp <= r.until && (msg.sender != r.requester || r.held)) {
            revert InferenceHub_TooEarly(requestId, r.until);
        }
    }
}

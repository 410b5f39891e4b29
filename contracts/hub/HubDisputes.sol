// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHubExtension} from "../interfaces/IHubExtension.sol";
import {HubAnswers} from "./HubAnswers.sol";

/// @title HubDisputes: an answer held, disputed, and upheld or replaced by the contract for disputes
abstract contract HubDisputes is HubAnswers, IHubExtension {
    modifier onlyDisputes() {
        if (msg.sender != disputes) revert InferenceHub_NotDisputes(msg.sender);
        _;
    }

    /// @inheritdoc IHubExtension
    function hold(uint256 requestId, uint32 time) external onlyDisputes nonReentrant returns (uint64) {
        Stored storage r = _answered(requestId);
        uint40 until = r.until;
        uint40 latest = r.held ? until - time : until;
        if (block.timestamp > latest) revert InferenceHub_TooLate(requestId, latest);
        if (r.held) return until;
        until += time;
        r.held = true;
        r.until = until;
        emit Held(requestId, until);
        return until;
    }

    /// @inheritdoc IHubExtension
    function dispute(uint256 requestId, uint8 payees) external onlyDisputes nonReentrant returns (bytes32 answer) {
        Stored storage r = _answered(requestId);
        if (block.timestamp > r.until) revert InferenceHub_TooLate(requestId, r.until);
        answer = _standingReceipt(r);
        r.state = RequestState.Challenged;
        if (payees != 0) {
            uint256 cost = uint256(r.nodeFee) * payees;
            uint256 pool = _auditPools[r.modelId][_tokenOf(r)];
            if (pool < cost) revert InferenceHub_AuditPoolTooSmall(r.modelId, pool, cost);
            _auditPools[r.modelId][_tokenOf(r)] = pool - cost;
            _auditBudgets[requestId] = cost;
        }
        emit Challenged(requestId);
    }

    /// @inheritdoc IHubExtension
    function resolve(
        uint256 requestId,
        Verdict verdict,
        ResultRef calldata answer,
        address[] calldata payees
    ) external onlyDisputes nonReentrant returns (uint256 slashed) {
        Stored storage r = _inState(requestId, RequestState.Challenged);
        // No second dispute: whoever wants may settle now.
        r.until = 0;
        emit Resolved(requestId, verdict);
        if (verdict == Verdict.Unavailable) {
            _releaseAll(requestId, r.replicas);
            _refund(requestId, r, RefundReason.InputUnavailable);
        } else {
            if (verdict != Verdict.Stands) slashed = _overrule(requestId, r, answer);
            r.state = r.resultKind == KIND_REJECTION ? RequestState.Rejected : RequestState.Posted;
        }
        _payAudit(requestId, r, payees);
    }

    /// @dev Whoever gave the standing answer loses the bond of its duty; another answer stands, or the same without them.
    function _overrule(
        uint256 requestId,
        Stored storage r,
        ResultRef calldata answer
    ) private returns (uint256 slashed) {
        _requireAnswer(answer);
        bytes32 wrong = _standingReceipt(r);
        uint8 replicas = r.replicas;
        for (uint8 i = 0; i < replicas; ++i) {
            StoredDuty storage duty = _duties[requestId][i];
            if (duty.state != DutyState.Posted && duty.state != DutyState.Rejected) continue;
            if (replicas > 1 && duty.vote != wrong) continue;
            uint256 bond = duty.bond;
            duty.state = DutyState.Overruled;
            slashed += bond;
            emit Overruled(requestId, duty.node, i, bond);
            nodes.slash(duty.node, bond, bond, disputes);
        }
        _setAnswer(r, answer.kind, answer.size, answer.digest);
        if (answer.kind == KIND_REJECTION) emit Rejected(requestId, address(0), uint16(answer.size), 0);
        else emit Posted(requestId, address(0), answer, 0);
    }

    function _payAudit(uint256 requestId, Stored storage r, address[] calldata payees) private {
        uint256 budget = _auditBudgets[requestId];
        if (budget == 0) return;
        delete _auditBudgets[requestId];
        address token = _tokenOf(r);
        uint256 fee = r.nodeFee;
        uint256[] memory amounts = new uint256[](payees.length);
        for (uint256 i = 0; i < payees.length; ++i) amounts[i] = fee;
        _auditPools[r.modelId][token] += budget - fee * payees.length;
        balances.moveMany(token, payees, amounts);
    }

    /// @dev A request whose answer can still be settled.
    function _answered(uint256 requestId) private view returns (Stored storage r) {
        r = _requests[requestId];
        if (r.state != RequestState.Posted && r.state != RequestState.Rejected) {
            revert InferenceHub_WrongState(requestId, r.state);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEntropy} from "../interfaces/IEntropy.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {HubDuties} from "./HubDuties.sol";

/// @title HubAssignments: draws, and duties taken
abstract contract HubAssignments is HubDuties, IInferenceHub {
    /// @inheritdoc IInferenceHub
    function assign(uint256 requestId) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Requested);
        if (block.timestamp > r.deadline) revert InferenceHub_TooLate(requestId, r.deadline);
        (IEntropy.Status status, bytes32 seed) = _drawOf(r);
        if (status == IEntropy.Status.Pending) revert InferenceHub_DrawPending(requestId, r.drawRound);
        if (status == IEntropy.Status.Expired) revert InferenceHub_DrawExpired(requestId, r.drawRound);
        uint8 replicas = r.replicas;
        Urn memory urn = _urn(requestId, r, seed);
        address[] memory drawn = new address[](replicas);
        uint256[] memory bonds = new uint256[](replicas);
        uint8 count;
        for (; count < replicas; ++count) {
            (drawn[count], bonds[count]) = _draw(urn, r);
            if (drawn[count] == address(0)) break;
        }
        if (count < _majorityOf(replicas)) {
            _refund(requestId, r, RefundReason.NoNodeLeft);
            return;
        }
        r.state = RequestState.Assigned;
        if (replicas > 1) _seeds[requestId] = seed;
        for (uint8 i = 0; i < count; ++i) _seat(requestId, i, drawn[i], bonds[i]);
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
        (StoredDuty storage duty, uint8 replica) = _dutyOfCaller(requestId, r, DutyState.Assigned);
        _requireBinding(requestId, r, binding);
        if (block.timestamp >= r.deadline) revert InferenceHub_TooLate(requestId, r.deadline);
        uint40 postBy = uint40(block.timestamp) + _postWindow;
        if (postBy > r.deadline) postBy = r.deadline;
        if (r.replicas == 1) r.state = RequestState.Accepted;
        duty.state = DutyState.Accepted;
        duty.dueBy = postBy;
        emit Accepted(requestId, msg.sender, replica, postBy);
    }
}

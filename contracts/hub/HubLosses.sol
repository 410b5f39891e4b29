// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHubExtension} from "../interfaces/IHubExtension.sol";
import {HubDuties} from "./HubDuties.sol";

/// @title HubLosses: duties declined and missed, and who takes them over
abstract contract HubLosses is HubDuties, IHubExtension {
    /// @inheritdoc IHubExtension
    function decline(uint256 requestId) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Assigned);
        (StoredDuty storage duty, uint8 replica) = _dutyOfCaller(requestId, r, DutyState.Assigned);
        uint256 bond = duty.bond;
        // Whoever waits with `assign` until nobody can accept any more must not get nodes suspended by it.
        bool declined = duty.dueBy <= r.deadline;
        duty.state = DutyState.Declined;
        emit Declined(requestId, msg.sender, replica);
        _replace(requestId, r, replica, Lost(msg.sender, declined));
        nodes.unlock(msg.sender, bond);
        if (r.replicas > 1) _advance(requestId, r, RefundReason.NoNodeLeft);
    }

    /// @inheritdoc IHubExtension
    function reassign(uint256 requestId) external nonReentrant {
        Stored storage r = _requests[requestId];
        if (r.state != RequestState.Assigned && r.state != RequestState.Accepted) {
            revert InferenceHub_WrongState(requestId, r.state);
        }
        if (block.timestamp > r.deadline) revert InferenceHub_TooLate(requestId, r.deadline);
        uint8 replicas = r.replicas;
        uint40 next = type(uint40).max;
        bool any;
        for (uint8 i = 0; i < replicas; ++i) {
            StoredDuty storage duty = _duties[requestId][i];
            if (duty.state != DutyState.Assigned && duty.state != DutyState.Accepted) continue;
            if (block.timestamp <= duty.dueBy) {
                if (duty.dueBy < next) next = duty.dueBy;
                continue;
            }
            any = true;
            address node = duty.node;
            _miss(requestId, i, duty);
            _replace(requestId, r, i, Lost(node, false));
        }
        if (!any) revert InferenceHub_TooEarly(requestId, next);
        if (replicas > 1) _advance(requestId, r, RefundReason.NoNodeLeft);
    }

    /// @dev After a node gave up or missed its duty. A request's only replica is drawn anew, or the request refunded after
    ///      the last attempt. One of several goes to the next node of the same draw, or stays empty.
    function _replace(uint256 requestId, Stored storage r, uint8 replica, Lost memory lost) private {
        _tried[requestId].push(lost);
        uint8 attempts = ++r.attempts;
        uint8 replicas = r.replicas;
        if (replicas == 1) {
            if (attempts >= _maximumAttempts) _refund(requestId, r, RefundReason.NoNodeLeft);
            else _startDraw(requestId, r);
        } else if (attempts <= (_maximumAttempts - 1) * replicas && r.drawEpoch >= access.oldestEpoch()) {
            (address node, uint256 bond) = _draw(_urn(requestId, r, _seeds[requestId]), r);
            if (node != address(0)) _seat(requestId, replica, node, bond);
        }
    }
}

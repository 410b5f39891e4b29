// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEntropy} from "../interfaces/IEntropy.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {Draws} from "../libraries/Draws.sol";
import {HubState} from "./HubState.sol";

/// @title HubDuties: drawing nodes, and duties taken, declined and missed
abstract contract HubDuties is HubState {
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
        // Whoever waits with `assign` until nobody can accept any more must not get nodes suspended by it.
        bool counts = duty.dueBy <= r.deadline;
        duty.state = DutyState.Declined;
        emit Declined(requestId, msg.sender, 0);
        _drawAnother(requestId, r, msg.sender);
        nodes.unlock(msg.sender, bond, false);
        if (counts) nodes.recordDecline(msg.sender);
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

    /// @dev Marks a duty as missed and says what that costs.
    function _miss(uint256 requestId, StoredDuty storage duty) internal returns (uint256 penalty) {
        penalty = (uint256(duty.bond) * _missPenaltyBps) / BPS;
        duty.state = DutyState.Missed;
        emit Missed(requestId, duty.node, 0, penalty);
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

    function _contains(address[] memory list, address item) private pure returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] == item) return true;
        }
        return false;
    }
}

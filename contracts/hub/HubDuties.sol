// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEntropy} from "../interfaces/IEntropy.sol";
import {Draws} from "../libraries/Draws.sol";
import {HubState} from "./HubState.sol";

/// @title HubDuties: drawing nodes and giving them duties, and how duties end without an answer
abstract contract HubDuties is HubState {
    /// @dev Who may be drawn, with what is left of the weights.
    struct Urn {
        address[] serving;
        uint256[] weights;
        uint256 total;
        bytes32 seed;
    }

    /// @dev With several replicas: opens the reveals once nobody is waited for, or gives up once no majority is possible.
    function _advance(uint256 requestId, Stored storage r, RefundReason reason) internal {
        uint8 replicas = r.replicas;
        uint8 committed;
        uint8 waiting;
        for (uint8 i = 0; i < replicas; ++i) {
            DutyState state = _duties[requestId][i].state;
            if (state == DutyState.Committed) ++committed;
            else if (state == DutyState.Assigned || state == DutyState.Accepted) ++waiting;
        }
        if (committed + waiting < _majorityOf(replicas)) {
            _releaseAll(requestId, replicas);
            _refund(requestId, r, reason);
        } else if (waiting == 0) {
            uint40 until = uint40(block.timestamp) + _revealWindow;
            r.state = RequestState.Committed;
            r.until = until;
            emit RevealsOpened(requestId, until);
        }
    }

    /// @dev Frees the bonds of all duties under way; nobody is to blame.
    function _releaseAll(uint256 requestId, uint8 replicas) internal {
        for (uint8 i = 0; i < replicas; ++i) {
            StoredDuty storage duty = _duties[requestId][i];
            if (!_isUnderWay(duty.state)) continue;
            duty.state = DutyState.Released;
            nodes.unlock(duty.node, duty.bond);
        }
    }

    /// @dev Ends a duty whose time was let pass, at a small part of its bond.
    function _miss(uint256 requestId, uint8 replica, StoredDuty storage duty) internal {
        uint256 bond = duty.bond;
        uint256 penalty = (bond * _missPenaltyBps) / BPS;
        duty.state = DutyState.Missed;
        emit Missed(requestId, duty.node, replica, penalty);
        nodes.slash(duty.node, bond, penalty, address(0));
    }

    /// @dev Ends the duty of a node that gave no answer before the request's deadline. One that was drawn so late that it
    ///      had less than its time to accept is not to blame.
    function _endInVain(uint256 requestId, Stored storage r, uint8 replica, StoredDuty storage duty) internal {
        if (duty.dueBy <= r.deadline) {
            _miss(requestId, replica, duty);
        } else {
            duty.state = DutyState.Released;
            nodes.unlock(duty.node, duty.bond);
        }
    }

    function _isUnderWay(DutyState state) internal pure returns (bool) {
        return state >= DutyState.Assigned && state <= DutyState.Rejected;
    }

    function _seat(uint256 requestId, uint8 replica, address node, uint256 bond) internal {
        uint40 acceptBy = uint40(block.timestamp) + _acceptWindow;
        StoredDuty storage duty = _duties[requestId][replica];
        duty.node = node;
        duty.state = DutyState.Assigned;
        duty.dueBy = acceptBy;
        duty.bond = uint128(bond);
        emit Assigned(requestId, node, replica, bond, acceptBy);
        nodes.lock(node, bond);
    }

    function _startDraw(uint256 requestId, Stored storage r) internal {
        uint64 round = entropy.commit();
        uint32 epoch = access.currentEpoch();
        r.state = RequestState.Requested;
        r.drawRound = uint48(round);
        r.drawEpoch = epoch;
        emit DrawStarted(requestId, round, epoch);
    }

    /// @dev Those who served when the draw was started, without those the request has, or had and lost.
    function _urn(uint256 requestId, Stored storage r, bytes32 seed) internal view returns (Urn memory urn) {
        (urn.serving, urn.weights) = access.membersAt(r.modelId, r.version, r.drawEpoch);
        urn.seed = keccak256(abi.encode(seed, requestId, r.attempts));
        Lost[] memory tried = _tried[requestId];
        uint8 replicas = r.replicas;
        for (uint256 i = 0; i < urn.serving.length; ++i) {
            bool out = _contains(tried, urn.serving[i]);
            for (uint8 j = 0; !out && replicas > 1 && j < replicas; ++j) {
                out = _duties[requestId][j].node == urn.serving[i];
            }
            if (out) urn.weights[i] = 0;
            urn.total += urn.weights[i];
        }
    }

    /// @dev A drawn node that cannot serve is passed over and the draw repeated without it: nobody else's readiness can
    ///      change on whom the draw falls.
    function _draw(Urn memory urn, Stored storage r) internal view returns (address, uint256) {
        address token = _tokenOf(r);
        while (urn.total != 0) {
            uint256 index = Draws.pick(urn.weights, urn.total, urn.seed);
            (address node, uint256 bond) = (urn.serving[index], urn.weights[index]);
            urn.seed = keccak256(abi.encode(urn.seed));
            urn.total -= bond;
            urn.weights[index] = 0;
            if (nodes.canServe(node, r.modelId, bond, token)) return (node, bond);
        }
        return (address(0), 0);
    }

    /// @dev What decides the running draw; a draw whose list of nodes is not kept any more has expired too.
    function _drawOf(Stored storage r) internal view returns (IEntropy.Status status, bytes32 seed) {
        (status, seed) = entropy.seedOf(r.drawRound);
        if (status == IEntropy.Status.Ready && r.drawEpoch < access.oldestEpoch()) {
            return (IEntropy.Status.Expired, bytes32(0));
        }
    }

    function _contains(Lost[] memory list, address node) private pure returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].node == node) return true;
        }
        return false;
    }
}

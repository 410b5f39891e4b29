// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHubExtension} from "../interfaces/IHubExtension.sol";
import {HubAnswers} from "./HubAnswers.sol";

/// @title HubReplicas: several nodes answer the same request, each without seeing the others' answers
abstract contract HubReplicas is HubAnswers, IHubExtension {
    /// @inheritdoc IHubExtension
    function commit(uint256 requestId, bytes32 commitment) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Assigned);
        (StoredDuty storage duty, uint8 replica) = _dutyOfCaller(requestId, r, DutyState.Accepted);
        duty.state = DutyState.Committed;
        duty.vote = commitment;
        emit Committed(requestId, msg.sender, replica, commitment);
        _advance(requestId, r, RefundReason.NoNodeLeft);
    }

    /// @inheritdoc IHubExtension
    function reveal(uint256 requestId, ResultRef calldata answer, bytes32 salt) external nonReentrant {
        Stored storage r = _inState(requestId, RequestState.Committed);
        if (block.timestamp > r.until) revert InferenceHub_TooLate(requestId, r.until);
        uint8 replicas = r.replicas;
        bytes32 vote = _receipt(r.binding, answer.kind, answer.size, answer.digest);
        uint8 mine = replicas;
        uint8 same = 1;
        uint8 open;
        for (uint8 i = 0; i < replicas; ++i) {
            StoredDuty storage other = _duties[requestId][i];
            if (other.state == DutyState.Committed) {
                if (other.node == msg.sender) mine = i;
                else ++open;
            } else if (_hasRevealed(other.state) && other.vote == vote) {
                ++same;
            }
        }
        if (mine == replicas) revert InferenceHub_NotYourDuty(requestId, msg.sender);
        StoredDuty storage duty = _duties[requestId][mine];
        if (duty.vote != keccak256(abi.encode(vote, salt, msg.sender))) {
            revert InferenceHub_WrongReveal(requestId, msg.sender);
        }
        if (same == 1) _requireAnswer(answer);
        duty.vote = vote;
        duty.state = answer.kind == KIND_REJECTION ? DutyState.Rejected : DutyState.Posted;
        if (same == _majorityOf(replicas)) _setAnswer(r, answer.kind, answer.size, answer.digest);
        emit Revealed(
            requestId,
            msg.sender,
            mine,
            answer.kind,
            answer.size,
            answer.digest,
            same == 1 ? answer.data : msg.data[:0]
        );
        if (open == 0) _tally(requestId, r);
    }

    /// @inheritdoc IHubExtension
    function close(uint256 requestId) external nonReentrant {
        Stored storage r = _requests[requestId];
        uint8 replicas = r.replicas;
        if (r.state == RequestState.Assigned && replicas > 1) {
            if (block.timestamp <= r.deadline) revert InferenceHub_TooEarly(requestId, r.deadline);
            for (uint8 i = 0; i < replicas; ++i) {
                StoredDuty storage duty = _duties[requestId][i];
                if (duty.state != DutyState.Assigned && duty.state != DutyState.Accepted) continue;
                _endInVain(requestId, r, i, duty);
            }
            _advance(requestId, r, RefundReason.DeadlinePassed);
        } else if (r.state == RequestState.Committed) {
            if (block.timestamp <= r.until) revert InferenceHub_TooEarly(requestId, r.until);
            for (uint8 i = 0; i < replicas; ++i) {
                StoredDuty storage duty = _duties[requestId][i];
                if (duty.state == DutyState.Committed) _miss(requestId, i, duty);
            }
            _tally(requestId, r);
        } else {
            revert InferenceHub_WrongState(requestId, r.state);
        }
    }

    /// @dev The answer that more than half of the replicas gave stands; without one everybody goes free.
    function _tally(uint256 requestId, Stored storage r) private {
        if (r.resultKind == KIND_REJECTION) {
            _reject(requestId, r, address(0));
        } else if (r.resultDigest != bytes32(0)) {
            ResultRef memory result = ResultRef(r.resultKind, r.resultSize, r.resultDigest, "");
            uint40 until = _stand(r, RequestState.Posted);
            emit Posted(requestId, address(0), result, until);
        } else {
            _releaseAll(requestId, r.replicas);
            _refund(requestId, r, RefundReason.NoMajority);
        }
    }

    function _hasRevealed(DutyState state) private pure returns (bool) {
        return state == DutyState.Posted || state == DutyState.Rejected;
    }
}

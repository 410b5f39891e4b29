// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Digests} from "../libraries/Digests.sol";
import {HubDuties} from "./HubDuties.sol";

/// @title HubAnswers: what is an answer to a request, and which one stands
/// @dev An answer is a kind, a size and a digest. Kinds 0 and 1 are results, kind 2 is a rejection with the parser's code as
///      its size.
abstract contract HubAnswers is HubDuties {
    /// @notice Largest result that travels in an event, bytes.
    uint256 public constant MAX_INLINE = 8192;

    function _setAnswer(Stored storage r, uint8 kind, uint32 size, bytes32 digest) internal {
        r.resultKind = kind;
        if (kind == KIND_REJECTION) {
            r.rejectCode = uint16(size);
            r.resultSize = 0;
        } else {
            r.rejectCode = 0;
            r.resultSize = size;
        }
        r.resultDigest = digest;
    }

    /// @dev The answer that was set stands from now on, until its window is over.
    function _stand(Stored storage r, RequestState state) internal returns (uint40 until) {
        until = uint40(block.timestamp) + _challengeWindow;
        r.state = state;
        r.until = until;
        // Whether the result is audited is decided by what nobody knew when it was posted.
        if (state == RequestState.Posted && _auditFeeBps != 0) r.auditRound = uint48(entropy.commit());
    }

    function _reject(uint256 requestId, Stored storage r, address node) internal {
        uint40 until = _stand(r, RequestState.Rejected);
        emit Rejected(requestId, node, r.rejectCode, until);
    }

    /// @dev Frees the bonds of those who gave the answer that stands; of several, the others lose a share of theirs.
    /// @param paid whether they are paid for it, which a rejection is not
    /// @return right those who gave it, in front
    /// @return count how many that are
    function _endDuties(
        uint256 requestId,
        Stored storage r,
        bool paid
    ) internal returns (address[] memory right, uint256 count) {
        uint8 replicas = r.replicas;
        right = new address[](replicas);
        bytes32 standing = replicas == 1 ? bytes32(0) : _standingReceipt(r);
        for (uint8 i = 0; i < replicas; ++i) {
            StoredDuty storage duty = _duties[requestId][i];
            if (duty.state != DutyState.Posted && duty.state != DutyState.Rejected) continue;
            (address node, uint256 bond) = (duty.node, duty.bond);
            if (replicas == 1 || duty.vote == standing) {
                duty.state = DutyState.Released;
                right[count++] = node;
                if (paid) nodes.fulfil(node, bond, r.modelId);
                else nodes.unlock(node, bond);
            } else {
                uint256 penalty = (bond * _minorityPenaltyBps) / BPS;
                duty.state = DutyState.Overruled;
                emit Overruled(requestId, node, i, penalty);
                nodes.slash(node, bond, penalty, address(0));
            }
        }
    }

    function _standingReceipt(Stored storage r) internal view returns (bytes32) {
        uint8 kind = r.resultKind;
        return _receipt(r.binding, kind, kind == KIND_REJECTION ? r.rejectCode : r.resultSize, r.resultDigest);
    }

    /// @dev An inline result must have the digest it claims; a blob's is checked by whoever fetches it.
    function _requireResult(ResultRef calldata result) internal pure {
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

    /// @dev A result, or a rejection.
    function _requireAnswer(ResultRef calldata answer) internal pure {
        if (answer.kind != KIND_REJECTION) {
            _requireResult(answer);
        } else {
            if (answer.size == 0 || answer.size > type(uint16).max) revert InferenceHub_BadRejectCode();
            if (answer.data.length != 0 || answer.digest != bytes32(0)) {
                revert InferenceHub_BadResult(answer.kind, answer.size, answer.data.length);
            }
        }
    }
}

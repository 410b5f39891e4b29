// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHubExtension} from "./interfaces/IHubExtension.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {HubAssignments} from "./hub/HubAssignments.sol";
import {HubRequests} from "./hub/HubRequests.sol";
import {HubResults} from "./hub/HubResults.sol";
import {HubState} from "./hub/HubState.sol";

/// @title InferenceHub
/// @dev A request from its making to its end: `HubRequests`, `HubAssignments`, `HubResults`, over `HubState`. What goes
///      another way is in `HubExtension`.
contract InferenceHub is HubRequests, HubAssignments, HubResults {
    /// @notice The code for what this contract does not hold itself; it runs on this contract's storage.
    address public immutable extension;

    /// @param w the other contracts
    /// @param extension_ a `HubExtension` deployed with the same arguments
    /// @param p windows and rates
    constructor(Wiring memory w, address extension_, Parameters memory p) HubState(w, p) {
        if (extension_.code.length == 0) revert InferenceHub_BadParameter("extension");
        extension = extension_;
    }

    /// @inheritdoc IHubExtension
    function decline(uint256) external {
        _extend();
    }

    /// @inheritdoc IHubExtension
    function reassign(uint256) external {
        _extend();
    }

    /// @inheritdoc IHubExtension
    function commit(uint256, bytes32) external {
        _extend();
    }

    /// @inheritdoc IHubExtension
    function reveal(uint256, ResultRef calldata, bytes32) external {
        _extend();
    }

    /// @inheritdoc IHubExtension
    function close(uint256) external {
        _extend();
    }

    /// @inheritdoc IHubExtension
    function hold(uint256, uint32) external returns (uint64) {
        _extend();
    }

    /// @inheritdoc IHubExtension
    function dispute(uint256, uint8) external returns (bytes32) {
        _extend();
    }

    /// @inheritdoc IHubExtension
    function resolve(uint256, Verdict, ResultRef calldata, address[] calldata) external returns (uint256) {
        _extend();
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
                token: _tokenOf(r),
                payee: r.payee,
                modelFee: r.modelFee,
                nodeFee: r.nodeFee,
                auditFee: _auditFee(r.nodeFee),
                binding: r.binding,
                drawRound: r.drawRound,
                drawEpoch: r.drawEpoch,
                attempts: r.attempts,
                until: r.until,
                rejectCode: r.rejectCode,
                resultKind: r.resultKind,
                resultSize: r.resultSize,
                resultDigest: r.resultDigest,
                auditRound: r.auditRound
            });
    }

    /// @inheritdoc IInferenceHub
    function dutiesOf(uint256 requestId) external view returns (Duty[] memory duties) {
        Stored storage r = _known(requestId);
        duties = new Duty[](r.replicas);
        for (uint256 i = 0; i < duties.length; ++i) {
            StoredDuty storage duty = _duties[requestId][i];
            duties[i] = Duty({node: duty.node, state: duty.state, dueBy: duty.dueBy, bond: duty.bond});
        }
    }

    /// @inheritdoc IInferenceHub
    function bindingOf(uint256 requestId) external view returns (bytes32) {
        return _known(requestId).binding;
    }

    /// @dev Runs this very call with the extension's code on this contract's storage, and ends it.
    function _extend() private {
        address code = extension;
        // Passing a call on whole, whatever it is, cannot be said in Solidity.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let success := delegatecall(gas(), code, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if iszero(success) {
                revert(data, returndatasize())
            }
            return(data, returndatasize())
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHubTypes} from "../interfaces/IHubTypes.sol";

/// @title Bindings: EIP-712 struct hashes of what requests and receipts state
/// @dev Every member is a static type, so `abi.encode` of a struct is its `encodeData` (EIP-712, "Definition of encodeData").
library Bindings {
    /// @notice Type hash of `IHubTypes.Binding`.
    bytes32 internal constant BINDING_TYPEHASH = keccak256(
        "Binding(uint256 requestId,address requester,uint256 modelId,uint32 version,uint16 planIndex,bytes32 planDigest,bytes32 weightsRoot,bytes32 noiseRoot,uint32 noiseIndex,bytes32 semantics,bytes32 keySetId,address keySetOwner,bytes32 packsDigest,uint16 packCount,bytes32 inputBlobRoot,bytes32 inputResiduesRoot,uint64 inputSize,uint8 replicas)"
    );

    /// @notice Type hash of a receipt: a request's binding digest and its result.
    bytes32 internal constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(bytes32 binding,uint8 resultKind,uint32 resultSize,bytes32 resultDigest)"
    );

    /// @notice `hashStruct` of a binding.
    function hash(IHubTypes.Binding memory binding) internal pure returns (bytes32) {
        return keccak256(abi.encode(BINDING_TYPEHASH, binding));
    }

    /// @notice `hashStruct` of a receipt.
    function hashReceipt(
        bytes32 binding,
        uint8 resultKind,
        uint32 resultSize,
        bytes32 resultDigest
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(RECEIPT_TYPEHASH, binding, resultKind, resultSize, resultDigest));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Digests: the SHA-256 Merkle roots of formats.md section 1, as the chain needs them
/// @notice Leaves, nodes and roots are hashed under different prefixes, and the root binds kind and size, so that no
///         leaf can pass for a node and no object for a longer one.
library Digests {
    /// @notice Kind of a root over raw bytes.
    uint8 internal constant KIND_BLOB = 1;
    /// @notice Bytes of a leaf of a blob.
    uint256 internal constant BLOB_LEAF = 1024;

    /// @notice The blob root of `data`: what identifies it in every store and on chain.
    function blobRoot(bytes calldata data) internal pure returns (bytes32) {
        uint256 count = data.length == 0 ? 1 : (data.length + BLOB_LEAF - 1) / BLOB_LEAF;
        bytes32[] memory nodes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 start = i * BLOB_LEAF;
            uint256 end = start + BLOB_LEAF;
            if (end > data.length) end = data.length;
            nodes[i] = sha256(abi.encodePacked(bytes1(0x00), data[start:end]));
        }
        return rootOf(KIND_BLOB, uint64(data.length), topOf(nodes));
    }

    /// @notice Folds leaf hashes to the top of their tree; a node without a right sibling moves up unchanged.
    /// @dev Overwrites `nodes`, which must not be empty.
    function topOf(bytes32[] memory nodes) internal pure returns (bytes32) {
        uint256 width = nodes.length;
        while (width > 1) {
            uint256 pairs = width / 2;
            for (uint256 i = 0; i < pairs; ++i) {
                nodes[i] = sha256(abi.encodePacked(bytes1(0x01), nodes[2 * i], nodes[2 * i + 1]));
            }
            if (width % 2 == 1) {
                nodes[pairs] = nodes[width - 1];
                ++pairs;
            }
            width = pairs;
        }
        return nodes[0];
    }

    /// @notice Binds the top of a tree to what it is over.
    function rootOf(uint8 kind, uint64 size, bytes32 top) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x02), kind, size, top));
    }

    /// @notice The name of a key set (formats.md section 5).
    function keySetId(address owner, bytes32 salt, bytes32 paramsDigest) internal pure returns (bytes32) {
        return sha256(abi.encodePacked("cloakwork/keyset/1", owner, salt, paramsDigest));
    }

    /// @notice The commitment to a key set's packs after one more was appended; zero before the first.
    function appendPack(
        bytes32 packsDigest,
        bytes32 packBlobRoot,
        bytes32 residuesRoot,
        uint64 size
    ) internal pure returns (bytes32) {
        return sha256(abi.encodePacked("cloakwork/packs/1", packsDigest, packBlobRoot, residuesRoot, size));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IKeyRegistry} from "./interfaces/IKeyRegistry.sol";
import {Digests} from "./libraries/Digests.sol";

/// @title KeyRegistry
contract KeyRegistry is IKeyRegistry {
    /// @notice Most packs in one call.
    uint256 public constant MAX_PACKS_AT_ONCE = 16;
    /// @notice Most packs of a key set.
    uint256 public constant MAX_PACKS = 64;

    mapping(bytes32 keySetId => KeySet) private _keySets;
    mapping(bytes32 keySetId => mapping(address requester => bool)) private _delegates;

    /// @dev Lets the key set's owner through.
    modifier onlyOwnerOf(bytes32 keySetId) {
        address owner = _keySets[keySetId].owner;
        if (owner == address(0)) revert KeyRegistry_UnknownKeySet(keySetId);
        if (owner != msg.sender) revert KeyRegistry_NotOwner(keySetId, msg.sender);
        _;
    }

    /// @inheritdoc IKeyRegistry
    function register(
        bytes32 salt,
        bytes32 paramsDigest,
        Pack[] calldata packs,
        bytes32 compactPublicKeyRoot,
        string calldata uri
    ) external returns (bytes32 keySetId) {
        if (paramsDigest == bytes32(0)) revert KeyRegistry_NoParameters();
        keySetId = Digests.keySetId(msg.sender, salt, paramsDigest);
        KeySet storage keySet = _keySets[keySetId];
        if (keySet.owner != address(0)) revert KeyRegistry_AlreadyRegistered(keySetId);
        keySet.owner = msg.sender;
        keySet.paramsDigest = paramsDigest;
        keySet.compactPublicKeyRoot = compactPublicKeyRoot;
        keySet.uri = uri;
        emit KeySetRegistered(keySetId, msg.sender, paramsDigest, salt, compactPublicKeyRoot, uri);
        _append(keySetId, keySet, packs);
    }

    /// @inheritdoc IKeyRegistry
    function appendPacks(bytes32 keySetId, Pack[] calldata packs) external onlyOwnerOf(keySetId) {
        KeySet storage keySet = _keySets[keySetId];
        if (keySet.revoked) revert KeyRegistry_Revoked(keySetId);
        _append(keySetId, keySet, packs);
    }

    /// @inheritdoc IKeyRegistry
    function revoke(bytes32 keySetId) external onlyOwnerOf(keySetId) {
        if (_keySets[keySetId].revoked) revert KeyRegistry_Revoked(keySetId);
        _keySets[keySetId].revoked = true;
        emit KeySetRevoked(keySetId);
    }

    /// @inheritdoc IKeyRegistry
    function setUri(bytes32 keySetId, string calldata uri) external onlyOwnerOf(keySetId) {
        _keySets[keySetId].uri = uri;
        emit UriChanged(keySetId, uri);
    }

    /// @inheritdoc IKeyRegistry
    function setDelegate(bytes32 keySetId, address requester, bool allowed) external onlyOwnerOf(keySetId) {
        _delegates[keySetId][requester] = allowed;
        emit DelegateSet(keySetId, requester, allowed);
    }

    /// @inheritdoc IKeyRegistry
    function keySetIdOf(address owner, bytes32 salt, bytes32 paramsDigest) external pure returns (bytes32) {
        return Digests.keySetId(owner, salt, paramsDigest);
    }

    /// @inheritdoc IKeyRegistry
    function keySetOf(bytes32 keySetId) external view returns (KeySet memory keySet) {
        keySet = _keySets[keySetId];
        if (keySet.owner == address(0)) revert KeyRegistry_UnknownKeySet(keySetId);
    }

    /// @inheritdoc IKeyRegistry
    function bindingOf(
        bytes32 keySetId,
        address requester
    ) external view returns (bool allowed, address owner, bytes32 paramsDigest, bytes32 packsDigest, uint16 packCount) {
        KeySet storage keySet = _keySets[keySetId];
        owner = keySet.owner;
        if (owner == address(0)) revert KeyRegistry_UnknownKeySet(keySetId);
        allowed = !keySet.revoked && (requester == owner || _delegates[keySetId][requester]);
        return (allowed, owner, keySet.paramsDigest, keySet.packsDigest, uint16(keySet.packs.length));
    }

    function _append(bytes32 keySetId, KeySet storage keySet, Pack[] calldata packs) private {
        if (packs.length == 0 || packs.length > MAX_PACKS_AT_ONCE) revert KeyRegistry_BadPackCount(packs.length);
        uint256 index = keySet.packs.length;
        if (index + packs.length > MAX_PACKS) revert KeyRegistry_BadPackCount(index + packs.length);
        bytes32 digest = keySet.packsDigest;
        for (uint256 i = 0; i < packs.length; ++i) {
            Pack calldata pack = packs[i];
            if (pack.blobRoot == bytes32(0) || pack.residuesRoot == bytes32(0) || pack.size == 0) {
                revert KeyRegistry_BadPack(i);
            }
            digest = Digests.appendPack(digest, pack.blobRoot, pack.residuesRoot, pack.size);
            keySet.packs.push(pack);
            emit PackAppended(keySetId, index + i, pack, digest);
        }
        keySet.packsDigest = digest;
    }
}

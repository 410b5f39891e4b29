// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title KeyRegistry: users' evaluation keys
/// @notice A key set is named by who registered it, a salt and a parameter set, and everything uniform in its keys
///         follows from that name, so nobody can choose it. Packs are appended and never change.
interface IKeyRegistry {
    /// @notice One stored pack of keys.
    /// @param blobRoot blob root of the pack's bytes
    /// @param residuesRoot root (kind 2) over its expanded residues
    /// @param size bytes of the pack
    struct Pack {
        bytes32 blobRoot;
        bytes32 residuesRoot;
        uint64 size;
    }

    /// @notice A key set as it stands.
    /// @param owner who registered it and holds its secret key
    /// @param revoked no new request may use it
    /// @param paramsDigest its parameter set
    /// @param compactPublicKeyRoot root (kind 2) of the compact public key that masks results; zero when there is none
    /// @param packsDigest commitment to all packs, in order
    /// @param uri base URL where the packs are served; any store that knows the roots will do
    /// @param packs in the order they were appended
    struct KeySet {
        address owner;
        bool revoked;
        bytes32 paramsDigest;
        bytes32 compactPublicKeyRoot;
        bytes32 packsDigest;
        string uri;
        Pack[] packs;
    }

    /// @notice A key set came into being.
    event KeySetRegistered(
        bytes32 indexed keySetId,
        address indexed owner,
        bytes32 indexed paramsDigest,
        bytes32 salt,
        bytes32 compactPublicKeyRoot,
        string uri
    );
    /// @notice A pack was appended at `index`; `packsDigest` commits to all packs up to it.
    event PackAppended(bytes32 indexed keySetId, uint256 index, Pack pack, bytes32 packsDigest);
    /// @notice The packs are elsewhere now.
    event UriChanged(bytes32 indexed keySetId, string uri);
    /// @notice No new request may use the key set.
    event KeySetRevoked(bytes32 indexed keySetId);
    /// @notice `requester` may, or may no longer, make requests with the key set on the owner's behalf.
    event DelegateSet(bytes32 indexed keySetId, address indexed requester, bool allowed);

    /// @notice There is no such key set.
    error KeyRegistry_UnknownKeySet(bytes32 keySetId);
    /// @notice The caller has registered this salt for this parameter set already.
    error KeyRegistry_AlreadyRegistered(bytes32 keySetId);
    /// @notice The caller does not own the key set.
    error KeyRegistry_NotOwner(bytes32 keySetId, address caller);
    /// @notice The key set is revoked.
    error KeyRegistry_Revoked(bytes32 keySetId);
    /// @notice A pack with an empty root or size.
    error KeyRegistry_BadPack(uint256 index);
    /// @notice Between 1 and 16 packs at once, at most 64 in all.
    error KeyRegistry_BadPackCount(uint256 count);
    /// @notice The parameter digest is empty.
    error KeyRegistry_NoParameters();

    /// @notice Registers a key set of the caller with its first packs.
    /// @return keySetId SHA-256("cloakwork/keyset/1" ‖ caller ‖ salt ‖ paramsDigest)
    function register(
        bytes32 salt,
        bytes32 paramsDigest,
        Pack[] calldata packs,
        bytes32 compactPublicKeyRoot,
        string calldata uri
    ) external returns (bytes32 keySetId);

    /// @notice Appends packs, for plans that need more keys.
    function appendPacks(bytes32 keySetId, Pack[] calldata packs) external;

    /// @notice Refuses the key set to new requests, for good.
    function revoke(bytes32 keySetId) external;

    /// @notice Says where the packs are served from now on.
    function setUri(bytes32 keySetId, string calldata uri) external;

    /// @notice Lets a contract make requests with the caller's key set, or stops it.
    function setDelegate(bytes32 keySetId, address requester, bool allowed) external;

    /// @notice The name a key set of `owner` has.
    function keySetIdOf(address owner, bytes32 salt, bytes32 paramsDigest) external pure returns (bytes32);

    /// @notice The key set as it stands; reverts for an unknown one.
    function keySetOf(bytes32 keySetId) external view returns (KeySet memory);

    /// @notice What a request binds of a key set; reverts for an unknown one.
    /// @param requester who wants to make a request with it
    /// @return allowed whether it may: it is the owner or a delegate, and the key set is not revoked
    /// @return owner who registered the key set
    /// @return paramsDigest its parameter set
    /// @return packsDigest commitment to the packs there are now
    /// @return packCount how many that are
    function bindingOf(
        bytes32 keySetId,
        address requester
    ) external view returns (bool allowed, address owner, bytes32 paramsDigest, bytes32 packsDigest, uint16 packCount);
}

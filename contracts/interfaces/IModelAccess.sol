// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ModelAccess: which nodes may serve a model version, which do, and who may have the model itself
/// @notice The owner authorises a node by publishing the digest of an envelope that carries the version's keys, sealed
///         to the node's encryption key. The node joins with a bond it risks per duty. Joins and leaves take effect
///         with the next epoch, so the set a request draws from is fixed before its randomness exists. A licence is the same
///         promise to somebody who wants to evaluate the model on a machine of its own; it is no node's and draws nothing.
interface IModelAccess {
    /// @notice A node's right to serve, or a licensee's to have the model.
    /// @param envelopeRoot blob root of the JWE envelope; zero when there is no such right
    /// @param envelopeUri where the envelope is served
    struct Grant {
        bytes32 envelopeRoot;
        string envelopeUri;
    }

    /// @notice A node's time of service in a version's list.
    /// @param node whose it is
    /// @param bond wei it risks per duty; also its weight in draws
    /// @param fromEpoch first epoch it serves in
    /// @param untilEpoch first epoch it no longer serves in; the largest uint32 while it has not left
    struct Member {
        address node;
        uint256 bond;
        uint32 fromEpoch;
        uint32 untilEpoch;
    }

    /// @notice `node` may serve; its keys are in the envelope.
    event Authorised(
        uint256 indexed modelId,
        uint32 indexed version,
        address indexed node,
        bytes32 envelopeRoot,
        string envelopeUri
    );
    /// @notice `node` may not serve any more.
    event Revoked(uint256 indexed modelId, uint32 indexed version, address indexed node);
    /// @notice `node` serves from `fromEpoch` on.
    event Joined(uint256 indexed modelId, uint32 indexed version, address indexed node, uint256 bond, uint32 fromEpoch);
    /// @notice `node` no longer serves from `untilEpoch` on.
    event Left(uint256 indexed modelId, uint32 indexed version, address indexed node, uint32 untilEpoch);

    /// @notice `licensee` may have the model; its keys are in the envelope.
    event Licensed(
        uint256 indexed modelId,
        uint32 indexed version,
        address indexed licensee,
        bytes32 envelopeRoot,
        string envelopeUri
    );
    /// @notice `licensee` is promised nothing any more; what it has, it has.
    event LicenceRevoked(uint256 indexed modelId, uint32 indexed version, address indexed licensee);

    /// @notice The caller does not own the model.
    error ModelAccess_NotOwner(uint256 modelId, address caller);
    /// @notice There is no such version.
    error ModelAccess_UnknownVersion(uint256 modelId, uint32 version);
    /// @notice The address is not a registered node.
    error ModelAccess_NotANode(address node);
    /// @notice An envelope needs a digest.
    error ModelAccess_NoEnvelope();
    /// @notice The owner has not authorised this node for this version.
    error ModelAccess_NotAuthorised(uint256 modelId, uint32 version, address node);
    /// @notice The account has no licence for this version.
    error ModelAccess_NotLicensed(uint256 modelId, uint32 version, address licensee);
    /// @notice A licence needs somebody who has it.
    error ModelAccess_NoLicensee();
    /// @notice The node serves this version already.
    error ModelAccess_AlreadyJoined(uint256 modelId, uint32 version, address node);
    /// @notice The node does not serve this version.
    error ModelAccess_NotJoined(uint256 modelId, uint32 version, address node);
    /// @notice The bond is not between the least and the most allowed, or not a multiple of the unit.
    error ModelAccess_BadBond(uint256 bond, uint256 least, uint256 most, uint256 unit);
    /// @notice The version has as many nodes as it can hold.
    error ModelAccess_Full(uint256 modelId, uint32 version, uint256 most);
    /// @notice The epoch's list is not kept any more.
    error ModelAccess_EpochGone(uint32 epoch, uint32 oldest);
    /// @notice A constructor argument is out of range.
    error ModelAccess_BadParameter(string name);

    /// @notice The model's owner lets a registered node serve a version. Calling again replaces the envelope.
    function authorise(
        uint256 modelId,
        uint32 version,
        address node,
        bytes32 envelopeRoot,
        string calldata envelopeUri
    ) external;

    /// @notice The model's owner takes the right back; a serving node leaves with the next epoch.
    function revoke(uint256 modelId, uint32 version, address node) external;

    /// @notice The calling node serves from the next epoch on, risking `bond` wei of its stake per duty.
    function join(uint256 modelId, uint32 version, uint256 bond) external;

    /// @notice The calling node stops serving with the next epoch. Duties it has remain its duties.
    function resign(uint256 modelId, uint32 version) external;

    /// @notice The model's owner lets an account have a version's weights. Calling again replaces the envelope.
    function license(
        uint256 modelId,
        uint32 version,
        address licensee,
        bytes32 envelopeRoot,
        string calldata envelopeUri
    ) external;

    /// @notice The model's owner takes a licence back. It cannot take back what the licensee fetched before.
    function revokeLicence(uint256 modelId, uint32 version, address licensee) external;

    /// @notice The account's licence; `envelopeRoot` is zero when there is none.
    function licenceOf(uint256 modelId, uint32 version, address licensee) external view returns (Grant memory);

    /// @notice The node's grant; `envelopeRoot` is zero when there is none.
    function grantOf(uint256 modelId, uint32 version, address node) external view returns (Grant memory);

    /// @notice The node's latest time of service; `node` is zero when it never joined.
    function memberOf(uint256 modelId, uint32 version, address node) external view returns (Member memory);

    /// @notice The nodes that serve in `epoch`, with their bonds in wei, in a fixed order.
    function membersAt(
        uint256 modelId,
        uint32 version,
        uint32 epoch
    ) external view returns (address[] memory nodes, uint256[] memory bonds);

    /// @notice The epoch it is now, and whether at least `wanted` nodes serve in it.
    function servedNow(uint256 modelId, uint32 version, uint256 wanted) external view returns (uint32 epoch, bool);

    /// @notice The epoch it is now, counted from 1 at deployment.
    function currentEpoch() external view returns (uint32);

    /// @notice Seconds an epoch takes.
    function epochLength() external view returns (uint32);

    /// @notice The oldest epoch whose list is still whole; older ones cannot be read.
    function oldestEpoch() external view returns (uint32);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title NodeRegistry: who evaluates, with what at stake
/// @notice A node puts up a stake in ether, publishes the P-256 key that model owners seal packages to, and says where
///         it serves blobs. Each duty locks a bond out of the stake. Only the hub locks, unlocks and slashes, and counts declines.
interface INodeRegistry {
    /// @notice A node as it stands.
    /// @param stake wei put up, locked bonds included
    /// @param locked wei locked by duties
    /// @param exitAt when the stake may leave, unix seconds; zero while the node has not asked for exit
    /// @param encryptionKey P-256 public key, uncompressed: 0x04 ‖ x ‖ y, 65 bytes
    /// @param endpoint base URL of its blob store and status
    struct Node {
        uint256 stake;
        uint256 locked;
        uint64 exitAt;
        bytes encryptionKey;
        string endpoint;
    }

    /// @notice What a node's declines of one model come to. Draws for other models, requests and juries, do not look at it.
    /// @param suspendedUntil the node is drawn for nothing of the model before, unix seconds
    /// @param declines counted declines of the model since the node's last paid result for it, or its last suspension
    struct Standing {
        uint64 suspendedUntil;
        uint8 declines;
    }

    /// @notice A node came in.
    event NodeRegistered(address indexed node, uint256 stake, bytes encryptionKey, string endpoint);
    /// @notice The stake grew.
    event StakeAdded(address indexed node, uint256 amount, uint256 stake);
    /// @notice The node is elsewhere now.
    event EndpointChanged(address indexed node, string endpoint);
    /// @notice Envelopes must be sealed to the new key from now on.
    event EncryptionKeyChanged(address indexed node, bytes encryptionKey);
    /// @notice The node takes fees in `token`, or no longer does.
    event TokenAccepted(address indexed node, address indexed token, bool accepted);
    /// @notice The node is not drawn any more; its stake may leave at `exitAt`.
    event ExitRequested(address indexed node, uint64 exitAt);
    /// @notice The node took its stake and is gone.
    event Exited(address indexed node, uint256 stake);
    /// @notice A duty locked a bond.
    event BondLocked(address indexed node, uint256 amount);
    /// @notice A duty ended and gave its bond free.
    event BondUnlocked(address indexed node, uint256 amount);
    /// @notice A duty ended badly: `penalty` of its bond is lost, to `beneficiary` or burned when that is zero.
    event Slashed(address indexed node, uint256 penalty, address indexed beneficiary);
    /// @notice The node declined requests of the model too often in a row; it is drawn for none of the model's until then.
    event Suspended(address indexed node, uint256 indexed modelId, uint64 until);

    /// @notice Only the hub may do this.
    error NodeRegistry_NotHub(address caller);
    /// @notice The address is not a registered node.
    error NodeRegistry_UnknownNode(address node);
    /// @notice The caller is registered already.
    error NodeRegistry_AlreadyRegistered(address node);
    /// @notice The stake is too small.
    error NodeRegistry_StakeTooSmall(uint256 stake, uint256 least);
    /// @notice Not an uncompressed P-256 public key on the curve.
    error NodeRegistry_BadEncryptionKey();
    /// @notice The endpoint is empty or longer than 256 bytes.
    error NodeRegistry_BadEndpoint(uint256 length);
    /// @notice The node has asked for exit already.
    error NodeRegistry_Exiting(address node, uint64 exitAt);
    /// @notice The node has not asked for exit, or it is too early.
    error NodeRegistry_TooEarly(address node, uint64 exitAt);
    /// @notice Duties still lock a part of the stake.
    error NodeRegistry_HasDuties(address node, uint256 locked);
    /// @notice The free part of the stake does not cover the bond.
    error NodeRegistry_NotEnoughFree(address node, uint256 free, uint256 wanted);
    /// @notice A penalty cannot exceed the bond of its duty.
    error NodeRegistry_PenaltyTooLarge(uint256 penalty, uint256 bond);
    /// @notice A constructor argument is out of range.
    error NodeRegistry_BadParameter(string name);

    /// @notice Registers the caller as a node with the ether sent along as its stake. It accepts ether as payment.
    /// @param encryptionKey P-256 public key, uncompressed, 65 bytes
    /// @param endpoint base URL, at most 256 bytes
    function register(bytes calldata encryptionKey, string calldata endpoint) external payable;

    /// @notice Adds the ether sent along to the caller's stake.
    function addStake() external payable;

    /// @notice Says where the caller serves from now on.
    function setEndpoint(string calldata endpoint) external;

    /// @notice Publishes a new encryption key. Envelopes sealed to the old one stay readable to whoever holds that key.
    function setEncryptionKey(bytes calldata encryptionKey) external;

    /// @notice Says whether the caller takes fees in `token` (`address(0)` is ether).
    function setTokenAccepted(address token, bool accepted) external;

    /// @notice The caller is drawn no more and may take its stake after the exit delay.
    function requestExit() external;

    /// @notice Pays the stake into the caller's balance and forgets the node. Needs the exit delay over and no duties.
    function exit() external;

    /// @notice Hub and disputes only: locks `amount` of the node's free stake for a duty.
    function lock(address node, uint256 amount) external;

    /// @notice Hub and disputes only: gives `amount` free at the end of a duty.
    function unlock(address node, uint256 amount) external;

    /// @notice Hub and disputes only: the same for a duty the node is paid for, which ends its row of declines of the model.
    function fulfil(address node, uint256 amount, uint256 modelId) external;

    /// @notice Hub and disputes only: ends a duty with a loss of `penalty` out of its bond; the rest of the bond is free again.
    /// @param beneficiary who is credited; zero burns
    function slash(address node, uint256 bond, uint256 penalty, address beneficiary) external;

    /// @notice Hub and disputes only: counts a decline of what others were paid for; too many of one model in a row suspend
    ///         the node for that model.
    function recordDecline(address node, uint256 modelId) external;

    /// @notice The node as it stands; all zero when unknown.
    function nodeOf(address node) external view returns (Node memory);

    /// @notice Whether the address is a registered node.
    function isNode(address node) external view returns (bool);

    /// @notice What the node's declines of a model come to.
    function standingOf(address node, uint256 modelId) external view returns (Standing memory);

    /// @notice Whether the node can take a duty of the model now: registered, not exiting, not suspended for the model, takes
    ///         `token`, enough free stake.
    function canServe(address node, uint256 modelId, uint256 bond, address token) external view returns (bool);

    /// @notice Whether the node takes fees in `token`.
    function acceptsToken(address node, address token) external view returns (bool);

    /// @notice Number of addresses that ever registered; `nodeAt` runs from 0 to one less.
    function nodeCount() external view returns (uint256);

    /// @notice The address that registered as number `index`.
    function nodeAt(uint256 index) external view returns (address);

    /// @notice Least stake, wei.
    function minimumStake() external view returns (uint256);

    /// @notice Seconds between asking for exit and taking the stake.
    function exitDelay() external view returns (uint64);
}

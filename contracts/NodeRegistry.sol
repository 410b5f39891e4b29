// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

import {IBalances} from "./interfaces/IBalances.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";

/// @title NodeRegistry
/// @dev The stakes are this contract's own balance in `Balances`, which equals the sum of all `stake`.
contract NodeRegistry is INodeRegistry {
    /// @notice Longest endpoint, bytes.
    uint256 public constant MAX_ENDPOINT = 256;

    struct Stored {
        uint128 stake;
        uint128 locked;
        uint64 exitAt;
        bool registered;
        bool known;
        bytes encryptionKey;
        string endpoint;
    }

    /// @inheritdoc INodeRegistry
    uint256 public immutable minimumStake;
    /// @inheritdoc INodeRegistry
    uint64 public immutable exitDelay;
    /// @notice Declines of one model in a row that suspend a node for it.
    uint8 public immutable maximumDeclines;
    /// @notice Seconds a suspension lasts.
    uint64 public immutable suspension;
    /// @notice The hub, which locks, unlocks and slashes for duties.
    address public immutable hub;
    /// @notice The contract for disputes, which does the same for jurors.
    address public immutable disputes;
    /// @notice Where the stakes lie.
    IBalances public immutable balances;

    mapping(address node => Stored) private _nodes;
    mapping(address node => mapping(uint256 modelId => Standing)) private _standings;
    mapping(address node => mapping(address token => bool)) private _accepts;
    address[] private _all;

    /// @param balances_ the vault
    /// @param hub_ the hub, whose address is known before it is deployed
    /// @param disputes_ the contract for disputes, whose address is known before it is deployed
    /// @param minimumStake_ least stake, wei
    /// @param exitDelay_ seconds; longer than any duty can last
    /// @param maximumDeclines_ declines of one model in a row that suspend
    /// @param suspension_ seconds
    constructor(
        IBalances balances_,
        address hub_,
        address disputes_,
        uint256 minimumStake_,
        uint64 exitDelay_,
        uint8 maximumDeclines_,
        uint64 suspension_
    ) {
        if (address(balances_) == address(0)) revert NodeRegistry_BadParameter("balances");
        if (hub_ == address(0)) revert NodeRegistry_BadParameter("hub");
        if (disputes_ == address(0)) revert NodeRegistry_BadParameter("disputes");
        if (minimumStake_ == 0 || minimumStake_ > type(uint128).max) revert NodeRegistry_BadParameter("minimumStake");
        if (exitDelay_ == 0 || exitDelay_ > 365 days) revert NodeRegistry_BadParameter("exitDelay");
        if (maximumDeclines_ == 0) revert NodeRegistry_BadParameter("maximumDeclines");
        if (suspension_ == 0 || suspension_ > 365 days) revert NodeRegistry_BadParameter("suspension");
        balances = balances_;
        hub = hub_;
        disputes = disputes_;
        minimumStake = minimumStake_;
        exitDelay = exitDelay_;
        maximumDeclines = maximumDeclines_;
        suspension = suspension_;
    }

    modifier onlyHub() {
        if (msg.sender != hub && msg.sender != disputes) revert NodeRegistry_NotHub(msg.sender);
        _;
    }

    modifier onlyNode() {
        if (!_nodes[msg.sender].registered) revert NodeRegistry_UnknownNode(msg.sender);
        _;
    }

    /// @inheritdoc INodeRegistry
    function register(bytes calldata encryptionKey, string calldata endpoint) external payable {
        Stored storage node = _nodes[msg.sender];
        if (node.registered) revert NodeRegistry_AlreadyRegistered(msg.sender);
        if (msg.value < minimumStake) revert NodeRegistry_StakeTooSmall(msg.value, minimumStake);
        _requireEncryptionKey(encryptionKey);
        _requireEndpoint(endpoint);
        if (!node.known) {
            node.known = true;
            _all.push(msg.sender);
        }
        node.registered = true;
        node.stake = uint128(msg.value);
        node.encryptionKey = encryptionKey;
        node.endpoint = endpoint;
        _accepts[msg.sender][address(0)] = true;
        emit NodeRegistered(msg.sender, msg.value, encryptionKey, endpoint);
        emit TokenAccepted(msg.sender, address(0), true);
        balances.deposit{value: msg.value}(address(this));
    }

    /// @inheritdoc INodeRegistry
    function addStake() external payable onlyNode {
        Stored storage node = _nodes[msg.sender];
        node.stake += uint128(msg.value);
        emit StakeAdded(msg.sender, msg.value, node.stake);
        balances.deposit{value: msg.value}(address(this));
    }

    /// @inheritdoc INodeRegistry
    function setEndpoint(string calldata endpoint) external onlyNode {
        _requireEndpoint(endpoint);
        _nodes[msg.sender].endpoint = endpoint;
        emit EndpointChanged(msg.sender, endpoint);
    }

    /// @inheritdoc INodeRegistry
    function setEncryptionKey(bytes calldata encryptionKey) external onlyNode {
        _requireEncryptionKey(encryptionKey);
        _nodes[msg.sender].encryptionKey = encryptionKey;
        emit EncryptionKeyChanged(msg.sender, encryptionKey);
    }

    /// @inheritdoc INodeRegistry
    function setTokenAccepted(address token, bool accepted) external onlyNode {
        _accepts[msg.sender][token] = accepted;
        emit TokenAccepted(msg.sender, token, accepted);
    }

    /// @inheritdoc INodeRegistry
    function requestExit() external onlyNode {
        Stored storage node = _nodes[msg.sender];
        if (node.exitAt != 0) revert NodeRegistry_Exiting(msg.sender, node.exitAt);
        node.exitAt = uint64(block.timestamp) + exitDelay;
        emit ExitRequested(msg.sender, node.exitAt);
    }

    /// @inheritdoc INodeRegistry
    function exit() external onlyNode {
        Stored storage node = _nodes[msg.sender];
        if (node.exitAt == 0 || block.timestamp < node.exitAt) revert NodeRegistry_TooEarly(msg.sender, node.exitAt);
        if (node.locked != 0) revert NodeRegistry_HasDuties(msg.sender, node.locked);
        uint256 stake = node.stake;
        node.stake = 0;
        node.exitAt = 0;
        node.registered = false;
        delete node.encryptionKey;
        delete node.endpoint;
        emit Exited(msg.sender, stake);
        if (stake != 0) balances.move(address(0), msg.sender, stake);
    }

    /// @inheritdoc INodeRegistry
    function lock(address account, uint256 amount) external onlyHub {
        Stored storage node = _nodes[account];
        uint256 free = node.stake - node.locked;
        if (amount > free) revert NodeRegistry_NotEnoughFree(account, free, amount);
        node.locked += uint128(amount);
        emit BondLocked(account, amount);
    }

    /// @inheritdoc INodeRegistry
    function unlock(address account, uint256 amount) external onlyHub {
        _unlock(account, amount);
    }

    /// @inheritdoc INodeRegistry
    function fulfil(address account, uint256 amount, uint256 modelId) external onlyHub {
        Standing storage standing = _standings[account][modelId];
        if (standing.declines != 0) standing.declines = 0;
        _unlock(account, amount);
    }

    /// @inheritdoc INodeRegistry
    function slash(address account, uint256 bond, uint256 penalty, address beneficiary) external onlyHub {
        if (penalty > bond) revert NodeRegistry_PenaltyTooLarge(penalty, bond);
        Stored storage node = _nodes[account];
        node.locked -= uint128(bond);
        node.stake -= uint128(penalty);
        emit BondUnlocked(account, bond);
        emit Slashed(account, penalty, beneficiary);
        if (penalty == 0) return;
        if (beneficiary == address(0)) balances.burn(address(0), penalty);
        else balances.move(address(0), beneficiary, penalty);
    }

    /// @inheritdoc INodeRegistry
    function recordDecline(address account, uint256 modelId) external onlyHub {
        Standing storage standing = _standings[account][modelId];
        if (++standing.declines < maximumDeclines) return;
        standing.declines = 0;
        standing.suspendedUntil = uint64(block.timestamp) + suspension;
        emit Suspended(account, modelId, standing.suspendedUntil);
    }

    /// @inheritdoc INodeRegistry
    function nodeOf(address account) external view returns (Node memory) {
        Stored storage node = _nodes[account];
        return
            Node({
                stake: node.stake,
                locked: node.locked,
                exitAt: node.exitAt,
                encryptionKey: node.encryptionKey,
                endpoint: node.endpoint
            });
    }

    /// @inheritdoc INodeRegistry
    function isNode(address account) external view returns (bool) {
        return _nodes[account].registered;
    }

    /// @inheritdoc INodeRegistry
    function standingOf(address account, uint256 modelId) external view returns (Standing memory) {
        return _standings[account][modelId];
    }

    /// @inheritdoc INodeRegistry
    function canServe(address account, uint256 modelId, uint256 bond, address token) external view returns (bool) {
        Stored storage node = _nodes[account];
        return
            node.registered &&
            node.exitAt == 0 &&
            block.timestamp >= _standings[account][modelId].suspendedUntil &&
            node.stake - node.locked >= bond &&
            _accepts[account][token];
    }

    /// @inheritdoc INodeRegistry
    function acceptsToken(address account, address token) external view returns (bool) {
        return _accepts[account][token];
    }

    /// @inheritdoc INodeRegistry
    function nodeCount() external view returns (uint256) {
        return _all.length;
    }

    /// @inheritdoc INodeRegistry
    function nodeAt(uint256 index) external view returns (address) {
        return _all[index];
    }

    function _unlock(address account, uint256 amount) private {
        _nodes[account].locked -= uint128(amount);
        emit BondUnlocked(account, amount);
    }

    function _requireEncryptionKey(bytes calldata key) private pure {
        if (key.length != 65 || key[0] != 0x04) revert NodeRegistry_BadEncryptionKey();
        if (!P256.isValidPublicKey(bytes32(key[1:33]), bytes32(key[33:65]))) revert NodeRegistry_BadEncryptionKey();
    }

    function _requireEndpoint(string calldata endpoint) private pure {
        uint256 length = bytes(endpoint).length;
        if (length == 0 || length > MAX_ENDPOINT) revert NodeRegistry_BadEndpoint(length);
    }
}

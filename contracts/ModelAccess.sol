// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IModelAccess} from "./interfaces/IModelAccess.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";

/// @title ModelAccess
contract ModelAccess is IModelAccess {
    /// @notice Most nodes, serving or lately resigned, in a version's list. Draws walk the list.
    uint256 public constant MAX_MEMBERS = 64;
    /// @notice Bonds are multiples of this many wei, so that a membership fits one storage slot.
    uint256 public constant BOND_UNIT = 1e12;
    /// @dev `untilEpoch` of a node that has not resigned.
    uint32 private constant FOREVER = type(uint32).max;

    struct Stored {
        address node;
        uint32 bondUnits;
        uint32 fromEpoch;
        uint32 untilEpoch;
    }

    /// @notice Where owners and versions are looked up.
    IModelRegistry public immutable models;
    /// @notice Where nodes are looked up.
    INodeRegistry public immutable nodes;
    /// @inheritdoc IModelAccess
    uint32 public immutable epochLength;
    /// @notice Epochs for which lists stay whole.
    uint32 public immutable retention;
    /// @notice Least bond per duty, wei.
    uint256 public immutable minimumBond;
    /// @dev Timestamp at which epoch 1 began.
    uint256 private immutable _start;

    mapping(uint256 modelId => mapping(uint32 version => mapping(address node => Grant))) private _grants;
    mapping(uint256 modelId => mapping(uint32 version => mapping(address licensee => Grant))) private _licences;
    mapping(uint256 modelId => mapping(uint32 version => Stored[])) private _members;
    /// @dev Position of a node's latest entry in `_members`, plus one.
    mapping(uint256 modelId => mapping(uint32 version => mapping(address node => uint256))) private _positions;

    /// @param models_ the model registry
    /// @param nodes_ the node registry
    /// @param epochLength_ seconds
    /// @param retention_ epochs for which lists stay whole: longer than any draw stays open
    /// @param minimumBond_ wei, a multiple of `BOND_UNIT`
    constructor(
        IModelRegistry models_,
        INodeRegistry nodes_,
        uint32 epochLength_,
        uint32 retention_,
        uint256 minimumBond_
    ) {
        if (address(models_) == address(0)) revert ModelAccess_BadParameter("models");
        if (address(nodes_) == address(0)) revert ModelAccess_BadParameter("nodes");
        if (epochLength_ == 0) revert ModelAccess_BadParameter("epochLength");
        if (retention_ == 0) revert ModelAccess_BadParameter("retention");
        if (minimumBond_ == 0 || minimumBond_ % BOND_UNIT != 0 || minimumBond_ > maximumBond()) {
            revert ModelAccess_BadParameter("minimumBond");
        }
        models = models_;
        nodes = nodes_;
        epochLength = epochLength_;
        retention = retention_;
        minimumBond = minimumBond_;
        _start = block.timestamp;
    }

    modifier onlyOwnerOf(uint256 modelId) {
        if (models.modelOf(modelId).owner != msg.sender) revert ModelAccess_NotOwner(modelId, msg.sender);
        _;
    }

    /// @inheritdoc IModelAccess
    function authorise(
        uint256 modelId,
        uint32 version,
        address node,
        bytes32 envelopeRoot,
        string calldata envelopeUri
    ) external onlyOwnerOf(modelId) {
        _requireEnvelope(modelId, version, envelopeRoot);
        if (!nodes.isNode(node)) revert ModelAccess_NotANode(node);
        _grants[modelId][version][node] = Grant({envelopeRoot: envelopeRoot, envelopeUri: envelopeUri});
        emit Authorised(modelId, version, node, envelopeRoot, envelopeUri);
    }

    /// @inheritdoc IModelAccess
    function revoke(uint256 modelId, uint32 version, address node) external onlyOwnerOf(modelId) {
        if (_grants[modelId][version][node].envelopeRoot == bytes32(0)) {
            revert ModelAccess_NotAuthorised(modelId, version, node);
        }
        delete _grants[modelId][version][node];
        emit Revoked(modelId, version, node);
        if (_serves(modelId, version, node)) _resign(modelId, version, node);
    }

    /// @inheritdoc IModelAccess
    function join(uint256 modelId, uint32 version, uint256 bond) external {
        if (_grants[modelId][version][msg.sender].envelopeRoot == bytes32(0)) {
            revert ModelAccess_NotAuthorised(modelId, version, msg.sender);
        }
        if (!nodes.isNode(msg.sender)) revert ModelAccess_NotANode(msg.sender);
        if (_serves(modelId, version, msg.sender)) revert ModelAccess_AlreadyJoined(modelId, version, msg.sender);
        if (bond < minimumBond || bond > maximumBond() || bond % BOND_UNIT != 0) {
            revert ModelAccess_BadBond(bond, minimumBond, maximumBond(), BOND_UNIT);
        }
        uint32 fromEpoch = currentEpoch() + 1;
        Stored memory entry = Stored({
            node: msg.sender,
            bondUnits: uint32(bond / BOND_UNIT),
            fromEpoch: fromEpoch,
            untilEpoch: FOREVER
        });
        _positions[modelId][version][msg.sender] = _place(modelId, version, entry) + 1;
        emit Joined(modelId, version, msg.sender, bond, fromEpoch);
    }

    /// @inheritdoc IModelAccess
    function resign(uint256 modelId, uint32 version) external {
        if (!_serves(modelId, version, msg.sender)) revert ModelAccess_NotJoined(modelId, version, msg.sender);
        _resign(modelId, version, msg.sender);
    }

    /// @inheritdoc IModelAccess
    function license(
        uint256 modelId,
        uint32 version,
        address licensee,
        bytes32 envelopeRoot,
        string calldata envelopeUri
    ) external onlyOwnerOf(modelId) {
        _requireEnvelope(modelId, version, envelopeRoot);
        if (licensee == address(0)) revert ModelAccess_NoLicensee();
        _licences[modelId][version][licensee] = Grant({envelopeRoot: envelopeRoot, envelopeUri: envelopeUri});
        emit Licensed(modelId, version, licensee, envelopeRoot, envelopeUri);
    }

    /// @inheritdoc IModelAccess
    function revokeLicence(uint256 modelId, uint32 version, address licensee) external onlyOwnerOf(modelId) {
        if (_licences[modelId][version][licensee].envelopeRoot == bytes32(0)) {
            revert ModelAccess_NotLicensed(modelId, version, licensee);
        }
        delete _licences[modelId][version][licensee];
        emit LicenceRevoked(modelId, version, licensee);
    }

    /// @inheritdoc IModelAccess
    function licenceOf(uint256 modelId, uint32 version, address licensee) external view returns (Grant memory) {
        return _licences[modelId][version][licensee];
    }

    /// @inheritdoc IModelAccess
    function grantOf(uint256 modelId, uint32 version, address node) external view returns (Grant memory) {
        return _grants[modelId][version][node];
    }

    /// @inheritdoc IModelAccess
    function memberOf(uint256 modelId, uint32 version, address node) external view returns (Member memory member) {
        uint256 position = _positions[modelId][version][node];
        if (position == 0) return member;
        Stored memory entry = _members[modelId][version][position - 1];
        // The entry was given to another node after this one had resigned and its time was over.
        if (entry.node != node) return member;
        return
            Member({
                node: node,
                bond: entry.bondUnits * BOND_UNIT,
                fromEpoch: entry.fromEpoch,
                untilEpoch: entry.untilEpoch
            });
    }

    /// @inheritdoc IModelAccess
    function membersAt(
        uint256 modelId,
        uint32 version,
        uint32 epoch
    ) external view returns (address[] memory serving, uint256[] memory bonds) {
        if (epoch < oldestEpoch()) revert ModelAccess_EpochGone(epoch, oldestEpoch());
        Stored[] memory entries = _members[modelId][version];
        uint256 count;
        for (uint256 i = 0; i < entries.length; ++i) {
            if (_covers(entries[i], epoch)) entries[count++] = entries[i];
        }
        serving = new address[](count);
        bonds = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            serving[i] = entries[i].node;
            bonds[i] = entries[i].bondUnits * BOND_UNIT;
        }
    }

    /// @inheritdoc IModelAccess
    function servedNow(
        uint256 modelId,
        uint32 version,
        uint256 wanted
    ) external view returns (uint32 epoch, bool enough) {
        epoch = currentEpoch();
        Stored[] storage entries = _members[modelId][version];
        uint256 count = entries.length;
        uint256 found;
        for (uint256 i = 0; i < count && found < wanted; ++i) {
            if (_covers(entries[i], epoch)) ++found;
        }
        return (epoch, found >= wanted);
    }

    /// @inheritdoc IModelAccess
    function currentEpoch() public view returns (uint32) {
        return uint32((block.timestamp - _start) / epochLength) + 1;
    }

    /// @inheritdoc IModelAccess
    function oldestEpoch() public view returns (uint32) {
        uint32 current = currentEpoch();
        return current > retention ? current - retention : 1;
    }

    /// @notice Most a node can risk per duty, wei.
    function maximumBond() public pure returns (uint256) {
        return uint256(type(uint32).max) * BOND_UNIT;
    }

    /// @dev Reuses an entry that no readable epoch can see, any more or ever, else appends: who joins and resigns in the
    ///      same epoch again and again takes no room from others.
    function _place(uint256 modelId, uint32 version, Stored memory entry) private returns (uint256 position) {
        Stored[] storage entries = _members[modelId][version];
        uint256 count = entries.length;
        uint32 oldest = oldestEpoch();
        for (position = 0; position < count; ++position) {
            uint32 untilEpoch = entries[position].untilEpoch;
            if (untilEpoch <= oldest || untilEpoch <= entries[position].fromEpoch) {
                entries[position] = entry;
                return position;
            }
        }
        if (count == MAX_MEMBERS) revert ModelAccess_Full(modelId, version, MAX_MEMBERS);
        entries.push(entry);
    }

    /// @dev What a right is given to must be there, and so must what it is carried by.
    function _requireEnvelope(uint256 modelId, uint32 version, bytes32 envelopeRoot) private view {
        if (version == 0 || version > models.modelOf(modelId).versions) {
            revert ModelAccess_UnknownVersion(modelId, version);
        }
        if (envelopeRoot == bytes32(0)) revert ModelAccess_NoEnvelope();
    }

    function _resign(uint256 modelId, uint32 version, address node) private {
        Stored storage entry = _members[modelId][version][_positions[modelId][version][node] - 1];
        uint32 untilEpoch = currentEpoch() + 1;
        entry.untilEpoch = untilEpoch;
        emit Left(modelId, version, node, untilEpoch);
    }

    /// @dev Whether the node has joined and not resigned.
    function _serves(uint256 modelId, uint32 version, address node) private view returns (bool) {
        uint256 position = _positions[modelId][version][node];
        if (position == 0) return false;
        Stored memory entry = _members[modelId][version][position - 1];
        return entry.node == node && entry.untilEpoch == FOREVER;
    }

    function _covers(Stored memory entry, uint32 epoch) private pure returns (bool) {
        return entry.fromEpoch <= epoch && epoch < entry.untilEpoch;
    }
}

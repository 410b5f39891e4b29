// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {IModelRegistry} from "./interfaces/IModelRegistry.sol";

/// @title ModelRegistry
contract ModelRegistry is ERC721, IModelRegistry {
    /// @notice Most plans a version can have.
    uint256 public constant MAX_PLANS = 16;

    /// @dev What the owner can change, beside the owner itself; the terms lie open so that all fits two slots.
    struct Stored {
        Status status;
        uint32 versions;
        address token;
        //
        uint128 modelFee;
        uint128 nodeFee;
    }

    uint256 private _count;
    mapping(uint256 modelId => Stored) private _models;
    mapping(uint256 modelId => mapping(uint32 version => Version)) private _versions;

    constructor() ERC721("Cloakwork Model", "CLOAK") {}

    /// @dev Lets the owner of a model that is not retired through.
    modifier onlyOwnerOfLiving(uint256 modelId) {
        if (_requireKnown(modelId) != msg.sender) revert ModelRegistry_NotOwner(modelId, msg.sender);
        if (_models[modelId].status == Status.Retired) revert ModelRegistry_Retired(modelId);
        _;
    }

    /// @inheritdoc IModelRegistry
    function register(Terms calldata terms, Version calldata first) external returns (uint256 modelId) {
        modelId = ++_count;
        _models[modelId].status = Status.Active;
        _storeTerms(modelId, terms);
        emit Registered(modelId, msg.sender, terms);
        _publish(modelId, first);
        // Not _safeMint: asking the owner's code whether it understands tokens would hand it control here.
        _mint(msg.sender, modelId);
    }

    /// @inheritdoc IModelRegistry
    function publish(
        uint256 modelId,
        Version calldata content
    ) external onlyOwnerOfLiving(modelId) returns (uint32 version) {
        return _publish(modelId, content);
    }

    /// @inheritdoc IModelRegistry
    function setTerms(uint256 modelId, Terms calldata terms) external onlyOwnerOfLiving(modelId) {
        _storeTerms(modelId, terms);
        emit TermsChanged(modelId, terms);
    }

    /// @inheritdoc IModelRegistry
    function setStatus(uint256 modelId, Status status) external onlyOwnerOfLiving(modelId) {
        if (status == Status.None) revert ModelRegistry_BadStatus();
        _models[modelId].status = status;
        emit StatusChanged(modelId, status);
    }

    /// @inheritdoc IModelRegistry
    function modelCount() external view returns (uint256) {
        return _count;
    }

    /// @inheritdoc IModelRegistry
    function modelOf(uint256 modelId) external view returns (Model memory) {
        address owner = _requireKnown(modelId);
        Stored storage model = _models[modelId];
        Terms memory terms = Terms({token: model.token, modelFee: model.modelFee, nodeFee: model.nodeFee});
        return Model({owner: owner, status: model.status, versions: model.versions, terms: terms});
    }

    /// @inheritdoc IModelRegistry
    function versionOf(uint256 modelId, uint32 version) external view returns (Version memory) {
        _requireVersion(modelId, version);
        return _versions[modelId][version];
    }

    /// @inheritdoc IModelRegistry
    function offerOf(uint256 modelId, uint32 version, uint16 planIndex) external view returns (Offer memory offer) {
        offer.owner = _requireKnown(modelId);
        Stored storage model = _models[modelId];
        if (version == 0 || version > model.versions) revert ModelRegistry_UnknownVersion(modelId, version);
        offer.status = model.status;
        offer.terms = Terms({token: model.token, modelFee: model.modelFee, nodeFee: model.nodeFee});
        Version storage content = _versions[modelId][version];
        if (planIndex >= content.plans.length) revert ModelRegistry_UnknownPlan(modelId, version, planIndex);
        Plan storage plan = content.plans[planIndex];
        offer.units = plan.units;
        offer.planDigest = plan.planDigest;
        offer.weightsRoot = plan.weightsRoot;
        offer.paramsDigest = plan.paramsDigest;
        offer.semantics = plan.semantics;
        offer.noiseRoot = content.noiseRoot;
    }

    /// @notice Where the manifest of the newest version is served: JSON with the model's name and description.
    function tokenURI(uint256 modelId) public view override returns (string memory) {
        _requireKnown(modelId);
        Version storage newest = _versions[modelId][_models[modelId].versions];
        return string.concat(newest.manifestUri, "/blobs/", Strings.toHexString(uint256(newest.manifestRoot), 32));
    }

    function _storeTerms(uint256 modelId, Terms calldata terms) private {
        Stored storage model = _models[modelId];
        model.token = terms.token;
        model.modelFee = terms.modelFee;
        model.nodeFee = terms.nodeFee;
    }

    function _publish(uint256 modelId, Version calldata content) private returns (uint32 version) {
        if (content.noiseRoot == bytes32(0) || content.manifestRoot == bytes32(0)) revert ModelRegistry_BadVersion();
        uint256 count = content.plans.length;
        if (count == 0 || count > MAX_PLANS) revert ModelRegistry_BadPlanCount(count);
        for (uint256 i = 0; i < count; ++i) {
            Plan calldata plan = content.plans[i];
            if (
                plan.planDigest == bytes32(0) ||
                plan.weightsRoot == bytes32(0) ||
                plan.packageRoot == bytes32(0) ||
                plan.paramsDigest == bytes32(0) ||
                plan.semantics == bytes32(0) ||
                plan.units == 0
            ) revert ModelRegistry_BadPlan(i);
        }
        version = ++_models[modelId].versions;
        _versions[modelId][version] = content;
        emit VersionPublished(modelId, version, content);
    }

    function _requireKnown(uint256 modelId) private view returns (address owner) {
        owner = _ownerOf(modelId);
        if (owner == address(0)) revert ModelRegistry_UnknownModel(modelId);
    }

    function _requireVersion(uint256 modelId, uint32 version) private view {
        _requireKnown(modelId);
        if (version == 0 || version > _models[modelId].versions) revert ModelRegistry_UnknownVersion(modelId, version);
    }
}

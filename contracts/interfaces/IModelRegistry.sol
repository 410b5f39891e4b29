// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title ModelRegistry: what a model is, who owns it and what it costs
/// @notice A model is an ERC-721 token. Its versions are immutable once published; its terms and status are the
///         owner's to change, and a change never reaches a request already made.
interface IModelRegistry is IERC721 {
    /// @notice `Active`: can be requested. `Paused`: not now. `Retired`: never again; requests under way run to their end.
    enum Status {
        None,
        Active,
        Paused,
        Retired
    }

    /// @notice One way to evaluate a version under encryption.
    /// @param planDigest blob root of the plan's canonical JSON
    /// @param weightsRoot salted root (kind 3) over the plan's encoded weights
    /// @param packageRoot blob root of the sealed package that carries those weights
    /// @param paramsDigest digest of the parameter set the plan runs at
    /// @param semantics id of the evaluator's semantics, ASCII, right-padded with zeros, e.g. `seal-4.1`
    /// @param units how many times the fees are charged: 1 for a latency plan, more for a plan that does more work
    struct Plan {
        bytes32 planDigest;
        bytes32 weightsRoot;
        bytes32 packageRoot;
        bytes32 paramsDigest;
        bytes32 semantics;
        uint32 units;
    }

    /// @notice One published state of a model.
    /// @param noiseRoot root (kind 4) over the noise seeds, one a request
    /// @param manifestRoot blob root of the manifest
    /// @param manifestUri base URL of a store that serves the manifest under /blobs/; any store that knows the root will do
    /// @param plans at least one, at most 16
    struct Version {
        bytes32 noiseRoot;
        bytes32 manifestRoot;
        string manifestUri;
        Plan[] plans;
    }

    /// @notice What one request costs, in the smallest unit of `token` (`address(0)` is ether).
    /// @param modelFee the owner's, once a request
    /// @param nodeFee a node's, once a replica
    struct Terms {
        address token;
        uint128 modelFee;
        uint128 nodeFee;
    }

    /// @notice A model as it stands.
    struct Model {
        address owner;
        Status status;
        uint32 versions;
        Terms terms;
    }

    /// @notice What a request needs to know of a model, a version and a plan, in one reading.
    struct Offer {
        address owner;
        Status status;
        Terms terms;
        uint32 units;
        bytes32 planDigest;
        bytes32 weightsRoot;
        bytes32 paramsDigest;
        bytes32 semantics;
        bytes32 noiseRoot;
    }

    /// @notice A model came into being.
    event Registered(uint256 indexed modelId, address indexed owner, Terms terms);
    /// @notice A version was published; versions count from 1.
    event VersionPublished(uint256 indexed modelId, uint32 indexed version, Version content);
    /// @notice New terms hold for requests from now on.
    event TermsChanged(uint256 indexed modelId, Terms terms);
    /// @notice The status changed.
    event StatusChanged(uint256 indexed modelId, Status status);

    /// @notice There is no such model.
    error ModelRegistry_UnknownModel(uint256 modelId);
    /// @notice There is no such version of the model.
    error ModelRegistry_UnknownVersion(uint256 modelId, uint32 version);
    /// @notice There is no such plan in the version.
    error ModelRegistry_UnknownPlan(uint256 modelId, uint32 version, uint16 planIndex);
    /// @notice The caller does not own the model.
    error ModelRegistry_NotOwner(uint256 modelId, address caller);
    /// @notice A retired model stays retired and gets no new versions or terms.
    error ModelRegistry_Retired(uint256 modelId);
    /// @notice `None` is not a status a model can be given.
    error ModelRegistry_BadStatus();
    /// @notice A version needs between 1 and 16 plans.
    error ModelRegistry_BadPlanCount(uint256 count);
    /// @notice A plan with an empty digest, root or semantics, or with no units.
    error ModelRegistry_BadPlan(uint256 index);
    /// @notice The version has an empty noise or manifest root.
    error ModelRegistry_BadVersion();

    /// @notice Registers a model, owned by the caller and `Active`, with its first version.
    /// @return modelId counts from 1
    function register(Terms calldata terms, Version calldata first) external returns (uint256 modelId);

    /// @notice Publishes another version. Older versions stay requestable.
    /// @return version its number
    function publish(uint256 modelId, Version calldata content) external returns (uint32 version);

    /// @notice Sets the price of requests made from now on.
    function setTerms(uint256 modelId, Terms calldata terms) external;

    /// @notice Sets the status. `Retired` is final.
    function setStatus(uint256 modelId, Status status) external;

    /// @notice Number of models registered; ids run from 1 to this.
    function modelCount() external view returns (uint256);

    /// @notice The model as it stands; reverts for an unknown id.
    function modelOf(uint256 modelId) external view returns (Model memory);

    /// @notice A published version; reverts for an unknown one.
    function versionOf(uint256 modelId, uint32 version) external view returns (Version memory);

    /// @notice A model's terms as they stand with one plan of a version; reverts for an unknown one.
    function offerOf(uint256 modelId, uint32 version, uint16 planIndex) external view returns (Offer memory);
}

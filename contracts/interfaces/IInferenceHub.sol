// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHubExtension} from "./IHubExtension.sol";

/// @title InferenceHub: requests, escrow, assignment, results, settlement, refunds
/// @notice The way of a request: `Requested → Assigned → Accepted → Posted → Settled`. Whatever goes wrong ends in
///         `Refunded`, by a call that somebody has an interest in sending.
interface IInferenceHub is IHubExtension {
    /// @notice What a request would cost now.
    function quote(
        uint256 modelId,
        uint32 version,
        uint16 planIndex,
        uint8 replicas
    ) external view returns (Quote memory);

    /// @notice Makes a request and escrows its price. Ether: send exactly the quoted total along. Token: allow the hub the
    ///         total before; a token that keeps a part of what is transferred is refused.
    /// @return requestId counts from 1
    function request(RequestParams calldata params) external payable returns (uint256 requestId);

    /// @notice The same with an ERC-2612 permit of the caller for `maxFee` in place of an allowance given before.
    function requestWithPermit(
        RequestParams calldata params,
        Permit calldata permit
    ) external payable returns (uint256 requestId);

    /// @notice Gives the request back before a node is drawn. Refused once the draw is decided, so that nobody can
    ///         throw away a draw it does not like. Requester only.
    function cancel(uint256 requestId) external;

    /// @notice Carries out the draw, of one node a replica. Anybody may; the nodes that may have been drawn want to. When
    ///         fewer than a majority can serve, the request is refunded.
    function assign(uint256 requestId) external;

    /// @notice Starts another draw in place of one that expired, for a fee that is burned.
    function redraw(uint256 requestId) external payable;

    /// @notice The drawn node takes the duty, saying that it holds input and keys, parsed and matching their roots.
    /// @param binding the request's binding digest as the node computed it
    function accept(uint256 requestId, bytes32 binding) external;

    /// @notice The drawn node says that the deterministic parser refuses input or keys. Before or after accepting. One of
    ///         several nodes commits to it instead.
    /// @param code the parser's, not zero
    function reject(uint256 requestId, bytes32 binding, uint16 code) external;

    /// @notice The node posts the result. For an inline result the hub recomputes the digest. One of several nodes commits.
    function post(uint256 requestId, ResultRef calldata result) external;

    /// @notice Pays node and owner: after the challenge window anybody, before it the requester, satisfied. Of several nodes
    ///         those who gave the answer that stands are paid; what the others would have got goes back to the requester.
    ///         Counts the declines of nodes that were drawn before, unless there were more of them than nodes are paid.
    function settle(uint256 requestId) external;

    /// @notice Gives the requester its money back: after the deadline without a result, or when the input was
    ///         rejected and the window is over (the requester need not wait). See `close` for several replicas.
    function refund(uint256 requestId) external;

    /// @notice The request as it stands; reverts for an unknown one.
    function requestOf(uint256 requestId) external view returns (Request memory);

    /// @notice The duties of a request that are in force, by replica.
    function dutiesOf(uint256 requestId) external view returns (Duty[] memory);

    /// @notice The request's binding digest (EIP-712).
    function bindingOf(uint256 requestId) external view returns (bytes32);

    /// @notice The binding digest a request with this content would have.
    function hashBinding(Binding calldata binding) external view returns (bytes32);

    /// @notice The digest of binding and result together (EIP-712), once posted: what a receipt states.
    function receiptOf(uint256 requestId) external view returns (bytes32);

    /// @notice What is set aside for audits of a model's results.
    function auditPoolOf(uint256 modelId, address token) external view returns (uint256);

    /// @notice The digest of a binding and an answer together (EIP-712).
    function hashReceipt(bytes32 binding, uint8 kind, uint32 size, bytes32 digest) external view returns (bytes32);

    /// @notice Number of requests; ids run from 1 to this.
    function requestCount() external view returns (uint256);

    /// @notice How many noise seeds of a version are used.
    function noiseUsed(uint256 modelId, uint32 version) external view returns (uint32);
}

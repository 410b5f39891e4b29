// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHubTypes} from "./IHubTypes.sol";

/// @title IHubExtension: what the hub leaves to its extension, because one contract cannot hold all of it
/// @notice Called at the hub, which runs the extension's code on its own storage. Lost duties, several replicas, disputes.
interface IHubExtension is IHubTypes {
    /// @notice The drawn node does not take the duty. Free. It counts towards a suspension for the model once the request is
    ///         settled, if no more nodes declined it than were paid; never when the node was drawn too late to have its whole
    ///         time before the request's deadline.
    function decline(uint256 requestId) external;

    /// @notice One of several nodes, having accepted, says that it has an answer.
    /// @param commitment keccak256(abi.encode(hashReceipt(binding, kind, size, digest), salt, node)): nobody can copy it
    function commit(uint256 requestId, bytes32 commitment) external;

    /// @notice Who committed tells its answer, once nobody is waited for. The first to tell an inline result sends its
    ///         bytes along; others may leave `data` empty.
    function reveal(uint256 requestId, ResultRef calldata answer, bytes32 salt) external;

    /// @notice With several replicas, moves on without those who let their time pass: after the deadline to the reveals, after
    ///         the reveals to the answer that more than half of all replicas gave. Refunds when there is no such answer, or
    ///         cannot be.
    function close(uint256 requestId) external;

    /// @notice Takes the duty from every node whose deadline passed, slashes a small part of its bond and draws another.
    function reassign(uint256 requestId) external;

    /// @notice Disputes only: somebody may challenge the answer. Nobody settles before the time to reveal is over.
    /// @param time seconds after the challenge window that challengers have to reveal
    /// @return until when that is
    function hold(uint256 requestId, uint32 time) external returns (uint64 until);

    /// @notice Disputes only: the answer is in dispute.
    /// @param payees how many node fees an audit may cost, taken from what the model's requests set aside; zero for a
    ///        challenge
    /// @return answer the receipt of the answer in dispute
    function dispute(uint256 requestId, uint8 payees) external returns (bytes32 answer);

    /// @notice Disputes only: ends a dispute. Who gave an answer that is replaced, or withholds its bytes, loses the bond of that
    ///         duty and its fee.
    /// @param answer the right one, if the verdict is `Replaced` or `Withheld`
    /// @param payees who gets a node fee for an audit
    /// @return slashed wei credited to the caller, which pays from it and burns the rest
    function resolve(
        uint256 requestId,
        Verdict verdict,
        ResultRef calldata answer,
        address[] calldata payees
    ) external returns (uint256 slashed);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEntropy} from "../interfaces/IEntropy.sol";

/// @title BlockHashEntropy: the hash of a later block
/// @notice A round is a block number. Nobody knows the hash of a block `delay` blocks ahead; whoever proposes that block
///         can throw it away and lose its reward, which is the limit of this source.
/// @dev Warning: only for chains whose `block.number` is their own and whose blocks are not one party's to choose.
contract BlockHashEntropy is IEntropy {
    /// @notice The delay is not between 1 and 64 blocks.
    error BlockHashEntropy_BadDelay(uint64 delay);

    /// @notice Blocks between a commitment and the block whose hash decides.
    uint64 public immutable delay;

    /// @param delay_ blocks to wait, 1 to 64
    constructor(uint64 delay_) {
        if (delay_ == 0 || delay_ > 64) revert BlockHashEntropy_BadDelay(delay_);
        delay = delay_;
    }

    /// @inheritdoc IEntropy
    function commit() external view returns (uint64 round) {
        return uint64(block.number) + delay;
    }

    /// @inheritdoc IEntropy
    function seedOf(uint64 round) external view returns (Status status, bytes32 seed) {
        if (block.number <= round) return (Status.Pending, bytes32(0));
        bytes32 hash = _hashOf(round);
        if (hash == bytes32(0)) return (Status.Expired, bytes32(0));
        return (Status.Ready, keccak256(abi.encode(block.chainid, round, hash)));
    }

    /// @inheritdoc IEntropy
    function source() external pure virtual returns (string memory) {
        return "blockhash";
    }

    /// @dev The hash of an earlier block; zero when it cannot be read any more.
    function _hashOf(uint64 round) internal view virtual returns (bytes32) {
        return blockhash(round);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IEntropy: randomness that nobody knows when it is asked for
/// @notice A caller commits to a round, then reads the seed once the round is over. A round that was not read in
///         time expires and must not be drawn again for free, or a caller could wait for a seed that suits it.
interface IEntropy {
    /// @notice `Pending`: not known yet. `Ready`: known. `Expired`: was known, cannot be read any more.
    enum Status {
        Pending,
        Ready,
        Expired
    }

    /// @notice Fixes the next round whose seed is unknown to everybody now.
    /// @return round what to hand to `seedOf` later
    function commit() external returns (uint64 round);

    /// @notice The seed of a round.
    /// @return status whether the seed can be read
    /// @return seed 32 uniform bytes when `status` is `Ready`, else zero
    function seedOf(uint64 round) external view returns (Status status, bytes32 seed);

    /// @notice Name of the source, e.g. `blockhash`; deployment refuses a source unsuitable for its chain.
    function source() external view returns (string memory);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockHashEntropy} from "./BlockHashEntropy.sol";

/// @title HistoryEntropy: the hash of a later block, which can be read for a day
/// @notice Rounds and seeds are those of BlockHashEntropy. Hashes older than 256 blocks come from the chain's history
///         contract (EIP-2935), which keeps 8,191 of them: 27 hours of Ethereum instead of 51 minutes.
/// @dev Warning: only for chains whose history contract gives the hashes `blockhash` gives; deployment asks it for one.
contract HistoryEntropy is BlockHashEntropy {
    /// @notice The gas does not suffice to ask for an older hash.
    error HistoryEntropy_NotEnoughGas();

    /// @dev Where EIP-2935 puts the history: takes a block number as 32 bytes, returns 32, reverts for what it does not keep.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    /// @dev Gas for one read, which takes about 2,500: room for storage to become dearer, little to waste.
    uint256 private constant READ_GAS = 100_000;

    /// @param delay_ blocks to wait, 1 to 64
    constructor(uint64 delay_) BlockHashEntropy(delay_) {}

    /// @inheritdoc BlockHashEntropy
    function source() external pure override returns (string memory) {
        return "blockhash-history";
    }

    /// @dev A history that is not there, refuses, or answers with anything but 32 bytes knows no hash. A call gets at most
    ///      63/64 of the gas that is left (EIP-150): when it failed and less than 1/63 of what it may take is left over, it
    ///      may have had less, and a caller could make a seed that does not suit it look expired.
    function _hashOf(uint64 round) internal view override returns (bytes32 hash) {
        hash = super._hashOf(round);
        if (hash != bytes32(0)) return hash;
        uint256 numberOfBlock = round;
        bool success;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(0, numberOfBlock)
            success := staticcall(READ_GAS, HISTORY, 0, 32, 0, 32)
            if and(success, eq(returndatasize(), 32)) {
                hash := mload(0)
            }
        }
        if (!success && gasleft() < READ_GAS / 63) revert HistoryEntropy_NotEnoughGas();
    }
}

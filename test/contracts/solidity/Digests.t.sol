// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DigestsHarness} from "../../../contracts/testing/DigestsHarness.sol";
import {Draws} from "../../../contracts/libraries/Draws.sol";
import {deployed} from "./Deployed.sol";

/// @title DigestsTest: laws of the Merkle root, over arbitrary bytes
contract DigestsTest {
    DigestsHarness private immutable _digests = DigestsHarness(deployed("DigestsHarness.sol:DigestsHarness", ""));

    /// @notice The root equals its definition, written as a recursion.
    function testFuzz_BlobRootIsItsDefinition(bytes calldata seed, uint16 length) external view {
        bytes memory data = _stretch(seed, length % 5000);
        uint256 leaves = data.length == 0 ? 1 : (data.length + 1023) / 1024;
        bytes32 expected = sha256(abi.encodePacked(hex"02", uint8(1), uint64(data.length), _top(data, 0, leaves)));
        require(_digests.blobRoot(data) == expected, "another root");
    }

    /// @notice A flipped bit anywhere changes the root.
    function testFuzz_BlobRootNoticesAFlippedBit(
        bytes calldata seed,
        uint16 length,
        uint16 where,
        uint8 bit
    ) external view {
        bytes memory data = _stretch(seed, 1 + (length % 5000));
        bytes32 before = _digests.blobRoot(data);
        data[where % data.length] ^= bytes1(uint8(1) << (bit % 8));
        require(_digests.blobRoot(data) != before, "not noticed");
    }

    /// @notice A longer object with the same leading bytes has another root, zeros included.
    function testFuzz_BlobRootNoticesALongerObject(bytes calldata seed, uint16 length, uint8 more) external view {
        bytes memory data = _stretch(seed, length % 3000);
        bytes memory longer = bytes.concat(data, new bytes(1 + uint256(more)));
        require(_digests.blobRoot(longer) != _digests.blobRoot(data), "not noticed");
    }

    /// @notice A draw falls on an index with weight, and on the one its point lies in.
    function testFuzz_PickFallsWhereItsPointLies(uint32[8] calldata shares, bytes32 seed) external pure {
        uint256[] memory weights = new uint256[](8);
        uint256 total;
        for (uint256 i = 0; i < 8; ++i) {
            weights[i] = shares[i];
            total += shares[i];
        }
        if (total == 0) return;
        uint256 index = Draws.pick(weights, total, seed);
        uint256 point = uint256(seed) % total;
        uint256 below;
        for (uint256 i = 0; i < index; ++i) below += weights[i];
        require(point >= below && point < below + weights[index], "another index");
    }

    /// @dev Top of the leaves `from` to `to - 1`: the left half is the largest power of two below their number.
    function _top(bytes memory data, uint256 from, uint256 to) private pure returns (bytes32) {
        if (to - from == 1) {
            uint256 start = from * 1024;
            uint256 end = start + 1024 < data.length ? start + 1024 : data.length;
            bytes memory leaf = new bytes(end - start);
            for (uint256 i = 0; i < leaf.length; ++i) leaf[i] = data[start + i];
            return sha256(bytes.concat(hex"00", leaf));
        }
        uint256 half = 1;
        while (half * 2 < to - from) half *= 2;
        return sha256(bytes.concat(hex"01", _top(data, from, from + half), _top(data, from + half, to)));
    }

    /// @dev `length` bytes made of `seed` again and again, each block of it changed by its position.
    function _stretch(bytes calldata seed, uint256 length) private pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            data[i] = seed.length == 0 ? bytes1(uint8(i)) : seed[i % seed.length] ^ bytes1(uint8(i / 256));
        }
    }
}

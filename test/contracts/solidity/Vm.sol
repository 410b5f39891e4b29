// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Vm: the test runner's cheat codes that these tests use
interface Vm {
    /// @notice Sets `block.timestamp`.
    function warp(uint256 timestamp) external;
    /// @notice Sets `block.number`.
    function roll(uint256 number) external;
    /// @notice Sets the hash of a past block.
    function setBlockhash(uint256 number, bytes32 hash) external;
    /// @notice The next call comes from `sender`.
    function prank(address sender) external;
    /// @notice Gives `account` so much ether.
    function deal(address account, uint256 amount) external;
    /// @notice The address `deployer` creates with `nonce`.
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    /// @notice The nonce of `account`.
    function getNonce(address account) external view returns (uint64);
    /// @notice Creation code of the compiled contract `what`, "File.sol:Name".
    function getCode(string calldata what) external view returns (bytes memory);
    /// @notice Gives up on this input of a fuzz test unless `condition` holds.
    function assume(bool condition) external pure;
}

/// @dev address(uint160(uint256(keccak256("hevm cheat code"))))
Vm constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

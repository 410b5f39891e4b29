// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title OddToken: a token that returns nothing, and refuses or calls somebody in the middle of a transfer when told to
contract OddToken {
    /// @notice It was told to refuse.
    error OddToken_Refused();

    /// @notice Units by account.
    mapping(address account => uint256) public balanceOf;
    bool private _refuses;
    address private _target;
    bytes private _data;
    /// @notice Whether the call in the middle of the last transfer went through.
    bool public reentered;
    /// @notice What that call returned, or why it did not go through.
    bytes public answer;

    constructor() {
        balanceOf[msg.sender] = 1_000_000;
    }

    /// @notice Refuses every transfer from now on, or none.
    function setRefuses(bool refuses) external {
        _refuses = refuses;
    }

    /// @notice Calls `target` with `data` in the middle of every transfer.
    function setHook(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    /// @notice Moves the caller's units.
    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    /// @notice Moves anybody's units: this token asks for no allowance.
    function transferFrom(address from, address to, uint256 amount) external {
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        if (_refuses) revert OddToken_Refused();
        balanceOf[from] -= amount;
        // solhint-disable-next-line avoid-low-level-calls
        if (_target != address(0)) (reentered, answer) = _target.call(_data);
        balanceOf[to] += amount;
    }
}

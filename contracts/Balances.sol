// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IBalances} from "./interfaces/IBalances.sol";

/// @title Balances
contract Balances is IBalances, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev token → account → amount; ether is the token `address(0)`
    mapping(address token => mapping(address account => uint256 amount)) private _balances;
    mapping(address token => uint256 amount) private _burned;
    /// @dev Sum of all balances in a token, with what was burned of it.
    mapping(address token => uint256 amount) private _held;

    /// @inheritdoc IBalances
    function deposit(address account) external payable nonReentrant {
        if (account == address(0)) revert Balances_NoAccount();
        if (msg.value == 0) revert Balances_NothingToDo();
        _balances[address(0)][account] += msg.value;
        emit Deposited(address(0), account, msg.value);
    }

    /// @inheritdoc IBalances
    /// @dev The pull comes before the credit because only it tells how much arrived; the guard closes the gap.
    function depositToken(
        address token,
        address account,
        uint256 amount
    ) external nonReentrant returns (uint256 received) {
        if (account == address(0) || token == address(0)) revert Balances_NoAccount();
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        received = IERC20(token).balanceOf(address(this)) - before;
        if (received == 0) revert Balances_NothingToDo();
        _balances[token][account] += received;
        _held[token] += received;
        emit Deposited(token, account, received);
    }

    /// @inheritdoc IBalances
    function credit(address token, address account, uint256 amount) external nonReentrant {
        if (account == address(0) || token == address(0)) revert Balances_NoAccount();
        if (amount == 0) revert Balances_NothingToDo();
        uint256 held = _held[token];
        uint256 has = IERC20(token).balanceOf(address(this));
        uint256 arrived = has > held ? has - held : 0;
        if (arrived < amount) revert Balances_NotArrived(token, arrived, amount);
        _held[token] = held + amount;
        _balances[token][account] += amount;
        emit Deposited(token, account, amount);
    }

    /// @inheritdoc IBalances
    function move(address token, address to, uint256 amount) external nonReentrant {
        if (amount == 0) revert Balances_NothingToDo();
        _take(token, amount);
        _give(token, to, amount);
    }

    /// @inheritdoc IBalances
    function moveMany(address token, address[] calldata to, uint256[] calldata amounts) external nonReentrant {
        if (to.length != amounts.length) revert Balances_LengthMismatch(to.length, amounts.length);
        uint256 total;
        for (uint256 i = 0; i < amounts.length; ++i) total += amounts[i];
        _take(token, total);
        for (uint256 i = 0; i < to.length; ++i) {
            if (amounts[i] != 0) _give(token, to[i], amounts[i]);
        }
    }

    /// @inheritdoc IBalances
    function burn(address token, uint256 amount) external nonReentrant {
        if (amount == 0) revert Balances_NothingToDo();
        _take(token, amount);
        _burned[token] += amount;
        emit Burned(token, msg.sender, amount);
    }

    /// @inheritdoc IBalances
    function withdraw(address token, address recipient, uint256 amount) external nonReentrant {
        if (amount == 0) revert Balances_NothingToDo();
        if (recipient == address(0)) revert Balances_NoAccount();
        _take(token, amount);
        emit Withdrawn(token, msg.sender, recipient, amount);
        if (token == address(0)) {
            (bool sent, ) = recipient.call{value: amount}("");
            if (!sent) revert Balances_TransferFailed(recipient, amount);
        } else {
            _held[token] -= amount;
            IERC20(token).safeTransfer(recipient, amount);
        }
    }

    /// @inheritdoc IBalances
    function balanceOf(address token, address account) external view returns (uint256) {
        return _balances[token][account];
    }

    /// @inheritdoc IBalances
    function heldOf(address token) external view returns (uint256) {
        return _held[token];
    }

    /// @inheritdoc IBalances
    function burnedOf(address token) external view returns (uint256) {
        return _burned[token];
    }

    /// @dev Takes `amount` from the caller.
    function _take(address token, uint256 amount) private {
        uint256 balance = _balances[token][msg.sender];
        if (balance < amount) revert Balances_Insufficient(token, msg.sender, balance, amount);
        unchecked {
            _balances[token][msg.sender] = balance - amount;
        }
    }

    /// @dev Gives to `to` what was taken from the caller before.
    function _give(address token, address to, uint256 amount) private {
        if (to == address(0)) revert Balances_NoAccount();
        _balances[token][to] += amount;
        emit Moved(token, msg.sender, to, amount);
    }
}

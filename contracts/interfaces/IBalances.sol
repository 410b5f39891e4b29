// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Balances: the one vault, and the ledger of who owns what in it
/// @notice Every wei and every token unit of the protocol lies here. An account is an address; the hub and the node
///         registry are accounts like any other, whose balances are the escrows and the stakes they answer for.
///         Nobody can move another account's balance, so the vault trusts no contract and has no administrator.
/// @dev Invariant, per token: vault holdings ≥ sum of all balances + burned. Ether is the token `address(0)`.
interface IBalances {
    /// @notice `amount` of `token` came in and was credited to `account`.
    event Deposited(address indexed token, address indexed account, uint256 amount);
    /// @notice `amount` of `token` moved inside the ledger.
    event Moved(address indexed token, address indexed from, address indexed to, uint256 amount);
    /// @notice `amount` of `token` left the vault for `recipient`, taken from `account`.
    event Withdrawn(address indexed token, address indexed account, address recipient, uint256 amount);
    /// @notice `amount` of `token` was given up by `from` for good.
    event Burned(address indexed token, address indexed from, uint256 amount);

    /// @notice The account holds less than was asked for.
    error Balances_Insufficient(address token, address account, uint256 balance, uint256 wanted);
    /// @notice There is nothing to deposit, move or withdraw.
    error Balances_NothingToDo();
    /// @notice The zero address cannot own a balance.
    error Balances_NoAccount();
    /// @notice The recipient refused the ether; the balance is untouched.
    error Balances_TransferFailed(address recipient, uint256 amount);
    /// @notice Less of the token arrived in the vault than is to be credited.
    error Balances_NotArrived(address token, uint256 arrived, uint256 wanted);
    /// @notice Lists of different lengths.
    error Balances_LengthMismatch(uint256 accounts, uint256 amounts);

    /// @notice Credits the ether sent along to `account`.
    function deposit(address account) external payable;

    /// @notice Pulls up to `amount` of `token` from the caller and credits `account` with what actually arrived.
    /// @return received the units that arrived; less than `amount` for tokens that take a fee
    function depositToken(address token, address account, uint256 amount) external returns (uint256 received);

    /// @notice Credits `account` with `amount` of `token` that was transferred to the vault and credited to nobody. For
    ///         contracts that transfer and credit in one transaction; what is left lying here anybody may have credited.
    function credit(address token, address account, uint256 amount) external;

    /// @notice Moves `amount` of the caller's balance to `to`.
    function move(address token, address to, uint256 amount) external;

    /// @notice Moves the caller's balance to several accounts in one call. Zero amounts are skipped.
    function moveMany(address token, address[] calldata to, uint256[] calldata amounts) external;

    /// @notice Gives up `amount` of the caller's balance for good: no account can ever withdraw it.
    function burn(address token, uint256 amount) external;

    /// @notice Pays `amount` of the caller's balance out to `recipient`.
    function withdraw(address token, address recipient, uint256 amount) external;

    /// @notice What `account` owns of `token`, in its smallest unit.
    function balanceOf(address token, address account) external view returns (uint256);

    /// @notice What is owned of `token` by all accounts together, with what was burned; ether is not counted here.
    function heldOf(address token) external view returns (uint256);

    /// @notice What was burned of `token` so far.
    function burnedOf(address token) external view returns (uint256);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBalances} from "../interfaces/IBalances.sol";

/// @title Rejecter: an account that takes no ether, or takes it and asks again
contract Rejecter {
    /// @notice It refuses ether.
    error Rejecter_NoEtherPlease();

    IBalances private immutable _balances;
    bool private immutable _reenter;

    /// @param balances_ the vault
    /// @param reenter whether to withdraw once more from within the payment instead of refusing it
    constructor(IBalances balances_, bool reenter) {
        _balances = balances_;
        _reenter = reenter;
    }

    // What it does on receiving is what it is for.
    // solhint-disable-next-line no-complex-fallback
    receive() external payable {
        if (!_reenter) revert Rejecter_NoEtherPlease();
        _balances.withdraw(address(0), address(this), 1);
    }

    /// @notice Withdraws `amount` of this account's ether to itself.
    function withdraw(uint256 amount) external {
        _balances.withdraw(address(0), address(this), amount);
    }
}

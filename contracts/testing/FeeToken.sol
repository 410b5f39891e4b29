// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title FeeToken: a token that keeps a share of every transfer
contract FeeToken is ERC20 {
    uint256 private immutable _feeBps;

    /// @param feeBps the share kept, in 1/10,000
    constructor(uint256 feeBps) ERC20("Fee Token", "FEE") {
        _feeBps = feeBps;
        _mint(msg.sender, 1_000_000);
    }

    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : (value * _feeBps) / 10_000;
        super._update(from, to, value - fee);
        if (fee != 0) super._update(from, address(0), fee);
    }
}

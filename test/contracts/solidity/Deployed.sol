// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VM} from "./Vm.sol";

/// @dev Deploys the contract `what`, "File.sol:Name", as it was compiled for use. `new` would compile it once more, and
///      into every test that mentions it.
function deployed(string memory what, bytes memory arguments) returns (address created) {
    bytes memory code = bytes.concat(VM.getCode(what), arguments);
    assembly ("memory-safe") {
        created := create(0, add(code, 32), mload(code))
    }
    require(created != address(0), what);
}

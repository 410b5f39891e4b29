// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HubDisputes} from "./hub/HubDisputes.sol";
import {HubLosses} from "./hub/HubLosses.sol";
import {HubReplicas} from "./hub/HubReplicas.sol";
import {HubState} from "./hub/HubState.sol";

/// @title HubExtension: the code the hub runs for what it does not hold itself
/// @dev Holds no money and no requests of its own: called directly it knows no request. It has to be deployed with the
///      same arguments as the hub, which deployment verifies.
contract HubExtension is HubLosses, HubReplicas, HubDisputes {
    /// @param w the other contracts, as the hub has them
    /// @param p windows and rates, as the hub has them
    constructor(Wiring memory w, Parameters memory p) HubState(w, p) {}
}

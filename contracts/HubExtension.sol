// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBalances} from "./interfaces/IBalances.sol";
import {IEntropy} from "./interfaces/IEntropy.sol";
import {IKeyRegistry} from "./interfaces/IKeyRegistry.sol";
import {IModelAccess} from "./interfaces/IModelAccess.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {HubDisputes} from "./hub/HubDisputes.sol";
import {HubLosses} from "./hub/HubLosses.sol";
import {HubReplicas} from "./hub/HubReplicas.sol";
import {HubState} from "./hub/HubState.sol";

/// @title HubExtension: the code the hub runs for what it does not hold itself
/// @dev Holds no money and no requests of its own: called directly it knows no request. It has to be deployed with the
///      same arguments as the hub, which deployment verifies.
contract HubExtension is HubLosses, HubReplicas, HubDisputes {
    /// @param models_ the model registry
    /// @param access_ who serves what
    /// @param nodes_ the node registry
    /// @param keys_ the key registry
    /// @param balances_ the vault
    /// @param entropy_ randomness suitable for this chain
    /// @param disputes_ the contract for disputes
    /// @param p windows and rates
    constructor(
        IModelRegistry models_,
        IModelAccess access_,
        INodeRegistry nodes_,
        IKeyRegistry keys_,
        IBalances balances_,
        IEntropy entropy_,
        address disputes_,
        Parameters memory p
    ) HubState(models_, access_, nodes_, keys_, balances_, entropy_, disputes_, p) {}
}

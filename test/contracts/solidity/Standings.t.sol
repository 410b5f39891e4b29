// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBalances} from "../../../contracts/interfaces/IBalances.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {deployed} from "./Deployed.sol";
import {VM} from "./Vm.sol";

/// @title StandingsTest: rows of declines and suspensions, over arbitrary declines and results
contract StandingsTest {
    uint256 private constant NODES = 2;
    uint256 private constant MODELS = 3;
    uint8 private constant ROW = 3;
    uint64 private constant SUSPENSION = 5 minutes;

    /// @dev What a node declined of a model, told on its own.
    struct Told {
        uint256 row;
        uint256 until;
    }

    IBalances private immutable _balances = IBalances(deployed("Balances.sol:Balances", ""));
    /// @dev This contract is its hub.
    INodeRegistry private immutable _nodes = INodeRegistry(
        deployed(
            "NodeRegistry.sol:NodeRegistry",
            abi.encode(_balances, address(this), address(this), 1, 1 hours, ROW, SUSPENSION)
        )
    );

    constructor() {
        // The base point of P-256.
        bytes memory key = bytes.concat(
            hex"046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            hex"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        );
        for (uint256 node = 0; node < NODES; ++node) {
            VM.deal(_nodeAt(node), 1);
            VM.prank(_nodeAt(node));
            _nodes.register{value: 1}(key, "https://node");
        }
    }

    /// @notice Each node has at each model the standing it would have if there were no other node and no other model, and
    ///         is drawn for the model unless that standing says that it is suspended.
    function testFuzz_StandingsAreEachTheirOwn(bytes calldata story) external {
        Told[MODELS][NODES] memory told;
        uint256 time = 1_000_000;
        for (uint256 i = 0; i < story.length && i < 60; ++i) {
            uint8 what = uint8(story[i]);
            uint256 node = what % NODES;
            uint256 model = (what / NODES) % MODELS;
            time += what % 16 < 2 ? SUSPENSION / 2 : 1;
            VM.warp(time);
            Told memory one = told[node][model];
            if (what < 200) {
                _nodes.recordDecline(_nodeAt(node), model + 1);
                if (++one.row == ROW) (one.row, one.until) = (0, time + SUSPENSION);
            } else {
                _nodes.fulfil(_nodeAt(node), 0, model + 1);
                one.row = 0;
            }
            _check(told, time);
        }
    }

    function _check(Told[MODELS][NODES] memory told, uint256 time) private view {
        for (uint256 node = 0; node < NODES; ++node) {
            for (uint256 model = 0; model < MODELS; ++model) {
                Told memory one = told[node][model];
                INodeRegistry.Standing memory standing = _nodes.standingOf(_nodeAt(node), model + 1);
                require(standing.declines == one.row, "another row");
                require(standing.suspendedUntil == one.until, "another suspension");
                bool can = _nodes.canServe(_nodeAt(node), model + 1, 1, address(0));
                require(can == (time >= one.until), "drawn while suspended, or not drawn while not");
            }
        }
    }

    function _nodeAt(uint256 index) private pure returns (address) {
        return address(uint160(100 + index));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInferenceHub} from "../../../contracts/interfaces/IInferenceHub.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {Actors} from "./Actors.sol";

/// @title Invariants: what holds whatever owner, users, nodes and passers-by do
/// @notice 1. Money in = vault + money out; the vault holds exactly what it owes and what was burned.
///         2. The hub's balance is the escrow of the requests under way.
///         3. The node registry's balance is the sum of all stakes, and what is locked of a stake is the sum of the bonds
///            of the node's duties under way.
///         4. A result stands for the request it was posted for, by the node that was drawn.
///         5. An ended request stays as it ended.
///         6. No request is stuck: each under way can be ended by calls anybody may send, as time goes by.
contract Invariants {
    Actors private _actors;

    function setUp() external {
        _actors = new Actors();
    }

    /// @notice The runner calls these contracts only.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actors);
    }

    /// @dev One function for all, because the runner plays all its runs again for every one; requests and duties are read
    ///      once, because reading them is most of the work.
    function invariant_All() external view {
        uint256 count = _actors.hub().requestCount();
        IInferenceHub.Request[] memory requests = new IInferenceHub.Request[](count);
        IInferenceHub.Duty[] memory duties = new IInferenceHub.Duty[](count);
        for (uint256 i = 0; i < count; ++i) {
            requests[i] = _actors.hub().requestOf(i + 1);
            duties[i] = _actors.hub().dutiesOf(i + 1)[0];
        }
        _checkMoneyAddsUp();
        _checkTheHubHoldsTheEscrows(requests);
        _checkTheRegistryHoldsTheStakes(duties);
        _checkResultsStandForTheirRequest(requests, duties);
        _checkTheEndIsTheEnd();
        _checkEveryRequestHasAWayOut(requests);
    }

    /// @notice The actors' calls get through often enough for the invariants to mean something.
    function test_EveryKindOfCallGetsThrough() external {
        for (uint256 i = 0; i < 2_000; ++i) _step(uint256(keccak256(abi.encode(i))));
        string[14] memory names = [
            "request",
            "assign",
            "accept",
            "post",
            "settle",
            "refund",
            "decline",
            "reject",
            "reassign",
            "redraw",
            "requestExit",
            "exit",
            "join",
            "resign"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            require(_actors.done(bytes32(bytes(names[i]))) > 1, names[i]);
        }
        this.invariant_All();
    }

    function _checkMoneyAddsUp() private view {
        uint256 owed = _actors.balances().burnedOf(address(0));
        address[] memory all = _actors.everybody();
        for (uint256 i = 0; i < all.length; ++i) owed += _actors.balances().balanceOf(address(0), all[i]);
        require(address(_actors.balances()).balance == owed, "the vault does not hold what it owes");
        require(_actors.moneyIn() == owed + _actors.moneyOut(), "money appeared or vanished");
    }

    function _checkTheHubHoldsTheEscrows(IInferenceHub.Request[] memory requests) private view {
        uint256 escrow;
        for (uint256 i = 0; i < requests.length; ++i) {
            IInferenceHub.Request memory r = requests[i];
            if (_isEnded(r.state)) continue;
            escrow += r.modelFee + r.nodeFee * r.replicas + r.auditFee;
        }
        require(_actors.balances().balanceOf(address(0), address(_actors.hub())) == escrow, "another escrow");
    }

    function _checkTheRegistryHoldsTheStakes(IInferenceHub.Duty[] memory duties) private view {
        uint256 stakes;
        for (uint256 i = 0; i < _actors.NODES(); ++i) {
            INodeRegistry.Node memory node = _actors.nodes().nodeOf(_actors.nodeAt(i));
            stakes += node.stake;
            require(node.locked <= node.stake, "more locked than staked");
            require(node.locked == _bondsOf(_actors.nodeAt(i), duties), "other bonds");
        }
        require(_actors.balances().balanceOf(address(0), address(_actors.nodes())) == stakes, "other stakes");
    }

    function _checkResultsStandForTheirRequest(
        IInferenceHub.Request[] memory requests,
        IInferenceHub.Duty[] memory duties
    ) private view {
        for (uint256 i = 0; i < requests.length; ++i) {
            IInferenceHub.Request memory r = requests[i];
            require(r.binding == _actors.boundTo(i + 1), "another binding");
            if (r.state != IInferenceHub.RequestState.Posted && r.state != IInferenceHub.RequestState.Settled) continue;
            require(r.resultDigest == _actors.postedDigest(i + 1) && r.resultDigest != 0, "another result");
            require(duties[i].node == _actors.postedBy(i + 1), "another node");
        }
    }

    function _checkTheEndIsTheEnd() private view {
        require(!_actors.endedChanged(), "an ended request changed");
        require(!_actors.postedByAnother(), "posted by a node that was not drawn");
    }

    /// @dev Every state under way has a deadline, and past it a call that ends the request.
    function _checkEveryRequestHasAWayOut(IInferenceHub.Request[] memory requests) private view {
        for (uint256 i = 0; i < requests.length; ++i) {
            IInferenceHub.Request memory r = requests[i];
            if (r.state == IInferenceHub.RequestState.Posted || r.state == IInferenceHub.RequestState.Rejected) {
                require(r.until != 0 && r.until <= block.timestamp + 20 minutes, "no end of the window");
            } else if (!_isEnded(r.state)) {
                require(r.deadline != 0, "no deadline");
            }
        }
    }

    function _step(uint256 x) private {
        uint256 kind = x % 16;
        uint8 what = uint8(x >> 8);
        uint256 who = uint256(uint64(x >> 16));
        uint256 id = uint256(uint64(x >> 80));
        if (kind < 2) _actors.request(who, uint32(x >> 144), what);
        else if (kind < 5) _actors.poke(id, what, who);
        else if (kind == 5) _actors.requesterActs(id, what);
        else if (kind == 6) _actors.redraw(id, who);
        else if (kind < 10) _actors.nodeActs(id, what, who, abi.encode(x));
        else if (kind == 10) _actors.nodeMoves(who, what);
        else if (kind == 11) _actors.ownerMoves(what, uint64(x >> 176), uint64(x >> 190));
        else if (kind == 12) _actors.withdraw(who, x >> 144);
        else _actors.wait(uint16(x >> 144), uint16(x >> 160));
    }

    function _bondsOf(address node, IInferenceHub.Duty[] memory duties) private pure returns (uint256 bonds) {
        for (uint256 i = 0; i < duties.length; ++i) {
            IInferenceHub.Duty memory duty = duties[i];
            bool underWay =
                duty.state == IInferenceHub.DutyState.Assigned ||
                    duty.state == IInferenceHub.DutyState.Accepted ||
                    duty.state == IInferenceHub.DutyState.Posted ||
                    duty.state == IInferenceHub.DutyState.Rejected;
            if (underWay && duty.node == node) bonds += duty.bond;
        }
    }

    function _isEnded(IInferenceHub.RequestState state) private pure returns (bool) {
        return state == IInferenceHub.RequestState.Settled || state == IInferenceHub.RequestState.Refunded;
    }
}

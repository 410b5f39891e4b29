// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBalances} from "../../../contracts/interfaces/IBalances.sol";
import {IDisputes} from "../../../contracts/interfaces/IDisputes.sol";
import {IHubTypes} from "../../../contracts/interfaces/IHubTypes.sol";
import {IInferenceHub} from "../../../contracts/interfaces/IInferenceHub.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {Actors} from "./Actors.sol";
import {Disputers} from "./Disputers.sol";

/// @title Invariants: what holds whatever owner, users, nodes, challengers, jurors and passers-by do
/// @notice 1. Money in = vault + money out; the vault holds exactly what it owes and what was burned, in ether and in a token.
///         2. The hub's balance is the escrow of the requests under way, the audit pools and the audits under way.
///         3. The node registry's balance is the sum of all stakes, and what is locked of a stake is the sum of the bonds
///            of the node's duties and juries under way. The balance of disputes is the bonds of open challenges.
///         4. A result stands for the request it was posted for: by the node that was drawn, by more than half of several, or
///            by a jury.
///         5. An ended request stays as it ended.
///         6. No request and no dispute is stuck: each under way has an end ahead.
///         7. No node has two duties in a request.
contract Invariants {
    Actors private _actors;
    Disputers private _disputers;
    /// @dev Whom the actors act on, kept here because asking the actors for it would be most of the calls.
    IInferenceHub private _hub;
    IDisputes private _disputes;
    INodeRegistry private _nodes;
    IBalances private _balances;
    address[] private _nodeList;

    /// @dev What is read once for all checks, because reading is most of the work.
    struct World {
        IHubTypes.Request[] requests;
        IHubTypes.Duty[][] duties;
        IDisputes.Dispute[] disputes;
        IDisputes.Juror[][] juries;
        address[] everybody;
        /// @dev Bonds of duties and juries under way, by node.
        uint256[] bonds;
    }

    function setUp() external {
        _actors = new Actors();
        _disputers = new Disputers(_actors);
        _hub = _actors.hub();
        _disputes = _actors.disputes();
        _nodes = _actors.nodes();
        _balances = _actors.balances();
        for (uint256 i = 0; i < _actors.NODES(); ++i) _nodeList.push(_actors.nodeAt(i));
    }

    /// @notice The runner calls these contracts only.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](2);
        targets[0] = address(_actors);
        targets[1] = address(_disputers);
    }

    /// @dev One function for all, because the runner plays all its runs again for every one.
    function invariant_All() external view {
        World memory w = _read();
        _checkMoneyAddsUp(w);
        _checkTheHubHoldsTheEscrows(w, address(0));
        _checkTheHubHoldsTheEscrows(w, address(_actors.token()));
        _checkTheRegistryHoldsTheStakes(w);
        _checkDisputesHoldTheBonds(w.requests.length);
        _checkResultsStandForTheirRequest(w);
        _checkTheEndIsTheEnd();
        _checkEverythingHasAWayOut(w);
        _checkNobodyHasTwoDuties(w);
    }

    /// @notice The actors' calls get through often enough for the invariants to mean something.
    function test_EveryKindOfCallGetsThrough() external {
        for (uint256 i = 0; i < 12_000; ++i) _step(uint256(keccak256(abi.encode(i))));
        string[20] memory names = [
            "request",
            "request three",
            "request in a token",
            "assign",
            "accept",
            "commit",
            "reveal",
            "close",
            "post",
            "settle",
            "refund",
            "decline",
            "reject",
            "reassign",
            "redraw",
            "register",
            "requestExit",
            "exit",
            "join",
            "resign"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            require(_actors.done(bytes32(bytes(names[i]))) > 1, names[i]);
        }
        string[12] memory others = [
            "challenge",
            "revealChallenge",
            "complain",
            "closeChallenge",
            "audit",
            "drawJury",
            "commitVote",
            "closeVotes",
            "revealVote",
            "conclude",
            "conclude withheld",
            "abandon"
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            require(_disputers.done(bytes32(bytes(others[i]))) > 0, others[i]);
        }
        this.invariant_All();
    }

    function _read() private view returns (World memory w) {
        uint256 count = _hub.requestCount();
        w.requests = new IHubTypes.Request[](count);
        w.duties = new IHubTypes.Duty[][](count);
        w.disputes = new IDisputes.Dispute[](count);
        w.juries = new IDisputes.Juror[][](count);
        w.everybody = _actors.everybody();
        for (uint256 i = 0; i < count; ++i) {
            w.requests[i] = _hub.requestOf(i + 1);
            w.duties[i] = _hub.dutiesOf(i + 1);
            w.disputes[i] = _disputes.disputeOf(i + 1);
            w.juries[i] = _disputes.juryOf(i + 1);
        }
        w.bonds = _bondsUnderWay(w);
    }

    function _checkMoneyAddsUp(World memory w) private view {
        uint256 owed = _owed(address(0), w);
        require(address(_balances).balance == owed, "the vault does not hold what it owes");
        require(_actors.moneyIn() + _disputers.moneyIn() == owed + _actors.moneyOut(), "money appeared or vanished");
        address token = address(_actors.token());
        uint256 held = _actors.token().balanceOf(address(_balances));
        require(held == _owed(token, w), "the vault does not hold the tokens it owes");
        require(held == _balances.heldOf(token), "the vault counts other tokens");
    }

    function _checkTheHubHoldsTheEscrows(World memory w, address token) private view {
        uint256 escrow = _hub.auditPoolOf(1, token);
        for (uint256 i = 0; i < w.requests.length; ++i) {
            IHubTypes.Request memory r = w.requests[i];
            if (_isEnded(r.state) || r.token != token) continue;
            escrow += r.modelFee + r.nodeFee * r.replicas + r.auditFee;
            if (w.disputes[i].audit && w.disputes[i].phase != IDisputes.Phase.Ended) escrow += r.nodeFee * 4;
        }
        require(_balances.balanceOf(token, address(_hub)) == escrow, "another escrow");
    }

    function _checkTheRegistryHoldsTheStakes(World memory w) private view {
        uint256 stakes;
        for (uint256 i = 0; i < w.bonds.length; ++i) {
            INodeRegistry.Node memory node = _nodes.nodeOf(_nodeList[i]);
            stakes += node.stake;
            require(node.locked <= node.stake, "more locked than staked");
            require(node.locked == w.bonds[i], "other bonds");
        }
        require(_balances.balanceOf(address(0), address(_nodes)) == stakes, "other stakes");
    }

    function _checkDisputesHoldTheBonds(uint256 count) private view {
        uint256 bonds;
        for (uint256 i = 1; i <= count; ++i) {
            IDisputes.Challenge[] memory challenges = _disputes.challengesOf(i);
            for (uint256 j = 0; j < challenges.length; ++j) {
                if (!challenges[j].closed) bonds += 1e15;
            }
        }
        require(_balances.balanceOf(address(0), address(_disputes)) == bonds, "other bonds of challenges");
    }

    function _checkResultsStandForTheirRequest(World memory w) private view {
        for (uint256 i = 0; i < w.requests.length; ++i) {
            IHubTypes.Request memory r = w.requests[i];
            require(r.binding == _actors.boundTo(i + 1), "another binding");
            if (r.state != IHubTypes.RequestState.Posted && r.state != IHubTypes.RequestState.Settled) continue;
            bytes32 receipt = _hub.receiptOf(i + 1);
            if (w.disputes[i].right != 0) {
                // A jury that finds a result withheld finds it right.
                bytes32 found = w.disputes[i].right;
                if (found == w.disputes[i].withheld) found = w.disputes[i].standing;
                require(receipt == found, "not the jury's");
            } else if (r.replicas > 1) {
                require(_actors.told(i + 1, receipt) >= 2, "not the majority's");
            } else {
                require(r.resultDigest == _actors.postedDigest(i + 1) && r.resultDigest != 0, "another result");
                require(w.duties[i][0].node == _actors.postedBy(i + 1), "another node");
            }
        }
    }

    function _checkTheEndIsTheEnd() private view {
        require(!_actors.endedChanged(), "an ended request changed");
        require(!_actors.postedByAnother(), "posted by a node that was not drawn");
    }

    /// @dev Every state under way has an end ahead, and past it a call that goes on.
    function _checkEverythingHasAWayOut(World memory w) private view {
        for (uint256 i = 0; i < w.requests.length; ++i) {
            IHubTypes.Request memory r = w.requests[i];
            IDisputes.Dispute memory d = w.disputes[i];
            bool disputed = d.phase != IDisputes.Phase.None && d.phase != IDisputes.Phase.Ended;
            require(disputed == (r.state == IHubTypes.RequestState.Challenged), "in dispute and not");
            if (disputed) {
                require(d.due != 0 && d.due <= block.timestamp + 10 minutes, "no end of the phase");
            } else if (r.state == IHubTypes.RequestState.Posted || r.state == IHubTypes.RequestState.Rejected) {
                require(r.until <= block.timestamp + 30 minutes, "no end of the window");
                require(r.until != 0 || d.phase == IDisputes.Phase.Ended, "no window");
            } else if (r.state == IHubTypes.RequestState.Committed) {
                require(r.until != 0 && r.until <= block.timestamp + 10 minutes, "no end of the reveals");
            } else if (!_isEnded(r.state)) {
                require(r.deadline != 0, "no deadline");
            }
        }
    }

    function _checkNobodyHasTwoDuties(World memory w) private pure {
        for (uint256 i = 0; i < w.duties.length; ++i) {
            for (uint256 j = 1; j < w.duties[i].length; ++j) {
                address node = w.duties[i][j].node;
                for (uint256 k = 0; k < j && node != address(0); ++k) {
                    require(w.duties[i][k].node != node, "two duties");
                }
            }
        }
    }

    function _step(uint256 x) private {
        uint256 kind = x % 25;
        uint8 what = uint8(x >> 8);
        uint256 who = uint256(uint64(x >> 16));
        uint256 id = uint256(uint64(x >> 80));
        if (kind < 2) _actors.request(who, uint32(x >> 144), what);
        else if (kind < 5) _actors.poke(id, what, who);
        else if (kind == 5) _actors.requesterActs(id, what);
        else if (kind == 6) _actors.redraw(id, who);
        else if (kind < 12) _actors.nodeActs(id, what, who, abi.encode(x));
        else if (kind == 12) _actors.nodeMoves(who, what);
        else if (kind == 13) _actors.ownerMoves(what, uint64(x >> 176), uint64(x >> 190));
        else if (kind == 14 && what < 64) _actors.withdraw(who, x >> 144);
        else if (kind < 16) _disputers.challengerActs(id, what, who);
        else if (kind < 19) _disputers.jurorActs(id, who);
        else if (kind < 21) _disputers.pokeDispute(id, what, who);
        else _actors.wait(uint16(x >> 144), uint16(x >> 160));
    }

    function _owed(address token, World memory w) private view returns (uint256 owed) {
        owed = _balances.burnedOf(token);
        for (uint256 i = 0; i < w.everybody.length; ++i) owed += _balances.balanceOf(token, w.everybody[i]);
    }

    function _bondsUnderWay(World memory w) private view returns (uint256[] memory bonds) {
        address[] memory list = _nodeList;
        bonds = new uint256[](list.length);
        for (uint256 i = 0; i < w.duties.length; ++i) {
            for (uint256 j = 0; j < w.duties[i].length; ++j) {
                IHubTypes.Duty memory duty = w.duties[i][j];
                if (duty.state < IHubTypes.DutyState.Assigned || duty.state > IHubTypes.DutyState.Rejected) continue;
                bonds[_indexOf(list, duty.node)] += duty.bond;
            }
            for (uint256 j = 0; j < w.juries[i].length; ++j) {
                IDisputes.Juror memory juror = w.juries[i][j];
                if (juror.state <= IDisputes.JurorState.Revealed) bonds[_indexOf(list, juror.node)] += juror.bond;
            }
        }
    }

    function _indexOf(address[] memory list, address node) private pure returns (uint256 index) {
        while (list[index] != node) ++index;
    }

    function _isEnded(IHubTypes.RequestState state) private pure returns (bool) {
        return state == IHubTypes.RequestState.Settled || state == IHubTypes.RequestState.Refunded;
    }
}

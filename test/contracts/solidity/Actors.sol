// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {IBalances} from "../../../contracts/interfaces/IBalances.sol";
import {IDisputes} from "../../../contracts/interfaces/IDisputes.sol";
import {IEntropy} from "../../../contracts/interfaces/IEntropy.sol";
import {IHubTypes} from "../../../contracts/interfaces/IHubTypes.sol";
import {IInferenceHub} from "../../../contracts/interfaces/IInferenceHub.sol";
import {IKeyRegistry} from "../../../contracts/interfaces/IKeyRegistry.sol";
import {IModelAccess} from "../../../contracts/interfaces/IModelAccess.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {OddToken} from "../../../contracts/testing/OddToken.sol";
import {deployed} from "./Deployed.sol";
import {VM} from "./Vm.sol";

/// @title Actors: owner, users, nodes and passers-by who do what they like, in any order
/// @notice Every function takes arbitrary numbers, turns them into a call that may or may not be allowed, and keeps the
///         books the invariants are checked against. A refused call changes nothing.
contract Actors {
    uint256 public constant NODES = 6;
    uint256 public constant USERS = 3;
    uint256 private constant BOND = 1e16;
    uint256 private constant STAKE = 5e16;
    /// @dev Few requests under way at a time, so that each gets far.
    uint256 private constant MOST_OPEN = 3;
    bytes32 private constant PARAMS = "params";

    IBalances public immutable balances = IBalances(deployed("Balances.sol:Balances", ""));
    IModelRegistry public immutable models = IModelRegistry(deployed("ModelRegistry.sol:ModelRegistry", ""));
    IKeyRegistry public immutable keys = IKeyRegistry(deployed("KeyRegistry.sol:KeyRegistry", ""));
    IEntropy public immutable entropy = IEntropy(
        deployed("BlockHashEntropy.sol:BlockHashEntropy", abi.encode(uint64(1)))
    );
    OddToken public immutable token = OddToken(deployed("OddToken.sol:OddToken", ""));
    INodeRegistry public immutable nodes;
    IModelAccess public immutable access;
    IInferenceHub public immutable hub;
    IDisputes public immutable disputes;

    /// @notice Ether that came in: fees, stakes, redraw fees.
    uint256 public moneyIn;
    /// @notice Ether that was paid out of the vault.
    uint256 public moneyOut;
    /// @notice How often a call went through, by name: a run in which nothing happens proves nothing.
    mapping(bytes32 name => uint256 count) public done;
    /// @notice How many of several nodes revealed an answer, by its receipt.
    mapping(uint256 requestId => mapping(bytes32 receipt => uint256 count)) public told;
    /// @dev What a node committed to.
    mapping(uint256 requestId => mapping(address node => IHubTypes.ResultRef)) private _meant;
    /// @notice A posted result's digest when it was posted.
    mapping(uint256 requestId => bytes32 digest) public postedDigest;
    /// @notice Who was drawn when a result was posted.
    mapping(uint256 requestId => address node) public postedBy;
    /// @notice A request's binding when it was made.
    mapping(uint256 requestId => bytes32 binding) public boundTo;
    /// @notice Set when a node that was not drawn posted.
    bool public postedByAnother;
    /// @notice Set when an ended request changed its state.
    bool public endedChanged;
    mapping(uint256 requestId => IHubTypes.RequestState) private _ended;
    uint256[] private _open;
    /// @dev Kept here because the optimiser takes `block.number` and `block.timestamp` to be the same all through a call.
    uint256 private _number;
    uint256 private _time;

    constructor() {
        address predicted = VM.computeCreateAddress(address(this), VM.getNonce(address(this)) + 3);
        address disputes_ = VM.computeCreateAddress(address(this), VM.getNonce(address(this)) + 4);
        nodes = INodeRegistry(
            deployed(
                "NodeRegistry.sol:NodeRegistry",
                abi.encode(balances, predicted, disputes_, STAKE, 1 hours, 3, 5 minutes)
            )
        );
        access = IModelAccess(deployed("ModelAccess.sol:ModelAccess", abi.encode(models, nodes, 10 minutes, 6, BOND)));
        IHubTypes.Parameters memory parameters = IHubTypes.Parameters({
            acceptWindow: 10 minutes,
            postWindow: 20 minutes,
            revealWindow: 10 minutes,
            challengeWindow: 20 minutes,
            minimumTime: 1 minutes,
            maximumTime: 1 days,
            missPenaltyBps: 500,
            minorityPenaltyBps: 2_000,
            auditFeeBps: 10_000,
            maximumAttempts: 3,
            redrawFee: 1e12
        });
        address extension = deployed(
            "HubExtension.sol:HubExtension",
            abi.encode(models, access, nodes, keys, balances, entropy, disputes_, parameters)
        );
        hub = IInferenceHub(
            deployed(
                "InferenceHub.sol:InferenceHub",
                abi.encode(models, access, nodes, keys, balances, entropy, disputes_, extension, parameters)
            )
        );
        require(address(hub) == predicted, "the hub is elsewhere");
        disputes = IDisputes(
            deployed("Disputes.sol:Disputes", abi.encode(hub, access, nodes, balances, entropy, _disputeParameters()))
        );
        require(address(disputes) == disputes_, "disputes are elsewhere");
        _begin();
    }

    /// @notice A user asks, one node or three, for a deadline between too near and far.
    function request(uint256 user, uint32 timeLeft, uint8 plan) external {
        if (_open.length == MOST_OPEN) return;
        address from = userAt(user % USERS);
        IModelRegistry.Terms memory terms = models.modelOf(1).terms;
        IHubTypes.RequestParams memory params;
        params.modelId = 1;
        params.version = 1;
        params.planIndex = plan % 2;
        params.replicas = plan % 3 == 0 ? 3 : 1;
        params.keySetId = keys.keySetIdOf(from, "salt", PARAMS);
        params.input = IHubTypes.InputRef({blobRoot: "blob", residuesRoot: "residues", size: 1, uri: ""});
        params.token = terms.token;
        params.maxFee = _price(terms, plan % 2 == 0 ? 1 : 7, params.replicas);
        params.deadline = uint64(_time + (timeLeft % 1 hours));
        uint256 value = terms.token == address(0) ? params.maxFee : 0;
        VM.deal(from, value);
        VM.prank(from);
        try hub.request{value: value}(params) returns (uint256 id) {
            moneyIn += value;
            boundTo[id] = hub.bindingOf(id);
            _open.push(id);
            ++done[params.replicas == 1 ? bytes32("request") : bytes32("request three")];
            if (terms.token != address(0)) ++done["request in a token"];
        } catch {
            VM.deal(from, 0);
        }
    }

    /// @notice Somebody sends one of the calls anybody may send about a request.
    function poke(uint256 id, uint8 what, uint256 who) external {
        id = pick(id);
        if (id == 0) return;
        // Mostly what is to be done.
        if (what >= 128 && hub.requestOf(id).state == IHubTypes.RequestState.Requested) what = 0;
        VM.prank(anybody(who));
        if (what % 5 == 0) {
            try hub.assign(id) {
                ++done["assign"];
            } catch {}
        } else if (what % 5 == 1) {
            try hub.reassign(id) {
                ++done["reassign"];
            } catch {}
        } else if (what % 5 == 2) {
            try hub.refund(id) {
                ++done["refund"];
            } catch {}
        } else if (what % 5 == 3) {
            try hub.close(id) {
                ++done["close"];
            } catch {}
        } else {
            try hub.settle(id) {
                ++done["settle"];
            } catch {}
        }
        watch(id);
    }

    /// @notice The requester settles, takes back or cancels.
    function requesterActs(uint256 id, uint8 what) external {
        id = pick(id);
        if (id == 0) return;
        VM.prank(hub.requestOf(id).requester);
        if (what % 3 == 0) {
            try hub.settle(id) {
                ++done["settle"];
            } catch {}
        } else if (what % 3 == 1) {
            try hub.refund(id) {
                ++done["refund"];
            } catch {}
        } else {
            try hub.cancel(id) {
                ++done["cancel"];
            } catch {}
        }
        watch(id);
    }

    /// @notice Somebody pays for another draw.
    function redraw(uint256 id, uint256 who) external {
        id = pick(id);
        address from = anybody(who);
        VM.deal(from, 1e12);
        VM.prank(from);
        try hub.redraw{value: 1e12}(id) {
            moneyIn += 1e12;
            ++done["redraw"];
        } catch {
            VM.deal(from, 0);
        }
        watch(id);
    }

    /// @notice A drawn node, or another one, does what a drawn node does.
    function nodeActs(uint256 id, uint8 what, uint256 who, bytes calldata result) external {
        id = pick(id);
        if (id == 0) return;
        IHubTypes.Duty[] memory duties = hub.dutiesOf(id);
        IHubTypes.Duty memory duty = duties[(who / 8) % duties.length];
        address drawn = duty.node;
        // Mostly what is to be done.
        if (what >= 128) what = duty.state == IHubTypes.DutyState.Assigned ? 0 : 3;
        address from = who % 8 == 0 ? nodeAt(who % NODES) : drawn;
        bytes32 binding = boundTo[id];
        if (what % 8 >= 3 && what % 8 < 6) {
            bytes memory data = bytes.concat(hex"01", result.length > 200 ? result[:200] : result);
            if (duties.length == 1) _post(id, drawn, from, data);
            else _vote(id, from, who / 64);
            watch(id);
            return;
        }
        VM.prank(from);
        if (what % 8 < 3) {
            try hub.accept(id, binding) {
                ++done["accept"];
            } catch {}
        } else if (what % 8 == 6) {
            try hub.decline(id) {
                ++done["decline"];
            } catch {}
        } else {
            try hub.reject(id, binding, 1) {
                ++done["reject"];
            } catch {}
        }
        watch(id);
    }

    /// @notice A node registers, adds stake, leaves, comes back, joins, resigns.
    function nodeMoves(uint256 who, uint8 what) external {
        address node = nodeAt(who % NODES);
        if (what % 6 == 0) {
            VM.deal(node, STAKE);
            VM.prank(node);
            try nodes.register{value: STAKE}(_key(), "https://node") {
                moneyIn += STAKE;
                ++done["register"];
            } catch {
                VM.deal(node, 0);
            }
        } else if (what % 6 == 1) {
            VM.deal(node, 1e15);
            VM.prank(node);
            try nodes.addStake{value: 1e15}() {
                moneyIn += 1e15;
            } catch {
                VM.deal(node, 0);
            }
        } else if (what % 6 == 2 && who % 5 == 0) {
            VM.prank(node);
            try nodes.requestExit() {
                ++done["requestExit"];
            } catch {}
        } else if (what % 6 == 3) {
            VM.prank(node);
            try nodes.exit() {
                ++done["exit"];
            } catch {}
        } else if (what % 6 == 4) {
            VM.prank(node);
            try access.join(1, 1, BOND) {
                ++done["join"];
            } catch {}
        } else if (who % 5 == 1) {
            VM.prank(node);
            try access.resign(1, 1) {
                ++done["resign"];
            } catch {}
        }
    }

    /// @notice The owner changes price and status, or gives the model away.
    function ownerMoves(uint8 what, uint64 modelFee, uint64 nodeFee) external {
        address owner = IERC721(address(models)).ownerOf(1);
        IModelRegistry.Terms memory terms = IModelRegistry.Terms(address(0), modelFee, nodeFee);
        if (modelFee % 3 == 0) terms = IModelRegistry.Terms(address(token), modelFee % 500, nodeFee % 500);
        VM.prank(owner);
        if (what % 4 == 0) models.setTerms(1, terms);
        else if (what % 4 == 1) models.setStatus(1, IModelRegistry.Status.Paused);
        else if (what % 4 == 2) models.setStatus(1, IModelRegistry.Status.Active);
        else IERC721(address(models)).transferFrom(owner, owner == address(0xA1) ? address(0xA2) : address(0xA1), 1);
    }

    /// @notice Somebody takes money out of the vault.
    function withdraw(uint256 who, uint256 amount) external {
        address from = anybody(who);
        address currency = amount % 4 == 0 ? address(token) : address(0);
        uint256 balance = balances.balanceOf(currency, from);
        if (balance == 0) return;
        amount = 1 + (amount % balance);
        VM.prank(from);
        balances.withdraw(currency, address(0xDEAD), amount);
        if (currency == address(0)) moneyOut += amount;
    }

    /// @notice Time goes by: some seconds and some blocks, each with a hash of its own.
    function wait(uint16 time, uint16 blocks) external {
        uint256 ahead = blocks % 16 == 0 ? 300 : blocks % 4;
        uint256 from = _number;
        _number = from + ahead;
        _time += time % 32 == 0 ? time % 40 minutes : time % 16;
        VM.warp(_time);
        VM.roll(_number);
        for (uint256 i = ahead > 250 ? ahead - 250 : 0; i < ahead; ++i) {
            VM.setBlockhash(from + i, keccak256(abi.encode(from + i, time)));
        }
    }

    /// @notice Everybody whose balance can be above zero, the contracts included.
    function everybody() external view returns (address[] memory all) {
        all = new address[](NODES + USERS + 6);
        uint256 count;
        for (uint256 i = 0; i < NODES; ++i) all[count++] = nodeAt(i);
        for (uint256 i = 0; i < USERS; ++i) all[count++] = userAt(i);
        all[count++] = address(0xA1);
        all[count++] = address(0xA2);
        all[count++] = address(0xB0B);
        all[count++] = address(hub);
        all[count++] = address(nodes);
        all[count++] = address(disputes);
    }

    /// @notice One of the nodes.
    function nodeAt(uint256 index) public pure returns (address) {
        return address(uint160(0x1000 + index));
    }

    /// @notice One of the users.
    function userAt(uint256 index) public pure returns (address) {
        return address(uint160(0x2000 + index));
    }

    /// @notice A node, a user, an owner or a passer-by.
    function anybody(uint256 who) public pure returns (address) {
        who %= NODES + USERS + 3;
        if (who < NODES) return nodeAt(who);
        if (who < NODES + USERS) return userAt(who - NODES);
        return
            who == NODES + USERS
                ? address(0xA1)
                : who == NODES + USERS + 1
                    ? address(0xA2)
                    : address(0xB0B);
    }

    /// @notice An answer one of several nodes, a challenger or a juror may give: mostly the same.
    function answerAt(uint256 which) public pure returns (IHubTypes.ResultRef memory) {
        which %= 8;
        if (which == 0) return IHubTypes.ResultRef(1, 10, "another", "");
        if (which == 1) return IHubTypes.ResultRef(2, 7, 0, "");
        return IHubTypes.ResultRef(1, 20, "mostly", "");
    }

    /// @dev Commits, or reveals what was committed to.
    function _vote(uint256 id, address from, uint256 which) private {
        IHubTypes.ResultRef memory answer = _meant[id][from];
        if (hub.requestOf(id).state == IHubTypes.RequestState.Committed) {
            bytes32 receipt = hub.hashReceipt(boundTo[id], answer.kind, answer.size, answer.digest);
            VM.prank(from);
            try hub.reveal(id, answer, "salt") {
                ++told[id][receipt];
                ++done["reveal"];
            } catch {}
        } else {
            answer = answerAt(which);
            bytes32 receipt = hub.hashReceipt(boundTo[id], answer.kind, answer.size, answer.digest);
            VM.prank(from);
            try hub.commit(id, keccak256(abi.encode(receipt, bytes32("salt"), from))) {
                _meant[id][from] = answer;
                ++done["commit"];
            } catch {}
        }
    }

    function _post(uint256 id, address drawn, address from, bytes memory data) private {
        bytes32 digest = sha256(
            bytes.concat(hex"0201", bytes8(uint64(data.length)), sha256(bytes.concat(hex"00", data)))
        );
        IHubTypes.ResultRef memory result = IHubTypes.ResultRef(0, uint32(data.length), digest, data);
        if (uint8(digest[0]) % 2 == 0) (result.kind, result.data) = (1, "");
        VM.prank(from);
        try hub.post(id, result) {
            postedDigest[id] = digest;
            postedBy[id] = drawn;
            if (from != drawn) postedByAnother = true;
            ++done["post"];
        } catch {}
    }

    /// @notice Remembers how a request ended, and notices when that changes.
    function watch(uint256 id) public {
        if (id == 0 || id > hub.requestCount()) return;
        IHubTypes.RequestState state = hub.requestOf(id).state;
        if (_ended[id] != IHubTypes.RequestState.None) {
            if (state != _ended[id]) endedChanged = true;
        } else if (state == IHubTypes.RequestState.Settled || state == IHubTypes.RequestState.Refunded) {
            _ended[id] = state;
            for (uint256 i = 0; i < _open.length; ++i) {
                if (_open[i] != id) continue;
                _open[i] = _open[_open.length - 1];
                _open.pop();
                return;
            }
        }
    }

    /// @notice One of the requests under way, now and then any, or none.
    function pick(uint256 id) public view returns (uint256) {
        uint256 count = hub.requestCount();
        if (count == 0) return 0;
        if (_open.length == 0 || id % 16 == 0) return 1 + ((id / 16) % count);
        return _open[(id / 16) % _open.length];
    }

    function _price(IModelRegistry.Terms memory terms, uint256 units, uint256 replicas) private pure returns (uint256) {
        uint256 nodeFee = terms.nodeFee * units;
        return terms.modelFee * units + nodeFee * (replicas + 1);
    }

    function _disputeParameters() private pure returns (IDisputes.DisputeParameters memory) {
        return
            IDisputes.DisputeParameters({
                challengerWindow: 10 minutes,
                drawWindow: 10 minutes,
                commitWindow: 10 minutes,
                revealWindow: 10 minutes,
                verdictWindow: 10 minutes,
                jurySize: 3,
                auditBps: 9_000,
                missPenaltyBps: 500,
                challengeBond: 1e15,
                jurorFee: 1e14,
                challengerFee: 1e14
            });
    }

    function _begin() private {
        IModelRegistry.Plan[] memory plans = new IModelRegistry.Plan[](2);
        plans[0] = IModelRegistry.Plan("plan", "weights", "package", PARAMS, "seal-4.1", 1);
        plans[1] = IModelRegistry.Plan("batch", "weights", "package", PARAMS, "seal-4.1", 7);
        VM.prank(address(0xA1));
        models.register(
            IModelRegistry.Terms(address(0), 3_000, 5_000),
            IModelRegistry.Version("noise", "manifest", "", plans)
        );
        IKeyRegistry.Pack[] memory packs = new IKeyRegistry.Pack[](1);
        packs[0] = IKeyRegistry.Pack("blob", "residues", 1);
        for (uint256 i = 0; i < USERS; ++i) {
            VM.prank(userAt(i));
            keys.register("salt", PARAMS, packs, 0, "");
        }
        for (uint256 i = 0; i < NODES; ++i) {
            address node = nodeAt(i);
            VM.deal(node, STAKE);
            VM.prank(node);
            nodes.register{value: STAKE}(_key(), "https://node");
            moneyIn += STAKE;
            VM.prank(address(0xA1));
            access.authorise(1, 1, node, "envelope", "");
            VM.prank(node);
            access.join(1, 1, BOND);
            VM.prank(node);
            nodes.setTokenAccepted(address(token), true);
        }
        for (uint256 i = 0; i < USERS; ++i) token.transfer(userAt(i), 300_000);
        _number = block.number;
        _time = block.timestamp + 10 minutes;
        VM.warp(_time);
    }

    /// @dev The generator of P-256 (FIPS 186-4, D.1.2.3).
    function _key() private pure returns (bytes memory) {
        return
            hex"046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    }
}

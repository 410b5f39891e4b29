// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../../../contracts/interfaces/IDisputes.sol";
import {IHubTypes} from "../../../contracts/interfaces/IHubTypes.sol";
import {IInferenceHub} from "../../../contracts/interfaces/IInferenceHub.sol";
import {Actors} from "./Actors.sol";
import {VM} from "./Vm.sol";

/// @title Disputers: challengers, jurors and passers-by in disputes about the requests of `Actors`
contract Disputers {
    uint256 private constant BOND = 1e15;
    bytes32 private constant SALT = "salt";

    Actors private immutable _actors;
    IInferenceHub private immutable _hub;
    IDisputes private immutable _disputes;

    /// @notice Ether that came in: challengers' bonds.
    uint256 public moneyIn;
    /// @notice How often a call went through, by name.
    mapping(bytes32 name => uint256 count) public done;
    uint256[] private _challenged;
    mapping(uint256 requestId => mapping(uint256 index => IHubTypes.ResultRef)) private _named;
    mapping(uint256 requestId => mapping(address juror => IHubTypes.ResultRef)) private _voted;

    constructor(Actors actors) {
        _actors = actors;
        _hub = actors.hub();
        _disputes = actors.disputes();
    }

    /// @notice Somebody challenges, reveals a challenge or has one closed.
    function challengerActs(uint256 id, uint8 what, uint256 who) external {
        id = _actors.pick(id);
        if (id == 0) return;
        if (what % 4 < 1 || _disputes.challengesOf(id).length == 0) _challenge(id, who);
        else if (what % 4 < 3) _reveal(id, who);
        else _close(who);
        _actors.watch(id);
    }

    /// @notice A juror, or another one, votes or says what it voted.
    function jurorActs(uint256 id, uint256 who) external {
        id = _actors.pick(id);
        if (id == 0) return;
        IDisputes.Juror[] memory jury = _disputes.juryOf(id);
        if (jury.length == 0) return;
        address from = who % 16 == 0 ? _actors.anybody(who / 16) : _nextOf(jury, who / 16);
        if (_disputes.disputeOf(id).phase == IDisputes.Phase.Committing) _vote(id, from, who / 64);
        else _tell(id, from, who / 64);
        _actors.watch(id);
    }

    /// @notice Somebody sends one of the calls anybody may send about a dispute.
    function pokeDispute(uint256 id, uint8 what, uint256 who) external {
        id = _actors.pick(id);
        if (id == 0) return;
        IDisputes.Phase phase = _disputes.disputeOf(id).phase;
        // Mostly what is to be done.
        if (what >= 128 && phase == IDisputes.Phase.None) what = 3;
        if (what >= 128 && phase == IDisputes.Phase.Drawing) what = 0;
        if (what >= 128 && phase == IDisputes.Phase.Revealing) what = 7;
        if (what % 8 >= 5) {
            _conclude(id, who);
            _actors.watch(id);
            return;
        }
        VM.prank(_actors.anybody(who));
        if (what % 8 == 0) {
            try _disputes.drawJury(id) {
                ++done["drawJury"];
            } catch {}
        } else if (what % 8 == 1) {
            try _disputes.closeVotes(id) {
                ++done["closeVotes"];
            } catch {}
        } else if (what % 8 == 2) {
            try _disputes.abandon(id) {
                ++done["abandon"];
            } catch {}
        } else {
            try _disputes.audit(id) {
                ++done["audit"];
            } catch {}
        }
        _actors.watch(id);
    }

    function _challenge(uint256 id, uint256 who) private {
        address from = _actors.anybody(who);
        IHubTypes.ResultRef memory answer = _actors.answerAt(who / 16);
        if (who % 2 == 0) (from, answer) = (_hub.requestOf(id).requester, _withheld(id));
        uint256 before = from.balance;
        VM.deal(from, BOND);
        bytes32 commitment = keccak256(abi.encode(_receipt(id, answer), SALT, from));
        VM.prank(from);
        try _disputes.challenge{value: BOND}(id, commitment) returns (uint256 index) {
            moneyIn += BOND;
            _named[id][index] = answer;
            _challenged.push(id);
            ++done["challenge"];
        } catch {}
        VM.deal(from, before);
    }

    function _reveal(uint256 id, uint256 who) private {
        IDisputes.Challenge[] memory challenges = _disputes.challengesOf(id);
        if (challenges.length == 0) return;
        uint256 index = who % challenges.length;
        IHubTypes.ResultRef memory answer = _named[id][index];
        VM.prank(challenges[index].challenger);
        try _disputes.revealChallenge(id, index, answer.kind, answer.size, answer.digest, SALT) {
            ++done[answer.kind == 4 ? bytes32("complain") : bytes32("revealChallenge")];
        } catch {}
    }

    /// @dev Any challenge, not only of a request under way: they are closed after the end.
    function _close(uint256 who) private {
        if (_challenged.length == 0) return;
        uint256 id = _challenged[who % _challenged.length];
        uint256 count = _disputes.challengesOf(id).length;
        VM.prank(_actors.anybody(who));
        try _disputes.closeChallenge(id, (who / 16) % count) {
            ++done["closeChallenge"];
        } catch {}
    }

    /// @dev One that has not done yet what the phase asks for, if there is one.
    function _nextOf(IDisputes.Juror[] memory jury, uint256 which) private pure returns (address) {
        IDisputes.JurorState least = IDisputes.JurorState.Released;
        uint256 next;
        for (uint256 i = 0; i < jury.length; ++i) {
            uint256 at = (which + i) % jury.length;
            if (jury[at].state < least) (least, next) = (jury[at].state, at);
        }
        return jury[next].node;
    }

    function _vote(uint256 id, address from, uint256 which) private {
        IHubTypes.ResultRef memory answer = _actors.answerAt(which);
        if (which % 32 == 9) answer = IHubTypes.ResultRef(3, 0, 0, "");
        if (which % 4 != 0 && _disputes.disputeOf(id).withheld != 0) answer = _withheld(id);
        bytes32 commitment = keccak256(abi.encode(_receipt(id, answer), SALT, from));
        VM.prank(from);
        try _disputes.commitVote(id, commitment) {
            _voted[id][from] = answer;
            ++done["commitVote"];
        } catch {}
    }

    function _tell(uint256 id, address from, uint256 which) private {
        IHubTypes.ResultRef memory answer = _voted[id][from];
        bytes32 state = which % 16 == 0 ? bytes32("a guess") : bytes32("state");
        bytes32 work = keccak256(abi.encode(state, from));
        VM.prank(from);
        try _disputes.revealVote(id, answer.kind, answer.size, answer.digest, work, SALT) {
            ++done["revealVote"];
        } catch {}
    }

    function _conclude(uint256 id, uint256 who) private {
        IHubTypes.ResultRef memory answer = _actors.answerAt(who / 16);
        if (who % 8 == 0) answer = IHubTypes.ResultRef(3, 0, 0, "");
        if (who % 4 != 0 && _disputes.disputeOf(id).withheld != 0) answer = _withheld(id);
        VM.prank(_actors.anybody(who));
        try _disputes.conclude(id, answer, "state") {
            ++done[answer.kind == 4 ? bytes32("conclude withheld") : bytes32("conclude")];
        } catch {}
    }

    /// @dev That the answer as it stands is right, but not served.
    function _withheld(uint256 id) private view returns (IHubTypes.ResultRef memory) {
        IHubTypes.Request memory r = _hub.requestOf(id);
        return IHubTypes.ResultRef(4, r.resultSize, r.resultDigest, "");
    }

    function _receipt(uint256 id, IHubTypes.ResultRef memory answer) private view returns (bytes32) {
        return _hub.hashReceipt(_actors.boundTo(id), answer.kind, answer.size, answer.digest);
    }
}

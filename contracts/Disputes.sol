// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBalances} from "./interfaces/IBalances.sol";
import {IDisputes} from "./interfaces/IDisputes.sol";
import {IEntropy} from "./interfaces/IEntropy.sol";
import {IHubTypes} from "./interfaces/IHubTypes.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {IModelAccess} from "./interfaces/IModelAccess.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {Challenges} from "./disputes/Challenges.sol";
import {DisputeState} from "./disputes/DisputeState.sol";
import {Juries} from "./disputes/Juries.sol";

/// @title Disputes
/// @dev `Challenges` begins them, `Juries` votes, and this contract carries verdicts out.
contract Disputes is Challenges, Juries {
    /// @dev What a verdict does, gathered on the way.
    struct Counted {
        address[] right;
        uint256 slashed;
        uint256 spent;
    }

    /// @param hub_ the hub
    /// @param access_ who serves what
    /// @param nodes_ the node registry
    /// @param balances_ the vault
    /// @param entropy_ randomness suitable for this chain
    /// @param p windows and rates
    constructor(
        IInferenceHub hub_,
        IModelAccess access_,
        INodeRegistry nodes_,
        IBalances balances_,
        IEntropy entropy_,
        DisputeParameters memory p
    ) DisputeState(hub_, access_, nodes_, balances_, entropy_, p) {}

    /// @inheritdoc IDisputes
    function conclude(uint256 requestId, IHubTypes.ResultRef calldata answer, bytes32 stateDigest) external {
        Dispute storage d = _inPhase(requestId, Phase.Revealing);
        if (block.timestamp > d.due + _verdictWindow) revert Disputes_TooLate(requestId, d.due + _verdictWindow);
        bytes32 vote = _receiptOf(requestId, answer.kind, answer.size, answer.digest);
        IHubTypes.Verdict verdict = vote == d.standing ? IHubTypes.Verdict.Stands : IHubTypes.Verdict.Replaced;
        if (answer.kind == KIND_UNAVAILABLE) verdict = IHubTypes.Verdict.Unavailable;
        IHubTypes.ResultRef memory result = answer;
        if (vote == d.withheld) {
            verdict = IHubTypes.Verdict.Withheld;
            result.kind = 1;
        }
        d.phase = Phase.Ended;
        d.decided = true;
        if (verdict != IHubTypes.Verdict.Unavailable) d.right = vote;
        Counted memory counted;
        counted.right = _endJury(requestId, d, vote, stateDigest, verdict);
        counted.slashed = hub.resolve(requestId, verdict, result, _payeesOfAudit(d, counted.right, verdict));
        uint256 pot = _payFees(requestId, d, counted, verdict);
        if (pot > counted.spent) balances.burn(address(0), pot - counted.spent);
        emit DisputeEnded(requestId, verdict, true, counted.slashed, pot - counted.spent);
    }

    /// @inheritdoc IDisputes
    function abandon(uint256 requestId) external {
        Dispute storage d = _disputes[requestId];
        if (d.phase != Phase.Drawing && d.phase != Phase.Revealing) revert Disputes_WrongPhase(requestId, d.phase);
        uint40 due = d.phase == Phase.Drawing ? d.due : d.due + _verdictWindow;
        if (block.timestamp <= due) revert Disputes_TooEarly(requestId, due);
        _endUndecided(requestId, d);
    }

    /// @inheritdoc IDisputes
    function disputeOf(uint256 requestId) external view returns (Dispute memory) {
        return _disputes[requestId];
    }

    /// @dev Counts the votes that name the answer and show the state, and ends every juror's duty. With input or keys out of
    ///      reach nobody is to blame for a vote, nor ever for saying that they are, nor for finding a right result's bytes served
    ///      where others did not.
    function _endJury(
        uint256 requestId,
        Dispute storage d,
        bytes32 vote,
        bytes32 stateDigest,
        IHubTypes.Verdict verdict
    ) private returns (address[] memory right) {
        Juror[] storage jury = _juries[requestId];
        bytes32 unavailable = _receiptOf(requestId, KIND_UNAVAILABLE, 0, bytes32(0));
        // What a juror says that agrees on the result, but not on whether it is served.
        bytes32 twin;
        if (verdict == IHubTypes.Verdict.Stands) twin = d.withheld;
        else if (verdict == IHubTypes.Verdict.Withheld) twin = d.standing;
        right = new address[](jury.length);
        uint256 count;
        for (uint256 i = 0; i < jury.length; ++i) {
            Juror storage juror = jury[i];
            address node = juror.node;
            if (juror.state == JurorState.Committed) {
                if (block.timestamp <= d.due) revert Disputes_TooEarly(requestId, d.due);
                _punish(requestId, i, juror);
            } else if (juror.state == JurorState.Revealed) {
                bool free = verdict == IHubTypes.Verdict.Unavailable;
                bool worked = free || juror.work == keccak256(abi.encode(stateDigest, node));
                if (worked && juror.vote == vote) {
                    right[count++] = node;
                    free = true;
                }
                if (free || juror.vote == unavailable || (worked && juror.vote == twin)) _release(juror);
                else _punish(requestId, i, juror);
            }
        }
        if (count < _majority()) revert Disputes_NoMajority(requestId, count, _majority());
        // Shortens the list to those found.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(right, count)
        }
    }

    /// @dev An audit pays who showed it and the jurors of the majority a node fee each.
    function _payeesOfAudit(
        Dispute storage d,
        address[] memory right,
        IHubTypes.Verdict verdict
    ) private view returns (address[] memory payees) {
        if (!d.audit || verdict == IHubTypes.Verdict.Unavailable) return new address[](0);
        payees = new address[](right.length + 1);
        for (uint256 i = 0; i < right.length; ++i) payees[i] = right[i];
        payees[right.length] = d.opener;
    }

    /// @dev Pays the jury of a challenge out of what the wrong side loses, and the challenger that was right.
    /// @return pot what the wrong side loses and is paid from here
    function _payFees(
        uint256 requestId,
        Dispute storage d,
        Counted memory counted,
        IHubTypes.Verdict verdict
    ) private returns (uint256 pot) {
        if (verdict == IHubTypes.Verdict.Unavailable) return 0;
        bool challengerPays = verdict == IHubTypes.Verdict.Stands && !d.audit;
        pot = challengerPays ? _challengeBond : counted.slashed;
        uint256 jurors = d.audit ? 0 : counted.right.length;
        uint256 fee = pot / (jurors + 1);
        if (fee > _jurorFee) fee = _jurorFee;
        for (uint256 i = 0; i < jurors && fee != 0; ++i) balances.move(address(0), counted.right[i], fee);
        counted.spent = fee * jurors;
        if (challengerPays) {
            Challenge storage opening = _challenges[requestId][d.opening];
            opening.closed = true;
            // What is served now may have been withheld until somebody complained: then the jury's costs are enough.
            uint256 back = opening.answer == d.withheld ? pot - counted.spent : 0;
            counted.spent += back;
            emit ChallengeClosed(requestId, d.opener, d.opening, back);
            if (back != 0) balances.move(address(0), d.opener, back);
            return pot;
        }
        uint256 first = _firstWith[requestId][d.right];
        if (first == 0) return pot;
        uint256 reward = pot - counted.spent;
        if (reward > _challengerFee) reward = _challengerFee;
        counted.spent += reward;
        if (reward != 0) balances.move(address(0), _challenges[requestId][first - 1].challenger, reward);
    }
}

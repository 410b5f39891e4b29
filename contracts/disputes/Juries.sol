// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../interfaces/IDisputes.sol";
import {IEntropy} from "../interfaces/IEntropy.sol";
import {IHubTypes} from "../interfaces/IHubTypes.sol";
import {Draws} from "../libraries/Draws.sol";
import {DisputeState} from "./DisputeState.sol";

/// @title Juries: drawn, voting without seeing each other, showing that they did the work
abstract contract Juries is DisputeState {
    /// @inheritdoc IDisputes
    function drawJury(uint256 requestId) external {
        Dispute storage d = _inPhase(requestId, Phase.Drawing);
        if (block.timestamp > d.due) revert Disputes_TooLate(requestId, d.due);
        (IEntropy.Status status, bytes32 seed) = entropy.seedOf(d.round);
        if (status != IEntropy.Status.Ready) revert Disputes_NoSeed(requestId, d.round);
        (address[] memory drawn, uint256[] memory bonds, uint256 count) = _draw(requestId, seed, d.audit);
        if (count < _majority()) {
            _endUndecided(requestId, d);
            return;
        }
        uint40 commitBy = uint40(block.timestamp) + _commitWindow;
        d.phase = Phase.Committing;
        d.due = commitBy;
        for (uint256 i = 0; i < count; ++i) {
            _juries[requestId].push(
                Juror({
                    node: drawn[i],
                    state: JurorState.Drawn,
                    bond: uint88(bonds[i]),
                    vote: bytes32(0),
                    work: bytes32(0)
                })
            );
            emit JurorDrawn(requestId, drawn[i], uint8(i), bonds[i], commitBy);
            nodes.lock(drawn[i], bonds[i]);
        }
    }

    /// @inheritdoc IDisputes
    function commitVote(uint256 requestId, bytes32 commitment) external {
        Dispute storage d = _inPhase(requestId, Phase.Committing);
        if (block.timestamp > d.due) revert Disputes_TooLate(requestId, d.due);
        uint256 seat = _seatOfCaller(requestId, JurorState.Drawn);
        Juror[] storage jury = _juries[requestId];
        jury[seat].state = JurorState.Committed;
        jury[seat].vote = commitment;
        emit VoteCommitted(requestId, msg.sender, uint8(seat));
        for (uint256 i = 0; i < jury.length; ++i) {
            if (jury[i].state == JurorState.Drawn) return;
        }
        _beginReveals(requestId, d);
    }

    /// @inheritdoc IDisputes
    function closeVotes(uint256 requestId) external {
        Dispute storage d = _inPhase(requestId, Phase.Committing);
        if (block.timestamp <= d.due) revert Disputes_TooEarly(requestId, d.due);
        Juror[] storage jury = _juries[requestId];
        uint256 committed;
        for (uint256 i = 0; i < jury.length; ++i) {
            if (jury[i].state == JurorState.Committed) ++committed;
            else _punish(requestId, i, jury[i]);
        }
        if (committed >= _majority()) {
            _beginReveals(requestId, d);
            return;
        }
        // Those who did commit are asked nothing more.
        for (uint256 i = 0; i < jury.length; ++i) {
            if (jury[i].state == JurorState.Committed) jury[i].state = JurorState.Revealed;
        }
        _endUndecided(requestId, d);
    }

    /// @inheritdoc IDisputes
    function revealVote(
        uint256 requestId,
        uint8 kind,
        uint32 size,
        bytes32 digest,
        bytes32 work,
        bytes32 salt
    ) external {
        Dispute storage d = _inPhase(requestId, Phase.Revealing);
        if (block.timestamp > d.due) revert Disputes_TooLate(requestId, d.due);
        (IEntropy.Status status, ) = entropy.seedOf(d.round);
        if (status == IEntropy.Status.Pending) revert Disputes_NoSeed(requestId, d.round);
        uint256 seat = _seatOfCaller(requestId, JurorState.Committed);
        Juror storage juror = _juries[requestId][seat];
        bytes32 vote = _receiptOf(requestId, kind, size, digest);
        if (juror.vote != keccak256(abi.encode(vote, salt, msg.sender))) {
            revert Disputes_WrongReveal(requestId, msg.sender);
        }
        juror.state = JurorState.Revealed;
        juror.vote = vote;
        juror.work = work;
        emit VoteRevealed(requestId, msg.sender, uint8(seat), kind, size, digest, work);
    }

    /// @inheritdoc IDisputes
    function juryOf(uint256 requestId) external view returns (Juror[] memory) {
        return _juries[requestId];
    }

    /// @dev The votes are closed; which step's state proves the work is drawn by randomness nobody knows yet.
    function _beginReveals(uint256 requestId, Dispute storage d) private {
        uint64 round = entropy.commit();
        uint40 revealBy = uint40(block.timestamp) + _revealWindow;
        d.phase = Phase.Revealing;
        d.round = uint48(round);
        d.due = revealBy;
        emit VotesClosed(requestId, round, revealBy);
    }

    /// @dev Draws by bond among those who served when the request was drawn. Who answered the request, or challenges the
    ///      answer, is no juror; nor is who cannot serve now.
    function _draw(
        uint256 requestId,
        bytes32 seed,
        bool isAudit
    ) private view returns (address[] memory drawn, uint256[] memory bonds, uint256 count) {
        IHubTypes.Request memory r = hub.requestOf(requestId);
        drawn = new address[](_jurySize);
        bonds = new uint256[](_jurySize);
        if (r.drawEpoch < access.oldestEpoch()) return (drawn, bonds, 0);
        (address[] memory serving, uint256[] memory weights) = access.membersAt(r.modelId, r.version, r.drawEpoch);
        uint256 total = _exclude(requestId, serving, weights);
        address token = isAudit ? r.token : address(0);
        seed = keccak256(abi.encode("jury", seed, requestId));
        while (total != 0 && count < _jurySize) {
            uint256 i = Draws.pick(weights, total, seed);
            seed = keccak256(abi.encode(seed));
            if (nodes.canServe(serving[i], r.modelId, weights[i], token))
                (drawn[count], bonds[count++]) = (serving[i], weights[i]);
            total -= weights[i];
            weights[i] = 0;
        }
    }

    function _exclude(
        uint256 requestId,
        address[] memory serving,
        uint256[] memory weights
    ) private view returns (uint256 total) {
        IHubTypes.Duty[] memory duties = hub.dutiesOf(requestId);
        for (uint256 i = 0; i < serving.length; ++i) {
            bool out = _hasRevealed[requestId][serving[i]];
            for (uint256 j = 0; !out && j < duties.length; ++j) out = duties[j].node == serving[i];
            if (out) weights[i] = 0;
            total += weights[i];
        }
    }

    function _seatOfCaller(uint256 requestId, JurorState state) private view returns (uint256 seat) {
        Juror[] storage jury = _juries[requestId];
        for (; seat < jury.length; ++seat) {
            if (jury[seat].node == msg.sender && jury[seat].state == state) return seat;
        }
        revert Disputes_NotYourVote(requestId, msg.sender);
    }
}

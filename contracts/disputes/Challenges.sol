// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../interfaces/IDisputes.sol";
import {IEntropy} from "../interfaces/IEntropy.sol";
import {DisputeState} from "./DisputeState.sol";

/// @title Challenges: how disputes begin, and what becomes of challengers' bonds
abstract contract Challenges is DisputeState {
    /// @inheritdoc IDisputes
    function challenge(uint256 requestId, bytes32 commitment) external payable returns (uint256 index) {
        if (msg.value != _challengeBond) revert Disputes_WrongBond(msg.value, _challengeBond);
        if (_disputes[requestId].phase != Phase.None) {
            revert Disputes_WrongPhase(requestId, _disputes[requestId].phase);
        }
        uint64 revealBy = hub.hold(requestId, _challengerWindow);
        _revealBy[requestId] = revealBy;
        index = _challenges[requestId].length;
        _challenges[requestId].push(
            Challenge({challenger: msg.sender, revealed: false, closed: false, answer: commitment})
        );
        emit ChallengeCommitted(requestId, msg.sender, index, revealBy);
        balances.deposit{value: msg.value}(address(this));
    }

    /// @inheritdoc IDisputes
    function revealChallenge(
        uint256 requestId,
        uint256 index,
        uint8 kind,
        uint32 size,
        bytes32 digest,
        bytes32 salt
    ) external {
        Dispute storage d = _disputes[requestId];
        if (d.phase > Phase.Committing) revert Disputes_WrongPhase(requestId, d.phase);
        if (block.timestamp > _revealBy[requestId]) revert Disputes_TooLate(requestId, _revealBy[requestId]);
        Challenge[] storage all = _challenges[requestId];
        if (index >= all.length || all[index].challenger != msg.sender || all[index].revealed) {
            revert Disputes_NotYourChallenge(requestId, index, msg.sender);
        }
        bytes32 answer = _receiptOf(requestId, kind, size, digest);
        if (all[index].answer != keccak256(abi.encode(answer, salt, msg.sender))) {
            revert Disputes_WrongReveal(requestId, msg.sender);
        }
        if (kind > 2 && kind != KIND_WITHHELD) revert Disputes_NothingChallenged(requestId);
        all[index].revealed = true;
        all[index].answer = answer;
        _hasRevealed[requestId][msg.sender] = true;
        uint256 first = _firstWith[requestId][answer];
        if (first == 0 || index + 1 < first) _firstWith[requestId][answer] = index + 1;
        emit ChallengeRevealed(requestId, msg.sender, index, kind, size, digest);
        if (d.phase == Phase.None) _open(requestId, hub.dispute(requestId, 0), false, index);
        if (answer == d.standing) revert Disputes_NothingChallenged(requestId);
        if (kind == KIND_WITHHELD) {
            // Jurors know before they are drawn that they have to look for the bytes.
            if (d.phase != Phase.Drawing) revert Disputes_WrongPhase(requestId, d.phase);
            if (msg.sender != hub.requestOf(requestId).requester) revert Disputes_NotRequester(requestId, msg.sender);
            if (_receiptOf(requestId, 1, size, digest) != d.standing) revert Disputes_NothingChallenged(requestId);
            d.withheld = answer;
        }
    }

    /// @inheritdoc IDisputes
    function audit(uint256 requestId) external {
        if (_disputes[requestId].phase != Phase.None) {
            revert Disputes_WrongPhase(requestId, _disputes[requestId].phase);
        }
        uint64 round = hub.requestOf(requestId).auditRound;
        (IEntropy.Status status, bytes32 seed) = entropy.seedOf(round);
        if (round == 0 || status != IEntropy.Status.Ready) revert Disputes_NoSeed(requestId, round);
        if (!_isAudited(requestId, seed)) revert Disputes_NotDrawn(requestId);
        _open(requestId, hub.dispute(requestId, _jurySize + 1), true, 0);
    }

    /// @inheritdoc IDisputes
    function closeChallenge(uint256 requestId, uint256 index) external {
        Dispute storage d = _disputes[requestId];
        Challenge[] storage all = _challenges[requestId];
        if (index >= all.length || all[index].closed) revert Disputes_NotYourChallenge(requestId, index, msg.sender);
        Challenge storage c = all[index];
        bool back;
        if (d.phase == Phase.Ended) {
            // Whoever did not have to speak because others did, and whoever no verdict speaks against, loses nothing; nor does
            // a requester that could not have its result and for whom no jury was called.
            back = !c.revealed || !d.decided || d.right == bytes32(0) || c.answer == d.right || c.answer == d.withheld;
        } else if (d.phase != Phase.None) {
            revert Disputes_WrongPhase(requestId, d.phase);
        } else if (block.timestamp <= _revealBy[requestId]) {
            revert Disputes_TooEarly(requestId, _revealBy[requestId]);
        }
        c.closed = true;
        emit ChallengeClosed(requestId, c.challenger, index, back ? _challengeBond : 0);
        if (back) balances.move(address(0), c.challenger, _challengeBond);
        else balances.burn(address(0), _challengeBond);
    }

    /// @inheritdoc IDisputes
    function challengesOf(uint256 requestId) external view returns (Challenge[] memory) {
        return _challenges[requestId];
    }

    function _isAudited(uint256 requestId, bytes32 seed) private view returns (bool) {
        return uint256(keccak256(abi.encode("audit", seed, requestId))) % BPS < _auditBps;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBalances} from "../interfaces/IBalances.sol";
import {IDisputes} from "../interfaces/IDisputes.sol";
import {IEntropy} from "../interfaces/IEntropy.sol";
import {IHubTypes} from "../interfaces/IHubTypes.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelAccess} from "../interfaces/IModelAccess.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";

/// @title DisputeState: what is remembered of disputes, and how one begins and ends
/// @dev The bonds of challengers are this contract's balance in `Balances`.
abstract contract DisputeState is IDisputes {
    uint256 internal constant BPS = 10_000;
    /// @dev Kind of the answer that there is no input to answer.
    uint8 internal constant KIND_UNAVAILABLE = 3;
    /// @dev Kind of the answer that the standing result is right, but its bytes cannot be had.
    uint8 internal constant KIND_WITHHELD = 4;

    /// @notice Whose answers are disputed.
    IInferenceHub public immutable hub;
    /// @notice Who may be a juror.
    IModelAccess public immutable access;
    /// @notice Where jurors' bonds lie.
    INodeRegistry public immutable nodes;
    /// @notice The vault.
    IBalances public immutable balances;
    /// @notice The randomness of juries, steps and audits.
    IEntropy public immutable entropy;

    uint32 internal immutable _challengerWindow;
    uint32 internal immutable _drawWindow;
    uint32 internal immutable _commitWindow;
    uint32 internal immutable _revealWindow;
    uint32 internal immutable _verdictWindow;
    uint8 internal immutable _jurySize;
    uint16 internal immutable _auditBps;
    uint16 internal immutable _missPenaltyBps;
    uint96 internal immutable _challengeBond;
    uint96 internal immutable _jurorFee;
    uint96 internal immutable _challengerFee;

    mapping(uint256 requestId => Dispute) internal _disputes;
    mapping(uint256 requestId => Juror[]) internal _juries;
    mapping(uint256 requestId => Challenge[]) internal _challenges;
    /// @dev Until when challengers of a request reveal.
    mapping(uint256 requestId => uint64) internal _revealBy;
    /// @dev Who revealed a challenge, and so is no juror.
    mapping(uint256 requestId => mapping(address challenger => bool)) internal _hasRevealed;
    /// @dev The first challenge committed to that names an answer: its number plus one.
    mapping(uint256 requestId => mapping(bytes32 answer => uint256)) internal _firstWith;

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
    ) {
        if (address(hub_) == address(0)) revert Disputes_BadParameter("hub");
        if (address(access_) == address(0)) revert Disputes_BadParameter("access");
        if (address(nodes_) == address(0)) revert Disputes_BadParameter("nodes");
        if (address(balances_) == address(0)) revert Disputes_BadParameter("balances");
        if (address(entropy_) == address(0)) revert Disputes_BadParameter("entropy");
        if (p.challengerWindow == 0 || p.challengerWindow > 7 days) revert Disputes_BadParameter("challengerWindow");
        if (p.drawWindow == 0 || p.drawWindow > 7 days) revert Disputes_BadParameter("drawWindow");
        if (p.commitWindow == 0 || p.commitWindow > 7 days) revert Disputes_BadParameter("commitWindow");
        if (p.revealWindow == 0 || p.revealWindow > 7 days) revert Disputes_BadParameter("revealWindow");
        if (p.verdictWindow == 0 || p.verdictWindow > 7 days) revert Disputes_BadParameter("verdictWindow");
        if (p.jurySize % 2 == 0 || p.jurySize > 15) revert Disputes_BadParameter("jurySize");
        if (p.auditBps > BPS) revert Disputes_BadParameter("auditBps");
        if (p.missPenaltyBps > BPS) revert Disputes_BadParameter("missPenaltyBps");
        // A challenge that was wrong pays for the jury.
        if (p.challengeBond == 0 || p.challengeBond < uint256(p.jurorFee) * p.jurySize) {
            revert Disputes_BadParameter("challengeBond");
        }
        hub = hub_;
        access = access_;
        nodes = nodes_;
        balances = balances_;
        entropy = entropy_;
        _challengerWindow = p.challengerWindow;
        _drawWindow = p.drawWindow;
        _commitWindow = p.commitWindow;
        _revealWindow = p.revealWindow;
        _verdictWindow = p.verdictWindow;
        _jurySize = p.jurySize;
        _auditBps = p.auditBps;
        _missPenaltyBps = p.missPenaltyBps;
        _challengeBond = p.challengeBond;
        _jurorFee = p.jurorFee;
        _challengerFee = p.challengerFee;
    }

    /// @inheritdoc IDisputes
    function parameters() external view returns (DisputeParameters memory) {
        return
            DisputeParameters({
                challengerWindow: _challengerWindow,
                drawWindow: _drawWindow,
                commitWindow: _commitWindow,
                revealWindow: _revealWindow,
                verdictWindow: _verdictWindow,
                jurySize: _jurySize,
                auditBps: _auditBps,
                missPenaltyBps: _missPenaltyBps,
                challengeBond: _challengeBond,
                jurorFee: _jurorFee,
                challengerFee: _challengerFee
            });
    }

    /// @dev Begins a dispute: the jury is drawn by randomness nobody knows yet.
    function _open(uint256 requestId, bytes32 standing, bool isAudit, uint256 opening) internal {
        uint64 round = entropy.commit();
        uint40 drawBy = uint40(block.timestamp) + _drawWindow;
        _disputes[requestId] = Dispute({
            phase: Phase.Drawing,
            audit: isAudit,
            due: drawBy,
            round: uint48(round),
            decided: false,
            opener: msg.sender,
            opening: uint32(opening),
            standing: standing,
            right: bytes32(0),
            withheld: bytes32(0)
        });
        emit DisputeOpened(requestId, isAudit, msg.sender, round, drawBy);
    }

    /// @dev Ends a dispute without a verdict: the answer stands, jurors who were not silent go free.
    function _endUndecided(uint256 requestId, Dispute storage d) internal {
        d.phase = Phase.Ended;
        emit DisputeEnded(requestId, IHubTypes.Verdict.Stands, false, 0, 0);
        Juror[] storage jury = _juries[requestId];
        for (uint256 i = 0; i < jury.length; ++i) {
            Juror storage juror = jury[i];
            if (juror.state == JurorState.Revealed) _release(juror);
            else if (juror.state != JurorState.Missed) _punish(requestId, i, juror);
        }
        IHubTypes.ResultRef memory none;
        hub.resolve(requestId, IHubTypes.Verdict.Stands, none, new address[](0));
    }

    function _release(Juror storage juror) internal {
        juror.state = JurorState.Released;
        nodes.unlock(juror.node, juror.bond);
    }

    function _punish(uint256 requestId, uint256 seat, Juror storage juror) internal {
        uint256 bond = juror.bond;
        uint256 penalty = (bond * _missPenaltyBps) / BPS;
        juror.state = JurorState.Missed;
        emit JurorPunished(requestId, juror.node, uint8(seat), penalty);
        nodes.slash(juror.node, bond, penalty, address(0));
    }

    function _inPhase(uint256 requestId, Phase phase) internal view returns (Dispute storage d) {
        d = _disputes[requestId];
        if (d.phase != phase) revert Disputes_WrongPhase(requestId, d.phase);
    }

    function _receiptOf(uint256 requestId, uint8 kind, uint32 size, bytes32 digest) internal view returns (bytes32) {
        return hub.hashReceipt(hub.bindingOf(requestId), kind, size, digest);
    }

    function _majority() internal view returns (uint256) {
        return _jurySize / 2 + 1;
    }
}

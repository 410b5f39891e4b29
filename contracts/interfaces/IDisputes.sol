// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHubTypes} from "./IHubTypes.sol";

/// @title Disputes: who answered wrongly, found out by a jury that evaluates again
/// @notice `Drawing → Committing → Revealing → Ended`. A dispute begins with the first revealed challenge, or with an audit.
///         An answer is a kind, a size and a digest as in `ResultRef`; its receipt is `hashReceipt` of it and the request's
///         binding. Kind 3 with size and digest zero says that input or keys cannot be had; kind 4 with size and digest of a
///         result that is a blob says that it is right, but that nobody who gave it serves its bytes. Times are unix seconds,
///         bonds and fees wei.
/// @dev Calls only contracts named at deployment, none of which calls anybody else on the way.
interface IDisputes {
    /// @notice Where a dispute stands.
    enum Phase {
        None,
        Drawing,
        Committing,
        Revealing,
        Ended
    }

    /// @notice Where a juror stands.
    enum JurorState {
        Drawn,
        Committed,
        Revealed,
        Missed,
        Released
    }

    /// @notice A dispute as it stands.
    /// @param audit whether it was drawn, not challenged
    /// @param due end of the phase; of `Revealing`, the last moment to reveal
    /// @param round the entropy round that decides: the jury while `Drawing`, the step while `Revealing`
    /// @param decided whether a jury agreed; set when it ended
    /// @param opener who revealed the first challenge or showed the audit
    /// @param opening the number of that challenge
    /// @param standing receipt of the answer in dispute
    /// @param right receipt of the answer found right; zero while there is none
    /// @param withheld receipt of kind 4 once the requester says that the standing result's bytes cannot be had, or zero
    struct Dispute {
        Phase phase;
        bool audit;
        uint40 due;
        uint48 round;
        bool decided;
        address opener;
        uint32 opening;
        bytes32 standing;
        bytes32 right;
        bytes32 withheld;
    }

    /// @notice A challenge.
    /// @param answer the commitment, then the receipt of the answer it names
    struct Challenge {
        address challenger;
        bool revealed;
        bool closed;
        bytes32 answer;
    }

    /// @notice A juror.
    /// @param vote the commitment, then the receipt of its answer
    /// @param work keccak256(abi.encode(state digest, juror))
    struct Juror {
        address node;
        JurorState state;
        uint88 bond;
        bytes32 vote;
        bytes32 work;
    }

    /// @notice Windows and rates, fixed for good at deployment.
    /// @param challengerWindow seconds after the challenge window that challengers have to reveal
    /// @param drawWindow seconds in which a jury is drawn
    /// @param commitWindow seconds a juror has to evaluate and commit
    /// @param revealWindow seconds a juror has to reveal
    /// @param verdictWindow seconds after that in which the verdict is carried out
    /// @param jurySize jurors, odd
    /// @param auditBps share of posted results that are audited, in 1/10,000
    /// @param missPenaltyBps share of the bond a juror loses that is silent or votes otherwise than the jury, in 1/10,000
    /// @param challengeBond what a challenger lays down
    /// @param jurorFee what a challenge pays each juror of the majority: its costs and at most a tenth more
    /// @param challengerFee what a challenger that was right gets beside its bond: its costs and at most a tenth more
    struct DisputeParameters {
        uint32 challengerWindow;
        uint32 drawWindow;
        uint32 commitWindow;
        uint32 revealWindow;
        uint32 verdictWindow;
        uint8 jurySize;
        uint16 auditBps;
        uint16 missPenaltyBps;
        uint96 challengeBond;
        uint96 jurorFee;
        uint96 challengerFee;
    }

    /// @notice Somebody means to challenge, without saying what.
    event ChallengeCommitted(uint256 indexed requestId, address indexed challenger, uint256 index, uint64 revealBy);
    /// @notice The challenge says what the answer is instead.
    event ChallengeRevealed(
        uint256 indexed requestId,
        address indexed challenger,
        uint256 index,
        uint8 kind,
        uint32 size,
        bytes32 digest
    );
    /// @notice A challenge was paid back, or its bond burned.
    event ChallengeClosed(uint256 indexed requestId, address indexed challenger, uint256 index, uint256 paid);
    /// @notice A dispute began; `round` decides on the jury, which has to be drawn until `drawBy`.
    event DisputeOpened(uint256 indexed requestId, bool audit, address opener, uint64 round, uint64 drawBy);
    /// @notice `node` is a juror, evaluates and commits until `commitBy`.
    event JurorDrawn(uint256 indexed requestId, address indexed node, uint8 seat, uint256 bond, uint64 commitBy);
    /// @notice A juror has voted without saying what.
    event VoteCommitted(uint256 indexed requestId, address indexed node, uint8 seat);
    /// @notice Votes are closed. Once `stepRound` is known, its seed draws the step; jurors reveal until `revealBy`.
    event VotesClosed(uint256 indexed requestId, uint64 stepRound, uint64 revealBy);
    /// @notice A juror said what it voted.
    event VoteRevealed(
        uint256 indexed requestId,
        address indexed node,
        uint8 seat,
        uint8 kind,
        uint32 size,
        bytes32 digest,
        bytes32 work
    );
    /// @notice A juror was silent, or voted otherwise than the jury, and lost `penalty`.
    event JurorPunished(uint256 indexed requestId, address indexed node, uint8 seat, uint256 penalty);
    /// @notice The dispute is over. `decided` is false when no jury was found or it did not agree: then the answer stands.
    event DisputeEnded(
        uint256 indexed requestId,
        IHubTypes.Verdict verdict,
        bool decided,
        uint256 slashed,
        uint256 burned
    );

    /// @notice The dispute is in a phase that does not allow this.
    error Disputes_WrongPhase(uint256 requestId, Phase phase);
    /// @notice The ether sent along is not the challenge bond.
    error Disputes_WrongBond(uint256 sent, uint256 bond);
    /// @notice The caller has no such challenge, or revealed it already.
    error Disputes_NotYourChallenge(uint256 requestId, uint256 index, address caller);
    /// @notice The answer and salt are not what the caller committed to.
    error Disputes_WrongReveal(uint256 requestId, address caller);
    /// @notice The challenge names the answer it challenges, or none.
    error Disputes_NothingChallenged(uint256 requestId);
    /// @notice Only who made the request says that its result cannot be had.
    error Disputes_NotRequester(uint256 requestId, address caller);
    /// @notice The request was not drawn for an audit.
    error Disputes_NotDrawn(uint256 requestId);
    /// @notice The randomness is not known yet, or not any more.
    error Disputes_NoSeed(uint256 requestId, uint64 round);
    /// @notice The caller is no juror of this dispute, or has done this already.
    error Disputes_NotYourVote(uint256 requestId, address caller);
    /// @notice The time for this is over.
    error Disputes_TooLate(uint256 requestId, uint64 until);
    /// @notice The time for this has not come.
    error Disputes_TooEarly(uint256 requestId, uint64 until);
    /// @notice More than half of the jury did not give this answer with this state.
    error Disputes_NoMajority(uint256 requestId, uint256 votes, uint256 needed);
    /// @notice A constructor argument is out of range.
    error Disputes_BadParameter(string name);

    /// @notice Commits to a challenge of the answer of a request, within its challenge window. Send the bond along.
    /// @param commitment keccak256(abi.encode(receipt, salt, challenger)) with the receipt of the right answer
    /// @return index the challenge's number in this request
    function challenge(uint256 requestId, bytes32 commitment) external payable returns (uint256 index);

    /// @notice Says what the right answer is. The first such call of a request begins the dispute. Of several challengers who
    ///         are right, the one that committed first is paid. The requester may name kind 4 with size and digest of a result
    ///         that is a blob, before the jury is drawn: the jury then looks whether its bytes are served. If they are, the
    ///         requester pays the jury out of its bond and has the rest back.
    function revealChallenge(
        uint256 requestId,
        uint256 index,
        uint8 kind,
        uint32 size,
        bytes32 digest,
        bytes32 salt
    ) external;

    /// @notice Begins the audit of a result whose round drew it. Anybody may; who does is paid like a juror.
    function audit(uint256 requestId) external;

    /// @notice Draws the jury among the nodes that served when the request was drawn and have no part in it. With fewer than a
    ///         majority the dispute ends and the answer stands.
    function drawJury(uint256 requestId) external;

    /// @notice A juror has evaluated.
    /// @param commitment keccak256(abi.encode(receipt of its answer, salt, juror))
    function commitVote(uint256 requestId, bytes32 commitment) external;

    /// @notice Goes on without jurors who did not commit in time.
    function closeVotes(uint256 requestId) external;

    /// @notice A juror says what it voted, once the step is drawn.
    /// @param work keccak256(abi.encode(state digest, juror)), the digest of the state after the drawn step; for a rejection or
    ///        kind 3 the state digest is zero. It binds the juror: nobody learns the digest from it.
    function revealVote(
        uint256 requestId,
        uint8 kind,
        uint32 size,
        bytes32 digest,
        bytes32 work,
        bytes32 salt
    ) external;

    /// @notice Carries out the verdict of more than half of the jury. Anybody may. An inline result that replaces the one in
    ///         dispute comes with its bytes. A juror that agrees on the result but found it served where the majority did not, or
    ///         the reverse, is neither paid nor punished: a node can serve one and not another.
    /// @param stateDigest the state digest that the works of those jurors show
    function conclude(uint256 requestId, IHubTypes.ResultRef calldata answer, bytes32 stateDigest) external;

    /// @notice Ends a dispute that came to no verdict in time. The answer stands, challengers get their bonds back.
    function abandon(uint256 requestId) external;

    /// @notice Pays a challenge's bond back, or burns it: when it named a wrong answer or was not revealed in time.
    ///         Anybody may, when the dispute has ended, or the time to reveal is over without one.
    function closeChallenge(uint256 requestId, uint256 index) external;

    /// @notice A dispute as it stands.
    function disputeOf(uint256 requestId) external view returns (Dispute memory);

    /// @notice The challenges of a request.
    function challengesOf(uint256 requestId) external view returns (Challenge[] memory);

    /// @notice The jury of a request.
    function juryOf(uint256 requestId) external view returns (Juror[] memory);

    /// @notice The windows and rates.
    function parameters() external view returns (DisputeParameters memory);
}

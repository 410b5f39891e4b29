// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IHubTypes: what the hub and its extension speak about
/// @notice Times are unix seconds, amounts the smallest unit of the request's token, bonds and penalties wei.
interface IHubTypes {
    /// @notice Where a request stands.
    /// @dev With several replicas a request stays `Assigned` while nodes accept and commit, and is `Committed` while they
    ///      reveal.
    enum RequestState {
        None,
        Requested,
        Assigned,
        Accepted,
        Committed,
        Posted,
        Rejected,
        Challenged,
        Settled,
        Refunded
    }

    /// @notice Where one node's duty stands.
    enum DutyState {
        None,
        Assigned,
        Accepted,
        Committed,
        Posted,
        Rejected,
        Missed,
        Declined,
        Released,
        Overruled
    }

    /// @notice How a dispute ended. `Stands`: the answer stays. `Replaced`: another one is right. `Unavailable`: input or keys
    ///         cannot be had. `Withheld`: the answer is right and stays, but nobody who gave it serves its bytes.
    enum Verdict {
        Stands,
        Replaced,
        Unavailable,
        Withheld
    }

    /// @notice Why a request was refunded.
    enum RefundReason {
        DeadlinePassed,
        Cancelled,
        NoNodeLeft,
        InputRejected,
        InputUnavailable,
        NoMajority
    }

    /// @notice The encrypted input of a request.
    /// @param blobRoot blob root of its bytes
    /// @param residuesRoot root (kind 2) over its expanded residues
    /// @param size bytes
    /// @param uri where it is served; any store that knows the root will do
    struct InputRef {
        bytes32 blobRoot;
        bytes32 residuesRoot;
        uint64 size;
        string uri;
    }

    /// @notice What a requester asks for.
    /// @param replicas nodes that evaluate: 1, 3, 5 or 7
    /// @param token what the requester believes the model charges; a change since the quote is refused
    /// @param maxFee most the requester pays in all; a price above is refused
    /// @param deadline the result must be posted by then, or the fee goes back
    struct RequestParams {
        uint256 modelId;
        uint32 version;
        uint16 planIndex;
        uint8 replicas;
        bytes32 keySetId;
        InputRef input;
        address token;
        uint256 maxFee;
        uint64 deadline;
    }

    /// @notice An ERC-2612 signature that allows the hub to take `maxFee` of the token.
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice Everything a request is about. Its EIP-712 hash under the hub's domain (chain id, hub address) is the
    ///         request's binding digest: nodes accept it, results answer it, and nothing else.
    /// @param noiseIndex counts the version's requests from 0: the leaf of the noise seed this request uses
    /// @param packsDigest commitment to the key packs there were when the request was made
    struct Binding {
        uint256 requestId;
        address requester;
        uint256 modelId;
        uint32 version;
        uint16 planIndex;
        bytes32 planDigest;
        bytes32 weightsRoot;
        bytes32 noiseRoot;
        uint32 noiseIndex;
        bytes32 semantics;
        bytes32 keySetId;
        address keySetOwner;
        bytes32 packsDigest;
        uint16 packCount;
        bytes32 inputBlobRoot;
        bytes32 inputResiduesRoot;
        uint64 inputSize;
        uint8 replicas;
    }

    /// @notice A result on chain (formats.md section 10), or where several nodes answer, an answer.
    /// @param kind 0: `data` is the result, at most 8,192 bytes. 1: the result is a blob, `data` is empty. 2, in answers
    ///        only: the parser refuses input or keys
    /// @param size bytes of the result; the parser's code for kind 2
    /// @param digest blob root of the result; zero for kind 2
    struct ResultRef {
        uint8 kind;
        uint32 size;
        bytes32 digest;
        bytes data;
    }

    /// @notice What a request costs.
    /// @param modelFee to the model's owner
    /// @param nodeFee to each node
    /// @param auditFee set aside to have a share of requests evaluated again
    /// @param total what is escrowed
    struct Quote {
        address token;
        uint256 modelFee;
        uint256 nodeFee;
        uint256 auditFee;
        uint256 total;
    }

    /// @notice A request as it stands. The binding's content is in the `Requested` event.
    /// @param payee who gets the model fee: the owner when the request was made
    /// @param until while `Committed`: end of the reveals; while `Posted` or `Rejected`: end of the challenge window, or of
    ///        the time challengers have to reveal, or zero after a dispute
    /// @param auditRound once `Posted`: the entropy round that says whether the result is audited
    /// @param drawRound while `Requested`: the entropy round that decides
    struct Request {
        address requester;
        RequestState state;
        uint256 modelId;
        uint32 version;
        uint16 planIndex;
        uint8 replicas;
        uint32 noiseIndex;
        uint64 deadline;
        address token;
        address payee;
        uint256 modelFee;
        uint256 nodeFee;
        uint256 auditFee;
        bytes32 binding;
        uint64 drawRound;
        uint32 drawEpoch;
        uint8 attempts;
        uint64 until;
        uint16 rejectCode;
        uint8 resultKind;
        uint32 resultSize;
        bytes32 resultDigest;
        uint64 auditRound;
    }

    /// @notice One node's part in a request.
    /// @param dueBy by when it has to do what its state asks for: accept when `Assigned`, post or commit when `Accepted`
    /// @param bond wei locked
    struct Duty {
        address node;
        DutyState state;
        uint64 dueBy;
        uint256 bond;
    }

    /// @notice Windows and rates, fixed for good at deployment.
    /// @param acceptWindow seconds a drawn node has to accept or decline
    /// @param postWindow seconds an accepting node has to post
    /// @param revealWindow seconds nodes have to reveal what they committed to
    /// @param challengeWindow seconds a result can be challenged
    /// @param minimumTime least seconds between a request and its deadline
    /// @param maximumTime most seconds between a request and its deadline
    /// @param missPenaltyBps share of the bond lost with a missed deadline, in 1/10,000
    /// @param minorityPenaltyBps share of the bond lost by who answered otherwise than the majority, in 1/10,000
    /// @param auditFeeBps share of the node fee set aside for audits, in 1/10,000
    /// @param maximumAttempts draws per replica before the request is given up
    /// @param redrawFee wei burned for repeating a draw that expired
    struct Parameters {
        uint32 acceptWindow;
        uint32 postWindow;
        uint32 revealWindow;
        uint32 challengeWindow;
        uint32 minimumTime;
        uint32 maximumTime;
        uint16 missPenaltyBps;
        uint16 minorityPenaltyBps;
        uint16 auditFeeBps;
        uint8 maximumAttempts;
        uint96 redrawFee;
    }

    /// @notice A request was made and paid. `binding` hashes to `bindingOf(requestId)`.
    event Requested(
        uint256 indexed requestId,
        uint256 indexed modelId,
        address indexed requester,
        Binding binding,
        string inputUri,
        Quote price,
        uint64 deadline,
        uint64 drawRound
    );
    /// @notice Another draw decides; the last one expired, or the drawn node declined or missed its deadline.
    event DrawStarted(uint256 indexed requestId, uint64 drawRound, uint32 drawEpoch);
    /// @notice `node` was drawn and has until `acceptBy` to accept or decline.
    event Assigned(uint256 indexed requestId, address indexed node, uint8 replica, uint256 bond, uint64 acceptBy);
    /// @notice `node` holds input and keys and posts, or with several replicas commits, until `postBy`.
    event Accepted(uint256 indexed requestId, address indexed node, uint8 replica, uint64 postBy);
    /// @notice `node` does not take the duty.
    event Declined(uint256 indexed requestId, address indexed node, uint8 replica);
    /// @notice `node` let its deadline pass and lost `penalty`.
    event Missed(uint256 indexed requestId, address indexed node, uint8 replica, uint256 penalty);
    /// @notice One of several nodes has an answer and said so without telling it.
    event Committed(uint256 indexed requestId, address indexed node, uint8 replica, bytes32 commitment);
    /// @notice Nobody is waited for any more: who committed reveals until `until`.
    event RevealsOpened(uint256 indexed requestId, uint64 until);
    /// @notice One of several nodes told its answer (see `ResultRef`). An inline result's bytes are in `data` of whoever
    ///         told that answer first.
    event Revealed(
        uint256 indexed requestId,
        address indexed node,
        uint8 replica,
        uint8 kind,
        uint32 size,
        bytes32 digest,
        bytes data
    );
    /// @notice `node` had answered otherwise than what stands in the end and lost `penalty`.
    event Overruled(uint256 indexed requestId, address indexed node, uint8 replica, uint256 penalty);
    /// @notice The deterministic parser refuses input or keys with `code`; can be challenged until `until`. With several
    ///         replicas the majority says so, and `node` is zero.
    event Rejected(uint256 indexed requestId, address indexed node, uint16 code, uint64 until);
    /// @notice The result is there: inline results are in `result.data`. Can be challenged until `until`. With several
    ///         replicas it is the majority's, `node` is zero, and the bytes are in `Revealed`.
    event Posted(uint256 indexed requestId, address indexed node, ResultRef result, uint64 until);
    /// @notice A challenge may come until `until`: nobody settles before.
    event Held(uint256 indexed requestId, uint64 until);
    /// @notice What answered the request is in dispute.
    event Challenged(uint256 indexed requestId);
    /// @notice The dispute is over. A replaced answer comes with `Posted` or `Rejected`, a refund with `Refunded`.
    event Resolved(uint256 indexed requestId, Verdict verdict);
    /// @notice Node and owner were credited.
    event Settled(uint256 indexed requestId, uint256 paidToNodes, uint256 paidToOwner);
    /// @notice The requester was credited with what it escrowed.
    event Refunded(uint256 indexed requestId, uint256 amount, RefundReason reason);

    /// @notice The request is in a state that does not allow this.
    error InferenceHub_WrongState(uint256 requestId, RequestState state);
    /// @notice The model is paused or retired.
    error InferenceHub_ModelNotActive(uint256 modelId);
    /// @notice No node serves the version in this epoch.
    error InferenceHub_NoNodes(uint256 modelId, uint32 version);
    /// @notice The number of replicas is not one this hub takes.
    error InferenceHub_BadReplicas(uint8 replicas);
    /// @notice The model charges another token than the requester agreed to.
    error InferenceHub_TokenChanged(address expected, address charged);
    /// @notice The price is above the requester's maximum. Both are in the smallest unit of `token`, wei if that is zero.
    error InferenceHub_FeeTooHigh(address token, uint256 total, uint256 maxFee);
    /// @notice The ether sent along is not the price.
    error InferenceHub_WrongPayment(uint256 sent, uint256 total);
    /// @notice The deadline is too near or too far.
    error InferenceHub_BadDeadline(uint64 deadline, uint64 earliest, uint64 latest);
    /// @notice The key set belongs to somebody else, or is revoked.
    error InferenceHub_KeySetRefused(bytes32 keySetId, address requester);
    /// @notice The key set is of another parameter set than the plan.
    error InferenceHub_WrongParameters(bytes32 keySetParams, bytes32 planParams);
    /// @notice The input has an empty root, no bytes or too many.
    error InferenceHub_BadInput(uint64 size);
    /// @notice All noise seeds of the version are used; the owner has to publish another version.
    error InferenceHub_VersionExhausted(uint256 modelId, uint32 version);
    /// @notice The draw is not decided yet.
    error InferenceHub_DrawPending(uint256 requestId, uint64 round);
    /// @notice The draw is decided and cannot be avoided now.
    error InferenceHub_DrawDecided(uint256 requestId, uint64 round);
    /// @notice The draw was decided but nobody used it in time; `redraw` starts another one.
    error InferenceHub_DrawExpired(uint256 requestId, uint64 round);
    /// @notice The draw has not expired.
    error InferenceHub_DrawNotExpired(uint256 requestId, uint64 round);
    /// @notice The caller was not drawn for this request, or has no duty of this kind now.
    error InferenceHub_NotYourDuty(uint256 requestId, address caller);
    /// @notice The duty's deadline has passed.
    error InferenceHub_TooLate(uint256 requestId, uint64 dueBy);
    /// @notice The duty's or the request's deadline has not passed.
    error InferenceHub_TooEarly(uint256 requestId, uint64 until);
    /// @notice The node means another request than the one there is: the chain was reorganised, or it was misled.
    error InferenceHub_WrongBinding(uint256 requestId, bytes32 given, bytes32 expected);
    /// @notice Only the contract for disputes does this.
    error InferenceHub_NotDisputes(address caller);
    /// @notice The model's requests have set less aside than an audit costs.
    error InferenceHub_AuditPoolTooSmall(uint256 modelId, uint256 pool, uint256 cost);
    /// @notice The caller did not make the request.
    error InferenceHub_NotRequester(uint256 requestId, address caller);
    /// @notice The result's kind is unknown, or its size does not fit its kind.
    error InferenceHub_BadResult(uint8 kind, uint32 size, uint256 dataLength);
    /// @notice The inline result does not have the digest it claims.
    error InferenceHub_WrongResultDigest(bytes32 claimed, bytes32 actual);
    /// @notice The answer and salt are not what the caller committed to.
    error InferenceHub_WrongReveal(uint256 requestId, address caller);
    /// @notice A rejection needs a code other than zero.
    error InferenceHub_BadRejectCode();
    /// @notice A constructor argument is out of range.
    error InferenceHub_BadParameter(string name);

    /// @notice The windows and rates.
    function parameters() external view returns (Parameters memory);
}

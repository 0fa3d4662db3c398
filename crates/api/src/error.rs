//! Errors: a stable code for programs, a sentence for people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong. Codes are never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is not of the route's form: a malformed id, address, number or JSON.
    Malformed,
    /// The body is larger than the route takes.
    TooLarge,
    /// The body is of another content type than the route takes.
    UnsupportedMediaType,
    /// No session, an ended session, or a request signature that does not verify.
    Unauthenticated,
    /// The read key is unknown, as after a restart of the node: agree a new one; no wallet is needed.
    ReadKeyUnknown,
    /// A wallet's signature does not verify for that account and message.
    SignatureInvalid,
    /// A nonce that was used already, or was never given out.
    NonceInvalid,
    /// A signed message whose time has passed or has not come, or that is valid for too long.
    Expired,
    /// A signed message for another node.
    WrongDomain,
    /// The chain is not one this node follows.
    UnknownChain,
    /// The contract is not one this node follows.
    UnknownContract,
    /// There is no such object, or none that the caller may know of.
    NotFound,
    /// The caller has no profile yet.
    ProfileRequired,
    /// That profile, wallet or data id exists already.
    Exists,
    /// The wallet belongs to a profile already.
    WalletTaken,
    /// The last wallet of a profile stays.
    LastWallet,
    /// The consent to a profile does not allow this: another key, wallet or issuer than it names.
    ProfileConsentInvalid,
    /// The write grant does not allow this write.
    WriteGrantInvalid,
    /// The write grant was used already.
    WriteGrantUsed,
    /// Content that was never uploaded, or is gone.
    ContentMissing,
    /// Content whose digest is not the one stated.
    DigestMismatch,
    /// Content that is not a NaCl box: it must be encrypted before it is sent.
    NotABox,
    /// Public notes that are not signed by the issuer's key, or not in form.
    NotesInvalid,
    /// A copy is shared from the original only.
    CopyOfCopy,
    /// Only an original is sealed anew: a copy is sealed for somebody else.
    NotAnOriginal,
    /// Content that is not sealed for the key that the profile states.
    WrongRecipientKey,
    /// The content is not the one any more that the request was made from.
    ContentChanged,
    /// A key statement that is not newer than the present one, or names another profile.
    KeyStatementInvalid,
    /// A request that does not hold for its publisher or for the answer to it; the message says why.
    RequestInvalid,
    /// The grant is not final yet: try again once its block is.
    GrantNotFinal,
    /// The grant was revoked by its owner.
    GrantRevoked,
    /// The caller gave up this copy.
    GrantRescinded,
    /// A timelock forbids it until a time that the details state.
    Timelocked,
    /// The node's mirror is too far behind the chain to answer.
    MirrorStale,
    /// The node's mirror does not match the contract's history; it is fetching again.
    MirrorInconsistent,
    /// A request for key-share nodes of which this is none.
    WrongNodeSet,
    /// A key share that does not open, or is not what its dealing commits to.
    ShareInvalid,
    /// A refresh of key shares is committed that was not prepared here.
    RefreshNotPrepared,
    /// Another refresh of these key shares is under way.
    RefreshUnderWay,
    /// Too many requests, or too much stored.
    LimitReached,
    /// The node cannot write: its disk is full.
    StorageFull,
    /// The route exists for other methods only, or not at all.
    NoSuchRoute,
    /// The chain's RPC that the node needs for this check does not answer.
    ChainUnavailable,
    /// Nobody relays here, or not to that chain.
    RelayUnavailable,
    /// The contract would refuse the call; the details name its error.
    CallRefused,
    /// A call that is not relayed: of another kind, or of more than it needs.
    CallNotRelayed,
    /// The relay's account has too little left to pay.
    RelayUnfunded,
    /// The chain asks for more than the relay pays for a call.
    FeeTooHigh,
    /// The node failed; the request id finds the reason in its log.
    Internal,
}

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// One error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// What went wrong.
    pub code: ErrorCode,
    /// What to do about it.
    pub message: String,
    /// Numbers a program may need, such as `locked_until`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub details: Option<serde_json::Value>,
    /// The same id is in the node's log and in the `x-request-id` header.
    pub request_id: String,
}

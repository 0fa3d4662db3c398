//! What each route can refuse with: the one table of it, which the OpenAPI document states route by route.
//!
//! A route is given its row as the last of its `responses`. The tests hold every answer that they see to what is stated here.

use idos_api::ErrorCode::*;
use idos_service::Refusals;

/// Of every route.
const SERVED: Refusals = &[(429, LimitReached), (503, LimitReached), (500, Internal)];
/// Of a route with parameters in its path or query.
const PARAMETERS: Refusals = &[(400, Malformed)];
/// Of a route that takes JSON.
const JSON: Refusals = &[(400, Malformed), (413, TooLarge), (415, UnsupportedMediaType)];
/// Of a GET under a session.
const READ: Refusals = &[(400, Malformed), (401, Unauthenticated), (401, ReadKeyUnknown)];
/// Of a command under a session. Even one that has no body is sent with one by somebody.
const COMMAND: Refusals =
    &[(400, Malformed), (401, Unauthenticated), (409, NonceInvalid), (413, TooLarge), (507, StorageFull)];
/// Of a route for those who have a profile.
const PROFILE: Refusals = &[(403, ProfileRequired)];
/// Of a message that a wallet signed, where its time counts.
const SIGNED_MESSAGE: Refusals = &[(403, Expired)];
/// Of a message for this node only, with a nonce of its own.
const MESSAGE_FOR_NODE: Refusals = &[(403, WrongDomain), (409, NonceInvalid)];
/// Of a wallet's signature, which some chain may have to confirm.
const WALLET_PROOF: Refusals = &[(403, SignatureInvalid), (422, UnknownChain), (503, ChainUnavailable)];
/// Of content that is to be stored under a data id.
const STORING: Refusals = &[(409, Exists), (409, ContentMissing), (429, LimitReached)];
/// Of the gate.
const GATE: Refusals = &[
    (403, GrantNotFinal),
    (403, GrantRevoked),
    (403, GrantRescinded),
    (404, NotFound),
    (503, MirrorStale),
    (503, MirrorInconsistent),
    (507, StorageFull),
];
/// Of what a timelock may forbid.
const LOCKS: Refusals = &[(409, Timelocked), (503, MirrorStale), (503, MirrorInconsistent)];

idos_service::refusals! {
    every route: SERVED;
    /// `GET /health`, `GET /metrics`, `GET /v1/node`
    Node: &[];
    /// `POST /v1/sign-in/challenges`
    NewChallenge: &[];
    /// `POST /v1/sessions`
    OpenSession: JSON, SIGNED_MESSAGE, MESSAGE_FOR_NODE, WALLET_PROOF, &[(507, StorageFull)];
    /// `DELETE /v1/session`
    CloseSession: COMMAND;
    /// `POST /v1/session/read-key`
    AgreeReadKey: COMMAND, JSON;
    /// `GET /v1/profile`
    ReadProfile: READ;
    /// `POST /v1/profile`
    CreateProfile: COMMAND, JSON, SIGNED_MESSAGE, WALLET_PROOF,
        &[(409, Exists), (409, WalletTaken), (422, KeyStatementInvalid)];
    /// `PUT /v1/profile/key-statement`
    StateKey: COMMAND, JSON, PROFILE, SIGNED_MESSAGE, WALLET_PROOF, &[(422, KeyStatementInvalid)];
    /// `POST /v1/profile/wallets`
    LinkWallet: COMMAND, JSON, PROFILE, SIGNED_MESSAGE, MESSAGE_FOR_NODE, WALLET_PROOF,
        &[(409, WalletTaken), (429, LimitReached)];
    /// `DELETE /v1/profile/wallets/{wallet}`
    UnlinkWallet: COMMAND, PROFILE, LOCKS, &[(404, NotFound), (409, LastWallet)];
    /// `DELETE /v1/profile`
    DeleteProfile: COMMAND, LOCKS, &[(404, NotFound)];
    /// `POST /v1/profiles`
    CreateProfileFor: COMMAND, JSON, PROFILE, SIGNED_MESSAGE, MESSAGE_FOR_NODE, WALLET_PROOF,
        &[(403, ProfileConsentInvalid), (409, Exists), (409, WalletTaken), (422, KeyStatementInvalid)];
    /// `GET /v1/profiles/{profile_id}/key-statement`
    ReadKeyStatement: READ, &[(404, NotFound)];
    /// `PUT /v1/uploads/{sha256}`
    Upload: COMMAND, PROFILE,
        &[(415, UnsupportedMediaType), (422, DigestMismatch), (422, NotABox), (429, LimitReached)];
    /// `GET /v1/events`
    Events: READ, PROFILE, &[(429, LimitReached)];
    /// `POST /v1/credentials/{data_id}/rescind`
    Rescind: COMMAND, PROFILE, &[(404, NotFound)];
    /// `POST /v1/requests`
    PublishRequest: COMMAND, JSON, PROFILE, SIGNED_MESSAGE, WALLET_PROOF,
        &[(403, WrongDomain), (409, Exists), (422, RequestInvalid), (429, LimitReached)];
    /// `DELETE /v1/requests/{request_id}`
    WithdrawRequest: COMMAND, PROFILE, &[(404, NotFound)];
    /// `POST /v1/requests/{request_id}/accept`
    AcceptRequest: COMMAND, JSON, PROFILE,
        &[(404, NotFound), (409, Exists), (422, RequestInvalid), (429, LimitReached)];
    /// `POST /v1/requests/{request_id}/decline`
    DeclineRequest: COMMAND, PROFILE,
        &[(404, NotFound), (409, Exists), (422, RequestInvalid), (429, LimitReached)];
    /// Lists of the caller's own: `GET /v1/grants/received`, `GET /v1/requests` and alike, `GET /v1/credentials`, `GET /v1/issuances`, `GET /v1/audit`, `GET /v1/usage`, `GET /v1/receipts`,
    /// `GET /v1/profile/key-statements`
    OwnList: READ, PROFILE;
    /// `POST /v1/credentials`
    StoreCredential: COMMAND, JSON, PROFILE, STORING, SIGNED_MESSAGE, WALLET_PROOF,
        &[(403, WriteGrantInvalid), (409, WriteGrantUsed), (422, NotesInvalid), (422, UnknownContract)];
    /// `POST /v1/credentials/{data_id}/copies`
    ShareCopy: COMMAND, JSON, PROFILE, STORING, &[(404, NotFound), (409, CopyOfCopy)];
    /// `GET /v1/issuances/{data_id}`, `GET /v1/requests/{request_id}` and its answers
    OwnOne: READ, PROFILE, &[(404, NotFound)];
    /// `PUT /v1/credentials/{data_id}/public-notes`
    RenewNotes: COMMAND, JSON, PROFILE, &[(404, NotFound), (422, NotesInvalid)];
    /// `GET /v1/credentials/{data_id}` and its content
    GatedRead: READ, GATE;
    /// `PUT /v1/credentials/{data_id}/content`
    Reseal: COMMAND, JSON, PROFILE, LOCKS, &[(404, NotFound), (409, NotAnOriginal), (409, ContentChanged),
        (409, ContentMissing), (422, WrongRecipientKey)];
    /// `DELETE /v1/credentials/{data_id}`
    DeleteCredential: COMMAND, PROFILE, LOCKS, &[(404, NotFound)];
    /// `POST /v1/relay`
    Relay: COMMAND, JSON, PROFILE, &[
        (403, Expired), (404, RelayUnavailable), (422, UnknownContract), (422, CallRefused), (422, CallNotRelayed),
        (429, LimitReached), (503, ChainUnavailable), (503, RelayUnfunded), (503, FeeTooHigh),
    ];
    /// `GET /v1/relay/{digest}`
    ReadRelayed: READ, PROFILE, &[(404, NotFound), (404, RelayUnavailable), (507, StorageFull)];
    /// `GET /v1/grants`
    Grants: READ;
    /// `GET /v1/statuses`, `GET /v1/status-lists/{contract}/{issuer}/{list}/{purpose}`
    Status: PARAMETERS, &[(422, UnknownContract), (503, MirrorStale), (503, MirrorInconsistent)];
}

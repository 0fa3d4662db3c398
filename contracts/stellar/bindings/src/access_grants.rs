//! AccessGrants: who lets whom read which copy of a credential, and until when that cannot be taken back.
//!
//! Verbs name their owner, who authorizes the call or, as a bare key, adds a [`KeyProof`]. Times are Unix seconds; a lock is 0 for no timelock.

use stellar_xdr::ScVal;

use crate::{
    account::{Account, Native},
    event::{self, EventError},
    method::method,
    proof::{KeyProof, KeySignature},
    value::structure_value,
};

/// The contract.
pub const WASM: &[u8] = include_bytes!("../../artifacts/access_grants.wasm");

/// Lets `grantee` read `data_id` of `owner`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateGrant {
    /// Who grants.
    pub owner: Account,
    /// Who may read: not the owner.
    pub grantee: Account,
    /// What.
    pub data_id: [u8; 32],
    /// Until when it cannot be revoked.
    pub locked_until: u64,
    /// Of a bare key; `None` of a native account.
    pub proof: Option<KeyProof>,
}

method!(CreateGrant = "create_grant"(owner, grantee, data_id, locked_until, proof) -> ());

/// Moves the end of a grant's timelock to a later time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendTimelock {
    /// Whose grant.
    pub owner: Account,
    /// To whom.
    pub grantee: Account,
    /// On what.
    pub data_id: [u8; 32],
    /// The new end.
    pub locked_until: u64,
    /// Of a bare key; `None` of a native account.
    pub proof: Option<KeyProof>,
}

method!(ExtendTimelock = "extend_timelock"(owner, grantee, data_id, locked_until, proof) -> ());

/// Ends a grant that is not locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokeGrant {
    /// Whose grant.
    pub owner: Account,
    /// To whom.
    pub grantee: Account,
    /// On what.
    pub data_id: [u8; 32],
    /// Of a bare key; `None` of a native account.
    pub proof: Option<KeyProof>,
}

method!(RevokeGrant = "revoke_grant"(owner, grantee, data_id, proof) -> ());

/// One grant to create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewGrant {
    /// To whom.
    pub grantee: Account,
    /// On what.
    pub data_id: [u8; 32],
    /// Until when it cannot be revoked.
    pub locked_until: u64,
}

structure_value!(NewGrant { grantee, data_id, locked_until });

/// Creates all grants, or none: 1 to [`MAX_BATCH`](crate::MAX_BATCH).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateGrants {
    /// Who grants.
    pub owner: Account,
    /// In this order.
    pub grants: Vec<NewGrant>,
    /// Of a bare key; `None` of a native account.
    pub proof: Option<KeyProof>,
}

method!(CreateGrants = "create_grants"(owner, grants, proof) -> ());

/// One grant of an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantRef {
    /// To whom.
    pub grantee: Account,
    /// On what.
    pub data_id: [u8; 32],
}

structure_value!(GrantRef { grantee, data_id });

/// Revokes all grants, or none: 1 to [`MAX_BATCH`](crate::MAX_BATCH).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokeGrants {
    /// Whose grants.
    pub owner: Account,
    /// In this order.
    pub grants: Vec<GrantRef>,
    /// Of a bare key; `None` of a native account.
    pub proof: Option<KeyProof>,
}

method!(RevokeGrants = "revoke_grants"(owner, grants, proof) -> ());

/// One message of an owner for an issuer: its write off chain, and its grant on chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteGrant {
    /// Whose profile.
    pub owner: Account,
    /// The issuer's account.
    pub grantee: Account,
    /// The Ed25519 key that signs what the issuer stores.
    pub issuer_key: [u8; 32],
    /// The id of the original.
    pub credential_id: [u8; 32],
    /// The id of the issuer's copy.
    pub data_id: [u8; 32],
    /// The grant's lock.
    pub locked_until: u64,
    /// Usable from this second on.
    pub not_before: u64,
    /// Usable through this second.
    pub not_after: u64,
    /// One of the owner's, used up by the grant.
    pub nonce: [u8; 32],
}

structure_value!(WriteGrant {
    owner,
    grantee,
    issuer_key,
    credential_id,
    data_id,
    locked_until,
    not_before,
    not_after,
    nonce,
});

/// Creates the grant of a write grant; sent by anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateGrantByWriteGrant {
    /// What the owner signed.
    pub write_grant: WriteGrant,
    /// Of a bare key; `None` of a native account, which authorizes the call.
    pub signature: Option<KeySignature>,
}

method!(CreateGrantByWriteGrant = "create_grant_by_write_grant"(write_grant, signature) -> ());

/// Uses up a nonce of a native account: withdraws a write grant. A bare key signs something else with the nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelNonce {
    /// Whose nonce.
    pub owner: Native,
    /// Which.
    pub nonce: [u8; 32],
}

method!(CancelNonce = "cancel_nonce"(owner, nonce) -> ());

/// Whether a grant stands. A view; contracts ask in the same call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HasAccess {
    /// Who granted.
    pub owner: Account,
    /// Who may read.
    pub grantee: Account,
    /// What.
    pub data_id: [u8; 32],
}

method!(HasAccess = "has_access"(owner, grantee, data_id) -> bool);

/// A grant, if it stands. A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantOf {
    /// Who granted.
    pub owner: Account,
    /// Who may read.
    pub grantee: Account,
    /// What.
    pub data_id: [u8; 32],
}

method!(GrantOf = "grant_of"(owner, grantee, data_id) -> Option<StandingGrant>);

/// A grant that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingGrant {
    /// When it was created.
    pub created_at: u64,
    /// Until when it cannot be revoked.
    pub locked_until: u64,
}

structure_value!(StandingGrant { created_at, locked_until });

/// Whether a nonce was used or cancelled. A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsNonceUsed {
    /// Whose nonce.
    pub owner: Account,
    /// Which.
    pub nonce: [u8; 32],
}

method!(IsNonceUsed = "is_nonce_used"(owner, nonce) -> bool);

/// The hash over every event so far. A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryHead;

method!(HistoryHead = "history_head"() -> [u8; 32]);

/// Keeps a grant alive for as long as the network allows, and with it the history head. By anyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtendTtl {
    /// Who granted.
    pub owner: Account,
    /// To whom.
    pub grantee: Account,
    /// On what.
    pub data_id: [u8; 32],
}

method!(ExtendTtl = "extend_ttl"(owner, grantee, data_id) -> ());

/// What happened to one grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It was created.
    GrantCreated(GrantData),
    /// Its timelock was extended.
    TimelockExtended(GrantData),
    /// It was revoked.
    GrantRevoked(GrantData),
}

/// What an event says of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantData {
    /// Whose grant.
    pub owner: Account,
    /// To whom.
    pub grantee: Account,
    /// Over what.
    pub data_id: [u8; 32],
    /// The lock after the change; for a revoked grant, the lock it had.
    pub locked_until: u64,
}

impl Event {
    /// First topics of the events. The others are owner, grantee and data id, as arguments of calls are.
    pub const NAMES: [&'static str; 3] = ["grant_created", "timelock_extended", "grant_revoked"];

    /// Reads an event of this contract; `None` for one of another name. Make sure first that this very contract emitted it: anyone's contract may
    /// say the same.
    pub fn parse(topics: &[ScVal], data: &ScVal) -> Result<Option<Self>, EventError> {
        let Some(name) = event::name_of(&Self::NAMES, topics) else { return Ok(None) };
        let (owner, grantee, data_id) = event::topics(name, topics)?;
        let locked_until = event::data(name, data, 1, |fields| fields.read("locked_until"))?;
        let data = GrantData { owner, grantee, data_id, locked_until };
        Ok(Some(match name {
            "grant_created" => Self::GrantCreated(data),
            "timelock_extended" => Self::TimelockExtended(data),
            _ => Self::GrantRevoked(data),
        }))
    }

    /// The grant.
    pub fn data(&self) -> &GrantData {
        match self {
            Self::GrantCreated(data) | Self::TimelockExtended(data) | Self::GrantRevoked(data) => data,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Value as _, bytes, structure, symbol};

    fn topics() -> Vec<ScVal> {
        let account = Account::Ed25519([1; 32]).to_val().unwrap();
        let grantee = Account::Contract([2; 32]).to_val().unwrap();
        vec![ScVal::Symbol(symbol("grant_created").unwrap()), account, grantee, bytes(&[7; 32]).unwrap()]
    }

    fn data() -> ScVal {
        structure(vec![("locked_until", ScVal::U64(1_800_000_000))]).unwrap()
    }

    #[test]
    fn an_event_is_read() {
        let data = GrantData {
            owner: Account::Ed25519([1; 32]),
            grantee: Account::Contract([2; 32]),
            data_id: [7; 32],
            locked_until: 1_800_000_000,
        };
        assert_eq!(Event::parse(&topics(), &self::data()), Ok(Some(Event::GrantCreated(data))));
        for (name, expected) in [
            ("timelock_extended", Event::TimelockExtended(data)),
            ("grant_revoked", Event::GrantRevoked(data)),
        ] {
            let mut topics = topics();
            topics[0] = ScVal::Symbol(symbol(name).unwrap());
            assert_eq!(Event::parse(&topics, &self::data()), Ok(Some(expected)));
        }
    }

    #[test]
    fn events_that_are_not_for_us_are_passed_over() {
        for first in [
            ScVal::Symbol(symbol("status_changed").unwrap()),
            ScVal::Symbol(symbol("grant_create").unwrap()),
            ScVal::U32(1),
        ] {
            let mut topics = topics();
            topics[0] = first;
            assert_eq!(Event::parse(&topics, &data()), Ok(None));
        }
        assert_eq!(Event::parse(&[], &data()), Ok(None));
    }

    #[test]
    fn an_event_of_our_name_that_is_not_as_it_should_be_is_an_error() {
        let with = |at: usize, val: ScVal| {
            let mut topics = topics();
            topics[at] = val;
            topics
        };
        let pair = |fields| structure(fields).unwrap();
        let lock = ("locked_until", ScVal::U64(0));
        let table = [
            ("a topic too few", topics()[..3].to_vec(), data()),
            ("a topic too many", [topics(), vec![ScVal::Void]].concat(), data()),
            ("an owner that is none", with(1, ScVal::Void), data()),
            ("a short data id", with(3, bytes(&[7; 31]).unwrap()), data()),
            ("no data", topics(), ScVal::Void),
            ("another field", topics(), pair(vec![("locked", ScVal::U64(0))])),
            ("a field too many", topics(), pair(vec![lock.clone(), ("more", ScVal::Void)])),
            ("a lock of 32 bits", topics(), pair(vec![("locked_until", ScVal::U32(0))])),
        ];
        for (name, topics, data) in table {
            assert!(Event::parse(&topics, &data).is_err(), "{name}");
        }
    }
}

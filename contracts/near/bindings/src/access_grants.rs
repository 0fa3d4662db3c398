//! AccessGrants: who lets whom read which copy of a credential, and until when that cannot be taken back.
//!
//! The owner is the account whose action the call is. Times are Unix seconds; a lock is 0 for no timelock.

use near_account_id::AccountId;
use serde::{Deserialize, Serialize};

use crate::{
    bytes32::Bytes32,
    decimal,
    event::{self, EventError},
    method::{Method, TGAS},
};

/// The contract.
pub const WASM: &[u8] = include_bytes!("../../artifacts/access_grants.wasm");

/// NEP-297 name of its events.
pub const STANDARD: &str = "idos-access-grants";

/// Lets `grantee` read `data_id` of the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateGrant {
    /// Who may read: not the owner.
    pub grantee: AccountId,
    /// What.
    pub data_id: Bytes32,
    /// Until when it cannot be revoked.
    #[serde(with = "decimal")]
    pub locked_until: u64,
}

impl Method for CreateGrant {
    const NAME: &'static str = "create_grant";
    type Answer = ();
}

/// Creates all grants, or none: 1 to [`MAX_BATCH`](crate::MAX_BATCH).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateGrants {
    /// In this order.
    pub grants: Vec<CreateGrant>,
}

impl Method for CreateGrants {
    const NAME: &'static str = "create_grants";
    type Answer = ();

    fn gas(&self) -> u64 {
        batch_gas(self.grants.len())
    }
}

/// Moves the end of a grant's timelock to a later time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtendTimelock {
    /// Whose grant.
    pub grantee: AccountId,
    /// On what.
    pub data_id: Bytes32,
    /// The new end.
    #[serde(with = "decimal")]
    pub locked_until: u64,
}

impl Method for ExtendTimelock {
    const NAME: &'static str = "extend_timelock";
    type Answer = ();
}

/// Ends a grant that is not locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeGrant {
    /// Whose grant.
    pub grantee: AccountId,
    /// On what.
    pub data_id: Bytes32,
}

impl Method for RevokeGrant {
    const NAME: &'static str = "revoke_grant";
    type Answer = ();
}

/// Revokes all grants, or none: 1 to [`MAX_BATCH`](crate::MAX_BATCH).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeGrants {
    /// In this order.
    pub grants: Vec<RevokeGrant>,
}

impl Method for RevokeGrants {
    const NAME: &'static str = "revoke_grants";
    type Answer = ();

    fn gas(&self) -> u64 {
        batch_gas(self.grants.len())
    }
}

fn batch_gas(items: usize) -> u64 {
    10 * TGAS + items as u64 * TGAS
}

/// Whether a grant stands. A view; contracts ask by promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HasAccess {
    /// Who granted.
    pub owner: AccountId,
    /// Who may read.
    pub grantee: AccountId,
    /// What.
    pub data_id: Bytes32,
}

impl Method for HasAccess {
    const NAME: &'static str = "has_access";
    type Answer = bool;
}

/// A grant, if it stands. A view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantOf {
    /// Who granted.
    pub owner: AccountId,
    /// Who may read.
    pub grantee: AccountId,
    /// What.
    pub data_id: Bytes32,
}

impl Method for GrantOf {
    const NAME: &'static str = "grant_of";
    type Answer = Option<StandingGrant>;
}

/// A grant that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingGrant {
    /// When it was created.
    #[serde(with = "decimal")]
    pub created_at: u64,
    /// Until when it cannot be revoked.
    #[serde(with = "decimal")]
    pub locked_until: u64,
}

/// The hash over every event so far. A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryHead {}

impl Method for HistoryHead {
    const NAME: &'static str = "history_head";
    type Answer = Bytes32;
}

/// One log line: one change of one or, by a batch, of several grants, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum Event {
    /// Grants were created.
    GrantCreated(Vec<GrantData>),
    /// Timelocks were extended.
    TimelockExtended(Vec<GrantData>),
    /// Grants were revoked.
    GrantRevoked(Vec<GrantData>),
}

/// What an event says of one grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantData {
    /// Whose grant.
    pub owner: AccountId,
    /// To whom.
    pub grantee: AccountId,
    /// Over what.
    pub data_id: Bytes32,
    /// The lock after the change; for a revoked grant, the lock it had.
    #[serde(with = "decimal")]
    pub locked_until: u64,
}

impl Event {
    /// Reads a log line of this contract; `None` for a line that is no event of its standard.
    pub fn parse(log: &str) -> Result<Option<Self>, EventError> {
        event::read(STANDARD, log)
    }

    /// The grants.
    pub fn data(&self) -> &[GrantData] {
        match self {
            Self::GrantCreated(data) | Self::TimelockExtended(data) | Self::GrantRevoked(data) => data,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(from: &str, to: &str) -> String {
        let log = r#"EVENT_JSON:{"standard":"idos-access-grants","version":"1.0.0","event":"grant_created","data":[{"owner":"alice.near","grantee":"bank.near","data_id":"0707070707070707070707070707070707070707070707070707070707070707","locked_until":"1800000000"}]}"#;
        assert!(log.contains(from));
        log.replace(from, to)
    }

    #[test]
    fn an_event_is_read() {
        let data = GrantData {
            owner: "alice.near".parse().unwrap(),
            grantee: "bank.near".parse().unwrap(),
            data_id: Bytes32([7; 32]),
            locked_until: 1_800_000_000,
        };
        assert_eq!(Event::parse(&log("", "")).unwrap(), Some(Event::GrantCreated(vec![data])));
        let revoked = Event::parse(&log("grant_created", "grant_revoked")).unwrap();
        assert!(matches!(revoked, Some(Event::GrantRevoked(_))));
    }

    #[test]
    fn lines_that_are_not_for_us_are_passed_over() {
        let table = [
            ("a plain log", "hello".to_owned()),
            ("no prefix", log("EVENT_JSON:", "")),
            ("another standard", log("idos-access-grants", "nep171")),
            ("not JSON", "EVENT_JSON:{".to_owned()),
            ("no standard", "EVENT_JSON:{}".to_owned()),
        ];
        for (name, line) in table {
            assert_eq!(Event::parse(&line).unwrap(), None, "{name}");
        }
    }

    #[test]
    fn a_line_of_our_standard_that_is_not_as_it_should_be_is_an_error() {
        let table = [
            ("unknown event", log("grant_created", "grant_stolen")),
            ("other version", log("1.0.0", "2.0.0")),
            ("short data id", log("\"0707", "\"07")),
            ("upper-case data id", log("\"0707", "\"AB07")),
            ("not an account", log("bank.near", "Bank.near")),
            ("a 65-byte account", log("bank.near", &"b".repeat(65))),
            ("a lock as a number", log("\"1800000000\"", "1800000000")),
            ("a lock beyond 64 bits", log("\"1800000000\"", "\"18446744073709551616\"")),
            ("a field too many", log("\"owner\"", "\"sender\":\"x\",\"owner\"")),
            ("data is no list", log("\"data\":[", "\"data\":{\"x\":[").replace("]}", "]}}")),
            ("too long", format!("{}{}", log("", ""), " ".repeat(16_384))),
        ];
        for (name, line) in table {
            assert!(Event::parse(&line).is_err(), "{name}");
        }
    }

    #[test]
    fn large_numbers_travel_as_strings() {
        let grant = CreateGrant {
            grantee: "bank.near".parse().unwrap(),
            data_id: Bytes32([0xab; 32]),
            locked_until: u64::MAX,
        };
        let json = serde_json::json!({
            "grantee": "bank.near", "data_id": "ab".repeat(32), "locked_until": "18446744073709551615",
        });
        assert_eq!(serde_json::to_value(&grant).unwrap(), json);
        assert_eq!(serde_json::from_value::<CreateGrant>(json).unwrap(), grant);
    }
}

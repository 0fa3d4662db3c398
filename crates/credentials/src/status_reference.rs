//! Where on a chain a credential's status stands.

use std::{fmt, str::FromStr};

use idos_grants::{Account, Address, Purpose, status::LIST_SIZE};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::status_list::{ListReference, PURPOSES};

const SCHEME: &str = "caip10:";
const ENTRY_TYPE: &str = "BitstringStatusListEntry";
/// The most entries that a `credentialStatus` may have.
const MAX_ENTRIES: usize = 8;

/// One position in an issuer's status list in a contract. As text, in exactly one way:
/// `caip10:eip155:31337:0x<contract>?issuer=0x<issuer>&list=0&index=7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StatusReference {
    contract: Account,
    issuer: Address,
    list: u32,
    index: u32,
}

impl StatusReference {
    /// The position `index`, below [`LIST_SIZE`], of the list number `list` of `issuer`, an account of the contract's chain.
    pub fn new(
        contract: Account,
        issuer: Address,
        list: u32,
        index: u32,
    ) -> Result<Self, StatusReferenceError> {
        if issuer.namespace() != contract.chain().namespace() || index >= LIST_SIZE {
            return Err(StatusReferenceError);
        }
        Ok(Self { contract, issuer, list, index })
    }

    /// The status contract, and with it the chain.
    pub fn contract(&self) -> Account {
        self.contract
    }

    /// The account, on the contract's chain, that writes the list.
    pub fn issuer(&self) -> Address {
        self.issuer
    }

    /// The list's number.
    pub fn list(&self) -> u32 {
        self.list
    }

    /// The position in the list.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The list that the position is in. Its text is the path, without a leading slash, under which a node serves it as a W3C status list
    /// credential.
    pub fn in_list(&self, purpose: Purpose) -> ListReference {
        ListReference { contract: self.contract, issuer: self.issuer, list: self.list, purpose }
    }

    /// The W3C `credentialStatus`: one entry a purpose, lists served under `lists_url`.
    pub(crate) fn to_entries(self, lists_url: &str) -> Value {
        let lists_url = lists_url.trim_end_matches('/');
        let entry = |(purpose, name)| {
            json!({
                "id": format!("{self}#{name}"),
                "type": ENTRY_TYPE,
                "statusPurpose": name,
                "statusListIndex": self.index.to_string(),
                "statusListCredential": format!("{lists_url}/{}", self.in_list(purpose)),
            })
        };
        Value::Array(PURPOSES.map(entry).into())
    }
}

impl fmt::Display for StatusReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contract, issuer, list, index } = self;
        write!(f, "{SCHEME}{contract}?issuer={issuer}&list={list}&index={index}")
    }
}

impl FromStr for StatusReference {
    type Err = StatusReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let reference = parse(text).ok_or(StatusReferenceError)?;
        // One text a position: no other case of letters, no leading zeros, no plus sign.
        if reference.to_string() == text { Ok(reference) } else { Err(StatusReferenceError) }
    }
}

fn parse(text: &str) -> Option<StatusReference> {
    let (contract, query) = text.strip_prefix(SCHEME)?.split_once('?')?;
    let (issuer, query) = query.strip_prefix("issuer=")?.split_once("&list=")?;
    let (list, index) = query.split_once("&index=")?;
    let contract: Account = contract.parse().ok()?;
    let issuer = Address::parse(contract.chain().namespace(), issuer).ok()?;
    StatusReference::new(contract, issuer, list.parse().ok()?, index.parse().ok()?).ok()
}

impl From<StatusReference> for String {
    fn from(reference: StatusReference) -> Self {
        reference.to_string()
    }
}

impl TryFrom<String> for StatusReference {
    type Error = StatusReferenceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A `credentialStatus` as read: our reference, and whatever else is in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Statuses {
    pub(crate) on_chain: Option<StatusReference>,
    pub(crate) other: Vec<String>,
}

/// Reads a `credentialStatus`. An entry that begins like ours must be ours to the letter, and both purposes must be there and agree.
pub(crate) fn read(status: &Value) -> Result<Statuses, StatusReferenceError> {
    let entries = match status {
        Value::Array(entries) => entries.as_slice(),
        one => std::slice::from_ref(one),
    };
    if entries.len() > MAX_ENTRIES {
        return Err(StatusReferenceError);
    }
    let mut other = Vec::new();
    let mut found = Vec::new();
    for entry in entries.iter().map(Value::as_object) {
        let entry = entry.ok_or(StatusReferenceError)?;
        match entry.get("id").and_then(Value::as_str) {
            Some(id) if id.starts_with(SCHEME) => {
                found.push(read_entry(id, entry).ok_or(StatusReferenceError)?)
            }
            _ => other.push(entry.get("type").and_then(Value::as_str).unwrap_or("without a type").to_owned()),
        }
    }
    let on_chain = match found[..] {
        [] => None,
        [(one, first), (two, second)] if one == two && first != second => Some(one),
        _ => return Err(StatusReferenceError),
    };
    Ok(Statuses { on_chain, other })
}

fn read_entry(id: &str, entry: &Map<String, Value>) -> Option<(StatusReference, Purpose)> {
    let text = |field: &str| entry.get(field).and_then(Value::as_str);
    let (reference, fragment) = id.split_once('#')?;
    let reference: StatusReference = reference.parse().ok()?;
    let (purpose, _) = PURPOSES.into_iter().find(|(_, name)| *name == fragment)?;
    let agrees = text("type") == Some(ENTRY_TYPE)
        && text("statusPurpose") == Some(fragment)
        && text("statusListIndex")? == reference.index.to_string()
        && text("statusListCredential")?.ends_with(&format!("/{}", reference.in_list(purpose)));
    agrees.then_some((reference, purpose))
}

/// A text or a `credentialStatus` that names no on-chain status in the one way it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an on-chain status is caip10:<chain>:<contract>?issuer=<address>&list=<number>&index=<below {LIST_SIZE}>, \
     with one entry for revocation and one for suspension"
)]
pub struct StatusReferenceError;

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str = "caip10:eip155:31337:0x00000000000000000000000000000000000000c0\
                       ?issuer=0x00000000000000000000000000000000000000a1&list=3&index=131071";

    fn entries() -> Value {
        URI.parse::<StatusReference>().unwrap().to_entries("https://node.example/v1/status-lists/")
    }

    #[test]
    fn a_reference_prints_as_it_parses() {
        let reference: StatusReference = URI.parse().unwrap();
        assert_eq!(reference.to_string(), URI);
        assert_eq!((reference.list(), reference.index()), (3, 131_071));
    }

    #[test]
    fn other_spellings_are_refused() {
        let table = [
            ("no scheme", URI.replace("caip10:", "")),
            ("upper-case hex", URI.replace("c0?", "C0?")),
            ("leading zero", URI.replace("list=3", "list=03")),
            ("plus sign", URI.replace("list=3", "list=+3")),
            ("beyond the list", URI.replace("131071", "131072")),
            ("beyond u32", URI.replace("list=3", "list=4294967296")),
            ("another order", URI.replace("list=3&index=131071", "index=131071&list=3")),
            ("one field more", format!("{URI}&x=1")),
            ("a fragment", format!("{URI}#revocation")),
            ("no issuer", URI.replace("issuer=0x00000000000000000000000000000000000000a1", "issuer=")),
        ];
        for (name, text) in table {
            assert_ne!(text, URI, "{name}");
            assert_eq!(text.parse::<StatusReference>(), Err(StatusReferenceError), "{name}");
        }
    }

    #[test]
    fn entries_are_read_as_they_are_written() {
        let entries = entries();
        assert_eq!(entries[0]["id"], format!("{URI}#revocation"));
        assert_eq!(
            entries[1]["statusListCredential"],
            "https://node.example/v1/status-lists/eip155:31337:0x00000000000000000000000000000000000000c0/\
             0x00000000000000000000000000000000000000a1/3/suspension"
        );
        assert_eq!(read(&entries).unwrap(), Statuses { on_chain: URI.parse().ok(), other: vec![] });
        let foreign = json!({"id": "https://issuer.example/3#94567", "type": ENTRY_TYPE});
        assert_eq!(read(&foreign).unwrap(), Statuses { on_chain: None, other: vec![ENTRY_TYPE.to_owned()] });
    }

    #[test]
    fn entries_that_contradict_themselves_are_refused() {
        type Change = fn(&mut Value);
        let table: [(&str, Change); 8] = [
            ("another index for W3C readers", |entries| entries[0]["statusListIndex"] = json!("5")),
            ("an index that is a number", |entries| entries[0]["statusListIndex"] = json!(131_071)),
            ("another list for W3C readers", |entries| {
                entries[1]["statusListCredential"] = json!("https://x/1")
            }),
            ("purposes swapped", |entries| entries[0]["statusPurpose"] = json!("suspension")),
            ("one purpose only", |entries| *entries = json!([entries[0]])),
            ("one purpose twice", |entries| entries[1] = entries[0].clone()),
            ("another position for suspension", |entries| {
                let other = StatusReference { index: 5, ..URI.parse().unwrap() };
                entries[1] = other.to_entries("https://x")[1].clone();
            }),
            ("no objects", |entries| *entries = json!(["caip10:x"])),
        ];
        for (name, change) in table {
            let mut entries = entries();
            change(&mut entries);
            assert_eq!(read(&entries), Err(StatusReferenceError), "{name}");
        }
    }
}

//! Status lists as W3C credentials ([Bitstring Status List v1.0](https://www.w3.org/TR/vc-bitstring-status-list/)): what a node signs of its mirror, and
//! what a reader believes of it.
//!
//! The chain is what decides. A list is a node's word on what it saw there, up to a block that it names, for readers who know W3C lists and
//! no chain. It is signed by the node's key, not the issuer's: whoever reads it must know the node.

use std::{fmt, str::FromStr};

use idos_grants::{Account, Address, Purpose, status::Word};
use serde_json::{Value, json};

use crate::{
    bitstring::Bitstring,
    context::{UNDEFINED_TERMS, VCDM_2},
    draft::{self, IssueError},
    iri,
    issuer_did::IssuerDid,
    issuer_key::IssuerKey,
    verify::{Expectations, verify},
};

/// The purposes, and what W3C calls them.
pub(crate) const PURPOSES: [(Purpose, &str); 2] =
    [(Purpose::Revocation, "revocation"), (Purpose::Suspension, "suspension")];

const CREDENTIAL_TYPE: &str = "BitstringStatusListCredential";
const LIST_TYPE: &str = "BitstringStatusList";

/// Bytes of the longest status list credential.
pub const MAX_STATUS_LIST_LEN: usize = 64 << 10;

/// Seconds that a list may be valid for: a signer that claims more could be serving an old list for long.
pub const MAX_LIST_VALID_SECS: u64 = 60 * 60;

/// How far a list's times may be ahead of the reader's clock, in seconds.
const CLOCK_SKEW_SECS: u64 = 60;

/// One of an issuer's lists in a contract, for one purpose. As text, in exactly one way: `<contract>/<issuer>/<list>/<purpose>`, which is the path
/// below `…/v1/status-lists/` too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListReference {
    /// The status contract.
    pub contract: Account,
    /// The account on the contract's chain that writes the list.
    pub issuer: Address,
    /// The list's number.
    pub list: u32,
    /// Which bits.
    pub purpose: Purpose,
}

impl fmt::Display for ListReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contract, issuer, list, purpose } = self;
        write!(f, "{contract}/{issuer}/{list}/{}", name(*purpose))
    }
}

impl FromStr for ListReference {
    type Err = StatusListError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let reference = parse(text).ok_or(StatusListError::Reference)?;
        if reference.to_string() == text { Ok(reference) } else { Err(StatusListError::Reference) }
    }
}

fn parse(text: &str) -> Option<ListReference> {
    let mut parts = text.split('/');
    let contract: Account = parts.next()?.parse().ok()?;
    let issuer = Address::parse(contract.chain().namespace(), parts.next()?).ok()?;
    let list = parts.next()?.parse().ok()?;
    let wanted = parts.next()?;
    let (purpose, _) = PURPOSES.into_iter().find(|(_, name)| *name == wanted)?;
    parts.next().is_none().then_some(ListReference { contract, issuer, list, purpose })
}

fn name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Revocation => "revocation",
        Purpose::Suspension => "suspension",
    }
}

/// What is said of a list beside its bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListTerms {
    /// Which list.
    pub reference: ListReference,
    /// The URL below which the node serves lists, e.g. `https://node.example/v1/status-lists`.
    pub lists_url: String,
    /// The newest block that the list takes in.
    pub seen_block: u64,
    /// The time of that block.
    pub seen_at: u64,
    /// Unix seconds: when the mirror was level with its chain.
    pub valid_from: u64,
    /// Unix seconds: the last second in which the list counts.
    pub valid_until: u64,
    /// How long a reader may keep the list before it asks again, in seconds.
    pub ttl_secs: u64,
}

/// Signs a list: a `BitstringStatusListCredential` (VCDM 2.0, `eddsa-jcs-2022`), created at `now`. `words` are the contract's; all others are zero.
///
/// # Errors
/// If a time or the URL cannot be written.
pub fn issue_status_list(
    terms: &StatusListTerms,
    words: impl IntoIterator<Item = (u16, Word)>,
    key: &IssuerKey,
    now: u64,
) -> Result<Value, IssueError> {
    let id = format!("{}/{}", terms.lists_url.trim_end_matches('/'), terms.reference);
    if !iri::is_absolute(&id) {
        return Err(IssueError::Draft { field: "lists_url" });
    }
    let encoded =
        Bitstring::from_words(words).encode().map_err(|_| IssueError::Draft { field: "encodedList" })?;
    let document = json!({
        "@context": [VCDM_2, UNDEFINED_TERMS],
        "id": id,
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": key.did().as_str(),
        "validFrom": draft::time(terms.valid_from)?,
        "validUntil": draft::time(terms.valid_until)?,
        "credentialSubject": {
            "id": format!("{id}#list"),
            "type": LIST_TYPE,
            "statusPurpose": name(terms.reference.purpose),
            "encodedList": encoded,
            "ttl": terms.ttl_secs.saturating_mul(1000),
            "seenBlock": terms.seen_block,
            "seenAt": terms.seen_at,
        },
    });
    draft::seal(document, key, now)
}

/// A list that a trusted node signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: Bitstring,
    /// The newest block that it takes in.
    pub seen_block: u64,
    /// The time of that block.
    pub seen_at: u64,
    /// Unix seconds: since when it counts.
    pub valid_from: u64,
}

impl StatusList {
    /// Whether the bit of a position is set.
    pub fn is_set(&self, index: u32) -> bool {
        self.bits.bit(index)
    }
}

/// Checks a status list credential: that `signer` signed it, that it is the list `reference`, that it counts at `now`, and that it is not older than
/// `max_age_secs`. Hostile input costs bounded time and memory: what would decompress to more than a list is refused.
pub fn verify_status_list(
    vc_json: &[u8],
    reference: &ListReference,
    signer: &IssuerDid,
    now: u64,
    max_age_secs: u64,
) -> Result<StatusList, StatusListError> {
    if vc_json.len() > MAX_STATUS_LIST_LEN {
        return Err(StatusListError::TooLong);
    }
    let trusted = std::slice::from_ref(signer);
    // Its period is looked at below, with a clock that may be a little off.
    let expectations = Expectations { issuers: Some(trusted), ..Expectations::default() };
    let verdict = verify(vc_json, now.saturating_add(CLOCK_SKEW_SECS), &expectations);
    let failure = verdict.failures().find(|(check, _)| *check != crate::Check::Period);
    if let Some((check, _)) = failure {
        return Err(match check {
            crate::Check::Form => StatusListError::Form,
            crate::Check::Trust | crate::Check::Issuer => StatusListError::OtherSigner,
            _ => StatusListError::Proof,
        });
    }
    let credential = verdict.credential.ok_or(StatusListError::Form)?;
    if !credential.types.iter().any(|kind| kind == CREDENTIAL_TYPE) {
        return Err(StatusListError::Form);
    }
    let claim = |name: &str| credential.claims.get(name);
    let text = |name: &str| claim(name).and_then(Value::as_str);
    let number = |name: &str| claim(name).and_then(Value::as_u64).ok_or(StatusListError::Form);
    let is_this_list = credential.id.as_deref().is_some_and(|id| id.ends_with(&format!("/{reference}")))
        && text("statusPurpose") == Some(name(reference.purpose));
    if !is_this_list {
        return Err(StatusListError::OtherList);
    }
    // Of other sizes a bit is no status.
    if text("type") != Some(LIST_TYPE) || claim("statusSize").is_some_and(|size| *size != json!(1)) {
        return Err(StatusListError::Form);
    }
    let (Some(valid_from), Some(valid_until)) = (credential.valid_from, credential.valid_until) else {
        return Err(StatusListError::Form);
    };
    check_period(valid_from, valid_until, now, max_age_secs)?;
    let bits = text("encodedList").and_then(Bitstring::decode).ok_or(StatusListError::Bits)?;
    Ok(StatusList { bits, seen_block: number("seenBlock")?, seen_at: number("seenAt")?, valid_from })
}

fn check_period(
    valid_from: u64,
    valid_until: u64,
    now: u64,
    max_age_secs: u64,
) -> Result<(), StatusListError> {
    if valid_from > now.saturating_add(CLOCK_SKEW_SECS) {
        return Err(StatusListError::NotYetValid);
    }
    if valid_until < now || now.saturating_sub(valid_from) > max_age_secs {
        return Err(StatusListError::Old);
    }
    if valid_until.saturating_sub(valid_from) > MAX_LIST_VALID_SECS {
        return Err(StatusListError::TooLongValid);
    }
    Ok(())
}

/// Why a status list is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusListError {
    /// Not the name of a list.
    Reference,
    /// More bytes than a list needs.
    TooLong,
    /// Not a status list credential.
    Form,
    /// The signature does not hold.
    Proof,
    /// Another key signed it.
    OtherSigner,
    /// Of another contract, issuer, number or purpose.
    OtherList,
    /// Its time has passed, or it was made too long ago.
    Old,
    /// Its time has not come.
    NotYetValid,
    /// It would count for too long.
    TooLongValid,
    /// Not 131,072 bits, or more of them than there may be.
    Bits,
}

impl StatusListError {
    /// What was served, as the end of a sentence.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Reference => {
                "no status list: one is named <contract>/<issuer>/<number>/<revocation or suspension>, with the contract as CAIP-10"
            }
            Self::TooLong => "a status list that is longer than any",
            Self::Form => "something that is no W3C status list credential",
            Self::Proof => "a status list whose signature does not hold",
            Self::OtherSigner => "a status list that somebody else than the node signed",
            Self::OtherList => "another status list than the one asked for",
            Self::Old => "an old status list",
            Self::NotYetValid => "a status list of the future: check this computer's clock",
            Self::TooLongValid => "a status list that is to count for longer than an hour",
            Self::Bits => "a status list that does not hold 131,072 statuses",
        }
    }
}

impl fmt::Display for StatusListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for StatusListError {}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;
    const PATH: &str = "eip155:31337:0x00000000000000000000000000000000000000c0/\
                        0x00000000000000000000000000000000000000a1/3/revocation";

    fn key() -> IssuerKey {
        IssuerKey::from_seed(&[9; 32]).unwrap()
    }

    fn terms() -> StatusListTerms {
        StatusListTerms {
            reference: PATH.parse().unwrap(),
            lists_url: "https://node.example/v1/status-lists".to_owned(),
            seen_block: 77,
            seen_at: NOW - 1,
            valid_from: NOW,
            valid_until: NOW + 300,
            ttl_secs: 30,
        }
    }

    fn words() -> [(u16, Word); 1] {
        [(2, Word::default().with_bit(522, true))]
    }

    fn issued(terms: &StatusListTerms) -> Vec<u8> {
        serde_json::to_vec(&issue_status_list(terms, words(), &key(), NOW).unwrap()).unwrap()
    }

    fn read(json: &[u8], now: u64) -> Result<StatusList, StatusListError> {
        verify_status_list(json, &terms().reference, &key().did(), now, 600)
    }

    #[test]
    fn a_list_says_what_the_contract_says_and_up_to_which_block() {
        let list = read(&issued(&terms()), NOW + 5).unwrap();
        assert!(list.is_set(522) && !list.is_set(521));
        assert_eq!((list.seen_block, list.seen_at, list.valid_from), (77, NOW - 1, NOW));
    }

    #[test]
    fn a_list_is_named_in_one_way() {
        let reference: ListReference = PATH.parse().unwrap();
        assert_eq!(reference.to_string(), PATH);
        let table = [
            ("upper-case hex", PATH.replace("c0/", "C0/")),
            ("a leading zero", PATH.replace("/3/", "/03/")),
            ("a plus sign", PATH.replace("/3/", "/+3/")),
            ("beyond u32", PATH.replace("/3/", "/4294967296/")),
            ("another purpose", PATH.replace("revocation", "refresh")),
            ("no purpose", PATH.replace("/revocation", "")),
            ("one part more", format!("{PATH}/x")),
            ("no issuer", PATH.replace("0x00000000000000000000000000000000000000a1", "")),
        ];
        for (name, path) in table {
            assert_eq!(path.parse::<ListReference>(), Err(StatusListError::Reference), "{name}");
        }
    }

    #[test]
    fn lists_that_are_not_the_one_asked_for_or_not_of_now_are_refused() {
        let with = |change: &dyn Fn(&mut StatusListTerms)| {
            let mut terms = terms();
            change(&mut terms);
            issued(&terms)
        };
        let altered = |from: &str, to: &str| {
            let text = String::from_utf8(issued(&terms())).unwrap();
            assert!(text.contains(from), "{from}");
            text.replace(from, to).into_bytes()
        };
        let other_key = {
            let other = IssuerKey::from_seed(&[8; 32]).unwrap();
            serde_json::to_vec(&issue_status_list(&terms(), words(), &other, NOW).unwrap()).unwrap()
        };
        let table = [
            ("another list", with(&|terms| terms.reference.list = 4), StatusListError::OtherList),
            (
                "another purpose",
                with(&|terms| terms.reference.purpose = Purpose::Suspension),
                StatusListError::OtherList,
            ),
            (
                "another issuer",
                with(&|terms| terms.reference.issuer = Address::Evm([7; 20])),
                StatusListError::OtherList,
            ),
            (
                "another contract",
                with(&|terms| terms.reference.contract = Account::evm(1, [7; 20])),
                StatusListError::OtherList,
            ),
            (
                "another chain",
                with(&|t| t.reference.contract = Account::evm(5, [0; 20])),
                StatusListError::OtherList,
            ),
            ("another signer", other_key, StatusListError::OtherSigner),
            ("an altered block", altered("\"seenBlock\":77", "\"seenBlock\":78"), StatusListError::Proof),
            (
                "an altered purpose",
                altered("\"statusPurpose\":\"revocation\"", "\"statusPurpose\":\"suspension\""),
                StatusListError::Proof,
            ),
            (
                "expired",
                with(&|t| (t.valid_from, t.valid_until) = (NOW - 300, NOW - 1)),
                StatusListError::Old,
            ),
            (
                "too old",
                with(&|t| (t.valid_from, t.valid_until) = (NOW - 601, NOW + 10)),
                StatusListError::Old,
            ),
            ("of the future", with(&|t| t.valid_from = NOW + 61), StatusListError::NotYetValid),
            ("valid for a day", with(&|t| t.valid_until = NOW + 86_400), StatusListError::TooLongValid),
            ("no JSON", b"{".to_vec(), StatusListError::Form),
            ("too long", vec![b' '; MAX_STATUS_LIST_LEN + 1], StatusListError::TooLong),
        ];
        for (name, json, error) in table {
            assert_eq!(read(&json, NOW), Err(error), "{name}");
        }
    }

    #[test]
    fn a_signed_list_of_another_form_is_refused() {
        type Change = fn(&mut Value);
        let table: [(&str, Change, StatusListError); 6] = [
            ("another type", |list| list["type"] = json!(["VerifiableCredential"]), StatusListError::Form),
            ("no list", |list| list["credentialSubject"]["type"] = json!("Person"), StatusListError::Form),
            (
                "two bits a status",
                |list| list["credentialSubject"]["statusSize"] = json!(2),
                StatusListError::Form,
            ),
            (
                "without an end",
                |list| drop(list.as_object_mut().unwrap().remove("validUntil")),
                StatusListError::Form,
            ),
            ("no block", |list| list["credentialSubject"]["seenBlock"] = json!("77"), StatusListError::Form),
            (
                "no bits",
                |list| list["credentialSubject"]["encodedList"] = json!("uAAAA"),
                StatusListError::Bits,
            ),
        ];
        for (name, change, error) in table {
            let mut list = issue_status_list(&terms(), words(), &key(), NOW).unwrap();
            list.as_object_mut().unwrap().remove("proof");
            change(&mut list);
            let list = draft::seal(list, &key(), NOW).unwrap();
            assert_eq!(read(&serde_json::to_vec(&list).unwrap(), NOW), Err(error), "{name}");
        }
    }
}

//! Requests: a consumer publishes what it needs; an owner checks who asks, finds what matches, and accepts or declines.
//!
//! What the node serves of a request is believed only after [`verify`]: then purpose, grantees, key and timelock are what the consumer's wallet
//! signed. Which of an owner's credentials match is found on her own machine ([`matches()`]): private fields leave it with nobody.

use idos_api::{
    credentials::Credential,
    requests::{AccessRequest, PublishedRequest, SignedRequest},
};
use idos_credentials::{
    Check, Expectations, IssuerDid, KnownKey, Outcome, PublicNotes, Requirements, Unmet,
    verify as verify_credential,
};
use idos_grants::{Account, DataId};
use idos_keys::EncryptionKey;
use idos_wallets::{GrantCall, PurposeText, Wallet};
use rand_core::CryptoRngCore;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    ClientError, Node, Session, Signer,
    chain::{AccessGrants, Chains, Mined},
    memory,
    owner::{
        self, Copied, Opening, Original,
        original::{self, signed_notes},
    },
    pages, proof,
};

/// What a consumer asks for.
#[derive(Debug, Clone)]
pub struct RequestTerms {
    /// Who is asked; `None`: whoever is told the request's id.
    pub to: Option<Account>,
    /// What for.
    pub purpose: PurposeText,
    /// What the credential must be and say.
    pub requirements: Requirements,
    /// For how long, in seconds, the grant is to be locked; 0 = no timelock.
    pub lock_secs: u64,
    /// The consumer's accounts that may be granted to, each on another chain.
    pub grantees: Vec<Account>,
    /// From then on nobody can answer.
    pub expires_at: u64,
}

/// Publishes a request, signed by `wallet`. `encryption_key` is the one that the consumer's profile states.
pub async fn publish(
    session: &Session,
    wallet: &impl Signer,
    profile_id: Uuid,
    encryption_key: EncryptionKey,
    terms: RequestTerms,
    rng: &mut impl CryptoRngCore,
) -> Result<PublishedRequest, ClientError> {
    let domain = session.node().info().await?.domain;
    session.node().check_domain(&domain)?;
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    let request = AccessRequest {
        id: uuid::Builder::from_random_bytes(id).into_uuid(),
        domain: domain.parse().map_err(input)?,
        profile_id,
        account: wallet.account(),
        to: terms.to,
        purpose: terms.purpose,
        requirements: terms.requirements,
        lock_secs: terms.lock_secs,
        grantees: terms.grantees,
        encryption_key,
        issued_at: session.node().now(),
        expires_at: terms.expires_at,
    };
    request.check_form().map_err(input)?;
    let message = request.statement().map_err(input)?.message().map_err(input)?;
    let signature = wallet.sign(&message.into())?;
    session.publish_request(&SignedRequest { request, signature }).await
}

/// Checks that the wallet which the request names signed all of it, for this node, and that its time is not over. Only then it may be shown to
/// the one who is asked.
pub async fn verify(
    session: &Session,
    published: &PublishedRequest,
    chains: &dyn Chains,
) -> Result<(), ClientError> {
    verify_at(session.node(), published, chains).await
}

async fn verify_at(
    node: &Node,
    published: &PublishedRequest,
    chains: &dyn Chains,
) -> Result<(), ClientError> {
    let request = &published.request;
    if node.now() >= request.expires_at {
        return Err(ClientError::Input("the request has expired: ask the consumer for a new one".into()));
    }
    let wallet = signer(node, published, chains).await?;
    if request.grantees.iter().any(|grantee| wallet.controls(grantee)) {
        Ok(())
    } else {
        Err(ClientError::Forged("a request to grant to others than the one who asks"))
    }
}

/// The wallet that signed all of a request, for this node.
async fn signer(
    node: &Node,
    published: &PublishedRequest,
    chains: &dyn Chains,
) -> Result<Wallet, ClientError> {
    let PublishedRequest { request, signature, .. } = published;
    let forged = |_| ClientError::Forged("a request that is not in form");
    request.check_form().map_err(forged)?;
    node.check_domain(request.domain.as_str())?;
    let message = request.statement().map_err(forged)?.message();
    let message = message.map_err(|_| ClientError::Forged("a request at no time"))?;
    let wallet = proof::wallet(&request.account, &message, signature.as_bytes(), chains).await?;
    wallet.ok_or(ClientError::Forged("a request that its consumer's wallet did not sign"))
}

/// The caller's own request, to hold what was answered against: all of it as one of `accounts`, which are hers, signed it, so the node leaves out nothing of
/// what she asked for. It may have expired since.
///
/// # Errors
/// [`ClientError::Forged`] if none of them signed it as it is.
pub async fn own(
    session: &Session,
    id: Uuid,
    accounts: &[Account],
    chains: &dyn Chains,
) -> Result<AccessRequest, ClientError> {
    let published = session.request(id).await?;
    if published.request.id != id {
        return Err(ClientError::Forged("another request than the one that was asked for"));
    }
    let wallet = signer(session.node(), &published, chains).await?;
    if accounts.iter().any(|account| wallet.controls(account)) {
        return Ok(published.request);
    }
    Err(ClientError::Forged(
        "a request that none of your own wallets signed; if another folder published it, use its --home",
    ))
}

/// A credential of the owner's, held against a request.
#[derive(Debug, Clone, Serialize)]
pub struct Candidate {
    /// Which.
    pub data_id: DataId,
    /// Its types.
    pub types: Vec<String>,
    /// Its issuer.
    pub issuer: String,
    /// Whether it was opened, so that its fields were looked for too.
    pub opened: bool,
    /// Why it could not be opened, if that was tried in vain: whether it has the fields is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_opened: Option<String>,
    /// What it lacks; empty: it matches, as far as it was looked at.
    pub unmet: Vec<Unmet>,
}

impl Candidate {
    /// Whether it is all that is asked for, its fields too.
    pub fn matches(&self) -> bool {
        self.opened && self.unmet.is_empty()
    }
}

/// How the caller's originals are held against a request.
#[derive(Debug, Clone, Copy)]
pub enum Look<'a> {
    /// By their notes only.
    AtNotes {
        /// The keys of issuers that are named by a web site.
        known_keys: &'a [KnownKey],
    },
    /// Inside too, on this machine.
    Inside(Opening<'a>),
}

impl<'a> Look<'a> {
    fn known_keys(&self) -> &'a [KnownKey] {
        match self {
            Self::AtNotes { known_keys } => known_keys,
            Self::Inside(opening) => opening.known_keys,
        }
    }
}

/// The caller's originals of a type that is asked for, those that lack least first. Those that match by their notes are opened, and their fields looked for,
/// if the look goes that far; one that does not open is there with the reason. What its issuer did not sign is left out; so is what a web site issued whose
/// keys are not known.
pub async fn matches(
    session: &Session,
    request: &AccessRequest,
    look: Look<'_>,
) -> Result<Vec<Candidate>, ClientError> {
    let credentials = pages::all(async |cursor| {
        let page = session.credentials(cursor).await?;
        Ok((page.credentials, page.next_cursor))
    })
    .await?;
    memory::remember_shown(session.node().memory(), &credentials, look.known_keys())?;
    let matching = Matching { session, requirements: &request.requirements, look };
    let mut candidates = Vec::new();
    for credential in credentials.iter().filter(|credential| credential.original.is_none()) {
        candidates.extend(matching.candidate(credential).await?);
    }
    candidates.sort_by_key(|candidate| (candidate.unmet.len(), candidate.not_opened.is_some()));
    Ok(candidates)
}

/// What credentials are held against, and how.
struct Matching<'a> {
    session: &'a Session,
    requirements: &'a Requirements,
    look: Look<'a>,
}

impl Matching<'_> {
    async fn candidate(&self, credential: &Credential) -> Result<Option<Candidate>, ClientError> {
        let Ok((notes, Some(signer))) = signed_notes(credential, self.look.known_keys()) else {
            return Ok(None);
        };
        if !self.requirements.has_type(notes.types()) {
            return Ok(None);
        }
        let mut candidate = self.by_notes(credential, &notes, &signer);
        let Look::Inside(opening) = self.look else { return Ok(Some(candidate)) };
        if candidate.unmet.is_empty() {
            match original::open_listed(self.session, credential, &opening).await {
                Ok(opened) => {
                    candidate.unmet = self.unmet(&opened, &opening);
                    candidate.opened = true;
                }
                Err(error) if concerns_one(&error) => candidate.not_opened = Some(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(candidate))
    }

    /// The key that signed the notes is known already; the document may be signed by another one of its issuer's.
    fn unmet(&self, opened: &Original, opening: &Opening<'_>) -> Vec<Unmet> {
        let now = self.session.node().now();
        let (requirements, known_keys) = (Some(self.requirements), opening.known_keys);
        let expectations = Expectations { requirements, known_keys, ..Expectations::default() };
        let verdict = verify_credential(&opened.plaintext, now, &expectations);
        let is_trusted = matches!(verdict.outcome(Check::Trust), Some(Outcome::Pass | Outcome::NotAsked));
        self.requirements.unmet_by_credential(&opened.credential, is_trusted, now)
    }

    fn by_notes(&self, credential: &Credential, notes: &PublicNotes, signer: &IssuerDid) -> Candidate {
        Candidate {
            data_id: credential.data_id,
            types: notes.types().to_vec(),
            issuer: notes.issuer().to_string(),
            opened: false,
            not_opened: None,
            unmet: self.requirements.unmet_by_notes(notes, signer, self.session.node().now()),
        }
    }
}

/// Whether the next original may fare better.
fn concerns_one(error: &ClientError) -> bool {
    matches!(error, ClientError::Undecryptable | ClientError::Forged(_) | ClientError::Node { .. })
}

/// Seals the original for the key that a verified request names, and stores the copy. It is refused if the consumer has changed its key since: it could not
/// read the copy.
pub async fn store_copy(
    session: &Session,
    request: &AccessRequest,
    original: DataId,
    opening: &Opening<'_>,
    rng: &mut impl CryptoRngCore,
) -> Result<Copied, ClientError> {
    let stated = session.key_statement(request.profile_id).await?;
    if stated.statement.encryption_key != *request.encryption_key.as_bytes() {
        return Err(ClientError::Input(
            "the consumer has changed its key since: ask it to publish the request again".into(),
        ));
    }
    owner::store_copy(session, original, opening, &request.encryption_key, rng).await
}

/// What accepting a request came to.
#[derive(Debug, Clone, Serialize)]
pub struct Accepted {
    /// The copy.
    pub data_id: DataId,
    /// To whom it is granted.
    pub grantee: Account,
    /// Locked through this second; 0 = no timelock.
    pub locked_until: u64,
    /// The grant's transaction.
    #[serde(flatten)]
    pub mined: Mined,
}

/// What an owner has agreed to, after she was shown it.
#[derive(Debug, Clone, Copy)]
pub struct Agreement {
    /// Which of her credentials.
    pub original: DataId,
    /// To which of the request's grantees.
    pub grantee: Account,
    /// Locked through this second; 0 = no timelock.
    pub locked_until: u64,
}

/// Accepts a verified request: stores a copy for the consumer, grants it on chain, and tells the consumer which it is.
pub async fn accept(
    session: &Session,
    request: &AccessRequest,
    agreement: &Agreement,
    opening: &Opening<'_>,
    grants: &dyn AccessGrants,
    rng: &mut impl CryptoRngCore,
) -> Result<Accepted, ClientError> {
    let Agreement { original, grantee, locked_until } = *agreement;
    check_grantee(request, &grantee)?;
    let data_id = store_copy(session, request, original, opening, rng).await?.copy.data_id;
    let mined = grants.send(&GrantCall::CreateGrant { grantee, data_id, locked_until }).await?;
    session.accept_request(request.id, data_id).await?;
    Ok(Accepted { data_id, grantee, locked_until, mined })
}

/// Refuses to grant to an account that the request does not name.
pub fn check_grantee(request: &AccessRequest, grantee: &Account) -> Result<(), ClientError> {
    if request.grantees.contains(grantee) {
        Ok(())
    } else {
        Err(ClientError::Input(format!("the request does not ask for a grant to {grantee}")))
    }
}

fn input(error: impl ToString) -> ClientError {
    ClientError::Input(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use idos_grants::ChainId;
    use idos_keys::EncryptionSecret;
    use rand_core::OsRng;
    use serde_json::{Value, json};

    use super::*;
    use crate::{EvmWallet, chain::Chain};

    const NOW: u64 = 1_800_000_000;

    /// Asked only whether a contract spoke for an account whose key did not: none did.
    struct NoContracts;

    #[async_trait]
    impl Chains for NoContracts {
        async fn chain(&self, _: ChainId) -> Result<Box<dyn Chain>, ClientError> {
            Err(ClientError::Forged("no contract is at that account"))
        }
    }

    fn signed(wallet: &EvmWallet, change: impl FnOnce(&mut AccessRequest)) -> PublishedRequest {
        let requirements = json!({"types": ["Residence"], "fields": ["birthDate"]});
        let mut request = AccessRequest {
            id: Uuid::new_v4(),
            domain: "localhost:8800".parse().unwrap(),
            profile_id: Uuid::new_v4(),
            account: wallet.account(),
            to: None,
            purpose: "Opening an account".parse().unwrap(),
            requirements: serde_json::from_value(requirements).unwrap(),
            lock_secs: 60,
            grantees: vec![wallet.account()],
            encryption_key: EncryptionSecret::generate(&mut OsRng).public(),
            issued_at: NOW,
            expires_at: NOW + 60,
        };
        change(&mut request);
        let message = request.statement().unwrap().message().unwrap();
        let signature = wallet.sign(&message.into()).unwrap();
        PublishedRequest { request, signature, published_at: NOW, answer: None }
    }

    async fn verified(published: &PublishedRequest, now: u64) -> Result<(), String> {
        let node = Node::new("http://localhost:8800".parse().unwrap(), Arc::new(move || now)).unwrap();
        verify_at(&node, published, &NoContracts).await.map_err(|error| error.code())
    }

    #[tokio::test]
    async fn what_a_node_changes_in_a_request_is_seen() {
        let wallet = EvmWallet::generate(ChainId::Eip155(1), &mut OsRng).unwrap();
        let other = EvmWallet::generate(ChainId::Eip155(1), &mut OsRng).unwrap();
        let good = signed(&wallet, |_| ());
        assert_eq!(verified(&good, NOW).await, Ok(()));
        assert_eq!(verified(&good, NOW + 60).await, Err("malformed".into()), "expired");
        let others = other.account().to_string();
        let other_key = EncryptionSecret::generate(&mut OsRng).public().to_string();
        let changes: [(&str, Value); 10] = [
            ("/purpose", "A gift for you".into()),
            ("/grantees/0", others.clone().into()),
            ("/account", others.clone().into()),
            ("/to", others.into()),
            ("/encryption_key", other_key.into()),
            ("/profile_id", Uuid::new_v4().to_string().into()),
            ("/lock_secs", 0.into()),
            ("/requirements/types/0", "Passport".into()),
            ("/requirements/fields", json!([])),
            ("/expires_at", (NOW + 61).into()),
        ];
        for (pointer, value) in changes {
            let mut json = serde_json::to_value(&good).unwrap();
            *json["request"].pointer_mut(pointer).unwrap() = value;
            let changed: PublishedRequest = serde_json::from_value(json).unwrap();
            assert_eq!(verified(&changed, NOW).await, Err("forged".into()), "{pointer}");
        }
        let elsewhere = signed(&wallet, |request| request.domain = "node.example".parse().unwrap());
        assert_eq!(verified(&elsewhere, NOW).await, Err("forged".into()), "another node's");
        let for_others = signed(&wallet, |request| request.grantees = vec![other.account()]);
        assert_eq!(verified(&for_others, NOW).await, Err("forged".into()), "granted to somebody else");
    }
}

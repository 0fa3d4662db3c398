//! `idos credential issue`, and `idos issuer pending`, `resume`, `abandon`: what an issuer stores for others, to its end.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use idos_api::node::ContractKind;
use idos_client::{
    ClientError, Signer,
    issuer::{Granting, Issuance, Issued, Journal, Pending, Step, carry_on, seal},
    owner::ConsentToWrite,
};
use idos_credentials::{CredentialDraft, CredentialSchema, StatusEntry, StatusReference};
use idos_grants::{Account, ChainId, DataId};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    credential::{read_document, read_json},
    duration::Until,
    issuer,
};
use crate::{
    clock,
    context::{Context, SignedIn},
};

#[derive(Debug, Args)]
pub struct IssueArgs {
    /// The owner's consent: the JSON that `idos consent` printed
    #[arg(long)]
    consent: PathBuf,
    /// The type of the credential, e.g. ProofOfPersonhood
    #[arg(long = "type", default_value = "IdentityCredential")]
    kind: String,
    /// What it says of its subject: a file with a JSON object
    #[arg(long)]
    claims: PathBuf,
    /// Files to put into it, as NAME=PATH
    #[arg(long = "document", value_name = "NAME=PATH")]
    documents: Vec<String>,
    /// A JSON Schema that the whole credential must follow (its claims are under `credentialSubject`). Its $id will stand in the credential;
    /// nothing is fetched.
    #[arg(long)]
    schema: Option<PathBuf>,
    /// Readable metadata: a JSON object. Nothing personal. `"replaces": "urn:uuid:…"` names the credential that this one replaces.
    #[arg(long, default_value = "{}")]
    notes: String,
    /// Until when it is valid
    #[arg(long)]
    valid: Option<Until>,
    /// Which of your status lists it has a place in
    #[arg(long, default_value_t = 0)]
    status_list: u32,
    /// Its position there; each credential needs its own
    #[arg(long)]
    status_index: Option<u32>,
    /// The credential-status contract (default: the one that the node follows)
    #[arg(long)]
    status_contract: Option<Account>,
    /// Keep no copy of your own
    #[arg(long)]
    no_copy: bool,
    /// Store only, and create your grant later, with `idos issuer resume`
    #[arg(long)]
    no_grant: bool,
}

#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// Which: the original's data id
    #[arg(required_unless_present = "all")]
    data_id: Option<DataId>,
    /// All that are pending
    #[arg(long, conflicts_with = "data_id")]
    all: bool,
}

pub async fn issue(args: IssueArgs, context: &mut Context<'_>) -> Result<()> {
    let key = issuer::key_of(context)?;
    let consent: ConsentToWrite = read_json(&args.consent)?;
    let journal = journal(context);
    let id = consent.write_grant.write_grant.credential_id;
    if journal.get(id).map_err(ClientError::from)?.is_some() {
        bail!(ClientError::Journal(idos_client::issuer::JournalError::Pending { id }));
    }
    let signed_in = context.signed_in().await?;
    let now = clock::now();
    let issuance = issuance(&args, &consent, &signed_in, context, now).await?;
    let mut rng = context.rng;
    let sealed = seal(&signed_in.session, &key, &consent, issuance, &*context, now, &mut rng).await?;
    let pending = journal.begin(&sealed, now).map_err(ClientError::from)?;
    let issued = if args.no_grant {
        carry_on(&signed_in.session, &journal, id, Granting::Later).await?
    } else {
        go_on(&signed_in, &journal, &pending, context).await?
    };
    context.output.result(&issued, || sentence(&issued))
}

async fn issuance(
    args: &IssueArgs,
    consent: &ConsentToWrite,
    signed_in: &SignedIn,
    context: &mut Context<'_>,
    now: u64,
) -> Result<Issuance> {
    let owner = consent.write_grant.write_grant.owner;
    let mut draft = CredentialDraft::new(context.fresh_uuid(), format!("did:pkh:{owner}"), now);
    draft.types = vec![args.kind.clone()];
    draft.valid_until = args.valid.map(|valid| valid.counted_from(now));
    draft.claims = read_json(&args.claims)?;
    for document in &args.documents {
        let (name, content) = read_document(document)?;
        draft.claims.insert(name, content);
    }
    draft.status = status_entry(args, signed_in, context).await?;
    let notes: Map<String, Value> =
        serde_json::from_str(&args.notes).context("--notes is not a JSON object")?;
    let own_copy_for = if args.no_copy { None } else { Some(signed_in.secret(context).await?.public()) };
    Ok(Issuance { draft, notes, own_copy_for, schema: args.schema.as_ref().map(read_schema).transpose()? })
}

/// Reads a JSON Schema.
pub fn read_schema(path: &PathBuf) -> Result<CredentialSchema> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    CredentialSchema::parse(&bytes).with_context(|| format!("{} cannot be used", path.display()))
}

async fn status_entry(
    args: &IssueArgs,
    signed_in: &SignedIn,
    context: &Context<'_>,
) -> Result<Option<StatusEntry>> {
    let Some(index) = args.status_index else { return Ok(None) };
    let account = match args.status_contract {
        Some(contract) => {
            let chain = contract.chain();
            let wallet = context.wallet_on(chain)?;
            wallet.account_on(chain).context("this wallet is nobody on that chain")?
        }
        None => signed_in.wallet.account(),
    };
    let contract =
        context.contract(args.status_contract, ContractKind::CredentialStatus, account.chain()).await?;
    let reference = StatusReference::new(contract, account.address(), args.status_list, index)?;
    let lists_url = signed_in.session.node().url().join("v1/status-lists")?.to_string();
    Ok(Some(StatusEntry { reference, lists_url }))
}

/// What is pending, and where it stands.
pub fn pending(context: &Context<'_>) -> Result<()> {
    let pending = journal(context).pending().map_err(ClientError::from)?;
    let shown = pending.iter().map(Shown::of).collect::<Vec<_>>();
    context.output.result(&shown, || match shown.as_slice() {
        [] => "nothing is pending".into(),
        shown => shown.iter().map(Shown::line).collect::<Vec<_>>().join("\n"),
    })
}

pub async fn resume(args: ResumeArgs, context: &mut Context<'_>) -> Result<()> {
    let journal = journal(context);
    let signed_in = context.signed_in().await?;
    if let Some(id) = args.data_id {
        let pending = journal.get(id).map_err(ClientError::from)?;
        let pending =
            pending.ok_or(ClientError::Journal(idos_client::issuer::JournalError::Unknown { id }))?;
        let issued = go_on(&signed_in, &journal, &pending, context).await?;
        return context.output.result(&issued, || sentence(&issued));
    }
    let all = journal.pending().map_err(ClientError::from)?;
    let bar = context.output.counting("issuing", all.len() as u64);
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for pending in &all {
        match go_on(&signed_in, &journal, pending, context).await {
            Ok(issued) => done.push(issued),
            Err(error) => failed.push(Failed { data_id: pending.id(), reason: format!("{error:#}") }),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    context.output.result(&serde_json::json!({"done": done, "failed": failed}), || {
        let lines = done.iter().map(sentence);
        lines
            .chain(failed.iter().map(|failed| format!("{}: {}", failed.data_id, failed.reason)))
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("{} are still pending: `idos issuer pending`", failed.len())
    }
}

pub fn abandon(id: DataId, context: &Context<'_>) -> Result<()> {
    let journal = journal(context);
    let pending = journal.get(id).map_err(ClientError::from)?;
    let pending = pending.ok_or(ClientError::Journal(idos_client::issuer::JournalError::Unknown { id }))?;
    journal.abandon(id).map_err(ClientError::from)?;
    context.output.result(&Shown::of(&pending), || match pending.step() {
        Step::Sealed => format!("{id} is given up; if the node has stored it after all, it is its owner's"),
        Step::Stored => format!("{id} stays stored: it is its owner's. You have no grant on your copy of it"),
    })
}

#[derive(Debug, Serialize)]
struct Failed {
    data_id: DataId,
    reason: String,
}

#[derive(Debug, Serialize)]
struct Shown {
    data_id: DataId,
    step: Step,
    owner: Option<Account>,
    sealed_at: u64,
    usable_until: Option<u64>,
    last_error: Option<String>,
}

impl Shown {
    fn of(pending: &Pending) -> Self {
        let terms = pending.request.consent.as_ref().map(|consent| &consent.write_grant.write_grant);
        Self {
            data_id: pending.id(),
            step: pending.step(),
            owner: terms.map(|terms| terms.owner),
            sealed_at: pending.sealed_at,
            usable_until: terms.map(|terms| terms.not_after),
            last_error: pending.last_error.clone(),
        }
    }

    fn line(&self) -> String {
        let step = match self.step {
            Step::Sealed => "sealed, not known to be stored",
            Step::Stored => "stored, not known to be granted",
        };
        let reason = self.last_error.as_ref().map(|error| format!("  {error}")).unwrap_or_default();
        format!("{}  {step}{reason}", self.data_id)
    }
}

/// Carries one on, paying for its grant with this folder's wallet on that chain.
async fn go_on(
    signed_in: &SignedIn,
    journal: &Journal,
    pending: &Pending,
    context: &Context<'_>,
) -> Result<Issued> {
    let granted_on = chain_of_grant(pending);
    let chain = match granted_on {
        Some(chain) => match context.wallet_on(chain) {
            Ok(wallet) => Some(context.chain_with(&wallet, chain).await?),
            // Storing does not need it, and what is stored cannot be lost any more.
            Err(_) => None,
        },
        None => None,
    };
    let granting = chain.as_ref().map_or(Granting::Later, |chain| Granting::With(chain.as_ref()));
    let issued = carry_on(&signed_in.session, journal, pending.id(), granting).await;
    issued.with_context(|| format!("{} is not finished", pending.id()))
}

fn chain_of_grant(pending: &Pending) -> Option<ChainId> {
    let consent = pending.request.consent.as_ref().filter(|consent| consent.issuer_copy.is_some())?;
    Some(consent.write_grant.contract.chain())
}

fn journal(context: &Context<'_>) -> Journal {
    Journal::new(context.home.path().join("issuances"))
}

fn sentence(issued: &Issued) -> String {
    let id = issued.stored.data_id();
    match (&issued.grant, issued.done) {
        (Some(mined), _) => {
            format!("stored as {id}; your grant is created in transaction {}", mined.transaction)
        }
        (None, true) => format!("stored as {id}"),
        (None, false) => {
            format!("stored as {id}; your grant is still to be created: `idos issuer resume {id}`")
        }
    }
}

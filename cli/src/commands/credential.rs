//! `idos credential …` and `idos fetch`

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::{Args, Subcommand};
use idos_api::{credentials::Credential, node::ContractKind};
use idos_client::{
    Signer,
    consumer::{self, Judgement, StatusSource},
    issuer::{Issuance, issue_into},
    owner::ConsentToWrite,
};
use idos_credentials::{CredentialDraft, Expectations, IssuerDid, PublicNotes, StatusEntry, StatusReference};
use idos_grants::{Account, DataId};
use serde_json::{Map, Value, json};

use super::{duration::Until, issuer, own_data, paging};
use crate::{
    clock,
    context::{Context, SignedIn},
};

#[derive(Debug, Subcommand)]
pub enum CredentialCommand {
    /// Issuer: sign a credential, encrypt it to its owner, and store it with her consent
    Issue(IssueArgs),
    /// Add attributes and documents of your own; they are marked as self-issued
    Add(own_data::AddArgs),
    /// Your credentials and copies
    List,
    /// What the node knows of one
    Show {
        /// Which
        data_id: DataId,
    },
    /// Fetch one, decrypt it, and judge it
    Open(OpenArgs),
    /// Delete one, for good, and get a signed receipt
    Delete {
        /// Which
        data_id: DataId,
        /// Where to keep the receipt
        #[arg(long)]
        receipt: Option<PathBuf>,
    },
}

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
    /// Readable metadata: a JSON object. Nothing personal.
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
}

#[derive(Debug, Args)]
pub struct OpenArgs {
    /// Which
    data_id: DataId,
    /// Issuers that you trust, as did:key; none named = not asked
    #[arg(long = "trust")]
    trusted: Vec<IssuerDid>,
    /// Whom it must be about
    #[arg(long)]
    subject: Option<String>,
    /// Where to write the credential (default: nowhere; only the verdict is shown)
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Write the encrypted bytes instead, as the node stores them
    #[arg(long, requires = "output")]
    encrypted: bool,
    /// Ask the node's mirror for the status instead of the chain
    #[arg(long)]
    status_from_node: bool,
}

pub async fn run(command: CredentialCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        CredentialCommand::Issue(args) => issue(args, context).await,
        CredentialCommand::Add(args) => own_data::add(args, context).await,
        CredentialCommand::List => list(context).await,
        CredentialCommand::Show { data_id } => {
            let credential = context.signed_in().await?.session.credential(data_id).await?;
            context.output.result(&credential, || describe(&credential))
        }
        CredentialCommand::Open(args) => open(args, context).await,
        CredentialCommand::Delete { data_id, receipt } => delete(data_id, receipt.as_deref(), context).await,
    }
}

async fn issue(args: IssueArgs, context: &mut Context<'_>) -> Result<()> {
    let key = issuer::key_of(context)?;
    let signed_in = context.signed_in().await?;
    let consent: ConsentToWrite = read_json(&args.consent)?;
    let now = clock::now();
    let owner = consent.write_grant.write_grant.owner;
    let mut draft = CredentialDraft::new(context.fresh_uuid(), format!("did:pkh:{owner}"), now);
    draft.types = vec![args.kind.clone()];
    draft.valid_until = args.valid.map(|valid| valid.counted_from(now));
    draft.claims = read_json(&args.claims)?;
    for document in &args.documents {
        let (name, content) = read_document(document)?;
        draft.claims.insert(name, content);
    }
    draft.status = status_entry(&args, &signed_in, context).await?;
    let notes: Map<String, Value> =
        serde_json::from_str(&args.notes).context("--notes is not a JSON object")?;
    let own_copy_for = if args.no_copy { None } else { Some(signed_in.secret(&context.home)?.public()) };
    let issuance = Issuance { draft, notes, own_copy_for };
    let mut rng = context.rng;
    let stored = issue_into(&signed_in.session, &key, &consent, issuance, &*context, now, &mut rng).await?;
    context.output.result(&stored, || format!("stored as {}", stored.data_id))
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

pub(super) fn read_document(argument: &str) -> Result<(String, Value)> {
    let (name, path) = argument.split_once('=').context("--document is NAME=PATH")?;
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    Ok((name.to_owned(), format!("data:application/octet-stream;base64,{}", STANDARD.encode(bytes)).into()))
}

async fn list(context: &mut Context<'_>) -> Result<()> {
    let all = all_credentials(&context.signed_in().await?).await?;
    context.output.result(&all, || match all.as_slice() {
        [] => "no credentials".into(),
        all => all.iter().map(describe).collect::<Vec<_>>().join("\n"),
    })
}

async fn all_credentials(signed_in: &SignedIn) -> Result<Vec<Credential>> {
    let all = paging::all(async |cursor| {
        let page = signed_in.session.credentials(cursor).await?;
        Ok((page.credentials, page.next_cursor))
    });
    Ok(all.await?)
}

pub async fn open(args: OpenArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    if args.encrypted {
        let sealed = signed_in.session.content(args.data_id).await?;
        let path = args.output.as_deref().context("--encrypted needs --output")?;
        write_private(path, &sealed.content)?;
        let result = json!({"sender_key": sealed.sender, "size": sealed.content.len()});
        return context
            .output
            .result(&result, || format!("{} bytes, sealed with {}", sealed.content.len(), sealed.sender));
    }
    let secret = signed_in.secret(&context.home)?;
    let trusted = (!args.trusted.is_empty()).then_some(args.trusted.as_slice());
    let expectations =
        Expectations { issuers: trusted, subject: args.subject.as_deref(), ..Expectations::default() };
    let source = if args.status_from_node { StatusSource::Node } else { StatusSource::Chains(&*context) };
    let opened =
        consumer::fetch(&signed_in.session, args.data_id, &secret, &expectations, source, clock::now())
            .await?;
    if let Some(path) = &args.output {
        write_private(path, &opened.plaintext)?;
    }
    context.output.result(&without_claims(&opened.judgement), || verdict_text(&opened.judgement))
}

/// The verdict is for logs and terminals; what the credential says goes only where the caller asked for it.
fn without_claims(judgement: &Judgement) -> Judgement {
    let mut shown = judgement.clone();
    if let Some(credential) = &mut shown.verdict.credential {
        credential.claims.clear();
    }
    shown
}

fn verdict_text(judgement: &Judgement) -> String {
    let mut lines = vec![if judgement.good { "good".to_owned() } else { "NOT good".to_owned() }];
    lines.extend(judgement.verdict.failures().map(|(check, reason)| format!("  {check:?}: {reason}")));
    if judgement.self_issued {
        lines.push("  self-issued: its subject says so herself, and nobody else has checked it".to_owned());
    }
    if judgement.notes == consumer::NotesCheck::Fail {
        lines.push("  the public notes at the node are not the issuer's for this credential".to_owned());
    }
    lines.push(match judgement.status {
        Some(status) => format!("  status: {status:?}"),
        None => "  status: the credential names none".to_owned(),
    });
    lines.join("\n")
}

async fn delete(data_id: DataId, receipt_path: Option<&Path>, context: &mut Context<'_>) -> Result<()> {
    let receipt = context.signed_in().await?.session.delete_credential(data_id).await?;
    if let Some(path) = receipt_path {
        write_private(path, &serde_json::to_vec_pretty(&receipt)?)?;
    }
    context.output.result(&receipt, || {
        format!("deleted at {}; receipt signed by {}", receipt.receipt.deleted_at, receipt.node)
    })
}

fn describe(credential: &Credential) -> String {
    let kind = if credential.original.is_some() { "copy" } else { "original" };
    let own = PublicNotes::parse(&credential.public_notes).is_ok_and(|notes| notes.is_self_issued());
    let origin = if own { "self-issued" } else { "issued" };
    format!(
        "{}  {kind}  {origin}  {} bytes  {}",
        credential.data_id, credential.size, credential.public_notes
    )
}

pub(super) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not of the right form", path.display()))
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let mut file = options.open(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(bytes).with_context(|| format!("cannot write {}", path.display()))
}

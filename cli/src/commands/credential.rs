//! `idos credential …` and `idos fetch`

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::{Args, Subcommand, ValueEnum};
use idos_api::{
    credentials::Credential,
    grants::{GrantState, OwnGrant},
};
use idos_client::{
    StatusLists,
    consumer::{self, Judgement, StatusSource},
    memory, requests,
    session::OwnGrantsFilter,
};
use idos_credentials::{Expectations, IssuerDid, IssuerName, PublicNotes};
use idos_grants::DataId;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{issuer, issuers::keys_of, issuing, own_data, paging, replace};
use crate::{
    clock,
    context::{Context, SignedIn},
};

#[derive(Debug, Subcommand)]
pub enum CredentialCommand {
    /// Issuer: sign a credential, encrypt it to its owner, and store it with her consent
    Issue(issuing::IssueArgs),
    /// Add attributes and documents of your own; they are marked as self-issued
    Add(own_data::AddArgs),
    /// Issuer: renew the public notes of one that you stored, and of all its copies
    Notes {
        /// The original
        data_id: DataId,
        /// The free fields from now on: a JSON object. Nothing personal.
        #[arg(long)]
        notes: String,
    },
    /// Move the shares of one to the one that replaces it: re-encrypt, grant, revoke the old grant
    Replace(replace::ReplaceArgs),
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
pub struct OpenArgs {
    /// Which
    data_id: DataId,
    /// Issuers that you trust, as did:key, or as did:web, whose sites are then asked for their keys. Without one, here or in --request, nothing is good
    #[arg(long = "trust")]
    trusted: Vec<IssuerName>,
    /// Whom it must be about, as a DID (default: the account that shared it, or one of your own)
    #[arg(long)]
    subject: Option<String>,
    /// A request of yours: the credential must meet its types, fields and issuers
    #[arg(long, value_name = "ID")]
    request: Option<Uuid>,
    /// Where to write the credential (default: nowhere; only the verdict is shown)
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Write the encrypted bytes instead, as the node stores them
    #[arg(long, requires = "output")]
    encrypted: bool,
    /// A JSON Schema that it must follow, whichever it names itself
    #[arg(long)]
    schema: Option<PathBuf>,
    /// The oldest version of the public notes that will do: the newest that you have seen
    #[arg(long, default_value_t = 0, value_name = "VERSION")]
    min_notes_version: u32,
    /// Whom to ask for the status
    #[arg(long, value_enum, default_value = "chain")]
    status_from: StatusFrom,
    /// With lists: the DID of the node that signs them (default: the one that the node stated when it was first used from this folder)
    #[arg(long, value_name = "DID")]
    node_did: Option<IssuerDid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StatusFrom {
    /// The chain itself
    Chain,
    /// The node's mirror, on its word
    Node,
    /// The W3C status lists that the node signs
    List,
}

pub async fn run(command: CredentialCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        CredentialCommand::Issue(args) => issuing::issue(args, context).await,
        CredentialCommand::Notes { data_id, notes } => renew_notes(data_id, &notes, context).await,
        CredentialCommand::Add(args) => own_data::add(args, context).await,
        CredentialCommand::Replace(args) => replace::run(args, context).await,
        CredentialCommand::List => list(context).await,
        CredentialCommand::Show { data_id } => {
            let session = context.signed_in().await?.session;
            let credential = session.credential(data_id).await?;
            memory::check_same(session.node().memory(), &credential)?;
            context.output.result(&credential, || describe(&credential))
        }
        CredentialCommand::Open(args) => open(args, context).await,
        CredentialCommand::Delete { data_id, receipt } => delete(data_id, receipt.as_deref(), context).await,
    }
}

pub(super) fn read_document(argument: &str) -> Result<(String, Value)> {
    let (name, path) = argument.split_once('=').context("--document is NAME=PATH")?;
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    Ok((name.to_owned(), format!("data:application/octet-stream;base64,{}", STANDARD.encode(bytes)).into()))
}

async fn renew_notes(data_id: DataId, notes: &str, context: &mut Context<'_>) -> Result<()> {
    let key = issuer::key_of(context)?;
    let more = serde_json::from_str(notes).context("--notes is not a JSON object")?;
    let session = context.signed_in().await?.session;
    let renewed = idos_client::issuer::renew_notes(&session, &key, data_id, more).await?;
    context.output.result(&renewed, || format!("the notes of {data_id} are now version {}", renewed.version))
}

async fn list(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let all = all_credentials(&signed_in).await?;
    memory::check_shown(signed_in.session.node().memory(), &all)?;
    let grants = Grants::given(&signed_in).await?;
    let rows: Vec<_> = all.into_iter().map(|credential| grants.on(credential)).collect();
    context.output.result(&rows, || match rows.as_slice() {
        [] => "no credentials".into(),
        rows => rows.iter().map(Row::line).collect::<Vec<_>>().join("\n"),
    })
}

/// A row of the list.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    credential: Credential,
    /// Of a copy: whether somebody can read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    shared: Option<Shared>,
}

/// Whether a copy is granted to anybody, by the caller's wallets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Shared {
    /// A grant stands.
    Granted,
    /// None stands, and one did.
    Revoked,
    /// It is stored, and was not granted, as far as the node has seen: `idos share --copy` goes on.
    NotGranted,
}

impl Row {
    fn line(&self) -> String {
        let shared = match self.shared {
            None | Some(Shared::Granted) => "",
            Some(Shared::Revoked) => "  revoked",
            Some(Shared::NotGranted) => "  stored, not granted",
        };
        format!("{}{shared}", describe(&self.credential))
    }
}

/// What the caller's wallets have granted: whether a grant on a data id stands.
struct Grants(BTreeMap<DataId, bool>);

impl Grants {
    async fn given(signed_in: &SignedIn) -> Result<Self> {
        let filter = OwnGrantsFilter::default();
        let given = paging::all(async |cursor| {
            let page = signed_in.session.grants_given(&filter, cursor).await?;
            Ok((page.grants, page.next_cursor))
        });
        let mut grants = BTreeMap::new();
        for OwnGrant { grant, .. } in given.await? {
            *grants.entry(grant.data_id).or_default() |= grant.state != GrantState::Revoked;
        }
        Ok(Self(grants))
    }

    fn on(&self, credential: Credential) -> Row {
        let shared = credential.original.map(|_| match self.0.get(&credential.data_id) {
            Some(true) => Shared::Granted,
            Some(false) => Shared::Revoked,
            None => Shared::NotGranted,
        });
        Row { credential, shared }
    }
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
    let (trusted, mut known_keys) = keys_of(&args.trusted).await?;
    let trusted = (!args.trusted.is_empty()).then_some(trusted.as_slice());
    let requirements = match args.request {
        Some(id) => {
            let own = requests::own(&signed_in.session, id, &context.own_accounts()?, &*context).await?;
            // Those that she named herself, so she has named these sites.
            known_keys.extend(keys_of(own.requirements.issuers()).await?.1);
            Some(own.requirements)
        }
        None => None,
    };
    let listed = signed_in.session.credential(args.data_id).await?;
    let secrets = signed_in.secrets_for(&listed.recipient_key, context).await?;
    // What is her own nobody has shared with her.
    let is_own = signed_in.profile.as_ref().is_some_and(|profile| profile.id == listed.profile_id);
    let holders = if is_own { context.own_accounts()? } else { Vec::new() };
    let schema = args.schema.as_ref().map(issuing::read_schema).transpose()?;
    let expectations = Expectations {
        issuers: trusted,
        known_keys: &known_keys,
        subject: args.subject.as_deref(),
        holders: &holders,
        requirements: requirements.as_ref(),
        schema: schema.as_ref(),
        min_notes_version: args.min_notes_version,
        ..Expectations::default()
    };
    let lists = match args.status_from {
        StatusFrom::List => Some(status_lists(args.node_did, context).await?),
        StatusFrom::Chain | StatusFrom::Node => None,
    };
    let source = match (&lists, args.status_from) {
        (Some(lists), _) => StatusSource::Lists(lists),
        (None, StatusFrom::Node) => StatusSource::Node,
        (None, _) => StatusSource::Chains(&*context),
    };
    let opened =
        consumer::fetch(&signed_in.session, args.data_id, &secrets, &expectations, source, clock::now())
            .await?;
    if let Some(path) = &args.output {
        write_private(path, &opened.plaintext)?;
    }
    context.output.result(&without_claims(&opened.judgement), || verdict_text(&opened.judgement))
}

/// The node's lists, by the key that the caller names or that the node had when it was first used.
async fn status_lists(named: Option<IssuerDid>, context: &Context<'_>) -> Result<StatusLists> {
    let node = context.node()?;
    let signer = match named {
        Some(did) => did,
        None => node.did().await?,
    };
    Ok(StatusLists::new(node, signer))
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
    lines.extend(judgement.failures().into_iter().map(|(code, reason)| format!("  {code}: {reason}")));
    let held_by: Vec<_> = judgement.held_by.iter().map(ToString::to_string).collect();
    if !held_by.is_empty() {
        lines.push(format!("  held by: {}", held_by.join(", ")));
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

pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let mut file = options.open(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(bytes).with_context(|| format!("cannot write {}", path.display()))
}

//! `idos request …`: a consumer says what it needs, an owner answers.

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use idos_api::requests::{AccessRequest, Answer, AnswerKind, OwnRequest, PublishedRequest};
use idos_client::{
    Session, Signer,
    owner::Opening,
    requests::{self, Candidate, Look, RequestTerms},
};
use idos_credentials::{FieldPath, IssuerName, Requirements, WebDid};
use idos_grants::{Account, DataId};
use idos_keys::EncryptionKey;
use idos_wallets::{GrantCall, PurposeText};
use serde_json::json;
use uuid::Uuid;

use super::{
    duration::Until,
    issuers::keys_of_sites,
    paging,
    share::{ChainArgs, Verbs, described},
};
use crate::{clock, context::Context};

#[derive(Debug, Subcommand)]
pub enum RequestCommand {
    /// Consumer: ask for credentials
    Publish(Box<PublishArgs>),
    /// Consumer: your open requests, and how many answered
    Published,
    /// Consumer: what owners answered to one of your requests
    Answers {
        /// Which
        id: Uuid,
    },
    /// Consumer: take a request back
    Withdraw {
        /// Which
        id: Uuid,
    },
    /// Owner: what you are asked for
    List,
    /// Owner: who asks for what, which of your credentials match, and what they lack
    Show {
        /// Which
        id: Uuid,
        /// Go by the public notes only, without opening anything
        #[arg(long)]
        notes_only: bool,
        /// Issuers of yours that are named by a web site, which is then asked for its keys; what others such issued is left out
        #[arg(long = "issuer", value_name = "did:web:…")]
        sites: Vec<WebDid>,
    },
    /// Owner: encrypt a copy for the consumer, grant access to it, and tell the consumer
    Accept(Box<AcceptArgs>),
    /// Owner: say no
    Decline {
        /// Which
        id: Uuid,
    },
}

#[derive(Debug, Args)]
pub struct PublishArgs {
    /// What for, in one line that people read
    #[arg(long)]
    purpose: PurposeText,
    /// A type that is good, e.g. ProofOfPersonhood; may be given several times
    #[arg(long = "type", required = true)]
    types: Vec<String>,
    /// A field that must be there: a claim's name, or a JSON pointer like /address/country
    #[arg(long = "field")]
    fields: Vec<FieldPath>,
    /// An issuer that you trust, as did:key, or as did:web, which whoever checks asks for its keys; none named = whoever
    #[arg(long = "trust")]
    trusted: Vec<IssuerName>,
    /// How long you want the grant to be locked, e.g. 30d
    #[arg(long)]
    lock: Option<Until>,
    /// Your account to be granted to, one a chain (default: the wallet that you act as)
    #[arg(long = "grantee")]
    grantees: Vec<Account>,
    /// Who is asked: a wallet of hers (default: whoever you tell the request's id)
    #[arg(long)]
    to: Option<Account>,
    /// Until when it can be answered: at most 90d
    #[arg(long, default_value = "7d")]
    valid: Until,
}

#[derive(Debug, Args)]
pub struct AcceptArgs {
    /// Which request
    id: Uuid,
    /// The credential to share (default: the only one that matches)
    #[arg(long)]
    credential: Option<DataId>,
    /// To which of the accounts that the request names (default: the first on a chain where you have a wallet)
    #[arg(long)]
    grantee: Option<Account>,
    /// Go on with a copy that an earlier attempt stored
    #[arg(long)]
    copy: Option<DataId>,
    /// Issuers of yours that are named by a web site, which is then asked for its keys; what others such issued is left out
    #[arg(long = "issuer", value_name = "did:web:…")]
    sites: Vec<WebDid>,
    /// Agree to the timelock that is asked for: until it ends, neither revoke nor delete
    #[arg(long)]
    agree_to_lock: bool,
    #[command(flatten)]
    chain: ChainArgs,
}

pub async fn run(command: RequestCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        RequestCommand::Publish(args) => publish(*args, context).await,
        RequestCommand::Published => published(context).await,
        RequestCommand::Answers { id } => answers(id, context).await,
        RequestCommand::Withdraw { id } => {
            context.signed_in().await?.session.withdraw_request(id).await?;
            context.output.result(&json!({"withdrawn": id}), || format!("request {id} is withdrawn"))
        }
        RequestCommand::List => list(context).await,
        RequestCommand::Show { id, notes_only, sites } => show(id, notes_only, &sites, context).await,
        RequestCommand::Accept(args) => accept(*args, context).await,
        RequestCommand::Decline { id } => {
            let declined = context.signed_in().await?.session.decline_request(id).await?;
            context.output.result(&declined, || format!("request {id} is declined"))
        }
    }
}

async fn publish(args: PublishArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let profile = signed_in.profile()?;
    let statement =
        profile.key_statement.as_ref().context("this profile has no encryption key to seal for")?;
    let key = EncryptionKey::from_bytes(statement.statement.encryption_key)
        .context("this profile's encryption key is not usable")?;
    let lock_secs = match args.lock {
        None => 0,
        Some(Until::In(secs)) => secs,
        Some(Until::At(_)) => bail!("--lock is a span like 30d: it counts from the grant on"),
    };
    let grantees = if args.grantees.is_empty() { vec![signed_in.wallet.account()] } else { args.grantees };
    let terms = RequestTerms {
        to: args.to,
        purpose: args.purpose,
        requirements: Requirements::new(args.types, args.fields, args.trusted)?,
        lock_secs,
        grantees,
        expires_at: args.valid.counted_from(clock::now()),
    };
    let (session, wallet) = (&signed_in.session, &signed_in.wallet);
    let published = requests::publish(session, wallet, profile.id, key, terms, &mut context.rng).await?;
    context.output.result(&published, || format!("request {} is published", published.request.id))
}

async fn published(context: &mut Context<'_>) -> Result<()> {
    let session = context.signed_in().await?.session;
    let rows = paging::all(async |cursor| {
        let page = session.published_requests(cursor).await?;
        Ok((page.requests, page.next_cursor))
    })
    .await?;
    let line = |own: &OwnRequest| {
        let OwnRequest { request, accepted, declined, .. } = own;
        format!("{}  {accepted} accepted, {declined} declined  {}", request.id, request.purpose)
    };
    context.output.result(&rows, || lines(&rows, "no open requests", line))
}

async fn answers(id: Uuid, context: &mut Context<'_>) -> Result<()> {
    let session = context.signed_in().await?.session;
    let rows = paging::all(async |cursor| {
        let page = session.answers(id, cursor).await?;
        Ok((page.answers, page.next_cursor))
    })
    .await?;
    let line = |answer: &Answer| match (answer.kind, answer.data_id) {
        (AnswerKind::Accepted, Some(copy)) => format!("{}  accepted  {copy}", answer.answered_at),
        (AnswerKind::Accepted, None) => format!("{}  accepted", answer.answered_at),
        (AnswerKind::Declined, _) => format!("{}  declined", answer.answered_at),
    };
    context.output.result(&rows, || lines(&rows, "no answers", line))
}

async fn list(context: &mut Context<'_>) -> Result<()> {
    let session = context.signed_in().await?.session;
    let rows = paging::all(async |cursor| {
        let page = session.requests(cursor).await?;
        Ok((page.requests, page.next_cursor))
    })
    .await?;
    let count = rows.len();
    let mut shown = Vec::with_capacity(count);
    for row in rows {
        // What does not verify is not shown: the words in it could be anybody's.
        if requests::verify(&session, &row, &*context).await.is_ok() {
            shown.push(row);
        }
    }
    let line = |row: &PublishedRequest| {
        format!("{}  {}  {}", row.request.id, row.request.account, row.request.purpose)
    };
    context.output.result(&shown, || {
        let listed = lines(&shown, "nobody asks for anything", line);
        match count - shown.len() {
            0 => listed,
            hidden => {
                format!("{listed}\n({hidden} more could not be verified: `idos request show ID` says why)")
            }
        }
    })
}

async fn show(id: Uuid, notes_only: bool, sites: &[WebDid], context: &mut Context<'_>) -> Result<()> {
    let known_keys = keys_of_sites(sites).await?;
    let signed_in = context.signed_in().await?;
    let published = verified(id, &signed_in.session, context).await?;
    let secrets = if notes_only { Vec::new() } else { signed_in.secrets(context).await? };
    let known_keys = known_keys.as_slice();
    let look = match notes_only {
        true => Look::AtNotes { known_keys },
        false => Look::Inside(Opening { secrets: &secrets, known_keys }),
    };
    let bar = context.output.waiting("looking through your credentials");
    let (session, request) = (&signed_in.session, &published.request);
    let candidates = requests::matches(session, request, look).await?;
    bar.finish_and_clear();
    let result = json!({
        "request": published.request, "published_at": published.published_at, "answer": published.answer,
        "candidates": candidates,
    });
    context.output.result(&result, || {
        let found = lines(&candidates, "you have no credential of that type", describe_candidate);
        format!("{}\nyour credentials:\n{found}", describe(&published.request))
    })
}

async fn accept(args: AcceptArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let secrets = signed_in.secrets(context).await?;
    let known_keys = keys_of_sites(&args.sites).await?;
    let opening = Opening { secrets: &secrets, known_keys: &known_keys };
    let request = verified(args.id, &signed_in.session, context).await?.request;
    if request.lock_secs > 0 && !args.agree_to_lock {
        bail!(
            "the request asks for a timelock of {} s, in which you can neither revoke nor delete: say --agree-to-lock if that is what you want",
            request.lock_secs
        );
    }
    let grantee = grantee(&request, args.grantee, context)?;
    let verbs = Verbs::on(grantee.chain(), &args.chain, context).await?;
    let (data_id, of) = match args.copy {
        Some(copy) => (copy, None),
        None => {
            let original = match args.credential {
                Some(credential) => credential,
                None => only_match(&signed_in.session, &request, &opening).await?,
            };
            let (session, rng) = (&signed_in.session, &mut context.rng);
            let copied = requests::store_copy(session, &request, original, &opening, rng).await?;
            (copied.copy.data_id, Some(copied.of))
        }
    };
    let go_on =
        || format!("the copy is stored: go on with `idos request accept {} --copy {data_id}`", args.id);
    let locked_until = match request.lock_secs {
        0 => verbs.until(None).await,
        secs => verbs.until(Some(Until::In(secs))).await,
    };
    let locked_until = locked_until.with_context(go_on)?;
    let mut result = json!({"data_id": data_id, "of": of, "grantee": grantee, "locked_until": locked_until});
    let call = GrantCall::CreateGrant { grantee, data_id, locked_until };
    let granted = verbs.grant(&call, &args.chain, &signed_in.session, context, &mut result).await;
    granted.with_context(go_on)?;
    signed_in.session.accept_request(args.id, data_id).await.with_context(go_on)?;
    context.output.result(&result, || match result.get("signed_call") {
        // What is signed is itself what is handed over.
        Some(signed) => serde_json::to_string_pretty(signed).unwrap_or_default(),
        None => {
            let what = of.as_ref().map(|of| format!(" of {}", described(of))).unwrap_or_default();
            format!("accepted: copy {data_id}{what} is granted to {grantee}")
        }
    })
}

async fn verified(id: Uuid, session: &Session, context: &Context<'_>) -> Result<PublishedRequest> {
    let published = session.request(id).await?;
    requests::verify(session, &published, context).await?;
    if published.request.id != id {
        bail!("the node served another request than the one that was asked for");
    }
    Ok(published)
}

async fn only_match(session: &Session, request: &AccessRequest, opening: &Opening<'_>) -> Result<DataId> {
    let candidates = requests::matches(session, request, Look::Inside(*opening)).await?;
    let mut matching = candidates.iter().filter(|candidate| candidate.matches());
    match (matching.next(), matching.next()) {
        (Some(only), None) => Ok(only.data_id),
        (None, _) => {
            bail!(
                "none of your credentials matches: `idos request show {}` says what they lack; those of an issuer that is named by a web site count with --issuer",
                request.id
            )
        }
        (Some(_), Some(_)) => bail!(
            "several of your credentials match: choose one of `idos request show {}` with --credential",
            request.id
        ),
    }
}

fn grantee(request: &AccessRequest, named: Option<Account>, context: &Context<'_>) -> Result<Account> {
    if let Some(named) = named {
        requests::check_grantee(request, &named)?;
        return Ok(named);
    }
    let mut reachable = request.grantees.iter().filter(|grantee| context.wallet_on(grantee.chain()).is_ok());
    reachable.next().copied().with_context(|| {
        let chains: Vec<_> = request.grantees.iter().map(|grantee| grantee.chain().to_string()).collect();
        format!("there is no wallet in this folder on a chain that the request names: {}", chains.join(", "))
    })
}

fn describe(request: &AccessRequest) -> String {
    let required = &request.requirements;
    let mut lines = vec![
        format!("{} asks: {}", request.account, request.purpose),
        format!("  for a credential of type {}", required.types().join(" or ")),
    ];
    if !required.fields().is_empty() {
        let fields: Vec<_> = required.fields().iter().map(FieldPath::as_str).collect();
        lines.push(format!("  with {}", fields.join(", ")));
    }
    let issuers: Vec<_> = required.issuers().iter().map(IssuerName::as_str).collect();
    if !issuers.is_empty() {
        lines.push(format!("  issued by {}", issuers.join(" or ")));
    }
    // A stranger names them, so they are not asked by themselves.
    if required.issuers().iter().any(|issuer| matches!(issuer, IssuerName::Web(_))) {
        lines.push("  what a web site issued to you counts once you name the site with --issuer".into());
    }
    let grantees: Vec<_> = request.grantees.iter().map(ToString::to_string).collect();
    lines.push(format!("  to be granted to {}", grantees.join(" or ")));
    lines.push(match request.lock_secs {
        0 => "  without a timelock: you can revoke at any time".into(),
        secs => format!("  locked for {secs} s: until then you can neither revoke nor delete"),
    });
    lines.join("\n")
}

fn describe_candidate(candidate: &Candidate) -> String {
    let verdict = match (candidate.unmet.as_slice(), &candidate.not_opened) {
        (_, Some(reason)) => format!("may match, but was not opened: {reason}"),
        ([], _) if candidate.opened => "matches".to_owned(),
        ([], _) => "may match".to_owned(),
        (unmet, _) => unmet.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    format!("  {}  {}  {verdict}", candidate.data_id, candidate.types.join(" "))
}

fn lines<T>(rows: &[T], none: &str, line: impl Fn(&T) -> String) -> String {
    if rows.is_empty() { none.to_owned() } else { rows.iter().map(line).collect::<Vec<_>>().join("\n") }
}

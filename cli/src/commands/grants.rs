//! `idos grants …`

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use idos_api::{
    grants::{Grant, OwnGrant},
    relay::{Fate, RelayCall},
};
use idos_client::{
    chain::SignedCall,
    owner::ConsentToWrite,
    session::{GrantsFilter, OwnGrantsFilter},
};
use idos_grants::{Account, DataId};
use serde::Deserialize;

use super::paging;
use crate::context::Context;

/// How long is waited for a relayed call.
const RELAYED_WITHIN: Duration = Duration::from_secs(300);

#[derive(Debug, Subcommand)]
pub enum GrantsCommand {
    /// List by owner, by grantee or by data id
    List(Box<Filter>),
    /// Consumer: what was granted to your wallets, on all chains, newest first
    Received {
        /// By this account only
        #[arg(long)]
        owner: Option<Account>,
        #[command(flatten)]
        period: Period,
    },
    /// Owner: what your wallets granted, on all chains, newest first
    Given {
        /// To this account only
        #[arg(long)]
        grantee: Option<Account>,
        #[command(flatten)]
        period: Period,
    },
    /// Consumer: give up a copy, locked or not; it is deleted if nobody else has a grant on it
    Rescind {
        /// The copy
        data_id: DataId,
    },
    /// Send a grant that its owner only signed, and pay for it
    Relay {
        /// What `idos share --sign-only` printed; or `idos consent`, for the issuer's grant
        file: PathBuf,
        /// Who sends it
        #[arg(long, value_enum, default_value = "self")]
        via: Via,
    },
}

#[derive(Debug, Args)]
pub struct Filter {
    /// Who granted
    #[arg(long)]
    owner: Option<Account>,
    /// Who may read
    #[arg(long)]
    grantee: Option<Account>,
    /// What may be read
    #[arg(long)]
    data_id: Option<DataId>,
}

#[derive(Debug, Args)]
pub struct Period {
    /// Created then or later: Unix seconds
    #[arg(long)]
    since: Option<u64>,
    /// Created then or earlier: Unix seconds
    #[arg(long)]
    until: Option<u64>,
}

pub async fn run(command: GrantsCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        GrantsCommand::List(filter) => list(*filter, context).await,
        GrantsCommand::Received { owner, period } => own(owner, period, Side::Grantee, context).await,
        GrantsCommand::Given { grantee, period } => own(grantee, period, Side::Owner, context).await,
        GrantsCommand::Rescind { data_id } => rescind(data_id, context).await,
        GrantsCommand::Relay { file, via } => relay(&file, via, context).await,
    }
}

async fn list(filter: Filter, context: &mut Context<'_>) -> Result<()> {
    let filter = GrantsFilter { owner: filter.owner, grantee: filter.grantee, data_id: filter.data_id };
    if filter.owner.is_none() && filter.grantee.is_none() && filter.data_id.is_none() {
        bail!("name at least one of --owner, --grantee and --data-id");
    }
    let session = context.signed_in().await?.session;
    let grants = paging::all(async |cursor| {
        let page = session.grants(&filter, cursor).await?;
        Ok((page.grants, page.next_cursor))
    })
    .await?;
    context.output.result(&grants, || match grants.as_slice() {
        [] => "no grants".into(),
        grants => grants.iter().map(describe).collect::<Vec<_>>().join("\n"),
    })
}

/// What the caller is in a grant.
enum Side {
    Owner,
    Grantee,
}

async fn own(other: Option<Account>, period: Period, side: Side, context: &mut Context<'_>) -> Result<()> {
    let session = context.signed_in().await?.session;
    let filter = OwnGrantsFilter { other, since: period.since, until: period.until };
    let grants = paging::all(async |cursor| {
        let page = match side {
            Side::Owner => session.grants_given(&filter, cursor).await?,
            Side::Grantee => session.grants_received(&filter, cursor).await?,
        };
        Ok((page.grants, page.next_cursor))
    })
    .await?;
    context.output.result(&grants, || match grants.as_slice() {
        [] => "no grants".into(),
        grants => grants.iter().map(describe_own).collect::<Vec<_>>().join("\n"),
    })
}

async fn rescind(data_id: DataId, context: &mut Context<'_>) -> Result<()> {
    let rescinded = context.signed_in().await?.session.rescind(data_id).await?;
    context.output.result(&rescinded, || {
        let fate = if rescinded.deleted { "it is deleted" } else { "others may read it" };
        format!("{data_id} is given up; {fate}")
    })
}

fn describe_own(own: &OwnGrant) -> String {
    let stored = match (own.rescinded_at, own.stored) {
        (Some(_), _) => "  given up",
        (None, true) => "",
        (None, false) => "  not stored here",
    };
    format!("{}  {}{stored}", own.grant.created_at, describe(&own.grant))
}

/// Who sends what somebody else signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Via {
    /// The wallet in this folder: it pays
    #[value(name = "self")]
    Wallet,
    /// The node's relay: its operator pays
    Node,
}

/// Sends what an owner signed, or has the node send it, and waits for what becomes of it.
async fn relay(path: &Path, via: Via, context: &mut Context<'_>) -> Result<()> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let signed: Signed = serde_json::from_slice(&text).with_context(|| {
        format!("{} holds neither a signed call nor what `idos consent` prints", path.display())
    })?;
    let call = RelayCall::from(signed);
    if via == Via::Node {
        return relay_by_node(&call, context).await;
    }
    let chain = call.contract().chain();
    let chain = context.chain_with(&context.wallet_on(chain)?, chain).await?;
    let mined = match &call {
        RelayCall::SignedCall(signed) => chain.relay(signed).await?,
        RelayCall::WriteGrant(signed) => chain.relay_write_grant(signed).await?,
    };
    context.output.result(&mined, || format!("done in transaction {}", mined.transaction))
}

/// What an owner signed that somebody else can send.
#[derive(Deserialize)]
#[serde(untagged)]
enum Signed {
    /// A verb.
    Call(SignedCall),
    /// Her consent to a write, with the issuer's grant in it.
    Consent(Box<ConsentToWrite>),
}

impl From<Signed> for RelayCall {
    fn from(signed: Signed) -> Self {
        match signed {
            Signed::Call(call) => Self::SignedCall(call),
            Signed::Consent(consent) => match consent.grant_call {
                // On NEAR the grant is a call of its own.
                Some(call) => Self::SignedCall(call),
                None => Self::WriteGrant(Box::new(consent.write_grant)),
            },
        }
    }
}

async fn relay_by_node(call: &RelayCall, context: &mut Context<'_>) -> Result<()> {
    let session = context.signed_in().await?.session;
    let bar = context.output.waiting("waiting for the chain");
    let submission = idos_client::relay::send(&session, call, RELAYED_WITHIN).await?;
    bar.finish_and_clear();
    match &submission.fate {
        Fate::Done { transaction, .. } => {
            let sentence = format!("done in transaction {transaction}");
            context.output.result(&submission, || sentence)
        }
        Fate::Failed { message, code, .. } => bail!("{code}: {message}"),
        Fate::Queued | Fate::Sent { .. } => bail!(
            "the node has taken it, but it is not in a block yet: run the same command again to see what became of it"
        ),
    }
}

fn describe(grant: &Grant) -> String {
    let lock = if grant.locked_until == 0 {
        String::new()
    } else {
        format!("  locked until {}", grant.locked_until)
    };
    format!("{:?}  {} -> {}  {}{lock}", grant.state, grant.owner, grant.grantee, grant.data_id)
}

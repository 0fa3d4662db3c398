//! `idos grants …`

mod relay;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use idos_api::grants::{Grant, OwnGrant};
use idos_client::session::{GrantsFilter, OwnGrantsFilter};
use idos_grants::{Account, DataId};

use super::paging;
use crate::context::Context;

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
    /// Send a grant that its owner only signed, and pay for it; or have a relay do so
    Relay(relay::RelayArgs),
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
        GrantsCommand::Relay(args) => relay::run(args, context).await,
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

fn describe(grant: &Grant) -> String {
    let lock = if grant.locked_until == 0 {
        String::new()
    } else {
        format!("  locked until {}", grant.locked_until)
    };
    format!("{:?}  {} -> {}  {}{lock}", grant.state, grant.owner, grant.grantee, grant.data_id)
}

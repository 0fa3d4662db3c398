//! `idos status …`

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use idos_api::node::ContractKind;
use idos_client::{Signer, chain::Chains};
use idos_grants::{Account, Status};
use serde_json::json;

use super::share::{SIGNED_SECS, show_signed};
use crate::context::Context;

#[derive(Debug, Subcommand)]
pub enum StatusCommand {
    /// Issuer: set the status at a position of one of your lists
    Set {
        #[command(flatten)]
        position: Position,
        /// What to say
        status: StatusArg,
        /// Only sign it, for somebody else to send within an hour: `idos grants relay`
        #[arg(long)]
        sign_only: bool,
    },
    /// Ask the chain for the status at a position of an issuer's list
    Get {
        #[command(flatten)]
        position: Position,
        /// The issuer's account
        #[arg(long)]
        issuer: Account,
    },
}

#[derive(Debug, Args)]
pub struct Position {
    /// Which list
    #[arg(long, default_value_t = 0)]
    list: u32,
    /// Which position, below 131072
    #[arg(long)]
    index: u32,
    /// The credential-status contract (default: the one that the node follows)
    #[arg(long)]
    contract: Option<Account>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StatusArg {
    /// Neither suspended nor revoked
    Valid,
    /// Not to be relied on for now
    Suspended,
    /// Never to be relied on again
    Revoked,
}

pub async fn run(command: StatusCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        StatusCommand::Set { position, status, sign_only } => {
            let chain = match position.contract {
                Some(contract) => contract.chain(),
                None => context.wallet()?.account().chain(),
            };
            let chain = context.chain_with(&context.wallet_on(chain)?, chain).await?;
            let contract =
                context.contract(position.contract, ContractKind::CredentialStatus, chain.chain()).await?;
            let statuses = chain.credential_status(&contract)?;
            let Position { list, index, .. } = position;
            if sign_only {
                let signed =
                    statuses.sign_set(list, index, status.into(), SIGNED_SECS, &mut context.rng).await?;
                return show_signed(&signed, context);
            }
            let mined = statuses.set(list, index, status.into()).await?;
            context.output.result(&mined, || format!("set in transaction {}", mined.transaction))
        }
        StatusCommand::Get { position, issuer } => {
            let chain = context.chain(issuer.chain()).await?;
            let contract =
                context.contract(position.contract, ContractKind::CredentialStatus, chain.chain()).await?;
            let status =
                chain.credential_status(&contract)?.status_of(&issuer, position.list, position.index).await?;
            context.output.result(&json!({"status": status}), || format!("{status:?}").to_lowercase())
        }
    }
}

impl From<StatusArg> for Status {
    fn from(status: StatusArg) -> Self {
        match status {
            StatusArg::Valid => Self::Valid,
            StatusArg::Suspended => Self::Suspended,
            StatusArg::Revoked => Self::Revoked,
        }
    }
}

//! A command for everything that a role does: one file a noun.

mod audit;
mod consent;
mod contracts;
mod credential;
mod duration;
mod events;
mod grants;
mod issuer;
mod issuers;
mod issuing;
mod key;
mod own_data;
mod paging;
mod profile;
mod replace;
mod request;
mod share;
mod status;
mod transfer;
mod usage;
mod wallet;

use anyhow::Result;
use clap::Subcommand;

use crate::context::Context;

/// What a role does.
#[derive(Debug, Subcommand)]
pub enum RoleCommand {
    /// Your wallet: the key that signs in and sends transactions
    #[command(subcommand)]
    Wallet(wallet::WalletCommand),
    /// Your encryption key, shared among nodes
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Your profile at the node
    #[command(subcommand)]
    Profile(profile::ProfileCommand),
    /// Owner: let an issuer store one credential for you
    Consent(consent::ConsentArgs),
    /// Issuer: your signing key
    #[command(subcommand)]
    Issuer(issuer::IssuerCommand),
    /// Issue, list, open, export and delete credentials
    #[command(subcommand)]
    Credential(credential::CredentialCommand),
    /// Owner: encrypt a copy for a consumer and grant access to it
    Share(share::ShareArgs),
    /// Owner: end a grant
    Revoke(share::RevokeArgs),
    /// Owner: move a grant's timelock to a later time
    Extend(share::ExtendArgs),
    /// Consumer: fetch a copy, decrypt it, and judge it
    Fetch(credential::OpenArgs),
    /// Consumer: ask for credentials. Owner: answer
    #[command(subcommand)]
    Request(request::RequestCommand),
    /// Access grants, as the node mirrors them
    #[command(subcommand)]
    Grants(grants::GrantsCommand),
    /// A credential's status on chain
    #[command(subcommand)]
    Status(status::StatusCommand),
    /// What happens to your grants, and to issuers' statuses, as it becomes final: a line each
    Events(events::EventsArgs),
    /// Who read your data, and when
    Audit,
    /// What you used of the node, and what it costs: owners are never charged
    Usage(usage::UsageArgs),
    /// The contracts on a chain
    #[command(subcommand)]
    Contracts(contracts::ContractsCommand),
}

/// Runs one command.
pub async fn run(command: RoleCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        RoleCommand::Wallet(command) => wallet::run(command, context).await,
        RoleCommand::Key(command) => key::run(command, context).await,
        RoleCommand::Profile(command) => profile::run(command, context).await,
        RoleCommand::Consent(args) => consent::run(args, context).await,
        RoleCommand::Issuer(command) => issuer::run(command, context).await,
        RoleCommand::Credential(command) => credential::run(command, context).await,
        RoleCommand::Share(args) => share::share(args, context).await,
        RoleCommand::Revoke(args) => share::revoke(args, context).await,
        RoleCommand::Extend(args) => share::extend(args, context).await,
        RoleCommand::Fetch(args) => credential::open(args, context).await,
        RoleCommand::Request(command) => request::run(command, context).await,
        RoleCommand::Grants(command) => grants::run(command, context).await,
        RoleCommand::Status(command) => status::run(command, context).await,
        RoleCommand::Events(args) => events::run(args, context).await,
        RoleCommand::Audit => audit::run(context).await,
        RoleCommand::Usage(args) => usage::run(args, context).await,
        RoleCommand::Contracts(command) => contracts::run(command, context).await,
    }
}

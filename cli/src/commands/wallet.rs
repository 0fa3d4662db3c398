//! `idos wallet …`

use std::io::Read;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use idos_client::{Signer, SigningWallet};
use idos_grants::{ChainId, Namespace};
use serde_json::json;
use zeroize::Zeroizing;

use crate::context::Context;

/// The longest text of a private key.
const KEY_CHARS_MAX: u64 = 1024;

#[derive(Debug, Subcommand)]
pub enum WalletCommand {
    /// Make a new key
    Create(KeyArgs),
    /// Bring a private key, read from standard input: 64 hex digits, NEAR's ed25519:…, Stellar's S…, or an XRPL seed, s…
    Import(KeyArgs),
    /// Show the accounts; the first one is yours where none is named
    Show,
}

#[derive(Debug, Args)]
pub struct KeyArgs {
    /// The chain it is used on (default: the one that the EVM RPC is of; with an account id, the NEAR RPC)
    #[arg(long)]
    chain: Option<ChainId>,
    /// NEAR: the account that the key acts for (default: the key's implicit account)
    #[arg(long)]
    account_id: Option<String>,
}

impl KeyArgs {
    async fn chain(&self, context: &Context<'_>) -> Result<ChainId> {
        let namespace = if self.account_id.is_some() { Namespace::Near } else { Namespace::Eip155 };
        match self.chain {
            Some(chain) => Ok(chain),
            None => {
                let of_rpc = context.chain_of_rpc(namespace).await;
                of_rpc.context("name the chain with --chain, or its RPC with --rpc")
            }
        }
    }
}

pub async fn run(command: WalletCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        WalletCommand::Show => show(context),
        WalletCommand::Create(args) => {
            let chain = args.chain(context).await?;
            let wallet = SigningWallet::generate(chain, args.account_id.as_deref(), &mut context.rng)?;
            keep(&wallet, context)
        }
        WalletCommand::Import(args) => {
            let chain = args.chain(context).await?;
            let wallet = SigningWallet::parse(chain, args.account_id.as_deref(), &read_key()?)?;
            keep(&wallet, context)
        }
    }
}

fn show(context: &Context<'_>) -> Result<()> {
    let first = context.wallet()?.account();
    let accounts = context.home.wallets()?.iter().map(Signer::account).collect::<Vec<_>>();
    context.output.result(&json!({"account": first, "accounts": accounts}), || {
        accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })
}

fn keep(wallet: &SigningWallet, context: &Context<'_>) -> Result<()> {
    context.home.add_wallet(wallet)?;
    let account = wallet.account();
    context.output.result(&json!({"account": account}), || account.to_string())
}

fn read_key() -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let read = std::io::stdin().take(KEY_CHARS_MAX).read_to_string(&mut text);
    read.context("cannot read the key from standard input")?;
    Ok(text)
}

//! `idos wallet …`

use std::io::Read;

use anyhow::{Context as _, Result};
use clap::Subcommand;
use idos_client::EvmWallet;
use idos_grants::ChainId;
use serde_json::json;
use zeroize::Zeroizing;

use crate::context::Context;

#[derive(Debug, Subcommand)]
pub enum WalletCommand {
    /// Make a new key
    Create {
        /// The chain it is used on (default: the RPC's)
        #[arg(long)]
        chain: Option<ChainId>,
    },
    /// Bring a private key, read from standard input
    Import {
        /// The chain it is used on (default: the RPC's)
        #[arg(long)]
        chain: Option<ChainId>,
    },
    /// Show the account
    Show,
}

pub async fn run(command: WalletCommand, context: &mut Context<'_>) -> Result<()> {
    let wallet = match command {
        WalletCommand::Show => context.home.wallet()?,
        WalletCommand::Create { chain } => {
            let wallet = EvmWallet::generate(chain_or_rpc(chain, context).await?, &mut context.rng)?;
            context.home.set_wallet(&wallet)?;
            wallet
        }
        WalletCommand::Import { chain } => {
            let chain = chain_or_rpc(chain, context).await?;
            let mut text = Zeroizing::new(String::new());
            std::io::stdin()
                .take(1024)
                .read_to_string(&mut text)
                .context("cannot read the key from standard input")?;
            let wallet = EvmWallet::from_hex(chain, &text)?;
            context.home.set_wallet(&wallet)?;
            wallet
        }
    };
    let account = wallet.account();
    context.output.result(&json!({"account": account}), || account.to_string())
}

async fn chain_or_rpc(named: Option<ChainId>, context: &Context<'_>) -> Result<ChainId> {
    match named {
        Some(chain) => Ok(chain),
        None => {
            Ok(context.chain().await.context("name the chain with --chain, or its RPC with --rpc")?.chain())
        }
    }
}

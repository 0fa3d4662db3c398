//! `idos contracts …`

use anyhow::Result;
use clap::Subcommand;
use idos_client::Signer;

use crate::context::Context;

#[derive(Debug, Subcommand)]
pub enum ContractsCommand {
    /// Deploy both contracts with your wallet. Nobody, you included, can change them afterwards.
    Deploy,
}

pub async fn run(command: ContractsCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        ContractsCommand::Deploy => {
            let wallet = context.wallet()?;
            let chain = context.chain_with(&wallet, wallet.account().chain()).await?;
            let deployment = chain.deploy().await?;
            context.output.result(&deployment, || {
                let (grants, statuses) = (deployment.access_grants, deployment.credential_status);
                format!(
                    "access grants     {grants}\ncredential status {statuses}\nblock             {}",
                    deployment.block
                )
            })
        }
    }
}

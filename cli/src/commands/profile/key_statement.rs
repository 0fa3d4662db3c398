//! `idos profile key-statement`: the profile's key, stated by another wallet than the one whose statement the node serves.

use anyhow::Result;
use idos_api::profiles::SignedKeyStatement;
use idos_client::{ClientError, Signer, SigningWallet, encryption};

use crate::{
    clock,
    context::{Context, SignedIn},
};

pub async fn run(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let stated = state_again(&signed_in.wallet, &signed_in, context).await?;
    // What is signed is itself what is handed over, so it is JSON for people too.
    context.output.result(&stated, || serde_json::to_string_pretty(&stated).unwrap_or_default())
}

/// A statement by `wallet`, if the one at the node is another wallet's.
pub async fn by_another(
    wallet: &SigningWallet,
    signed_in: &SignedIn,
    context: &Context<'_>,
) -> Result<Option<SignedKeyStatement>> {
    let present = signed_in.profile()?.key_statement.as_ref().ok_or(ClientError::NoEncryptionKey)?;
    if present.statement.account == wallet.account() {
        return Ok(None);
    }
    state_again(wallet, signed_in, context).await.map(Some)
}

/// The node says which key is the profile's, so it is signed only after it is derived, or read, here.
async fn state_again(
    wallet: &SigningWallet,
    signed_in: &SignedIn,
    context: &Context<'_>,
) -> Result<SignedKeyStatement> {
    let secret = signed_in.secret(context).await?;
    let present = signed_in.profile()?.key_statement.as_ref().ok_or(ClientError::NoEncryptionKey)?;
    Ok(encryption::state_again(wallet, &present.statement, &secret, clock::now())?)
}

//! Whether a wallet signed a message, asking the account's chain where a signature alone does not prove it.

use idos_grants::Account;
use idos_wallets::{Message, Proof, Wallet, verify_message};

use crate::{ChainError, ClientError, chain::Chains};

/// The wallet that signed; `None` if the signature does not prove `account`.
pub(crate) async fn wallet(
    account: &Account,
    message: &Message,
    signature: &[u8],
    chains: &dyn Chains,
) -> Result<Option<Wallet>, ClientError> {
    let to_be_asked = match verify_message(account, message, signature) {
        Ok(Proof::Key(wallet)) => return Ok(Some(wallet)),
        Ok(to_be_asked) => to_be_asked,
        Err(_) => return Ok(None),
    };
    match chains.chain(account.chain()).await?.wallet(to_be_asked).await {
        Ok(wallet) => Ok(Some(wallet)),
        Err(ChainError::Unproven(_)) => Ok(None),
        Err(unknown) => Err(unknown.into()),
    }
}

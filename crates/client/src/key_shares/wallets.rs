//! Which wallets may ask, and what was asked.

use idos_api::key_shares::{Holding, KeyShareAudit};
use idos_grants::Account;
use idos_keys::EncryptionSecret;
use idos_wallets::ShareOperation;
use rand_core::CryptoRngCore;

use super::{KeyOfProfile, KeyShareNodes, KeySharesError, gather::quorum, nodes::Answer, report::NodeReport};
use crate::{ClientError, Signer};

impl KeyShareNodes {
    /// Lets one more wallet ask, at all nodes. Returns all that may ask, by the word of as many nodes as are required.
    ///
    /// # Errors
    /// [`super::KeySharesError::Incomplete`] if some nodes did not hear of it: the same call again finishes it.
    pub async fn add_wallet(
        &self,
        wallet: &impl Signer,
        key: &KeyOfProfile,
        added: Account,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<Account>, ClientError> {
        let operation = ShareOperation::AddWallet { wallet: added };
        self.change_wallets(wallet, key, operation, "adding the wallet", "/v1/wallets/add", rng).await
    }

    /// Lets a wallet ask no more, at all nodes.
    ///
    /// # Errors
    /// As [`Self::add_wallet`].
    pub async fn remove_wallet(
        &self,
        wallet: &impl Signer,
        key: &KeyOfProfile,
        removed: Account,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<Account>, ClientError> {
        if removed == wallet.account() {
            return Err(KeySharesError::OwnWallet.into());
        }
        let operation = ShareOperation::RemoveWallet { wallet: removed };
        self.change_wallets(wallet, key, operation, "removing the wallet", "/v1/wallets/remove", rng).await
    }

    async fn change_wallets(
        &self,
        wallet: &impl Signer,
        key: &KeyOfProfile,
        operation: ShareOperation,
        what: &'static str,
        path: &'static str,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<Account>, ClientError> {
        self.check_set(key)?;
        let signed = self.sign(wallet, operation, key.shares(), &EncryptionSecret::generate(rng), rng)?;
        let answers: Vec<Answer<Holding>> = self.ask_all(path, &signed).await;
        let holdings = self.all(what, answers)?;
        let lists = holdings.iter().map(|holding| (true, holding.wallets.as_slice()));
        Ok(quorum(lists, self.set().threshold()).0)
    }

    /// What was asked of the shares and done, at each node that answers.
    pub async fn audit(
        &self,
        wallet: &impl Signer,
        key: &KeyOfProfile,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<(NodeReport, Option<KeyShareAudit>)>, ClientError> {
        self.check_set(key)?;
        let reply = EncryptionSecret::generate(rng);
        let signed = self.sign(wallet, ShareOperation::Audit {}, key.shares(), &reply, rng)?;
        let answers: Vec<Answer<KeyShareAudit>> = self.ask_all("/v1/audit", &signed).await;
        let lines = self.report(&answers);
        Ok(lines.into_iter().zip(answers.into_iter().map(|(_, answer)| answer.ok())).collect())
    }
}

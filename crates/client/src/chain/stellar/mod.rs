//! The contracts on Stellar, through its RPC.

mod address;
mod authorization;
mod deploy;
mod grants;
mod payer;
mod rpc;
mod signers;
mod statuses;
mod transaction;

use async_trait::async_trait;
use idos_api::credentials::SignedWriteGrant;
use idos_contracts_stellar::ContractId;
use idos_grants::{Account, Address, ChainId, account::StellarAddress};
use idos_wallets::{KeyPermission, KeyedNonce, Proof, Wallet, authorization::nonce_until};
use rand_core::CryptoRngCore;
use stellar_xdr::{HostFunction, SorobanAuthorizationEntry};
use url::Url;

pub(super) use self::authorization::entry_terms;
use self::{
    address::contract_id,
    grants::{Acting, Grants},
    rpc::Rpc,
    statuses::Statuses,
    transaction::Sender,
};
use super::{AccessGrants, Chain, ChainError, CredentialStatus, Deployment, Mined, SignedCall, check_chain};
use crate::{Signer as _, StellarWallet, XrplWallet};

/// A Stellar network, reached by its RPC, with or without a wallet.
#[derive(Debug, Clone)]
pub struct Stellar {
    rpc: Rpc,
    acting: Option<Acting>,
}

impl Stellar {
    /// Connects to read only.
    pub async fn reader(rpc: &Url) -> Result<Self, ChainError> {
        Ok(Self { rpc: Rpc::connect(rpc).await?, acting: None })
    }

    /// Connects to read only, to an RPC that must be of `chain`.
    pub async fn reader_of(chain: ChainId, rpc: &Url) -> Result<Self, ChainError> {
        let stellar = Self::reader(rpc).await?;
        if stellar.rpc.chain() != chain {
            return Err(ChainError::WrongChain { expected: chain, answered: stellar.rpc.chain() });
        }
        Ok(stellar)
    }

    /// Connects with the account that signs and pays.
    pub async fn with_wallet(rpc: &Url, wallet: &StellarWallet) -> Result<Self, ChainError> {
        let rpc = Rpc::connect(rpc).await?;
        check_chain(rpc.chain(), &wallet.account())?;
        let sender = Sender::new(rpc.clone(), wallet.key().clone());
        Ok(Self { rpc, acting: Some(Acting::Account { wallet: wallet.clone(), sender }) })
    }

    /// Connects with an XRPL account's key, which signs for others to send.
    pub async fn with_bare_key(rpc: &Url, wallet: &XrplWallet) -> Result<Self, ChainError> {
        let rpc = Rpc::connect(rpc).await?;
        let account = wallet.account_on(rpc.chain()).ok_or(ChainError::NoWallet)?;
        Ok(Self { rpc, acting: Some(Acting::Key { wallet: wallet.clone(), account }) })
    }

    /// What the Ed25519 key `key` may do for `account`, at the newest ledger.
    pub async fn key_permission(
        &self,
        account: &Account,
        key: [u8; 32],
    ) -> Result<KeyPermission, ChainError> {
        check_chain(self.rpc.chain(), account)?;
        let Address::Stellar(StellarAddress::Account(master)) = account.address() else {
            return Err(ChainError::Malformed);
        };
        Ok(signers::permission(self.rpc.account(master).await?.as_ref(), master, key))
    }

    fn contract(&self, contract: &Account) -> Result<ContractId, ChainError> {
        check_chain(self.rpc.chain(), contract)?;
        contract_id(contract)
    }

    fn sender(&self) -> Result<&Sender, ChainError> {
        self.acting.as_ref().ok_or(ChainError::NoWallet)?.sender()
    }
}

#[async_trait]
impl Chain for Stellar {
    fn chain(&self) -> ChainId {
        self.rpc.chain()
    }

    async fn now(&self) -> Result<u64, ChainError> {
        self.rpc.now().await
    }

    fn access_grants(&self, contract: &Account) -> Result<Box<dyn AccessGrants>, ChainError> {
        let id = self.contract(contract)?;
        let (rpc, acting) = (self.rpc.clone(), self.acting.clone());
        Ok(Box::new(Grants { rpc, contract: *contract, id, acting }))
    }

    fn credential_status(&self, contract: &Account) -> Result<Box<dyn CredentialStatus>, ChainError> {
        let id = self.contract(contract)?;
        Ok(Box::new(Statuses { rpc: self.rpc.clone(), contract: *contract, id, acting: self.acting.clone() }))
    }

    async fn deploy(&self) -> Result<Deployment, ChainError> {
        deploy::both(&self.rpc, self.sender()?).await
    }

    async fn wallet(&self, proof: Proof) -> Result<Wallet, ChainError> {
        let check = match proof {
            Proof::Key(wallet) => return Ok(wallet),
            Proof::AccessKey(check) => check,
            Proof::ContractCall(_) => {
                return Err(ChainError::Unsupported("a contract wallet proves itself on its own chain"));
            }
        };
        let permission = self.key_permission(&check.account(), check.key()).await?;
        check.accept(permission).map_err(ChainError::Unproven)
    }

    async fn relay(&self, signed: &SignedCall) -> Result<Mined, ChainError> {
        let (function, authorized) = self.signed_call(signed)?;
        self.sender()?.invoke(function, authorized).await
    }

    async fn write_grant_nonce(
        &self,
        valid_secs: u64,
        mut rng: &mut (dyn CryptoRngCore + Send),
    ) -> Result<KeyedNonce, ChainError> {
        let random = KeyedNonce::fresh(&mut rng);
        let last = authorization::last_ledger(self.rpc.newest_ledger().await?, valid_secs);
        Ok(nonce_until(last, random))
    }

    async fn relay_write_grant(&self, signed: &SignedWriteGrant) -> Result<Mined, ChainError> {
        let (function, authorized) = self.write_grant(signed)?;
        self.sender()?.invoke(function, authorized).await
    }
}

/// A call, and what its owner authorized.
type Authorized = (HostFunction, Vec<SorobanAuthorizationEntry>);

impl Stellar {
    /// The call of a verb that its owner signed.
    fn signed_call(&self, signed: &SignedCall) -> Result<Authorized, ChainError> {
        let contract = signed.contract();
        let id = self.contract(&contract)?;
        match signed {
            SignedCall::BareKey { message, signature, .. } => {
                Ok((grants::call_of_text(&contract, id, message, signature)?, Vec::new()))
            }
            SignedCall::BareKeyStatus { message, signature, .. } => {
                Ok((statuses::call_of_text(&contract, id, message, signature)?, Vec::new()))
            }
            SignedCall::AuthorizationEntry { signed, .. } => {
                let (function, entry) = authorization::read(signed, id)?;
                Ok((function, vec![entry]))
            }
            SignedCall::Eip712 { .. } | SignedCall::DelegateAction { .. } => {
                Err(ChainError::Unsupported("this was not signed for Stellar: send it to its own chain"))
            }
        }
    }

    /// The call of a write grant.
    fn write_grant(&self, signed: &SignedWriteGrant) -> Result<Authorized, ChainError> {
        let id = self.contract(&signed.contract)?;
        if signed.write_grant.owner.address().bare_key().is_some() {
            return Ok((grants::call_of_signed_write_grant(id, signed)?, Vec::new()));
        }
        let (function, entry) = authorization::of_write_grant(signed)?;
        Ok((function, vec![entry]))
    }
}

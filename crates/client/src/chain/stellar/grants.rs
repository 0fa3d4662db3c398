//! An access-grants contract on Stellar.

use async_trait::async_trait;
use idos_api::credentials::SignedWriteGrant;
use idos_contracts_stellar::{
    Account as Party, ContractId, KeyProof, KeySignature, Method,
    access_grants::{
        CreateGrant, CreateGrantByWriteGrant, ExtendTimelock, GrantOf, HasAccess, HistoryHead, RevokeGrant,
    },
};
use idos_grants::{Account, DataId, Grant, HistoryHead as Head};
use idos_wallets::{GrantCall, GrantMessage, KeyedNonce, Signable, Signature, authorization, bare_key};
use rand_core::CryptoRngCore;
use stellar_xdr::{HostFunction, Limits, WriteXdr};

use super::{
    super::{AccessGrants, ChainError, Mined, SignedCall, check_chain},
    address::party,
    authorization::sign,
    rpc::Rpc,
    transaction::{Sender, unwritable},
};
use crate::{StellarWallet, XrplWallet, wallet::Signer as _};

/// Who acts on a network: an account that sends and pays, or a bare key, which only signs.
#[derive(Debug, Clone)]
pub(super) enum Acting {
    Account { wallet: StellarWallet, sender: Sender },
    Key { wallet: XrplWallet, account: Account },
}

impl Acting {
    pub(super) fn account(&self) -> Account {
        match self {
            Self::Account { wallet, .. } => wallet.account(),
            Self::Key { account, .. } => *account,
        }
    }

    pub(super) fn sender(&self) -> Result<&Sender, ChainError> {
        match self {
            Self::Account { sender, .. } => Ok(sender),
            Self::Key { .. } => Err(ChainError::Unsupported(
                "an XRPL account cannot pay on Stellar: sign only, and let anybody relay it (`--sign-only`, `idos grants relay`)",
            )),
        }
    }
}

#[derive(Debug)]
pub(super) struct Grants {
    pub(super) rpc: Rpc,
    pub(super) contract: Account,
    pub(super) id: ContractId,
    pub(super) acting: Option<Acting>,
}

impl Grants {
    fn acting(&self) -> Result<&Acting, ChainError> {
        self.acting.as_ref().ok_or(ChainError::NoWallet)
    }

    fn party(&self, account: &Account) -> Result<Party, ChainError> {
        check_chain(self.contract.chain(), account)?;
        party(account)
    }

    async fn authorize<M: Method>(
        &self,
        wallet: &StellarWallet,
        method: &M,
        valid_secs: u64,
        rng: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError> {
        let entry = sign(&self.rpc, wallet.key(), self.id, method, valid_secs, rng).await?;
        let signed = entry.to_xdr_base64(Limits::none()).map_err(unwritable)?;
        Ok(SignedCall::AuthorizationEntry { contract: self.contract, signed })
    }

    async fn sign_text(
        &self,
        wallet: &XrplWallet,
        owner: Account,
        call: &GrantCall,
        valid_secs: u64,
        mut rng: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError> {
        let deadline = self.rpc.now().await?.saturating_add(valid_secs);
        let nonce = KeyedNonce::fresh(&mut rng);
        let message = GrantMessage { owner, call: call.clone(), nonce, deadline };
        let signable = message.signable(&self.contract).map_err(ChainError::unsignable)?;
        let signature = wallet.sign(&signable).map_err(ChainError::unsignable)?;
        Ok(SignedCall::BareKey { contract: self.contract, message: Box::new(message), signature })
    }
}

/// A verb as the contract takes it, given to whatever `$send` does with it.
macro_rules! with_method {
    ($call:expr, $owner:expr, $grantee:expr, $proof:expr, |$method:ident| $send:expr) => {{
        let (owner, grantee, data_id, proof) = ($owner, $grantee, $call.data_id().0, $proof);
        match *$call {
            GrantCall::CreateGrant { locked_until, .. } => {
                let $method = CreateGrant { owner, grantee, data_id, locked_until, proof };
                $send
            }
            GrantCall::ExtendTimelock { locked_until, .. } => {
                let $method = ExtendTimelock { owner, grantee, data_id, locked_until, proof };
                $send
            }
            GrantCall::RevokeGrant { .. } => {
                let $method = RevokeGrant { owner, grantee, data_id, proof };
                $send
            }
        }
    }};
}

/// The call of what a bare key signed.
pub(super) fn call_of_text(
    contract: &Account,
    id: ContractId,
    message: &GrantMessage,
    signature: &Signature,
) -> Result<HostFunction, ChainError> {
    let signable = message.signable(contract).map_err(ChainError::unsignable)?;
    let proof = Some(KeyProof {
        deadline: message.deadline,
        nonce: message.nonce.0,
        signature: key_signature(&message.owner, signable, signature)?,
    });
    let (owner, grantee) = (party(&message.owner)?, party(message.call.grantee())?);
    with_method!(&message.call, owner, grantee, proof, |method| method.host_function(id).map_err(unwritable))
}

/// The call of a write grant that a bare key signed.
pub(super) fn call_of_signed_write_grant(
    id: ContractId,
    signed: &SignedWriteGrant,
) -> Result<HostFunction, ChainError> {
    let terms = &signed.write_grant;
    let signable = terms.signable(&signed.contract).map_err(ChainError::unsignable)?;
    let signature = Some(key_signature(&terms.owner, signable, &signed.signature)?);
    let write_grant = authorization::arguments(terms).map_err(ChainError::unsignable)?;
    CreateGrantByWriteGrant { write_grant, signature }.host_function(id).map_err(unwritable)
}

/// A bare key's signature as the contracts take it.
pub(super) fn key_signature(
    owner: &Account,
    signable: Signable,
    signature: &Signature,
) -> Result<KeySignature, ChainError> {
    let (Signable::Message(text), Some(key)) = (signable, owner.address().bare_key()) else {
        return Err(ChainError::Unsupported("this was not signed by a bare key"));
    };
    Ok(match bare_key::for_contract(&key, &text, signature).map_err(ChainError::Unproven)? {
        bare_key::ContractSignature::Ed25519(signature) => KeySignature::Ed25519(signature),
        bare_key::ContractSignature::Secp256k1(signature, recovery_id) => {
            KeySignature::Secp256k1 { signature, recovery_id: recovery_id.into() }
        }
    })
}

#[async_trait]
impl AccessGrants for Grants {
    async fn send(&self, call: &GrantCall) -> Result<Mined, ChainError> {
        let acting = self.acting()?;
        let (owner, grantee) = (party(&acting.account())?, self.party(call.grantee())?);
        let sender = acting.sender()?;
        with_method!(call, owner, grantee, None, |method| sender.call(self.id, &method).await)
    }

    async fn sign(
        &self,
        call: &GrantCall,
        valid_secs: u64,
        rng: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError> {
        match self.acting()? {
            Acting::Account { wallet, .. } => {
                let (owner, grantee) = (party(&wallet.account())?, self.party(call.grantee())?);
                with_method!(call, owner, grantee, None, |method| {
                    self.authorize(wallet, &method, valid_secs, rng).await
                })
            }
            Acting::Key { wallet, account } => self.sign_text(wallet, *account, call, valid_secs, rng).await,
        }
    }

    async fn has_access(
        &self,
        owner: &Account,
        grantee: &Account,
        data_id: DataId,
    ) -> Result<bool, ChainError> {
        let (owner, grantee) = (self.party(owner)?, self.party(grantee)?);
        self.rpc.view(self.id, &HasAccess { owner, grantee, data_id: data_id.0 }).await
    }

    async fn grant_of(
        &self,
        owner: &Account,
        grantee: &Account,
        data_id: DataId,
    ) -> Result<Option<Grant>, ChainError> {
        let (owner, grantee) = (self.party(owner)?, self.party(grantee)?);
        let grant = self.rpc.view(self.id, &GrantOf { owner, grantee, data_id: data_id.0 }).await?;
        Ok(grant.map(|grant| Grant { created_at: grant.created_at, locked_until: grant.locked_until }))
    }

    async fn history_head(&self) -> Result<Head, ChainError> {
        Ok(Head(self.rpc.view(self.id, &HistoryHead).await?))
    }
}

//! Paying for others on NEAR. There a call cannot be tried out without sending it, so what the contract would look at is asked by its views.

use async_trait::async_trait;
use borsh::BorshDeserialize;
use idos_api::relay::{RelayCall, SignedCall};
use idos_contracts_near::{
    Bytes32,
    access_grants::GrantOf,
    storage::{GRANT_COST, REGISTRATION_COST, StorageBalanceOf},
};
use idos_grants::{ChainId, timelock::is_locked};
use near_primitives::{
    hash::CryptoHash,
    transaction::{Action, SignedTransaction},
    types::{AccountId, Finality},
};

use super::{
    super::{
        Chain, ChainError,
        payer::{Payer, Prepared, TransactionFate},
    },
    Near,
    verb::{Delegated, Verb, delegated},
};

/// What a delegate action costs beyond the gas of its call: two receipts and a signature check, rounded up.
const OVERHEAD_GAS: u64 = 5_000_000_000_000;

impl Near {
    fn delegated(&self, call: &RelayCall) -> Result<(Delegated, AccountId), ChainError> {
        let RelayCall::SignedCall(SignedCall::DelegateAction { contract, signed }) = call else {
            return Err(ChainError::Unsupported("this was not signed for NEAR: send it to its own chain"));
        };
        Ok((delegated(signed, contract)?, self.id_of(contract)?))
    }

    /// The signature, the key that it is of, its nonce and its last block.
    async fn check_delegate(&self, delegated: &Delegated) -> Result<(), ChainError> {
        let action = &delegated.signed.delegate_action;
        if !delegated.signed.verify() {
            return Err(refused("InvalidSignature"));
        }
        let key = self.rpc.signing_key(&action.sender_id, action.public_key.clone()).await?;
        if action.nonce <= key.nonce {
            return Err(refused("NonceUsed"));
        }
        if action.max_block_height <= key.block_height {
            return Err(refused("SignatureExpired"));
        }
        Ok(())
    }

    async fn check_verb(&self, delegated: &Delegated, contract: &AccountId) -> Result<(), ChainError> {
        let owner = &delegated.signed.delegate_action.sender_id;
        match &delegated.verb {
            Verb::Create { grantee, data_id } => {
                if self.grant(contract, owner, grantee, *data_id).await?.is_some() {
                    return Err(refused("GrantExists"));
                }
                self.check_deposit(delegated, contract, owner).await
            }
            Verb::Extend { grantee, data_id } => {
                match self.grant(contract, owner, grantee, *data_id).await? {
                    Some(_) => Ok(()),
                    None => Err(refused("GrantNotFound")),
                }
            }
            Verb::Revoke { grantee, data_id } => {
                match self.grant(contract, owner, grantee, *data_id).await? {
                    Some(locked_until) if is_locked(locked_until, self.now().await?) => {
                        Err(ChainError::Refused {
                            name: "GrantLocked",
                            arguments: format!("({locked_until})"),
                        })
                    }
                    Some(_) => Ok(()),
                    None => Err(refused("GrantNotFound")),
                }
            }
            Verb::SetStatus => Ok(()),
        }
    }

    async fn grant(
        &self,
        contract: &AccountId,
        owner: &AccountId,
        grantee: &AccountId,
        data_id: Bytes32,
    ) -> Result<Option<u64>, ChainError> {
        let view = GrantOf { owner: owner.clone(), grantee: grantee.clone(), data_id };
        Ok(self.rpc.view(contract, &view).await?.map(|grant| grant.locked_until))
    }

    /// The deposit must be what is missing, and no more: it stays the owner's.
    async fn check_deposit(
        &self,
        delegated: &Delegated,
        contract: &AccountId,
        owner: &AccountId,
    ) -> Result<(), ChainError> {
        let balance = self.rpc.view(contract, &StorageBalanceOf { account_id: owner.clone() }).await?;
        let missing = match balance {
            Some(balance) => GRANT_COST.saturating_sub(balance.available),
            None => REGISTRATION_COST + GRANT_COST,
        };
        match delegated.call.deposit.as_yoctonear() {
            deposit if deposit > missing => Err(ChainError::NotRelayed(
                "the deposit is larger than what the owner's lacks: sign it again",
            )),
            deposit if deposit < missing => {
                let arguments = format!("({})", missing - deposit);
                Err(ChainError::Refused { name: "StorageDepositMissing", arguments })
            }
            _ => Ok(()),
        }
    }
}

fn refused(name: &'static str) -> ChainError {
    ChainError::Refused { name, arguments: String::new() }
}

#[async_trait]
impl Payer for Near {
    fn chain(&self) -> ChainId {
        self.chain
    }

    async fn balance(&self) -> Result<u128, ChainError> {
        self.rpc.balance(self.sender()?.id().clone()).await
    }

    async fn check(&self, call: &RelayCall) -> Result<(), ChainError> {
        let (delegated, contract) = self.delegated(call)?;
        self.check_delegate(&delegated).await?;
        self.check_verb(&delegated, &contract).await
    }

    async fn prepare(&self, call: &RelayCall, fee_max: u128) -> Result<Prepared, ChainError> {
        self.check(call).await?;
        let (delegated, _) = self.delegated(call)?;
        let gas = delegated.call.gas.as_gas().saturating_add(OVERHEAD_GAS);
        let price = self.rpc.gas_price().await?;
        let cost =
            u128::from(gas).saturating_mul(price).saturating_add(delegated.call.deposit.as_yoctonear());
        if cost > fee_max {
            return Err(ChainError::TooExpensive { cost, max: fee_max });
        }
        let owner = delegated.signed.delegate_action.sender_id.clone();
        let transaction = self.sender()?.signed(owner, vec![Action::from(delegated.signed)]).await?;
        let bytes = borsh::to_vec(&transaction).map_err(ChainError::unsignable)?;
        Ok(Prepared { transaction: transaction.get_hash().to_string(), bytes })
    }

    async fn send(&self, prepared: &Prepared) -> Result<(), ChainError> {
        self.rpc.broadcast(decoded(prepared)?).await
    }

    async fn fate(&self, prepared: &Prepared) -> Result<TransactionFate, ChainError> {
        let transaction = decoded(prepared)?;
        let (hash, sender) = (transaction.get_hash(), self.sender()?);
        if let Some(fate) = self.executed(&transaction, hash).await? {
            return Ok(fate);
        }
        let next = self.rpc.signing_key_at(Finality::Final, sender.id(), sender.public_key()).await?.nonce;
        if next < transaction.transaction.nonce().nonce() {
            return Ok(TransactionFate::Open);
        }
        // It may have been executed between the two questions.
        Ok(self.executed(&transaction, hash).await?.unwrap_or(TransactionFate::Never))
    }
}

impl Near {
    async fn executed(
        &self,
        transaction: &SignedTransaction,
        hash: CryptoHash,
    ) -> Result<Option<TransactionFate>, ChainError> {
        let Some(outcome) = self.rpc.outcome(hash, self.sender()?.id().clone()).await? else {
            return Ok(None);
        };
        // Of a delegate action, the contract is the receiver of what the owner signed.
        let contract = transaction.transaction.actions().iter().find_map(|action| match action {
            Action::Delegate(signed) => Some(signed.delegate_action.receiver_id.clone()),
            _ => None,
        });
        let contract = contract.ok_or(ChainError::Malformed)?;
        Ok(Some(match super::transaction::succeeded(&outcome) {
            Ok(()) => {
                let block = super::transaction::acted_in(&outcome, &contract).ok_or(ChainError::NoBlock)?;
                TransactionFate::Done { block: self.rpc.height_of(block).await? }
            }
            Err(error) => TransactionFate::Failed(error),
        }))
    }
}

fn decoded(prepared: &Prepared) -> Result<SignedTransaction, ChainError> {
    SignedTransaction::try_from_slice(&prepared.bytes).map_err(|_| ChainError::Malformed)
}

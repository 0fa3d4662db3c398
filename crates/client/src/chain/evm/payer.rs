//! Paying for others on an EVM chain.

use alloy::{
    consensus::Transaction as _,
    eips::eip2718::{Decodable2718, Encodable2718},
    network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder},
    primitives::B256,
    providers::Provider,
    rpc::types::TransactionRequest,
    transports::{RpcError, TransportErrorKind},
};
use async_trait::async_trait;
use idos_api::relay::RelayCall;
use idos_grants::ChainId;

use super::{
    super::{
        ChainError,
        payer::{Payer, Prepared, TransactionFate},
    },
    Evm,
};
use crate::EvmWallet;

/// What is kept of gas for a state that changes between the estimate and the block, in percent of the estimate.
const GAS_PERCENT: u64 = 125;

impl Evm {
    fn payer(&self) -> Result<&EvmWallet, ChainError> {
        self.wallet.as_ref().ok_or(ChainError::NoWallet)
    }

    fn paid(&self, call: &RelayCall) -> Result<TransactionRequest, ChainError> {
        let request = match call {
            RelayCall::SignedCall(signed) => self.signed_call(signed)?,
            RelayCall::WriteGrant(signed) => self.write_grant(signed)?,
        };
        Ok(request.with_from(self.payer()?.signer().address()))
    }

    async fn receipt(&self, hash: B256) -> Result<Option<TransactionFate>, ChainError> {
        let receipt = self.provider.get_transaction_receipt(hash).await.map_err(ChainError::rpc)?;
        let Some(receipt) = receipt else { return Ok(None) };
        let Some(block) = receipt.block_number else { return Ok(Some(TransactionFate::Open)) };
        Ok(Some(match receipt.status() {
            true => TransactionFate::Done { block },
            false => TransactionFate::Failed(ChainError::Reverted { transaction: hash.to_string() }),
        }))
    }
}

#[async_trait]
impl Payer for Evm {
    fn chain(&self) -> ChainId {
        ChainId::Eip155(self.chain_id)
    }

    async fn balance(&self) -> Result<u128, ChainError> {
        let address = self.payer()?.signer().address();
        let balance = self.provider.get_balance(address).await.map_err(ChainError::rpc)?;
        Ok(balance.try_into().unwrap_or(u128::MAX))
    }

    async fn check(&self, call: &RelayCall) -> Result<(), ChainError> {
        self.provider.call(self.paid(call)?).await.map_err(refused)?;
        Ok(())
    }

    async fn prepare(&self, call: &RelayCall, fee_max: u128) -> Result<Prepared, ChainError> {
        let request = self.paid(call)?;
        self.provider.call(request.clone()).await.map_err(refused)?;
        let gas = self.provider.estimate_gas(request.clone()).await.map_err(refused)?;
        let gas = gas.saturating_mul(GAS_PERCENT) / 100;
        let fees = self.provider.estimate_eip1559_fees().await.map_err(ChainError::rpc)?;
        let cost = u128::from(gas).saturating_mul(fees.max_fee_per_gas);
        if cost > fee_max {
            return Err(ChainError::TooExpensive { cost, max: fee_max });
        }
        let payer = self.payer()?.signer();
        let nonce = self.provider.get_transaction_count(payer.address()).await.map_err(ChainError::rpc)?;
        let request = request
            .with_chain_id(self.chain_id)
            .with_nonce(nonce)
            .with_gas_limit(gas)
            .with_max_fee_per_gas(fees.max_fee_per_gas)
            .with_max_priority_fee_per_gas(fees.max_priority_fee_per_gas);
        let signed = request.build(&EthereumWallet::from(payer)).await.map_err(ChainError::unsignable)?;
        Ok(Prepared { transaction: signed.tx_hash().to_string(), bytes: signed.encoded_2718() })
    }

    async fn send(&self, prepared: &Prepared) -> Result<(), ChainError> {
        match self.provider.send_raw_transaction(&prepared.bytes).await {
            Ok(_) => Ok(()),
            // That it is known already, or was mined: what became of it is asked for next.
            Err(RpcError::ErrorResp(error)) => Err(ChainError::NotTaken(error.message.into_owned())),
            Err(error) => Err(ChainError::rpc(error)),
        }
    }

    async fn fate(&self, prepared: &Prepared) -> Result<TransactionFate, ChainError> {
        let transaction = alloy::consensus::TxEnvelope::decode_2718(&mut prepared.bytes.as_slice())
            .map_err(|_| ChainError::Malformed)?;
        let hash = *transaction.tx_hash();
        if let Some(fate) = self.receipt(hash).await? {
            return Ok(fate);
        }
        let address = self.payer()?.signer().address();
        let next = self.provider.get_transaction_count(address).await.map_err(ChainError::rpc)?;
        if next <= transaction.nonce() {
            return Ok(TransactionFate::Open);
        }
        // It may have been mined between the two questions.
        Ok(self.receipt(hash).await?.unwrap_or(TransactionFate::Never))
    }
}

/// The contract's refusal by name, or what else the RPC says.
fn refused(error: RpcError<TransportErrorKind>) -> ChainError {
    match error {
        // Such as "insufficient funds": the account's own trouble, which passes.
        RpcError::ErrorResp(ref answer) if answer.as_revert_data().is_none() => ChainError::rpc(error),
        error => ChainError::call(alloy::contract::Error::TransportError(error)),
    }
}

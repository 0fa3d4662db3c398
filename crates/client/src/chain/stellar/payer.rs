//! Paying for others on a Stellar network.

use async_trait::async_trait;
use idos_api::relay::RelayCall;
use idos_grants::ChainId;
use stellar_xdr::{Limits, Preconditions, ReadXdr, TimePoint, TransactionEnvelope, WriteXdr};

use super::{
    super::{
        ChainError,
        payer::{Payer, Prepared, TransactionFate},
    },
    Authorized, Stellar,
    transaction::unwritable,
};

/// A transaction is small: what was kept is read within these bounds.
const TRANSACTION_LIMITS: Limits = Limits { depth: 200, len: 1024 * 1024 };

impl Stellar {
    fn paid(&self, call: &RelayCall) -> Result<Authorized, ChainError> {
        match call {
            RelayCall::SignedCall(signed) => self.signed_call(signed),
            RelayCall::WriteGrant(signed) => self.write_grant(signed),
        }
    }
}

#[async_trait]
impl Payer for Stellar {
    fn chain(&self) -> ChainId {
        self.rpc.chain()
    }

    async fn balance(&self) -> Result<u128, ChainError> {
        let account = self.rpc.account(self.sender()?.public_key()).await?;
        Ok(account.map_or(0, |account| u128::try_from(account.balance).unwrap_or_default()))
    }

    async fn check(&self, call: &RelayCall) -> Result<(), ChainError> {
        let (function, authorized) = self.paid(call)?;
        self.sender()?.check(function, authorized).await
    }

    async fn prepare(&self, call: &RelayCall, fee_max: u128) -> Result<Prepared, ChainError> {
        let (function, authorized) = self.paid(call)?;
        let fee_max = u32::try_from(fee_max).unwrap_or(u32::MAX);
        let signed = self.sender()?.signed(function, authorized, fee_max).await?;
        let bytes = signed.envelope.to_xdr(Limits::none()).map_err(unwritable)?;
        Ok(Prepared { transaction: signed.hash.to_string(), bytes })
    }

    async fn send(&self, prepared: &Prepared) -> Result<(), ChainError> {
        self.rpc.submit(&decoded(prepared)?).await.map(drop)
    }

    async fn fate(&self, prepared: &Prepared) -> Result<TransactionFate, ChainError> {
        let hash = prepared.transaction.parse().map_err(|_| ChainError::Malformed)?;
        // The clock first: what is in no ledger after its time is in none for ever.
        let now = self.rpc.now().await?;
        Ok(match self.rpc.included(&hash).await? {
            Some(Ok(block)) => TransactionFate::Done { block },
            Some(Err(error)) => TransactionFate::Failed(error),
            None if now > last_second(&decoded(prepared)?) => TransactionFate::Never,
            None => TransactionFate::Open,
        })
    }
}

fn decoded(prepared: &Prepared) -> Result<TransactionEnvelope, ChainError> {
    TransactionEnvelope::from_xdr(&prepared.bytes, TRANSACTION_LIMITS).map_err(|_| ChainError::Malformed)
}

fn last_second(envelope: &TransactionEnvelope) -> u64 {
    let TransactionEnvelope::Tx(envelope) = envelope else { return u64::MAX };
    match &envelope.tx.cond {
        Preconditions::Time(bounds) => {
            let TimePoint(last) = bounds.max_time;
            last
        }
        _ => u64::MAX,
    }
}

//! A transaction as it is submitted, with what is asked of it all the time.

use soroban_env_host::DEFAULT_XDR_RW_LIMITS;
use stellar_xdr::{
    AccountId, DecoratedSignature, FeeBumpTransactionInnerTx, Operation, OperationBody,
    SorobanTransactionData, SorobanTransactionDataExt, Transaction, TransactionEnvelope, TransactionExt,
    TransactionResultCode, TransactionV1Envelope, VecM, WriteXdr,
};

use super::bytes::encoded_len;
use super::diagnostics::Diagnostics;
use super::state::{account, ttl};

/// Roughly a hundred million lumens: a bound that keeps sums in their type.
const MAX_RESOURCE_FEE: i64 = 1 << 50;

/// A transaction, fee bumped or not, and its hashes.
#[derive(Debug, Clone)]
pub(super) struct Tx {
    /// As submitted.
    pub envelope: TransactionEnvelope,
    /// The (inner) transaction with its signatures.
    pub inner: TransactionV1Envelope,
    /// Who pays instead.
    pub bump: Option<Bump>,
    /// Of the (inner) envelope, in bytes.
    pub size: u32,
    /// What the outermost signatures sign.
    pub hash: [u8; 32],
    /// What the (inner) transaction's signatures sign.
    pub inner_hash: [u8; 32],
}

/// The outside of a fee bump.
#[derive(Debug, Clone)]
pub(super) struct Bump {
    pub fee_source: AccountId,
    pub fee: i64,
    pub signatures: VecM<DecoratedSignature, 20>,
}

impl Tx {
    /// Reads an envelope.
    pub(super) fn new(
        envelope: TransactionEnvelope,
        network_id: [u8; 32],
        reasons: &mut Diagnostics,
    ) -> Result<Self, TransactionResultCode> {
        let malformed = |_| TransactionResultCode::TxMalformed;
        envelope.to_xdr(DEFAULT_XDR_RW_LIMITS).map_err(malformed)?;
        let (inner, bump) = match &envelope {
            TransactionEnvelope::TxV0(_) => {
                reasons.unsupported("V0 envelopes: make a V1 envelope, as clients do since protocol 13");
                return Err(TransactionResultCode::TxNotSupported);
            }
            TransactionEnvelope::Tx(inner) => (inner.clone(), None),
            TransactionEnvelope::TxFeeBump(bump) => {
                let FeeBumpTransactionInnerTx::Tx(inner) = &bump.tx.inner_tx;
                let fee_source = account::id(&bump.tx.fee_source);
                let signatures = bump.signatures.clone();
                (inner.clone(), Some(Bump { fee_source, fee: bump.tx.fee, signatures }))
            }
        };
        let hash = envelope.hash(network_id).map_err(malformed)?;
        let inner_hash = inner.tx.hash(network_id).map_err(malformed)?;
        let size = encoded_len(&TransactionEnvelope::Tx(inner.clone()));
        let tx = Self { envelope, inner, bump, size, hash, inner_hash };
        match tx.fees_make_sense() {
            true => Ok(tx),
            false => Err(TransactionResultCode::TxMalformed),
        }
    }

    fn fees_make_sense(&self) -> bool {
        let resource_fee_makes_sense = match (self.is_soroban(), self.soroban()) {
            (true, Some(data)) => (0..=MAX_RESOURCE_FEE).contains(&data.resource_fee),
            (true, None) => false,
            (false, _) => true,
        };
        resource_fee_makes_sense && self.full_fee() >= 0
    }

    pub(super) fn tx(&self) -> &Transaction {
        &self.inner.tx
    }

    pub(super) fn operations(&self) -> &[Operation] {
        &self.inner.tx.operations
    }

    pub(super) fn sequence(&self) -> i64 {
        self.inner.tx.seq_num.0
    }

    /// Whose sequence number it uses.
    pub(super) fn source(&self) -> AccountId {
        account::id(&self.inner.tx.source_account)
    }

    /// Who pays.
    pub(super) fn fee_source(&self) -> AccountId {
        self.bump.as_ref().map_or_else(|| self.source(), |bump| bump.fee_source.clone())
    }

    /// Whose account an operation is about.
    pub(super) fn operation_source(&self, operation: &Operation) -> AccountId {
        account::id(operation.source_account.as_ref().unwrap_or(&self.inner.tx.source_account))
    }

    /// Whether its first operation is about contracts. (Then it has no other, or is invalid.)
    pub(super) fn is_soroban(&self) -> bool {
        self.operations().first().is_some_and(|operation| is_soroban(&operation.body))
    }

    pub(super) fn soroban(&self) -> Option<&SorobanTransactionData> {
        match &self.inner.tx.ext {
            TransactionExt::V0 => None,
            TransactionExt::V1(data) => Some(data),
        }
    }

    /// Zero for transactions that are not about contracts.
    pub(super) fn resource_fee(&self) -> i64 {
        self.soroban().filter(|_| self.is_soroban()).map_or(0, |data| data.resource_fee)
    }

    /// The most that the outermost payer offers.
    pub(super) fn full_fee(&self) -> i64 {
        self.bump.as_ref().map_or(i64::from(self.inner.tx.fee), |bump| bump.fee)
    }

    /// What the outermost payer offers above the resource fee.
    pub(super) fn inclusion_fee(&self) -> i64 {
        self.full_fee().saturating_sub(self.resource_fee())
    }

    /// What the inner transaction offers above the resource fee.
    pub(super) fn inner_inclusion_fee(&self) -> i64 {
        i64::from(self.inner.tx.fee).saturating_sub(self.resource_fee())
    }

    /// As many as are paid for: a fee bump counts as one more.
    pub(super) fn operation_count(&self) -> i64 {
        self.inner_operation_count().saturating_add(i64::from(self.bump.is_some()))
    }

    pub(super) fn inner_operation_count(&self) -> i64 {
        i64::try_from(self.operations().len()).unwrap_or(i64::MAX)
    }

    /// Least inclusion fee.
    pub(super) fn min_inclusion_fee(&self, base_fee: u32) -> i64 {
        i64::from(base_fee).saturating_mul(self.operation_count().max(1))
    }

    /// What is taken before it is applied, in a ledger that is not crowded.
    pub(super) fn fee_to_take(&self, base_fee: u32) -> i64 {
        let inclusion = self.inclusion_fee().min(self.min_inclusion_fee(base_fee));
        self.resource_fee().saturating_add(inclusion)
    }

    pub(super) fn is_restore(&self) -> bool {
        matches!(self.operations().first().map(|first| &first.body), Some(OperationBody::RestoreFootprint(_)))
    }

    /// Entries that are read from disk: archived ones and those that are not about contracts.
    pub(super) fn disk_reads(&self) -> u32 {
        let Some(data) = self.soroban() else { return 0 };
        let footprint = &data.resources.footprint;
        if self.is_restore() {
            return u32::try_from(footprint.read_write.len()).unwrap_or(u32::MAX);
        }
        let classic = footprint.read_only.iter().chain(footprint.read_write.iter());
        let classic = classic.filter(|key| !ttl::is_soroban(key)).count();
        u32::try_from(classic.saturating_add(self.archived_indexes().len())).unwrap_or(u32::MAX)
    }

    /// Which read-write entries are to be restored on the way.
    pub(super) fn archived_indexes(&self) -> &[u32] {
        match self.soroban().map(|data| &data.ext) {
            Some(SorobanTransactionDataExt::V1(ext)) => &ext.archived_soroban_entries,
            _ => &[],
        }
    }
}

pub(super) fn is_soroban(body: &OperationBody) -> bool {
    matches!(
        body,
        OperationBody::InvokeHostFunction(_)
            | OperationBody::ExtendFootprintTtl(_)
            | OperationBody::RestoreFootprint(_)
    )
}

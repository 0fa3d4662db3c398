//! A closed ledger and what was applied in it.

use stellar_xdr::{
    ExtensionPoint, GeneralizedTransactionSet, Hash, LedgerCloseMeta, LedgerCloseMetaExt,
    LedgerCloseMetaExtV1, LedgerCloseMetaV2, LedgerEntry, LedgerEntryChanges, LedgerHeaderHistoryEntry,
    LedgerKey, TransactionEnvelope, TransactionMeta, TransactionResult, TransactionResultMetaV1,
    TransactionResultPair, TransactionResultResult, VecM,
};

use super::bytes::list;

/// A closed ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// The header and its hash.
    pub header: LedgerHeaderHistoryEntry,
    /// In the order in which they were applied.
    pub transactions: Vec<AppliedTransaction>,
    /// As validators would have agreed on them.
    pub transaction_set: GeneralizedTransactionSet,
    /// Temporary entries that were dropped because their time was over, and their TTL entries.
    pub evicted_keys: Vec<LedgerKey>,
    pub(super) soroban_state_bytes: u64,
    pub(super) write_fee_per_kb: i64,
}

impl Ledger {
    /// Sequence number of the ledger.
    pub fn sequence(&self) -> u32 {
        self.header.header.ledger_seq
    }

    /// Unix seconds.
    pub fn close_time(&self) -> u64 {
        self.header.header.scp_value.close_time.0
    }

    /// Hash of the header.
    pub fn hash(&self) -> &Hash {
        &self.header.hash
    }

    /// As Stellar's own software passes a ledger on (version 2).
    pub fn meta(&self) -> LedgerCloseMeta {
        let processing = self.transactions.iter().map(AppliedTransaction::processing).collect();
        LedgerCloseMeta::V2(LedgerCloseMetaV2 {
            ext: LedgerCloseMetaExt::V1(LedgerCloseMetaExtV1 {
                ext: ExtensionPoint::V0,
                soroban_fee_write1_kb: self.write_fee_per_kb,
            }),
            ledger_header: self.header.clone(),
            tx_set: self.transaction_set.clone(),
            tx_processing: list(processing),
            upgrades_processing: VecM::default(),
            scp_info: VecM::default(),
            total_byte_size_of_live_soroban_state: self.soroban_state_bytes,
            evicted_keys: list(self.evicted_keys.clone()),
        })
    }
}

/// A transaction that is in a ledger, successful or not.
#[derive(Debug, Clone)]
pub struct AppliedTransaction {
    /// Of the envelope that was submitted: of a fee bump, the outer one.
    pub hash: Hash,
    /// The inner transaction's, of a fee bump.
    pub inner_hash: Option<Hash>,
    /// The ledger's sequence number.
    pub ledger: u32,
    /// The ledger's close time, in Unix seconds.
    pub close_time: u64,
    /// Position among the ledger's transactions, from 1.
    pub application_order: u32,
    /// As submitted.
    pub envelope: TransactionEnvelope,
    /// Its codes and the fee that was really charged.
    pub result: TransactionResult,
    /// What taking the fee changed.
    pub fee_changes: LedgerEntryChanges,
    /// Changes, events and return value (version 4). Contract events are in its operations, fee events in `events`.
    pub meta: TransactionMeta,
    /// What giving unused fee back changed.
    pub refund_changes: LedgerEntryChanges,
}

impl AppliedTransaction {
    /// Whether all its operations were successful.
    pub fn is_success(&self) -> bool {
        use TransactionResultResult::{TxFeeBumpInnerSuccess, TxSuccess};
        matches!(self.result.result, TxSuccess(_) | TxFeeBumpInnerSuccess(_))
    }

    fn processing(&self) -> TransactionResultMetaV1 {
        TransactionResultMetaV1 {
            ext: ExtensionPoint::V0,
            result: TransactionResultPair {
                transaction_hash: self.hash.clone(),
                result: self.result.clone(),
            },
            fee_processing: self.fee_changes.clone(),
            tx_apply_processing: self.meta.clone(),
            post_tx_apply_fee_processing: self.refund_changes.clone(),
        }
    }
}

/// A ledger entry as the newest ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The entry.
    pub entry: LedgerEntry,
    /// Last ledger in which it is live. Only contract data and code have one. A persistent entry that is past it is
    /// archived: it can be restored. Temporary ones that are past it are never returned.
    pub live_until: Option<u32>,
}

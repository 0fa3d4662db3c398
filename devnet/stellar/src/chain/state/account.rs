//! Accounts among the entries.

use stellar_xdr::{
    AccountEntry, AccountEntryExt, AccountEntryExtensionV1, AccountEntryExtensionV1Ext,
    AccountEntryExtensionV2, AccountEntryExtensionV2Ext, AccountEntryExtensionV3, AccountId, ExtensionPoint,
    LedgerEntry, LedgerEntryData, LedgerEntryExt, LedgerKey, LedgerKeyAccount, Liabilities, MuxedAccount,
    PublicKey, SequenceNumber, SponsorshipDescriptor, Thresholds, TimePoint, Uint256,
};

use super::{Changes, State};
use crate::chain::bytes::list;

/// Most sub-entries (signers) of an account.
pub(in crate::chain) const MAX_SUB_ENTRIES: u32 = 1_000;

pub(in crate::chain) fn key(id: &AccountId) -> LedgerKey {
    LedgerKey::Account(LedgerKeyAccount { account_id: id.clone() })
}

/// The account behind an address with or without an id for the receiver's books.
pub(in crate::chain) fn id(muxed: &MuxedAccount) -> AccountId {
    muxed.clone().account_id()
}

pub(in crate::chain) fn public_key(id: &AccountId) -> &[u8; 32] {
    let PublicKey::PublicKeyTypeEd25519(Uint256(bytes)) = &id.0;
    bytes
}

pub(in crate::chain) fn load<'a>(state: &'a State, id: &AccountId) -> Option<&'a AccountEntry> {
    match &state.get(&key(id))?.data {
        LedgerEntryData::Account(account) => Some(account),
        _ => None,
    }
}

/// Writes an account. The rest of its entry stays as it is.
pub(in crate::chain) fn store(changes: &mut Changes, account: AccountEntry) {
    let ext =
        changes.state().get(&key(&account.account_id)).map_or(LedgerEntryExt::V0, |old| old.ext.clone());
    changes.put(LedgerEntry { last_modified_ledger_seq: 0, data: LedgerEntryData::Account(account), ext });
}

/// An account that signs for itself.
pub(in crate::chain) fn new(id: AccountId, balance: i64, sequence: i64) -> AccountEntry {
    AccountEntry {
        account_id: id,
        balance,
        seq_num: SequenceNumber(sequence),
        thresholds: Thresholds([1, 0, 0, 0]),
        ..AccountEntry::default()
    }
}

/// An account as an entry of ledger 1.
pub(in crate::chain) fn entry(account: AccountEntry) -> LedgerEntry {
    LedgerEntry {
        last_modified_ledger_seq: 1,
        data: LedgerEntryData::Account(account),
        ext: LedgerEntryExt::V0,
    }
}

/// The first sequence number of an account that a ledger makes, less one. No transaction can use it.
pub(in crate::chain) fn starting_sequence(ledger: u32) -> i64 {
    i64::from(ledger) << 32
}

/// What an account with so many sub-entries must keep, in stroops.
pub(in crate::chain) fn reserve(sub_entries: u32, base_reserve: u32) -> i64 {
    i64::from(sub_entries).saturating_add(2).saturating_mul(i64::from(base_reserve))
}

/// What an account may spend, in stroops. Negative: it is below its reserve.
pub(in crate::chain) fn available(account: &AccountEntry, base_reserve: u32) -> i64 {
    account
        .balance
        .saturating_sub(reserve(account.num_sub_entries, base_reserve))
        .saturating_sub(liabilities(account).selling)
}

/// Adds to a balance. False: it would overflow, and nothing changed.
pub(in crate::chain) fn credit(account: &mut AccountEntry, amount: i64) -> bool {
    let room = i64::MAX.saturating_sub(liabilities(account).buying);
    match account.balance.checked_add(amount) {
        Some(balance) if balance <= room => {
            account.balance = balance;
            true
        }
        _ => false,
    }
}

fn liabilities(account: &AccountEntry) -> Liabilities {
    match &account.ext {
        AccountEntryExt::V0 => Liabilities { buying: 0, selling: 0 },
        AccountEntryExt::V1(v1) => v1.liabilities.clone(),
    }
}

/// When the account's sequence number last changed: the ledger, and its close time.
pub(in crate::chain) fn sequence_changed(account: &AccountEntry) -> (u32, u64) {
    let AccountEntryExt::V1(v1) = &account.ext else { return (0, 0) };
    let AccountEntryExtensionV1Ext::V2(v2) = &v1.ext else { return (0, 0) };
    let AccountEntryExtensionV2Ext::V3(v3) = &v2.ext else { return (0, 0) };
    (v3.seq_ledger, v3.seq_time.0)
}

/// Sets the sequence number, and when that was.
pub(in crate::chain) fn set_sequence(
    account: &mut AccountEntry,
    sequence: i64,
    ledger: u32,
    close_time: u64,
) {
    account.seq_num = SequenceNumber(sequence);
    let mut v1 = match &account.ext {
        AccountEntryExt::V0 => AccountEntryExtensionV1 {
            liabilities: Liabilities { buying: 0, selling: 0 },
            ext: AccountEntryExtensionV1Ext::V0,
        },
        AccountEntryExt::V1(v1) => v1.clone(),
    };
    let mut v2 = match v1.ext {
        AccountEntryExtensionV1Ext::V0 => AccountEntryExtensionV2 {
            num_sponsored: 0,
            num_sponsoring: 0,
            signer_sponsoring_i_ds: list(vec![SponsorshipDescriptor(None); account.signers.len()]),
            ext: AccountEntryExtensionV2Ext::V0,
        },
        AccountEntryExtensionV1Ext::V2(v2) => v2,
    };
    v2.ext = AccountEntryExtensionV2Ext::V3(AccountEntryExtensionV3 {
        ext: ExtensionPoint::V0,
        seq_ledger: ledger,
        seq_time: TimePoint(close_time),
    });
    v1.ext = AccountEntryExtensionV1Ext::V2(v2);
    account.ext = AccountEntryExt::V1(v1);
}

/// Keeps the list of sponsors, of whom there are none, as long as the list of signers.
pub(in crate::chain) fn match_sponsors_to_signers(account: &mut AccountEntry) {
    let signers = account.signers.len();
    if let AccountEntryExt::V1(AccountEntryExtensionV1 { ext: AccountEntryExtensionV1Ext::V2(v2), .. }) =
        &mut account.ext
    {
        v2.signer_sponsoring_i_ds = list(vec![SponsorshipDescriptor(None); signers]);
    }
}

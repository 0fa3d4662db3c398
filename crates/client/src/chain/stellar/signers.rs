//! Which keys act for an account, by its signers and thresholds.

use idos_wallets::KeyPermission;
use stellar_xdr::{AccountEntry, SignerKey, Thresholds, Uint256};

/// What `key` may do for the account of `master`. Contracts ask accounts for their medium threshold.
pub(super) fn permission(account: Option<&AccountEntry>, master: [u8; 32], key: [u8; 32]) -> KeyPermission {
    let Some(account) = account else { return KeyPermission::NoAccount };
    let Thresholds([master_weight, _, medium, _]) = account.thresholds;
    let weight = if key == master { u32::from(master_weight) } else { weight(account, key) };
    match weight {
        0 => KeyPermission::NoKey,
        weight if weight >= u32::from(medium) => KeyPermission::FullAccess,
        _ => KeyPermission::Limited,
    }
}

fn weight(account: &AccountEntry, key: [u8; 32]) -> u32 {
    let signer = account.signers.iter().find(|signer| signer.key == SignerKey::Ed25519(Uint256(key)));
    signer.map_or(0, |signer| signer.weight)
}

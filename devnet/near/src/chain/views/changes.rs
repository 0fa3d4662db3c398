//! What blocks changed in the state.

use near_crypto::PublicKeyHandle;
use near_jsonrpc_primitives::types::changes::RpcStateChangesError;
use near_primitives::hash::CryptoHash;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{
    BlockReference, RawStateChangesWithTrieKey, StateChanges, StateChangesExt, StateChangesKinds,
    StateChangesKindsExt,
};
use near_primitives::views::{StateChangesKindsView, StateChangesRequestView, StateChangesView};

use crate::chain::blocks::{Block, Blocks};

pub(crate) fn changes(
    blocks: &Blocks,
    at: &BlockReference,
    request: &StateChangesRequestView,
) -> Result<(CryptoHash, StateChangesView), RpcStateChangesError> {
    let block = resolve(blocks, at)?;
    let wanted = block.changes.iter().filter(|change| is_wanted(&change.trie_key, request)).cloned();
    Ok((block.hash, view(wanted)))
}

pub(crate) fn changes_in_block(
    blocks: &Blocks,
    at: &BlockReference,
) -> Result<(CryptoHash, StateChangesKindsView), RpcStateChangesError> {
    let block = resolve(blocks, at)?;
    let kinds = StateChangesKinds::from_changes(&mut block.changes.iter().cloned());
    let mut views = StateChangesKindsView::new();
    for kind in kinds.into_iter().map(Into::into) {
        if !views.contains(&kind) {
            views.push(kind);
        }
    }
    Ok((block.hash, views))
}

pub(super) fn view(changes: impl Iterator<Item = RawStateChangesWithTrieKey>) -> StateChangesView {
    StateChanges::from_changes(changes).into_iter().map(Into::into).collect()
}

fn resolve<'a>(blocks: &'a Blocks, at: &BlockReference) -> Result<&'a Block, RpcStateChangesError> {
    blocks.resolve(at).ok_or_else(|| RpcStateChangesError::UnknownBlock { error_message: format!("{at:?}") })
}

fn is_wanted(key: &TrieKey, request: &StateChangesRequestView) -> bool {
    match (request, key) {
        (StateChangesRequestView::AccountChanges { account_ids }, TrieKey::Account { account_id })
        | (
            StateChangesRequestView::ContractCodeChanges { account_ids },
            TrieKey::ContractCode { account_id },
        )
        | (
            StateChangesRequestView::AllAccessKeyChanges { account_ids },
            TrieKey::AccessKey { account_id, .. },
        ) => account_ids.contains(account_id),
        (
            StateChangesRequestView::SingleAccessKeyChanges { keys },
            TrieKey::AccessKey { account_id, key_handle },
        ) => keys.iter().any(|key| {
            key.account_id == *account_id && PublicKeyHandle::from(&key.public_key) == *key_handle
        }),
        (
            StateChangesRequestView::DataChanges { account_ids, key_prefix },
            TrieKey::ContractData { account_id, key },
        ) => account_ids.contains(account_id) && key.starts_with(key_prefix),
        _ => false,
    }
}

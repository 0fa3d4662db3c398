//! Questions about the state after a block.

use std::num::NonZeroU32;

use near_crypto::{PublicKey, PublicKeyHandle};
use near_jsonrpc_primitives::types::query::{QueryResponseKind, RpcQueryError, RpcQueryResponse};
use near_primitives::account::{AccessKey, Account};
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::borsh;
use near_primitives::hash::hash;
use near_primitives::trie_key::trie_key_parsers;
use near_primitives::types::{AccountId, BlockReference, StoreKey};
use near_primitives::views::{
    AccessKeyInfoView, AccessKeyList, CallResult, ContractCodeView, QueryRequest, StateItem, ViewStateResult,
};
use near_vm_runner::logic::ReturnData;

use super::blocks::{Block, Blocks};
use super::protocol::Protocol;
use super::runtime::BlockContext;
use super::state::{Records, StateUpdate, access_key_prefix, contract_data_key};
use super::vm;

/// Largest state, in bytes, that is shown at once, as on NEAR's own RPC nodes; larger ones come by pages.
const MAX_VIEW_STATE_BYTES: u64 = 50_000;

/// Entries of a page at most.
const MAX_VIEW_STATE_PAGE_ITEMS: u32 = 10_000;

pub(crate) fn query(
    protocol: &Protocol,
    blocks: &Blocks,
    at: &BlockReference,
    request: &QueryRequest,
) -> Result<RpcQueryResponse, RpcQueryError> {
    let block =
        blocks.resolve(at).ok_or_else(|| RpcQueryError::UnknownBlock { block_reference: at.clone() })?;
    let view = View { protocol, block };
    let kind = match request {
        QueryRequest::ViewAccount { account_id } => {
            QueryResponseKind::ViewAccount(view.account(account_id)?.into())
        }
        QueryRequest::ViewCode { account_id } => QueryResponseKind::ViewCode(view.code(account_id)?),
        QueryRequest::ViewState { account_id, prefix, after_key, limit, include_proof } => {
            if *include_proof {
                return Err(internal(
                    "this chain keeps no trie, so it has no proofs: set include_proof to false",
                ));
            }
            QueryResponseKind::ViewState(view.state(account_id, prefix, after_key.as_ref(), *limit)?)
        }
        QueryRequest::ViewAccessKey { account_id, public_key } => {
            QueryResponseKind::AccessKey(view.access_key(account_id, public_key)?.into())
        }
        QueryRequest::ViewAccessKeyList { account_id, after_key, limit } => {
            QueryResponseKind::AccessKeyList(view.access_keys(account_id, after_key.as_ref(), *limit)?)
        }
        QueryRequest::ViewGasKeyNonces { public_key, .. } => {
            return Err(RpcQueryError::UnknownGasKey {
                public_key: public_key.clone(),
                block_height: block.height,
                block_hash: block.hash,
            });
        }
        QueryRequest::CallFunction { account_id, method_name, args } => {
            QueryResponseKind::CallResult(view.call(account_id, method_name, args)?)
        }
        QueryRequest::ViewGlobalContractCode { code_hash } => {
            return Err(view.no_global_code(GlobalContractIdentifier::CodeHash(*code_hash)));
        }
        QueryRequest::ViewGlobalContractCodeByAccountId { account_id } => {
            return Err(view.no_global_code(GlobalContractIdentifier::AccountId(account_id.clone())));
        }
    };
    Ok(RpcQueryResponse { kind, block_height: block.height, block_hash: block.hash })
}

fn internal(message: impl ToString) -> RpcQueryError {
    RpcQueryError::InternalError { error_message: message.to_string() }
}

struct View<'a> {
    protocol: &'a Protocol,
    block: &'a Block,
}

impl View<'_> {
    fn account(&self, account_id: &AccountId) -> Result<Account, RpcQueryError> {
        let account = self.block.state.account(account_id).map_err(internal)?;
        account.ok_or_else(|| RpcQueryError::UnknownAccount {
            requested_account_id: account_id.clone(),
            block_height: self.block.height,
            block_hash: self.block.hash,
        })
    }

    fn code(&self, account_id: &AccountId) -> Result<ContractCodeView, RpcQueryError> {
        self.account(account_id)?;
        let code = self.block.state.code(account_id).ok_or_else(|| self.no_code(account_id))?;
        Ok(ContractCodeView { hash: hash(&code), code: code.to_vec() })
    }

    fn no_code(&self, account_id: &AccountId) -> RpcQueryError {
        RpcQueryError::NoContractCode {
            contract_account_id: account_id.clone(),
            block_height: self.block.height,
            block_hash: self.block.hash,
        }
    }

    fn no_global_code(&self, identifier: GlobalContractIdentifier) -> RpcQueryError {
        RpcQueryError::NoGlobalContractCode {
            identifier,
            block_height: self.block.height,
            block_hash: self.block.hash,
        }
    }

    fn access_key(&self, account_id: &AccountId, public_key: &PublicKey) -> Result<AccessKey, RpcQueryError> {
        let key = self.block.state.access_key(account_id, public_key).map_err(internal)?;
        key.ok_or_else(|| RpcQueryError::UnknownAccessKey {
            public_key: public_key.clone(),
            block_height: self.block.height,
            block_hash: self.block.hash,
        })
    }

    fn access_keys(
        &self,
        account_id: &AccountId,
        after: Option<&PublicKeyHandle>,
        limit: Option<NonZeroU32>,
    ) -> Result<AccessKeyList, RpcQueryError> {
        self.account(account_id)?;
        let prefix = access_key_prefix(account_id);
        let after = after
            .map(|handle| borsh::to_vec(handle).map(|handle| [prefix.clone(), handle].concat()))
            .transpose()
            .map_err(internal)?;
        let limit = limit.map_or(usize::MAX, |limit| limit.get() as usize);
        let mut list = AccessKeyList { keys: Vec::new(), last_key: None };
        for (raw, value) in self.block.state.prefixed(&prefix, after.as_deref()) {
            if list.keys.len() >= limit {
                list.last_key = list.keys.last().map(|last| last.public_key.clone());
                break;
            }
            let public_key =
                trie_key_parsers::parse_key_handle_from_access_key_key(raw, account_id).map_err(internal)?;
            let access_key: AccessKey = borsh::from_slice(value).map_err(internal)?;
            list.keys.push(AccessKeyInfoView { public_key, access_key: access_key.into() });
        }
        Ok(list)
    }

    fn state(
        &self,
        account_id: &AccountId,
        prefix: &[u8],
        after: Option<&StoreKey>,
        limit: Option<NonZeroU32>,
    ) -> Result<ViewStateResult, RpcQueryError> {
        let account = self.account(account_id)?;
        let paged = after.is_some() || limit.is_some();
        let code = self.block.state.code(account_id).map_or(0, |code| code.len() as u64);
        if !paged && account.storage_usage().saturating_sub(code) > MAX_VIEW_STATE_BYTES {
            return Err(RpcQueryError::TooLargeContractState {
                contract_account_id: account_id.clone(),
                block_height: self.block.height,
                block_hash: self.block.hash,
            });
        }
        if after.is_some_and(|after| !after.starts_with(prefix)) {
            return Err(internal("after_key_base64 must start with prefix_base64"));
        }
        let own = contract_data_key(account_id, &[]).to_vec();
        let raw = |key: &[u8]| [own.as_slice(), key].concat();
        let after = after.map(|after| raw(after));
        let items =
            limit.map_or(MAX_VIEW_STATE_PAGE_ITEMS, NonZeroU32::get).min(MAX_VIEW_STATE_PAGE_ITEMS) as usize;
        let mut page = ViewStateResult { values: Vec::new(), proof: Vec::new(), last_key: None };
        let mut bytes = 0;
        for (key, value) in self.block.state.prefixed(&raw(prefix), after.as_deref()) {
            if paged && (page.values.len() >= items || bytes >= MAX_VIEW_STATE_BYTES) {
                page.last_key = page.values.last().map(|last| last.key.clone());
                break;
            }
            bytes += (key.len() + value.len()) as u64;
            let key = key.get(own.len()..).unwrap_or_default().to_vec();
            page.values.push(StateItem { key: key.into(), value: value.to_vec().into() });
        }
        Ok(page)
    }

    fn call(
        &self,
        account_id: &AccountId,
        method_name: &str,
        args: &[u8],
    ) -> Result<CallResult, RpcQueryError> {
        let account = self.account(account_id)?;
        let context = BlockContext {
            protocol: self.protocol,
            height: self.block.height,
            timestamp_ns: self.block.timestamp_ns,
            random_seed: self.block.state_root,
        };
        let mut state = StateUpdate::new(self.block.state.clone());
        let (method_name, args) = (method_name.to_owned(), args.to_vec());
        let outcome =
            vm::view(&context, &mut state, account_id, &account, method_name, args).map_err(internal)?;
        if let Some(error) = outcome.aborted {
            return Err(RpcQueryError::ContractExecutionError {
                vm_error: format!("wasm execution failed with error: {error:?}"),
                error: vm::protocol_error(error),
                block_height: self.block.height,
                block_hash: self.block.hash,
            });
        }
        let result = match outcome.return_data {
            ReturnData::Value(value) => value,
            ReturnData::None | ReturnData::ReceiptIndex(_) => Vec::new(),
        };
        Ok(CallResult { result, logs: outcome.logs })
    }
}

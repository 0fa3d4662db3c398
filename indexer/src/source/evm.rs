//! An EVM chain, by its JSON-RPC.

mod decode;
mod range_error;

use std::{collections::HashMap, time::Duration};

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address as EvmAddress, B256},
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
    transports::{RpcError, TransportErrorKind},
};
use async_trait::async_trait;
use idos_contracts_evm::{
    AccessGrants::{AccessGrantsInstance, GrantCreated, GrantRevoked, TimelockExtended},
    CredentialStatus::StatusChanged,
};
use idos_grants::{Address, ChainId, HistoryHead};
use idos_mirror::{BlockHash, BlockRef, Contract, ContractKind, Located};
use url::Url;

use super::{Source, SourceError, Tip};
use crate::config::Finality;

/// An answer that takes longer is no answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// One RPC of an EVM chain.
#[derive(Debug)]
pub struct EvmSource {
    provider: DynProvider,
    name: String,
    chain: ChainId,
    finality: Finality,
}

impl EvmSource {
    /// The RPC at `url`; nothing is asked yet.
    pub fn new(chain: ChainId, url: &Url, finality: Finality) -> Self {
        // Paths and queries of RPC URLs hold keys, so a URL is named by its host alone.
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let name = format!("{}{port}", url.host_str().unwrap_or("?"));
        Self { provider: ProviderBuilder::new().connect_http(url.clone()).erased(), name, chain, finality }
    }

    async fn answer<T>(
        &self,
        asked: impl Future<Output = Result<T, RpcError<TransportErrorKind>>>,
    ) -> Result<T, SourceError> {
        match tokio::time::timeout(ANSWER_TIMEOUT, asked).await {
            Ok(answer) => answer.map_err(|error| range_error::read(&error)),
            Err(_) => Err(SourceError::Unavailable(format!("no answer in {} s", ANSWER_TIMEOUT.as_secs()))),
        }
    }

    async fn block_by(&self, tag: BlockNumberOrTag) -> Result<Option<BlockRef>, SourceError> {
        let block = self.answer(async { self.provider.get_block_by_number(tag).await }).await?;
        let block = block.map(|block| BlockRef {
            number: block.header.number,
            hash: BlockHash(block.header.hash.0),
            time: block.header.timestamp,
        });
        match (tag, &block) {
            (BlockNumberOrTag::Number(asked), Some(block)) if block.number != asked => {
                Err(SourceError::Invalid("another block than the one asked for"))
            }
            _ => Ok(block),
        }
    }

    async fn final_block(&self, newest: u64) -> Result<u64, SourceError> {
        let tag = match self.finality {
            Finality::Confirmations(blocks) => return Ok(newest.saturating_sub(blocks)),
            Finality::Finalized => BlockNumberOrTag::Finalized,
            Finality::Safe => BlockNumberOrTag::Safe,
        };
        // A young chain has no final block yet.
        Ok(self.block_by(tag).await?.map_or(0, |block| block.number))
    }

    /// The times of the blocks that logs are in, where the RPC does not state them beside each log.
    async fn times(&self, logs: &[Log]) -> Result<HashMap<u64, u64>, SourceError> {
        let mut times = HashMap::new();
        for log in logs.iter().filter(|log| log.block_timestamp.is_none()) {
            let number = log.block_number.ok_or(SourceError::Invalid("a log without its block"))?;
            if let std::collections::hash_map::Entry::Vacant(entry) = times.entry(number) {
                let block =
                    self.block_by(number.into()).await?.ok_or(SourceError::Invalid("a log of no block"))?;
                if log.block_hash != Some(B256::from(block.hash.0)) {
                    return Err(SourceError::Invalid("a log of another block than the chain's"));
                }
                entry.insert(block.time);
            }
        }
        Ok(times)
    }
}

fn evm_address(contract: &Contract) -> EvmAddress {
    let Address::Evm(bytes) = contract.account.address();
    bytes.into()
}

fn topics(kind: ContractKind) -> Vec<B256> {
    match kind {
        ContractKind::AccessGrants => {
            vec![GrantCreated::SIGNATURE_HASH, TimelockExtended::SIGNATURE_HASH, GrantRevoked::SIGNATURE_HASH]
        }
        ContractKind::CredentialStatus => vec![StatusChanged::SIGNATURE_HASH],
    }
}

#[async_trait]
impl Source for EvmSource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check_chain(&self) -> Result<(), SourceError> {
        let id = self.answer(async { self.provider.get_chain_id().await }).await?;
        let answered = ChainId::Eip155(id);
        if answered == self.chain {
            return Ok(());
        }
        Err(SourceError::WrongChain { rpc: self.name.clone(), expected: self.chain, answered })
    }

    async fn tip(&self) -> Result<Tip, SourceError> {
        let newest = self.block_by(BlockNumberOrTag::Latest).await?;
        let newest = newest.ok_or(SourceError::Invalid("a chain without a newest block"))?;
        let final_block = self.final_block(newest.number).await?.min(newest.number);
        Ok(Tip { newest, final_block })
    }

    async fn block(&self, number: u64) -> Result<Option<BlockRef>, SourceError> {
        self.block_by(number.into()).await
    }

    async fn events(&self, contract: &Contract, from: u64, to: u64) -> Result<Vec<Located>, SourceError> {
        let address = evm_address(contract);
        let filter = Filter::new()
            .address(address)
            .event_signature(topics(contract.kind))
            .from_block(from)
            .to_block(to);
        let logs = self.answer(async { self.provider.get_logs(&filter).await }).await?;
        let times = self.times(&logs).await?;
        let mut events = Vec::with_capacity(logs.len());
        for log in &logs {
            let located = decode::located(log, &address, &times)?;
            let in_order = events.last().is_none_or(|last: &Located| {
                (last.block, last.log_index) < (located.block, located.log_index)
            });
            if !in_order || !(from..=to).contains(&located.block) {
                return Err(SourceError::Invalid("logs out of order, or outside the blocks asked for"));
            }
            events.push(located);
        }
        Ok(events)
    }

    async fn history_head(
        &self,
        contract: &Contract,
        at: &BlockRef,
    ) -> Result<Option<HistoryHead>, SourceError> {
        // Both kinds of contract have this view.
        let instance = AccessGrantsInstance::new(evm_address(contract), &self.provider);
        let block = BlockId::hash(B256::from(at.hash.0));
        let call = instance.historyHead().block(block);
        let returned = tokio::time::timeout(ANSWER_TIMEOUT, call.call_raw()).await;
        let returned = returned.map_err(|_| SourceError::Unavailable("no answer in time".into()))?;
        let returned = returned.map_err(|error| SourceError::Unavailable(error.to_string()))?;
        match <[u8; 32]>::try_from(returned.as_ref()) {
            Ok(head) => Ok(Some(HistoryHead(head))),
            Err(_) if returned.is_empty() => Ok(None),
            Err(_) => Err(SourceError::Invalid("a history head that is not 32 bytes")),
        }
    }
}

//! An EVM chain, by its JSON-RPC.

mod decode;
mod range_error;
mod transport;

use std::collections::{BTreeSet, HashMap};

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address as EvmAddress, B256},
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::{
        client::RpcClient,
        types::{Block, Filter, Log},
    },
    sol_types::SolEvent,
    transports::{RpcError, TransportErrorKind},
};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use idos_contracts_evm::{
    AccessGrants::{AccessGrantsInstance, GrantCreated, GrantRevoked, TimelockExtended},
    CredentialStatus::StatusChanged,
};
use idos_grants::{Address, ChainId, HistoryHead};
use idos_mirror::{BlockHash, BlockRef, Contract, ContractKind, Located};
use url::Url;

use super::{
    Range, Source, SourceError, Tip,
    http::{self, ANSWER_TIMEOUT},
};
use crate::config::Finality;
use transport::BoundedHttp;

/// Blocks that are asked for at the same time, where logs come without their time.
const BLOCKS_AT_ONCE: usize = 16;

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
        let name = http::host(url);
        let client = RpcClient::new(BoundedHttp::new(url.clone()), false);
        Self { provider: ProviderBuilder::new().connect_client(client).erased(), name, chain, finality }
    }

    async fn answer<T>(
        &self,
        asked: impl Future<Output = Result<T, RpcError<TransportErrorKind>>>,
    ) -> Result<T, SourceError> {
        match tokio::time::timeout(ANSWER_TIMEOUT, asked).await {
            Ok(answer) => answer.map_err(|error| range_error::read(&error)),
            Err(_) => Err(SourceError::TimedOut { secs: ANSWER_TIMEOUT.as_secs() }),
        }
    }

    async fn block_by(&self, tag: BlockNumberOrTag) -> Result<Option<Block>, SourceError> {
        let block = self.answer(async { self.provider.get_block_by_number(tag).await }).await?;
        match (tag, &block) {
            (BlockNumberOrTag::Number(asked), Some(block)) if block.header.number != asked => {
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
        Ok(self.block_by(tag).await?.map_or(0, |block| block.header.number))
    }

    async fn logs(&self, contract: &Contract, filter: Filter) -> Result<Vec<Located>, SourceError> {
        let address = evm_address(contract)?;
        let filter = filter.address(address).event_signature(topics(contract.kind));
        let logs = self.answer(async { self.provider.get_logs(&filter).await }).await?;
        let times = self.times(&logs).await?;
        let mut events =
            logs.iter().map(|log| decode::located(log, &address, &times)).collect::<Result<Vec<_>, _>>()?;
        events.sort_by_key(|event| (event.block, event.log_index));
        for pair in events.windows(2) {
            let [one, next] = pair else { continue };
            if one.block == next.block && one.block_hash != next.block_hash {
                return Err(SourceError::Changed);
            }
            if (one.block, one.log_index) == (next.block, next.log_index) {
                return Err(SourceError::Invalid("the same log twice"));
            }
        }
        Ok(events)
    }

    /// The times of the blocks that logs are in, where the RPC does not state them beside each log.
    async fn times(&self, logs: &[Log]) -> Result<HashMap<u64, u64>, SourceError> {
        let timeless = logs.iter().filter(|log| log.block_timestamp.is_none());
        let blocks = timeless
            .map(|log| log.block_number.zip(log.block_hash).ok_or(decode::WITHOUT_PLACE))
            .collect::<Result<BTreeSet<_>, _>>()?;
        let times = stream::iter(blocks).map(|(number, hash)| self.time(number, hash));
        times.buffer_unordered(BLOCKS_AT_ONCE).try_collect().await
    }

    async fn time(&self, number: u64, hash: B256) -> Result<(u64, u64), SourceError> {
        match self.block_by(number.into()).await? {
            Some(block) if block.header.hash == hash => Ok((number, block.header.timestamp)),
            _ => Err(SourceError::Changed),
        }
    }
}

fn block_ref(block: &Block) -> BlockRef {
    let header = &block.header;
    BlockRef { number: header.number, hash: BlockHash(header.hash.0), time: header.timestamp }
}

fn evm_address(contract: &Contract) -> Result<EvmAddress, SourceError> {
    match contract.account.address() {
        Address::Evm(bytes) => Ok(bytes.into()),
        _ => Err(SourceError::not_of_this_chain(contract)),
    }
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
        let parent = BlockHash(newest.header.parent_hash.0);
        let newest = block_ref(&newest);
        let final_block = self.final_block(newest.number).await?.min(newest.number);
        Ok(Tip { newest, parent, final_block })
    }

    async fn block(&self, number: u64) -> Result<Option<BlockRef>, SourceError> {
        Ok(self.block_by(number.into()).await?.as_ref().map(block_ref))
    }

    async fn events(&self, contract: &Contract, from: u64, to: u64) -> Result<Range, SourceError> {
        let filter = Filter::new().from_block(from).to_block(to);
        let (events, last) = tokio::join!(self.logs(contract, filter), self.block(to));
        let events = match events {
            // Fewer blocks may be found in time.
            Err(SourceError::TimedOut { .. }) if from < to => {
                return Err(SourceError::RangeTooLarge { suggested: None });
            }
            events => events?,
        };
        if events.iter().any(|event| !(from..=to).contains(&event.block)) {
            return Err(SourceError::Invalid("logs outside the blocks asked for"));
        }
        let last = last?.ok_or(SourceError::Lags)?;
        Ok(Range { events, last: Some(last), next: to.saturating_add(1) })
    }

    async fn block_events(&self, contract: &Contract, block: &BlockRef) -> Result<Vec<Located>, SourceError> {
        let filter = Filter::new().at_block_hash(B256::from(block.hash.0));
        let events = self.logs(contract, filter).await?;
        if events.iter().any(|event| (event.block, event.block_hash) != (block.number, block.hash)) {
            return Err(SourceError::Invalid("logs outside the block asked for"));
        }
        Ok(events)
    }

    async fn history_head(
        &self,
        contract: &Contract,
        at: &BlockRef,
    ) -> Result<Option<HistoryHead>, SourceError> {
        // Both kinds of contract have this view.
        let instance = AccessGrantsInstance::new(evm_address(contract)?, &self.provider);
        let block = BlockId::hash(B256::from(at.hash.0));
        let call = instance.historyHead().into_transaction_request();
        let returned = self.answer(async { self.provider.call(call).block(block).await }).await?;
        match <[u8; 32]>::try_from(returned.as_ref()) {
            Ok(head) => Ok(Some(HistoryHead(head))),
            Err(_) if returned.is_empty() => Ok(None),
            Err(_) => Err(SourceError::Invalid("a history head that is not 32 bytes")),
        }
    }
}

//! A Stellar network, by [Stellar RPC](https://developers.stellar.org/docs/data/apis/rpc) alone. Its closed ledgers are final.

mod events;
mod gaps;
mod head;
mod ledger;
mod pages;
mod place;
mod rpc;
mod together;
mod xdr;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use idos_contracts_stellar::ContractId;
use idos_grants::{Address, ChainId, HistoryHead, account::StellarAddress};
use idos_mirror::{BlockRef, Contract, Located};
use url::Url;

use super::{Range, Source, SourceError, Tip};
use gaps::End;
use head::At;
use ledger::Ledger;
use rpc::{Rpc, Window};
use together::Together;

/// One RPC of a Stellar network.
pub struct StellarSource {
    rpc: Rpc,
    chain: ChainId,
    /// Every contract that is followed, in as many groups as there must be questions.
    groups: Vec<Together>,
    /// The newest ledger, which is asked for far more often than there is one.
    newest: Mutex<Option<(Window, Ledger)>>,
}

impl StellarSource {
    /// The RPC at `url`; nothing is asked yet. At the tip, `contracts` are asked about together.
    pub fn new(chain: ChainId, url: &Url, contracts: &[Contract]) -> Self {
        let ids: Vec<_> = contracts.iter().filter_map(|contract| id(contract).ok()).collect();
        let groups = ids.chunks(pages::CONTRACTS_MAX).map(|ids| Together::new(ids.to_vec())).collect();
        Self { rpc: Rpc::new(url), chain, groups, newest: Mutex::default() }
    }

    fn newest(&self) -> MutexGuard<'_, Option<(Window, Ledger)>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn group(&self, contract: ContractId) -> Result<&Together, SourceError> {
        let group = self.groups.iter().find(|group| group.contracts.contains(&contract));
        group.ok_or_else(|| SourceError::Unavailable(format!("nobody follows {contract}")))
    }
}

/// The contract's address, which is one of Stellar.
fn id(contract: &Contract) -> Result<ContractId, SourceError> {
    match contract.account.address() {
        Address::Stellar(StellarAddress::Contract(hash)) => Ok(ContractId(hash)),
        _ => Err(SourceError::not_of_this_chain(contract)),
    }
}

/// A ledger's number, which has 32 bits.
fn sequence(number: u64) -> Result<u32, SourceError> {
    u32::try_from(number).map_err(|_| SourceError::Lags)
}

#[async_trait]
impl Source for StellarSource {
    fn name(&self) -> &str {
        self.rpc.name()
    }

    async fn check_chain(&self) -> Result<(), SourceError> {
        // After a failure nothing is believed that was said before it.
        *self.newest() = None;
        self.groups.iter().for_each(Together::forget);
        let answered = self.rpc.chain().await?;
        if answered == self.chain {
            return Ok(());
        }
        Err(SourceError::WrongChain { rpc: self.name().to_owned(), expected: self.chain, answered })
    }

    async fn tip(&self) -> Result<Tip, SourceError> {
        let window = self.rpc.window().await?;
        let known = self.newest().filter(|(known, _)| known.is_at(&window));
        let ledger = match known {
            Some((_, ledger)) => ledger,
            None => {
                let ledger = self.rpc.ledger_from(window.latest).await?.ok_or(SourceError::Lags)?;
                if ledger.at.number != u64::from(window.latest) {
                    return Err(SourceError::Invalid("no ledger where its newest one is"));
                }
                *self.newest() = Some((window, ledger));
                ledger
            }
        };
        Ok(Tip { newest: ledger.at, parent: ledger.parent, final_block: ledger.at.number })
    }

    async fn block(&self, number: u64) -> Result<Option<BlockRef>, SourceError> {
        // Ledgers are counted from 1.
        let end = gaps::end(&self.rpc, sequence(number)?.max(1)).await?;
        Ok(end.and_then(|end| end.last))
    }

    async fn events(&self, contract: &Contract, from: u64, to: u64) -> Result<Range, SourceError> {
        let (id, first, last) = (id(contract)?, sequence(from)?.max(1), sequence(to)?);
        if last < first {
            return Ok(Range { events: Vec::new(), last: None, next: first.into() });
        }
        let contracts = [id.to_string()];
        let (told, end) =
            tokio::join!(pages::events(&self.rpc, &contracts, first, last), gaps::end(&self.rpc, last));
        let told = match told {
            // Fewer ledgers may be looked through in time.
            Err(SourceError::TimedOut { .. }) if first < last => {
                return Err(SourceError::RangeTooLarge { suggested: None });
            }
            told => told?,
        };
        let End { last, next } = end?.ok_or(SourceError::Lags)?;
        let last = last.filter(|last| last.number >= u64::from(first));
        let events = events::located(&told, id, contract.kind, last.as_ref())?;
        Ok(Range { events, last, next })
    }

    async fn block_events(&self, contract: &Contract, block: &BlockRef) -> Result<Vec<Located>, SourceError> {
        let id = id(contract)?;
        let told = self.group(id)?.events(&self.rpc, block).await?;
        events::located(&told, id, contract.kind, Some(block))
    }

    async fn history_head(
        &self,
        contract: &Contract,
        at: &BlockRef,
    ) -> Result<Option<HistoryHead>, SourceError> {
        let (id, ledger) = (id(contract)?, sequence(at.number)?);
        let newest = self.group(id)?.head(&self.rpc, id, at).await?;
        match newest.at(ledger) {
            At::Head(head) => Ok(head),
            At::WrittenSince => newest.before_what_was_written_since(&self.rpc, id, ledger).await,
            At::Ahead => Err(SourceError::Lags),
        }
    }
}

//! Questions to a Stellar RPC.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use idos_contracts_stellar::{ContractId, Method, Refusal};
use idos_grants::ChainId;
use sha2::{Digest, Sha256};
use stellar_rpc_client::{Client, Error, GetTransactionResponse, LedgerStart, SimulateTransactionResponse};
use stellar_xdr::{
    AccountEntry, Hash, LedgerEntryData, LedgerKey, LedgerKeyAccount, Limits, ReadXdr, TransactionEnvelope,
};
use url::Url;

use super::{super::ChainError, address::account_id, transaction};

/// How long an RPC may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a sent transaction may take: ledgers close about every five seconds.
const INCLUDED_TIMEOUT: Duration = Duration::from_secs(60);
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(200);
/// No honest answer is larger or nested deeper.
const ANSWER_LIMITS: Limits = Limits { depth: 500, len: 8 * 1024 * 1024 };

/// A network, as its RPC says.
#[derive(Clone)]
pub(super) struct Rpc {
    client: Client,
    chain: ChainId,
    network_id: [u8; 32],
}

impl std::fmt::Debug for Rpc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rpc").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl Rpc {
    pub(super) async fn connect(url: &Url) -> Result<Self, ChainError> {
        let client = Client::new(url.as_str()).map_err(unavailable)?;
        let network = in_time(client.get_network()).await?;
        Ok(Self {
            client,
            chain: ChainId::stellar(&network.passphrase),
            network_id: Sha256::digest(network.passphrase.as_bytes()).into(),
        })
    }

    pub(super) fn chain(&self) -> ChainId {
        self.chain
    }

    pub(super) fn network_id(&self) -> Hash {
        Hash(self.network_id)
    }

    pub(super) async fn newest_ledger(&self) -> Result<u32, ChainError> {
        Ok(in_time(self.client.get_latest_ledger()).await?.sequence)
    }

    /// When the newest ledger closed, in Unix seconds.
    pub(super) async fn now(&self) -> Result<u64, ChainError> {
        let newest = self.newest_ledger().await?;
        let asked = self.client.get_ledgers(LedgerStart::Ledger(newest), Some(1), None);
        in_time(asked).await?.latest_ledger_close_time.try_into().map_err(|_| ChainError::NoBlock)
    }

    /// An account's entry; `None` if it has never been funded.
    pub(super) async fn account(&self, key: [u8; 32]) -> Result<Option<AccountEntry>, ChainError> {
        let key = LedgerKey::Account(LedgerKeyAccount { account_id: account_id(key) });
        let entries = in_time(self.client.get_ledger_entries(&[key])).await?.entries.unwrap_or_default();
        let Some(entry) = entries.first() else { return Ok(None) };
        match LedgerEntryData::from_xdr_base64(&entry.xdr, ANSWER_LIMITS) {
            Ok(LedgerEntryData::Account(account)) => Ok(Some(account)),
            _ => Err(ChainError::Malformed),
        }
    }

    /// What a view answers at the newest ledger.
    pub(super) async fn view<M: Method>(
        &self,
        contract: ContractId,
        method: &M,
    ) -> Result<M::Answer, ChainError> {
        let envelope = transaction::question(contract, method)?;
        let simulated = self.simulate(&envelope).await?;
        let results = simulated.results().map_err(unavailable)?;
        let answer = results.first().ok_or(ChainError::Malformed)?;
        M::answer(&answer.xdr).map_err(|_| ChainError::Malformed)
    }

    /// What is paid for being included, in stroops, as nine of ten transactions paid of late.
    pub(super) async fn inclusion_fee(&self) -> Result<u32, ChainError> {
        let stats = in_time(self.client.get_fee_stats()).await?.soroban_inclusion_fee;
        Ok(stats.p90.parse().unwrap_or_default())
    }

    /// Runs a transaction without sending it: what it needs, or the refusal by name.
    pub(super) async fn simulate(
        &self,
        envelope: &TransactionEnvelope,
    ) -> Result<SimulateTransactionResponse, ChainError> {
        let simulated = in_time(self.client.simulate_transaction_envelope(envelope, None)).await?;
        match &simulated.error {
            Some(error) => Err(refused(error)),
            None => Ok(simulated),
        }
    }

    /// Hands a transaction in, and waits for nothing.
    pub(super) async fn submit(&self, envelope: &TransactionEnvelope) -> Result<Hash, ChainError> {
        match tokio::time::timeout(ANSWER_TIMEOUT, self.client.send_transaction(envelope)).await {
            Ok(Ok(hash)) => Ok(hash),
            Ok(Err(Error::TransactionSubmissionFailed(why))) => Err(ChainError::NotTaken(why)),
            Ok(Err(error)) => Err(unavailable(error)),
            Err(_) => Err(no_answer()),
        }
    }

    /// The ledger that a transaction is in; `None` if it is in none. It may be in one and have failed.
    pub(super) async fn included(&self, hash: &Hash) -> Result<Option<Result<u64, ChainError>>, ChainError> {
        let found = in_time(self.client.get_transaction(hash)).await?;
        Ok(match found.status.as_str() {
            "SUCCESS" => Some(Ok(found.ledger.ok_or(ChainError::NoBlock)?.into())),
            "FAILED" => Some(Err(failed(hash, &found))),
            _ => None,
        })
    }

    /// Sends a transaction and waits until it is in a ledger.
    pub(super) async fn send(
        &self,
        envelope: &TransactionEnvelope,
    ) -> Result<GetTransactionResponse, ChainError> {
        let hash = self.submit(envelope).await?;
        let since = Instant::now();
        while since.elapsed() < INCLUDED_TIMEOUT {
            let found = in_time(self.client.get_transaction(&hash)).await?;
            match found.status.as_str() {
                "SUCCESS" => return Ok(found),
                "FAILED" => return Err(failed(&hash, &found)),
                _ => tokio::time::sleep(ASK_AGAIN_AFTER).await,
            }
        }
        Err(ChainError::Rpc(format!("transaction {hash} is in no ledger yet: look for it later")))
    }
}

fn failed(hash: &Hash, found: &GetTransactionResponse) -> ChainError {
    match Refusal::of_diagnostics(&found.events.diagnostic_events) {
        Some(refusal) => named(refusal),
        None => ChainError::Reverted { transaction: hash.to_string() },
    }
}

/// A simulation's error: the contract's refusal if it is one.
fn refused(error: &str) -> ChainError {
    match Refusal::parse(error) {
        Some(refusal) => named(refusal),
        None if error.contains("MissingValue") => ChainError::Malformed,
        None => ChainError::NotTaken(error.lines().next().unwrap_or_default().to_owned()),
    }
}

fn named(refusal: Refusal) -> ChainError {
    ChainError::Refused { name: refusal.name(), arguments: String::new() }
}

async fn in_time<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, ChainError> {
    match tokio::time::timeout(ANSWER_TIMEOUT, asked).await {
        Ok(answer) => answer.map_err(unavailable),
        Err(_) => Err(no_answer()),
    }
}

fn no_answer() -> ChainError {
    ChainError::Rpc(format!("no answer in {} s", ANSWER_TIMEOUT.as_secs()))
}

fn unavailable(error: impl std::fmt::Display) -> ChainError {
    ChainError::Rpc(error.to_string())
}

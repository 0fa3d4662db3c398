//! The EVM contracts, on anvil.

mod calls;
mod rpc;

use alloy::{
    primitives::{Address as EvmAddress, B256, Bytes, U256, keccak256},
    sol_types::{SolCall, SolEventInterface, SolInterface},
};
use anyhow::{Context, Result, bail};
use idos_contracts_evm::{
    AccessGrants::{self, AccessGrantsErrors, AccessGrantsEvents},
    CredentialStatus::{self, CredentialStatusErrors, CredentialStatusEvents},
};
use idos_devnet_evm::{Anvil, BlockTime};
use idos_grants::{
    Address, DataId, Event, Grant, GrantChange, GrantEvent, HistoryHead, Purpose, Status, StatusEvent,
    status::Word,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{Answer, Call, Chain, Outcome, PEOPLE, Question, START, Step, answer::refusal, call::data_id};
use rpc::Rpc;

/// Gas of every call: more than any needs.
const GAS: &str = "0xe00000";

/// Anvil, and the contracts on it.
pub struct EvmChain {
    runtime: Runtime,
    rpc: Rpc,
    /// As it was before any script.
    snapshot: Value,
    grants: EvmAddress,
    statuses: EvmAddress,
    _anvil: Anvil,
}

impl EvmChain {
    /// Starts anvil and deploys.
    pub fn start() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // Blocks are made when a script says so, and nobody pays.
        let start = START.to_string();
        let arguments = [
            "--no-mining",
            "--auto-impersonate",
            "--base-fee",
            "0",
            "--gas-price",
            "0",
            "--timestamp",
            &start,
        ];
        let anvil = runtime.block_on(Anvil::start_with(None, BlockTime::PerTransaction, &arguments))?;
        let rpc = Rpc::new(anvil.rpc());
        let mut chain = Self {
            runtime,
            rpc,
            snapshot: Value::Null,
            grants: EvmAddress::ZERO,
            statuses: EvmAddress::ZERO,
            _anvil: anvil,
        };
        for person in 0..PEOPLE {
            chain.ask_one("anvil_setBalance", json!([account(person), "0xffffffffffffffffffffffff"]))?;
        }
        chain.grants = chain.deploy(&AccessGrants::BYTECODE)?;
        chain.statuses = chain.deploy(&CredentialStatus::BYTECODE)?;
        chain.snapshot = chain.ask_one("evm_snapshot", json!([]))?;
        Ok(chain)
    }

    fn ask_one(&self, method: &str, params: Value) -> Result<Value> {
        self.runtime.block_on(self.rpc.ask(method, params))
    }

    fn deploy(&self, code: &Bytes) -> Result<EvmAddress> {
        let hash = self.send(json!({ "from": account(0), "data": code, "gas": GAS }), None)?;
        let receipt = self.ask_one("eth_getTransactionReceipt", json!([hash]))?;
        serde_json::from_value(receipt["contractAddress"].clone()).context("no contract was deployed")
    }

    /// Sends a transaction in a block of its own, and answers its hash.
    fn send(&self, transaction: Value, at: Option<u64>) -> Result<Value> {
        let hash = self.ask_one("eth_sendTransaction", json!([transaction]))?;
        self.ask_one("evm_mine", at.map_or(json!([]), |at| json!([{ "timestamp": at }])))?;
        Ok(hash)
    }

    fn contract(&self, call: &Call) -> EvmAddress {
        match call {
            Call::SetStatus { .. } | Call::SetStatusWords { .. } => self.statuses,
            _ => self.grants,
        }
    }
}

fn account(person: u8) -> EvmAddress {
    EvmAddress::repeat_byte(0x11 * (person + 1))
}

impl Chain for EvmChain {
    fn name(&self) -> &'static str {
        "EVM"
    }

    fn address(&self, person: u8) -> Address {
        Address::Evm(account(person).into())
    }

    fn max_batch(&self) -> usize {
        idos_grants::ledger::MAX_BATCH
    }

    fn tells_arguments(&self) -> bool {
        true
    }

    fn begin(&mut self, _: u64) -> Result<()> {
        // Back to before every script.
        let is_back = self.ask_one("evm_revert", json!([self.snapshot]))?;
        anyhow::ensure!(is_back == json!(true), "anvil does not go back: {is_back}");
        // Going back uses the snapshot up.
        self.snapshot = self.ask_one("evm_snapshot", json!([]))?;
        Ok(())
    }

    fn play(&mut self, step: &Step) -> Result<Outcome> {
        let data: Bytes = calls::data(&step.call).into();
        let transaction =
            json!({ "from": account(step.by), "to": self.contract(&step.call), "data": data, "gas": GAS });
        let hash = self.send(transaction.clone(), Some(step.at))?;
        let receipt = self.ask_one("eth_getTransactionReceipt", json!([hash]))?;
        if receipt["status"] == json!("0x1") {
            let logs = receipt["logs"].as_array().context("a receipt without logs")?;
            return Ok(Outcome::Done(logs.iter().map(|log| event(log, step.at)).collect::<Result<_>>()?));
        }
        // A refused call changes nothing, so it is refused again on top of its own block.
        let again =
            self.runtime.block_on(self.rpc.revert_data(json!([transaction, receipt["blockNumber"]])))?;
        refused(&again).map(Outcome::Refused)
    }

    fn ask(&mut self, questions: &[Question]) -> Result<Vec<Answer>> {
        let calls: Vec<Value> = questions.iter().flat_map(|question| self.views(question)).collect();
        let answers = self.runtime.block_on(self.rpc.calls(calls))?;
        let mut answers = answers.into_iter();
        questions.iter().map(|question| answer(question, &mut answers)).collect()
    }
}

impl EvmChain {
    fn views(&self, question: &Question) -> Vec<Value> {
        let call = |to: EvmAddress, data: Vec<u8>| json!({ "to": to, "data": Bytes::from(data) });
        match *question {
            Question::Grant { owner, grant } => {
                let (owner, grantee, id) =
                    (account(owner), account(grant.grantee), B256::from(data_id(grant.data).0));
                let has = AccessGrants::hasAccessCall { owner, grantee, dataId: id }.abi_encode();
                let of = AccessGrants::grantOfCall { owner, grantee, dataId: id }.abi_encode();
                vec![call(self.grants, has), call(self.grants, of)]
            }
            Question::Status { issuer, list, index } => {
                let issuer = account(issuer);
                vec![call(self.statuses, CredentialStatus::statusOfCall { issuer, list, index }.abi_encode())]
            }
            Question::Word { issuer, list, purpose, word_index } => {
                let (issuer, purpose) = (account(issuer), purpose.code());
                let view = CredentialStatus::statusWordCall { issuer, list, purpose, wordIndex: word_index };
                vec![call(self.statuses, view.abi_encode())]
            }
            Question::GrantsHead => vec![call(self.grants, AccessGrants::historyHeadCall {}.abi_encode())],
            Question::StatusesHead => {
                vec![call(self.statuses, AccessGrants::historyHeadCall {}.abi_encode())]
            }
        }
    }
}

fn answer(question: &Question, answers: &mut impl Iterator<Item = Bytes>) -> Result<Answer> {
    let mut next = || answers.next().context("an answer is missing");
    Ok(match question {
        Question::Grant { .. } => {
            let has_access = AccessGrants::hasAccessCall::abi_decode_returns(&next()?)?;
            let of = AccessGrants::grantOfCall::abi_decode_returns(&next()?)?;
            let grant = Grant { created_at: of.createdAt, locked_until: of.lockedUntil };
            Answer::Grant { has_access, grant: of.exists.then_some(grant) }
        }
        Question::Status { .. } => match CredentialStatus::statusOfCall::abi_decode_returns(&next()?)? {
            0 => Answer::Status(Status::Valid),
            1 => Answer::Status(Status::Suspended),
            2 => Answer::Status(Status::Revoked),
            other => bail!("no such status: {other}"),
        },
        Question::Word { .. } => {
            let word: U256 = CredentialStatus::statusWordCall::abi_decode_returns(&next()?)?;
            Answer::Word(word.to_be_bytes())
        }
        Question::GrantsHead | Question::StatusesHead => {
            let head = AccessGrants::historyHeadCall::abi_decode_returns(&next()?)?;
            Answer::Head(HistoryHead(head.0))
        }
    })
}

fn event(log: &Value, at: u64) -> Result<Event> {
    let log: alloy::rpc::types::Log = serde_json::from_value(log.clone())?;
    let topic = log.topic0().copied().unwrap_or_else(|| keccak256([]));
    if AccessGrantsEvents::SELECTORS.contains(&topic.0) {
        let (change, owner, grantee, id, locked_until) =
            match AccessGrantsEvents::decode_log(&log.inner)?.data {
                AccessGrantsEvents::GrantCreated(event) => {
                    (GrantChange::Created, event.owner, event.grantee, event.dataId, event.lockedUntil)
                }
                AccessGrantsEvents::TimelockExtended(event) => {
                    (GrantChange::Extended, event.owner, event.grantee, event.dataId, event.lockedUntil)
                }
                AccessGrantsEvents::GrantRevoked(event) => {
                    (GrantChange::Revoked, event.owner, event.grantee, event.dataId, event.lockedUntil)
                }
                _ => bail!("another event of AccessGrants"),
            };
        let (owner, grantee) = (Address::Evm(owner.into()), Address::Evm(grantee.into()));
        return Ok(Event::Grant(GrantEvent {
            change,
            owner,
            grantee,
            data_id: DataId(id.0),
            locked_until,
            at,
        }));
    }
    let CredentialStatusEvents::StatusChanged(event) = CredentialStatusEvents::decode_log(&log.inner)?.data;
    Ok(Event::Status(StatusEvent {
        issuer: Address::Evm(event.issuer.into()),
        list: event.list,
        purpose: Purpose::from_code(event.purpose).context("no such purpose")?,
        word_index: event.wordIndex,
        word: Word(event.word.to_be_bytes()),
        at,
    }))
}

/// The refusal that a call reverts with.
fn refused(data: &[u8]) -> Result<String> {
    if let Ok(error) = AccessGrantsErrors::abi_decode(data) {
        return grant_refusal(error);
    }
    Ok(match CredentialStatusErrors::abi_decode(data)? {
        CredentialStatusErrors::BatchTooLarge(error) => too_large(error.size, error.max),
        CredentialStatusErrors::EmptyBatch(_) => "EmptyBatch".to_owned(),
        CredentialStatusErrors::CredentialRevoked(error) => {
            refusal("CredentialRevoked", &[error.list.to_string(), error.index.to_string()])
        }
        CredentialStatusErrors::IndexOutOfRange(error) => {
            refusal("IndexOutOfRange", &[error.index.to_string()])
        }
        CredentialStatusErrors::RevocationIsFinal(error) => {
            refusal("RevocationIsFinal", &[error.list.to_string(), error.wordIndex.to_string()])
        }
        CredentialStatusErrors::InvalidWordChange(_) => "InvalidWordChange".to_owned(),
    })
}

fn grant_refusal(error: AccessGrantsErrors) -> Result<String> {
    Ok(match error {
        AccessGrantsErrors::GrantExists(_) => "GrantExists".to_owned(),
        AccessGrantsErrors::GrantNotFound(_) => "GrantNotFound".to_owned(),
        AccessGrantsErrors::GrantLocked(error) => refusal("GrantLocked", &[error.lockedUntil.to_string()]),
        AccessGrantsErrors::InvalidTimelock(error) => {
            refusal("InvalidTimelock", &[error.lockedUntil.to_string()])
        }
        AccessGrantsErrors::InvalidGrantee(error) => {
            refusal("InvalidGrantee", &[Address::Evm(error.grantee.into()).to_string()])
        }
        AccessGrantsErrors::BatchTooLarge(error) => too_large(error.size, error.max),
        AccessGrantsErrors::EmptyBatch(_) => "EmptyBatch".to_owned(),
        other => bail!("a refusal that no call of a script can meet: {:?}", other.selector()),
    })
}

fn too_large(size: U256, max: U256) -> String {
    refusal("BatchTooLarge", &[size.to_string(), max.to_string()])
}

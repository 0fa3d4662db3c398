//! The NEAR contracts, in NEAR's virtual machine.

mod calls;

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use idos_contracts_near::{
    MAX_BATCH, Method, Refusal, access_grants,
    access_grants::{GrantOf, HasAccess, HistoryHead as HistoryHeadView},
    credential_status,
    credential_status::{StatusOf, StatusWord},
    storage::StorageDeposit,
};
use idos_devnet_near::chain::{Chain as NearNetwork, Genesis, GenesisAccount, TransactionStatus};
use idos_grants::{Address, Event, Grant, HistoryHead, Namespace, Status};
use near_crypto::{InMemorySigner, KeyType, Signer};
use near_jsonrpc_primitives::types::query::QueryResponseKind;
use near_primitives::{
    action::{Action, DeployContractAction, FunctionCallAction},
    transaction::{SignedTransaction, Transaction, TransactionV0},
    types::{AccountId, Balance, BlockReference, Gas},
    views::{ExecutionStatusView, FinalExecutionOutcomeWithReceiptView, FinalExecutionStatus, QueryRequest},
};

use super::{Answer, Call, Chain, Outcome, PEOPLE, Question, START, Step, answer::refusal};
use calls::{account_id, bytes};

/// Contracts are deployed so many times on a chain: compiling them takes longer than a script.
const DEPLOYMENTS: usize = 64;

const NANOS_PER_SEC: u64 = 1_000_000_000;

/// Blocks in which everything that a call starts has run.
const BLOCKS_MAX: usize = 20;

/// A deposit that pays for all that a script stores, in yoctoNEAR.
const DEPOSIT: u128 = 100 * 10_u128.pow(24);

/// A chain in this process.
pub struct NearChain {
    network: NearNetwork,
    nonces: BTreeMap<String, u64>,
    /// Which of the contracts' accounts are in use.
    deployment: usize,
}

impl NearChain {
    /// A chain with the contracts, and deposits for everybody.
    pub fn start() -> Result<Self> {
        let contracts = (0..DEPLOYMENTS).flat_map(|number| [grants(number), statuses(number)]);
        let people = (0..PEOPLE).map(|number| person(number).to_owned());
        let accounts = people.chain(contracts).map(|name| {
            Ok(GenesisAccount {
                account_id: name.parse()?,
                balance: Balance::from_near(1_000_000),
                public_keys: vec![signer(&name)?.public_key()],
            })
        });
        let genesis = Genesis {
            chain_id: "differential".to_owned(),
            height: 0,
            timestamp_ns: (START - 1_000) * NANOS_PER_SEC,
            accounts: accounts.collect::<Result<_>>()?,
        };
        let mut chain = Self { network: NearNetwork::new(genesis)?, nonces: BTreeMap::new(), deployment: 0 };
        chain.deploy()?;
        Ok(chain)
    }

    fn deploy(&mut self) -> Result<()> {
        let contracts = [(self.grants(), access_grants::WASM), (self.statuses(), credential_status::WASM)];
        for (account, wasm) in contracts {
            let deploy = Action::DeployContract(DeployContractAction { code: wasm.to_vec() });
            self.send(&account, &account, deploy)?;
            for name in (0..PEOPLE).map(person) {
                let deposit = StorageDeposit { account_id: Some(name.parse()?), registration_only: None };
                self.send(name, &account, call(&deposit, DEPOSIT)?)?;
            }
        }
        Ok(())
    }

    fn grants(&self) -> String {
        grants(self.deployment)
    }

    fn statuses(&self) -> String {
        statuses(self.deployment)
    }

    /// Sends a transaction, and runs all that it starts.
    fn send(&mut self, by: &str, to: &str, action: Action) -> Result<FinalExecutionOutcomeWithReceiptView> {
        let nonce = self.nonces.entry(by.to_owned()).or_default();
        *nonce += 1;
        let signer = signer(by)?;
        let newest = self.network.block(&BlockReference::latest()).context("a chain without a block")?;
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: by.parse()?,
            public_key: signer.public_key(),
            nonce: *nonce,
            receiver_id: to.parse()?,
            block_hash: newest.header.hash,
            actions: vec![action],
        });
        let (hash, _) = transaction.get_hash_and_size();
        let hash = self.network.submit(SignedTransaction::new(signer.sign(hash.as_ref()), transaction));
        let hash = hash.map_err(|error| anyhow!("not taken: {error:?}"))?;
        for _ in 0..BLOCKS_MAX {
            if self.network.is_idle() {
                break;
            }
            // A nanosecond later: in the same second.
            self.network.produce_block(0)?;
        }
        match self.network.transaction(&hash) {
            Some(TransactionStatus::Included { outcome, .. }) => Ok(*outcome),
            other => bail!("not included: {other:?}"),
        }
    }

    fn view<M: Method>(&self, contract: &str, method: &M) -> Result<M::Answer> {
        let request = QueryRequest::CallFunction {
            account_id: contract.parse()?,
            method_name: M::NAME.to_owned(),
            args: method.args()?.into(),
        };
        let response = self.network.query(&BlockReference::latest(), &request);
        match response.map_err(|error| anyhow!("{}: {error}", M::NAME))?.kind {
            QueryResponseKind::CallResult(answer) => Ok(M::answer(&answer.result)?),
            other => bail!("not an answer: {other:?}"),
        }
    }

    fn answer(&self, question: &Question) -> Result<Answer> {
        Ok(match *question {
            Question::Grant { owner, grant } => {
                let (owner, grantee, data_id) =
                    (account_id(owner)?, account_id(grant.grantee)?, bytes(grant.data));
                let has = HasAccess { owner: owner.clone(), grantee: grantee.clone(), data_id };
                let of = self.view(&self.grants(), &GrantOf { owner, grantee, data_id })?;
                let grant =
                    of.map(|grant| Grant { created_at: grant.created_at, locked_until: grant.locked_until });
                Answer::Grant { has_access: self.view(&self.grants(), &has)?, grant }
            }
            Question::Status { issuer, list, index } => {
                let view = StatusOf { issuer: account_id(issuer)?, list, index };
                Answer::Status(match self.view(&self.statuses(), &view)? {
                    credential_status::Status::Valid => Status::Valid,
                    credential_status::Status::Suspended => Status::Suspended,
                    credential_status::Status::Revoked => Status::Revoked,
                })
            }
            Question::Word { issuer, list, purpose, word_index } => {
                let (issuer, purpose) = (account_id(issuer)?, calls::purpose(purpose));
                Answer::Word(
                    self.view(&self.statuses(), &StatusWord { issuer, list, purpose, word_index })?.0,
                )
            }
            Question::GrantsHead => {
                Answer::Head(HistoryHead(self.view(&self.grants(), &HistoryHeadView {})?.0))
            }
            Question::StatusesHead => {
                Answer::Head(HistoryHead(self.view(&self.statuses(), &HistoryHeadView {})?.0))
            }
        })
    }
}

fn grants(number: usize) -> String {
    format!("grants-{number}.near")
}

fn statuses(number: usize) -> String {
    format!("statuses-{number}.near")
}

fn person(person: u8) -> &'static str {
    ["alice.near", "bank.near", "carol.near", "kyc.issuers.near"][usize::from(person % PEOPLE)]
}

fn signer(account: &str) -> Result<Signer> {
    let id: AccountId = account.parse()?;
    Ok(InMemorySigner::from_seed(id, KeyType::ED25519, account))
}

fn call<M: Method>(method: &M, deposit: u128) -> Result<Action> {
    Ok(Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: M::NAME.to_owned(),
        args: method.args()?,
        gas: Gas::from_gas(method.gas().min(300 * idos_contracts_near::method::TGAS)),
        deposit: Balance::from_yoctonear(deposit),
    })))
}

impl Chain for NearChain {
    fn name(&self) -> &'static str {
        "NEAR"
    }

    fn address(&self, number: u8) -> Address {
        // The names are ids.
        Address::parse(Namespace::Near, person(number)).unwrap_or(Address::Evm([0; 20]))
    }

    fn max_batch(&self) -> usize {
        MAX_BATCH
    }

    fn tells_arguments(&self) -> bool {
        true
    }

    fn begin(&mut self, at: u64) -> Result<()> {
        self.deployment += 1;
        if self.deployment == DEPLOYMENTS || self.network.head_timestamp_ns() >= (at - 1) * NANOS_PER_SEC {
            *self = Self::start()?;
            return Ok(());
        }
        self.deploy()
    }

    fn play(&mut self, step: &Step) -> Result<Outcome> {
        // The call is taken into this block and runs in the next, a nanosecond later.
        self.network.produce_block(step.at * NANOS_PER_SEC)?;
        let contract = match step.call {
            Call::SetStatus { .. } | Call::SetStatusWords { .. } => self.statuses(),
            _ => self.grants(),
        };
        let outcome = self.send(person(step.by), &contract, calls::action(&step.call)?)?;
        match &outcome.final_outcome.status {
            FinalExecutionStatus::SuccessValue(_) => {}
            other => return refused(&format!("{other:?}")).map(Outcome::Refused),
        }
        let own =
            outcome.final_outcome.receipts_outcome.iter().map(|receipt| &receipt.outcome).filter(|outcome| {
                outcome.executor_id == *contract && !matches!(outcome.status, ExecutionStatusView::Failure(_))
            });
        let logs = own.flat_map(|outcome| &outcome.logs);
        let events = logs.map(|log| calls::events(log, step.at)).collect::<Result<Vec<_>>>()?;
        Ok(Outcome::Done(events.into_iter().flatten().collect::<Vec<Event>>()))
    }

    fn ask(&mut self, questions: &[Question]) -> Result<Vec<Answer>> {
        questions.iter().map(|question| self.answer(question)).collect()
    }
}

fn refused(error: &str) -> Result<String> {
    Ok(match Refusal::parse(error).with_context(|| format!("no refusal of the contract: {error}"))? {
        Refusal::GrantExists => "GrantExists".to_owned(),
        Refusal::GrantNotFound => "GrantNotFound".to_owned(),
        Refusal::GrantLocked(until) => refusal("GrantLocked", &[until.to_string()]),
        Refusal::InvalidTimelock(until) => refusal("InvalidTimelock", &[until.to_string()]),
        Refusal::InvalidGrantee(grantee) => refusal("InvalidGrantee", &[grantee.to_string()]),
        Refusal::EmptyBatch => "EmptyBatch".to_owned(),
        Refusal::BatchTooLarge { size, max } => {
            refusal("BatchTooLarge", &[size.to_string(), max.to_string()])
        }
        Refusal::CredentialRevoked { list, index } => {
            refusal("CredentialRevoked", &[list.to_string(), index.to_string()])
        }
        Refusal::IndexOutOfRange(index) => refusal("IndexOutOfRange", &[index.to_string()]),
        Refusal::RevocationIsFinal { list, word_index } => {
            refusal("RevocationIsFinal", &[list.to_string(), word_index.to_string()])
        }
        Refusal::InvalidWordChange => "InvalidWordChange".to_owned(),
        other => bail!("a refusal that no call of a script should meet: {other}"),
    })
}

//! The Stellar contracts, on Soroban's own host.

mod calls;
mod transactions;

use anyhow::{Context, Result, anyhow, bail};
use idos_contracts_stellar::{
    Account, ContractId, MAX_BATCH, Method, Refusal, access_grants,
    access_grants::{GrantOf, HasAccess, HistoryHead as HistoryHeadView},
    credential_status,
    credential_status::{StatusOf, StatusWord},
};
use idos_devnet_stellar::{
    FundedAccount,
    chain::{AppliedTransaction, Genesis, Network, Settings, SimulateOptions, TransactionStatus},
};
use idos_grants::{Address, Grant, HistoryHead, Status, account::StellarAddress};
use stellar_xdr::{
    ContractEventBody, ContractExecutable, ContractIdPreimage, ContractIdPreimageFromAddress,
    CreateContractArgs, Hash, HostFunction, LedgerEntryData, LedgerKey, LedgerKeyAccount,
    LedgerKeyContractCode, OperationBody, ScAddress, ScVal, TransactionMeta, Uint256,
};

use super::{Answer, Call, Chain, Outcome, PEOPLE, Question, START, Step, call::data_id};
use transactions::Resources;

/// In stroops: nobody runs out of it.
const BALANCE: i64 = 10_000_000 * 10_000_000;

/// A network in this process.
pub struct StellarChain {
    network: Network,
    people: Vec<FundedAccount>,
    grants: Deployed,
    statuses: Deployed,
}

/// A contract on the network.
#[derive(Debug, Clone)]
struct Deployed {
    id: ContractId,
    code: LedgerKey,
}

impl StellarChain {
    /// A network with the contracts, and lumens for everybody.
    pub fn start() -> Result<Self> {
        let passphrase = "Standalone Network ; February 2017".to_owned();
        let genesis = Genesis { passphrase, close_time: START - 1_000, settings: Settings::default() };
        let mut network = Network::new(genesis)?;
        let root = FundedAccount::from_seed("root", network.root_seed());
        let people: Vec<_> =
            (0..PEOPLE).map(|person| FundedAccount::well_known(format!("person {person}"))).collect();
        let create = people.iter().map(|person| transactions::create_account(person, BALANCE)).collect();
        apply(&mut network, &root, create, Resources::None)?;
        let grants = deploy(&mut network, &root, access_grants::WASM, 1)?;
        let statuses = deploy(&mut network, &root, credential_status::WASM, 2)?;
        Ok(Self { network, people, grants, statuses })
    }

    fn person(&self, person: u8) -> &FundedAccount {
        &self.people[usize::from(person) % self.people.len()]
    }

    fn account(&self, person: u8) -> Account {
        Account::Account(self.person(person).public_key())
    }

    fn view<M: Method>(&self, contract: &Deployed, method: &M) -> Result<M::Answer> {
        let operation = transactions::invoke(method.host_function(contract.id)?, Vec::new())?;
        let transaction = transactions::transaction(self.person(0), 0, vec![operation], Resources::None)?;
        let envelope = self.person(0).sign(transaction, &self.network.network_id())?;
        let simulated = self.network.simulate(&envelope, &SimulateOptions::default());
        let invocation = simulated.invocation.ok_or_else(|| anyhow!("{}: {:?}", M::NAME, simulated.error))?;
        Ok(M::answer(&invocation.return_value)?)
    }

    fn answer(&self, question: &Question) -> Result<Answer> {
        Ok(match *question {
            Question::Grant { owner, grant } => {
                let (owner, grantee, data_id) =
                    (self.account(owner), self.account(grant.grantee), data_id(grant.data).0);
                let has_access = self.view(&self.grants, &HasAccess { owner, grantee, data_id })?;
                let of = self.view(&self.grants, &GrantOf { owner, grantee, data_id })?;
                let grant =
                    of.map(|grant| Grant { created_at: grant.created_at, locked_until: grant.locked_until });
                Answer::Grant { has_access, grant }
            }
            Question::Status { issuer, list, index } => {
                let view = StatusOf { issuer: self.account(issuer), list, index };
                Answer::Status(match self.view(&self.statuses, &view)? {
                    credential_status::Status::Valid => Status::Valid,
                    credential_status::Status::Suspended => Status::Suspended,
                    credential_status::Status::Revoked => Status::Revoked,
                })
            }
            Question::Word { issuer, list, purpose, word_index } => {
                let (issuer, purpose) = (self.account(issuer), calls::purpose(purpose));
                Answer::Word(self.view(&self.statuses, &StatusWord { issuer, list, purpose, word_index })?)
            }
            Question::GrantsHead => Answer::Head(HistoryHead(self.view(&self.grants, &HistoryHeadView)?)),
            Question::StatusesHead => Answer::Head(HistoryHead(self.view(&self.statuses, &HistoryHeadView)?)),
        })
    }
}

/// Applies a transaction in a ledger of its own, a second after the newest.
fn apply(
    network: &mut Network,
    source: &FundedAccount,
    operations: Vec<OperationBody>,
    resources: Resources,
) -> Result<AppliedTransaction> {
    let key = LedgerKey::Account(LedgerKeyAccount { account_id: source.account_id() });
    let sequence = match network.entry(&key).map(|stored| stored.entry.data) {
        Some(LedgerEntryData::Account(account)) => account.seq_num.0 + 1,
        _ => bail!("{} has no account", source.address()),
    };
    let transaction = transactions::transaction(source, sequence, operations, resources)?;
    let hash = network.submit(source.sign(transaction, &network.network_id())?)?;
    network.close_ledger(0)?;
    applied(network, &hash)
}

fn applied(network: &Network, hash: &Hash) -> Result<AppliedTransaction> {
    match network.transaction(hash) {
        Some(TransactionStatus::Applied(applied)) => Ok(applied.clone()),
        _ => bail!("a transaction that was not applied"),
    }
}

/// Runs a host function with what a simulation says that it needs, and answers what it returns.
fn run(network: &mut Network, source: &FundedAccount, function: HostFunction) -> Result<ScVal> {
    let operation = transactions::invoke(function.clone(), Vec::new())?;
    let transaction = transactions::transaction(source, 0, vec![operation], Resources::None)?;
    let envelope = source.sign(transaction, &network.network_id())?;
    let simulated = network.simulate(&envelope, &SimulateOptions::default());
    let invocation = simulated.invocation.ok_or_else(|| anyhow!("{:?}", simulated.error))?;
    let data = simulated.transaction_data.context("a simulation without resources")?;
    let operation = transactions::invoke(function, invocation.auth)?;
    let applied = apply(network, source, vec![operation], Resources::Simulated(data))?;
    anyhow::ensure!(applied.is_success(), "{:?}", applied.result);
    Ok(invocation.return_value)
}

fn deploy(network: &mut Network, by: &FundedAccount, wasm: &[u8], salt: u8) -> Result<Deployed> {
    let uploaded = run(network, by, HostFunction::UploadContractWasm(wasm.to_vec().try_into()?))?;
    let ScVal::Bytes(hash) = uploaded else { bail!("no hash of code: {uploaded:?}") };
    let hash = Hash(hash.as_slice().try_into()?);
    let preimage = ContractIdPreimageFromAddress {
        address: ScAddress::Account(by.account_id()),
        salt: Uint256([salt; 32]),
    };
    let create = CreateContractArgs {
        contract_id_preimage: ContractIdPreimage::Address(preimage),
        executable: ContractExecutable::Wasm(hash.clone()),
    };
    let created = run(network, by, HostFunction::CreateContract(create))?;
    let ScVal::Address(ScAddress::Contract(id)) = created else { bail!("no contract: {created:?}") };
    Ok(Deployed { id: ContractId(id.0.0), code: LedgerKey::ContractCode(LedgerKeyContractCode { hash }) })
}

impl Chain for StellarChain {
    fn name(&self) -> &'static str {
        "Stellar"
    }

    fn address(&self, person: u8) -> Address {
        Address::Stellar(StellarAddress::Account(self.person(person).public_key()))
    }

    fn max_batch(&self) -> usize {
        MAX_BATCH
    }

    fn tells_arguments(&self) -> bool {
        false
    }

    fn begin(&mut self, _: u64) -> Result<()> {
        *self = Self::start()?;
        Ok(())
    }

    fn play(&mut self, step: &Step) -> Result<Outcome> {
        let accounts: Vec<_> = (0..PEOPLE).map(|person| self.account(person)).collect();
        let contract = match step.call {
            Call::SetStatus { .. } | Call::SetStatusWords { .. } => &self.statuses,
            _ => &self.grants,
        };
        let invocation = calls::invocation(step, &accounts, contract.id)?;
        let written = calls::written(step, &accounts, contract.id)?;
        let resources = Resources::of_call(contract.id, &contract.code, written);
        let operation = transactions::invoke_as_source(invocation)?;
        let source = self.person(step.by).clone();
        let key = LedgerKey::Account(LedgerKeyAccount { account_id: source.account_id() });
        let Some(LedgerEntryData::Account(account)) =
            self.network.entry(&key).map(|stored| stored.entry.data)
        else {
            bail!("{} has no account", source.address())
        };
        let contract = contract.id;
        let transaction =
            transactions::transaction(&source, account.seq_num.0 + 1, vec![operation], resources)?;
        let hash = self.network.submit(source.sign(transaction, &self.network.network_id())?)?;
        self.network.close_ledger(step.at)?;
        let applied = applied(&self.network, &hash)?;
        anyhow::ensure!(applied.close_time == step.at, "closed at {}, not {}", applied.close_time, step.at);
        outcome(&applied, contract)
    }

    fn ask(&mut self, questions: &[Question]) -> Result<Vec<Answer>> {
        questions.iter().map(|question| self.answer(question)).collect()
    }
}

fn outcome(applied: &AppliedTransaction, contract: ContractId) -> Result<Outcome> {
    let TransactionMeta::V4(meta) = &applied.meta else { bail!("another meta than version 4") };
    if !applied.is_success() {
        let refusal = Refusal::of_diagnostics(meta.diagnostic_events.iter());
        let refusal = refusal.with_context(|| format!("no refusal of the contract: {applied:?}"))?;
        return Ok(Outcome::Refused(refusal.name().to_owned()));
    }
    let events = meta.operations.iter().flat_map(|operation| operation.events.iter());
    let own = events.filter(|event| event.contract_id.as_ref().is_some_and(|id| id.0.0 == contract.0));
    let read = own.map(|event| {
        let ContractEventBody::V0(body) = &event.body;
        calls::event(&body.topics, &body.data, applied.close_time)
    });
    Ok(Outcome::Done(read.collect::<Result<_>>()?))
}

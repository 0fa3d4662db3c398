//! What became of a call.

use idos_contracts_stellar::{ContractId, Method, Refusal, access_grants, credential_status};
use idos_devnet_stellar::chain::AppliedTransaction;
use idos_grants::{Address, DataId, GrantChange, GrantEvent, Namespace, StatusEvent};
use stellar_xdr::{ContractEvent, ContractEventBody, ScVal, TransactionMeta, TransactionMetaV4};

/// A call that was done.
#[derive(Debug)]
pub struct Done<T> {
    pub answer: T,
    pub applied: AppliedTransaction,
}

/// A call that was not.
#[derive(Debug)]
pub struct Refused {
    pub refusal: Option<Refusal>,
    pub error: String,
}

impl<T> Done<T> {
    pub fn of<M: Method<Answer = T>>(applied: AppliedTransaction) -> Result<Self, Refused> {
        let answer = M::answer(&done(&applied)?).unwrap();
        Ok(Self { answer, applied })
    }

    pub fn grant_events(&self, contract: ContractId) -> Vec<GrantEvent> {
        let at = self.applied.close_time;
        let parse = |(topics, data): (Vec<ScVal>, ScVal)| {
            let event = access_grants::Event::parse(&topics, &data).unwrap().unwrap();
            let change = match event {
                access_grants::Event::GrantCreated(_) => GrantChange::Created,
                access_grants::Event::TimelockExtended(_) => GrantChange::Extended,
                access_grants::Event::GrantRevoked(_) => GrantChange::Revoked,
            };
            let access_grants::GrantData { owner, grantee, data_id, locked_until } = *event.data();
            GrantEvent {
                change,
                owner: address(owner),
                grantee: address(grantee),
                data_id: DataId(data_id),
                locked_until,
                at,
            }
        };
        events(contract, &self.applied).into_iter().map(parse).collect()
    }

    pub fn status_events(&self, contract: ContractId) -> Vec<StatusEvent> {
        let at = self.applied.close_time;
        let parse = |(topics, data): (Vec<ScVal>, ScVal)| {
            let data = *credential_status::Event::parse(&topics, &data).unwrap().unwrap().data();
            StatusEvent {
                issuer: address(data.issuer),
                list: data.list,
                purpose: match data.purpose {
                    credential_status::Purpose::Revocation => idos_grants::Purpose::Revocation,
                    credential_status::Purpose::Suspension => idos_grants::Purpose::Suspension,
                },
                word_index: data.word_index,
                word: idos_grants::status::Word(data.word),
                at,
            }
        };
        events(contract, &self.applied).into_iter().map(parse).collect()
    }
}

pub fn address(account: idos_contracts_stellar::Account) -> Address {
    Address::parse(Namespace::Stellar, &account.to_string()).unwrap()
}

/// The answer of a transaction that succeeded.
pub fn done(applied: &AppliedTransaction) -> Result<ScVal, Refused> {
    let meta = meta(applied);
    if applied.is_success() {
        return Ok(meta.soroban_meta.as_ref().unwrap().return_value.clone().unwrap());
    }
    let refusal = Refusal::of_diagnostics(meta.diagnostic_events.iter());
    Err(Refused { refusal, error: format!("{:?}: {:?}", applied.result, meta.diagnostic_events) })
}

/// From a simulation's error.
pub fn refused(error: &str) -> Refused {
    Refused { refusal: Refusal::parse(error), error: error.to_owned() }
}

pub fn meta(applied: &AppliedTransaction) -> &TransactionMetaV4 {
    match &applied.meta {
        TransactionMeta::V4(meta) => meta,
        other => panic!("not meta of version 4: {other:?}"),
    }
}

/// All events of contracts.
pub fn all_events(applied: &AppliedTransaction) -> Vec<ContractEvent> {
    meta(applied).operations.iter().flat_map(|operation| operation.events.to_vec()).collect()
}

/// Topics and data of the events that one contract emitted.
pub fn events(contract: ContractId, applied: &AppliedTransaction) -> Vec<(Vec<ScVal>, ScVal)> {
    let own = all_events(applied).into_iter();
    let own = own.filter(|event| event.contract_id.as_ref().is_some_and(|id| id.0.0 == contract.0));
    own.map(|event| {
        let ContractEventBody::V0(body) = event.body;
        (body.topics.to_vec(), body.data)
    })
    .collect()
}

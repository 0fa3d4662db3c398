//! Which events somebody wants.

use std::str::FromStr;

use stellar_xdr::{ContractEvent, ContractEventBody, ContractEventType, ContractId, Hash};

use super::topics::TopicFilter;
use crate::rpc::{error::RpcError, params::Params};

const FILTERS_MAX: usize = 5;
const CONTRACTS_MAX: usize = 5;
const TOPICS_MAX: usize = 5;

/// What an event must be: of one of the types, of one of the contracts, with topics as one of the topic filters has them.
/// An empty list wants all.
#[derive(Debug)]
pub(super) struct EventFilter {
    types: Vec<ContractEventType>,
    contracts: Vec<ContractId>,
    topics: Vec<TopicFilter>,
}

impl EventFilter {
    /// The parameter `filters`; an event must match one of them. Stellar RPC's checks, in its words.
    pub fn take_all(params: &mut Params) -> Result<Vec<Self>, RpcError> {
        let filters = params.groups("filters")?;
        if filters.len() > FILTERS_MAX {
            return Err(invalid(format!("maximum {FILTERS_MAX} filters per request")));
        }
        filters.into_iter().enumerate().map(|(index, filter)| Self::take(filter, index + 1)).collect()
    }

    fn take(mut params: Params, number: usize) -> Result<Self, RpcError> {
        let types: String = params.optional("type")?.unwrap_or_default();
        let contracts: Vec<String> = params.optional("contractIds")?.unwrap_or_default();
        let topics: Vec<Vec<String>> = params.optional("topics")?.unwrap_or_default();
        Self::read(&types, &contracts, &topics)
            .map_err(|why| invalid(format!("filter {number} invalid: {why}")))
    }

    fn read(types: &str, contracts: &[String], topics: &[Vec<String>]) -> Result<Self, String> {
        let types =
            types.split(',').filter(|_| !types.is_empty()).map(event_type).collect::<Result<_, _>>()?;
        if contracts.len() > CONTRACTS_MAX {
            return Err(format!("maximum {CONTRACTS_MAX} contract IDs per filter"));
        }
        if topics.len() > TOPICS_MAX {
            return Err(format!("maximum {TOPICS_MAX} topics per filter"));
        }
        let contract = |(index, text): (usize, &String)| {
            contract(text).ok_or_else(|| format!("contract ID {} invalid", index + 1))
        };
        let topic = |(index, segments): (usize, &Vec<String>)| {
            TopicFilter::read(segments).map_err(|why| format!("topic {} invalid: {why}", index + 1))
        };
        Ok(Self {
            types,
            contracts: contracts.iter().enumerate().map(contract).collect::<Result<_, _>>()?,
            topics: topics.iter().enumerate().map(topic).collect::<Result<_, _>>()?,
        })
    }

    pub fn matches(&self, event: &ContractEvent) -> bool {
        let ContractEventBody::V0(body) = &event.body;
        let of_contract = |id: &ContractId| self.contracts.contains(id);
        (self.types.is_empty() || self.types.contains(&event.type_))
            && (self.contracts.is_empty() || event.contract_id.as_ref().is_some_and(of_contract))
            && (self.topics.is_empty() || self.topics.iter().any(|filter| filter.matches(&body.topics)))
    }
}

fn invalid(why: String) -> RpcError {
    RpcError::invalid_params(why)
}

fn event_type(name: &str) -> Result<ContractEventType, String> {
    match name {
        "system" => Ok(ContractEventType::System),
        "contract" => Ok(ContractEventType::Contract),
        _ => Err("filter type invalid: if set, type must be either 'system' or 'contract'".to_owned()),
    }
}

fn contract(text: &str) -> Option<ContractId> {
    let stellar_strkey::Contract(id) = stellar_strkey::Contract::from_str(text).ok()?;
    Some(ContractId(Hash(id)))
}

#[cfg(test)]
mod tests {
    use stellar_xdr::{ContractEventV0, ExtensionPoint, ScVal};

    use super::*;

    fn event(type_: ContractEventType, contract: Option<[u8; 32]>) -> ContractEvent {
        let body = ContractEventV0 { topics: vec![ScVal::U32(1)].try_into().unwrap(), data: ScVal::Void };
        let contract_id = contract.map(|id| ContractId(Hash(id)));
        ContractEvent { ext: ExtensionPoint::V0, contract_id, type_, body: ContractEventBody::V0(body) }
    }

    fn strkey(id: [u8; 32]) -> String {
        stellar_strkey::Contract(id).to_string().as_str().to_owned()
    }

    #[test]
    fn types_and_contracts_are_matched() {
        use ContractEventType::{Contract, System};
        let (a, b) = (strkey([1; 32]), strkey([2; 32]));
        let rows: [(&str, &[String], ContractEvent, bool); 8] = [
            ("", &[], event(Contract, None), true),
            ("contract", &[], event(Contract, None), true),
            ("system", &[], event(Contract, None), false),
            ("contract,system", &[], event(System, None), true),
            ("", std::slice::from_ref(&a), event(Contract, Some([1; 32])), true),
            ("", &[b.clone(), a.clone()], event(Contract, Some([1; 32])), true),
            ("", &[b], event(Contract, Some([1; 32])), false),
            ("", std::slice::from_ref(&a), event(Contract, None), false),
        ];
        for (types, contracts, event, expected) in rows {
            let filter = EventFilter::read(types, contracts, &[]).unwrap();
            assert_eq!(filter.matches(&event), expected, "{types:?} {contracts:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_stellar_rpcs_words() {
        let id = strkey([1; 32]);
        let any = vec!["*".to_owned()];
        type Row<'a> = (&'a str, Vec<String>, Vec<Vec<String>>, &'a str);
        let rows: [Row<'_>; 6] = [
            (
                "diagnostic",
                vec![],
                vec![],
                "filter type invalid: if set, type must be either 'system' or 'contract'",
            ),
            (
                "contract,",
                vec![],
                vec![],
                "filter type invalid: if set, type must be either 'system' or 'contract'",
            ),
            ("", vec![id.clone(), "G".to_owned()], vec![], "contract ID 2 invalid"),
            ("", vec![id; 6], vec![], "maximum 5 contract IDs per filter"),
            ("", vec![], vec![any.clone(); 6], "maximum 5 topics per filter"),
            ("", vec![], vec![any, vec![]], "topic 2 invalid: topic must have at least 1 segment"),
        ];
        for (types, contracts, topics, why) in rows {
            assert_eq!(EventFilter::read(types, &contracts, &topics).unwrap_err(), why);
        }
    }
}

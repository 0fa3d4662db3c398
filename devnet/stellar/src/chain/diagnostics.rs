//! Diagnostic events: reasons in words, beside the codes of a result.

use stellar_xdr::{
    ContractEvent, ContractEventBody, ContractEventType, ContractEventV0, DiagnosticEvent, ExtensionPoint,
    ScError, ScErrorCode, ScVal, ScVec,
};

use super::bytes::{list, string, symbol};

/// Reasons, in the order in which they came up.
#[derive(Debug, Default)]
pub(super) struct Diagnostics(Vec<DiagnosticEvent>);

impl Diagnostics {
    /// A reason with the numbers that it is about.
    pub(super) fn push(&mut self, error: ScError, message: &str, values: &[u64]) {
        self.push_values(error, message, values.iter().map(|value| ScVal::U64(*value)).collect());
    }

    /// A reason with the values that it is about.
    pub(super) fn push_values(&mut self, error: ScError, message: &str, values: Vec<ScVal>) {
        let data = match values.is_empty() {
            true => string(message),
            false => {
                let values = std::iter::once(string(message)).chain(values).collect();
                ScVal::Vec(Some(ScVec(list(values))))
            }
        };
        self.push_event(vec![symbol("error"), ScVal::Error(error)], data);
    }

    /// A limit that the transaction itself, or the network, sets.
    pub(super) fn limit(&mut self, message: &str, used: impl TryInto<u64>, allowed: impl TryInto<u64>) {
        let number = |value: Result<u64, _>| value.unwrap_or(u64::MAX);
        let values = [number(used.try_into().map_err(drop)), number(allowed.try_into().map_err(drop))];
        self.push(ScError::Budget(ScErrorCode::ExceededLimit), message, &values);
    }

    /// Something that this network does not do, by its name.
    pub(super) fn unsupported(&mut self, what: &str) {
        let message = format!("this network does not support {what}");
        self.push(ScError::Context(ScErrorCode::InvalidAction), &message, &[]);
    }

    pub(super) fn push_event(&mut self, topics: Vec<ScVal>, data: ScVal) {
        self.0.push(DiagnosticEvent {
            in_successful_contract_call: false,
            event: ContractEvent {
                ext: ExtensionPoint::V0,
                contract_id: None,
                type_: ContractEventType::Diagnostic,
                body: ContractEventBody::V0(ContractEventV0 { topics: list(topics), data }),
            },
        });
    }

    pub(super) fn extend(&mut self, events: Vec<DiagnosticEvent>) {
        self.0.extend(events);
    }

    pub(super) fn into_events(self) -> Vec<DiagnosticEvent> {
        self.0
    }
}

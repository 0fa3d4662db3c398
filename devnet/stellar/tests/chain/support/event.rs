use idos_devnet_stellar::chain::AppliedTransaction;
use stellar_xdr::{
    ContractEvent, ContractEventBody, DiagnosticEvent, Int128Parts, LedgerEntryChange, ScString, ScSymbol,
    ScVal, ScVec, TransactionMeta, TransactionMetaV4,
};

pub fn meta(applied: &AppliedTransaction) -> &TransactionMetaV4 {
    match &applied.meta {
        TransactionMeta::V4(meta) => meta,
        other => panic!("expected meta V4, got {other:?}"),
    }
}

pub fn return_value(applied: &AppliedTransaction) -> ScVal {
    meta(applied).soroban_meta.clone().unwrap().return_value.unwrap()
}

/// Names of the changes of the first operation.
pub fn change_names(applied: &AppliedTransaction) -> Vec<&'static str> {
    meta(applied).operations[0].changes.0.iter().map(LedgerEntryChange::name).collect()
}

pub fn topics(event: &ContractEvent) -> Vec<ScVal> {
    let ContractEventBody::V0(body) = &event.body;
    body.topics.to_vec()
}

pub fn data(event: &ContractEvent) -> ScVal {
    let ContractEventBody::V0(body) = &event.body;
    body.data.clone()
}

pub fn symbol(text: &str) -> ScVal {
    ScVal::Symbol(ScSymbol(text.try_into().unwrap()))
}

pub fn string(text: &str) -> ScVal {
    ScVal::String(ScString(text.try_into().unwrap()))
}

pub fn int128(amount: i64) -> ScVal {
    ScVal::I128(Int128Parts { hi: amount.signum().min(0), lo: amount.cast_unsigned() })
}

/// All that diagnostic events say in words.
pub fn reasons(events: &[DiagnosticEvent]) -> String {
    let texts = events.iter().filter_map(|event| match data(&event.event) {
        ScVal::String(ScString(text)) => Some(text.to_string()),
        ScVal::Vec(Some(ScVec(values))) => match values.first() {
            Some(ScVal::String(ScString(text))) => Some(text.to_string()),
            _ => None,
        },
        _ => None,
    });
    texts.collect::<Vec<_>>().join("; ")
}

/// A measurement among the diagnostic events.
pub fn metric(applied: &AppliedTransaction, name: &str) -> Option<u64> {
    meta(applied).diagnostic_events.iter().find_map(|event| {
        match (topics(&event.event).as_slice(), data(&event.event)) {
            ([_, topic], ScVal::U64(value)) if *topic == symbol(name) => Some(value),
            _ => None,
        }
    })
}

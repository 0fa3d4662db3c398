//! Events that the network itself makes, in the name of the lumens' contract (CAP-0067).

use stellar_xdr::{
    AccountId, Asset, ContractEvent, ContractEventBody, ContractEventType, ContractEventV0, ContractId,
    ContractIdPreimage, ExtensionPoint, Hash, HashIdPreimage, HashIdPreimageContractId, Int128Parts, Memo,
    MuxedAccount, ScAddress, ScMap, ScMapEntry, ScVal, TransactionEvent, TransactionEventStage,
};

use super::bytes::{bytes, hash_of, list, string, symbol};
use super::state::account;

/// The address of the contract of lumens on a network, whether or not somebody has created it.
pub(super) fn lumens_contract(network_id: [u8; 32]) -> ContractId {
    ContractId(hash_of(&HashIdPreimage::ContractId(HashIdPreimageContractId {
        network_id: Hash(network_id),
        contract_id_preimage: ContractIdPreimage::Asset(Asset::Native),
    })))
}

/// A fee that was taken, or, negative, given back. None: it is zero.
pub(super) fn fee(
    contract: &ContractId,
    payer: &AccountId,
    amount: i64,
    stage: TransactionEventStage,
) -> Option<TransactionEvent> {
    let topics = vec![symbol("fee"), ScVal::Address(ScAddress::Account(payer.clone()))];
    let event = event(contract, topics, int128(amount));
    (amount != 0).then_some(TransactionEvent { stage, event })
}

/// Lumens that went from one account to another. A muxed receiver, or a memo, is told beside the amount.
pub(super) fn transfer(
    contract: &ContractId,
    from: &AccountId,
    to: &MuxedAccount,
    amount: i64,
    memo: &Memo,
) -> ContractEvent {
    let address = |id: &AccountId| ScVal::Address(ScAddress::Account(id.clone()));
    let topics = vec![symbol("transfer"), address(from), address(&account::id(to)), string("native")];
    let receiver = match (to, memo) {
        (MuxedAccount::MuxedEd25519(to), _) => Some(ScVal::U64(to.id)),
        (_, Memo::None) => None,
        (_, Memo::Text(text)) => Some(ScVal::String(list_of_text(text.as_slice()))),
        (_, Memo::Id(id)) => Some(ScVal::U64(*id)),
        (_, Memo::Hash(hash) | Memo::Return(hash)) => Some(bytes(&hash.0)),
    };
    let data = match receiver {
        None => int128(amount),
        Some(receiver) => ScVal::Map(Some(ScMap(list(vec![
            ScMapEntry { key: symbol("amount"), val: int128(amount) },
            ScMapEntry { key: symbol("to_muxed_id"), val: receiver },
        ])))),
    };
    event(contract, topics, data)
}

fn list_of_text(text: &[u8]) -> stellar_xdr::ScString {
    stellar_xdr::ScString(stellar_xdr::StringM::try_from(text.to_vec()).unwrap_or_default())
}

fn int128(amount: i64) -> ScVal {
    // Sign extension: the upper half is all ones for negative amounts.
    ScVal::I128(Int128Parts { hi: amount >> 63, lo: amount.cast_unsigned() })
}

fn event(contract: &ContractId, topics: Vec<ScVal>, data: ScVal) -> ContractEvent {
    ContractEvent {
        ext: ExtensionPoint::V0,
        contract_id: Some(contract.clone()),
        type_: ContractEventType::Contract,
        body: ContractEventBody::V0(ContractEventV0 { topics: list(topics), data }),
    }
}

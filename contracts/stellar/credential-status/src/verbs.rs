//! Checks, effects and events of each verb.

use idos_stellar_protocol::{Account, Refusal, call::Call};
use soroban_sdk::{BytesN, Env};

use crate::{
    event::StatusChanged,
    messages::WordChange,
    word::{Purpose, Status, Word, WordKey, changed, checked_index, mask, overlap, word_of},
};

/// First byte of `StatusChanged` in the history.
const TAG_STATUS_CHANGED: u8 = 4;

/// Sets one position.
pub fn set_status(call: &mut Call, list: u32, index: u32, status: Status) -> Result<(), Refusal> {
    let word_index = word_of(index)?;
    let issuer = call.account;
    let key = |purpose| WordKey { issuer, list, purpose, word_index };
    let bit = mask(index);
    if status != Status::Revoked && overlap(&key(Purpose::Revocation).read(call.env), &bit) {
        return Err(Refusal::CredentialRevoked);
    }
    let none = Word::default();
    match status {
        Status::Revoked => change(call, key(Purpose::Revocation), &bit, &none),
        Status::Suspended => change(call, key(Purpose::Suspension), &bit, &none),
        Status::Valid => change(call, key(Purpose::Suspension), &none, &bit),
    }
    Ok(())
}

/// Changes one word.
pub fn set_word(call: &mut Call, list: u32, purpose: Purpose, word: &WordChange) -> Result<(), Refusal> {
    let word_index = checked_index(word.word_index)?;
    let (set, clear) = (word.set.to_array(), word.clear.to_array());
    if overlap(&set, &clear) {
        return Err(Refusal::InvalidWordChange);
    }
    if purpose == Purpose::Revocation && clear != Word::default() {
        return Err(Refusal::RevocationIsFinal);
    }
    change(call, WordKey { issuer: call.account, list, purpose, word_index }, &set, &clear);
    Ok(())
}

/// The status at a position.
pub fn status_of(env: &Env, issuer: &Account, list: u32, index: u32) -> Result<Status, Refusal> {
    let word_index = word_of(index)?;
    let bit = mask(index);
    let is_set = |purpose| overlap(&WordKey { issuer, list, purpose, word_index }.read(env), &bit);
    Ok(if is_set(Purpose::Revocation) {
        Status::Revoked
    } else if is_set(Purpose::Suspension) {
        Status::Suspended
    } else {
        Status::Valid
    })
}

/// Effects and event; neither where nothing changes.
fn change(call: &mut Call, key: WordKey, set: &Word, clear: &Word) {
    let present = key.read(call.env);
    let word = changed(&present, set, clear);
    if word == present {
        return;
    }

    key.write(call.env, &word);
    let mut event = key.encode(call.env, TAG_STATUS_CHANGED);
    event.push(&word);
    call.record(event);
    let WordKey { issuer, list, purpose, word_index } = key;
    let word = BytesN::from_array(call.env, &word);
    StatusChanged { issuer: issuer.clone(), list, purpose, word, word_index: word_index.into() }
        .publish(call.env);
}

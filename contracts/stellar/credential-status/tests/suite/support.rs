//! Calls by name.

use credential_status::{CredentialStatus, CredentialStatusClient, Purpose, Status, WordChange};
use idos_stellar_protocol::{Account, KeyProof, Refusal};
pub use idos_stellar_testing::{World, world::NOW};
use soroban_sdk::Vec;

pub const NAME: &str = "CredentialStatus";
pub const LIST: u32 = 7;
pub const NONE: Option<KeyProof> = None;

pub fn world() -> World {
    World::new(NAME, |env, id| {
        env.register_at(id, CredentialStatus, ());
    })
}

pub fn client(world: &World) -> CredentialStatusClient<'_> {
    CredentialStatusClient::new(&world.env, &world.id)
}

/// How a call ended: a refusal of the network itself, which has no number here, is `None`.
pub type Done = Result<(), Option<Refusal>>;

pub fn done<T, U>(result: Result<Result<(), T>, Result<Refusal, U>>) -> Done {
    match result {
        Ok(_) => Ok(()),
        Err(Ok(error)) => Err(Some(error)),
        Err(Err(_)) => Err(None),
    }
}

pub trait Verbs {
    fn set(&self, issuer: &Account, index: u32, status: Status) -> Done;
    fn set_words(&self, issuer: &Account, purpose: Purpose, changes: &[(u32, [u8; 32], [u8; 32])]) -> Done;
    fn status(&self, issuer: &Account, index: u32) -> Status;
    fn word(&self, issuer: &Account, purpose: Purpose, word_index: u32) -> [u8; 32];
    fn head(&self) -> [u8; 32];
}

impl Verbs for World {
    fn set(&self, issuer: &Account, index: u32, status: Status) -> Done {
        self.env.mock_all_auths();
        let done = done(client(self).try_set_status(issuer, &LIST, &index, &status, &NONE));
        self.env.set_auths(&[]);
        done
    }

    fn set_words(&self, issuer: &Account, purpose: Purpose, changes: &[(u32, [u8; 32], [u8; 32])]) -> Done {
        self.env.mock_all_auths();
        let changes = word_changes(self, changes);
        let done = done(client(self).try_set_status_words(issuer, &LIST, &purpose, &changes, &NONE));
        self.env.set_auths(&[]);
        done
    }

    fn status(&self, issuer: &Account, index: u32) -> Status {
        client(self).status_of(issuer, &LIST, &index)
    }

    fn word(&self, issuer: &Account, purpose: Purpose, word_index: u32) -> [u8; 32] {
        client(self).status_word(issuer, &LIST, &purpose, &word_index).to_array()
    }

    fn head(&self) -> [u8; 32] {
        client(self).history_head().to_array()
    }
}

/// Word index, bits to set, bits to clear.
pub fn word_changes(world: &World, changes: &[(u32, [u8; 32], [u8; 32])]) -> Vec<WordChange> {
    let bytes = |bytes: &[u8; 32]| soroban_sdk::BytesN::from_array(&world.env, bytes);
    let change = |(word_index, set, clear): &(u32, [u8; 32], [u8; 32])| WordChange {
        clear: bytes(clear),
        set: bytes(set),
        word_index: *word_index,
    };
    Vec::from_iter(&world.env, changes.iter().map(change))
}

/// A word with one bit, counted from the least significant.
pub fn bit(position: u32) -> [u8; 32] {
    let mut word = [0; 32];
    word[31 - (position / 8) as usize] = 1 << (position % 8);
    word
}

//! A network with one contract on it, in process.

use idos_stellar_protocol::{Account, KeyProof, KeySignature, WebAuthn};
use soroban_sdk::{
    Address, Bytes, BytesN, Env,
    testutils::{Address as _, EnvTestConfig, Ledger as _},
};

use crate::{
    keys::{Assertion, Key, Signed},
    text::{NETWORK_ID, Text},
};

/// When tests begin, in Unix seconds.
pub const NOW: u64 = 2_000_000_000;

/// A year's worth of ledgers is more than any entry lives.
pub const MAX_TTL: u32 = 3_110_400;
/// What every persistent entry gets.
pub const MIN_TTL: u32 = 2_073_600;

/// Where the contract is in tests, so that texts are the same every time.
pub const CONTRACT: &str = "CAAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQC526";

/// A network with one contract.
pub struct World {
    pub env: Env,
    pub id: Address,
    /// What the contract calls itself in texts.
    pub name: &'static str,
}

impl World {
    /// With a contract that `register` puts at an address.
    pub fn new(name: &'static str, register: impl FnOnce(&Env, &Address)) -> Self {
        let env = Env::new_with_config(EnvTestConfig { capture_snapshot_at_drop: false });
        env.cost_estimate().budget().reset_unlimited();
        env.ledger().with_mut(|ledger| {
            ledger.timestamp = NOW;
            ledger.sequence_number = 1_000_000;
            ledger.network_id = hex::decode(NETWORK_ID).unwrap().try_into().unwrap();
            ledger.min_persistent_entry_ttl = MIN_TTL;
            ledger.max_entry_ttl = MAX_TTL;
        });
        let id = Address::from_str(&env, CONTRACT);
        register(&env, &id);
        Self { env, id, name }
    }

    /// Goes to a second.
    pub fn at(&self, seconds: u64) -> &Self {
        self.env.ledger().set_timestamp(seconds);
        self
    }

    pub fn address(&self) -> Address {
        Address::generate(&self.env)
    }

    pub fn native(&self) -> Account {
        Account::Native(self.address())
    }

    pub fn account(&self, key: &Key) -> Account {
        account(&self.env, key)
    }

    pub fn bytes(&self, byte: u8) -> BytesN<32> {
        BytesN::from_array(&self.env, &[byte; 32])
    }

    pub fn signature(&self, signed: &Signed) -> KeySignature {
        signature(&self.env, signed)
    }

    /// The text of a verb, ready to be signed by whoever `text` names.
    pub fn signed_text(&self, text: Text, nonce: u8, deadline: u64) -> String {
        let text = text.line("Nonce", hex::encode([nonce; 32])).line("Deadline", deadline);
        text.on(CONTRACT, NETWORK_ID)
    }

    pub fn proof(&self, key: &Key, text: Text, nonce: u8, deadline: u64) -> KeyProof {
        let signed = key.sign(&self.signed_text(text, nonce, deadline));
        KeyProof { deadline, nonce: self.bytes(nonce), signature: self.signature(&signed) }
    }

    /// Begins a text.
    pub fn text(&self, title: &str) -> Text {
        Text::new(self.name, title)
    }
}

pub fn account(env: &Env, key: &Key) -> Account {
    let public = key.public();
    match key {
        Key::Ed25519(_) => Account::Ed25519(bytes_n(env, &public)),
        Key::Secp256k1(_) => Account::Secp256k1(bytes_n(env, &public)),
        Key::Secp256r1(_) => Account::Secp256r1(bytes_n(env, &public)),
    }
}

pub fn signature(env: &Env, signed: &Signed) -> KeySignature {
    match signed {
        Signed::Ed25519(signature) => KeySignature::Ed25519(bytes_n(env, signature)),
        Signed::Secp256k1(signature, recovery_id) => {
            KeySignature::Secp256k1(bytes_n(env, signature), *recovery_id)
        }
        Signed::Secp256r1(Assertion { authenticator_data, client_data_json, public_key_y, signature }) => {
            KeySignature::Secp256r1(WebAuthn {
                authenticator_data: Bytes::from_slice(env, authenticator_data),
                client_data_json: Bytes::from_slice(env, client_data_json),
                public_key_y: bytes_n(env, public_key_y),
                signature: bytes_n(env, signature),
            })
        }
    }
}

pub fn bytes_n<const N: usize>(env: &Env, bytes: &[u8]) -> BytesN<N> {
    BytesN::from_array(env, bytes.try_into().unwrap())
}

/// What texts call an account.
pub fn name(account: &Account) -> String {
    match account {
        Account::Native(address) => address.to_string().to_string(),
        Account::Ed25519(key) => format!("ed25519-{}", hex::encode(key.to_array())),
        Account::Secp256k1(key) => format!("secp256k1-{}", hex::encode(key.to_array())),
        Account::Secp256r1(key) => format!("secp256r1-{}", hex::encode(key.to_array())),
    }
}

//! A chain with one contract on it.

use std::{collections::HashMap, marker::PhantomData};

use idos_near_protocol::Bytes32;
use near_sdk::{
    AccountId, NearToken,
    borsh::{BorshDeserialize, BorshSerialize},
    env,
    mock::{MockAction, with_mocked_blockchain},
    state::ContractState,
    test_utils::{VMContextBuilder, get_created_receipts, get_logs},
    testing_env,
};
use serde_json::Value;

/// When tests begin, in Unix seconds.
pub const NOW: u64 = 2_000_000_000;

/// What a byte of state costs, in yoctoNEAR.
pub const BYTE: u128 = 10_u128.pow(19);

/// An account id.
pub fn account(id: &str) -> AccountId {
    id.parse().expect("an account id")
}

/// The data id that repeats a byte.
pub fn data(byte: u8) -> Bytes32 {
    Bytes32([byte; 32])
}

/// A chain with nothing but the contract. As on a real one, a call that is refused leaves nothing behind.
pub struct World<C> {
    storage: HashMap<Vec<u8>, Vec<u8>>,
    /// The events of the last call: each line as JSON.
    pub events: Vec<Value>,
    /// What the last call paid to whom, in yoctoNEAR.
    pub payments: Vec<(String, u128)>,
    contract: PhantomData<C>,
}

impl<C: ContractState + Default + BorshSerialize + BorshDeserialize> World<C> {
    #[allow(clippy::new_without_default, reason = "a test says that it begins")]
    pub fn new() -> Self {
        Self { storage: HashMap::new(), events: Vec::new(), payments: Vec::new(), contract: PhantomData }
    }

    /// A call by `caller`, in the last nanosecond of second `at`, with a deposit. A relayer signs.
    pub fn call<T, E>(
        &mut self,
        caller: &str,
        at: u64,
        yocto: u128,
        verb: impl FnOnce(&mut C) -> Result<T, E>,
    ) -> Result<T, E> {
        self.enter(caller, at, yocto);
        let mut contract = C::state_read().unwrap_or_default();
        let answer = verb(&mut contract);
        (self.events, self.payments) = (Vec::new(), Vec::new());
        if answer.is_ok() {
            contract.state_write();
            (self.events, self.payments) = (events(), payments());
            self.storage = with_mocked_blockchain(|chain| chain.take_storage());
        }
        answer
    }

    /// A view.
    pub fn view<T>(&self, view: impl FnOnce(&C) -> T) -> T {
        self.enter("anyone.near", NOW, 0);
        view(&C::state_read().unwrap_or_default())
    }

    fn enter(&self, caller: &str, at: u64, yocto: u128) {
        with_mocked_blockchain(|chain| chain.take_storage());
        testing_env!(
            VMContextBuilder::new()
                .current_account_id(account("contract.near"))
                .signer_account_id(account("relayer.near"))
                .predecessor_account_id(account(caller))
                .block_timestamp(at * 1_000_000_000 + 999_999_999)
                .attached_deposit(NearToken::from_yoctonear(yocto))
                .build()
        );
        for (key, value) in &self.storage {
            env::storage_write(key, value);
        }
    }

    /// Bytes that the state's records cost, without the contract's own.
    pub fn bytes(&self) -> u64 {
        let records = self.storage.iter().filter(|(key, _)| key.as_slice() != C::state_key());
        records.map(|(key, value)| (key.len() + value.len() + 40) as u64).sum()
    }

    /// The value of a record in the state, as hex; the key by its bytes.
    pub fn record(&self, key: &[u8]) -> Option<String> {
        self.storage.get(key).map(|value| hex(value))
    }
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn events() -> Vec<Value> {
    let line =
        |log: String| serde_json::from_str(log.strip_prefix("EVENT_JSON:").expect("an event")).expect("JSON");
    get_logs().into_iter().map(line).collect()
}

fn payments() -> Vec<(String, u128)> {
    let mut payments = Vec::new();
    for receipt in get_created_receipts() {
        for action in &receipt.actions {
            if let MockAction::Transfer { deposit, .. } = action {
                payments.push((receipt.receiver_id.to_string(), deposit.as_yoctonear()));
            }
        }
    }
    payments
}

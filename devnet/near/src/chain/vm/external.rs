//! What a running contract asks of the chain: its storage, and receipts to send.

use std::sync::Arc;

use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, AccessKeyPermission, FunctionCallPermission, GasKeyInfo};
use near_primitives::action::{
    Action, AddKeyAction, CreateAccountAction, DeleteKeyAction, DeployGlobalContractAction,
    DeterministicStateInitAction, FunctionCallAction, GlobalContractDeployMode, StakeAction, TransferAction,
    TransferToGasKeyAction, UniversalStateInitAction, UseGlobalContractAction,
};
use near_primitives::deterministic_account_id::{
    DeterministicAccountStateInit, DeterministicAccountStateInitV1,
};
use near_primitives::hash::{CryptoHash, YieldId};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, BlockHeight, Gas, Nonce, NonceIndex, PromiseYieldStatus};
use near_primitives::universal_state_init::{
    DecodeMode, RawStateInit, StateInitError, UniversalStateInit, UniversalStateInitCounts,
    state_init_send_counts,
};
use near_primitives::utils::create_receipt_id_from_action_hash;
use near_primitives::version::ProtocolFeature;
use near_vm_runner::logic::errors::AnyError;
use near_vm_runner::logic::types::{
    ActionIndex, GlobalContractDeployMode as VmDeployMode, GlobalContractIdentifier, ReceiptIndex,
};
use near_vm_runner::logic::{External, HostError, StorageAccessTracker, VMLogicError, ValuePtr};

use super::outgoing::{Outgoing, OutgoingData};
use crate::chain::protocol::Protocol;
use crate::chain::state::{Records, StateUpdate, Value, contract_data_key};
use crate::chain::status::ChainError;

type HostResult<T> = Result<T, VMLogicError>;

/// The chain as one call of a contract sees it.
pub(super) struct ChainExternal<'a> {
    pub protocol: &'a Protocol,
    pub state: &'a mut StateUpdate,
    pub account_id: AccountId,
    pub block_height: BlockHeight,
    pub action_hash: CryptoHash,
    pub outgoing: Outgoing,
    data_ids: u64,
}

/// A fault of the chain while a contract runs; it stops the block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault(pub String);

fn fault(error: ChainError) -> VMLogicError {
    VMLogicError::ExternalError(AnyError::new(Fault(error.to_string())))
}

impl<'a> ChainExternal<'a> {
    pub fn new(
        protocol: &'a Protocol,
        state: &'a mut StateUpdate,
        account_id: AccountId,
        block_height: BlockHeight,
        action_hash: CryptoHash,
    ) -> Self {
        Self {
            protocol,
            state,
            account_id,
            block_height,
            action_hash,
            outgoing: Outgoing::default(),
            data_ids: 0,
        }
    }

    /// Finds a value, and whether it is read from the trie: what the block has changed itself is at hand for free.
    fn find(&self, raw: &[u8]) -> Option<Found> {
        match self.state.changed(raw) {
            Some(value) => value.map(|value| Found { value, from_trie: false }),
            None => self.state.before().get(raw).cloned().map(|value| Found { value, from_trie: true }),
        }
    }

    /// Charges for the way to a key that is about to be written. Reads go through NEAR's flat storage, without it.
    fn charge_path(&self, tracker: &mut dyn StorageAccessTracker, raw: &[u8]) -> HostResult<()> {
        match self.state.changed(raw) {
            Some(_) => Ok(()),
            None => tracker.trie_node_touched(self.state.before().trie_nodes_to(raw)),
        }
    }

    fn add_key(
        &mut self,
        receipt: ReceiptIndex,
        public_key: PublicKey,
        nonce: Nonce,
        permission: AccessKeyPermission,
    ) {
        self.outgoing
            .add_key(receipt, AddKeyAction { public_key, access_key: AccessKey { nonce, permission } });
    }

    fn set_yield_status(&mut self, data_id: CryptoHash, status: PromiseYieldStatus) -> HostResult<()> {
        let key = TrieKey::PromiseYieldStatus { receiver_id: self.account_id.clone(), data_id };
        self.state.set_record(key, &status).map_err(fault)
    }
}

struct Found {
    value: Value,
    from_trie: bool,
}

impl ValuePtr for Found {
    fn len(&self) -> u32 {
        u32::try_from(self.value.len()).unwrap_or(u32::MAX)
    }

    fn deref(&self, tracker: &mut dyn StorageAccessTracker) -> HostResult<Vec<u8>> {
        if self.from_trie {
            tracker.trie_node_touched(1)?;
        }
        Ok(self.value.to_vec())
    }
}

fn permission(
    allowance: Option<Balance>,
    receiver_id: AccountId,
    method_names: Vec<Vec<u8>>,
) -> HostResult<FunctionCallPermission> {
    let method_names = method_names
        .into_iter()
        .map(|name| String::from_utf8(name).map_err(|_| HostError::InvalidMethodName))
        .collect::<Result<_, _>>()?;
    Ok(FunctionCallPermission { allowance, receiver_id: receiver_id.into(), method_names })
}

impl External for ChainExternal<'_> {
    fn storage_set(
        &mut self,
        tracker: &mut dyn StorageAccessTracker,
        key: &[u8],
        value: &[u8],
    ) -> HostResult<Option<Vec<u8>>> {
        let key = contract_data_key(&self.account_id, key);
        let raw = key.to_vec();
        let evicted = match self.find(&raw) {
            Some(found) => {
                tracker.deref_write_evicted_value_bytes(u64::from(found.len()))?;
                Some(found.deref(tracker)?)
            }
            None => None,
        };
        self.charge_path(tracker, &raw)?;
        self.state.set(key, value.to_vec());
        Ok(evicted)
    }

    fn storage_get<'b>(
        &'b self,
        _: &mut dyn StorageAccessTracker,
        key: &[u8],
    ) -> HostResult<Option<Box<dyn ValuePtr + 'b>>> {
        let raw = contract_data_key(&self.account_id, key).to_vec();
        Ok(self.find(&raw).map(|found| Box::new(found) as Box<dyn ValuePtr>))
    }

    fn storage_remove(
        &mut self,
        tracker: &mut dyn StorageAccessTracker,
        key: &[u8],
    ) -> HostResult<Option<Vec<u8>>> {
        let key = contract_data_key(&self.account_id, key);
        let raw = key.to_vec();
        let removed = match self.find(&raw) {
            Some(found) => {
                tracker.deref_removed_value_bytes(u64::from(found.len()))?;
                Some(found.deref(tracker)?)
            }
            None => None,
        };
        self.charge_path(tracker, &raw)?;
        self.state.remove(key);
        Ok(removed)
    }

    fn storage_has_key(&mut self, _: &mut dyn StorageAccessTracker, key: &[u8]) -> HostResult<bool> {
        Ok(self.find(&contract_data_key(&self.account_id, key).to_vec()).is_some())
    }

    fn generate_data_id(&mut self) -> CryptoHash {
        let id = create_receipt_id_from_action_hash(&self.action_hash, self.block_height, self.data_ids);
        self.data_ids += 1;
        id
    }

    // There are no state witnesses here, so nothing records storage proofs and their limit does not bind.
    fn get_recorded_storage_size(&self) -> usize {
        0
    }

    fn storage_proof_size_before_receipt(&self) -> usize {
        0
    }

    // There are no validators.
    fn validator_stake(&self, _: &AccountId) -> HostResult<Option<Balance>> {
        Ok(None)
    }

    fn validator_total_stake(&self) -> HostResult<Balance> {
        Ok(Balance::ZERO)
    }

    fn chain_id(&self) -> String {
        self.protocol.chain_id.clone()
    }

    fn create_action_receipt(
        &mut self,
        after: Vec<ReceiptIndex>,
        receiver_id: AccountId,
    ) -> HostResult<ReceiptIndex> {
        let data_ids = after.iter().map(|_| self.generate_data_id()).collect();
        self.outgoing.create(&after, data_ids, receiver_id)
    }

    fn create_promise_yield_receipt(
        &mut self,
        receiver_id: AccountId,
    ) -> HostResult<(ReceiptIndex, CryptoHash)> {
        let data_id = self.generate_data_id();
        self.set_yield_status(data_id, PromiseYieldStatus::Yielded)?;
        Ok((self.outgoing.create_yield(data_id, receiver_id), data_id))
    }

    fn create_promise_yield_receipt_with_id(
        &mut self,
        receiver_id: AccountId,
        yield_id: YieldId,
    ) -> HostResult<Option<(ReceiptIndex, CryptoHash)>> {
        let by_yield = TrieKey::YieldIdToDataId { receiver_id: receiver_id.clone(), yield_id };
        if self.state.value(&by_yield).is_some() {
            return Ok(None);
        }
        let (receipt, data_id) = self.create_promise_yield_receipt(receiver_id.clone())?;
        self.state.set_record(by_yield, &data_id).map_err(fault)?;
        self.state.set_record(TrieKey::DataIdToYieldId { receiver_id, data_id }, &yield_id).map_err(fault)?;
        Ok(Some((receipt, data_id)))
    }

    fn submit_promise_resume_data(&mut self, data_id: CryptoHash, data: Vec<u8>) -> HostResult<bool> {
        if self.state.yield_status(&self.account_id, data_id).map_err(fault)?.is_none() {
            return Ok(false);
        }
        self.set_yield_status(data_id, PromiseYieldStatus::ResumeInitiated)?;
        self.outgoing.resumes.push(OutgoingData { data_id, data });
        Ok(true)
    }

    fn submit_promise_resume_data_with_yield_id(
        &mut self,
        yield_id: YieldId,
        data: Vec<u8>,
    ) -> HostResult<bool> {
        let key = TrieKey::YieldIdToDataId { receiver_id: self.account_id.clone(), yield_id };
        match self.state.record(&key).map_err(fault)? {
            Some(data_id) => self.submit_promise_resume_data(data_id, data),
            None => Ok(false),
        }
    }

    fn append_action_create_account(&mut self, receipt: ReceiptIndex) {
        self.outgoing.append(receipt, Action::CreateAccount(CreateAccountAction {}));
    }

    fn append_action_deploy_contract(&mut self, receipt: ReceiptIndex, code: Vec<u8>) {
        self.outgoing.deploy(receipt, code);
    }

    // What this chain does not do is appended all the same: the receipt's validation refuses it by its name.
    fn append_action_deploy_global_contract(
        &mut self,
        receipt: ReceiptIndex,
        code: Vec<u8>,
        mode: VmDeployMode,
    ) {
        let deploy_mode = match mode {
            VmDeployMode::CodeHash => GlobalContractDeployMode::CodeHash,
            VmDeployMode::AccountId => GlobalContractDeployMode::AccountId,
        };
        let deploy = DeployGlobalContractAction { code: Arc::from(code), deploy_mode };
        self.outgoing.append(receipt, Action::DeployGlobalContract(deploy));
    }

    fn append_action_use_global_contract(
        &mut self,
        receipt: ReceiptIndex,
        contract: GlobalContractIdentifier,
    ) {
        let action = UseGlobalContractAction { contract_identifier: contract.into() };
        self.outgoing.append(receipt, Action::UseGlobalContract(Box::new(action)));
    }

    fn append_action_deterministic_state_init(
        &mut self,
        receipt: ReceiptIndex,
        contract: GlobalContractIdentifier,
        deposit: Balance,
    ) -> ActionIndex {
        let state_init = DeterministicAccountStateInit::V1(DeterministicAccountStateInitV1 {
            code: contract.into(),
            data: Default::default(),
        });
        let action = DeterministicStateInitAction { state_init, deposit };
        self.outgoing.append(receipt, Action::DeterministicStateInit(Box::new(action)))
    }

    fn set_deterministic_state_init_data_entry(
        &mut self,
        receipt_index: ReceiptIndex,
        action_index: ActionIndex,
        key: Vec<u8>,
        value: Vec<u8>,
    ) -> HostResult<()> {
        match self.outgoing.action_mut(receipt_index, action_index) {
            Some(Action::DeterministicStateInit(action)) => {
                if action.state_init.data_mut().insert(key, value).is_some() {
                    return Err(HostError::DataEntryAlreadyExists.into());
                }
                Ok(())
            }
            _ => Err(HostError::InvalidActionIndex { receipt_index, action_index }.into()),
        }
    }

    fn check_state_init(&self, state_init: &RawStateInit) -> Result<(), StateInitError> {
        UniversalStateInit::from_raw_strict(state_init).map(drop)
    }

    fn state_init_send_counts(
        &self,
        state_init: &RawStateInit,
        mode: DecodeMode,
    ) -> UniversalStateInitCounts {
        state_init_send_counts(state_init, mode)
    }

    fn append_action_universal_state_init(
        &mut self,
        receipt: ReceiptIndex,
        state_init: RawStateInit,
        deposit: Balance,
    ) {
        let action = UniversalStateInitAction { state_init, deposit };
        self.outgoing.append(receipt, Action::UniversalStateInit(Box::new(action)));
    }

    fn append_action_function_call_weight(
        &mut self,
        receipt: ReceiptIndex,
        method_name: Vec<u8>,
        args: Vec<u8>,
        deposit: Balance,
        gas: Gas,
        gas_weight: near_primitives::types::GasWeight,
    ) -> HostResult<()> {
        let call = FunctionCallAction { method_name: String::new(), args, gas, deposit };
        self.outgoing.append_call(receipt, method_name, call, gas_weight.0)
    }

    fn append_action_transfer(&mut self, receipt: ReceiptIndex, deposit: Balance) {
        self.outgoing.transfer(receipt, TransferAction { deposit });
    }

    fn append_action_transfer_to_gas_key(
        &mut self,
        receipt: ReceiptIndex,
        public_key: PublicKey,
        deposit: Balance,
    ) {
        let action = TransferToGasKeyAction { public_key, deposit };
        self.outgoing.append(receipt, Action::TransferToGasKey(Box::new(action)));
    }

    fn append_action_add_gas_key_with_full_access(
        &mut self,
        receipt: ReceiptIndex,
        public_key: PublicKey,
        num_nonces: NonceIndex,
    ) {
        let info = GasKeyInfo { balance: Balance::ZERO, num_nonces };
        self.add_key(receipt, public_key, 0, AccessKeyPermission::GasKeyFullAccess(info));
    }

    fn append_action_add_gas_key_with_function_call(
        &mut self,
        receipt: ReceiptIndex,
        public_key: PublicKey,
        num_nonces: NonceIndex,
        allowance: Option<Balance>,
        receiver_id: AccountId,
        method_names: Vec<Vec<u8>>,
    ) -> HostResult<()> {
        let info = GasKeyInfo { balance: Balance::ZERO, num_nonces };
        let permission = permission(allowance, receiver_id, method_names)?;
        self.add_key(receipt, public_key, 0, AccessKeyPermission::GasKeyFunctionCall(info, permission));
        Ok(())
    }

    fn append_action_stake(&mut self, receipt: ReceiptIndex, stake: Balance, public_key: PublicKey) {
        self.outgoing.append(receipt, Action::Stake(Box::new(StakeAction { stake, public_key })));
    }

    fn append_action_add_key_with_full_access(
        &mut self,
        receipt: ReceiptIndex,
        public_key: PublicKey,
        nonce: Nonce,
    ) {
        self.add_key(receipt, public_key, nonce, AccessKeyPermission::FullAccess);
    }

    fn append_action_add_key_with_function_call(
        &mut self,
        receipt: ReceiptIndex,
        public_key: PublicKey,
        nonce: Nonce,
        allowance: Option<Balance>,
        receiver_id: AccountId,
        method_names: Vec<Vec<u8>>,
    ) -> HostResult<()> {
        let permission = permission(allowance, receiver_id, method_names)?;
        self.add_key(receipt, public_key, nonce, AccessKeyPermission::FunctionCall(permission));
        Ok(())
    }

    fn append_action_delete_key(&mut self, receipt: ReceiptIndex, public_key: PublicKey) {
        self.outgoing.delete_key(receipt, DeleteKeyAction { public_key });
    }

    fn append_action_delete_account(&mut self, receipt: ReceiptIndex, beneficiary_id: AccountId) {
        self.outgoing.delete_account(receipt, beneficiary_id);
    }

    fn get_receipt_receiver(&self, receipt: ReceiptIndex) -> &AccountId {
        // The virtual machine asks only about receipts that it has made.
        self.outgoing.receiver(receipt).unwrap_or(&self.account_id)
    }

    fn set_refund_to(&mut self, receipt: ReceiptIndex, refund_to: AccountId) {
        self.outgoing.set_refund_to(receipt, refund_to);
    }

    fn post_quantum_keys_enabled(&self) -> bool {
        ProtocolFeature::PostQuantumSignatures.enabled(self.protocol.version)
    }
}

#![doc = include_str!("../README.md")]
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_near_protocol::Bytes32;
use near_sdk::{
    AccountId, BorshStorageKey, FunctionError, Gas, PanicOnDefault, Promise, PromiseError, env, ext_contract,
    near, store::LookupMap,
};

/// Enough for either question; what is left comes back.
const QUESTION_GAS: Gas = Gas::from_tgas(5);
/// Enough for the answers.
const ANSWER_GAS: Gas = Gas::from_tgas(10);

/// What AccessGrants is asked.
#[ext_contract(access_grants)]
#[allow(dead_code, reason = "only the caller's side that is made of it is used")]
trait AccessGrants {
    fn has_access(&self, owner: AccountId, grantee: AccountId, data_id: Bytes32) -> bool;
}

/// What CredentialStatus is asked.
#[ext_contract(credential_status)]
#[allow(dead_code, reason = "only the caller's side that is made of it is used")]
trait CredentialStatus {
    fn status_of(&self, issuer: AccountId, list: u32, index: u32) -> String;
}

/// Why somebody may not. The text is the stable name that clients read.
#[derive(Debug, PartialEq, Eq, thiserror::Error, FunctionError)]
pub enum Refusal {
    /// The caller is not the consumer.
    #[error("NotConsumer")]
    NotConsumer,
    /// The owner was not admitted, has revoked the grant, or the credential is revoked or suspended; or it could not be found out.
    #[error("NotMember({0})")]
    NotMember(AccountId),
}

/// Where a member's credential is on chain.
#[near(serializers = [borsh])]
pub struct Credential {
    data_id: Bytes32,
    list: u32,
    index: u32,
}

#[near(serializers = [borsh])]
#[derive(BorshStorageKey)]
enum Key {
    Credentials,
}

/// The contract.
#[near(contract_state)]
#[derive(PanicOnDefault)]
pub struct MembersOnly {
    grants: AccountId,
    statuses: AccountId,
    consumer: AccountId,
    issuer: AccountId,
    credentials: LookupMap<AccountId, Credential>,
    acts: u32,
}

#[near]
impl MembersOnly {
    /// `grants` and `statuses` are the two contracts; `consumer` reads credentials, it is the grantee; `issuer` is whom it trusts. In the same
    /// transaction as the deployment: only the account itself may call it.
    #[init]
    #[private]
    pub fn new(grants: AccountId, statuses: AccountId, consumer: AccountId, issuer: AccountId) -> Self {
        Self { grants, statuses, consumer, issuer, credentials: LookupMap::new(Key::Credentials), acts: 0 }
    }

    /// Admits `owner`, whose credential the consumer has read and found good.
    #[handle_result]
    pub fn admit(
        &mut self,
        owner: AccountId,
        data_id: Bytes32,
        list: u32,
        index: u32,
    ) -> Result<(), Refusal> {
        if env::predecessor_account_id() != self.consumer {
            return Err(Refusal::NotConsumer);
        }
        self.credentials.insert(owner, Credential { data_id, list, index });
        Ok(())
    }

    /// What members do: here, they are counted.
    #[handle_result]
    pub fn act(&self) -> Result<Promise, Refusal> {
        let owner = env::predecessor_account_id();
        let Some(credential) = self.credentials.get(&owner) else { return Err(Refusal::NotMember(owner)) };
        let access = access_grants::ext(self.grants.clone()).with_static_gas(QUESTION_GAS).has_access(
            owner.clone(),
            self.consumer.clone(),
            credential.data_id,
        );
        let status = credential_status::ext(self.statuses.clone()).with_static_gas(QUESTION_GAS).status_of(
            self.issuer.clone(),
            credential.list,
            credential.index,
        );
        let answer = Self::ext(env::current_account_id()).with_static_gas(ANSWER_GAS).on_act(owner);
        Ok(access.and(status).then(answer))
    }

    /// The answers, and the act. Returns how many acts there were.
    #[private]
    #[handle_result]
    pub fn on_act(
        &mut self,
        owner: AccountId,
        #[callback_result(max_bytes = 16)] access: Result<bool, PromiseError>,
        #[callback_result(max_bytes = 16)] status: Result<String, PromiseError>,
    ) -> Result<u32, Refusal> {
        let is_member = access == Ok(true) && status.is_ok_and(|status| status == "valid");
        if !is_member {
            return Err(Refusal::NotMember(owner));
        }
        self.acts += 1;
        Ok(self.acts)
    }

    /// How many acts there were.
    pub fn acts(&self) -> u32 {
        self.acts
    }
}

//! The example with both contracts, in process.
#![allow(clippy::unwrap_used, reason = "what fails here is a failed test")]

use access_grants::{AccessGrants, AccessGrantsClient};
use credential_status::{CredentialStatus, CredentialStatusClient, Status};
use idos_stellar_protocol::Account;
use members_only::{Config, Credential, MembersOnly, MembersOnlyClient, Refusal};
use soroban_sdk::{
    Address, BytesN, Env, IntoVal,
    testutils::{Address as _, EnvTestConfig, Ledger as _, MockAuth, MockAuthInvoke},
};

const LIST: u32 = 7;
const INDEX: u32 = 522;

struct Club {
    env: Env,
    id: Address,
    grants: Address,
    statuses: Address,
    alice: Address,
    bank: Address,
    kyc: Account,
}

impl Club {
    /// Alice has granted, and is admitted.
    fn new() -> Self {
        let env = Env::new_with_config(EnvTestConfig { capture_snapshot_at_drop: false });
        env.mock_all_auths();
        env.ledger().set_timestamp(2_000_000_000);
        let [alice, bank, kyc] = std::array::from_fn(|_| Address::generate(&env));
        let kyc = Account::Native(kyc);
        let grants = env.register(AccessGrants, ());
        let statuses = env.register(CredentialStatus, ());
        let config = Config {
            consumer: bank.clone(),
            grants: grants.clone(),
            issuer: kyc.clone(),
            statuses: statuses.clone(),
        };
        let id = env.register(MembersOnly, (config,));
        let club = Self { env, id, grants, statuses, alice, bank, kyc };
        club.grant();
        club.it().admit(&club.alice, &club.credential());
        club
    }

    fn it(&self) -> MembersOnlyClient<'_> {
        MembersOnlyClient::new(&self.env, &self.id)
    }

    fn credential(&self) -> Credential {
        Credential { data_id: BytesN::from_array(&self.env, &[1; 32]), index: INDEX, list: LIST }
    }

    fn names(&self) -> (Account, Account, BytesN<32>) {
        let [alice, bank] = [&self.alice, &self.bank].map(|address| Account::Native(address.clone()));
        (alice, bank, BytesN::from_array(&self.env, &[1; 32]))
    }

    fn grant(&self) {
        let (alice, bank, data_id) = self.names();
        AccessGrantsClient::new(&self.env, &self.grants).create_grant(&alice, &bank, &data_id, &0, &None);
    }

    fn revoke(&self) {
        let (alice, bank, data_id) = self.names();
        AccessGrantsClient::new(&self.env, &self.grants).revoke_grant(&alice, &bank, &data_id, &None);
    }

    fn set_status(&self, status: Status) {
        let it = CredentialStatusClient::new(&self.env, &self.statuses);
        it.set_status(&self.kyc, &LIST, &INDEX, &status, &None);
    }

    fn assert_no_member(&self, who: &Address) {
        let acts = self.it().acts();
        assert_eq!(self.it().try_act(who), Err(Ok(Refusal::NotMember)));
        assert_eq!(self.it().acts(), acts);
    }
}

#[test]
fn a_member_acts_while_her_grant_stands() {
    let club = Club::new();
    assert_eq!(club.it().act(&club.alice), 1);
    club.revoke();
    club.assert_no_member(&club.alice);
    club.grant();
    assert_eq!(club.it().act(&club.alice), 2);
}

#[test]
fn a_member_acts_while_her_credential_is_good() {
    let club = Club::new();
    club.set_status(Status::Suspended);
    club.assert_no_member(&club.alice);
    club.set_status(Status::Valid);
    assert_eq!(club.it().act(&club.alice), 1);
    club.set_status(Status::Revoked);
    club.assert_no_member(&club.alice);
}

#[test]
fn who_was_not_admitted_is_no_member() {
    let club = Club::new();
    club.assert_no_member(&Address::generate(&club.env));
}

#[test]
fn the_consumer_admits_and_a_member_acts_herself() {
    let club = Club::new();
    let mallory = Address::generate(&club.env);
    let invoke = |fn_name, args| MockAuthInvoke { contract: &club.id, fn_name, args, sub_invokes: &[] };
    let admit = invoke("admit", (&mallory, club.credential()).into_val(&club.env));
    club.env.mock_auths(&[MockAuth { address: &mallory, invoke: &admit }]);
    assert!(club.it().try_admit(&mallory, &club.credential()).is_err());
    let act = invoke("act", (&club.alice,).into_val(&club.env));
    club.env.mock_auths(&[MockAuth { address: &mallory, invoke: &act }]);
    assert!(club.it().try_act(&club.alice).is_err());
    club.env.mock_auths(&[MockAuth { address: &club.alice, invoke: &act }]);
    assert_eq!(club.it().act(&club.alice), 1);
}

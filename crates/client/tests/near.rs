//! The client's NEAR half on a real engine: the verbs, what is refused, what others send, and what keys may do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use idos_client::{
    ChainError, NearWallet, Signer, SigningWallet,
    chain::{AccessGrants, Chain, Deployment, SignedCall, near::Near},
};
use idos_devnet_near::{BlockProduction, Clock, Devnet, DevnetConfig};
use idos_grants::{Account, ChainId, DataId, HistoryHead, Status};
use idos_wallets::{GrantCall, KeyPermission};
use near_crypto::{InMemorySigner, KeyType, SecretKey};
use near_jsonrpc_client::{JsonRpcClient, methods};
use near_primitives::{
    account::{AccessKey, AccessKeyPermission, FunctionCallPermission},
    action::{AddKeyAction, DeleteKeyAction},
    transaction::{Action, Transaction, TransactionV0},
    types::{BlockReference, Finality},
    views::{QueryRequest, TxExecutionStatus},
};
use rand_core::OsRng;

const ID: DataId = DataId([7; 32]);
const OTHER_ID: DataId = DataId([8; 32]);
const HOUR: u64 = 3600;

#[allow(clippy::disallowed_methods, reason = "tests own their clock")]
fn unix_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}

struct World {
    devnet: Devnet,
    deployment: Deployment,
}

impl World {
    async fn new() -> Self {
        let mut config = DevnetConfig::new(Clock::new(unix_ns));
        config.blocks = BlockProduction::OnDemand;
        let devnet = Devnet::start(config).await.unwrap();
        let deployer = wallet(&devnet, 0);
        let deployment = Near::with_wallet(devnet.rpc(), &deployer).await.unwrap().deploy().await.unwrap();
        Self { devnet, deployment }
    }

    async fn chain(&self, number: usize) -> Near {
        Near::with_wallet(self.devnet.rpc(), &wallet(&self.devnet, number)).await.unwrap()
    }

    async fn grants(&self, number: usize) -> Box<dyn AccessGrants> {
        self.chain(number).await.access_grants(&self.deployment.access_grants).unwrap()
    }

    fn account(&self, number: usize) -> Account {
        wallet(&self.devnet, number).account()
    }
}

fn chain() -> ChainId {
    "near:localnet".parse().unwrap()
}

fn wallet(devnet: &Devnet, number: usize) -> NearWallet {
    let account = &devnet.accounts()[number];
    NearWallet::parse(chain(), Some(account.account_id.as_str()), &account.secret_key.to_string()).unwrap()
}

fn create(grantee: &Account, data_id: DataId, locked_until: u64) -> GrantCall {
    GrantCall::CreateGrant { grantee: *grantee, data_id, locked_until }
}

fn extend(grantee: &Account, data_id: DataId, locked_until: u64) -> GrantCall {
    GrantCall::ExtendTimelock { grantee: *grantee, data_id, locked_until }
}

fn revoke(grantee: &Account, data_id: DataId) -> GrantCall {
    GrantCall::RevokeGrant { grantee: *grantee, data_id }
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, ChainError>) -> String {
    match answer {
        Err(ChainError::Refused { name, arguments }) => format!("{name}{arguments}"),
        other => panic!("not refused by the contract: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_created_extended_and_revoked_after_its_lock() {
    let world = World::new().await;
    let (grants, bank) = (world.grants(1).await, world.account(2));
    let now = world.chain(1).await.now().await.unwrap();
    assert_eq!(grants.history_head().await.unwrap(), HistoryHead::default());
    let mined = grants.send(&create(&bank, ID, now + HOUR)).await.unwrap();
    assert!(mined.block > world.deployment.block, "{mined:?}");
    assert_eq!(refusal(grants.send(&create(&bank, ID, 0)).await), "GrantExists");
    assert_eq!(refusal(grants.send(&create(&world.account(1), ID, 0)).await), "InvalidGrantee(alice.near)");
    for mistaken in [now * 1000, now * 1_000_000_000] {
        assert_eq!(
            refusal(grants.send(&create(&bank, OTHER_ID, mistaken)).await),
            format!("InvalidTimelock({mistaken})")
        );
    }
    grants.send(&extend(&bank, ID, now + 2 * HOUR)).await.unwrap();
    let until = now + 2 * HOUR;
    assert_eq!(refusal(grants.send(&revoke(&bank, ID)).await), format!("GrantLocked({until})"));
    assert_eq!(grants.grant_of(&world.account(1), &bank, ID).await.unwrap().unwrap().locked_until, until);

    world.devnet.advance_time(Duration::from_secs(2 * HOUR + 60)).await.unwrap();
    grants.send(&revoke(&bank, ID)).await.unwrap();
    assert!(!grants.has_access(&world.account(1), &bank, ID).await.unwrap());
    assert_eq!(refusal(grants.send(&revoke(&bank, ID)).await), "GrantNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_grant_is_sent_by_somebody_else_once() {
    let world = World::new().await;
    let (owner, bank) = (world.account(1), world.account(2));
    let signed = world.grants(1).await.sign(&create(&bank, ID, 0), 600, &mut OsRng).await.unwrap();
    let text = serde_json::to_string(&signed).unwrap();
    let signed: SignedCall = serde_json::from_str(&text).unwrap();

    let relayer = world.chain(2).await;
    relayer.relay(&signed).await.unwrap();
    assert!(world.grants(2).await.has_access(&owner, &bank, ID).await.unwrap());
    let again = relayer.relay(&signed).await;
    assert!(matches!(again, Err(ChainError::NotTaken(_))), "{again:?}");
    world.grants(1).await.send(&revoke(&bank, ID)).await.unwrap();
    assert!(relayer.relay(&signed).await.is_err(), "nor after a revoke");

    let SignedCall::DelegateAction { signed, .. } = signed else { panic!("not for NEAR") };
    let elsewhere = SignedCall::DelegateAction { contract: world.deployment.credential_status, signed };
    assert!(matches!(relayer.relay(&elsewhere).await, Err(ChainError::Unsupported(_))));
    let garbage =
        SignedCall::DelegateAction { contract: world.deployment.access_grants, signed: "AAAA".into() };
    assert!(matches!(relayer.relay(&garbage).await, Err(ChainError::Unsupported(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relayed_grant_that_the_contract_refuses_is_refused() {
    let world = World::new().await;
    let bank = world.account(2);
    let owner = world.grants(1).await;
    let signed = owner.sign(&create(&bank, ID, 0), 600, &mut OsRng).await.unwrap();
    // The same grant, by another nonce: the delegate action is taken, and what it calls is refused.
    world.grants(1).await.send(&create(&bank, OTHER_ID, 0)).await.unwrap();
    let later = owner.sign(&create(&bank, OTHER_ID, 0), 600, &mut OsRng).await.unwrap();
    assert_eq!(refusal(world.chain(2).await.relay(&later).await), "GrantExists");
    assert!(world.chain(2).await.relay(&signed).await.is_err(), "its nonce has passed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_set_and_seen() {
    let world = World::new().await;
    let statuses = world.chain(1).await.credential_status(&world.deployment.credential_status).unwrap();
    let issuer = world.account(1);
    assert_eq!(statuses.status_of(&issuer, 3, 4711).await.unwrap(), Status::Valid);
    statuses.set(3, 4711, Status::Revoked).await.unwrap();
    assert_eq!(statuses.status_of(&issuer, 3, 4711).await.unwrap(), Status::Revoked);
    assert_eq!(refusal(statuses.set(3, 4711, Status::Valid).await), "CredentialRevoked(3,4711)");
    assert_eq!(refusal(statuses.set(3, 131_072, Status::Revoked).await), "IndexOutOfRange(131072)");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_other_chains_and_accounts_that_do_not_exist_are_named() {
    let world = World::new().await;
    let grants = world.grants(1).await;
    for foreign in ["near:mainnet:bank.near", "eip155:1:0xd8da6bf26964af9d7eed9e03e53415d37aa96045"] {
        let refused = grants.send(&create(&foreign.parse().unwrap(), ID, 0)).await;
        assert!(matches!(refused, Err(ChainError::WrongChain { .. })), "{refused:?}");
    }
    let elsewhere = NearWallet::generate("near:mainnet".parse().unwrap(), None, &mut OsRng).unwrap();
    let refused = Near::with_wallet(world.devnet.rpc(), &elsewhere).await.map(drop);
    assert!(matches!(refused, Err(ChainError::WrongChain { .. })), "{refused:?}");

    let unfunded = SigningWallet::from(NearWallet::generate(chain(), None, &mut OsRng).unwrap());
    let near = idos_client::chain::connect_with(&unfunded, world.devnet.rpc().clone()).await.unwrap();
    let grants = near.access_grants(&world.deployment.access_grants).unwrap();
    let refused = grants.send(&create(&world.account(2), ID, 0)).await.unwrap_err().to_string();
    assert!(refused.contains("send it some NEAR"), "{refused}");
    assert!(near.deploy().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_may_do_follows_the_chain() {
    let world = World::new().await;
    let account = world.devnet.accounts()[1].clone();
    let near = Near::reader(world.devnet.rpc()).await.unwrap();
    let alice: Account = "near:localnet:alice.near".parse().unwrap();
    let permission = async |secret: &SecretKey| {
        let near_crypto::PublicKey::ED25519(key) = secret.public_key() else { panic!("another kind of key") };
        near.key_permission(&alice, key.0).await.unwrap()
    };
    let [app, rotated] = ["app", "rotated"].map(|seed| SecretKey::from_seed(KeyType::ED25519, seed));
    assert_eq!(permission(&account.secret_key).await, KeyPermission::FullAccess);
    assert_eq!(permission(&app).await, KeyPermission::NoKey);

    let for_app = AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance: None,
        receiver_id: "app.near".into(),
        method_names: vec![],
    });
    let signer = InMemorySigner::from_secret_key(account.account_id.clone(), account.secret_key.clone());
    let full = AccessKeyPermission::FullAccess;
    act(&world, &signer, vec![add_key(&app, for_app), add_key(&rotated, full)]).await;
    assert_eq!(permission(&app).await, KeyPermission::Limited);
    assert_eq!(permission(&rotated).await, KeyPermission::FullAccess);
    let delete = DeleteKeyAction { public_key: account.secret_key.public_key() };
    act(&world, &signer, vec![Action::DeleteKey(Box::new(delete))]).await;
    assert_eq!(permission(&account.secret_key).await, KeyPermission::NoKey);
    assert_eq!(
        near.key_permission(&"near:localnet:nobody.near".parse().unwrap(), [1; 32]).await.unwrap(),
        KeyPermission::NoAccount
    );
}

fn add_key(key: &SecretKey, permission: AccessKeyPermission) -> Action {
    let access_key = AccessKey { nonce: 0, permission };
    Action::AddKey(Box::new(AddKeyAction { public_key: key.public_key(), access_key }))
}

/// Sends actions of an account to itself.
async fn act(world: &World, signer: &near_crypto::Signer, actions: Vec<Action>) {
    let rpc = JsonRpcClient::connect(world.devnet.rpc().as_str());
    let signer_id = signer.get_account_id();
    let request =
        QueryRequest::ViewAccessKey { account_id: signer_id.clone(), public_key: signer.public_key() };
    let block_reference = BlockReference::Finality(Finality::None);
    let key = rpc.call(methods::query::RpcQueryRequest { block_reference, request }).await.unwrap();
    let near_jsonrpc_primitives::types::query::QueryResponseKind::AccessKey(seen) = key.kind else {
        panic!("not an access key")
    };
    let transaction = Transaction::V0(TransactionV0 {
        signer_id: signer_id.clone(),
        public_key: signer.public_key(),
        nonce: seen.nonce + 1,
        receiver_id: signer_id,
        block_hash: key.block_hash,
        actions,
    });
    let send = methods::send_tx::RpcSendTransactionRequest {
        signed_transaction: transaction.sign(signer),
        wait_until: TxExecutionStatus::Final,
    };
    rpc.call(send).await.unwrap();
}

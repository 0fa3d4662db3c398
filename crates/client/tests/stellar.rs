//! The client's Stellar half on a real engine: the verbs, what is refused, what others send, bare keys, and what keys may do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use idos_api::credentials::SignedWriteGrant;
use idos_client::{
    ChainError, Signer, SigningWallet, StellarWallet, XrplWallet,
    chain::{self, AccessGrants, Chain, Deployment, SignedCall, stellar::Stellar},
};
use idos_devnet_stellar::rpc::{Clock, Devnet, DevnetConfig};
use idos_grants::{Account, Address, ChainId, DataId, HistoryHead, Status, account::StellarAddress};
use idos_wallets::{GrantCall, KeyPermission, WriteGrant};
use rand_core::OsRng;
use stellar_rpc_client::Client;
use stellar_xdr::{
    Limits, Memo, MuxedAccount, Operation, OperationBody, Preconditions, ReadXdr, SequenceNumber,
    SetOptionsOp, Signer as AccountSigner, SignerKey, SorobanAuthorizationEntry, SorobanAuthorizedInvocation,
    SorobanCredentials, Transaction, TransactionExt, Uint256, VecM, WriteXdr,
};

const ID: DataId = DataId([7; 32]);
const OTHER_ID: DataId = DataId([8; 32]);
const HOUR: u64 = 3600;
/// secp256k1 and Ed25519.
const XRPL_SEEDS: [&str; 2] = ["snoPBrXtMeMyMHUVTgbuqAfg1SUTb", "sEdSKaCy2JT7JaM7v95H9SxkhP9wS2r"];

#[allow(clippy::disallowed_methods, reason = "tests own their clock")]
fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

struct World {
    devnet: Devnet,
    deployment: Deployment,
}

impl World {
    async fn new() -> Self {
        Self::of_network(DevnetConfig::new(Clock::new(unix_now))).await
    }

    async fn of_network(config: DevnetConfig) -> Self {
        let devnet = Devnet::start(config).await.unwrap();
        let deployer = wallet(&devnet, 0);
        let deployment = Stellar::with_wallet(devnet.rpc(), &deployer).await.unwrap().deploy().await.unwrap();
        Self { devnet, deployment }
    }

    async fn chain(&self, number: usize) -> Stellar {
        Stellar::with_wallet(self.devnet.rpc(), &wallet(&self.devnet, number)).await.unwrap()
    }

    async fn grants(&self, number: usize) -> Box<dyn AccessGrants> {
        self.chain(number).await.access_grants(&self.deployment.access_grants).unwrap()
    }

    async fn grants_of_key(&self, wallet: &XrplWallet) -> Box<dyn AccessGrants> {
        let chain = Stellar::with_bare_key(self.devnet.rpc(), wallet).await.unwrap();
        chain.access_grants(&self.deployment.access_grants).unwrap()
    }

    fn account(&self, number: usize) -> Account {
        wallet(&self.devnet, number).account()
    }
}

fn chain_of(devnet: &Devnet) -> ChainId {
    ChainId::stellar(devnet.passphrase())
}

fn wallet(devnet: &Devnet, number: usize) -> StellarWallet {
    StellarWallet::parse(chain_of(devnet), &devnet.accounts()[number].secret()).unwrap()
}

fn xrpl(seed: &str) -> XrplWallet {
    XrplWallet::parse("xrpl:0".parse().unwrap(), seed).unwrap()
}

fn create(grantee: &Account, data_id: DataId, locked_until: u64) -> GrantCall {
    GrantCall::CreateGrant { grantee: *grantee, data_id, locked_until }
}

fn revoke(grantee: &Account, data_id: DataId) -> GrantCall {
    GrantCall::RevokeGrant { grantee: *grantee, data_id }
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, ChainError>) -> &'static str {
    match answer {
        Err(ChainError::Refused { name, .. }) => name,
        other => panic!("not refused by the contract: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_created_extended_and_revoked_after_its_lock() {
    let world = World::new().await;
    let (grants, owner, bank) = (world.grants(1).await, world.account(1), world.account(2));
    let now = world.chain(1).await.now().await.unwrap();
    assert_eq!(grants.history_head().await.unwrap(), HistoryHead::default());
    let mined = grants.send(&create(&bank, ID, now + HOUR)).await.unwrap();
    assert!(mined.block > world.deployment.block, "{mined:?}");
    assert_ne!(grants.history_head().await.unwrap(), HistoryHead::default());
    assert_eq!(refusal(grants.send(&create(&bank, ID, 0)).await), "GrantExists");
    assert_eq!(refusal(grants.send(&create(&owner, ID, 0)).await), "InvalidGrantee");
    for mistaken in [now * 1000, now * 1_000_000_000] {
        assert_eq!(refusal(grants.send(&create(&bank, OTHER_ID, mistaken)).await), "InvalidTimelock");
    }
    let until = now + 2 * HOUR;
    let extend = GrantCall::ExtendTimelock { grantee: bank, data_id: ID, locked_until: until };
    grants.send(&extend).await.unwrap();
    assert_eq!(refusal(grants.send(&revoke(&bank, ID)).await), "GrantLocked");
    assert_eq!(grants.grant_of(&owner, &bank, ID).await.unwrap().unwrap().locked_until, until);

    world.devnet.advance_time(Duration::from_secs(2 * HOUR + 60)).await.unwrap();
    grants.send(&revoke(&bank, ID)).await.unwrap();
    assert!(!grants.has_access(&owner, &bank, ID).await.unwrap());
    assert_eq!(refusal(grants.send(&revoke(&bank, ID)).await), "GrantNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_account_authorized_is_sent_by_somebody_else_once() {
    let world = World::new().await;
    let (owner, bank) = (world.account(1), world.account(2));
    let signed = world.grants(1).await.sign(&create(&bank, ID, 0), 600, &mut OsRng).await.unwrap();
    let signed: SignedCall = serde_json::from_str(&serde_json::to_string(&signed).unwrap()).unwrap();
    let relayer = world.chain(2).await;
    relayer.relay(&signed).await.unwrap();
    assert!(world.grants(2).await.has_access(&owner, &bank, ID).await.unwrap());
    assert!(relayer.relay(&signed).await.is_err(), "it works once");
    world.grants(1).await.send(&revoke(&bank, ID)).await.unwrap();
    assert!(relayer.relay(&signed).await.is_err(), "nor after a revoke");

    let SignedCall::AuthorizationEntry { signed, .. } = signed else { panic!("not for Stellar") };
    let elsewhere = SignedCall::AuthorizationEntry { contract: world.deployment.credential_status, signed };
    assert!(matches!(relayer.relay(&elsewhere).await, Err(ChainError::Unsupported(_))));
    let garbage =
        SignedCall::AuthorizationEntry { contract: world.deployment.access_grants, signed: "AAAA".into() };
    assert!(matches!(relayer.relay(&garbage).await, Err(ChainError::Unsupported(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_is_late_or_too_broad_or_changed_is_refused() {
    let world = World::new().await;
    let bank = world.account(2);
    let signed = world.grants(1).await.sign(&create(&bank, ID, 0), 10, &mut OsRng).await.unwrap();
    let SignedCall::AuthorizationEntry { contract, signed } = signed else { panic!("not for Stellar") };
    let entry = SorobanAuthorizationEntry::from_xdr_base64(&signed, Limits::none()).unwrap();
    let relayer = world.chain(2).await;
    let send = async |change: &dyn Fn(&mut SorobanAuthorizationEntry)| {
        let mut changed = entry.clone();
        change(&mut changed);
        let signed = changed.to_xdr_base64(Limits::none()).unwrap();
        relayer.relay(&SignedCall::AuthorizationEntry { contract, signed }).await.unwrap_err()
    };
    let broad = send(&|entry| {
        let function = entry.root_invocation.function.clone();
        let more = SorobanAuthorizedInvocation { function, sub_invocations: VecM::default() };
        entry.root_invocation.sub_invocations = vec![more].try_into().unwrap();
    });
    assert!(matches!(
        broad.await,
        ChainError::Unsupported("the authorization entry allows more than one call")
    ));
    let nobodys = send(&|entry| entry.credentials = SorobanCredentials::SourceAccount).await;
    assert!(matches!(nobodys, ChainError::Unsupported(_)), "{nobodys:?}");
    let other_nonce = send(&|entry| {
        let SorobanCredentials::Address(credentials) = &mut entry.credentials else { panic!("not signed") };
        credentials.nonce += 1;
    });
    assert!(matches!(other_nonce.await, ChainError::Refused { .. }));

    world.devnet.close_ledgers(5).await.unwrap();
    let late = relayer.relay(&SignedCall::AuthorizationEntry { contract, signed }).await;
    assert!(late.is_err(), "{late:?}");
    assert!(!world.grants(1).await.has_access(&world.account(1), &bank, ID).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_xrpl_account_owns_grants_by_its_key_and_others_pay() {
    let world = World::new().await;
    let (bank, relayer) = (world.account(2), world.chain(2).await);
    for seed in XRPL_SEEDS {
        let wallet = xrpl(seed);
        let owner = wallet.account_on(relayer.chain()).unwrap();
        let grants = world.grants_of_key(&wallet).await;
        let unpaid = grants.send(&create(&bank, ID, 0)).await;
        assert!(matches!(unpaid, Err(ChainError::Unsupported(_))), "{unpaid:?}");

        let signed = grants.sign(&create(&bank, ID, 0), 600, &mut OsRng).await.unwrap();
        relayer.relay(&signed).await.unwrap();
        assert!(grants.has_access(&owner, &bank, ID).await.unwrap());
        assert_eq!(refusal(relayer.relay(&signed).await), "NonceUsed");
        let end = grants.sign(&revoke(&bank, ID), 600, &mut OsRng).await.unwrap();
        relayer.relay(&end).await.unwrap();
        assert!(!grants.has_access(&owner, &bank, ID).await.unwrap());
        assert_eq!(refusal(relayer.relay(&signed).await), "NonceUsed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bare_key_signed_counts_in_its_contract_and_time_only() {
    let world = World::new().await;
    let (bank, relayer) = (world.account(2), world.chain(2).await);
    let grants = world.grants_of_key(&xrpl(XRPL_SEEDS[0])).await;
    let signed = grants.sign(&create(&bank, ID, 0), 60, &mut OsRng).await.unwrap();
    let SignedCall::BareKey { contract, message, signature } = signed.clone() else {
        panic!("not a bare key's")
    };

    let second = world.chain(0).await.deploy().await.unwrap();
    for other in [second.access_grants, world.deployment.credential_status] {
        let (message, signature) = (message.clone(), signature.clone());
        let moved = relayer.relay(&SignedCall::BareKey { contract: other, message, signature }).await;
        assert!(matches!(moved, Err(ChainError::Unproven(_))), "{moved:?}");
    }
    let mut changed = message.clone();
    changed.call = create(&bank, OTHER_ID, 0);
    let changed = SignedCall::BareKey { contract, message: changed, signature: signature.clone() };
    assert!(matches!(relayer.relay(&changed).await, Err(ChainError::Unproven(_))));

    world.devnet.advance_time(Duration::from_secs(120)).await.unwrap();
    assert_eq!(refusal(relayer.relay(&signed).await), "SignatureExpired");
}

/// What an owner signs for an issuer, with the nonce that the chain gives out.
async fn write_grant(
    world: &World,
    owner: &impl Signer,
    grantee: Account,
    data_id: DataId,
) -> SignedWriteGrant {
    let chain = world.chain(2).await;
    let now = chain.now().await.unwrap();
    let contract = world.deployment.access_grants;
    let write_grant = WriteGrant {
        owner: owner.account_on(chain.chain()).unwrap(),
        grantee,
        issuer_key: [3; 32],
        credential_id: OTHER_ID,
        data_id,
        locked_until: 0,
        not_before: now,
        not_after: now + HOUR,
        nonce: chain.write_grant_nonce(HOUR, &mut OsRng).await.unwrap(),
    };
    let signature = owner.sign(&write_grant.signable(&contract).unwrap()).unwrap();
    SignedWriteGrant { contract, write_grant, signature }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_signature_makes_the_issuers_grant_too() {
    let world = World::new().await;
    let (issuer, chain) = (world.account(2), world.chain(2).await);
    let owners: [SigningWallet; 3] =
        [wallet(&world.devnet, 1).into(), xrpl(XRPL_SEEDS[0]).into(), xrpl(XRPL_SEEDS[1]).into()];
    for owner in owners {
        let signed = write_grant(&world, &owner, issuer, ID).await;
        // The store takes the same signature.
        let signable = signed.write_grant.signable(&signed.contract).unwrap();
        let proof =
            idos_wallets::verify(&signed.write_grant.owner, &signable, signed.signature.as_bytes()).unwrap();
        assert!(chain.wallet(proof).await.unwrap().controls(&signed.write_grant.owner));

        let mut changed = signed.clone();
        changed.write_grant.data_id = DataId([9; 32]);
        assert!(chain.relay_write_grant(&changed).await.is_err(), "another copy than was signed");
        chain.relay_write_grant(&signed).await.unwrap();
        let grants = world.grants(2).await;
        assert!(grants.has_access(&signed.write_grant.owner, &issuer, ID).await.unwrap());
        assert!(chain.relay_write_grant(&signed).await.is_err(), "it works once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_set_and_seen() {
    let world = World::new().await;
    let statuses = world.chain(1).await.credential_status(&world.deployment.credential_status).unwrap();
    let issuer = world.account(1);
    assert_eq!(statuses.status_of(&issuer, 3, 4711).await.unwrap(), Status::Valid);
    statuses.set(3, 4711, Status::Revoked).await.unwrap();
    assert_eq!(statuses.status_of(&issuer, 3, 4711).await.unwrap(), Status::Revoked);
    assert_eq!(refusal(statuses.set(3, 4711, Status::Valid).await), "CredentialRevoked");
    assert_eq!(refusal(statuses.set(3, 131_072, Status::Revoked).await), "IndexOutOfRange");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_was_only_signed_is_set_by_somebody_else_once() {
    let world = World::new().await;
    let (contract, relayer) = (world.deployment.credential_status, world.chain(2).await);
    let account = wallet(&world.devnet, 1);
    let by_account = Stellar::with_wallet(world.devnet.rpc(), &account).await.unwrap();
    let by_key = Stellar::with_bare_key(world.devnet.rpc(), &xrpl(XRPL_SEEDS[0])).await.unwrap();
    let key = xrpl(XRPL_SEEDS[0]).account_on(relayer.chain()).unwrap();
    for (issuer, chain) in [(account.account(), by_account), (key, by_key)] {
        let statuses = chain.credential_status(&contract).unwrap();
        let signed = statuses.sign_set(3, 4711, Status::Suspended, 600, &mut OsRng).await.unwrap();
        let signed: SignedCall = serde_json::from_str(&serde_json::to_string(&signed).unwrap()).unwrap();
        relayer.relay(&signed).await.unwrap();
        assert_eq!(statuses.status_of(&issuer, 3, 4711).await.unwrap(), Status::Suspended);
        assert!(relayer.relay(&signed).await.is_err(), "it works once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_grant_still_opens_and_is_restored_by_whoever_touches_it() {
    let world = World::new().await;
    let (owner, bank, grants) = (world.account(1), world.account(2), world.grants(1).await);
    grants.send(&create(&bank, ID, 0)).await.unwrap();
    let head = grants.history_head().await.unwrap();
    world.devnet.skip_ledgers(10_000_000).await.unwrap();
    assert!(grants.has_access(&owner, &bank, ID).await.unwrap(), "archived is not revoked");
    assert_eq!(grants.history_head().await.unwrap(), head);

    let now = world.chain(1).await.now().await.unwrap();
    let extend = GrantCall::ExtendTimelock { grantee: bank, data_id: ID, locked_until: now + HOUR };
    grants.send(&extend).await.unwrap();
    assert_eq!(grants.grant_of(&owner, &bank, ID).await.unwrap().unwrap().locked_until, now + HOUR);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_network_other_chains_and_unfunded_accounts_are_named() {
    let world = World::new().await;
    let grants = world.grants(1).await;
    let elsewhere = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ";
    let evm = "eip155:1:0xd8da6bf26964af9d7eed9e03e53415d37aa96045".to_owned();
    for foreign in [format!("stellar:pubnet:{elsewhere}"), evm] {
        let refused = grants.send(&create(&foreign.parse().unwrap(), ID, 0)).await;
        assert!(matches!(refused, Err(ChainError::WrongChain { .. })), "{refused:?}");
    }
    let testnet: ChainId = "stellar:testnet".parse().unwrap();
    let foreign = StellarWallet::generate(testnet, &mut OsRng).unwrap();
    let refused = Stellar::with_wallet(world.devnet.rpc(), &foreign).await.map(drop);
    assert!(matches!(refused, Err(ChainError::WrongChain { .. })), "{refused:?}");
    let refused = chain::connect(testnet, world.devnet.rpc().clone()).await.map(drop);
    assert!(matches!(refused, Err(ChainError::WrongChain { .. })), "{refused:?}");
    let refused = chain::connect("xrpl:0".parse().unwrap(), world.devnet.rpc().clone()).await.map(drop);
    assert!(matches!(refused, Err(ChainError::Unsupported(_))), "{refused:?}");

    let unfunded = StellarWallet::generate(chain_of(&world.devnet), &mut OsRng).unwrap();
    let unfunded = Stellar::with_wallet(world.devnet.rpc(), &unfunded).await.unwrap();
    let grants = unfunded.access_grants(&world.deployment.access_grants).unwrap();
    let refused = grants.send(&create(&world.account(2), ID, 0)).await.unwrap_err().to_string();
    assert!(refused.contains("send it some lumens"), "{refused}");
    let account: Account = world.account(1);
    let wrong = world.chain(1).await.access_grants(&account).map(drop);
    assert!(matches!(wrong, Err(ChainError::Unsupported(_))), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_for_one_network_counts_on_no_other() {
    let world = World::new().await;
    let mut config = DevnetConfig::new(Clock::new(unix_now));
    config.passphrase = "Test SDF Network ; September 2015".into();
    let other = World::of_network(config).await;
    assert_eq!(chain_of(&other.devnet).to_string(), "stellar:testnet");
    let bank = world.account(2);
    let by_account = world.grants(1).await.sign(&create(&bank, ID, 0), 600, &mut OsRng).await.unwrap();
    let by_key = world.grants_of_key(&xrpl(XRPL_SEEDS[0])).await;
    let by_key = by_key.sign(&create(&bank, ID, 0), 600, &mut OsRng).await.unwrap();
    for signed in [by_account, by_key] {
        let refused = other.chain(2).await.relay(&signed).await;
        assert!(matches!(refused, Err(ChainError::WrongChain { .. })), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_may_do_follows_the_accounts_signers_and_thresholds() {
    let world = World::new().await;
    let (chain, alice) = (world.chain(1).await, world.account(1));
    let Address::Stellar(StellarAddress::Account(master)) = alice.address() else { panic!("no account") };
    let other = [5; 32];
    let permission = async |key| chain.key_permission(&alice, key).await.unwrap();
    assert_eq!(
        [permission(master).await, permission(other).await],
        [KeyPermission::FullAccess, KeyPermission::NoKey]
    );
    let nobody = StellarWallet::generate(chain.chain(), &mut OsRng).unwrap().account();
    assert_eq!(chain.key_permission(&nobody, other).await.unwrap(), KeyPermission::NoAccount);

    set_options(&world, |options| {
        options.signer = Some(AccountSigner { key: SignerKey::Ed25519(Uint256(other)), weight: 1 });
        options.med_threshold = Some(2);
        options.master_weight = Some(2);
    })
    .await;
    assert_eq!(
        [permission(master).await, permission(other).await],
        [KeyPermission::FullAccess, KeyPermission::Limited]
    );
    set_options(&world, |options| options.master_weight = Some(0)).await;
    assert_eq!(permission(master).await, KeyPermission::NoKey, "a key that was given up");
}

/// Changes the options of account 1.
async fn set_options(world: &World, change: impl FnOnce(&mut SetOptionsOp)) {
    let account = &world.devnet.accounts()[1];
    let client = Client::new(world.devnet.rpc().as_str()).unwrap();
    let sequence = client.get_account(&account.address()).await.unwrap().seq_num.0 + 1;
    let mut options = SetOptionsOp {
        inflation_dest: None,
        clear_flags: None,
        set_flags: None,
        master_weight: None,
        low_threshold: None,
        med_threshold: None,
        high_threshold: None,
        home_domain: None,
        signer: None,
    };
    change(&mut options);
    let operation = Operation { source_account: None, body: OperationBody::SetOptions(options) };
    let transaction = Transaction {
        source_account: MuxedAccount::Ed25519(Uint256(account.public_key())),
        fee: 100,
        seq_num: SequenceNumber(sequence),
        cond: Preconditions::None,
        memo: Memo::None,
        operations: vec![operation].try_into().unwrap(),
        ext: TransactionExt::V0,
    };
    let network_id = world.devnet.read(|network| network.network_id()).await.unwrap();
    let envelope = account.sign(transaction, &network_id).unwrap();
    client.send_transaction_polling(&envelope).await.unwrap();
}

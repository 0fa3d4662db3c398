//! On real engines: what owners sign is sent, once, and nothing else is paid for.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use idos_api::{
    ErrorCode,
    relay::{Fate, RelayCall, SignedCall},
};
use idos_client::{
    EvmWallet, NearWallet, Signer, SigningWallet, StellarWallet, XrplWallet,
    chain::{self, Deployment, payer::LazyPayer},
};
use idos_devnet_evm::{Anvil, BlockTime, CHAIN_ID, FUNDED_KEYS};
use idos_grants::{Account, ChainId, DataId};
use idos_relay::{Lane, LaneTerms, Relay, RelayLimits};
use idos_wallets::GrantCall;
use rand_core::OsRng;
use tokio_util::sync::CancellationToken;
use url::Url;

const ID: DataId = DataId([7; 32]);
const HOUR: u64 = 3600;

#[allow(clippy::disallowed_methods, reason = "tests own their clock")]
fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[allow(clippy::disallowed_methods, reason = "tests own their clock")]
fn unix_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}

/// A relay in front of a real chain.
struct Office {
    relay: Relay,
    stop: CancellationToken,
    _directory: tempfile::TempDir,
}

impl Drop for Office {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn office(payer: SigningWallet, rpc: &Url, deployment: &Deployment, fee_max: u128) -> Office {
    let directory = tempfile::tempdir().unwrap();
    let terms = LaneTerms {
        access_grants: vec![deployment.access_grants],
        credential_statuses: vec![deployment.credential_status],
        fee_max,
        balance_min: 1,
    };
    let lane = Lane::new(Arc::new(LazyPayer::new(payer, rpc.clone()).unwrap()), terms);
    let url = format!("sqlite:{}", directory.path().join("relay.db").display());
    let relay = Relay::open(&url, vec![lane], RelayLimits::default(), Arc::new(unix_now)).await.unwrap();
    let stop = CancellationToken::new();
    let (sending, until) = (relay.clone(), stop.clone());
    tokio::spawn(async move { sending.run(until).await });
    Office { relay, stop, _directory: directory }
}

impl Office {
    async fn relayed(&self, signed: SignedCall) -> Fate {
        let call = RelayCall::SignedCall(signed);
        self.relay.submit(call.clone(), "app").await.unwrap();
        for _ in 0..600 {
            let found = self.relay.submission(&call.digest(), "app").await.unwrap().unwrap();
            if found.fate.is_final() {
                return found.fate;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not end")
    }

    async fn refusal(&self, signed: SignedCall) -> (ErrorCode, Option<String>) {
        let refusal = self.relay.submit(RelayCall::SignedCall(signed), "app").await.unwrap_err();
        (refusal.code, refusal.refused)
    }
}

/// Create, again, revoke, replay of the first: the same story on every chain.
async fn story(office: &Office, owner: &SigningWallet, rpc: &Url, contract: Account, grantee: Account) {
    let chain = chain::connect_with(owner, rpc.clone()).await.unwrap();
    let account = owner.account_on(chain.chain()).unwrap();
    let grants = chain.access_grants(&contract).unwrap();
    let create = GrantCall::CreateGrant { grantee, data_id: ID, locked_until: 0 };
    let first = grants.sign(&create, HOUR, &mut OsRng).await.unwrap();
    let Fate::Done { transaction, .. } = office.relayed(first.clone()).await else { panic!() };
    assert!(grants.has_access(&account, &grantee, ID).await.unwrap());
    // The same again is the same transaction.
    let Fate::Done { transaction: again, .. } = office.relayed(first).await else { panic!() };
    assert_eq!(again, transaction);

    let second = grants.sign(&create, HOUR, &mut OsRng).await.unwrap();
    let (code, refused) = office.refusal(second).await;
    assert_eq!((code, refused.as_deref()), (ErrorCode::CallRefused, Some("GrantExists")));

    let revoke = GrantCall::RevokeGrant { grantee, data_id: ID };
    let revoke = grants.sign(&revoke, HOUR, &mut OsRng).await.unwrap();
    let fate = office.relayed(revoke).await;
    assert!(matches!(fate, Fate::Done { .. }), "{fate:?}");
    assert!(!grants.has_access(&account, &grantee, ID).await.unwrap());
}

#[tokio::test]
async fn on_an_evm_chain_an_owner_without_gas_grants_and_revokes() {
    let chain = ChainId::Eip155(CHAIN_ID);
    let anvil = Anvil::start(None, BlockTime::EverySecs(1)).await.unwrap();
    let wallet =
        |number: usize| SigningWallet::from(EvmWallet::from_hex(chain, FUNDED_KEYS[number]).unwrap());
    let deployment =
        chain::connect_with(&wallet(0), anvil.rpc().clone()).await.unwrap().deploy().await.unwrap();
    let fee_max = 10_000_000_000_000_000;
    let office = office(wallet(1), anvil.rpc(), &deployment, fee_max).await;
    let owner = SigningWallet::generate(chain, None, &mut OsRng).unwrap();
    let contract = deployment.access_grants;
    story(&office, &owner, anvil.rpc(), contract, wallet(2).account()).await;

    // Somebody else's signature.
    let grants =
        chain::connect_with(&owner, anvil.rpc().clone()).await.unwrap().access_grants(&contract).unwrap();
    let create = GrantCall::CreateGrant { grantee: wallet(2).account(), data_id: ID, locked_until: 0 };
    let mut forged = grants.sign(&create, HOUR, &mut OsRng).await.unwrap();
    if let SignedCall::Eip712 { message, .. } = &mut forged {
        message.owner = wallet(3).account();
    }
    let (code, refused) = office.refusal(forged).await;
    assert_eq!((code, refused.as_deref()), (ErrorCode::CallRefused, Some("InvalidSignature")));
}

#[tokio::test]
async fn on_an_evm_chain_no_more_is_paid_than_allowed() {
    let chain = ChainId::Eip155(CHAIN_ID);
    let anvil = Anvil::start(None, BlockTime::EverySecs(1)).await.unwrap();
    let wallet =
        |number: usize| SigningWallet::from(EvmWallet::from_hex(chain, FUNDED_KEYS[number]).unwrap());
    let deployer = chain::connect_with(&wallet(0), anvil.rpc().clone()).await.unwrap();
    let deployment = deployer.deploy().await.unwrap();
    let office = office(wallet(1), anvil.rpc(), &deployment, 1_000).await;
    let grants = deployer.access_grants(&deployment.access_grants).unwrap();
    let create = GrantCall::CreateGrant { grantee: wallet(2).account(), data_id: ID, locked_until: 0 };
    let signed = RelayCall::SignedCall(grants.sign(&create, HOUR, &mut OsRng).await.unwrap());
    office.relay.submit(signed.clone(), "app").await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let found = office.relay.submission(&signed.digest(), "app").await.unwrap().unwrap();
    assert_eq!(found.fate, Fate::Queued);
}

#[tokio::test]
async fn on_near_an_owner_without_gas_grants_and_revokes() {
    use idos_devnet_near::{BlockProduction, Clock, Devnet, DevnetConfig};
    let mut config = DevnetConfig::new(Clock::new(unix_ns));
    config.blocks = BlockProduction::OnDemand;
    let devnet = Devnet::start(config).await.unwrap();
    let wallet = |number: usize| {
        let account = &devnet.accounts()[number];
        let (id, key) = (account.account_id.as_str(), account.secret_key.to_string());
        SigningWallet::from(NearWallet::parse("near:localnet".parse().unwrap(), Some(id), &key).unwrap())
    };
    let deployment =
        chain::connect_with(&wallet(0), devnet.rpc().clone()).await.unwrap().deploy().await.unwrap();
    let office = office(wallet(1), devnet.rpc(), &deployment, 20_000_000_000_000_000_000_000).await;
    let contract = deployment.access_grants;
    story(&office, &wallet(2), devnet.rpc(), contract, wallet(3).account()).await;
}

#[tokio::test]
async fn on_stellar_accounts_and_bare_keys_grant_and_revoke() {
    use idos_devnet_stellar::rpc::{Clock, Devnet, DevnetConfig};
    let devnet = Devnet::start(DevnetConfig::new(Clock::new(unix_now))).await.unwrap();
    let chain = ChainId::stellar(devnet.passphrase());
    let wallet = |number: usize| {
        SigningWallet::from(StellarWallet::parse(chain, &devnet.accounts()[number].secret()).unwrap())
    };
    let deployment =
        chain::connect_with(&wallet(0), devnet.rpc().clone()).await.unwrap().deploy().await.unwrap();
    let office = office(wallet(1), devnet.rpc(), &deployment, 100_000_000).await;
    let contract = deployment.access_grants;
    let grantee = wallet(3).account();
    story(&office, &wallet(2), devnet.rpc(), contract, grantee).await;
    let bare = XrplWallet::parse("xrpl:0".parse().unwrap(), "sEdSKaCy2JT7JaM7v95H9SxkhP9wS2r").unwrap();
    story(&office, &bare.into(), devnet.rpc(), contract, grantee).await;
}

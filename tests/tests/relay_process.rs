//! `idos relay` as a process, asked by the command line: killed after it took a call and started again, it has sent the call once.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use alloy::{
    primitives::Address,
    providers::{Provider, ProviderBuilder, ext::AnvilApi},
};
use idos_api::relay::{Fate, RelayCall, Submission};
use idos_client::{
    Signer,
    chain::{Chain, evm::Evm},
    relay::{Relay, TakesCalls},
};
use idos_devnet_evm::{BlockTime, FUNDED_KEYS};
use idos_grants::{Account, DataId, Namespace};
use idos_tests::{
    binary::{self, Answer},
    member::wallet,
    node_process::NodeProcess,
    stage::StageChain,
};
use idos_wallets::GrantCall;
use rand_core::OsRng;
use sha2::{Digest, Sha256};

const TOKEN: &str = "the-token-of-the-app";
/// Of the funded keys: who pays.
const PAYER: usize = 4;
/// Of the funded keys: who owns, and has signed.
const OWNER: usize = 1;

/// A chain whose blocks are made when the test says so, and a relay.
struct Scene {
    folder: tempfile::TempDir,
    chain: StageChain,
    relay: NodeProcess,
    port: u16,
}

impl Scene {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let chain = StageChain::start(Namespace::Eip155, folder.path(), BlockTime::PerTransaction).await;
        let chain = chain.unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        write_private(&folder.path().join("key"), FUNDED_KEYS[PAYER]);
        fs::write(folder.path().join("relay.toml"), config(folder.path(), &chain, port)).unwrap();
        let relay = start(folder.path(), port);
        let mut scene = Self { folder, chain, relay, port };
        scene.relay.wait_ready().unwrap();
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start_again(&mut self) {
        self.relay = start(self.folder.path(), self.port);
        self.relay.wait_ready().unwrap();
    }

    /// Whether blocks are made with each transaction; those that wait come with the first one.
    async fn make_blocks(&self, makes: bool) {
        let provider = ProviderBuilder::new().connect_http(self.chain.rpc.clone());
        provider.anvil_set_auto_mine(makes).await.unwrap();
        if makes {
            provider.anvil_mine(Some(1), None).await.unwrap();
        }
    }

    /// Transactions of the account that pays.
    async fn transactions(&self) -> u64 {
        let provider = ProviderBuilder::new().connect_http(self.chain.rpc.clone());
        let idos_grants::Address::Evm(payer) = wallet(PAYER).unwrap().account().address() else { panic!() };
        provider.get_transaction_count(Address::from(payer)).await.unwrap()
    }

    /// A grant that the owner has only signed; the file that it is in.
    async fn signed(&self, number: u8) -> (PathBuf, RelayCall) {
        let chain = Evm::with_wallet(self.chain.rpc.clone(), &wallet(OWNER).unwrap()).await.unwrap();
        let contract = chain.access_grants(&self.chain.access_grants().unwrap()).unwrap();
        let call = GrantCall::CreateGrant { grantee: grantee(), data_id: data_id(number), locked_until: 0 };
        let signed = contract.sign(&call, 3600, &mut OsRng).await.unwrap();
        let file = self.path(&format!("signed-{number}.json"));
        fs::write(&file, serde_json::to_vec(&signed).unwrap()).unwrap();
        (file, RelayCall::SignedCall(signed))
    }

    async fn stands(&self, number: u8) -> bool {
        let chain = Evm::reader(self.chain.rpc.clone()).await.unwrap();
        let contract = chain.access_grants(&self.chain.access_grants().unwrap()).unwrap();
        let owner = wallet(OWNER).unwrap().account();
        contract.has_access(&owner, &grantee(), data_id(number)).await.unwrap()
    }

    /// `idos grants relay FILE --via URL`, in a folder that holds no wallet.
    fn command(&self, file: &Path) -> Command {
        let (file, url) = (file.to_str().unwrap(), self.relay.url.as_str());
        let mut command = binary::command(&["grants", "relay", file, "--via", url, "--json"]).unwrap();
        command.arg("--home").arg(self.path("nobody")).env_remove("IDOS_RELAY_TOKEN_FILE");
        command.env("IDOS_RELAY_TOKEN", TOKEN);
        command
    }

    /// The same, left to itself.
    fn begin(&self, file: &Path) -> Child {
        let mut command = self.command(file);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits until the relay says this of a call.
    async fn wait_for(&self, call: &RelayCall, is_it: impl Fn(&Fate) -> bool) {
        let relay = Relay::new(self.relay.url.clone(), TOKEN).unwrap();
        for _ in 0..400 {
            if relay.handed_in(&call.digest()).await.is_ok_and(|found| is_it(&found.fate)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it does not come to that:\n{}", self.relay.log_tail());
    }
}

fn start(folder: &Path, port: u16) -> NodeProcess {
    NodeProcess::spawn_as(&["relay"], &folder.join("relay.toml"), port, &folder.join("relay.log")).unwrap()
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn config(folder: &Path, chain: &StageChain, port: u16) -> String {
    let idos_grants::Address::Evm(contract) = chain.access_grants().unwrap().address() else { panic!() };
    format!(
        r#"
data_dir = {:?}
listen = "127.0.0.1:{port}"

[[apps]]
name = "my-app"
token_sha256 = "{}"

[[chains]]
chain = "{}"
rpc_url = "{}"
key_file = {:?}

[[chains.contracts]]
kind = "access_grants"
address = "0x{}"
"#,
        folder.join("relay"),
        hex::encode(Sha256::digest(TOKEN)),
        chain.chain,
        chain.rpc,
        folder.join("key"),
        hex::encode(contract),
    )
}

fn grantee() -> Account {
    wallet(2).unwrap().account()
}

fn data_id(number: u8) -> DataId {
    DataId([number; 32])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_a_relay_took_before_it_was_killed_arrives_once() {
    let mut scene = Scene::set().await;
    let (taken, first) = scene.signed(1).await;
    let (sent, second) = scene.signed(2).await;
    scene.make_blocks(false).await;

    let asking = scene.begin(&sent);
    scene.wait_for(&second, |fate| matches!(fate, Fate::Sent { .. })).await;
    // This one waits behind the other: it is taken, and no transaction is made of it yet.
    let waiting = scene.begin(&taken);
    scene.wait_for(&first, |fate| *fate == Fate::Queued).await;
    scene.relay.end().unwrap();
    for asking in [asking, waiting] {
        let ended = asking.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(!ended.status.success() && said.contains("relay_unreachable"), "{said}");
    }
    scene.start_again();
    scene.make_blocks(true).await;

    for (number, file, call) in [(1, &taken, &first), (2, &sent, &second)] {
        let told: Submission =
            serde_json::from_value(binary::run(scene.command(file)).unwrap().done().unwrap()).unwrap();
        assert_eq!(told.digest, call.digest());
        assert!(matches!(told.fate, Fate::Done { .. }), "{:?}", told.fate);
        assert!(scene.stands(number).await);
    }
    assert_eq!(scene.transactions().await, 2, "each once");
    scene.relay.end().unwrap();
    scene.start_again();
    for file in [&taken, &sent] {
        binary::run(scene.command(file)).unwrap().done().unwrap();
    }
    assert_eq!(scene.transactions().await, 2, "nor again after another restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_asks_for_its_token_which_is_in_the_environment_or_a_file() {
    let scene = Scene::set().await;
    let (file, _) = scene.signed(1).await;
    let refused = |command: Command, code: &str| match binary::run(command).unwrap() {
        Answer::Refused(refusal) => assert_eq!(refusal.code, code, "{}", refusal.message),
        Answer::Done(answer) => panic!("it was taken: {answer}"),
    };
    let mut without = scene.command(&file);
    without.env_remove("IDOS_RELAY_TOKEN");
    refused(without, "failed");
    let mut wrong = scene.command(&file);
    wrong.env("IDOS_RELAY_TOKEN", "another");
    refused(wrong, "unauthenticated");
    assert_eq!(scene.transactions().await, 0);

    write_private(&scene.path("token"), &format!("{TOKEN}\n"));
    let mut by_file = scene.command(&file);
    by_file.env_remove("IDOS_RELAY_TOKEN").arg("--relay-token-file").arg(scene.path("token"));
    binary::run(by_file).unwrap().done().unwrap();
    assert!(scene.stands(1).await);
}

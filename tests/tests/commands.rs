//! Commands that no story plays: each over a live node, by real processes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use idos_api::relay::RelayCall;
use idos_devnet_evm::BlockTime;
use idos_grants::Namespace;
use idos_tests::{
    binary,
    node_process::NodeProcess,
    role::Role,
    stage::{Stage, StageChain},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PRICES: &str = "[prices]\ncurrency = \"EUR\"\ncopies_read = 1000\ncalls_relayed = 20000\n";

/// An owner with a credential of her own words, and a bank.
struct World {
    stage: Stage,
    owner: Role,
    bank: Role,
    bank_profile: String,
    original: String,
}

impl World {
    async fn set_up(folder: &Path) -> Self {
        let chain = StageChain::start(Namespace::Eip155, folder, BlockTime::EverySecs(1)).await.unwrap();
        let key_file = payer(&chain, 5, &folder.join("node-relay.key"));
        let settings =
            format!("{PRICES}[[relay.chains]]\nchain = \"{}\"\nkey_file = {key_file:?}\n", chain.chain);
        let mut stage = Stage::with_chains(folder, vec![chain], &settings).unwrap();
        stage.node.wait_ready().unwrap();
        let (owner, bank) = (stage.role("owner", 2).unwrap(), stage.role("bank", 3).unwrap());
        profile_of(&owner);
        let bank_profile = profile_of(&bank);
        let claims = stage.write_json("claims.json", &json!({"city": "London"})).unwrap();
        let add = ["credential", "add", "--type", "Preferences", "--claims", &claims];
        let original = text(&owner.done(&add).unwrap(), "data_id");
        Self { stage, owner, bank, bank_profile, original }
    }

    /// A copy for the bank, granted as `more` says.
    fn shared(&self, more: &[&str]) -> Value {
        let share = ["share", &self.original, "--with", &self.bank_profile, "--grantee", &self.bank.account];
        self.owner.done(&[&share[..], more].concat()).unwrap()
    }

    /// A grant for the bank that the owner only signed; its copy, and the file that holds it.
    fn signed(&self, name: &str) -> (String, String) {
        let signed = self.shared(&["--sign-only"]);
        (text(&signed, "data_id"), self.stage.write_json(name, &signed["signed_call"]).unwrap())
    }
}

/// The key of a chain's funded account, as a relay is given it.
fn payer(chain: &StageChain, number: usize, file: &Path) -> PathBuf {
    fs::write(file, &chain.key(number).unwrap().private_key).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    file.to_owned()
}

fn profile_of(role: &Role) -> String {
    text(&role.done(&["profile", "create", "--key", "random"]).unwrap(), "id")
}

fn text(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}")).to_owned()
}

/// Reads as soon as the grant's block is final.
fn fetch(reader: &Role, copy: &str) {
    let start = Instant::now();
    while reader.run(&["fetch", copy]).unwrap().done().is_err() {
        assert!(start.elapsed() < Duration::from_secs(30), "the grant never became final");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// What the operator reads as CSV: a line a row, below the names of its columns.
fn csv(arguments: &[&str]) -> Vec<String> {
    let mut command: Command = binary::command(&[arguments, &["--csv"]].concat()).unwrap();
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn operators(arguments: &[&str]) -> Value {
    binary::run(binary::command(&[arguments, &["--json"]].concat()).unwrap()).unwrap().done().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_copy_is_extended_told_of_and_given_up_and_its_receipt_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let World { owner, bank, bank_profile, original, .. } = &World::set_up(folder.path()).await;
    let share = ["share", original, "--with", bank_profile, "--grantee", &bank.account, "--lock", "1h"];
    let shared = owner.done(&[&share[..], &["--wait", "final"]].concat()).unwrap();
    let (copy, locked_until) = (text(&shared, "data_id"), shared["locked_until"].as_u64().unwrap());
    let given = || owner.done(&["grants", "given", "--grantee", &bank.account]).unwrap();
    let listed = given();
    assert_eq!((listed.as_array().unwrap().len(), text(&listed[0], "data_id")), (1, copy.clone()));
    assert_eq!((&listed[0]["stored"], &listed[0]["rescinded_at"]), (&json!(true), &Value::Null));
    let to_herself = owner.done(&["grants", "given", "--grantee", &owner.account]).unwrap();
    assert_eq!(to_herself, json!([]));

    let extend = ["extend", &copy, "--grantee", &bank.account, "--lock", "2h", "--wait", "final"];
    let extended = owner.done(&extend).unwrap()["locked_until"].as_u64().unwrap();
    assert!(extended > locked_until, "{extended} after {locked_until}");
    let shorter = ["extend", &copy, "--grantee", &bank.account, "--lock", "1h"];
    assert!(owner.run(&shorter).unwrap().done().is_err(), "a lock only grows");

    // Each once it is final, and from a cursor the next.
    let created = bank.done(&["events", "--from-start", "--max", "1"]).unwrap();
    let after = ["events", "--cursor", &text(&created, "cursor"), "--max", "1"];
    let next = bank.done(&after).unwrap();
    for (event, name, until) in
        [(&created, "grant_created", locked_until), (&next, "timelock_extended", extended)]
    {
        assert_eq!((&event["event"], &event["data_id"]), (&json!(name), &json!(copy)), "{event}");
        assert_eq!(event["locked_until"], until, "{event}");
    }

    fetch(bank, &copy);
    let rescinded = bank.done(&["grants", "rescind", &copy]).unwrap();
    assert_eq!(rescinded["deleted"], true, "{rescinded}");
    bank.run(&["fetch", &copy]).unwrap().refused("grant_rescinded").unwrap();
    assert_eq!(given()[0]["rescinded_at"], rescinded["rescinded_at"]);
    let receipts = owner.done(&["profile", "receipts"]).unwrap();
    assert_eq!(receipts.as_array().unwrap().len(), 1, "{receipts}");
    assert_eq!(receipts[0]["reason"], "rescinded");
    assert_eq!(receipts[0]["receipt"]["receipt"]["data_id"], json!(copy));
    assert_eq!(bank.done(&["profile", "receipts"]).unwrap(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_followed_to_its_answers_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let World { owner, bank, .. } = &World::set_up(folder.path()).await;
    let ask = [
        "request",
        "publish",
        "--purpose",
        "Opening an account",
        "--type",
        "Preferences",
        "--to",
        &owner.account,
    ];
    let id = text(&bank.done(&ask).unwrap()["request"], "id");
    let published = || bank.done(&["request", "published"]).unwrap();
    assert_eq!((&published()[0]["request"]["id"], &published()[0]["declined"]), (&json!(id), &json!(0)));
    assert_eq!(bank.done(&["request", "answers", &id]).unwrap(), json!([]));

    owner.done(&["request", "decline", &id]).unwrap();
    assert_eq!(published()[0]["declined"], 1);
    let answers = bank.done(&["request", "answers", &id]).unwrap();
    assert_eq!((answers.as_array().unwrap().len(), &answers[0]["kind"]), (1, &json!("declined")));
    owner.run(&["request", "answers", &id]).unwrap().refused("not_found").unwrap();

    owner.run(&["request", "withdraw", &id]).unwrap().refused("not_found").unwrap();
    assert_eq!(bank.done(&["request", "withdraw", &id]).unwrap(), json!({"withdrawn": id}));
    assert_eq!(published(), json!([]));
    bank.run(&["request", "answers", &id]).unwrap().refused("not_found").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_is_named_by_its_site_and_counts_the_versions_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let World { stage, .. } = &World::set_up(folder.path()).await;
    let issuer = stage.role("issuer", 1).unwrap();
    profile_of(&issuer);
    issuer.done(&["issuer", "create"]).unwrap();
    let stated = || issuer.done(&["profile", "show"]).unwrap()["signing_key"]["statement"].clone();
    assert_eq!(stated(), Value::Null);
    for (site, version) in
        [("did:web:issuer.example", 1), ("did:web:issuer.example", 1), ("did:web:moved.example", 2)]
    {
        let document = issuer.done(&["issuer", "site", site]).unwrap();
        assert_eq!(document["id"], site);
        assert_eq!((&stated()["issuer"], &stated()["version"]), (&json!(site), &json!(version)));
    }
    let wrong = ["issuer", "site", "did:web:issuer.example", "--statement-version", "2"];
    issuer.run(&wrong).unwrap().refused("key_statement_invalid").unwrap();
    assert_eq!(stated()["issuer"], "did:web:moved.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_read_what_was_used_of_a_running_node_and_a_running_relay() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::set_up(folder.path()).await;
    let World { stage, bank, bank_profile, .. } = &world;
    let (copy, file) = world.signed("for-the-node.json");
    bank.done(&["grants", "relay", &file, "--via", "node"]).unwrap();
    fetch(bank, &copy);

    let config = stage.file("node.toml");
    let of_node = ["node", "usage", "--config", config.to_str().unwrap()];
    let lines = csv(&of_node);
    assert_eq!(lines[0], "profile_id,item,uses,bytes,amount,currency");
    let bill = operators(&of_node);
    assert_eq!(bill["currency"], "EUR");
    let billed = bill["lines"].as_array().unwrap();
    assert_eq!(billed.len(), lines.len() - 1);
    for item in ["copies_read", "calls_relayed"] {
        let line =
            billed.iter().find(|line| line["item"] == item).unwrap_or_else(|| panic!("no {item}: {bill}"));
        assert_eq!(line["profile_id"], json!(bank_profile));
        let (uses, bytes, amount) = (&line["uses"], &line["bytes"], &line["amount"]);
        assert!(lines.contains(&format!("{bank_profile},{item},{uses},{bytes},{amount},EUR")), "{lines:?}");
    }
    let long_ago = csv(&[&of_node[..], &["--to", "2020-01-31"]].concat());
    assert_eq!(long_ago.len(), 1, "{long_ago:?}");
    of_a_relay(&world).await;
}

async fn of_a_relay(world: &World) {
    let stage = &world.stage;
    let (config, mut relay) = relay_of(stage);
    relay.wait_ready().unwrap();
    let (copy, file) = world.signed("for-the-relay.json");
    let call = RelayCall::SignedCall(serde_json::from_slice(&fs::read(file).unwrap()).unwrap());
    let ask = reqwest::Client::new().post(relay.url.join("/v1/relay").unwrap()).bearer_auth("token");
    let taken = ask.header("content-type", "application/json").body(serde_json::to_vec(&call).unwrap());
    let taken = taken.send().await.unwrap();
    assert_eq!(taken.status(), 202, "{}", taken.text().await.unwrap());
    fetch(&world.bank, &copy);

    let usage = ["relay", "usage", "--config", config.to_str().unwrap()];
    assert_eq!(csv(&usage), ["app,calls,amount,currency", "wallet,1,20,EUR"]);
    let bill = operators(&usage);
    assert_eq!(
        bill,
        json!({"currency": "EUR", "lines": [{"app": "wallet", "calls": 1, "amount": 20}], "total": 20})
    );
}

/// A relay in a process of its own, for one app.
fn relay_of(stage: &Stage) -> (PathBuf, NodeProcess) {
    let chain = stage.first().unwrap();
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let key_file = payer(chain, 4, &stage.file("relay.key"));
    let contract = text(&chain.contracts, "access_grants");
    let address = contract.rsplit(':').next().unwrap();
    let (data, rpc, token) = (stage.file("relay"), &chain.rpc, hex::encode(Sha256::digest("token")));
    let id = chain.chain;
    let settings = format!(
        "data_dir = {data:?}\nlisten = \"127.0.0.1:{port}\"\n{PRICES}\
         [[apps]]\nname = \"wallet\"\ntoken_sha256 = \"{token}\"\n\
         [[chains]]\nchain = \"{id}\"\nrpc_url = \"{rpc}\"\nkey_file = {key_file:?}\n\
         [[chains.contracts]]\nkind = \"access_grants\"\naddress = \"{address}\"\n"
    );
    let config = stage.file("relay.toml");
    fs::write(&config, settings).unwrap();
    let relay = NodeProcess::spawn_as(&["relay"], &config, port, &stage.file("relay.log")).unwrap();
    (config, relay)
}

//! The story: a credential travels from issuer to consumer, and a grant on a chain decides.

pub mod across;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use idos_devnet_evm::BlockTime;
use idos_grants::Namespace;
use rand::RngCore;
use serde_json::{Value, json};

use crate::{
    key_nodes::KeyNodes,
    role::Role,
    search::{Needle, in_files, on_chain},
    stage::{Stage, StageChain},
    steps::Narrator,
};

/// How long the grant of the story is locked.
const LOCK_SECS: u64 = 12;
/// The document inside the credential.
const DOCUMENT_BYTES: usize = 2 * 1024 * 1024;
/// Where the issuer speaks of the credential's status.
const STATUS_INDEX: &str = "4711";

/// Plays it below `folder` on a chain of `namespace`; an error is a step that differed. `narrate` is called with a line a step.
pub async fn play(folder: &Path, namespace: Namespace, narrate: impl FnMut(&str)) -> Result<()> {
    let mut narrator = Narrator::new(narrate);
    let chains = vec![StageChain::start(namespace, folder, BlockTime::EverySecs(1)).await?];
    let mut nodes = KeyNodes::start(folder, &chains, KeyNodes::USUAL).await?;
    let mut stage = Stage::with_chains(folder, chains, "")?;
    let ready = stage.node.wait_ready()?;
    narrator.step(
        "a chain, its contracts, a node and five key-share nodes are up",
        &json!({"contracts": stage.first()?.contracts, "ready_ms": millis(ready)}),
    );

    let cast = Cast::enter(&stage, &nodes, &mut narrator)?;
    let marker = random_marker();
    let credential = issue(&stage, &cast, &marker, &mut narrator)?;
    without_key_nodes(&mut nodes, &cast, &credential, &mut narrator)?;
    let (locked, locked_until) = share_with_bank(&stage, &cast, &credential, &mut narrator)?;
    try_to_end(&cast, &locked, &mut narrator)?;
    let open = share_with_shop(&stage, &cast, &credential, &locked, &mut narrator)?;
    let shared = Shared { locked, locked_until, open };
    revoke(&cast, &shared, &mut narrator)?;
    status(&stage, &cast, &credential, &shared, &mut narrator)?;
    search(&stage, &marker, &mut narrator).await?;
    delete(&stage, &cast, &[&credential, &shared.locked, &shared.open], &mut narrator)?;
    Ok(())
}

struct Cast {
    issuer: Role,
    issuer_did: String,
    owner: Role,
    bank: Role,
    bank_profile: String,
    shop: Role,
    shop_profile: String,
}

impl Cast {
    fn enter(stage: &Stage, nodes: &KeyNodes, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<Self> {
        let issuer = stage.role("issuer", 1)?;
        let owner = stage.role("owner", 2)?.with_key_nodes(&nodes.set_file);
        let bank = stage.role("bank", 3)?;
        let shop = stage.role("shop", 4)?;
        let issuer_profile = create_profile(&issuer, "random")?;
        let issuer_did = text(&issuer.done(&["issuer", "create"])?, "issuer")?;
        // Without --key: shared among nodes.
        let owner_profile = text(&owner.done(&["profile", "create"])?, "id")?;
        let bank_profile = create_profile(&bank, "random")?;
        let shop_profile = create_profile(&shop, "random")?;
        let ids = json!({"issuer": issuer_profile, "owner": owner_profile, "bank": bank_profile, "shop": shop_profile});
        narrator.step(
            "issuer, owner, bank and shop sign in and make profiles; the owner's key is shared among the nodes",
            &ids,
        );
        Ok(Self { issuer, issuer_did, owner, bank, bank_profile, shop, shop_profile })
    }
}

pub(crate) fn create_profile(role: &Role, key: &str) -> Result<String> {
    text(&role.done(&["profile", "create", "--key", key])?, "id")
}

fn issue(
    stage: &Stage,
    cast: &Cast,
    marker: &str,
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<String> {
    let consent = cast.owner.done(&[
        "consent",
        "--issuer",
        &cast.issuer_did,
        "--issuer-account",
        &cast.issuer.account,
    ])?;
    let credential_id = text(&consent["write_grant"]["write_grant"], "credential_id")?;
    narrator.step("the owner signs her consent to one credential", &json!({"credential_id": credential_id}));

    let (consent_file, claims_file, document_file) =
        (stage.file("consent.json"), stage.file("claims.json"), stage.file("passport.png"));
    fs::write(&consent_file, serde_json::to_vec(&consent)?)?;
    fs::write(&claims_file, json!({"givenName": marker, "birthDate": "1990-01-01"}).to_string())?;
    fs::write(&document_file, document(marker))?;
    let document = format!("passport={}", path(&document_file)?);
    let arguments =
        ["credential", "issue", "--consent", path(&consent_file)?, "--claims", path(&claims_file)?];
    let more = ["--document", &document, "--notes", r#"{"level":"plus"}"#, "--status-index", STATUS_INDEX];
    let stored = cast.issuer.done(&[&arguments[..], &more].concat())?;
    ensure!(
        text(&stored, "data_id")? == credential_id,
        "the credential is stored under the id that she consented to"
    );
    narrator.step(
        "the issuer signs, encrypts and stores it",
        &json!({"data_id": credential_id, "bytes": stored["size"]}),
    );

    let again = cast.issuer.run(&[&arguments[..], &more].concat())?.refused("write_grant_used")?;
    narrator.refusal("the consent is used up: a second write is refused", &again);

    let refused = cast.bank.run(&["fetch", &credential_id])?.refused("not_found")?;
    let missing = cast.bank.run(&["fetch", &format!("0x{}", "ab".repeat(32))])?.refused("not_found")?;
    ensure!(
        refused.message == missing.message && refused.status == missing.status,
        "forbidden differs from missing"
    );
    narrator.refusal("the bank asks for it: the same answer as for nothing at all", &refused);

    let opened = stage.file("opened.json");
    let verdict = cast.owner.done(&[
        "credential",
        "open",
        &credential_id,
        "--trust",
        &cast.issuer_did,
        "-o",
        path(&opened)?,
    ])?;
    ensure!(verdict["good"] == true, "the owner's own credential is good: {verdict}");
    ensure!(fs::read_to_string(&opened)?.contains(marker), "she reads what the issuer wrote");
    narrator.step("the owner decrypts it", &json!({"status": verdict["status"]}));
    Ok(credential_id)
}

/// Her key is in no folder: it is there as long as three of five nodes are.
fn without_key_nodes(
    nodes: &mut KeyNodes,
    cast: &Cast,
    credential: &str,
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<()> {
    let open = ["credential", "open", credential];
    for index in [1, 2] {
        nodes.kill(index)?;
    }
    cast.owner.done(&open)?;
    nodes.kill(3)?;
    let gone = cast.owner.run(&open)?.refused("too_few_key_shares")?;
    for index in [1, 2, 3] {
        nodes.restart(index)?;
    }
    cast.owner.done(&open)?;
    narrator
        .refusal("with two of five key-share nodes gone she still does; with three gone nobody does", &gone);
    Ok(())
}

struct Shared {
    /// The bank's copy, under a timelock.
    locked: String,
    locked_until: u64,
    /// The shop's copy, without.
    open: String,
}

/// The copy's id, and until when its grant is locked.
fn share_with_bank(
    stage: &Stage,
    cast: &Cast,
    credential: &str,
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<(String, u64)> {
    let lock = format!("{LOCK_SECS}s");
    let for_bank = ["share", credential, "--with", &cast.bank_profile, "--grantee", &cast.bank.account];
    let granted = cast.owner.done(&[&for_bank[..], &["--lock", &lock]].concat())?;
    let locked = text(&granted, "data_id")?;
    narrator.step("she encrypts a copy for the bank, and grants access under a timelock", &granted);

    if !stage.first()?.is_final_at_once() {
        let early = cast.bank.run(&["fetch", &locked])?.refused("grant_not_final")?;
        narrator.refusal("its block is not final yet", &early);
    }

    let start = Instant::now();
    let fetched = stage.file("fetched.json");
    let fetch = ["fetch", &locked, "--trust", &cast.issuer_did, "-o", path(&fetched)?];
    let verdict = fetch_when_final(&cast.bank, &fetch)?;
    ensure!(verdict["good"] == true && verdict["status"] == "valid", "the bank's copy is good: {verdict}");
    let original = fs::read(stage.file("opened.json"))?;
    ensure!(fs::read(&fetched)? == original, "the bank reads, byte for byte, what the issuer signed");
    narrator.step(
        "the bank fetches its copy, decrypts it and verifies it",
        &json!({"waited_ms": millis(start.elapsed()), "status": verdict["status"]}),
    );

    let unasked = cast.bank.done(&["fetch", &locked])?;
    ensure!(unasked["good"] == false, "nothing is good before somebody is trusted");
    let distrust = ["fetch", &locked, "--trust", "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"];
    let verdict = cast.bank.done(&distrust)?;
    ensure!(verdict["good"] == false, "an issuer that is not trusted does not pass");
    narrator.step("had it trusted another issuer only, the verdict would say so", &json!({"good": false}));

    let of_copy = ["share", &locked, "--with", &cast.shop_profile, "--grantee", &cast.shop.account];
    let of_copy = cast.owner.run(&of_copy)?.refused("copy_of_copy")?;
    narrator.refusal("a copy is the bank's: she shares the original only", &of_copy);

    let locked_until =
        cast.owner.done(&["grants", "list", "--data-id", &locked])?[0]["locked_until"].as_u64();
    Ok((locked, locked_until.context("the grant is mirrored")?))
}

/// The copy's id.
fn share_with_shop(
    stage: &Stage,
    cast: &Cast,
    credential: &str,
    locked: &str,
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<String> {
    let for_shop = ["share", credential, "--with", &cast.shop_profile, "--grantee", &cast.shop.account];
    let signed = cast.owner.done(&[&for_shop[..], &["--sign-only"]].concat())?;
    let open = text(&signed, "data_id")?;
    let signed_file = stage.file("signed-call.json");
    fs::write(&signed_file, serde_json::to_vec(&signed["signed_call"])?)?;
    let relayed = cast.shop.done(&["grants", "relay", path(&signed_file)?])?;
    narrator.step(
        "she only signs a grant for the shop, without a timelock: the shop sends it and pays",
        &relayed,
    );
    ensure!(cast.shop.run(&["grants", "relay", path(&signed_file)?])?.done().is_err(), "it works once");

    let verdict = fetch_when_final(&cast.shop, &["fetch", &open, "--trust", &cast.issuer_did])?;
    ensure!(verdict["good"] == true, "the shop's copy is good");
    let other = cast.shop.run(&["fetch", locked])?.refused("not_found")?;
    narrator.refusal("the shop reads its copy, but not the bank's", &other);
    Ok(open)
}

/// Fetches as soon as the grant's block is final.
pub(crate) fn fetch_when_final(reader: &Role, fetch: &[&str]) -> Result<Value> {
    let start = Instant::now();
    loop {
        match reader.run(fetch)? {
            crate::binary::Answer::Done(verdict) => return Ok(verdict),
            // Before the node has seen a grant that somebody else sent, there is nothing to find.
            crate::binary::Answer::Refused(refusal) if refusal.code == "not_found" => {}
            refused => drop(refused.refused("grant_not_final")?),
        }
        ensure!(start.elapsed().as_secs() < 30, "the grant never became final");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn try_to_end(cast: &Cast, locked: &str, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<()> {
    let revoke = ["revoke", locked, "--grantee", &cast.bank.account];
    let by_chain = cast.owner.run(&revoke)?.refused("GrantLocked")?;
    narrator.refusal("she tries to revoke: the chain refuses while it is locked", &by_chain);
    let by_node = cast.owner.run(&["credential", "delete", locked])?.refused("timelocked")?;
    narrator.refusal("she tries to delete the copy: the node refuses too", &by_node);
    Ok(())
}

/// Revokes as soon as the chain lets her.
pub(crate) fn revoke_when_unlocked(
    owner: &Role,
    global: &[&str],
    data_id: &str,
    grantee: &str,
) -> Result<Value> {
    let start = Instant::now();
    loop {
        match owner.run(&[global, &["revoke", data_id, "--grantee", grantee]].concat())? {
            crate::binary::Answer::Done(mined) => return Ok(mined),
            refused => drop(refused.refused("GrantLocked")?),
        }
        ensure!(start.elapsed() < 3 * Duration::from_secs(LOCK_SECS), "the lock never ended");
        std::thread::sleep(Duration::from_millis(300));
    }
}

fn revoke(cast: &Cast, shared: &Shared, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<()> {
    let mined = revoke_when_unlocked(&cast.owner, &[], &shared.locked, &cast.bank.account)?;
    let refused = cast.bank.run(&["fetch", &shared.locked])?.refused("grant_revoked")?;
    narrator.step(
        "the lock has ended: she revokes",
        &json!({"locked_until": shared.locked_until, "transaction": mined["transaction"]}),
    );
    narrator.refusal("the very next read is refused, and says why", &refused);
    Ok(())
}

fn status(
    stage: &Stage,
    cast: &Cast,
    credential: &str,
    shared: &Shared,
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<()> {
    let mined = cast.issuer.done(&["status", "set", "--index", STATUS_INDEX, "revoked"])?;
    for (name, verdict) in [
        ("owner", cast.owner.done(&["credential", "open", credential])?),
        ("shop", cast.shop.done(&["fetch", &shared.open])?),
    ] {
        ensure!(
            verdict["good"] == false && verdict["status"] == "revoked",
            "the {name} sees it revoked: {verdict}"
        );
    }
    narrator.step("the issuer revokes the credential: owner and shop see it at once", &mined);
    let reads = cast.owner.done(&["audit"])?;
    let reads = reads.as_array().context("the audit is a list")?.len();
    ensure!(reads >= 4, "every read by the bank and the shop is in the audit log, but there are {reads}");
    narrator.step("the owner sees who read what", &json!({"reads": reads}));
    let archive = stage.file("export.zip");
    let exported = cast.owner.done(&["profile", "export", path(&archive)?])?;
    ensure!(exported["credentials"] == 1, "she exports what is hers: {exported}");
    narrator.step("she exports it, decrypted, as W3C JSON in one archive", &exported);
    let imported = cast.owner.done(&["profile", "import", path(&archive)?])?;
    let present = imported["present"].as_array().is_some_and(|present| present.len() == 1);
    ensure!(present, "what is there already is not imported again: {imported}");
    Ok(())
}

async fn search(stage: &Stage, marker: &str, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<()> {
    let needle = Needle::new(marker.as_bytes());
    let (hits, files) = in_files(&stage.data_dir(), &needle)?;
    let log_hits = needle.count(&fs::read(stage.log())?);
    ensure!(
        hits == 0 && log_hits == 0,
        "the plaintext's marker is {hits} times in the node's files, {log_hits} in its log"
    );
    let chain = on_chain(stage.first()?, &needle).await?;
    ensure!(chain.hits == 0, "the plaintext's marker is on chain");
    ensure!(needle.count(&fs::read(stage.file("fetched.json"))?) > 0, "the search finds what is there");
    let found = json!({"files": files, "transactions": chain.transactions, "logs": chain.logs, "hits": 0});
    narrator.step("a search for the plaintext: nothing on chain, nothing at the node", &found);
    Ok(())
}

fn delete(stage: &Stage, cast: &Cast, ids: &[&str], narrator: &mut Narrator<impl FnMut(&str)>) -> Result<()> {
    let needles = ids.iter().map(|id| ciphertext(stage, cast, id)).collect::<Result<Vec<_>>>()?;
    for needle in needles.iter().flatten() {
        ensure!(in_files(&stage.data_dir(), needle)?.0 > 0, "the search finds ciphertext while it is stored");
    }
    let mut receipts = Vec::new();
    for id in ids {
        let receipt = cast.owner.done(&["credential", "delete", id])?;
        ensure!(
            receipt["receipt"]["data_id"] == **id && receipt["signature"].is_string(),
            "a receipt for {id}: {receipt}"
        );
        cast.owner.run(&["credential", "open", id])?.refused("not_found")?;
        receipts.push(receipt);
    }
    cast.shop.run(&["fetch", ids[2]])?.refused("not_found")?;
    for needle in needles.iter().flatten() {
        let (hits, _) = in_files(&stage.data_dir(), needle)?;
        ensure!(hits == 0, "ciphertext is still in the node's files after deletion");
    }
    let receipt = &receipts[0];
    narrator.step(
        "she deletes it all: no ciphertext is left at the node",
        &json!({"deleted": ids.len(), "receipt": receipt["receipt"], "signed_by": receipt["node"]}),
    );
    Ok(())
}

/// Pieces of the stored ciphertext, from its start, middle and end.
fn ciphertext(stage: &Stage, cast: &Cast, id: &str) -> Result<Vec<Needle>> {
    const PIECE: usize = 48;
    let file = stage.file("ciphertext");
    cast.owner.done(&["credential", "open", id, "--encrypted", "-o", path(&file)?])?;
    let bytes = fs::read(&file)?;
    let starts = [0, bytes.len() / 2, bytes.len() - PIECE];
    Ok(starts.map(|start| Needle::new(&bytes[start..start + PIECE])).to_vec())
}

fn random_marker() -> String {
    let mut bytes = [0; 12];
    rand::rng().fill_bytes(&mut bytes);
    format!("MARKER-{}", hex::encode(bytes))
}

/// Noise with the marker in the middle.
fn document(marker: &str) -> Vec<u8> {
    let mut bytes = vec![0; DOCUMENT_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    bytes[DOCUMENT_BYTES / 2..][..marker.len()].copy_from_slice(marker.as_bytes());
    bytes
}

pub(crate) fn text(value: &Value, name: &str) -> Result<String> {
    value[name].as_str().map(str::to_owned).with_context(|| format!("no {name} in {value}"))
}

pub(crate) fn path(path: &Path) -> Result<&str> {
    path.to_str().context("a path is not UTF-8")
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

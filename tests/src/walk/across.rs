//! The story across chains: one profile with a wallet on each, and with one of XRPL where Stellar is among them. The credential goes to a consumer on
//! every chain, by a grant there; and to one that has an XRPL account only.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use idos_devnet_evm::BlockTime;
use idos_grants::{ChainId, Namespace};
use serde_json::{Value, json};

use super::{create_profile, fetch_when_final, path, revoke_when_unlocked, text};
use crate::{
    role::{Role, RoleKey},
    stage::Stage,
    steps::Narrator,
};

/// Of the XRPL genesis account, secp256k1; and of the page on cryptographic keys in XRPL's reference, Ed25519.
const XRPL_SEEDS: [&str; 2] = ["snoPBrXtMeMyMHUVTgbuqAfg1SUTb", "sEdSKaCy2JT7JaM7v95H9SxkhP9wS2r"];

struct Cast {
    issuer: Role,
    issuer_did: String,
    /// With a wallet of every family.
    owner: Role,
    consumers: Vec<Consumer>,
}

/// Who is shared with, and by which wallet of the owner.
struct Consumer {
    role: Role,
    name: String,
    profile: String,
    /// Whom grants are to: not the wallet's own account where that is on a chain without contracts.
    grantee: String,
    owners_wallet: String,
    /// Who pays for what this owner's wallet only signs, where it cannot pay.
    relayer: Option<Role>,
}

/// A consumer's copy.
struct Copy<'a> {
    of: &'a Consumer,
    data_id: String,
}

/// Plays it below `folder` on chains of `namespaces`; an error is a step that differed. `narrate` is called with a line a step.
pub async fn play(folder: &Path, namespaces: &[Namespace], narrate: impl FnMut(&str)) -> Result<()> {
    let mut narrator = Narrator::new(narrate);
    let mut stage = Stage::set_up_on(folder, namespaces, BlockTime::EverySecs(1), "").await?;
    stage.node.wait_ready()?;
    let contracts = stage.chains.iter().map(|chain| &chain.contracts).collect::<Vec<_>>();
    narrator.step("chains, their contracts and one node are up", &json!({"contracts": contracts}));

    let cast = Cast::enter(&stage, &mut narrator)?;
    let credential = issue(&stage, &cast, &mut narrator)?;
    let copies = share(&stage, &cast, &credential, &mut narrator)?;
    end(&stage, &cast, &credential, &copies, &mut narrator)
}

impl Cast {
    fn enter(stage: &Stage, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<Self> {
        let issuer = stage.role("issuer", 1)?;
        let owner = stage.role("owner", 2)?.with_password("correct horse battery staple");
        create_profile(&issuer, "random")?;
        let issuer_did = text(&issuer.done(&["issuer", "create"])?, "issuer")?;
        create_profile(&owner, "password")?;
        let mut consumers = Vec::new();
        for (number, chain) in stage.chains.iter().enumerate() {
            let name = format!("consumer on {}", chain.chain.namespace());
            let role = stage.role_on(chain, &name, 3)?;
            let owners_wallet =
                if number == 0 { owner.account.clone() } else { link(&owner, chain.key(2)?, narrator)? };
            let profile = create_profile(&role, "random")?;
            let grantee = role.account.clone();
            consumers.push(Consumer { role, name, profile, grantee, owners_wallet, relayer: None });
        }
        if let Ok(stellar) = stage.chain(Namespace::Stellar) {
            let relayer = stage.role_on(stellar, "relayer", 4)?;
            consumers.push(Consumer::on_xrpl(stage, stellar.chain, &owner, relayer, narrator)?);
        }
        Ok(Self { issuer, issuer_did, owner, consumers })
    }
}

impl Consumer {
    /// Both sides have XRPL accounts only; their keys hold the grant on Stellar, and a third pays.
    fn on_xrpl(
        stage: &Stage,
        stellar: ChainId,
        owner: &Role,
        relayer: Role,
        narrator: &mut Narrator<impl FnMut(&str)>,
    ) -> Result<Self> {
        let [owners_seed, seed] = XRPL_SEEDS;
        let owners_wallet = link(owner, &xrpl_key(owners_seed)?, narrator)?;
        let role = stage.role_with(&xrpl_key(seed)?, "consumer on xrpl")?;
        let profile = create_profile(&role, "random")?;
        let shown = role.done(&["profile", "show"])?;
        // xrpl:<address>:<key>
        let wallet = shown["wallets"][0].as_str().context("the profile has a wallet")?;
        let key = wallet.rsplit(':').next().context("the wallet names its key")?;
        let grantee = format!("{stellar}:{key}");
        let name = "consumer on xrpl".to_owned();
        Ok(Self { role, name, profile, grantee, owners_wallet, relayer: Some(relayer) })
    }
}

fn xrpl_key(seed: &str) -> Result<RoleKey> {
    Ok(RoleKey { chain: "xrpl:0".parse()?, account_id: None, private_key: seed.to_owned() })
}

/// Links one more wallet to the owner's profile; its account.
fn link(owner: &Role, key: &RoleKey, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<String> {
    let account = owner.import(key)?;
    let profile = owner.done(&["profile", "link-wallet", &account])?;
    let same = owner.done(&["--wallet", &account, "profile", "show"])?;
    ensure!(same["id"] == profile["id"], "either wallet opens the same profile");
    narrator.step("the owner links a wallet, which opens her profile from then on", &profile);
    Ok(account)
}

fn issue(stage: &Stage, cast: &Cast, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<String> {
    let Cast { issuer, issuer_did, owner, .. } = cast;
    let consent = owner.done(&["consent", "--issuer", issuer_did, "--issuer-account", &issuer.account])?;
    let (consent_file, claims_file) = (stage.file("consent.json"), stage.file("claims.json"));
    fs::write(&consent_file, serde_json::to_vec(&consent)?)?;
    fs::write(&claims_file, json!({"givenName": "Alice"}).to_string())?;
    let (consent_file, claims_file) = (path(&consent_file)?, path(&claims_file)?);
    let stored = issuer.done(&["credential", "issue", "--consent", consent_file, "--claims", claims_file])?;
    let id = text(&stored, "data_id")?;
    narrator.step("an issuer stores a credential with her consent", &json!({"data_id": id}));
    Ok(id)
}

/// Lets `consumer`'s relayer send and pay for what was only signed.
fn relay(stage: &Stage, consumer: &Consumer, signed: &Value) -> Result<Value> {
    let relayer = consumer.relayer.as_ref().context("somebody pays")?;
    let file = stage.file("signed-call.json");
    fs::write(&file, serde_json::to_vec(&signed["signed_call"])?)?;
    let sent = relayer.done(&["grants", "relay", path(&file)?])?;
    ensure!(relayer.run(&["grants", "relay", path(&file)?])?.done().is_err(), "it works once");
    Ok(sent)
}

/// A copy for everybody; the grant of the last but one is under a timelock.
fn share<'a>(
    stage: &Stage,
    cast: &'a Cast,
    credential: &str,
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<Vec<Copy<'a>>> {
    let mut copies = Vec::new();
    for consumer in &cast.consumers {
        let Consumer { profile, grantee, owners_wallet, name, .. } = consumer;
        let share = ["--wallet", owners_wallet, "share", credential, "--with", profile, "--grantee", grantee];
        let lock: &[&str] = if is_locked(cast, consumer) { &["--lock", "20s"] } else { &[] };
        let granted = if consumer.relayer.is_some() {
            let signed = cast.owner.done(&[&share[..], &["--sign-only"]].concat())?;
            relay(stage, consumer, &signed)?;
            signed
        } else {
            cast.owner.done(&[&share[..], &["--wait", "final"], lock].concat())?
        };
        narrator.step(&format!("she shares it with the {name}"), &granted);
        copies.push(Copy { of: consumer, data_id: text(&granted, "data_id")? });
    }
    // It is about the wallet by which she consented, and each grant is by another.
    let subject = subject(cast);
    for copy in &copies {
        let fetch = ["fetch", &copy.data_id, "--trust", &cast.issuer_did];
        if !shared_by_its_subject(cast, copy.of) {
            let verdict = fetch_when_final(&copy.of.role, &fetch)?;
            ensure!(verdict["good"] == false, "who does not know the wallet is not told that it is hers");
        }
        let verdict = fetch_when_final(&copy.of.role, &[&fetch[..], &["--subject", &subject]].concat())?;
        ensure!(verdict["good"] == true, "the copy is good: {verdict}");
        for other in copies.iter().filter(|other| other.data_id != copy.data_id) {
            copy.of.role.run(&["fetch", &other.data_id])?.refused("not_found")?;
        }
    }
    let ids = copies.iter().map(|copy| &copy.data_id).collect::<Vec<_>>();
    narrator.step("each reads its own copy, and no other's", &json!({"copies": ids}));
    Ok(copies)
}

/// Whom the credential is about: the wallet that she acts as where she names none.
fn subject(cast: &Cast) -> String {
    format!("did:pkh:{}", cast.owner.account)
}

fn shared_by_its_subject(cast: &Cast, consumer: &Consumer) -> bool {
    consumer.owners_wallet == cast.owner.account
}

/// The consumer on the last chain, whose wallet was linked and so could be unlinked.
fn is_locked(cast: &Cast, consumer: &Consumer) -> bool {
    let last = cast.consumers.iter().rfind(|consumer| consumer.relayer.is_none());
    last.is_some_and(|last| last.name == consumer.name)
}

fn end(
    stage: &Stage,
    cast: &Cast,
    credential: &str,
    copies: &[Copy<'_>],
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<()> {
    let (locked, open): (Vec<_>, Vec<_>) = copies.iter().partition(|copy| is_locked(cast, copy.of));
    let locked = *locked.first().context("one grant is locked")?;
    let wallet = &locked.of.owners_wallet;
    let unlink = cast.owner.run(&["profile", "unlink-wallet", wallet])?.refused("timelocked")?;
    narrator.refusal("a wallet that holds a live timelock stays on the profile", &unlink);
    let delete = cast.owner.run(&["credential", "delete", &locked.data_id])?.refused("timelocked")?;
    narrator.refusal("and the copy under it cannot be deleted", &delete);

    for copy in open {
        let Consumer { grantee, owners_wallet, role, name, .. } = copy.of;
        let revoke = ["--wallet", owners_wallet, "revoke", &copy.data_id, "--grantee", grantee];
        if copy.of.relayer.is_some() {
            relay(stage, copy.of, &cast.owner.done(&[&revoke[..], &["--sign-only"]].concat())?)?;
            wait_until_revoked(role, &copy.data_id)?;
        } else {
            cast.owner.done(&revoke)?;
        }
        let refused = role.run(&["fetch", &copy.data_id])?.refused("grant_revoked")?;
        narrator.refusal(&format!("she revokes: the {name} is refused"), &refused);
    }
    let subject = subject(cast);
    let fetch = ["fetch", &locked.data_id, "--trust", &cast.issuer_did, "--subject", &subject];
    ensure!(locked.of.role.done(&fetch)?["good"] == true, "the locked grant stands");

    revoke_when_unlocked(&cast.owner, &[], &locked.data_id, &locked.of.grantee)?;
    let refused = locked.of.role.run(&["fetch", &locked.data_id])?.refused("grant_revoked")?;
    narrator.refusal("the lock has ended: she revokes the last grant", &refused);
    for id in copies.iter().map(|copy| copy.data_id.as_str()).chain([credential]) {
        cast.owner.done(&["credential", "delete", id])?;
    }
    let profile = cast.owner.done(&["profile", "unlink-wallet", wallet])?;
    narrator.step("she deletes it all and unlinks the wallet", &json!({"unlinked": profile}));
    Ok(())
}

/// Until the node has seen a revocation that somebody else sent.
fn wait_until_revoked(reader: &Role, data_id: &str) -> Result<()> {
    let start = std::time::Instant::now();
    while reader.run(&["fetch", data_id])?.done().is_ok() {
        ensure!(start.elapsed().as_secs() < 30, "the revocation was never seen");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Ok(())
}

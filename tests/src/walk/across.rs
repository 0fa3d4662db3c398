//! The story across chains: one profile with a wallet on each; the credential goes to one consumer by a grant on EVM, to another by one on NEAR.

use std::{fs, path::Path};

use anyhow::{Result, ensure};
use idos_devnet_evm::BlockTime;
use idos_grants::Namespace;
use serde_json::{Value, json};

use super::{create_profile, fetch_when_final, path, steps::Narrator, text};
use crate::{role::Role, stage::Stage};

struct Cast {
    issuer: Role,
    issuer_did: String,
    /// With wallets on both chains.
    owner: Role,
    owners: [String; 2],
    /// On EVM.
    bank: Role,
    bank_profile: String,
    /// On NEAR.
    shop: Role,
    shop_profile: String,
}

/// Plays it below `folder`; an error is a step that differed. `narrate` is called with a line a step.
pub async fn play(folder: &Path, narrate: impl FnMut(&str)) -> Result<()> {
    let mut narrator = Narrator::new(narrate);
    let namespaces = [Namespace::Eip155, Namespace::Near];
    let mut stage = Stage::set_up_on(folder, &namespaces, BlockTime::EverySecs(1), "").await?;
    stage.node.wait_ready()?;
    let contracts = stage.chains.iter().map(|chain| &chain.contracts).collect::<Vec<_>>();
    narrator.step("two chains, their contracts and one node are up", &json!({"contracts": contracts}));

    let cast = Cast::enter(&stage, &mut narrator)?;
    let credential = issue(&stage, &cast, &mut narrator)?;
    let copies = share(&cast, &credential, &mut narrator)?;
    end(&cast, &credential, &copies, &mut narrator)
}

impl Cast {
    fn enter(stage: &Stage, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<Self> {
        let (evm, near) = (stage.chain(Namespace::Eip155)?, stage.chain(Namespace::Near)?);
        let issuer = stage.role_on(evm, "issuer", 1)?;
        let owner = stage.role_on(evm, "owner", 2)?.with_password("correct horse battery staple");
        let bank = stage.role_on(evm, "bank", 3)?;
        let shop = stage.role_on(near, "shop", 4)?;
        create_profile(&issuer, "random")?;
        let issuer_did = text(&issuer.done(&["issuer", "create"])?, "issuer")?;
        create_profile(&owner, "password")?;
        let bank_profile = create_profile(&bank, "random")?;
        let shop_profile = create_profile(&shop, "random")?;

        let on_near = owner.import(near.key(2)?)?;
        let profile = owner.done(&["profile", "link-wallet", &on_near])?;
        let wallets = profile["wallets"].as_array().map_or(0, Vec::len);
        ensure!(wallets == 2, "the profile has both wallets: {profile}");
        narrator.step("the owner links her NEAR account to the profile of her EVM wallet", &profile);
        let same = owner.done(&["--wallet", &on_near, "profile", "show"])?;
        ensure!(same["id"] == profile["id"], "either wallet opens the same profile");
        let owners = [owner.account.clone(), on_near];
        Ok(Self { issuer, issuer_did, owner, owners, bank, bank_profile, shop, shop_profile })
    }
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
    narrator.step("an issuer on EVM stores a credential with her consent", &json!({"data_id": id}));
    Ok(id)
}

/// The bank's copy, and the shop's.
fn share(cast: &Cast, credential: &str, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<[String; 2]> {
    let share = |profile: &str, grantee: &str, lock: &[&str]| {
        let arguments = ["share", credential, "--with", profile, "--grantee", grantee, "--wait", "final"];
        cast.owner.done(&[&arguments[..], lock].concat())
    };
    let for_bank = share(&cast.bank_profile, &cast.bank.account, &[])?;
    narrator.step("she shares it with the bank, by a grant on EVM", &for_bank);
    let for_shop = share(&cast.shop_profile, &cast.shop.account, &["--lock", "15s"])?;
    narrator.step("and with the shop, by a timelocked grant on NEAR", &for_shop);

    let copies = [text(&for_bank, "data_id")?, text(&for_shop, "data_id")?];
    for (reader, own, other) in [(&cast.bank, 0, 1), (&cast.shop, 1, 0)] {
        let verdict: Value = fetch_when_final(reader, &["fetch", &copies[own], "--trust", &cast.issuer_did])?;
        ensure!(verdict["good"] == true, "the copy is good: {verdict}");
        reader.run(&["fetch", &copies[other]])?.refused("not_found")?;
    }
    narrator.step("each reads its own copy, and not the other's", &json!({"copies": copies}));
    Ok(copies)
}

fn end(
    cast: &Cast,
    credential: &str,
    [of_bank, of_shop]: &[String; 2],
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<()> {
    let [_, on_near] = &cast.owners;
    let unlink = cast.owner.run(&["profile", "unlink-wallet", on_near])?.refused("timelocked")?;
    narrator.refusal("the NEAR wallet holds a live timelock: it stays on the profile", &unlink);
    let delete = cast.owner.run(&["credential", "delete", of_shop])?.refused("timelocked")?;
    narrator.refusal("and the shop's copy cannot be deleted, says NEAR", &delete);

    cast.owner.done(&["revoke", of_bank, "--grantee", &cast.bank.account])?;
    let refused = cast.bank.run(&["fetch", of_bank])?.refused("grant_revoked")?;
    ensure!(cast.shop.done(&["fetch", of_shop])?["good"] == true, "the shop's grant stands");
    narrator.refusal("she revokes on EVM: the bank is refused, the shop still reads", &refused);

    super::revoke_when_unlocked(&cast.owner, of_shop, &cast.shop.account)?;
    let refused = cast.shop.run(&["fetch", of_shop])?.refused("grant_revoked")?;
    narrator.refusal("the lock on NEAR has ended: she revokes there, and the shop is refused", &refused);
    for id in [of_bank, of_shop, credential] {
        cast.owner.done(&["credential", "delete", id])?;
    }
    cast.owner.done(&["profile", "unlink-wallet", on_near])?;
    narrator.step("she deletes it all and unlinks the NEAR wallet", &json!({"deleted": 3}));
    Ok(())
}

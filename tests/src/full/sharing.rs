//! Rows 3, 7, 8, 9 and 11: copies, grants, timelocks, revocations, and others who pay.

use anyhow::{Result, ensure};

use super::{
    cast::{Cast, Consumer},
    issuing::Held,
    programme::{Programme, Row},
};
use crate::{
    stage::Stage,
    walk::{fetch_when_final, text},
};

/// Copies that were shared.
pub struct Shared {
    /// Of her identity; by EVM.
    pub with_bank: String,
    /// Of her residence, under a timelock; by NEAR.
    pub with_lender: String,
}

pub fn play(
    stage: &Stage,
    cast: &Cast,
    held: &Held,
    programme: &mut Programme<impl FnMut(&str)>,
) -> Result<Shared> {
    let with_bank = with_bank(cast, held, programme)?;
    let with_lender = with_lender(stage, cast, held, programme)?;
    with_shop(stage, cast, held, programme)?;
    Ok(Shared { with_bank, with_lender })
}

/// The plain way: she sends the grant herself.
fn with_bank(cast: &Cast, held: &Held, programme: &mut Programme<impl FnMut(&str)>) -> Result<String> {
    let Consumer { role, profile } = &cast.bank;
    let share = ["share", &held.identity, "--with", profile, "--grantee", &role.account, "--wait", "final"];
    let what = "she encrypts a copy for the bank and grants access to it";
    let granted = programme.does(Row::AccessGrants, &cast.owner, what, &share)?;
    let copy = text(&granted, "data_id")?;
    let fetch = ["fetch", &copy, "--trust", &cast.registry.did];
    let verdict =
        programme.does(Row::AccessGrants, role, "the bank fetches, decrypts and verifies", &fetch)?;
    ensure!(verdict["good"] == true, "the copy is good: {verdict}");
    let original = ["fetch", &held.identity];
    let what = "and reads nothing else";
    programme.refuses(Row::AccessGrants, role, what, &original, "not_found")?;
    let list = ["grants", "received"];
    programme.does(Row::AccessGrants, role, "it lists what it was given", &list)?;
    Ok(copy)
}

/// She only signs; the lender sends it, and pays: a delegated access grant, with a timelock.
fn with_lender(
    stage: &Stage,
    cast: &Cast,
    held: &Held,
    programme: &mut Programme<impl FnMut(&str)>,
) -> Result<String> {
    let Consumer { role, profile } = &cast.lender;
    let share = ["--wallet", &cast.wallets.near, "share", &held.residence, "--with", profile];
    let more = ["--grantee", &role.account, "--lock", "40s", "--sign-only"];
    let what = "she signs a locked grant for the lender, and sends nothing";
    let arguments = [&share[..], &more].concat();
    let signed = programme.does(Row::DelegatedAccessGrant, &cast.owner, what, &arguments)?;
    let file = stage.write_json("grant-for-lender.json", &signed["signed_call"])?;
    let relay = ["grants", "relay", &file, "--via", "self"];
    programme.does(Row::DelegatedAccessGrant, role, "the lender submits it, once", &relay)?;
    ensure!(role.run(&relay)?.done().is_err(), "a delegated grant works once");
    let copy = text(&signed, "data_id")?;
    let subject = about_her_stellar_wallet(cast);
    let fetch = ["fetch", &copy, "--trust", &cast.utility.did, "--subject", &subject];
    let verdict = fetch_when_final(role, &fetch)?;
    ensure!(verdict["good"] == true, "the copy is good: {verdict}");

    let revoke = ["--wallet", &cast.wallets.near, "revoke", &copy, "--grantee", &role.account];
    let what = "until its time has come the grant cannot be revoked";
    programme.refuses(Row::Timelocks, &cast.owner, what, &revoke, "GrantLocked")?;
    let delete = ["credential", "delete", &copy];
    let what = "nor the copy deleted";
    programme.refuses(Row::Timelocks, &cast.owner, what, &delete, "timelocked")?;
    let unlink = ["profile", "unlink-wallet", &cast.wallets.near];
    let what = "nor the wallet unlinked";
    programme.refuses(Row::Timelocks, &cast.owner, what, &unlink, "timelocked")?;
    Ok(copy)
}

/// With an XRPL wallet, which can pay for nothing: the node's relay does.
fn with_shop(
    stage: &Stage,
    cast: &Cast,
    held: &Held,
    programme: &mut Programme<impl FnMut(&str)>,
) -> Result<()> {
    let Consumer { role, profile } = &cast.shop;
    let share = ["--wallet", &cast.wallets.xrpl, "share", &held.residence, "--with", profile];
    let what = "with her XRPL wallet she signs a grant for the shop";
    let arguments = [&share[..], &["--grantee", &role.account, "--sign-only"]].concat();
    let signed = programme.does(Row::NoGas, &cast.owner, what, &arguments)?;
    let file = stage.write_json("grant-for-shop.json", &signed["signed_call"])?;
    let relay = ["grants", "relay", &file, "--via", "node"];
    programme.does(Row::NoGas, role, "the shop hands it to the node's relay, which pays", &relay)?;
    let copy = text(&signed, "data_id")?;
    let subject = about_her_stellar_wallet(cast);
    let fetch = ["fetch", &copy, "--trust", &cast.utility.did, "--subject", &subject];
    let verdict = fetch_when_final(role, &fetch)?;
    ensure!(verdict["good"] == true, "the copy is good: {verdict}");

    let revoke = ["--wallet", &cast.wallets.xrpl, "revoke", &copy, "--grantee", &role.account, "--sign-only"];
    let signed =
        programme.does(Row::Revocation, &cast.owner, "she takes it back, by a signature", &revoke)?;
    let file = stage.write_json("revocation.json", &signed["signed_call"])?;
    let relay = ["grants", "relay", &file, "--via", "node"];
    programme.does(Row::Revocation, &cast.owner, "which the relay sends too", &relay)?;
    wait_until_refused(role, &copy)?;
    let fetch = ["fetch", &copy];
    programme.refuses(
        Row::Revocation,
        role,
        "the next read is refused, and says why",
        &fetch,
        "grant_revoked",
    )?;
    Ok(())
}

/// Her residence was issued to her wallet on Stellar; who is granted to by another one of hers has to know that one.
fn about_her_stellar_wallet(cast: &Cast) -> String {
    format!("did:pkh:{}", cast.wallets.stellar)
}

/// Until the node has seen a revocation that somebody else sent.
fn wait_until_refused(reader: &crate::role::Role, data_id: &str) -> Result<()> {
    let start = std::time::Instant::now();
    while reader.run(&["fetch", data_id])?.done().is_ok() {
        ensure!(start.elapsed().as_secs() < 30, "the revocation was never seen");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Ok(())
}

//! Rows 15, 16 and 21: who read what, what it costs whom, taking everything along, and leaving.

use anyhow::{Result, ensure};

use super::{
    cast::Cast,
    issuing::file,
    programme::{Programme, Row},
    sharing::Shared,
};
use crate::{
    role::Role,
    stage::Stage,
    walk::{revoke_when_unlocked, text},
};

pub fn play(
    stage: &Stage,
    cast: &Cast,
    shared: &Shared,
    programme: &mut Programme<impl FnMut(&str)>,
) -> Result<()> {
    let owner = cast.owner.clone().with_password("staple battery horse correct");
    let audit = programme.does(Row::Export, &owner, "she sees who read what, and when", &["audit"])?;
    ensure!(!audit.to_string().is_empty(), "the log");
    let archive = file(stage, "profile.zip")?;
    let export = ["profile", "export", &archive];
    programme.does(Row::Export, &owner, "she takes everything along, decrypted", &export)?;

    import(stage, &owner, &archive, programme)?;

    let usage = programme.does(Row::Fees, &cast.bank.role, "the bank sees what it used", &["usage"])?;
    ensure!(usage.to_string().contains("read"), "the bank's reads: {usage}");

    let receipt = file(stage, "receipt.json")?;
    let leave = ["profile", "delete", "--yes", "--receipt", &receipt];
    let near = ["--wallet", &cast.wallets.near];
    let extend = ["extend", &shared.with_lender, "--grantee", &cast.lender.role.account, "--lock", "20s"];
    let extend = [&near[..], &extend, &["--wait", "final"]].concat();
    programme.does(Row::Timelocks, &owner, "she promises the lender a little longer", &extend)?;
    programme.refuses(
        Row::Delete,
        &owner,
        "she cannot leave while a timelock holds",
        &leave,
        "timelocked",
    )?;
    revoke_when_unlocked(&owner, &near, &shared.with_lender, &cast.lender.role.account)?;
    programme.does(Row::Delete, &owner, "then she leaves: all is gone, with a receipt", &leave)?;
    let show =
        programme.does(Row::Delete, &owner, "her wallet has no profile any more", &["profile", "show"])?;
    ensure!(show.is_null(), "gone: {show}");
    let fetch = ["fetch", &shared.with_lender];
    programme.refuses(Row::Delete, &cast.lender.role, "and nobody reads her copies", &fetch, "not_found")?;
    Ok(())
}

/// At another node the same wallet makes another profile, into which everything goes that was hers.
fn import(
    stage: &Stage,
    owner: &Role,
    archive: &str,
    programme: &mut Programme<impl FnMut(&str)>,
) -> Result<()> {
    let other = stage.another_node()?;
    let there = owner.clone().at(other.url.as_str());
    let create = ["profile", "create", "--key", "password"];
    programme.does(Row::Export, &there, "at another node she makes a profile", &create)?;
    let import = ["profile", "import", archive];
    let report = programme.does(Row::Export, &there, "and brings everything along", &import)?;
    let imported = report["imported"].as_array().map(Vec::as_slice).unwrap_or_default();
    let left = report["not_imported"].as_array().map(Vec::as_slice).unwrap_or_default();
    let credentials = owner.done(&["credential", "list"])?;
    let originals = credentials.as_array().into_iter().flatten().filter(|one| one["original"].is_null());
    ensure!(imported.len() == originals.count() && left.is_empty(), "all of hers: {report}");
    for one in imported {
        let opened = there.done(&["credential", "open", &text(one, "stored_as")?])?;
        ensure!(opened["notes"] == "pass", "as its issuer signed it: {opened}");
    }
    let again = there.done(&import)?;
    ensure!(again["imported"] == serde_json::json!([]), "it is there already: {again}");
    Ok(())
}

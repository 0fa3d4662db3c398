//! Row 13: a consumer says what it needs and whom it trusts; she sees what of hers fits.

use anyhow::{Result, ensure};

use super::{
    cast::{Cast, Consumer},
    programme::{Programme, Row},
};
use crate::walk::{fetch_when_final, text};

pub fn play(cast: &Cast, programme: &mut Programme<impl FnMut(&str)>) -> Result<()> {
    let Consumer { role, .. } = &cast.bank;
    let ask =
        ["request", "publish", "--purpose", "We must know that you are a person", "--to", &cast.wallets.evm];
    let more = ["--type", "ProofOfPersonhood", "--field", "birthDate", "--trust", &cast.registry.did];
    let what = "the bank asks: for what, which type, which fields, whose word";
    let request = programme.does(Row::TrustedIssuers, role, what, &[&ask[..], &more].concat())?;
    let id = text(&request["request"], "id")?;
    let what = "she sees who asks, and which of her credentials match";
    programme.does(Row::TrustedIssuers, &cast.owner, what, &["request", "show", &id])?;
    let accept = ["request", "accept", &id];
    let accepted = programme.does(Row::TrustedIssuers, &cast.owner, "she accepts", &accept)?;
    let copy = text(&accepted, "data_id")?;
    let fetch = ["fetch", &copy, "--request", &id];
    let verdict = fetch_when_final(role, &fetch)?;
    ensure!(verdict["good"] == true, "what was asked for: {verdict}");
    programme.note(Row::TrustedIssuers, role, &fetch, "");

    let ask = [
        "request",
        "publish",
        "--purpose",
        "We are curious",
        "--to",
        &cast.wallets.evm,
        "--type",
        "Passport",
    ];
    let request = text(&cast.shop.role.done(&ask)?["request"], "id")?;
    let decline = ["request", "decline", &request];
    programme.does(Row::TrustedIssuers, &cast.owner, "she declines what she does not like", &decline)?;
    Ok(())
}

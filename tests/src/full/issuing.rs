//! Rows 6, 10, 12 and 14: credentials come, are suspended, corrected, replaced.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{
    cast::{Cast, Issuer},
    programme::{Programme, Row},
    sharing::Shared,
};
use crate::{
    role::Role,
    stage::Stage,
    walk::{fetch_when_final, path, text},
};

/// Positions in the registry's status list.
const FIRST_INDEX: &str = "1";
const SECOND_INDEX: &str = "2";

/// What the owner holds.
pub struct Held {
    /// Who she is, by the registry.
    pub identity: String,
    /// Where she lives, by the utility.
    pub residence: String,
}

struct Claims<'a> {
    kind: &'a str,
    json: serde_json::Value,
    status_index: Option<&'a str>,
    notes: String,
    /// Whether the node's relay creates the issuer's grant, in the place of the issuer.
    is_relayed: bool,
}

/// Two issuers store what she consented to; she adds something of her own.
pub fn play(stage: &Stage, cast: &Cast, programme: &mut Programme<impl FnMut(&str)>) -> Result<Held> {
    let identity = issue(
        stage,
        (&cast.owner, &cast.wallets.evm),
        &cast.registry,
        &Claims {
            kind: "ProofOfPersonhood",
            json: json!({"givenName": "Alice", "birthDate": "1990-01-01"}),
            status_index: Some(FIRST_INDEX),
            notes: json!({"level": "basic"}).to_string(),
            is_relayed: false,
        },
        programme,
    )?;
    let residence = issue(
        stage,
        (&cast.owner, &cast.wallets.stellar),
        &cast.utility,
        &Claims {
            kind: "ProofOfResidence",
            json: json!({"country": "PT"}),
            status_index: None,
            notes: "{}".to_owned(),
            is_relayed: true,
        },
        programme,
    )?;
    notes(cast, &identity, programme)?;
    own_data(stage, cast, programme)?;
    Ok(Held { identity, residence })
}

/// One signature of hers; later, and without her, the issuer stores the original, a copy for itself and the grant.
fn issue(
    stage: &Stage,
    (owner, wallet): (&Role, &str),
    issuer: &Issuer,
    claims: &Claims<'_>,
    programme: &mut Programme<impl FnMut(&str)>,
) -> Result<String> {
    let account = &issuer.role.account;
    let consent = ["--wallet", wallet, "consent", "--issuer", &issuer.did, "--issuer-account", account];
    let what = "she signs once, and lets an issuer store one credential for her";
    let consent = programme.does(Row::DelegatedWriteGrant, owner, what, &consent)?;
    let consent_file = stage.write_json(&format!("consent-{}.json", claims.kind), &consent)?;
    let claims_file = stage.write_json(&format!("claims-{}.json", claims.kind), &claims.json)?;
    let mut issue = vec!["credential", "issue", "--consent", &consent_file, "--claims", &claims_file];
    issue.extend(["--type", claims.kind, "--notes", &claims.notes]);
    issue.extend(claims.status_index.map(|index| ["--status-index", index]).iter().flatten());
    let what = if claims.is_relayed {
        issue.push("--no-grant");
        "the issuer stores the original and its own copy, and leaves the grant to the relay"
    } else {
        "the issuer stores the original and its own copy, and the grant on the chain"
    };
    let stored = programme.does(Row::DelegatedWriteGrant, &issuer.role, what, &issue)?;
    if claims.is_relayed {
        relay_grant(issuer, &consent_file, &text(&stored, "data_id")?, programme)?;
    }
    programme.note(Row::Credentials, &issuer.role, &issue, "");
    let copy = text(&consent["write_grant"]["write_grant"], "data_id")?;
    let again = issuer.role.run(&issue)?;
    ensure!(again.done().is_err(), "the consent is used once");
    let fetched = fetch_when_final(&issuer.role, &["fetch", &copy, "--trust", &issuer.did])?;
    ensure!(fetched["good"] == true, "the issuer reads its own copy: {fetched}");
    programme.note(Row::DelegatedWriteGrant, &issuer.role, &["fetch", &copy, "--trust", &issuer.did], "");
    text(&stored, "data_id")
}

/// The node's relay sends the grant that the owner signed, and pays: an issuer needs no gas either.
fn relay_grant(
    issuer: &Issuer,
    consent_file: &str,
    original: &str,
    programme: &mut Programme<impl FnMut(&str)>,
) -> Result<()> {
    let relay = ["grants", "relay", consent_file, "--via", "node"];
    let what = "the node's relay sends the grant that she signed for the issuer, and pays";
    programme.does(Row::NoGas, &issuer.role, what, &relay)?;
    let resumed = issuer.role.done(&["issuer", "resume", original])?;
    ensure!(resumed["done"] == true && resumed["grant"].is_null(), "the grant stands: {resumed}");
    Ok(())
}

/// The issuer corrects the public notes.
fn notes(cast: &Cast, identity: &str, programme: &mut Programme<impl FnMut(&str)>) -> Result<()> {
    let update = ["credential", "notes", identity, "--notes", r#"{"level":"plus"}"#];
    let what = "the issuer states new public notes, signed and with the next version";
    programme.does(Row::Credentials, &cast.registry.role, what, &update)?;
    let list =
        programme.does(Row::Credentials, &cast.owner, "the owner sees them", &["credential", "list"])?;
    ensure!(list.to_string().contains("plus"), "the new notes: {list}");
    Ok(())
}

fn own_data(stage: &Stage, cast: &Cast, programme: &mut Programme<impl FnMut(&str)>) -> Result<()> {
    let claims = stage.write_json("own.json", &json!({"favouriteColour": "green"}))?;
    let add = ["credential", "add", "--type", "Preferences", "--claims", &claims];
    let what = "she adds something that she says of herself";
    programme.does(Row::Credentials, &cast.owner, what, &add)?;
    Ok(())
}

/// Suspended, reinstated; then revoked, and replaced by a corrected one, to which her shares move.
pub fn replace(
    stage: &Stage,
    cast: &Cast,
    held: &Held,
    shared: &Shared,
    programme: &mut Programme<impl FnMut(&str)>,
) -> Result<String> {
    suspend(cast, shared, programme)?;
    let set = ["status", "set", "--index", FIRST_INDEX, "revoked"];
    let what = "the registry revokes the credential: its status only";
    programme.does(Row::IssuerRevocation, &cast.registry.role, what, &set)?;
    let fetch = ["fetch", &shared.with_bank, "--trust", &cast.registry.did];
    let verdict = programme.does(Row::IssuerRevocation, &cast.bank.role, "the bank sees it", &fetch)?;
    ensure!(verdict["good"] == false && verdict["status"] == "revoked", "revoked: {verdict}");

    let claims = Claims {
        kind: "ProofOfPersonhood",
        json: json!({"givenName": "Alicia", "birthDate": "1990-01-01"}),
        status_index: Some(SECOND_INDEX),
        notes: json!({"level": "corrected"}).to_string(),
        is_relayed: false,
    };
    let owner = (&cast.owner, cast.wallets.evm.as_str());
    let corrected = issue(stage, owner, &cast.registry, &claims, programme)?;
    let replace = ["credential", "replace", &held.identity, &corrected, "--yes"];
    let what = "she moves her shares to the corrected one";
    let moved = programme.does(Row::Replace, &cast.owner, what, &replace)?;
    programme.tell("to whom", &moved);
    Ok(corrected)
}

fn suspend(cast: &Cast, shared: &Shared, programme: &mut Programme<impl FnMut(&str)>) -> Result<()> {
    let fetch = ["fetch", &shared.with_bank, "--trust", &cast.registry.did];
    for (status, good) in [("suspended", false), ("valid", true)] {
        let set = ["status", "set", "--index", FIRST_INDEX, status];
        let what = format!("the registry says: {status}");
        programme.does(Row::IssuerRevocation, &cast.registry.role, &what, &set)?;
        let verdict = cast.bank.role.done(&fetch)?;
        ensure!(verdict["good"] == good, "{status}: {verdict}");
        programme.note(Row::IssuerRevocation, &cast.bank.role, &fetch, &format!("  -> {status}"));
    }
    Ok(())
}

/// A path of the stage, as text.
pub fn file(stage: &Stage, name: &str) -> Result<String> {
    Ok(path(&stage.file(name))?.to_owned())
}

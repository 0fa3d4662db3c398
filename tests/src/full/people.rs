//! Rows 1, 2 and 4: profiles, wallets, the key.

use anyhow::{Result, ensure};
use idos_grants::Namespace;

use super::{
    cast::{Cast, Issuer, Wallets, key_on, xrpl_key},
    programme::{Programme, Row},
};
use crate::{
    role::{Role, RoleKey},
    stage::Stage,
};

/// An issuer makes the owner's profile, on a message that her wallet signed.
pub fn profile_by_issuer(
    stage: &Stage,
    owner: &Role,
    issuer: &Issuer,
    programme: &mut Programme<impl FnMut(&str)>,
) -> Result<()> {
    let nobody = programme.does(
        Row::Profiles,
        owner,
        "a wallet without a profile is an ordinary answer",
        &["profile", "show"],
    )?;
    ensure!(nobody.is_null(), "there is no profile yet");
    let consent = ["profile", "consent", "--issuer", &issuer.did, "--key", "password"];
    let what = "the owner lets an issuer make her profile; her key follows from a password";
    let consent = programme.does(Row::PasswordKey, owner, what, &consent)?;
    let file = stage.write_json("profile-consent.json", &consent)?;
    let what = "the issuer makes it";
    let made = programme.does(Row::Profiles, &issuer.role, what, &["profile", "create-for", &file])?;
    let profile = programme.does(Row::Profiles, owner, "it is hers", &["profile", "show"])?;
    ensure!(profile["id"] == made["profile_id"], "the profile that the issuer made");
    Ok(())
}

/// One profile, four wallets.
pub fn link_wallets(
    stage: &Stage,
    owner: &Role,
    programme: &mut Programme<impl FnMut(&str)>,
) -> Result<Wallets> {
    let last = ["profile", "unlink-wallet", &wallet_name(owner)?];
    programme.refuses(Row::Wallets, owner, "her only wallet stays", &last, "last_wallet")?;
    let mut link = |key: &RoleKey| -> Result<String> {
        let account = owner.import(key)?;
        let what = "she links a wallet, by that wallet's own signature";
        programme.does(Row::Wallets, owner, what, &["profile", "link-wallet", &account])?;
        let what = "and signs in with it";
        programme.does(Row::Wallets, owner, what, &["--wallet", &account, "profile", "show"])?;
        Ok(account)
    };
    Ok(Wallets {
        stellar: link(key_on(stage, Namespace::Stellar)?)?,
        near: link(key_on(stage, Namespace::Near)?)?,
        xrpl: link(&xrpl_key()?)?,
        evm: owner.account.clone(),
    })
}

/// The only wallet of a profile, as the node names it.
fn wallet_name(owner: &Role) -> Result<String> {
    Ok(owner.done(&["profile", "show"])?["wallets"][0].as_str().unwrap_or_default().to_owned())
}

/// A new password: everything is sealed anew, and the old password opens nothing.
pub fn change_key(cast: &Cast, credential: &str, programme: &mut Programme<impl FnMut(&str)>) -> Result<()> {
    let change = ["profile", "change-key", "--key", "password"];
    let new = cast.owner.clone().with_new_password("staple battery horse correct");
    let what = "she changes her password: what she has is sealed anew";
    programme.does(Row::PasswordKey, &new, what, &change)?;
    let old = cast.owner.clone();
    let open = ["credential", "open", credential];
    programme.refuses(Row::PasswordKey, &old, "the old password opens nothing", &open, "wrong_key")?;
    let new = cast.owner.clone().with_password("staple battery horse correct");
    programme.does(Row::PasswordKey, &new, "the new one does", &open)?;
    Ok(())
}

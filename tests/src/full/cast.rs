//! Who plays.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use anyhow::{Context, Result};
use serde_json::json;

use super::{people, programme::Programme};
use crate::{
    role::{Role, RoleKey},
    stage::{Stage, StageChain},
    walk::{create_profile, text},
};
use idos_grants::Namespace;

/// Prices, and a relay that pays with the sixth funded account of each chain for what owners sign.
pub fn node_settings(folder: &Path, chains: &[StageChain]) -> Result<String> {
    let mut settings = "[prices]\ncurrency = \"EUR\"\ncopies_read = 1000\ncalls_relayed = 20000\n".to_owned();
    for stage in chains {
        let RoleKey { chain, account_id, private_key } = stage.key(RELAY_KEY)?;
        let key_file = folder.join(format!("relay-{}.key", chain.namespace()));
        fs::write(&key_file, private_key)?;
        fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600))?;
        settings.push_str(&format!("[[relay.chains]]\nchain = \"{chain}\"\nkey_file = {key_file:?}\n"));
        if let Some(account_id) = account_id {
            settings.push_str(&format!("account_id = \"{account_id}\"\n"));
        }
    }
    Ok(settings)
}

/// Which of a chain's funded accounts the relay pays with.
const RELAY_KEY: usize = 5;

/// Of the XRPL genesis account, secp256k1.
const XRPL_SEED: &str = "snoPBrXtMeMyMHUVTgbuqAfg1SUTb";

/// An issuer, and its signing key.
pub struct Issuer {
    pub role: Role,
    pub did: String,
}

/// A consumer, and its profile.
pub struct Consumer {
    pub role: Role,
    pub profile: String,
}

/// The owner's wallets.
pub struct Wallets {
    pub evm: String,
    pub near: String,
    pub stellar: String,
    pub xrpl: String,
}

pub struct Cast {
    /// On EVM: verifies persons.
    pub registry: Issuer,
    /// On Stellar: verifies addresses. She consents by her wallet there, which is not the one that stated her key.
    pub utility: Issuer,
    /// On EVM.
    pub bank: Consumer,
    /// On NEAR.
    pub lender: Consumer,
    /// On Stellar.
    pub shop: Consumer,
    pub owner: Role,
    pub wallets: Wallets,
}

impl Cast {
    pub fn enter(stage: &Stage, programme: &mut Programme<impl FnMut(&str)>) -> Result<Self> {
        let on = |namespace, name: &str, key| stage.role_on(stage.chain(namespace)?, name, key);
        let registry = issuer(on(Namespace::Eip155, "registry", 1)?)?;
        let utility = issuer(on(Namespace::Stellar, "utility", 4)?)?;
        let bank = consumer(on(Namespace::Eip155, "bank", 3)?)?;
        let lender = consumer(on(Namespace::Near, "lender", 3)?)?;
        let shop = consumer(on(Namespace::Stellar, "shop", 3)?)?;
        let names = ["registry", "utility", "bank", "lender", "shop"];
        programme.tell("two issuers and three consumers sign in and make profiles", &json!(names));

        let owner = on(Namespace::Eip155, "owner", 2)?.with_password("correct horse battery staple");
        people::profile_by_issuer(stage, &owner, &registry, programme)?;
        let wallets = people::link_wallets(stage, &owner, programme)?;
        Ok(Self { registry, utility, bank, lender, shop, owner, wallets })
    }
}

fn issuer(role: Role) -> Result<Issuer> {
    create_profile(&role, "random")?;
    let did = text(&role.done(&["issuer", "create"])?, "issuer")?;
    Ok(Issuer { role, did })
}

fn consumer(role: Role) -> Result<Consumer> {
    let profile = create_profile(&role, "random")?;
    Ok(Consumer { role, profile })
}

/// The owner's key on a chain.
pub fn key_on(stage: &Stage, namespace: Namespace) -> Result<&RoleKey> {
    stage.chain(namespace)?.key(2).context("funded")
}

/// The owner's XRPL key.
pub fn xrpl_key() -> Result<RoleKey> {
    Ok(RoleKey { chain: "xrpl:0".parse()?, account_id: None, private_key: XRPL_SEED.to_owned() })
}

//! A role's folder: its keys and its session, readable by its user only.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
};

use anyhow::{Context, Result, bail};
use idos_client::{EvmWallet, session::SavedSession};
use idos_credentials::IssuerKey;
use idos_grants::ChainId;
use idos_keys::EncryptionSecret;
use serde::{Deserialize, Serialize};
use zeroize::{ZeroizeOnDrop, Zeroizing};

const WALLET: &str = "wallet.json";
const ENCRYPTION_KEY: &str = "encryption.key";
const ISSUER_KEY: &str = "issuer.key";
const SESSION: &str = "session.json";

/// The folder.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct StoredWallet {
    #[zeroize(skip)]
    chain: ChainId,
    private_key: String,
}

impl Home {
    /// The folder at `path`, made when first written to.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The wallet.
    pub fn wallet(&self) -> Result<EvmWallet> {
        let Some(text) = self.read(WALLET)? else {
            bail!(
                "there is no wallet in {}: make one with `idos wallet create`, or bring yours with `idos wallet import`",
                self.0.display()
            );
        };
        let stored: StoredWallet =
            serde_json::from_str(&text).with_context(|| format!("{WALLET} is not usable"))?;
        Ok(EvmWallet::from_hex(stored.chain, &stored.private_key)?)
    }

    /// Keeps a wallet; never over another one.
    pub fn set_wallet(&self, wallet: &EvmWallet) -> Result<()> {
        let stored =
            StoredWallet { chain: wallet.account().chain(), private_key: wallet.to_hex().to_string() };
        self.write_new(WALLET, &Zeroizing::new(serde_json::to_string(&stored)?))
    }

    /// The random encryption key, if this profile has one.
    pub fn encryption_secret(&self) -> Result<Option<EncryptionSecret>> {
        let Some(text) = self.read(ENCRYPTION_KEY)? else { return Ok(None) };
        Ok(Some(text.trim().parse().with_context(|| format!("{ENCRYPTION_KEY} does not hold a key"))?))
    }

    /// Keeps a random encryption key; never over another one.
    pub fn set_encryption_secret(&self, secret: &EncryptionSecret) -> Result<()> {
        self.write_new(ENCRYPTION_KEY, &secret.to_base64())
    }

    /// The issuer's signing key, if there is one.
    pub fn issuer_key(&self) -> Result<Option<IssuerKey>> {
        let Some(text) = self.read(ISSUER_KEY)? else { return Ok(None) };
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), seed.as_mut())
            .with_context(|| format!("{ISSUER_KEY} does not hold a key"))?;
        Ok(Some(IssuerKey::from_seed(&seed)?))
    }

    /// Keeps an issuer's signing key; never over another one.
    pub fn set_issuer_key(&self, key: &IssuerKey) -> Result<()> {
        self.write_new(ISSUER_KEY, &Zeroizing::new(hex::encode(key.to_seed().as_slice())))
    }

    /// The kept session, if there is one that can be read.
    pub fn session(&self) -> Result<Option<SavedSession>> {
        Ok(self.read(SESSION)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Keeps a session in the place of the last one.
    pub fn set_session(&self, session: &SavedSession) -> Result<()> {
        self.write(SESSION, &Zeroizing::new(serde_json::to_string(session)?))
    }

    fn read(&self, name: &str) -> Result<Option<Zeroizing<String>>> {
        let path = self.0.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn write_new(&self, name: &str, text: &str) -> Result<()> {
        if self.0.join(name).exists() {
            bail!("{} exists already: use another --home, or move it away", self.0.join(name).display());
        }
        self.write(name, text)
    }

    /// Writes beside and renames, so that nothing half-written is ever read.
    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.0.join(name);
        let beside = self.0.join(format!("{name}.new"));
        let write = || {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
            let mut file =
                OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
            writeln!(file, "{text}")?;
            file.sync_all()?;
            fs::rename(&beside, &path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

//! A role's folder: its keys and its session, readable by its user only.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use idos_api::audit::SignedLogHead;
use idos_client::{
    ClientError, Signer, SigningWallet,
    memory::{Memory, Remembered, SeenCredentials, SeenStatement},
    past_keys::PastKey,
    session::SavedSession,
};
use idos_credentials::{IssuerKey, WebDid};
use idos_grants::{Account, Address, ChainId};
use idos_keys::EncryptionSecret;
use idos_wallets::NodeSet;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::key_holdings::KeyHolding;

const WALLETS: &str = "wallets.json";
const ENCRYPTION_KEY: &str = "encryption.key";
const NEXT_ENCRYPTION_KEY: &str = "encryption.next.key";
/// How the names of past keys' files end.
const PAST_KEY: &str = ".past.json";
const KEY_NODES: &str = "key-nodes.json";
const KEY_HOLDINGS: &str = "key-holdings.json";
const ISSUER_KEY: &str = "issuer.key";
const ISSUER_SITE: &str = "issuer.did";
const SESSION: &str = "session.json";
const AUDIT_HEADS: &str = "audit-heads.json";
const REMEMBERED: &str = "remembered.json";

/// The folder.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct StoredWallet {
    #[zeroize(skip)]
    chain: ChainId,
    /// NEAR: the account's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[zeroize(skip)]
    account_id: Option<String>,
    private_key: String,
}

/// A session as it is kept, and whose it is.
#[derive(Serialize, Deserialize)]
struct StoredSession {
    account: Account,
    session: SavedSession,
}

/// The head of an audit log as it was seen last, and at which node.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredHead {
    node_url: Url,
    head: SignedLogHead,
}

impl Home {
    /// The folder at `path`, made when first written to.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The wallets, the first one first.
    pub fn wallets(&self) -> Result<Vec<SigningWallet>> {
        let stored = self.stored_wallets()?;
        let read = stored.iter().map(|stored| {
            Ok(SigningWallet::parse(stored.chain, stored.account_id.as_deref(), &stored.private_key)?)
        });
        read.collect()
    }

    /// Keeps one more wallet; never in the place of another one.
    pub fn add_wallet(&self, wallet: &SigningWallet) -> Result<()> {
        let account = wallet.account();
        if self.wallets()?.iter().any(|kept| kept.account() == account) {
            bail!("{account} is in {} already", self.0.display());
        }
        let mut stored = self.stored_wallets()?;
        let account_id = match account.address() {
            Address::Near(id) => Some(id.to_string()),
            _ => None,
        };
        let private_key = wallet.private_key().to_string();
        stored.push(StoredWallet { chain: account.chain(), account_id, private_key });
        self.write(WALLETS, &Zeroizing::new(serde_json::to_string(&stored)?))
    }

    fn stored_wallets(&self) -> Result<Vec<StoredWallet>> {
        match self.read(WALLETS)? {
            Some(text) => serde_json::from_str(&text).with_context(|| format!("{WALLETS} is not usable")),
            None => Ok(Vec::new()),
        }
    }

    /// Where it is, for advice.
    pub fn path(&self) -> &Path {
        &self.0
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

    /// The random encryption key that a change of keys is about to state, or has stated.
    pub fn next_encryption_secret(&self) -> Result<Option<EncryptionSecret>> {
        let Some(text) = self.read(NEXT_ENCRYPTION_KEY)? else { return Ok(None) };
        Ok(Some(text.trim().parse().with_context(|| format!("{NEXT_ENCRYPTION_KEY} does not hold a key"))?))
    }

    /// Keeps the key of a change before it is stated; never over another one.
    pub fn set_next_encryption_secret(&self, secret: &EncryptionSecret) -> Result<()> {
        self.write_new(NEXT_ENCRYPTION_KEY, &secret.to_base64())
    }

    /// Every random encryption key of this folder: the present one, that of a change, and those before.
    pub fn encryption_secrets(&self) -> Result<Vec<EncryptionSecret>> {
        let mut secrets = Vec::new();
        for name in self.names(".key")? {
            if let Some(text) = self.read(&name)? {
                let secret = text.trim().parse();
                secrets.push(secret.with_context(|| format!("{name} does not hold a key"))?);
            }
        }
        Ok(secrets)
    }

    /// Keys that the profile had before and that were never in this folder in the clear, each sealed for the one after it.
    pub fn past_keys(&self) -> Result<Vec<PastKey>> {
        let mut keys = Vec::new();
        for name in self.names(PAST_KEY)? {
            if let Some(text) = self.read(&name)? {
                let key = serde_json::from_str(&text);
                keys.push(key.with_context(|| format!("{name} does not hold a past key"))?);
            }
        }
        Ok(keys)
    }

    /// Keeps one more, in the place of the same key sealed for another one.
    pub fn keep_past_key(&self, past: &PastKey) -> Result<()> {
        let name = hex::encode(&past.key.as_bytes()[..8]);
        self.write(&format!("encryption.{name}{PAST_KEY}"), &serde_json::to_string(past)?)
    }

    /// Ends a change of keys after everything is sealed for `new`. The key before stays beside it: copies that others have sealed for it are not
    /// sealed anew. May be interrupted, and called again.
    pub fn finish_key_change(&self, new: &EncryptionSecret, is_random: bool) -> Result<()> {
        let path = |name: &str| self.0.join(name);
        let rename = |from: &str, to: &str| {
            fs::rename(path(from), path(to))
                .with_context(|| format!("cannot rename {}", path(from).display()))
        };
        if let Some(present) = self.encryption_secret()?
            && present != *new
        {
            let name = hex::encode(&present.public().as_bytes()[..8]);
            rename(ENCRYPTION_KEY, &format!("encryption.{name}.key"))?;
        }
        if is_random && self.next_encryption_secret()?.is_some_and(|next| next == *new) {
            rename(NEXT_ENCRYPTION_KEY, ENCRYPTION_KEY)?;
        }
        Ok(())
    }

    /// The sets of nodes that shared a key of this folder, the newest last.
    pub fn node_sets(&self) -> Result<Vec<NodeSet>> {
        match self.read(KEY_NODES)? {
            Some(text) => serde_json::from_str(&text).with_context(|| format!("{KEY_NODES} is not usable")),
            None => Ok(Vec::new()),
        }
    }

    /// Keeps a set of nodes as the newest.
    pub fn remember_node_set(&self, set: &NodeSet) -> Result<()> {
        let mut sets = self.node_sets()?;
        if sets.last() == Some(set) {
            return Ok(());
        }
        sets.retain(|kept| kept != set);
        sets.push(set.clone());
        self.write(KEY_NODES, &serde_json::to_string_pretty(&sets)?)
    }

    /// What this folder has stored at key-share nodes and not deleted there.
    pub fn key_holdings(&self) -> Result<Vec<KeyHolding>> {
        match self.read(KEY_HOLDINGS)? {
            Some(text) => {
                serde_json::from_str(&text).with_context(|| format!("{KEY_HOLDINGS} is not usable"))
            }
            None => Ok(Vec::new()),
        }
    }

    /// Writes a holding down.
    pub fn keep_key_holding(&self, holding: KeyHolding) -> Result<()> {
        let mut holdings = self.key_holdings()?;
        holdings.retain(|kept| !kept.is(&holding));
        holdings.push(holding);
        self.write(KEY_HOLDINGS, &serde_json::to_string_pretty(&holdings)?)
    }

    /// Forgets one that is deleted.
    pub fn forget_key_holding(&self, holding: &KeyHolding) -> Result<()> {
        let mut holdings = self.key_holdings()?;
        holdings.retain(|kept| !kept.is(holding));
        self.write(KEY_HOLDINGS, &serde_json::to_string_pretty(&holdings)?)
    }

    /// The issuer's signing key, if there is one.
    pub fn issuer_key(&self) -> Result<Option<IssuerKey>> {
        let Some(text) = self.read(ISSUER_KEY)? else { return Ok(None) };
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), seed.as_mut())
            .with_context(|| format!("{ISSUER_KEY} does not hold a key"))?;
        let key = IssuerKey::from_seed(&seed)?;
        Ok(Some(match self.read(ISSUER_SITE)? {
            Some(site) => {
                key.for_site(site.trim().parse().with_context(|| format!("{ISSUER_SITE} holds no did:web"))?)
            }
            None => key,
        }))
    }

    /// Lets the issuer be named by its web site from now on.
    pub fn set_issuer_site(&self, site: &WebDid) -> Result<()> {
        self.write(ISSUER_SITE, site.as_str())
    }

    /// Keeps an issuer's signing key; never over another one.
    pub fn set_issuer_key(&self, key: &IssuerKey) -> Result<()> {
        self.write_new(ISSUER_KEY, &Zeroizing::new(hex::encode(key.to_seed().as_slice())))
    }

    /// The kept session of `account`, if there is one that can be read.
    pub fn session(&self, account: Account) -> Result<Option<SavedSession>> {
        let stored = self.read(SESSION)?.and_then(|text| serde_json::from_str::<StoredSession>(&text).ok());
        Ok(stored.filter(|stored| stored.account == account).map(|stored| stored.session))
    }

    /// Keeps a session in the place of the last one.
    pub fn set_session(&self, account: Account, session: SavedSession) -> Result<()> {
        let stored = StoredSession { account, session };
        self.write(SESSION, &Zeroizing::new(serde_json::to_string(&stored)?))
    }

    /// The head of a profile's audit log as it was seen last at a node. A file that cannot be read is an error: without it nobody would notice that
    /// the log was cut.
    pub fn audit_head(&self, node_url: &Url, profile_id: Uuid) -> Result<Option<SignedLogHead>> {
        let mut heads = self.audit_heads()?.into_iter();
        let is_it = |kept: &StoredHead| kept.node_url == *node_url && kept.head.head.profile_id == profile_id;
        Ok(heads.find(is_it).map(|kept| kept.head))
    }

    /// Keeps the head of an audit log, in the place of the last one of that profile at that node.
    pub fn set_audit_head(&self, node_url: &Url, head: &SignedLogHead) -> Result<()> {
        let mut heads = self.audit_heads()?;
        let profile_id = head.head.profile_id;
        heads.retain(|kept| kept.node_url != *node_url || kept.head.head.profile_id != profile_id);
        heads.push(StoredHead { node_url: node_url.clone(), head: head.clone() });
        self.write(AUDIT_HEADS, &serde_json::to_string(&heads)?)
    }

    fn audit_heads(&self) -> Result<Vec<StoredHead>> {
        match self.read(AUDIT_HEADS)? {
            Some(text) => serde_json::from_str(&text).with_context(|| format!("{AUDIT_HEADS} is not usable")),
            None => Ok(Vec::new()),
        }
    }

    /// The files of encryption keys that end so, in order.
    fn names(&self, end: &str) -> Result<Vec<String>> {
        let mut names: Vec<String> = match fs::read_dir(&self.0) {
            Ok(entries) => {
                entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", self.0.display())),
        };
        names.retain(|name| name.starts_with("encryption.") && name.ends_with(end));
        names.sort_unstable();
        Ok(names)
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

    /// Writes beside and renames, so that nothing half-written is ever read; the folder is synced, so that a key is there before it is used.
    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.0.join(name);
        let beside = self.0.join(format!("{name}.new"));
        let write = || {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
            let mut file =
                OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
            writeln!(file, "{text}")?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            File::open(&self.0)?.sync_all()
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// What was seen of nodes and profiles, in a file of its own.
impl Memory for Home {
    fn statement(&self, profile_id: Uuid) -> Result<Option<SeenStatement>, ClientError> {
        Ok(self.remembered()?.statements.remove(&profile_id))
    }

    fn remember_statement(&self, profile_id: Uuid, statement: SeenStatement) -> Result<(), ClientError> {
        self.remember(|remembered| drop(remembered.statements.insert(profile_id, statement)))
    }

    fn node_did(&self, url: &str) -> Result<Option<String>, ClientError> {
        Ok(self.remembered()?.node_dids.remove(url))
    }

    fn remember_node_did(&self, url: &str, did: &str) -> Result<(), ClientError> {
        self.remember(|remembered| drop(remembered.node_dids.insert(url.to_owned(), did.to_owned())))
    }

    fn contract(&self, place: &str) -> Result<Option<Account>, ClientError> {
        Ok(self.remembered()?.contracts.remove(place))
    }

    fn remember_contract(&self, place: &str, contract: Account) -> Result<(), ClientError> {
        self.remember(|remembered| remembered.contracts.extend([(place.to_owned(), contract)]))
    }

    fn credentials(&self) -> Result<SeenCredentials, ClientError> {
        Ok(self.remembered()?.credentials)
    }

    fn remember_credentials(&self, shown: SeenCredentials) -> Result<(), ClientError> {
        self.remember(|remembered| remembered.credentials.extend(shown))
    }
}

impl Home {
    /// A file that cannot be read is no reason to forget: it is an error.
    fn remembered(&self) -> Result<Remembered, ClientError> {
        let unusable = |error: String| {
            ClientError::Input(format!("{} is not usable: {error}", self.0.join(REMEMBERED).display()))
        };
        match self.read(REMEMBERED).map_err(|error| unusable(format!("{error:#}")))? {
            Some(text) => serde_json::from_str(&text).map_err(|error| unusable(error.to_string())),
            None => Ok(Remembered::default()),
        }
    }

    fn remember(&self, add: impl FnOnce(&mut Remembered)) -> Result<(), ClientError> {
        let mut remembered = self.remembered()?;
        add(&mut remembered);
        let text =
            serde_json::to_string(&remembered).map_err(|error| ClientError::Input(error.to_string()))?;
        self.write(REMEMBERED, &text).map_err(|error| ClientError::Input(format!("{error:#}")))
    }
}

//! A real vault with a chain that is written by hand: a node for tests of what clients do, in this process and on a port of its own.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context, Result};
use axum::Router;
use ed25519_dalek::SigningKey;
use idos_client::{
    EvmWallet, Node, Session, Signer, encryption,
    owner::{Opening, store_copy},
};
use idos_credentials::KnownKey;
use idos_grants::{Account, ChainId, DataId, Event, GrantChange, GrantEvent};
use idos_keys::{EncryptionSecret, password::Kdf};
use idos_mirror::{Batch, BlockHash, BlockRef, Contract, ContractKind, Located, Mirror, MirrorWriter};
use idos_proofs::NoChains;
use idos_storage::{BlobLocation, Vault, VaultConfig};
use rand_core::OsRng;
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

/// When every house is built, in Unix seconds.
pub const BEGIN: u64 = 1_800_000_000;
/// The chain.
pub const CHAIN: ChainId = ChainId::Eip155(31_337);

/// The access-grants contract.
pub fn grants_contract() -> Account {
    Account::evm(31_337, [0xcc; 20])
}

/// The credential-status contract.
pub fn status_contract() -> Account {
    Account::evm(31_337, [0xdd; 20])
}

/// The node.
pub struct VaultHouse {
    /// The vault.
    pub vault: Vault,
    clock: Arc<AtomicU64>,
    writer: MirrorWriter,
    at: Mutex<[Option<BlockRef>; 2]>,
    _mirror: Mirror,
    _directory: TempDir,
}

impl VaultHouse {
    /// On SQLite, with a mirror that is level with its chain.
    pub async fn build() -> Result<Self> {
        Self::build_with(|_| ()).await
    }

    /// The same, with other settings.
    pub async fn build_with(change: impl FnOnce(&mut VaultConfig)) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let sqlite = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
        let mirror = Mirror::open(&sqlite("mirror.db")).await?;
        let writer = mirror.writer();
        for (account, kind) in contracts() {
            writer.register(&Contract { account, kind, start_block: 1 }).await?;
        }
        let clock = Arc::new(AtomicU64::new(BEGIN));
        let blobs = BlobLocation::Directory(directory.path().join("blobs"));
        let mut config = VaultConfig::new("localhost".parse()?, sqlite("store.db"), blobs);
        // The chain goes on only when a test writes a block.
        config.mirror_stale_after_secs = u64::from(u32::MAX);
        change(&mut config);
        let now = clock.clone();
        let vault = Vault::open(
            config,
            mirror.reader(),
            Arc::new(NoChains),
            Arc::new(move || now.load(Ordering::SeqCst)),
            SigningKey::generate(&mut OsRng),
        );
        let vault = vault.await.context("the vault opens")?;
        let at = Mutex::new([None, None]);
        let house = Self { vault, clock, writer, at, _mirror: mirror, _directory: directory };
        house.block(&[]).await?;
        Ok(house)
    }

    /// The time.
    pub fn now(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Time passes.
    pub fn pass(&self, secs: u64) {
        self.clock.fetch_add(secs, Ordering::SeqCst);
    }

    /// The clock, for clients.
    pub fn clock(&self) -> idos_client::node::Clock {
        let clock = self.clock.clone();
        Arc::new(move || clock.load(Ordering::SeqCst))
    }

    /// One more block of both contracts, final at once; each takes the events of its kind.
    pub async fn block(&self, events: &[Event]) -> Result<()> {
        for (which, (contract, _)) in contracts().into_iter().enumerate() {
            let after = self.at.lock().ok().and_then(|at| at[which]);
            let number = after.as_ref().map_or(1, |after| after.number + 1);
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_be_bytes());
            let upto = BlockRef { number, hash: BlockHash(hash), time: self.now() };
            let own = events.iter().filter(|event| matches!(event, Event::Grant(_)) == (which == 0));
            let located = |(index, event): (usize, &Event)| Located {
                block: number,
                block_hash: upto.hash,
                log_index: index as u64,
                event: *event,
            };
            let events = own.enumerate().map(located).collect();
            let polled_at = Some(self.now());
            let batch = Batch { contract, after, events, upto, final_block: number, polled_at };
            self.writer.apply(&batch).await?;
            let seen = self.writer.progress(&contract).await?.seen.context("a block was seen")?;
            self.writer.verified(&contract, &seen).await?;
            if let Ok(mut at) = self.at.lock() {
                at[which] = Some(upto);
            }
        }
        Ok(())
    }

    /// A copy of an original for `reader`, with a grant that is final. `known_keys` are those of its issuer's site, if it is one.
    pub async fn granted_copy(
        &self,
        owner: &Guest,
        reader: &Guest,
        original: DataId,
        known_keys: &[KnownKey],
    ) -> Result<DataId> {
        let (session, key) = (&owner.session, reader.secret.public());
        let opening = Opening { known_keys, ..owner.opening() };
        let copy = store_copy(session, original, &opening, &key, &mut OsRng).await?.copy;
        let grant = GrantEvent {
            change: GrantChange::Created,
            owner: owner.account().address(),
            grantee: reader.account().address(),
            data_id: copy.data_id,
            locked_until: 0,
            at: self.now(),
        };
        self.block(&[Event::Grant(grant)]).await?;
        Ok(copy.data_id)
    }

    /// Serves `router` on a port of its own, for as long as the process runs.
    pub async fn serve(router: Router) -> Result<Url> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let port = listener.local_addr()?.port();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Url::parse(&format!("http://localhost:{port}"))?)
    }
}

fn contracts() -> [(Account, ContractKind); 2] {
    [(grants_contract(), ContractKind::AccessGrants), (status_contract(), ContractKind::CredentialStatus)]
}

/// Somebody who is signed in at a node, with a profile.
pub struct Guest {
    /// The wallet.
    pub wallet: EvmWallet,
    /// The profile.
    pub profile_id: Uuid,
    /// The profile's secret.
    pub secret: EncryptionSecret,
    /// Signed in.
    pub session: Session,
}

impl Guest {
    /// A new wallet with a new profile at `node`, whose key is random or, with `kdf`, is stated to follow from a password.
    pub async fn arrive(node: &Node, now: u64, kdf: Option<&Kdf>) -> Result<Self> {
        let wallet = EvmWallet::generate(CHAIN, &mut OsRng)?;
        let session = node.sign_in(&wallet, 3600, &mut OsRng).await?;
        let (profile_id, secret) = (Uuid::new_v4(), EncryptionSecret::generate(&mut OsRng));
        let statement = encryption::state(&wallet, profile_id, &secret, kdf, 1, now)?;
        let new = idos_api::profiles::NewProfile { profile_id, key_statement: Some(statement) };
        session.create_profile(&new).await?;
        Ok(Self { wallet, profile_id, secret, session })
    }

    /// What she opens her originals with.
    pub fn opening(&self) -> Opening<'_> {
        Opening::with(std::slice::from_ref(&self.secret))
    }

    /// Her account.
    pub fn account(&self) -> Account {
        self.wallet.account()
    }
}

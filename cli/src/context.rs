//! What every role's command has at hand: its folder, the node, the chain, and how to print.

use std::{env, path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use idos_api::{node::ContractKind, profiles::Profile};
use idos_client::{
    ClientError, Node, Session, Signer, SigningWallet,
    chain::{self, Chain, Chains},
    encryption,
    key_shares::Listen,
};
use idos_grants::{Account, ChainId, Namespace};
use idos_keys::EncryptionSecret;
use rand_core::{OsRng, RngCore};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{arguments::Global, clock, home::Home, output::Output, rpcs::rpc_of};

const SESSION_SECS: u64 = 12 * 60 * 60;

/// What a command has at hand.
pub struct Context<'a> {
    /// Keys and session.
    pub home: Home,
    /// How to print.
    pub output: &'a Output,
    /// Randomness.
    pub rng: OsRng,
    global: &'a Global,
}

impl<'a> Context<'a> {
    /// From the flags.
    pub fn new(global: &'a Global, output: &'a Output) -> Result<Self> {
        let home = match &global.home {
            Some(path) => path.clone(),
            None => env::home_dir()
                .context("there is no home directory: name a folder with --home")?
                .join(".idos"),
        };
        Ok(Self { home: Home::new(home), output, rng: OsRng, global })
    }

    /// A random UUID (version 4).
    pub fn fresh_uuid(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// The file that names the nodes which share the key, if one was named.
    pub fn named_key_nodes(&self) -> Option<&Path> {
        self.global.key_nodes.as_deref()
    }

    /// The node, not signed in.
    pub fn node(&self) -> Result<Node> {
        let node = Node::new(self.global.node.clone(), Arc::new(clock::now))?;
        Ok(node.remembering(Arc::new(self.home.clone())))
    }

    /// Signed in with this folder's wallet: by the kept session if it still stands.
    pub async fn signed_in(&mut self) -> Result<SignedIn> {
        let wallet = self.wallet()?;
        let node = self.node()?;
        let kept =
            self.home.session(wallet.account())?.and_then(|saved| Session::resume(node.clone(), &saved));
        if let Some(session) = kept {
            match session.profile().await {
                Ok(profile) => return Ok(SignedIn { session, profile, wallet }),
                Err(ClientError::SignedOut) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let session = node.sign_in(&wallet, SESSION_SECS, &mut self.rng).await?;
        self.home.set_session(wallet.account(), session.save())?;
        let profile = session.profile().await?;
        Ok(SignedIn { session, profile, wallet })
    }

    /// The wallet to act as: the named one, or the first.
    pub fn wallet(&self) -> Result<SigningWallet> {
        let mut wallets = self.home.wallets()?.into_iter();
        let found = match self.global.acting_as {
            Some(account) => wallets.find(|wallet| wallet.account() == account),
            None => wallets.next(),
        };
        found.with_context(|| {
            let named = self.global.acting_as.map(|account| format!(" of {account}")).unwrap_or_default();
            format!(
                "there is no wallet{named} in {}: make one with `idos wallet create`, or bring yours with `idos wallet import`",
                self.home.path().display()
            )
        })
    }

    /// The accounts of this folder's wallets.
    pub fn own_accounts(&self) -> Result<Vec<Account>> {
        Ok(self.home.wallets()?.iter().map(Signer::account).collect())
    }

    /// The wallet to act as on `chain`: the named one, or the first that is somebody there.
    pub fn wallet_on(&self, chain: ChainId) -> Result<SigningWallet> {
        if self.global.acting_as.is_some() {
            let named = self.wallet()?;
            if named.account_on(chain).is_some() {
                return Ok(named);
            }
        }
        let mut wallets = self.home.wallets()?.into_iter();
        wallets.find(|wallet| wallet.account_on(chain).is_some()).with_context(|| {
            format!("there is no wallet on {chain} in this folder: bring one with `idos wallet import --chain {chain}`")
        })
    }

    /// The wallet that acts as `account` on its chain.
    pub fn wallet_of(&self, account: Account) -> Result<SigningWallet> {
        let chain = account.chain();
        let mut wallets = self.home.wallets()?.into_iter();
        wallets.find(|wallet| wallet.account_on(chain) == Some(account)).with_context(|| {
            format!("the wallet of {account} is not in this folder: bring it with `idos wallet import --chain {chain}`")
        })
    }

    /// Which chain of a family the RPC is of.
    pub async fn chain_of_rpc(&self, namespace: Namespace) -> Result<ChainId> {
        let rpc = rpc_of(&self.global.rpcs, namespace, None)?;
        Ok(chain::connect_to_any(namespace, rpc).await?.chain())
    }

    /// A chain, with a wallet that signs there, and pays if it can.
    pub async fn chain_with(&self, wallet: &SigningWallet, chain: ChainId) -> Result<Box<dyn Chain>> {
        let rpc = rpc_of(&self.global.rpcs, chain.namespace(), Some(chain))?;
        Ok(chain::connect_with(wallet, rpc).await?)
    }

    /// The contract that the caller named, or the one that the node follows on `chain`: the same one as ever, unless it is named.
    pub async fn contract(
        &self,
        named: Option<Account>,
        kind: ContractKind,
        chain: ChainId,
    ) -> Result<Account> {
        let node = self.node()?;
        match named {
            Some(contract) => {
                node.remember_contract(kind, contract)?;
                Ok(contract)
            }
            None => Ok(node.contract(kind, chain).await?),
        }
    }
}

#[async_trait]
impl Chains for Context<'_> {
    async fn chain(&self, chain: ChainId) -> Result<Box<dyn Chain>, ClientError> {
        let rpc = rpc_of(&self.global.rpcs, chain.namespace(), Some(chain))?;
        Ok(chain::connect(chain, rpc).await?)
    }
}

/// A role, signed in.
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The profile, if the wallet has one.
    pub profile: Option<Profile>,
    /// The wallet.
    pub wallet: SigningWallet,
}

impl SignedIn {
    /// The profile, or advice.
    pub fn profile(&self) -> Result<&Profile> {
        self.profile.as_ref().context("this wallet has no profile yet: make one with `idos profile create`")
    }

    /// The profile's decryption key: kept in the folder, made from the password, which is asked for, or brought back from the nodes that share it.
    pub async fn secret(&self, context: &Context<'_>) -> Result<EncryptionSecret> {
        let home = &context.home;
        let signed = self.profile()?.key_statement.as_ref().ok_or(ClientError::NoEncryptionKey)?;
        let statement = &signed.statement;
        let memory = self.session.node().memory();
        if statement.kdf.is_random_key() {
            let stated = |secret: &EncryptionSecret| secret.public().as_bytes() == &statement.encryption_key;
            let kept = home
                .encryption_secrets()?
                .into_iter()
                .find(stated)
                .context("this profile's random key is not in this folder: use the --home that has it")?;
            return Ok(encryption::own_secret(memory, statement, || Ok(kept))?);
        }
        if statement.shared_key().is_some() {
            let recovered = self.recover(&[], Listen::UntilFound, context).await?;
            return Ok(encryption::own_secret(memory, statement, || Ok(recovered.secret))?);
        }
        let password = ask_password("Password of your idOS key: ")?;
        Ok(encryption::own_secret(memory, statement, || encryption::from_password(statement, &password))?)
    }
}

/// The password: from `IDOS_PASSWORD` for scripts, or typed unseen.
pub fn ask_password(prompt: &str) -> Result<Zeroizing<String>> {
    ask_password_of(Password::Present, prompt)
}

/// Which password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// The one until now.
    Present,
    /// The one from now on.
    New,
    /// One that was changed.
    Past,
}

impl Password {
    /// What scripts set.
    fn variable(self) -> &'static str {
        match self {
            Self::Present => "IDOS_PASSWORD",
            Self::New => "IDOS_NEW_PASSWORD",
            Self::Past => "IDOS_PAST_PASSWORD",
        }
    }
}

/// A password: from the environment for scripts, or typed unseen.
pub fn ask_password_of(which: Password, prompt: &str) -> Result<Zeroizing<String>> {
    let variable = which.variable();
    if let Ok(password) = env::var(variable) {
        return Ok(Zeroizing::new(password));
    }
    let typed = rpassword::prompt_password(prompt)
        .with_context(|| format!("a password is needed: type it, or set {variable}"))?;
    Ok(Zeroizing::new(typed))
}

//! Wallets whose keys this process holds.

mod evm;
mod near;
mod stellar;
mod xrpl;

use idos_grants::{Account, ChainId, Namespace};
use idos_wallets::{Signable, Signature};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::ClientError;

pub use evm::EvmWallet;
pub use near::NearWallet;
pub use stellar::StellarWallet;
pub use xrpl::XrplWallet;

/// Who can sign for an account.
pub trait Signer {
    /// The account.
    fn account(&self) -> Account;

    /// Who it is on `chain`, if it is anybody there.
    fn account_on(&self, chain: ChainId) -> Option<Account> {
        Some(self.account()).filter(|account| account.chain() == chain)
    }

    /// Signs as wallets of its chain do.
    ///
    /// # Errors
    /// If the key cannot be used, or the chain's wallets do not sign such things.
    fn sign(&self, signable: &Signable) -> Result<Signature, ClientError>;
}

/// A wallet of any chain.
#[derive(Debug, Clone)]
pub enum SigningWallet {
    /// Of an EVM chain.
    Evm(EvmWallet),
    /// Of NEAR.
    Near(NearWallet),
    /// Of a Stellar network.
    Stellar(StellarWallet),
    /// Of XRPL.
    Xrpl(XrplWallet),
}

impl SigningWallet {
    /// A new random key on `chain`. On NEAR its account is the implicit one, or `account_id` once a transaction of that account adds the key.
    pub fn generate(
        chain: ChainId,
        account_id: Option<&str>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, ClientError> {
        match chain.namespace() {
            Namespace::Eip155 => {
                refuse_name(account_id)?;
                EvmWallet::generate(chain, rng).map(Self::Evm)
            }
            Namespace::Near => NearWallet::generate(chain, account_id, rng).map(Self::Near),
            Namespace::Stellar => {
                refuse_name(account_id)?;
                StellarWallet::generate(chain, rng).map(Self::Stellar)
            }
            Namespace::Xrpl => {
                refuse_name(account_id)?;
                XrplWallet::generate(chain, rng).map(Self::Xrpl)
            }
        }
    }

    /// The key that `text` holds, in the form of its chain: 64 hex digits; NEAR's `ed25519:` and base58; Stellar's `S…`; an XRPL seed,
    /// `s…` or `sEd…`.
    pub fn parse(chain: ChainId, account_id: Option<&str>, text: &str) -> Result<Self, ClientError> {
        match chain.namespace() {
            Namespace::Eip155 => {
                refuse_name(account_id)?;
                EvmWallet::from_hex(chain, text).map(Self::Evm)
            }
            Namespace::Near => NearWallet::parse(chain, account_id, text).map(Self::Near),
            Namespace::Stellar => {
                refuse_name(account_id)?;
                StellarWallet::parse(chain, text).map(Self::Stellar)
            }
            Namespace::Xrpl => {
                refuse_name(account_id)?;
                XrplWallet::parse(chain, text).map(Self::Xrpl)
            }
        }
    }

    /// The private key as [`Self::parse`] reads it, to be kept where only its owner reads.
    pub fn private_key(&self) -> Zeroizing<String> {
        match self {
            Self::Evm(wallet) => wallet.to_hex(),
            Self::Near(wallet) => wallet.private_key(),
            Self::Stellar(wallet) => wallet.private_key(),
            Self::Xrpl(wallet) => wallet.private_key(),
        }
    }
}

fn refuse_name(account_id: Option<&str>) -> Result<(), ClientError> {
    match account_id {
        Some(_) => Err(ClientError::Input("only NEAR accounts have names: leave the account id out".into())),
        None => Ok(()),
    }
}

impl SigningWallet {
    fn signer(&self) -> &dyn Signer {
        match self {
            Self::Evm(wallet) => wallet,
            Self::Near(wallet) => wallet,
            Self::Stellar(wallet) => wallet,
            Self::Xrpl(wallet) => wallet,
        }
    }
}

impl Signer for SigningWallet {
    fn account(&self) -> Account {
        self.signer().account()
    }

    fn account_on(&self, chain: ChainId) -> Option<Account> {
        self.signer().account_on(chain)
    }

    fn sign(&self, signable: &Signable) -> Result<Signature, ClientError> {
        self.signer().sign(signable)
    }
}

fn input(error: impl ToString) -> ClientError {
    ClientError::Input(error.to_string())
}

impl From<EvmWallet> for SigningWallet {
    fn from(wallet: EvmWallet) -> Self {
        Self::Evm(wallet)
    }
}

impl From<NearWallet> for SigningWallet {
    fn from(wallet: NearWallet) -> Self {
        Self::Near(wallet)
    }
}

impl From<StellarWallet> for SigningWallet {
    fn from(wallet: StellarWallet) -> Self {
        Self::Stellar(wallet)
    }
}

impl From<XrplWallet> for SigningWallet {
    fn from(wallet: XrplWallet) -> Self {
        Self::Xrpl(wallet)
    }
}

//! What a network starts from.

use stellar_xdr::{AccountId, PublicKey, Uint256};

use super::close::TOTAL_COINS;
use super::settings::{self, Settings};
use super::state::{State, account};

/// What a network starts from. Ledger 1 has one account, the root, that owns every lumen; its secret key is the network
/// id, as on every Stellar network, and is therefore known to everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// Names the network: everything signed is bound to its SHA-256, the network id.
    pub passphrase: String,
    /// Close time of ledger 1, in Unix seconds.
    pub close_time: u64,
    /// Fees and limits.
    pub settings: Settings,
}

/// Why a network cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Every network has a name.
    #[error("the network passphrase is empty: choose one, such as \"Standalone Network ; February 2017\"")]
    NoPassphrase,
    /// A setting that is missing or that the protocol cannot work with.
    #[error("the setting {0} is missing or makes no sense: start from Settings::default() and change less")]
    InvalidSetting(String),
    /// Soroban's host does not start.
    #[error("Soroban's host does not start, which is a bug: {0}")]
    Host(String),
}

impl Genesis {
    /// The entries of ledger 1.
    pub(super) fn state(&self, root: [u8; 32]) -> State {
        let mut state = State::default();
        for setting in &self.settings.soroban {
            state.insert(settings::entry(setting.clone()));
        }
        let id = AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(root)));
        state.insert(account::entry(account::new(id, TOTAL_COINS, 0)));
        state
    }
}

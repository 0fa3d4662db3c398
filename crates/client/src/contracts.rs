//! Which contracts count. A node says which ones it follows; what it said first is remembered, so that it cannot have grants made elsewhere later, where
//! nobody else looks, or revocations, where they end nothing.

use idos_api::node::ContractKind;
use idos_grants::{Account, ChainId};

use crate::{ClientError, Node};

const OTHER: &str = "it follows another contract there than before; if its operator confirms that, name the new one once with --contract";

impl Node {
    /// The one contract of a kind that the node follows on `chain`: the same as ever, as long as the memory lasts.
    ///
    /// # Errors
    /// [`ClientError::Forged`] if it is another one than before; [`ClientError::Input`] if there is none, or more than one.
    pub async fn contract(&self, kind: ContractKind, chain: ChainId) -> Result<Account, ClientError> {
        let contracts = self.info().await?.contracts;
        let on_chain = contracts.iter().filter(|contract| contract.account.chain() == chain);
        let mut found = on_chain.filter(|contract| contract.kind == kind);
        let contract = match (found.next(), found.next()) {
            (Some(contract), None) => contract.account,
            (found, _) => {
                let how_many = if found.is_none() { "no such contract" } else { "several such contracts" };
                return Err(ClientError::Input(format!(
                    "the node follows {how_many} on {chain}: name one with --contract"
                )));
            }
        };
        self.check_contract(kind, contract)?;
        Ok(contract)
    }

    /// Whether a contract that this node names is the one that it named first; the first one is remembered.
    ///
    /// # Errors
    /// [`ClientError::Forged`] if it is another.
    pub fn check_contract(&self, kind: ContractKind, contract: Account) -> Result<(), ClientError> {
        match self.memory().contract(&self.place(kind, contract.chain()))? {
            Some(known) if known != contract => Err(ClientError::Forged(OTHER)),
            Some(_) => Ok(()),
            None => self.remember_contract(kind, contract),
        }
    }

    /// Remembers a contract that the caller named: it counts from then on.
    pub fn remember_contract(&self, kind: ContractKind, contract: Account) -> Result<(), ClientError> {
        self.memory().remember_contract(&self.place(kind, contract.chain()), contract)
    }

    fn place(&self, kind: ContractKind, chain: ChainId) -> String {
        format!("{} {kind} {chain}", self.url())
    }
}

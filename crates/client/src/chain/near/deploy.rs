//! Deploying the contracts to accounts that nobody has a key of.

use idos_contracts_near::{access_grants, credential_status};
use idos_grants::{Account, Address, ChainId, Namespace};
use near_primitives::{
    action::{CreateAccountAction, DeployContractAction, TransferAction},
    transaction::Action,
    types::{AccountId, Balance},
};

use super::{
    super::{ChainError, Deployment},
    transaction::Sender,
};

/// What a contract's account is given: it locks 10^19 yoctoNEAR for each byte of its code, and keeps the rest for its own state.
const RESERVE: Balance = Balance::from_millinear(200);
const YOCTO_A_BYTE: u128 = 10_000_000_000_000_000_000;

/// Makes `access-grants` and `credential-status` below the wallet's account, each in one transaction that creates the account, funds it, deploys
/// the code and adds no key: from then on nobody can change it.
pub(super) async fn both(sender: &Sender, chain: ChainId) -> Result<Deployment, ChainError> {
    let (access_grants, _) = one(sender, chain, "access-grants", access_grants::WASM).await?;
    let (credential_status, block) = one(sender, chain, "credential-status", credential_status::WASM).await?;
    Ok(Deployment { access_grants, credential_status, block })
}

async fn one(sender: &Sender, chain: ChainId, name: &str, wasm: &[u8]) -> Result<(Account, u64), ChainError> {
    let id: AccountId = format!("{name}.{}", sender.id()).parse().map_err(|_| {
        ChainError::Unsupported(
            "the account's name is too long for accounts below it: deploy with a short named account",
        )
    })?;
    let code_stake = Balance::from_yoctonear(YOCTO_A_BYTE * wasm.len() as u128);
    let actions = vec![
        Action::CreateAccount(CreateAccountAction {}),
        Action::Transfer(TransferAction { deposit: code_stake.saturating_add(RESERVE) }),
        Action::DeployContract(DeployContractAction { code: wasm.to_vec() }),
    ];
    let mined = sender.send(id.clone(), &id, actions).await?;
    let address = Address::parse(Namespace::Near, id.as_str()).map_err(|_| ChainError::Malformed)?;
    Ok((Account::new(chain, address).map_err(|_| ChainError::Malformed)?, mined.block))
}

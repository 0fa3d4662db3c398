//! Deploying the contracts, which nobody can change afterwards.

use idos_contracts_stellar::{access_grants, credential_status};
use idos_grants::{Account, Address, account::StellarAddress};
use sha2::{Digest, Sha256};
use stellar_xdr::{
    BytesM, ContractExecutable, ContractIdPreimage, ContractIdPreimageFromAddress, CreateContractArgs, Hash,
    HashIdPreimage, HashIdPreimageContractId, HostFunction, Limits, ScAddress, Uint256, WriteXdr,
};

use super::{
    super::{ChainError, Deployment},
    address::account_id,
    rpc::Rpc,
    transaction::{Sender, unwritable},
};

pub(super) async fn both(rpc: &Rpc, sender: &Sender) -> Result<Deployment, ChainError> {
    let (access_grants, _) = one(rpc, sender, access_grants::WASM).await?;
    let (credential_status, block) = one(rpc, sender, credential_status::WASM).await?;
    Ok(Deployment { access_grants, credential_status, block })
}

async fn one(rpc: &Rpc, sender: &Sender, wasm: &[u8]) -> Result<(Account, u64), ChainError> {
    let code = BytesM::try_from(wasm.to_vec()).map_err(unwritable)?;
    sender.invoke(HostFunction::UploadContractWasm(code), Vec::new()).await?;

    let contract_id_preimage = ContractIdPreimage::Address(ContractIdPreimageFromAddress {
        address: ScAddress::Account(account_id(sender.public_key())),
        salt: Uint256(salt(sender.next_sequence().await?)),
    });
    let executable = ContractExecutable::Wasm(Hash(Sha256::digest(wasm).into()));
    let id = contract_id(rpc, contract_id_preimage.clone())?;
    let create = CreateContractArgs { contract_id_preimage, executable };
    let mined = sender.invoke(HostFunction::CreateContract(create), Vec::new()).await?;
    let address = Address::Stellar(StellarAddress::Contract(id));
    let account = Account::new(rpc.chain(), address).map_err(|_| ChainError::Malformed)?;
    Ok((account, mined.block))
}

/// An account uses a sequence number once, so every deployment has an address of its own.
fn salt(sequence: i64) -> [u8; 32] {
    Sha256::digest(sequence.to_be_bytes()).into()
}

fn contract_id(rpc: &Rpc, contract_id_preimage: ContractIdPreimage) -> Result<[u8; 32], ChainError> {
    let preimage = HashIdPreimage::ContractId(HashIdPreimageContractId {
        network_id: rpc.network_id(),
        contract_id_preimage,
    });
    Ok(Sha256::digest(preimage.to_xdr(Limits::none()).map_err(unwritable)?).into())
}

//! The sandbox's home directory: what `init` writes, and our accounts added to its genesis.

use std::path::Path;

use near_primitives::{
    account::{AccessKey, Account, AccountContract},
    state_record::StateRecord,
    types::Balance,
};
use serde_json::Value;
use tokio::process::Command;

use super::NearSandboxError;
use crate::rpc::account::FundedAccount;

/// The account that `init` makes, with the key that follows from its name.
const ROOT: &str = "test.near";

/// Bytes that an account with one full-access key takes.
const ACCOUNT_BYTES: u64 = 182;

pub(super) async fn prepare(
    binary: &Path,
    home: &Path,
    chain_id: &str,
    accounts: &[FundedAccount],
) -> Result<(), NearSandboxError> {
    let init = Command::new(binary)
        .arg("--home")
        .arg(home)
        .args(["init", "--fast", "--chain-id", chain_id, "--account-id", ROOT, "--test-seed", ROOT])
        .output()
        .await?;
    if !init.status.success() {
        return Err(NearSandboxError::Init(String::from_utf8_lossy(&init.stderr).trim().to_owned()));
    }
    let path = home.join("genesis.json");
    let genesis = fund(&tokio::fs::read(&path).await?, accounts)?;
    Ok(tokio::fs::write(&path, genesis).await?)
}

/// The genesis with the accounts in it.
fn fund(genesis: &[u8], accounts: &[FundedAccount]) -> Result<Vec<u8>, NearSandboxError> {
    let not_json = |error: serde_json::Error| NearSandboxError::Genesis(error.to_string());
    let mut genesis: Value = serde_json::from_slice(genesis).map_err(not_json)?;
    let mut total: Balance = serde_json::from_value(genesis["total_supply"].clone()).map_err(not_json)?;
    let Some(records) = genesis.get_mut("records").and_then(Value::as_array_mut) else {
        return Err(NearSandboxError::Genesis("it has no records".to_owned()));
    };
    for funded in accounts.iter().filter(|account| account.account_id != ROOT) {
        for record in records_of(funded) {
            records.push(serde_json::to_value(record).map_err(not_json)?);
        }
        let too_much = || NearSandboxError::Genesis("the accounts own more than a u128 holds".to_owned());
        total = total.checked_add(funded.balance).ok_or_else(too_much)?;
    }
    genesis["total_supply"] = serde_json::to_value(total).map_err(not_json)?;
    serde_json::to_vec(&genesis).map_err(not_json)
}

fn records_of(funded: &FundedAccount) -> [StateRecord; 2] {
    let account = Account::new(funded.balance, Balance::ZERO, AccountContract::None, ACCOUNT_BYTES);
    [
        StateRecord::Account { account_id: funded.account_id.clone(), account },
        StateRecord::AccessKey {
            account_id: funded.account_id.clone(),
            public_key: funded.public_key().into(),
            access_key: AccessKey::full_access(),
        },
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn funded(name: &str) -> FundedAccount {
        FundedAccount::well_known(name.parse().unwrap())
    }

    #[test]
    fn accounts_are_added_with_key_and_supply() {
        let genesis = json!({ "total_supply": "5", "records": [{ "Account": {} }], "chain_id": "x" });
        let genesis = serde_json::to_vec(&genesis).unwrap();
        let funded = fund(&genesis, &[funded("test.near"), funded("alice.near")]).unwrap();
        let funded: Value = serde_json::from_slice(&funded).unwrap();
        assert_eq!(funded["records"].as_array().unwrap().len(), 3);
        assert_eq!(funded["records"][1]["Account"]["account_id"], "alice.near");
        assert_eq!(funded["records"][2]["AccessKey"]["access_key"]["permission"], "FullAccess");
        assert_eq!(funded["total_supply"], "1000000000000000000000000000005");
        assert_eq!(funded["chain_id"], "x");
    }

    #[test]
    fn a_genesis_of_another_shape_is_refused() {
        for genesis in [&b""[..], b"{}", br#"{"total_supply":"1"}"#, br#"{"total_supply":"-1","records":[]}"#]
        {
            assert!(matches!(fund(genesis, &[]), Err(NearSandboxError::Genesis(_))));
        }
    }
}

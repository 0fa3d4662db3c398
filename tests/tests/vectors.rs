//! The scenarios of `crates/grants/vectors`, played on the contracts on anvil: the same answers as the reference model's.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

use std::collections::HashMap;

use alloy::{
    eips::BlockId,
    network::TransactionBuilder,
    primitives::{Address, B256, Bytes, U256},
    providers::{DynProvider, Provider, ProviderBuilder, ext::AnvilApi},
    rpc::types::{TransactionReceipt, TransactionRequest},
    sol_types::{SolCall, SolEvent},
};
use idos_contracts_evm::{AccessGrants, CredentialStatus, IAccessGrants};
use idos_devnet_evm::{Anvil, BlockTime};
use idos_grants::{
    Namespace, Status,
    vectors::{self, GrantArguments, GrantScenario, GrantStep, Scenarios, StatusScenario},
};

fn address(name: &str) -> Address {
    match vectors::address(Namespace::Eip155, name).unwrap() {
        idos_grants::Address::Evm(bytes) => bytes.into(),
        other => panic!("{other} is no EVM address"),
    }
}

fn word(data: u8) -> B256 {
    B256::repeat_byte(data)
}

/// A chain on which every name of the scenarios can send.
async fn chain() -> (Anvil, DynProvider) {
    let anvil = Anvil::start(None, BlockTime::PerTransaction).await.unwrap();
    let provider =
        ProviderBuilder::new().disable_recommended_fillers().connect_http(anvil.rpc().clone()).erased();
    for name in ["alice", "carol"] {
        provider.anvil_set_balance(address(name), U256::from(10).pow(U256::from(20))).await.unwrap();
        provider.anvil_impersonate_account(address(name)).await.unwrap();
    }
    (anvil, provider)
}

/// Deploys a contract with the first scenario account.
async fn deploy(provider: &DynProvider, bytecode: &Bytes) -> Address {
    let request =
        TransactionRequest::default().with_from(address("alice")).with_deploy_code(bytecode.clone());
    let hash = provider.send_transaction(request.with_gas_limit(10_000_000)).await.unwrap();
    hash.get_receipt().await.unwrap().contract_address.unwrap()
}

/// Sends a call in a block of the time `at`; if it fails, the data that it reverts with.
async fn send(
    provider: &DynProvider,
    by: &str,
    to: Address,
    at: u64,
    data: Vec<u8>,
) -> Result<TransactionReceipt, Bytes> {
    let request = TransactionRequest::default().with_from(address(by)).with_to(to).with_input(data);
    let request = request.with_gas_limit(5_000_000);
    provider.anvil_set_next_block_timestamp(at).await.unwrap();
    let receipt = provider.send_transaction(request.clone()).await.unwrap().get_receipt().await.unwrap();
    if receipt.status() {
        return Ok(receipt);
    }
    // A refused call changes nothing, so it is refused again on top of its own block.
    let again = provider.call(request).block(BlockId::number(receipt.block_number.unwrap())).await;
    Err(again.unwrap_err().as_error_resp().unwrap().as_revert_data().unwrap())
}

fn call_data(step: &GrantStep) -> Vec<u8> {
    let one = |step: &GrantStep| step.grants[0].clone();
    match step.verb.as_str() {
        "create_grant" => {
            let GrantArguments { grantee, data, locked_until } = one(step);
            let (grantee, data_id) = (address(&grantee), word(data));
            AccessGrants::createGrantCall { grantee, dataId: data_id, lockedUntil: locked_until }.abi_encode()
        }
        "extend_timelock" => {
            let GrantArguments { grantee, data, locked_until } = one(step);
            let (grantee, data_id) = (address(&grantee), word(data));
            AccessGrants::extendTimelockCall { grantee, dataId: data_id, lockedUntil: locked_until }
                .abi_encode()
        }
        "revoke_grant" => {
            let GrantArguments { grantee, data, .. } = one(step);
            AccessGrants::revokeGrantCall { grantee: address(&grantee), dataId: word(data) }.abi_encode()
        }
        "create_grants" => {
            let new = |grant: &GrantArguments| IAccessGrants::NewGrant {
                grantee: address(&grant.grantee),
                dataId: word(grant.data),
                lockedUntil: grant.locked_until,
            };
            AccessGrants::createGrantsCall { grants_: step.grants.iter().map(new).collect() }.abi_encode()
        }
        "revoke_grants" => {
            let reference = |grant: &GrantArguments| IAccessGrants::GrantRef {
                grantee: address(&grant.grantee),
                dataId: word(grant.data),
            };
            AccessGrants::revokeGrantsCall { grants_: step.grants.iter().map(reference).collect() }
                .abi_encode()
        }
        verb => panic!("unknown verb {verb}"),
    }
}

fn event_names(receipt: &TransactionReceipt) -> Vec<&'static str> {
    let names = HashMap::from([
        (AccessGrants::GrantCreated::SIGNATURE_HASH, "GrantCreated"),
        (AccessGrants::TimelockExtended::SIGNATURE_HASH, "TimelockExtended"),
        (AccessGrants::GrantRevoked::SIGNATURE_HASH, "GrantRevoked"),
    ]);
    receipt.logs().iter().map(|log| names[&log.topic0().copied().unwrap()]).collect()
}

#[tokio::test]
async fn the_access_grants_contract_answers_the_scenarios() {
    let file: Scenarios<GrantScenario> = serde_json::from_str(vectors::GRANTS).unwrap();
    for scenario in file.scenarios {
        let (_anvil, provider) = chain().await;
        let contract = AccessGrants::new(deploy(&provider, &AccessGrants::BYTECODE).await, provider.clone());
        for (number, step) in scenario.steps.iter().enumerate() {
            let place = format!("{}, step {number}", scenario.name);
            match send(&provider, &step.by, *contract.address(), step.at, call_data(step)).await {
                Ok(receipt) => {
                    assert_eq!(step.error, None, "{place}");
                    assert_eq!(event_names(&receipt), step.events, "{place}");
                }
                Err(data) => {
                    let selector = data[..4].try_into().unwrap();
                    let name = AccessGrants::AccessGrantsErrors::name_by_selector(selector);
                    assert_eq!(name, step.error.as_deref(), "{place}");
                }
            }
        }
        for grant in &scenario.standing {
            let (owner, grantee, data_id) =
                (address(&grant.owner), address(&grant.grantee), word(grant.data));
            assert!(contract.hasAccess(owner, grantee, data_id).call().await.unwrap(), "{grant:?}");
            let answer = contract.grantOf(owner, grantee, data_id).call().await.unwrap();
            let expected = (true, grant.created_at, grant.locked_until);
            assert_eq!((answer.exists, answer.createdAt, answer.lockedUntil), expected, "{grant:?}");
        }
        let head = contract.historyHead().call().await.unwrap();
        assert_eq!(head.to_string(), scenario.history_head["eip155"].to_string(), "{}", scenario.name);
    }
}

fn code(status: Status) -> u8 {
    match status {
        Status::Valid => 0,
        Status::Suspended => 1,
        Status::Revoked => 2,
    }
}

#[tokio::test]
async fn the_credential_status_contract_answers_the_scenarios() {
    let file: Scenarios<StatusScenario> = serde_json::from_str(vectors::STATUSES).unwrap();
    for scenario in file.scenarios {
        let (_anvil, provider) = chain().await;
        let contract =
            CredentialStatus::new(deploy(&provider, &CredentialStatus::BYTECODE).await, provider.clone());
        for (number, step) in scenario.steps.iter().enumerate() {
            let place = format!("{}, step {number}", scenario.name);
            let call = CredentialStatus::setStatusCall {
                list: step.list,
                index: step.index,
                status: code(step.status),
            };
            match send(&provider, &step.by, *contract.address(), step.at, call.abi_encode()).await {
                Ok(receipt) => assert_eq!(
                    (!receipt.logs().is_empty(), None),
                    (step.event, step.error.as_deref()),
                    "{place}"
                ),
                Err(data) => {
                    let selector = data[..4].try_into().unwrap();
                    let name = CredentialStatus::CredentialStatusErrors::name_by_selector(selector);
                    assert_eq!(name, step.error.as_deref(), "{place}");
                }
            }
        }
        for expected in &scenario.statuses {
            let answer = contract
                .statusOf(address(&expected.issuer), expected.list, expected.index)
                .call()
                .await
                .unwrap();
            assert_eq!(answer, code(expected.status), "{expected:?}");
        }
        let head = contract.historyHead().call().await.unwrap();
        assert_eq!(head.to_string(), scenario.history_head["eip155"].to_string(), "{}", scenario.name);
    }
}

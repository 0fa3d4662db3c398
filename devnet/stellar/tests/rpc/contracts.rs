//! A contract's life through the stellar-rpc-client crate.

use serde_json::json;
use stellar_rpc_client::{AuthMode, ResourceConfig};
use stellar_xdr::{
    ContractExecutable, ExtendFootprintTtlOp, ExtensionPoint, LedgerEntryData, LedgerFootprint, LedgerKey,
    OperationBody, RestoreFootprintOp, ScVal, SequenceNumber, SorobanResources, SorobanTransactionData,
    SorobanTransactionDataExt, Transaction, TransactionEnvelope, TransactionExt, TransactionResultResult,
    TransactionV1Envelope, VecM,
};

use crate::support::{
    Local, START, about_grant, access_grants, base64, fill_in, instance_key, invoke, unsigned,
};

const DATA_ID: [u8; 32] = [9; 32];

#[tokio::test]
async fn a_contract_is_deployed_called_and_read() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    let granted = local.grant(&contract, DATA_ID, 0).await;
    assert_eq!(granted.status, "SUCCESS");
    assert_eq!(granted.return_value().unwrap(), ScVal::Void);
    assert_eq!(granted.events.contract_events.iter().map(Vec::len).collect::<Vec<_>>(), [1]);

    let view = local
        .transaction(
            local.bob(),
            invoke(about_grant(&local, &contract, "has_access", DATA_ID), VecM::default()),
        )
        .await;
    let simulation = local.simulate(&view).await;
    assert_eq!(simulation.results().unwrap()[0].xdr, ScVal::Bool(true));
    assert!(simulation.min_resource_fee > 0);
}

#[tokio::test]
#[allow(deprecated, reason = "methods that the client still has")]
async fn code_and_instance_are_read_back() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    let instance = local.client.get_contract_instance(&contract.0.0).await.unwrap();
    let ContractExecutable::Wasm(hash) = instance.executable else { panic!("no wasm: {instance:?}") };
    assert_eq!(local.client.get_remote_wasm(&contract.0.0).await.unwrap(), access_grants());
    assert_eq!(local.client.get_remote_wasm_from_hash(hash).await.unwrap(), access_grants());
    assert!(local.client.get_contract_data(&[1; 32]).await.is_err());
    let entries = local.client.get_full_ledger_entries(&[instance_key(&contract)]).await.unwrap();
    assert!(matches!(entries.entries[0].val, LedgerEntryData::ContractData(_)));
    assert!(entries.entries[0].live_until_ledger_seq.unwrap() > local.latest().await);
}

#[tokio::test]
async fn a_refusal_is_told_by_the_simulation_with_its_number() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    local.grant(&contract, DATA_ID, START + 3_600).await;
    let revoke = invoke(about_grant(&local, &contract, "revoke_grant", DATA_ID), VecM::default());
    let transaction = local.transaction(local.alice(), revoke).await;
    let simulation = local.simulate(&transaction).await;
    let error = simulation.error.unwrap();
    assert!(error.starts_with("HostError: Error(Contract, #3)"), "{error}");
    assert!(!simulation.events.is_empty(), "diagnostics say more");

    local.devnet.advance_time(std::time::Duration::from_secs(3_601)).await.unwrap();
    assert_eq!(local.simulate(&transaction).await.error, None);
}

#[tokio::test]
async fn what_was_simulated_too_early_fails_on_the_network_and_is_told() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    local.grant(&contract, DATA_ID, 0).await;
    let revoke = || local.prepared(local.alice(), about_grant(&local, &contract, "revoke_grant", DATA_ID));
    let first = revoke().await;
    local.client.send_transaction_polling(&first).await.unwrap();

    // The same call again, with the resources that it had when there was a grant.
    let stellar_xdr::TransactionEnvelope::Tx(mut again) = first else { panic!("no transaction") };
    again.tx.seq_num.0 += 1;
    let again = local.sign(local.alice(), again.tx).await;
    let hash = local.client.send_transaction(&again).await.unwrap();
    let told = local.client.get_transaction(&hash).await.unwrap();
    assert_eq!(told.status, "FAILED");
    assert!(matches!(told.result.unwrap().result, TransactionResultResult::TxFailed(_)));
}

#[tokio::test]
async fn simulations_may_ask_for_more_instructions() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    let call = invoke(about_grant(&local, &contract, "has_access", DATA_ID), VecM::default());
    let envelope = unsigned(&local.transaction(local.bob(), call).await);
    let mut instructions = Vec::new();
    for instruction_leeway in [0, 50_000_000] {
        let config = Some(ResourceConfig { instruction_leeway });
        let told = local.client.next_simulate_transaction_envelope(&envelope, None, config).await.unwrap();
        instructions.push(told.transaction_data().unwrap().resources.instructions);
    }
    assert!(instructions[1] > instructions[0] + 40_000_000, "{instructions:?}");
}

#[tokio::test]
async fn authorization_is_recorded_and_enforced() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    let create = crate::support::create_grant(&contract, local.alice(), local.bob(), DATA_ID, 0);
    let mut transaction = local.transaction(local.bob(), invoke(create, VecM::default())).await;
    let record = Some(AuthMode::Record);
    let recorded = local.client.simulate_transaction_envelope(&unsigned(&transaction), record).await.unwrap();
    assert_eq!(recorded.results().unwrap()[0].auth.len(), 1, "Alice has to sign");

    let enforce = Some(AuthMode::Enforce);
    let refused = local.client.simulate_transaction_envelope(&unsigned(&transaction), enforce).await.unwrap();
    assert!(refused.error.unwrap().contains("Error(Auth, "));

    fill_in(&mut transaction, &recorded);
    let unsigned_entry =
        local.client.simulate_transaction_envelope(&unsigned(&transaction), None).await.unwrap();
    assert!(unsigned_entry.error.unwrap().contains("Error(Auth, "), "an entry without signature is none");
    let both = local
        .result(
            "simulateTransaction",
            json!({ "transaction": base64(&unsigned(&transaction)), "authMode": "record" }),
        )
        .await;
    assert_eq!(both["error"], "cannot set authMode to 'record' with an auth footprint");
}

#[tokio::test]
async fn state_changes_are_foretold() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    let create = crate::support::create_grant(&contract, local.alice(), local.bob(), DATA_ID, 0);
    let transaction = local.transaction(local.alice(), invoke(create, VecM::default())).await;
    let changes = local.simulate(&transaction).await.state_changes.unwrap();
    let created =
        changes.iter().any(|change| matches!(change, stellar_rpc_client::LedgerEntryChange::Created { .. }));
    assert!(created, "{changes:?}");
}

#[tokio::test]
async fn an_archived_entry_is_told_and_restored_by_the_next_call() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    local.grant(&contract, DATA_ID, 0).await;
    let entries = local.client.get_full_ledger_entries(&[instance_key(&contract)]).await.unwrap();
    let live_until = entries.entries[0].live_until_ledger_seq.unwrap();
    local.devnet.skip_ledgers(live_until + 1_000).await.unwrap();
    let entries = local.client.get_full_ledger_entries(&[instance_key(&contract)]).await.unwrap();
    assert!(
        entries.entries[0].live_until_ledger_seq.unwrap() < local.latest().await,
        "it is archived, not gone"
    );

    let revoked = local.run(local.alice(), about_grant(&local, &contract, "revoke_grant", DATA_ID)).await;
    assert_eq!(revoked.status, "SUCCESS");
    let entries = local.client.get_full_ledger_entries(&[instance_key(&contract)]).await.unwrap();
    assert!(entries.entries[0].live_until_ledger_seq.unwrap() > local.latest().await);
}

/// Where entries that an operation extends or restores are named.
fn of_entries(mut transaction: Transaction, footprint: LedgerFootprint) -> Transaction {
    let resources = SorobanResources { footprint, instructions: 0, disk_read_bytes: 0, write_bytes: 0 };
    let ext = SorobanTransactionDataExt::V0;
    transaction.ext = TransactionExt::V1(SorobanTransactionData { ext, resources, resource_fee: 0 });
    transaction
}

#[tokio::test]
async fn entries_are_restored_and_extended_by_operations_of_their_own() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    local.devnet.skip_ledgers(4_000_000).await.unwrap();
    let key = instance_key(&contract);
    let live_until = async || {
        let entries = local.client.get_full_ledger_entries(&[instance_key(&contract)]).await.unwrap();
        entries.entries[0].live_until_ledger_seq.unwrap()
    };
    let keys: VecM<LedgerKey> = vec![key].try_into().unwrap();

    let extend_to = 3_000_000;
    let extend =
        OperationBody::ExtendFootprintTtl(ExtendFootprintTtlOp { ext: ExtensionPoint::V0, extend_to });
    let footprint = LedgerFootprint { read_only: keys.clone(), read_write: VecM::default() };
    let extend = of_entries(local.transaction(local.alice(), extend).await, footprint);
    let told = local.simulate(&extend).await;
    assert!(told.restore_preamble.unwrap().min_resource_fee > 0, "it must be restored first");

    let restore = OperationBody::RestoreFootprint(RestoreFootprintOp { ext: ExtensionPoint::V0 });
    let footprint = LedgerFootprint { read_only: VecM::default(), read_write: keys };
    let mut restore = of_entries(local.transaction(local.alice(), restore).await, footprint);
    let simulation = local.simulate(&restore).await;
    fill_in(&mut restore, &simulation);
    let restore = local.sign(local.alice(), restore).await;
    local.client.send_transaction_polling(&restore).await.unwrap();
    assert!(live_until().await > local.latest().await);

    let mut extend = Transaction { seq_num: SequenceNumber(extend.seq_num.0 + 1), ..extend };
    let simulation = local.simulate(&extend).await;
    assert!(simulation.restore_preamble.is_none());
    fill_in(&mut extend, &simulation);
    let extend = local.sign(local.alice(), extend).await;
    local.client.send_transaction_polling(&extend).await.unwrap();
    assert_eq!(live_until().await, local.latest().await + extend_to);
}

#[tokio::test]
async fn resources_that_are_too_small_are_told_by_code() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    let create = crate::support::create_grant(&contract, local.alice(), local.bob(), DATA_ID, 0);
    let TransactionEnvelope::Tx(TransactionV1Envelope { mut tx, .. }) =
        local.prepared(local.alice(), create).await
    else {
        panic!("no transaction");
    };
    let TransactionExt::V1(data) = &mut tx.ext else { panic!("no resources") };
    data.resources.footprint.read_write = VecM::default();
    let envelope = local.sign(local.alice(), tx).await;
    let hash = local.client.send_transaction(&envelope).await.unwrap();
    let told = local.client.get_transaction(&hash).await.unwrap();
    assert_eq!(told.status, "FAILED");
    assert!(!told.events.diagnostic_events.is_empty(), "diagnostics say what was outside the footprint");
}

#[tokio::test]
async fn recorded_authorization_may_be_of_the_new_kind() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    let create = crate::support::create_grant(&contract, local.alice(), local.bob(), DATA_ID, 0);
    let transaction = local.transaction(local.bob(), invoke(create, VecM::default())).await;
    let envelope = base64(&unsigned(&transaction));
    for (use_upgraded_auth, kind) in [(false, "address"), (true, "address_v2")] {
        let params =
            json!({ "transaction": envelope, "useUpgradedAuth": use_upgraded_auth, "xdrFormat": "json" });
        let told = local.result("simulateTransaction", params).await;
        let credentials = &told["results"][0]["authJson"][0]["credentials"];
        assert!(credentials.get(kind).is_some(), "{credentials}");
    }
}

#[tokio::test]
async fn operations_without_contracts_are_not_simulated() {
    let local = Local::start().await;
    let payment = local.payment(1).await;
    let told = local.result("simulateTransaction", json!({ "transaction": base64(&payment) })).await;
    assert!(told["error"].as_str().unwrap().contains("unsupported operation type"), "{told}");
    assert_eq!(told["latestLedger"], local.latest().await);

    let extend_to = 100;
    let extend =
        OperationBody::ExtendFootprintTtl(ExtendFootprintTtlOp { ext: ExtensionPoint::V0, extend_to });
    let transaction = local.transaction(local.alice(), extend).await;
    let error = local.simulate(&transaction).await.error.unwrap();
    assert!(error.contains("SorobanTransactionData"), "{error}");
}

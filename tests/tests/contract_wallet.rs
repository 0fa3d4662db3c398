//! A contract wallet signs in: its contract, asked by the node on the real chain, decides whose signature counts (ERC-1271).

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

use std::sync::Arc;

use alloy::providers::ProviderBuilder;
use idos_api::{ErrorCode, profiles::NewProfile};
use idos_client::{EvmWallet, Node};
use idos_contracts_evm::OwnedWallet;
use idos_grants::Account;
use idos_tests::{
    member::{now, wallet},
    stage::Stage,
};
use rand_core::OsRng;

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_wallet_signs_in_by_its_owners_key_and_by_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::set_up(folder.path()).await.unwrap();
    stage.node.wait_ready().unwrap();
    let (owner, stranger) = (wallet(1).unwrap(), wallet(2).unwrap());
    let provider =
        ProviderBuilder::new().wallet(owner.signer()).connect_http(stage.first().unwrap().rpc.clone());
    let contract = OwnedWallet::deploy(provider, owner.signer().address()).await.unwrap();
    let account = Account::evm(idos_devnet_evm::CHAIN_ID, contract.address().into_array());

    let node = Node::new(stage.node.url.clone(), Arc::new(now)).unwrap();
    let sign_in = async |wallet: EvmWallet| node.sign_in(&wallet, 600, &mut OsRng).await;
    let session = sign_in(owner.on_behalf_of(&account).unwrap()).await.unwrap();
    let profile_id = uuid::Uuid::new_v4();
    let profile = session.create_profile(&NewProfile { profile_id, key_statement: None }).await.unwrap();
    // It counts on its own chain only: elsewhere another contract may stand at that address.
    assert_eq!(profile.wallets.iter().map(ToString::to_string).collect::<Vec<_>>(), [account.to_string()]);

    let refused = sign_in(stranger.on_behalf_of(&account).unwrap()).await.unwrap_err();
    assert_eq!(refused.node_code(), Some(ErrorCode::SignatureInvalid), "{refused}");
    let elsewhere = Account::evm(1, contract.address().into_array());
    let refused = sign_in(owner.on_behalf_of(&elsewhere).unwrap()).await.unwrap_err();
    assert_eq!(refused.node_code(), Some(ErrorCode::UnknownChain), "{refused}");
}

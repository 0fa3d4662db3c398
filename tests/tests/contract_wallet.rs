//! A contract wallet: its contract, asked on the real chain, decides whose signature counts (ERC-1271), at the store and at key-share nodes.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

use std::sync::Arc;

use alloy::providers::ProviderBuilder;
use idos_api::{ErrorCode, profiles::NewProfile};
use idos_client::{
    EvmWallet, Node, Signer, SigningWallet,
    key_shares::{KeyOfProfile, Listen},
};
use idos_contracts_evm::OwnedWallet;
use idos_devnet_evm::BlockTime;
use idos_grants::{Account, Namespace};
use idos_tests::{
    key_nodes::KeyNodes,
    member::{now, wallet},
    stage::{Stage, StageChain},
};
use rand_core::OsRng;

const XRPL_SEED: &str = "sEdSKaCy2JT7JaM7v95H9SxkhP9wS2r";

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

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_wallet_and_an_xrpl_wallet_bring_a_shared_key_back() {
    let folder = tempfile::tempdir().unwrap();
    let chain = StageChain::start(Namespace::Eip155, folder.path(), BlockTime::EverySecs(1)).await.unwrap();
    let nodes = KeyNodes::start(folder.path(), std::slice::from_ref(&chain), KeyNodes::USUAL).await.unwrap();
    let (owner, stranger) = (wallet(1).unwrap(), wallet(2).unwrap());
    let provider = ProviderBuilder::new().wallet(owner.signer()).connect_http(chain.rpc.clone());
    let contract = OwnedWallet::deploy(provider, owner.signer().address()).await.unwrap();
    let contract = Account::evm(idos_devnet_evm::CHAIN_ID, contract.address().into_array());
    let xrpl = SigningWallet::parse("xrpl:0".parse().unwrap(), None, XRPL_SEED).unwrap();

    let (client, first, profile_id) = (nodes.client().unwrap(), wallet(3).unwrap(), uuid::Uuid::new_v4());
    let created = client.create(&first, profile_id, |_| Ok(()), &mut OsRng).await.unwrap();
    let key = KeyOfProfile {
        profile_id,
        stored_by: first.account(),
        encryption_key: created.secret.public(),
        shared: created.shared,
    };
    for backup in [contract, xrpl.account()] {
        client.add_wallet(&first, &key, backup, &mut OsRng).await.unwrap();
    }
    let by_contract = owner.on_behalf_of(&contract).unwrap();
    let recovered = client.recover(&by_contract, &key, Listen::ToAll, &mut OsRng).await.unwrap();
    assert!(recovered.secret == created.secret);
    let recovered = client.recover(&xrpl, &key, Listen::ToAll, &mut OsRng).await.unwrap();
    assert!(recovered.secret == created.secret);
    let thief = stranger.on_behalf_of(&contract).unwrap();
    let refused = client.recover(&thief, &key, Listen::ToAll, &mut OsRng).await.unwrap_err().to_string();
    assert_eq!(refused.matches("the wallet's signature is not valid").count(), 5, "{refused}");
}

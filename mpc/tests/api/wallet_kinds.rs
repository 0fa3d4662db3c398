//! Every kind of wallet makes a key and brings it back.

use idos_client::{
    ClientError, Signer, SigningWallet,
    key_shares::{KeyOfProfile, Listen},
};
use idos_grants::{Account, ChainId};
use idos_wallets::{Signable, Signature};
use rand_core::OsRng;

use crate::support::{CONTRACT, TestNodes, fresh_profile, wallet};

/// A contract wallet: its owner's key signs for it (ERC-1271).
struct Contract;

impl Signer for Contract {
    fn account(&self) -> Account {
        CONTRACT.parse().unwrap()
    }

    fn sign(&self, signable: &Signable) -> Result<Signature, ClientError> {
        wallet(9).sign(signable)
    }
}

async fn round_trip(nodes: &TestNodes, signer: &impl Signer) {
    let profile_id = fresh_profile();
    let created = nodes.client().create(signer, profile_id, |_| Ok(()), &mut OsRng).await;
    let created = created.unwrap_or_else(|error| panic!("{}: {error}", signer.account()));
    let of = KeyOfProfile {
        profile_id,
        stored_by: signer.account(),
        encryption_key: created.secret.public(),
        shared: created.shared,
    };
    let refreshed = nodes.client().refresh(signer, &of, &mut OsRng).await.unwrap();
    assert_eq!(refreshed.epoch, 2, "{}", signer.account());
    let recovered = nodes.client().recover(signer, &of, Listen::UntilFound, &mut OsRng).await.unwrap();
    assert!(recovered.secret == created.secret, "{}", signer.account());
}

#[tokio::test]
async fn every_kind_of_wallet_brings_its_key_back() {
    let nodes = TestNodes::start(2, 3).await;
    let chains: [ChainId; 4] =
        ["eip155:42161", "near:localnet", "stellar:local", "xrpl:0"].map(|chain| chain.parse().unwrap());
    for chain in chains {
        let signer = SigningWallet::generate(chain, None, &mut OsRng).unwrap();
        round_trip(&nodes, &signer).await;
    }
    round_trip(&nodes, &Contract).await;
}

#[tokio::test]
async fn a_wallet_of_another_kind_is_enough_to_get_back_in() {
    let nodes = TestNodes::start(2, 3).await;
    let key = crate::keys::create(&nodes).await;
    for chain in ["near:localnet", "stellar:local", "xrpl:0"] {
        let backup = SigningWallet::generate(chain.parse().unwrap(), None, &mut OsRng).unwrap();
        assert!(
            nodes.client().recover(&backup, &key.of, Listen::UntilFound, &mut OsRng).await.is_err(),
            "{chain}"
        );
        nodes.client().add_wallet(&wallet(1), &key.of, backup.account(), &mut OsRng).await.unwrap();
        let recovered =
            nodes.client().recover(&backup, &key.of, Listen::UntilFound, &mut OsRng).await.unwrap();
        assert!(recovered.secret == key.secret, "{chain}");
    }
}

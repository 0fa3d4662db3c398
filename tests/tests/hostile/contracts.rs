//! A node that comes to name another contract, where grants and revocations would be nobody's.

use idos_api::node::ContractKind;
use idos_grants::Account;

use crate::world::{World, forged, on_get, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_takes_the_place_of_the_first_is_refused() {
    let world = World::new().await;
    let node = world.alice.session.node();
    let info = node.info().await.unwrap();
    let first = info.contracts.iter().find(|contract| contract.kind == ContractKind::AccessGrants).unwrap();
    let (kind, chain) = (ContractKind::AccessGrants, first.account.chain());
    assert_eq!(node.contract(kind, chain).await.unwrap(), first.account);

    let thief: Account = format!("{chain}:0x{}", "de".repeat(20)).parse().unwrap();
    world.hostility.begin(on_get("/v1/node".to_owned(), move |json| {
        for contract in json["contracts"].as_array_mut().unwrap() {
            contract["account"] = thief.to_string().into();
        }
    }));
    let reason = "it follows another contract there than before; if its operator confirms that, name the new one once with --contract";
    assert_eq!(refusal("another contract", node.contract(kind, chain).await), forged(reason));
    assert_eq!(refusal("a grant on it", node.check_contract(kind, thief)), forged(reason));
    // Whoever names it has asked the operator.
    node.remember_contract(kind, thief).unwrap();
    assert_eq!(node.contract(kind, chain).await.unwrap(), thief);
}

//! A consumer's own request, from which the node leaves out what was asked for.

use idos_client::{
    EvmWallet, Signer,
    requests::{self, RequestTerms},
};
use idos_credentials::Requirements;
use idos_grants::Status;
use idos_tests::vault_house::CHAIN;
use rand_core::OsRng;
use serde_json::json;

use crate::{
    one_chain::OneChain,
    world::{World, forged, on_get, refusal},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_held_against_what_its_consumer_itself_signed() {
    let world = World::new().await;
    let (bank, chains) = (&world.bank, OneChain(Status::Valid));
    let issuers = vec![world.issuer.did().into()];
    let asked = Requirements::new(vec!["Residence".into()], vec!["city".parse().unwrap()], issuers).unwrap();
    let terms = RequestTerms {
        to: None,
        purpose: "Opening an account".parse().unwrap(),
        requirements: asked.clone(),
        lock_secs: 0,
        grantees: vec![bank.account()],
        expires_at: world.house.now() + 60,
    };
    let key = bank.secret.public();
    let publish = async |wallet: &EvmWallet, terms: RequestTerms| {
        let published =
            requests::publish(&bank.session, wallet, bank.profile_id, key, terms, &mut OsRng).await;
        published.unwrap()
    };
    let published = publish(&bank.wallet, terms.clone()).await;
    let id = published.request.id;
    let own = async || requests::own(&bank.session, id, &[bank.account()], &chains).await;
    world.house.pass(120);
    assert_eq!(own().await.unwrap().requirements, asked, "after its time too");

    let path = format!("/v1/requests/{id}");
    let unsigned = forged("a request that its consumer's wallet did not sign");
    for (field, value) in [("fields", json!([])), ("issuers", json!([])), ("types", json!(["Identity"]))] {
        world.hostility.begin(on_get(path.clone(), move |json| {
            json["request"]["requirements"][field] = value.clone();
        }));
        assert_eq!(refusal(field, own().await), unsigned, "{field}");
    }
    world.hostility.begin(on_get(path.clone(), |json| {
        json["request"]["id"] = uuid::Uuid::new_v4().to_string().into();
    }));
    assert_eq!(refusal("another", own().await), forged("another request than the one that was asked for"));
    world.hostility.end();

    // Signed as it should be, by somebody else.
    let stranger = EvmWallet::generate(CHAIN, &mut OsRng).unwrap();
    let by_another = requests::own(&bank.session, id, &[stranger.account()], &chains).await;
    let reason =
        "a request that none of your own wallets signed; if another folder published it, use its --home";
    assert_eq!(refusal("by a stranger", by_another), forged(reason));
}

//! Encryption keys that are swapped, brought back, or made cheap to guess.

use idos_api::profiles::SignedKeyStatement;
use idos_client::{
    ClientError, EvmWallet, Node, Signer, encryption,
    issuer::{self, Issuance},
    owner::{self, ConsentTerms, ConsentToWrite},
};
use idos_credentials::CredentialDraft;
use idos_grants::Status;
use idos_tests::vault_house::{CHAIN, Guest, grants_contract};
use idos_wallets::KeyedNonce;
use rand_core::OsRng;
use serde_json::{Map, json};

use crate::{
    one_chain::OneChain,
    world::{Rewriting, World, forged, on_get, refusal},
};

const BY_ANOTHER_WALLET: &str = "a key statement by a wallet that is not the named one; if both are of one profile, ask its owner to state the key by the named one too";

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_swapped_or_brought_back_are_refused() {
    let world = World::new().await;
    let path = format!("/v1/profiles/{}/key-statement", world.bank.profile_id);
    let believed = async || {
        let (session, bank) = (&world.alice.session, &world.bank);
        let chains = OneChain(Status::Valid);
        encryption::of_profile(session, bank.profile_id, &[bank.account()], &[], &chains).await
    };
    let first = world.alice.session.key_statement(world.bank.profile_id).await.unwrap();
    assert_eq!(believed().await.unwrap(), world.bank.secret.public());

    let thief = Guest::arrive(&world.node, world.house.now(), None).await.unwrap();
    let statement = |guest: &Guest, of: uuid::Uuid, version| {
        encryption::state(&guest.wallet, of, &guest.secret, None, version, world.house.now()).unwrap()
    };
    let thiefs_key = thief.secret.public().to_string();
    let (by_thief, of_thief) =
        (statement(&thief, world.bank.profile_id, 2), statement(&thief, thief.profile_id, 2));
    let same_version = statement(
        &Guest { secret: thief.secret.clone(), ..rebuilt(&world.bank, &world.node).await },
        world.bank.profile_id,
        1,
    );
    let table: Vec<(&str, Rewriting, &str)> = vec![
        (
            "another key under the same signature",
            on_get(path.clone(), move |json| {
                json["statement"]["encryption_key"] = thiefs_key.clone().into();
                json["statement"]["version"] = 2.into();
            }),
            "a key statement whose signature is not its wallet's",
        ),
        (
            "a key that another wallet states",
            on_get(path.clone(), move |json| *json = json!(by_thief)),
            BY_ANOTHER_WALLET,
        ),
        (
            "the key of another profile",
            on_get(path.clone(), move |json| *json = json!(of_thief)),
            "a key statement of another profile",
        ),
        (
            "another key under the version that was seen",
            on_get(path.clone(), move |json| *json = json!(same_version)),
            "another key statement than before under the same version",
        ),
    ];
    for (name, rewriting, reason) in table {
        world.hostility.begin(rewriting);
        assert_eq!(refusal(name, believed().await), forged(reason), "{name}");
    }
    world.hostility.end();

    // The bank changes its key; then the node brings the old one back, whose signature is good.
    let renewed = encryption::state(
        &world.bank.wallet,
        world.bank.profile_id,
        &world.bank.secret,
        None,
        2,
        world.house.now(),
    );
    world.bank.session.put_key_statement(&renewed.unwrap()).await.unwrap();
    believed().await.unwrap();
    world.hostility.begin(on_get(path, move |json| *json = json!(first)));
    let reason = "a key statement older than one that it served before";
    assert_eq!(refusal("a rollback", believed().await), forged(reason));
}

/// The same person, whose secret may then be replaced.
async fn rebuilt(guest: &Guest, node: &Node) -> Guest {
    Guest {
        wallet: guest.wallet.clone(),
        profile_id: guest.profile_id,
        secret: guest.secret.clone(),
        session: node.sign_in(&guest.wallet, 3600, &mut OsRng).await.unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_another_wallet_states_again_is_believed_and_nothing_else() {
    let world = World::new().await;
    let (bank, chains, now) = (&world.bank, OneChain(Status::Valid), world.house.now());
    let wallet = EvmWallet::generate(CHAIN, &mut OsRng).unwrap();
    bank.session.link_wallet(bank.profile_id, &wallet).await.unwrap();
    let served = world.alice.session.key_statement(bank.profile_id).await.unwrap();
    let known_by_the_second_wallet = async |handed_over: &[SignedKeyStatement]| {
        let session = &world.alice.session;
        encryption::of_profile(session, bank.profile_id, &[wallet.account()], handed_over, &chains).await
    };
    let again = encryption::state_again(&wallet, &served.statement, &bank.secret, now).unwrap();
    let key = bank.secret.public();
    assert_eq!(known_by_the_second_wallet(std::slice::from_ref(&again)).await.unwrap(), key);

    let thief = Guest::arrive(&world.node, now, None).await.unwrap();
    let by_thief = encryption::state(&thief.wallet, bank.profile_id, &thief.secret, None, 1, now).unwrap();
    let mut altered = again.clone();
    altered.statement.encryption_key = *thief.secret.public().as_bytes();
    let of_another_profile =
        encryption::state(&wallet, thief.profile_id, &bank.secret, None, 1, now).unwrap();
    let table: [(&str, &[SignedKeyStatement]); 5] = [
        ("nothing handed over", &[]),
        ("what the node serves, handed over", &[served]),
        ("by a stranger", &[by_thief]),
        ("altered on the way", &[altered]),
        ("about another profile", &[of_another_profile]),
    ];
    for (name, handed_over) in table {
        let answer = known_by_the_second_wallet(handed_over).await;
        assert_eq!(refusal(name, answer), forged(BY_ANOTHER_WALLET), "{name}");
    }

    // The node serves the thief's key, stated by a wallet that nobody here knows; or the owner has another key by now.
    let path = format!("/v1/profiles/{}/key-statement", bank.profile_id);
    let thiefs = encryption::state(&thief.wallet, bank.profile_id, &thief.secret, None, 2, now).unwrap();
    world.hostility.begin(on_get(path, move |json| *json = json!(thiefs)));
    let reason = "another key than the named wallet has stated itself; if its owner has changed her key since, ask her to state it again";
    let answer = known_by_the_second_wallet(std::slice::from_ref(&again)).await;
    assert_eq!(refusal("another key", answer), forged(reason));
    world.hostility.end();
    // Nothing of that lie was remembered.
    assert_eq!(known_by_the_second_wallet(&[again]).await.unwrap(), key);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_seals_for_an_owner_who_consents_by_another_wallet() {
    let world = World::new().await;
    let (alice, bank, chains, now) = (&world.alice, &world.bank, OneChain(Status::Valid), world.house.now());
    let wallet = EvmWallet::generate(CHAIN, &mut OsRng).unwrap();
    alice.session.link_wallet(alice.profile_id, &wallet).await.unwrap();
    let terms = ConsentTerms {
        contract: grants_contract(),
        issuer_account: bank.account(),
        issuer: world.issuer.did(),
        not_before: now,
        not_after: now + 60,
        locked_until: 0,
        nonce: KeyedNonce::fresh(&mut OsRng),
    };
    let mut consent = owner::consent(&wallet, alice.profile_id, &terms, &mut OsRng).unwrap();
    let sealed = async |consent: &ConsentToWrite| {
        let issuance = Issuance {
            draft: CredentialDraft::new(uuid::Uuid::new_v4(), world.subject(), now),
            notes: Map::new(),
            own_copy_for: None,
            schema: None,
        };
        issuer::seal(&bank.session, &world.issuer, consent, issuance, &chains, now, &mut OsRng).await
    };
    let answer = sealed(&consent).await.map(drop);
    assert_eq!(refusal("without her word", answer), forged(BY_ANOTHER_WALLET));

    let present = alice.session.key_statement(alice.profile_id).await.unwrap().statement;
    let nodes_key = encryption::state_again(&wallet, &present, &bank.secret, now);
    assert!(matches!(nodes_key, Err(ClientError::WrongKey)), "she signs no key that is not hers");
    consent.key_statement = Some(encryption::state_again(&wallet, &present, &alice.secret, now).unwrap());
    let handed_over: ConsentToWrite =
        serde_json::from_value(serde_json::to_value(&consent).unwrap()).unwrap();
    sealed(&handed_over).await.unwrap();

    let key = bank.secret.public().to_string();
    let path = format!("/v1/profiles/{}/key-statement", alice.profile_id);
    world.hostility.begin(on_get(path, move |json| {
        json["statement"]["encryption_key"] = key.clone().into();
        json["statement"]["version"] = 2.into();
    }));
    let (code, _) = refusal("another key at the node", sealed(&consent).await.map(drop));
    assert_eq!(code, "forged");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_key_that_is_made_cheaper_is_refused() {
    let world = World::new().await;
    let kdf = |text: &'static str| {
        on_get("/v1/profile".to_owned(), move |json| {
            json["profile"]["key_statement"]["statement"]["kdf"] = text.into();
        })
    };
    let own = async || {
        let profile = world.alice.session.profile().await.unwrap().unwrap();
        let statement = profile.key_statement.unwrap().statement;
        encryption::own_secret(world.node.memory(), &statement, || {
            encryption::from_password(&statement, "correct horse battery staple")
        })
    };
    let kdf_refused = |why: &str| {
        ("kdf_refused".to_owned(), format!("the key statement's way from password to key is refused: {why}"))
    };
    let table = [
        (
            "fewer rounds than anybody uses",
            r#"{"name":"scrypt","version":"1","log_n":10,"r":8,"p":1}"#,
            kdf_refused("these scrypt parameters are too weak: at least log_n 14, r 8, p 1"),
        ),
        (
            "an old version with other parameters",
            r#"{"name":"scrypt","version":"0.1","log_n":17,"r":8,"p":1}"#,
            kdf_refused("version 0.1 of the password key is scrypt with log_n 14, r 8, p 1"),
        ),
        (
            "more memory than there is",
            r#"{"name":"scrypt","version":"1","log_n":40,"r":8,"p":1}"#,
            kdf_refused(
                "these scrypt parameters cost too much: at most log_n 20, r 16, p 4 and 1 GiB of memory",
            ),
        ),
    ];
    for (name, text, expected) in table {
        world.hostility.begin(kdf(text));
        let (code, message) = refusal(name, own().await);
        // Where in the JSON it stands is of no interest.
        assert_eq!((code, message.split(" at line").next().unwrap().to_owned()), expected, "{name}");
    }
    // Once the right statement was believed, a downgrade shows before any password is hashed.
    world.hostility.end();
    let profile = world.alice.session.profile().await.unwrap().unwrap();
    let statement = profile.key_statement.unwrap().statement;
    encryption::own_secret(world.node.memory(), &statement, || Ok(world.alice.secret.clone())).unwrap();
    world.hostility.begin(kdf(r#"{"name":"scrypt","version":"0.1","log_n":14,"r":8,"p":1}"#));
    let reason = "another key statement than before under the same version";
    assert_eq!(refusal("a downgrade", own().await), forged(reason));
}

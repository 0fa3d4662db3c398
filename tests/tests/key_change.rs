//! Changing the encryption key against a real vault: interrupted at every request, it is finished by the next call.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::http::StatusCode;
use idos_api::{
    credentials::{Credential, NewCredential},
    requests::AccessRequest,
};
use idos_client::{
    ClientError, Node, consumer,
    encryption::{self, KeyOrigin},
    owner::{self, KeyChange, KeyChangeProgress, KeyChanged, Opening, change_key, sealed_for_others},
    requests::{self, Look, RequestTerms},
};
use idos_credentials::{
    CredentialDraft, Expectations, IssuerKey, PublicNotes, Requirements, issue, sign_notes, verify,
};
use idos_grants::{DataId, Event, GrantChange, GrantEvent};
use idos_keys::EncryptionSecret;
use idos_tests::{
    hostile_node::{Hostility, in_front_of},
    vault_house::{Guest, VaultHouse},
};
use rand_core::OsRng;
use serde_json::Map;
use uuid::Uuid;

const ORIGINALS: usize = 3;

struct Place {
    house: VaultHouse,
    hostility: Hostility,
    guest: Guest,
    stored: Vec<(DataId, Vec<u8>)>,
}

impl Place {
    async fn new() -> Self {
        let house = VaultHouse::build().await.unwrap();
        let hostility = Hostility::default();
        let url = VaultHouse::serve(in_front_of(house.vault.router(), hostility.clone())).await.unwrap();
        let node = Node::new(url, house.clock()).unwrap();
        let guest = Guest::arrive(&node, house.now(), None).await.unwrap();
        let mut place = Self { house, hostility, guest, stored: Vec::new() };
        for _ in 0..ORIGINALS {
            place.stored.push(place.store().await);
        }
        place
    }

    /// An original; its plaintext.
    async fn store(&self) -> (DataId, Vec<u8>) {
        let (issuer, now) = (IssuerKey::from_seed(&[7; 32]).unwrap(), self.house.now());
        let subject = format!("did:pkh:{}", self.guest.account());
        let document = issue(CredentialDraft::new(Uuid::new_v4(), subject, now), &issuer, now).unwrap();
        let plaintext = serde_json::to_vec(&document).unwrap();
        let credential = verify(&plaintext, now, &Expectations::default()).credential.unwrap();
        let notes = PublicNotes::of(&credential, Map::new()).unwrap();
        let (session, key) = (&self.guest.session, self.guest.secret.public());
        let id = owner::fresh_data_id(&mut OsRng);
        let new = NewCredential {
            content: owner::upload_sealed(session, id, &key, &plaintext, &mut OsRng).await.unwrap(),
            public_notes: notes.as_str().to_owned(),
            notes_signature: format!("0x{}", hex::encode(sign_notes(&issuer, &notes).unwrap())),
            issuer: issuer.did().to_string(),
            notes_key: None,
            consent: None,
        };
        (session.create_credential(&new).await.unwrap().data_id, plaintext)
    }

    async fn change(
        &self,
        new: &EncryptionSecret,
    ) -> Result<(KeyChanged, Vec<KeyChangeProgress>), ClientError> {
        let old = [self.guest.secret.clone()];
        let change =
            KeyChange { old: &old, new, new_origin: KeyOrigin::Random, new_nodes: None, known_keys: &[] };
        let mut steps = Vec::new();
        let (session, wallet) = (&self.guest.session, &self.guest.wallet);
        let changed =
            change_key(session, wallet, &change, self.house.now(), |at| steps.push(at), &mut OsRng).await?;
        Ok((changed, steps))
    }

    /// Puts an original under a timelock.
    async fn lock(&self, data_id: DataId) {
        let grant = GrantEvent {
            change: GrantChange::Created,
            owner: self.guest.account().address(),
            grantee: idos_grants::Account::evm(31_337, [9; 20]).address(),
            data_id,
            locked_until: self.house.now() + 1000,
            at: self.house.now(),
        };
        self.house.block(&[Event::Grant(grant)]).await.unwrap();
    }

    /// A bank asks for whatever she has.
    async fn request(&self) -> AccessRequest {
        let bank = Guest::arrive(self.guest.session.node(), self.house.now(), None).await.unwrap();
        let types = vec!["VerifiableCredential".into()];
        let terms = RequestTerms {
            to: None,
            purpose: "Opening an account".parse().unwrap(),
            requirements: Requirements::new(types, vec![], vec![]).unwrap(),
            lock_secs: 0,
            grantees: vec![bank.account()],
            expires_at: self.house.now() + 60,
        };
        let (session, key) = (&bank.session, bank.secret.public());
        let published =
            requests::publish(session, &bank.wallet, bank.profile_id, key, terms, &mut OsRng).await;
        published.unwrap().request
    }

    async fn assert_sealed_for(&self, secret: &EncryptionSecret) {
        for (id, plaintext) in &self.stored {
            assert_eq!(*consumer::decrypt(&self.guest.session, *id, secret).await.unwrap(), *plaintext);
        }
        assert_eq!(
            sealed_for_others(&self.guest.session, &secret.public()).await.unwrap(),
            Vec::<Credential>::new()
        );
    }
}

#[tokio::test]
async fn every_original_is_sealed_for_the_new_key_and_done_again_nothing_changes() {
    let place = Place::new().await;
    let new = EncryptionSecret::generate(&mut OsRng);
    let (changed, steps) = place.change(&new).await.unwrap();
    assert_eq!(changed, KeyChanged { resealed: ORIGINALS, left: Vec::new() });
    let counted: Vec<_> = steps.iter().map(|at| (at.done, at.of)).collect();
    assert_eq!(counted, [(0, 3), (1, 3), (2, 3), (3, 3)]);
    place.assert_sealed_for(&new).await;
    for (id, _) in &place.stored {
        let old = consumer::decrypt(&place.guest.session, *id, &place.guest.secret).await;
        assert!(matches!(old, Err(ClientError::Undecryptable)), "the old key opens nothing");
    }
    let (again, _) = place.change(&new).await.unwrap();
    assert_eq!(again, KeyChanged { resealed: 0, left: Vec::new() });
    let statements = place.guest.session.key_statements(None).await.unwrap().key_statements;
    let keys: Vec<_> = statements.iter().map(|signed| signed.statement.encryption_key).collect();
    assert_eq!(keys, [*new.public().as_bytes(), *place.guest.secret.public().as_bytes()], "both are known");
}

#[tokio::test]
async fn interrupted_at_any_request_it_is_finished_by_the_next_call() {
    // The answer to the `cut`th request is lost, whether the node has done it or not.
    for cut in 0.. {
        let place = Place::new().await;
        let new = EncryptionSecret::generate(&mut OsRng);
        let seen = Arc::new(AtomicUsize::new(0));
        let counter = seen.clone();
        place.hostility.begin(move |answer| {
            if counter.fetch_add(1, Ordering::SeqCst) >= cut {
                answer.status = StatusCode::BAD_GATEWAY;
                answer.body = Default::default();
            }
        });
        let interrupted = place.change(&new).await;
        place.hostility.end();
        if interrupted.is_ok() {
            // The profile, the statement, the list; content, upload and replacement of each.
            assert_eq!(cut, 3 + 3 * ORIGINALS);
            place.assert_sealed_for(&new).await;
            return;
        }
        let (changed, _) = place.change(&new).await.unwrap();
        assert_eq!(changed.left, [], "cut at {cut}");
        place.assert_sealed_for(&new).await;
    }
}

#[tokio::test]
async fn one_that_is_locked_is_left_with_its_reason_and_done_later() {
    let place = Place::new().await;
    let locked = place.stored[1].0;
    place.lock(locked).await;
    let new = EncryptionSecret::generate(&mut OsRng);
    let (changed, _) = place.change(&new).await.unwrap();
    assert_eq!(changed.resealed, ORIGINALS - 1);
    let [left] = &changed.left[..] else { panic!("{changed:?}") };
    assert_eq!((left.data_id, left.code.as_str()), (locked, "timelocked"));
    let opened = consumer::decrypt(&place.guest.session, locked, &place.guest.secret).await.unwrap();
    assert_eq!(*opened, place.stored[1].1, "the old key still opens it");
}

#[tokio::test]
async fn one_that_is_left_sealed_for_the_old_key_does_not_keep_the_others_from_matching() {
    let place = Place::new().await;
    place.lock(place.stored[1].0).await;
    let new = EncryptionSecret::generate(&mut OsRng);
    place.change(&new).await.unwrap();
    let request = place.request().await;
    let found = async |secrets: &[EncryptionSecret]| {
        let look = Look::Inside(Opening::with(secrets));
        requests::matches(&place.guest.session, &request, look).await.unwrap()
    };
    let with_the_old = found(&[new.clone(), place.guest.secret.clone()]).await;
    assert!(with_the_old.len() == ORIGINALS && with_the_old.iter().all(|candidate| candidate.matches()));
    let without = found(std::slice::from_ref(&new)).await;
    assert_eq!(without.iter().filter(|candidate| candidate.matches()).count(), ORIGINALS - 1);
    let unopened = without.last().unwrap();
    assert_eq!(unopened.data_id, place.stored[1].0);
    let reason = unopened.not_opened.as_deref().unwrap();
    assert!(!unopened.matches() && reason.contains("a key that you had before"), "{reason}");
}

#[tokio::test]
async fn a_key_that_nobody_has_stated_is_no_old_key() {
    let place = Place::new().await;
    let (wrong, new) = (EncryptionSecret::generate(&mut OsRng), EncryptionSecret::generate(&mut OsRng));
    let old = [wrong];
    let change =
        KeyChange { old: &old, new: &new, new_origin: KeyOrigin::Random, new_nodes: None, known_keys: &[] };
    let (session, wallet) = (&place.guest.session, &place.guest.wallet);
    let refused = change_key(session, wallet, &change, place.house.now(), |_| (), &mut OsRng).await;
    assert!(matches!(refused, Err(ClientError::WrongKey)), "{refused:?}");
    place.assert_sealed_for(&place.guest.secret).await;
}

#[tokio::test]
async fn a_store_that_goes_back_to_the_key_before_a_change_is_caught() {
    let place = Place::new().await;
    let before = place.guest.session.profile().await.unwrap().unwrap().key_statement.unwrap();
    place.change(&EncryptionSecret::generate(&mut OsRng)).await.unwrap();
    let (memory, old) = (place.guest.session.node().memory(), place.guest.secret.clone());
    let gone_back = encryption::own_secret(memory, &before.statement, || Ok(old));
    assert!(matches!(gone_back, Err(ClientError::Forged(_))), "the new statement was remembered");
}

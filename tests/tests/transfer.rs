//! A profile is exported from one node and imported into another.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

use std::{collections::BTreeMap, io::Cursor};

use axum::http::StatusCode;
use idos_api::credentials::NewCredential;
use idos_client::{
    ClientError, Node, consumer,
    owner::{
        self,
        archive::{ArchiveReader, ArchiveWriter, Kind, Manifest},
        export, import,
    },
};
use idos_credentials::{CredentialDraft, Expectations, IssuerKey, PublicNotes, issue, sign_notes, verify};
use idos_grants::{DataId, Event, GrantChange, GrantEvent};
use idos_tests::{
    hostile_node::{Hostility, in_front_of},
    vault_house::{Guest, VaultHouse},
};
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use rand_core::OsRng;
use serde_json::{Map, json};
use uuid::Uuid;

struct Place {
    house: VaultHouse,
    hostility: Hostility,
    guest: Guest,
}

impl Place {
    async fn new() -> Self {
        let house = VaultHouse::build().await.unwrap();
        let hostility = Hostility::default();
        let url = VaultHouse::serve(in_front_of(house.vault.router(), hostility.clone())).await.unwrap();
        let node = Node::new(url, house.clock()).unwrap();
        let guest = Guest::arrive(&node, house.now(), None).await.unwrap();
        Self { house, hostility, guest }
    }

    /// Stores an original with these claims; its plaintext.
    async fn store(&self, issuer: &IssuerKey, claims: Map<String, serde_json::Value>) -> (DataId, Vec<u8>) {
        let subject = format!("did:pkh:{}", self.guest.account());
        let mut draft = CredentialDraft::new(Uuid::new_v4(), subject, self.house.now());
        draft.types = vec!["Residence".to_owned()];
        draft.claims = claims;
        let plaintext = serde_json::to_vec(&issue(draft, issuer, self.house.now()).unwrap()).unwrap();
        let read = verify(&plaintext, self.house.now(), &Expectations::default()).credential.unwrap();
        let notes = PublicNotes::of(&read, Map::new()).unwrap();
        let (session, key) = (&self.guest.session, self.guest.secret.public());
        let content =
            owner::upload_sealed(session, owner::fresh_data_id(&mut OsRng), &key, &plaintext, &mut OsRng)
                .await;
        let new = NewCredential {
            content: content.unwrap(),
            public_notes: notes.as_str().to_owned(),
            notes_signature: format!("0x{}", hex::encode(sign_notes(issuer, &notes).unwrap())),
            issuer: issuer.did().to_string(),
            notes_key: None,
            consent: None,
        };
        (session.create_credential(&new).await.unwrap().data_id, plaintext)
    }

    async fn export(&self) -> (Manifest, Vec<u8>) {
        let guest = &self.guest;
        let profile = guest.session.profile().await.unwrap().unwrap();
        let out = Cursor::new(Vec::new());
        let mut steps = Vec::new();
        let (manifest, out) = export::export(
            &guest.session,
            &profile,
            std::slice::from_ref(&guest.secret),
            out,
            self.house.now(),
            |at| steps.push(at),
        )
        .await
        .unwrap();
        let last = steps.last().unwrap();
        assert_eq!(last.done, last.of);
        (manifest, out.into_inner())
    }

    async fn import(&self, archive: &[u8]) -> Result<import::ImportReport, ClientError> {
        let (session, key) = (&self.guest.session, self.guest.secret.public());
        import::import(session, &key, Cursor::new(archive), &[], self.house.now(), &mut OsRng, |_| ()).await
    }

    async fn plaintext(&self, data_id: DataId) -> Vec<u8> {
        consumer::decrypt(&self.guest.session, data_id, &self.guest.secret).await.unwrap().to_vec()
    }

    async fn grant(&self, to: &Guest, data_id: DataId) {
        let grant = GrantEvent {
            change: GrantChange::Created,
            owner: self.guest.account().address(),
            grantee: to.account().address(),
            data_id,
            locked_until: 0,
            at: self.house.now(),
        };
        self.house.block(&[Event::Grant(grant)]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn export_then_import_gives_the_same_credentials_whatever_they_say() {
    let seed = rand::rng().next_u64();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let (here, there) = (Place::new().await, Place::new().await);
    let issuers = [IssuerKey::generate(&mut OsRng), IssuerKey::generate(&mut OsRng)];
    let mut stored = BTreeMap::new();
    for number in 0..12 {
        let mut claims = Map::new();
        for name in 0..random.random_range(0..5) {
            let text: String = (0..random.random_range(0..200)).map(|_| random.random::<char>()).collect();
            claims.insert(format!("claim{name}"), json!(text));
        }
        let (id, plaintext) = here.store(&issuers[number % 2], claims).await;
        stored.insert(id, plaintext);
    }
    let (manifest, archive) = here.export().await;
    assert_eq!(archive, here.export().await.1, "the same profile gives the same archive");
    assert_eq!(manifest.profile_id, here.guest.profile_id);
    assert!(manifest.not_exported.is_empty(), "{:?}", manifest.not_exported);

    let report = there.import(&archive).await.unwrap();
    assert_eq!(report.imported.len(), stored.len(), "{report:?}");
    for imported in &report.imported {
        assert_ne!(imported.stored_as, imported.data_id);
        assert_eq!(&there.plaintext(imported.stored_as).await, &stored[&imported.data_id]);
    }
    let again = there.import(&archive).await.unwrap();
    assert_eq!((again.imported.len(), again.present.len()), (0, stored.len()));
    // What came by import is exported again as it was.
    let (second, _) = there.export().await;
    let digests = |manifest: &Manifest| {
        let mut digests: Vec<_> = manifest.credentials.iter().map(|entry| entry.sha256.clone()).collect();
        digests.sort();
        digests
    };
    assert_eq!(digests(&manifest), digests(&second));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_says_what_was_shared_and_what_was_received() {
    let place = Place::new().await;
    let issuer = IssuerKey::generate(&mut OsRng);
    let node = place.guest.session.node().clone();
    let friend = Guest::arrive(&node, place.house.now(), None).await.unwrap();
    let (mine, _) = place.store(&issuer, Map::new()).await;
    let (me, key) = (&place.guest, friend.secret.public());
    let copy =
        owner::store_copy(&me.session, mine, &me.opening(), &key, &mut OsRng).await.unwrap().copy.data_id;
    place.grant(&friend, copy).await;

    let (manifest, archive) = place.export().await;
    let [entry] = manifest.credentials.as_slice() else { panic!("{manifest:?}") };
    assert_eq!(
        (entry.data_id, entry.kind, entry.types.as_slice()),
        (mine, Kind::Original, &["Residence".to_owned()][..])
    );
    assert_eq!(entry.grants.iter().map(|grant| grant.data_id).collect::<Vec<_>>(), [copy]);
    assert_eq!(ArchiveReader::open(Cursor::new(&archive)).unwrap().manifest(), &manifest);

    let profile = friend.session.profile().await.unwrap().unwrap();
    let out = Cursor::new(Vec::new());
    let exported = export::export(
        &friend.session,
        &profile,
        std::slice::from_ref(&friend.secret),
        out,
        place.house.now(),
        |_| (),
    );
    let (manifest, out) = exported.await.unwrap();
    let kinds: Vec<_> = manifest.credentials.iter().map(|entry| (entry.data_id, entry.kind)).collect();
    assert_eq!(kinds, [(copy, Kind::Received)]);
    let report = Place::new().await.import(out.get_ref()).await.unwrap();
    assert!(report.imported.is_empty());
    assert_eq!(report.not_imported[0].code, "received_copy");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_import_is_finished_by_the_next_one() {
    let (here, there) = (Place::new().await, Place::new().await);
    let issuer = IssuerKey::generate(&mut OsRng);
    for _ in 0..4 {
        here.store(&issuer, Map::new()).await;
    }
    let (_, archive) = here.export().await;
    let writes = std::sync::atomic::AtomicUsize::new(0);
    there.hostility.begin(move |answer| {
        let is_write = answer.method == "POST" && answer.path == "/v1/credentials";
        // The third write is done, and its answer lost.
        if is_write && writes.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 2 {
            answer.status = StatusCode::BAD_GATEWAY;
            answer.body = "gone".into();
        }
    });
    let error = there.import(&archive).await.unwrap_err();
    assert_eq!(error.code(), "node_unavailable");
    there.hostility.end();
    let report = there.import(&archive).await.unwrap();
    assert_eq!((report.imported.len(), report.present.len(), report.not_imported.len()), (1, 3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_verify_is_not_imported_and_the_rest_is() {
    let (here, there) = (Place::new().await, Place::new().await);
    let issuer = IssuerKey::generate(&mut OsRng);
    for _ in 0..5 {
        here.store(&issuer, Map::new()).await;
    }
    let (manifest, archive) = here.export().await;
    let mut read = ArchiveReader::open(Cursor::new(&archive)).unwrap();
    let mut manifest = manifest;
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()));
    for (number, entry) in manifest.credentials.iter_mut().enumerate() {
        let mut plaintext = read.credential(entry).unwrap().unwrap().to_vec();
        if number == 0 {
            // Another city, and a manifest that fits.
            let text = String::from_utf8(plaintext).unwrap();
            plaintext = text.replace("did:pkh:eip155:31337:0x", "did:pkh:eip155:31337:0y").into_bytes();
        }
        let (sha256, size) = writer.add(entry.data_id, &plaintext).unwrap();
        (entry.sha256, entry.size) = (sha256, size);
    }
    manifest.credentials[1].sha256 = "00".repeat(32);
    manifest.credentials[2].public_notes =
        manifest.credentials[2].public_notes.replace("Residence", "Citizen");
    let (notes, signature) =
        (manifest.credentials[4].public_notes.clone(), manifest.credentials[4].notes_signature.clone());
    (manifest.credentials[3].public_notes, manifest.credentials[3].notes_signature) = (notes, signature);
    let altered = writer.finish(&manifest).unwrap().into_inner();

    let report = there.import(&altered).await.unwrap();
    let codes: Vec<_> = report.not_imported.iter().map(|left| left.code.as_str()).collect();
    assert_eq!(codes, ["proof_invalid", "damaged", "notes_invalid", "other_credential"]);
    assert_eq!(report.imported.len(), 1);
}

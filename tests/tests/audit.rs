//! An owner's audit log at a real vault, checked by her own client: before and after a reader deletes the profile, and where the node lies about who read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

use idos_api::{
    audit::{ErasedBecause, LogReader},
    credentials::{NewCopy, NewCredential},
};
use idos_client::{
    ClientError, Node,
    audit::{self, AuditFault},
    consumer, owner,
};
use idos_credentials::{IssuerKey, PublicNotes, sign_notes};
use idos_grants::{Event, GrantChange, GrantEvent};
use idos_tests::{
    hostile_node::{Hostility, in_front_of},
    vault_house::{Guest, VaultHouse},
};
use rand_core::OsRng;
use serde_json::json;
use uuid::Uuid;

struct Place {
    house: VaultHouse,
    hostility: Hostility,
    owner: Guest,
    readers: [Guest; 2],
}

/// An owner whose two readers have read a copy each, the first one twice.
async fn place() -> Place {
    let house = VaultHouse::build().await.unwrap();
    let hostility = Hostility::default();
    let url = VaultHouse::serve(in_front_of(house.vault.router(), hostility.clone())).await.unwrap();
    let node = Node::new(url, house.clock()).unwrap();
    let owner = Guest::arrive(&node, house.now(), None).await.unwrap();
    let readers = [
        Guest::arrive(&node, house.now(), None).await.unwrap(),
        Guest::arrive(&node, house.now(), None).await.unwrap(),
    ];
    let issuer = IssuerKey::from_seed(&[7; 32]).unwrap();
    let text = format!(
        r#"{{"id": "{}", "type": ["Residence"], "issuer": "{}"}}"#,
        Uuid::new_v4().urn(),
        issuer.did()
    );
    let notes = PublicNotes::parse(&text).unwrap();
    let upload = async |key| {
        let id = owner::fresh_data_id(&mut OsRng);
        owner::upload_sealed(&owner.session, id, &key, b"a secret", &mut OsRng).await.unwrap()
    };
    let new = NewCredential {
        content: upload(owner.secret.public()).await,
        public_notes: text,
        notes_signature: format!("0x{}", hex::encode(sign_notes(&issuer, &notes).unwrap())),
        issuer: issuer.did().to_string(),
        notes_key: None,
        consent: None,
    };
    let original = owner.session.create_credential(&new).await.unwrap().data_id;
    for (reader, times) in readers.iter().zip([2, 1]) {
        let content = upload(reader.secret.public()).await;
        let copy =
            owner.session.create_copy(original, &NewCopy { content, shared_with: None }).await.unwrap();
        let grant = GrantEvent {
            change: GrantChange::Created,
            owner: owner.account().address(),
            grantee: reader.account().address(),
            data_id: copy.data_id,
            locked_until: 0,
            at: house.now(),
        };
        house.block(&[Event::Grant(grant)]).await.unwrap();
        for _ in 0..times {
            consumer::decrypt(&reader.session, copy.data_id, &reader.secret).await.unwrap();
        }
    }
    Place { house, hostility, owner, readers }
}

fn wallets(log: &audit::CheckedLog) -> Vec<Option<String>> {
    log.reads.iter().map(|read| read.reader.wallet().map(ToString::to_string)).collect()
}

#[tokio::test]
async fn it_verifies_before_and_after_a_reader_deletes_the_profile() {
    let place = place().await;
    let (owner, [leaver, other]) = (&place.owner, &place.readers);
    let before = audit::fetch(&owner.session, owner.profile_id, None).await.unwrap();
    let reads_of = |log: &audit::CheckedLog, guest: &Guest| {
        let name = guest.account().address().to_string();
        wallets(log).iter().flatten().filter(|wallet| wallet.contains(&name)).count()
    };
    let (by_leaver, by_other) = (reads_of(&before, leaver), reads_of(&before, other));
    assert!(by_leaver >= 2 && by_other >= 1 && by_leaver + by_other == before.reads.len());

    leaver.session.delete_profile(leaver.profile_id).await.unwrap();
    let after = audit::fetch(&owner.session, owner.profile_id, Some(&before.head)).await.unwrap();
    assert_eq!(after.head.head.hash, before.head.head.hash, "the log is what it was");
    assert_eq!((reads_of(&after, leaver), reads_of(&after, other)), (0, by_other));
    let erased = LogReader::Erased { because: ErasedBecause::ProfileDeleted };
    assert_eq!(after.reads.iter().filter(|read| read.reader == erased).count(), by_leaver);
    assert_eq!(place.house.now(), after.head.head.at);
}

#[tokio::test]
async fn a_node_that_names_another_reader_is_found_and_one_that_hides_him_shows_that_it_does() {
    let place = place().await;
    let (owner, readers) = (&place.owner, &place.readers);
    let honest = audit::fetch(&owner.session, owner.profile_id, None).await.unwrap();
    let lines = honest.reads.len() as u64;

    // The newest line, by the other reader.
    let other = serde_json::to_value(honest.reads.last().unwrap().reader).unwrap();
    let (wallet, profile) = (other["wallet"].clone(), readers[0].profile_id);
    place.hostility.begin(move |answer| {
        if answer.is("GET", "/v1/audit") {
            answer.rewrite(|page| {
                page["reads"][0]["reader"]["wallet"] = wallet.clone();
                page["reads"][0]["reader"]["profile_id"] = json!(profile);
            });
        }
    });
    let found = audit::fetch(&owner.session, owner.profile_id, Some(&honest.head)).await;
    assert!(matches!(found, Err(ClientError::AuditLog(AuditFault::OtherReader(line))) if line == lines));

    // Salt and reader of another line: it commits to somebody else.
    place.hostility.begin(move |answer| {
        if answer.is("GET", "/v1/audit") {
            answer.rewrite(|page| page["reads"][0]["reader"] = other.clone());
        }
    });
    let found = audit::fetch(&owner.session, owner.profile_id, Some(&honest.head)).await;
    assert!(matches!(found, Err(ClientError::AuditLog(AuditFault::OtherReader(line))) if line == lines));

    // Nobody deleted anything: the log passes, and says no more than that the reader is not shown.
    place.hostility.begin(|answer| {
        if answer.is("GET", "/v1/audit") {
            answer.rewrite(|page| {
                page["reads"][0]["reader"] = json!({ "state": "erased", "because": "profile_deleted" });
            });
        }
    });
    let hidden = audit::fetch(&owner.session, owner.profile_id, Some(&honest.head)).await.unwrap();
    assert_eq!(hidden.reads[0].reader.wallet(), None);
    assert_eq!(wallets(&hidden)[1..], wallets(&honest)[1..]);
    place.hostility.end();
    assert_eq!(audit::fetch(&owner.session, owner.profile_id, Some(&honest.head)).await.unwrap(), honest);
}

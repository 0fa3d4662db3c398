//! `PUT /v1/credentials/{data_id}/public-notes`

use idos_api::{
    ErrorCode,
    credentials::{Consent, Credential, NewCredential, NewPublicNotes, RenewedNotes, SignedWriteGrant},
};
use idos_credentials::PublicNotes;
use idos_grants::DataId;
use idos_testdb::each;
use idos_wallets::{KeyedNonce, WriteGrant};
use rand_core::OsRng;
use serde_json::{Value, json};

use crate::support::{Answer, House, Issuer, Person, data_id, grants_contract, random_box, sealed};

struct Issued {
    house: House,
    owner: Person,
    issuer: Person,
    bank: Person,
    signer: Issuer,
    original: DataId,
    notes: PublicNotes,
}

impl Issued {
    async fn prepare(database: idos_testdb::TestDatabase) -> Self {
        let house = House::build(database).await;
        let (owner, issuer) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let bank = Person::new(&house, 3).await;
        let signer = Issuer::number(1);
        let notes = signer.notes("plus");
        let original = issue(&house, &owner, &issuer, &signer, &notes).await;
        Self { house, owner, issuer, bank, signer, original, notes }
    }

    fn signed(&self, notes: &PublicNotes) -> NewPublicNotes {
        self.signer.signed(notes)
    }

    async fn renew(&self, who: &Person, new: &NewPublicNotes) -> Answer {
        who.put(&self.house, &path(self.original, "/public-notes"), new).await
    }

    async fn shown(&self, who: &Person, id: DataId) -> Credential {
        who.get(&self.house, &path(id, "")).await.json()
    }
}

async fn issue(
    house: &House,
    owner: &Person,
    issuer: &Person,
    signer: &Issuer,
    notes: &PublicNotes,
) -> DataId {
    let content = random_box(300);
    issuer.upload(house, &content).await;
    let grant = WriteGrant {
        owner: owner.account,
        grantee: issuer.account,
        issuer_key: signer.0.did().key().to_bytes(),
        credential_id: data_id(),
        data_id: data_id(),
        locked_until: 0,
        not_before: house.now(),
        not_after: house.now() + 600,
        nonce: KeyedNonce::fresh(&mut OsRng),
    };
    let signature = owner.key.sign_digest(&grant.signable(&grants_contract()).unwrap().digest());
    let original = grant.credential_id;
    let write_grant = SignedWriteGrant { contract: grants_contract(), write_grant: grant, signature };
    let consent = Some(Consent { profile_id: owner.profile_id, write_grant, issuer_copy: None });
    let new = NewCredential { consent, ..signer.credential_with(sealed(original, &content, owner), notes) };
    assert_eq!(issuer.post(house, "/v1/credentials", &new).await.status, 201);
    original
}

fn path(id: DataId, rest: &str) -> String {
    format!("/v1/credentials/{id}{rest}")
}

fn next(notes: &PublicNotes, level: &str) -> PublicNotes {
    notes.next(json!({ "level": level }).as_object().unwrap().clone()).unwrap()
}

#[tokio::test]
async fn new_notes_are_seen_at_the_original_and_at_every_copy() {
    each(async |database| {
        let mut issued = Issued::prepare(database).await;
        let (copy, _) = issued.owner.share(&issued.house, issued.original, &issued.bank).await;
        let now = issued.house.now();
        issued.house.grants.create(now, issued.owner.account, issued.bank.account, copy, 0).await;
        let before = issued.shown(&issued.bank, copy).await;
        assert_eq!(before.public_notes, issued.notes.as_str());

        let second = next(&issued.notes, "best");
        let new = issued.signed(&second);
        let answer: RenewedNotes = issued.renew(&issued.issuer, &new).await.json();
        assert_eq!(answer, RenewedNotes { data_id: issued.original, version: 2 });
        for (name, who, id) in [
            ("owner", &issued.owner, issued.original),
            ("owner", &issued.owner, copy),
            ("bank", &issued.bank, copy),
        ] {
            let shown = issued.shown(who, id).await;
            assert_eq!(
                (shown.public_notes.as_str(), &shown.notes_signature),
                (second.as_str(), &new.notes_signature),
                "{name}"
            );
        }
        assert_eq!(issued.renew(&issued.issuer, &new).await.status, 200, "its answer was lost");
        let (later, _) = issued.owner.share(&issued.house, issued.original, &issued.bank).await;
        assert_eq!(issued.shown(&issued.owner, later).await.public_notes, second.as_str());
    })
    .await;
}

#[tokio::test]
async fn copies_outlive_their_original_and_still_get_new_notes() {
    each(async |database| {
        let issued = Issued::prepare(database).await;
        let (copy, _) = issued.owner.share(&issued.house, issued.original, &issued.bank).await;
        let gone = issued.owner.delete(&issued.house, &path(issued.original, "")).await;
        assert_eq!(gone.status, 200);
        let second = next(&issued.notes, "best");
        assert_eq!(issued.renew(&issued.issuer, &issued.signed(&second)).await.status, 200);
        assert_eq!(issued.shown(&issued.owner, copy).await.public_notes, second.as_str());

        let stranger = issued.renew(&issued.bank, &issued.signed(&next(&second, "x"))).await;
        assert_eq!(stranger.error(), (404, ErrorCode::NotFound));
        assert_eq!(issued.owner.delete(&issued.house, &path(copy, "")).await.status, 200);
        let nothing_left = issued.renew(&issued.issuer, &issued.signed(&next(&second, "x"))).await;
        assert_eq!(nothing_left.comparable(), stranger.comparable());
    })
    .await;
}

#[tokio::test]
async fn notes_are_renewed_by_who_stored_them_in_the_order_of_versions() {
    each(async |database| {
        let issued = Issued::prepare(database).await;
        let (copy, _) = issued.owner.share(&issued.house, issued.original, &issued.bank).await;
        let second = next(&issued.notes, "best");
        let good = issued.signed(&second);
        let missing = issued.issuer.put(&issued.house, &path(data_id(), "/public-notes"), &good).await;
        assert_eq!(missing.error(), (404, ErrorCode::NotFound));
        for (name, who) in [("the owner", &issued.owner), ("somebody else", &issued.bank)] {
            let answer = issued.renew(who, &good).await;
            assert_eq!(answer.comparable(), missing.comparable(), "{name}");
        }
        let of_copy = issued.issuer.put(&issued.house, &path(copy, "/public-notes"), &good).await;
        assert_eq!(of_copy.comparable(), missing.comparable(), "a copy is none by itself");

        let other_signer = Issuer::number(2);
        let alien = other_signer.signed(&other_signer.notes("plus"));
        let signature_of = |new: &NewPublicNotes, other: &NewPublicNotes| NewPublicNotes {
            notes_signature: other.notes_signature.clone(),
            ..new.clone()
        };
        let table = [
            ("a version left out", issued.signed(&next(&second, "x"))),
            ("the first version again", issued.signed(&next_of_first(&issued, "other"))),
            ("another credential of the issuer", issued.signed(&next(&issued.signer.notes("plus"), "x"))),
            ("another issuer's notes", alien.clone()),
            ("another's signature", signature_of(&good, &alien)),
            ("no signature", NewPublicNotes { notes_signature: String::new(), ..good.clone() }),
            ("no notes", NewPublicNotes { public_notes: "best".to_owned(), ..good.clone() }),
            (
                "too long",
                NewPublicNotes {
                    public_notes: format!("{}{}", good.public_notes, " ".repeat(4096)),
                    ..good.clone()
                },
            ),
        ];
        for (name, new) in table {
            let answer = issued.renew(&issued.issuer, &new).await;
            assert_eq!(answer.error(), (422, ErrorCode::NotesInvalid), "{name}");
        }
        let mut unknown = serde_json::to_value(&good).unwrap();
        unknown["more"] = Value::Null;
        let answer =
            issued.issuer.put(&issued.house, &path(issued.original, "/public-notes"), &unknown).await;
        assert_eq!(answer.error(), (400, ErrorCode::Malformed));
        assert_eq!(issued.shown(&issued.owner, issued.original).await.public_notes, issued.notes.as_str());

        let third = issued.signed(&next(&second, "more"));
        let rival = issued.signed(&next(&issued.notes, "rival"));
        let (one, two) =
            tokio::join!(issued.renew(&issued.issuer, &good), issued.renew(&issued.issuer, &rival));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422], "of two at a time one is the next");
        if one.status == 200 {
            assert_eq!(issued.renew(&issued.issuer, &third).await.status, 200);
        }
    })
    .await;
}

/// Notes of the same credential that state version 1 and differ.
fn next_of_first(issued: &Issued, level: &str) -> PublicNotes {
    PublicNotes::parse(&issued.notes.as_str().replace("plus", level)).unwrap()
}

#[tokio::test]
async fn what_a_person_stored_for_herself_she_renews_herself() {
    each(async |database| {
        let issued = Issued::prepare(database).await;
        let content = random_box(200);
        issued.owner.upload(&issued.house, &content).await;
        let notes = issued.signer.notes("plus");
        let id = data_id();
        let own = issued.signer.credential_with(sealed(id, &content, &issued.owner), &notes);
        assert_eq!(issued.owner.post(&issued.house, "/v1/credentials", &own).await.status, 201);
        let new = issued.signed(&next(&notes, "best"));
        let by = async |who: &Person| who.put(&issued.house, &path(id, "/public-notes"), &new).await;
        assert_eq!(by(&issued.issuer).await.error(), (404, ErrorCode::NotFound));
        assert_eq!(by(&issued.owner).await.status, 200);
    })
    .await;
}

//! An issuer whose write was done and whose answer was lost, and an owner who changes what was stored before the issuer asks again.

use axum::http::StatusCode;
use idos_client::{
    ClientError,
    encryption::KeyOrigin,
    issuer::{self, Granting, Issuance, Issued, Journal, Step, carry_on},
    owner::{self, ConsentTerms, ConsentToWrite, KeyChange, change_key},
};
use idos_credentials::CredentialDraft;
use idos_grants::{DataId, Status};
use idos_keys::EncryptionSecret;
use idos_tests::vault_house::grants_contract;
use idos_wallets::KeyedNonce;
use rand_core::OsRng;
use serde_json::Map;
use tempfile::TempDir;

use crate::{one_chain::OneChain, world::World};

/// The bank issues to Alice, and keeps a copy of its own.
struct Issuing {
    world: World,
    consent: ConsentToWrite,
    journal: Journal,
    _folder: TempDir,
}

impl Issuing {
    async fn new() -> Self {
        let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
        let now = world.house.now();
        let terms = ConsentTerms {
            contract: grants_contract(),
            issuer_account: world.bank.account(),
            issuer: world.issuer.did(),
            not_before: now,
            not_after: now + 60,
            locked_until: 0,
            nonce: KeyedNonce::fresh(&mut OsRng),
        };
        let alice = &world.alice;
        let consent = owner::consent(&alice.wallet, alice.profile_id, &terms, &mut OsRng).unwrap();
        let journal = Journal::new(folder.path().to_owned());
        Self { world, consent, journal, _folder: folder }
    }

    /// Seals a new credential by the consent, and writes it down; its data id.
    async fn seal(&self) -> DataId {
        let Self { world, consent, .. } = self;
        let now = world.house.now();
        let issuance = Issuance {
            draft: CredentialDraft::new(uuid::Uuid::new_v4(), world.subject(), now),
            notes: Map::new(),
            own_copy_for: Some(world.bank.secret.public()),
            schema: None,
        };
        let (session, chains) = (&world.bank.session, OneChain(Status::Valid));
        let sealed = issuer::seal(session, &world.issuer, consent, issuance, &chains, now, &mut OsRng).await;
        self.journal.begin(&sealed.unwrap(), now).unwrap().id()
    }

    /// Stores it, without its grant.
    async fn store(&self, id: DataId) -> Result<Issued, ClientError> {
        carry_on(&self.world.bank.session, &self.journal, id, Granting::Later).await
    }

    /// Stores it, and does not see the answer.
    async fn store_unseen(&self, id: DataId) {
        self.world.hostility.begin(|answer| {
            if answer.is("POST", "/v1/credentials") && answer.status.is_success() {
                answer.status = StatusCode::BAD_GATEWAY;
                answer.body = Default::default();
            }
        });
        self.store(id).await.unwrap_err();
        self.world.hostility.end();
        assert_eq!(self.journal.get(id).unwrap().unwrap().step(), Step::Sealed, "not known to be stored");
    }

    /// What was stored is gone on with, and kept until it is granted.
    async fn assert_goes_on(&self, id: DataId) {
        let issued = self.store(id).await.unwrap();
        assert_eq!((issued.stored.data_id(), issued.done), (id, false));
        let pending = self.journal.get(id).unwrap().unwrap();
        assert_eq!(pending.step(), Step::Stored);
        self.store(id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_owner_has_sealed_anew_since_is_gone_on_with() {
    let issuing = Issuing::new().await;
    let id = issuing.seal().await;
    issuing.store_unseen(id).await;
    let (alice, new) = (&issuing.world.alice, EncryptionSecret::generate(&mut OsRng));
    let old = [alice.secret.clone()];
    let change =
        KeyChange { old: &old, new: &new, new_origin: KeyOrigin::Random, new_nodes: None, known_keys: &[] };
    let now = issuing.world.house.now();
    let changed = change_key(&alice.session, &alice.wallet, &change, now, |_| (), &mut OsRng).await.unwrap();
    assert_eq!((changed.resealed, changed.left), (1, vec![]));
    issuing.assert_goes_on(id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_owner_has_deleted_since_is_gone_on_with_for_the_issuers_copy() {
    let issuing = Issuing::new().await;
    let id = issuing.seal().await;
    issuing.store_unseen(id).await;
    issuing.world.alice.session.delete_credential(id).await.unwrap();
    issuing.assert_goes_on(id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_credential_by_a_consent_that_is_used_up_is_refused_for_good() {
    let issuing = Issuing::new().await;
    let id = issuing.seal().await;
    issuing.store(id).await.unwrap();
    issuing.journal.abandon(id).unwrap();
    assert_eq!(issuing.seal().await, id, "the consent names the id");
    assert_eq!(issuing.store(id).await.unwrap_err().code(), "write_grant_used");
    assert_eq!(issuing.journal.get(id).unwrap(), None, "it is not kept");
}

//! What a profile may hold is the configuration's to say, within bounds.

use idos_api::ErrorCode;
use idos_storage::{OpenError, Quotas, Vault};
use idos_testdb::each;

use crate::support::{House, Issuer, Person, data_id, random_box, sealed};

const FULL: (u16, ErrorCode) = (429, ErrorCode::LimitReached);

#[tokio::test]
async fn a_profile_holds_as_much_as_the_configuration_says_and_no_more() {
    each(async |database| {
        let quotas = Quotas { credentials: 2, uploads: 3, uploads_mib: 16, ..Quotas::default() };
        let house = House::build_with(database, |config| config.quotas = quotas).await;
        let (person, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let issuer = Issuer::number(1);
        let (original, _) = person.store(&house, &issuer).await;
        person.share(&house, original, &other).await;
        let content = random_box(100);
        assert_eq!(person.upload(&house, &content).await.status, 201);
        let third = issuer.credential(sealed(data_id(), &content, &person));
        assert_eq!(
            person.post(&house, "/v1/credentials", &third).await.error(),
            FULL,
            "original and copy count"
        );
        other.store(&house, &issuer).await;

        for _ in 0..2 {
            assert_eq!(person.upload(&house, &random_box(100)).await.status, 201);
        }
        assert_eq!(person.upload(&house, &random_box(100)).await.error(), FULL, "uploads that wait");
        let large = random_box(9 * 1024 * 1024);
        assert_eq!(other.upload(&house, &large).await.status, 201);
        assert_eq!(
            other.upload(&house, &random_box(9 * 1024 * 1024)).await.error(),
            FULL,
            "what they take up"
        );
    })
    .await;
}

#[tokio::test]
async fn a_node_with_a_quota_out_of_bounds_does_not_open() {
    each(async |database| {
        let house = House::build(database).await;
        let mut config = house.config().clone();
        config.quotas.uploads = 0;
        let opened = Vault::open(
            config,
            house.mirror.reader(),
            std::sync::Arc::new(house.chain_accounts.clone()),
            std::sync::Arc::new(|| 0),
            ed25519_dalek::SigningKey::from_bytes(&[5; 32]),
        );
        assert!(matches!(opened.await, Err(OpenError::Quota(found)) if found.name == "uploads"));
    })
    .await;
}

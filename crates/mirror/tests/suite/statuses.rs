//! Statuses and status lists.

use idos_grants::{Account, Purpose, Status, status::Word};
use idos_mirror::MirrorError;

use crate::support::*;

#[tokio::test]
async fn statuses_are_read_by_position_and_by_word() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let account = status_contract().account;
        let mut chain = Chain::of(status_contract());
        let status = async |issuer, list, index| {
            mirror.reader().status_of(&account, &person(issuer), list, index).await.unwrap().unwrap().status
        };
        let bits = |bits: &[u32]| bits.iter().fold(Word::default(), |word, bit| word.with_bit(*bit, true));
        let suspended = |indexes: &[u32]| word(1, 2, Purpose::Suspension, 1, bits(indexes));
        let revoked = |indexes: &[u32]| word(1, 2, Purpose::Revocation, 1, bits(indexes));
        chain.extend(&writer, 11, &[(11, suspended(&[300])), (11, revoked(&[301]))]).await;
        assert_eq!(status(1, 2, 300).await, Status::Suspended);
        assert_eq!(status(1, 2, 301).await, Status::Revoked);
        for (issuer, list, index) in [(1, 2, 302), (1, 2, 44), (1, 3, 301), (9, 2, 301)] {
            assert_eq!(status(issuer, list, index).await, Status::Valid);
        }
        chain
            .extend(&writer, 12, &[(12, suspended(&[])), (12, revoked(&[301, 300])), (12, suspended(&[300]))])
            .await;
        assert_eq!(status(1, 2, 300).await, Status::Revoked, "which hides a suspension");
        let list = async |contract: &Account, list| {
            mirror.reader().status_list(contract, &person(1), list, Purpose::Revocation).await.unwrap()
        };
        let found = list(&account, 2).await.unwrap();
        assert_eq!(found.words, [(1, bits(&[300, 301]))]);
        assert_eq!(found.contract.seen.unwrap().number, 12);
        assert_eq!(list(&account, 3).await.unwrap().words, [], "never written");
        assert_eq!(list(&grants_contract().account, 2).await, None, "of another kind");

        writer.roll_back(&account, Some(11)).await.unwrap();
        assert_eq!(status(1, 2, 300).await, Status::Suspended);
        let reader = mirror.reader();
        assert_eq!(reader.status_of(&grants_contract().account, &person(1), 2, 3).await.unwrap(), None);
        let beyond = reader.status_of(&account, &person(1), 2, 131_072).await;
        assert!(matches!(beyond, Err(MirrorError::OutOfRange { value: 131_072, .. })));
    })
    .await;
}

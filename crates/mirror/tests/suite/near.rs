//! Accounts of NEAR, beside those of EVM chains.

use idos_grants::{Account, Address, ChainId, Event, GrantChange, GrantEvent};
use idos_mirror::{Contract, GrantFilter, MirroredGrant};

use crate::support::*;

fn near(id: &str) -> Address {
    Address::Near(id.parse().unwrap())
}

fn near_contract() -> Contract {
    let chain: ChainId = "near:mainnet".parse().unwrap();
    Contract { account: Account::new(chain, near("grants.idos.near")).unwrap(), ..grants_contract() }
}

fn created_by(owner: &str, grantee: &str, id: u8) -> Event {
    let (owner, grantee, data_id) = (near(owner), near(grantee), data(id));
    Event::Grant(GrantEvent {
        change: GrantChange::Created,
        owner,
        grantee,
        data_id,
        locked_until: 500,
        at: 0,
    })
}

fn owners(grants: &[MirroredGrant]) -> Vec<String> {
    grants.iter().map(|grant| grant.owner.to_string()).collect()
}

#[tokio::test]
async fn grants_by_accounts_with_names_of_any_length_are_found_and_rolled_back() {
    let longest = "a".repeat(64);
    let implicit = "0f".repeat(32);
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        writer.register(&near_contract()).await.unwrap();
        let mut chain = Chain::of(near_contract());
        let events = [
            (11, created_by("alice.near", "bank.near", 1)),
            (11, created_by(&longest, &implicit, 1)),
            (13, created_by("alice.near.near", "bank.near", 1)),
        ];
        chain.extend(&writer, 11, &events[..2]).await;
        // Heights 12 and 14 to 20 hold no block.
        chain.extend(&writer, 21, &events[2..]).await;
        let reader = mirror.reader();
        let found = reader.access(&data(1), &[near("alice.near")], &[near("bank.near")]).await.unwrap();
        assert_eq!(owners(&found), ["near:mainnet:alice.near"]);
        let found = reader.access(&data(1), &[near(&longest)], &[near(&implicit)]).await.unwrap();
        assert_eq!(owners(&found), [format!("near:mainnet:{longest}")]);
        let filter = GrantFilter { grantee: Some(near("bank.near")), ..GrantFilter::default() };
        assert_eq!(reader.grants(&filter, None, 10).await.unwrap().items.len(), 2);
        assert_eq!(reader.locks(&[near("alice.near")], None).await.unwrap()[0].locked_until, 500);

        writer.roll_back(&near_contract().account, Some(11)).await.unwrap();
        assert_eq!(reader.grants(&filter, None, 10).await.unwrap().items.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_near_account_that_reads_like_an_evm_address_is_another_account() {
    let name = person(1).to_string();
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        writer.register(&near_contract()).await.unwrap();
        Chain::of(grants_contract()).extend(&writer, 11, &[(11, created(1, 2, 3))]).await;
        Chain::of(near_contract())
            .extend(&writer, 11, &[(11, created_by(&name, &person(2).to_string(), 3))])
            .await;
        let reader = mirror.reader();
        let by_evm = reader.access(&data(3), &[person(1)], &[person(2)]).await.unwrap();
        assert_eq!(owners(&by_evm), [format!("eip155:31337:{name}")]);
        let by_near = [near(&name), near(&person(2).to_string())];
        let by_near = reader.access(&data(3), &by_near[..1], &by_near[1..]).await.unwrap();
        assert_eq!(owners(&by_near), [format!("near:mainnet:{name}")]);
    })
    .await;
}

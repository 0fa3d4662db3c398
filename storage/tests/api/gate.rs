//! Who may read: each state of the mirror, and that strangers learn nothing.

use idos_api::{
    ErrorCode, audit::AuditPage, credentials::Credential, grants::GrantPage, profiles::NewWallet,
};
use idos_grants::{Account, DataId, GrantChange};
use idos_mirror::ContractKind;
use idos_testdb::{TestDatabase, each};
use idos_wallets::{Wallet, WalletLink};

use crate::support::{Answer, CHAIN, Chain, DOMAIN, House, Issuer, Key, Person, challenge, data_id, grant};

/// A copy that was shared, and everybody around it.
struct Scene {
    house: House,
    owner: Person,
    reader: Person,
    stranger: Person,
    original: DataId,
    copy: DataId,
    content: Vec<u8>,
}

impl Scene {
    async fn set(database: TestDatabase) -> Self {
        let house = House::build(database).await;
        let owner = Person::new(&house, 1).await;
        let mut reader = Person::new(&house, 2).await;
        reader.agree_read_key(&house).await;
        let stranger = Person::new(&house, 3).await;
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, content) = owner.share(&house, original, &reader).await;
        Self { house, owner, reader, stranger, original, copy, content }
    }

    async fn create(&mut self, owner: Account, grantee: Account, pending: u64) {
        let event = grant(GrantChange::Created, owner, grantee, self.copy, 0);
        let now = self.house.now();
        self.house.grants.block(now, &[event], pending).await;
    }

    async fn read(&self) -> Answer {
        self.reader.read(&self.house, self.copy).await
    }

    async fn link(&self, person: &Person, key: &Key, account: Account) {
        let (house, nonce) = (&self.house, challenge(&self.house).await);
        let domain = DOMAIN.parse().unwrap();
        let link =
            WalletLink { domain, profile_id: person.profile_id, account, nonce, issued_at: house.now() };
        let signature = key.sign_message(&link.message().unwrap());
        assert_eq!(
            person.post(house, "/v1/profile/wallets", &NewWallet { link, signature }).await.status,
            201
        );
    }
}

const NOT_FOUND: (u16, ErrorCode) = (404, ErrorCode::NotFound);

#[tokio::test]
async fn a_grant_opens_once_it_is_final_and_a_revocation_closes_at_once() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        let (owner, reader) = (scene.owner.account, scene.reader.account);
        assert_eq!(scene.read().await.error(), NOT_FOUND, "no grant");

        scene.create(owner, reader, 1).await;
        assert_eq!(scene.read().await.error(), (403, ErrorCode::GrantNotFinal), "its block is not final");
        let now = scene.house.now();
        scene.house.grants.block(now, &[], 0).await;
        let answer = scene.read().await;
        assert_eq!((answer.status, &answer.body[..]), (200, &scene.content[..]), "final");
        let path = format!("/v1/credentials/{}", scene.copy);
        let shown: Credential = scene.reader.get(&scene.house, &path).await.json();
        assert_eq!(
            (shown.data_id, shown.original),
            (scene.copy, None),
            "of which original is not the reader's business"
        );

        let revoked = grant(GrantChange::Revoked, owner, reader, scene.copy, 0);
        scene.house.grants.block(now, &[revoked], 1).await;
        assert_eq!(scene.read().await.error(), (403, ErrorCode::GrantRevoked), "seen, though not final");
        assert_eq!(scene.reader.get(&scene.house, &path).await.error(), (403, ErrorCode::GrantRevoked));

        scene.create(owner, reader, 1).await;
        assert_eq!(scene.read().await.error(), (403, ErrorCode::GrantNotFinal), "granted anew");
        scene.house.grants.block(now, &[], 0).await;
        assert_eq!(scene.read().await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_mirror_that_is_behind_or_wrong_opens_nothing() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        let (owner, reader) = (scene.owner.account, scene.reader.account);
        scene.create(owner, reader, 0).await;
        scene.house.pass(60);
        assert_eq!(scene.read().await.status, 200, "as old as it may be");
        scene.house.pass(1);
        assert_eq!(scene.read().await.error(), (503, ErrorCode::MirrorStale), "a second older");
        assert_eq!(
            scene.stranger.read(&scene.house, scene.copy).await.error(),
            NOT_FOUND,
            "not the stranger's business"
        );
        assert_eq!(scene.owner.read(&scene.house, scene.copy).await.status, 200, "the owner needs no chain");

        scene.house.pass_with_chain(0).await;
        assert_eq!(scene.read().await.status, 200);
        scene.house.grants.break_it().await;
        assert_eq!(scene.read().await.error(), (503, ErrorCode::MirrorInconsistent));
        assert_eq!(scene.stranger.read(&scene.house, scene.copy).await.error(), NOT_FOUND);
        scene.house.grants.verify().await;
        assert_eq!(scene.read().await.status, 200, "mended");
    })
    .await;
}

#[tokio::test]
async fn only_a_grant_between_the_two_profiles_wallets_counts() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        let (owner, reader, stranger) = (scene.owner.account, scene.reader.account, scene.stranger.account);
        let table = [
            ("by somebody else", stranger, reader),
            ("to somebody else", owner, stranger),
            ("by the reader herself", reader, stranger),
            ("the wrong way round", reader, owner),
        ];
        for (name, by, to) in table {
            scene.create(by, to, 0).await;
            assert_eq!(scene.read().await.error(), NOT_FOUND, "{name}");
        }
        assert_eq!(
            scene.stranger.read(&scene.house, scene.copy).await.status,
            200,
            "it was granted to the stranger"
        );
        let now = scene.house.now();
        scene.house.grants.create(now, owner, reader, scene.original, 0).await;
        assert_eq!(scene.read().await.error(), NOT_FOUND, "another data id");
        scene.create(owner, reader, 0).await;
        assert_eq!(scene.read().await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_wallets_grants_count_while_it_is_linked() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        let (second_owner, second_reader) = (Key::number(11), Key::number(12));
        let (by, to) = (second_owner.account(CHAIN), second_reader.account(CHAIN));
        scene.create(by, to, 0).await;
        assert_eq!(scene.read().await.error(), NOT_FOUND, "neither is linked");
        scene.link(&scene.owner, &second_owner, by).await;
        assert_eq!(scene.read().await.error(), NOT_FOUND, "one is linked");
        scene.link(&scene.reader, &second_reader, to).await;
        assert_eq!(scene.read().await.status, 200, "both are linked");

        let unlink = async |person: &Person, account: Account| {
            let path = format!("/v1/profile/wallets/{}", Wallet::by_key(account.address()));
            assert_eq!(person.delete(&scene.house, &path).await.status, 200);
        };
        unlink(&scene.reader, to).await;
        assert_eq!(scene.read().await.error(), NOT_FOUND, "the reader's is unlinked");
        scene.link(&scene.reader, &second_reader, to).await;
        assert_eq!(scene.read().await.status, 200);
        unlink(&scene.owner, by).await;
        assert_eq!(scene.read().await.error(), NOT_FOUND, "the owner's is unlinked");
    })
    .await;
}

#[tokio::test]
async fn a_key_counts_on_every_chain_and_a_contract_wallet_on_its_own() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        let elsewhere =
            |account: Account| Account::new(idos_grants::ChainId::Eip155(10), account.address()).unwrap();
        let contract = Account::evm(10, [0xcc; 20]);
        let mut other_chain =
            Chain::register(&scene.house.mirror, contract, ContractKind::AccessGrants).await;
        let now = scene.house.now();
        let (by, to) = (elsewhere(scene.owner.account), elsewhere(scene.reader.account));
        other_chain.create(now, by, to, scene.copy, 0).await;
        assert_eq!(scene.read().await.status, 200, "by key, on another chain");
        other_chain.revoke(now, by, to, scene.copy).await;
        assert_eq!(scene.read().await.error(), (403, ErrorCode::GrantRevoked));

        let wallet = Account::evm(CHAIN, [0xaa; 20]);
        scene.house.chain_accounts.deploy(wallet, scene.reader.account);
        scene.link(&scene.reader, &Key::number(2), wallet).await;
        other_chain.create(now, by, elsewhere(wallet), scene.copy, 0).await;
        assert_eq!(
            scene.read().await.error(),
            (403, ErrorCode::GrantRevoked),
            "the same address on another chain"
        );
        scene.create(scene.owner.account, wallet, 0).await;
        assert_eq!(scene.read().await.status, 200, "the contract wallet itself");
    })
    .await;
}

#[tokio::test]
async fn the_better_of_two_contracts_decides() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        let contract = Account::evm(CHAIN, [0xce; 20]);
        let mut second = Chain::register(&scene.house.mirror, contract, ContractKind::AccessGrants).await;
        let now = scene.house.now();
        let (owner, reader) = (scene.owner.account, scene.reader.account);
        second.create(now, owner, reader, scene.copy, 0).await;
        scene.create(owner, reader, 1).await;
        assert_eq!(scene.read().await.status, 200, "final in one, pending in the other");
        second.revoke(now, owner, reader, scene.copy).await;
        assert_eq!(
            scene.read().await.error(),
            (403, ErrorCode::GrantNotFinal),
            "revoked in one, pending in the other"
        );
        second.break_it().await;
        scene.house.grants.block(now, &[], 0).await;
        assert_eq!(scene.read().await.status, 200, "one is broken, the other says yes");
    })
    .await;
}

#[tokio::test]
async fn a_stranger_cannot_tell_what_exists() {
    each(async |database| {
        let scene = Scene::set(database).await;
        let house = &scene.house;
        let nobody = Person::without_profile(house, 4).await;
        let missing = data_id();
        for (name, person) in [
            ("a stranger", &scene.stranger),
            ("without a profile", &nobody),
            ("the reader to be", &scene.reader),
        ] {
            for suffix in ["", "/content"] {
                let of = async |id: DataId| person.get(house, &format!("/v1/credentials/{id}{suffix}")).await;
                let answer = of(missing).await;
                assert_eq!(answer.error(), NOT_FOUND, "{name}");
                for there in [scene.original, scene.copy] {
                    assert_eq!(of(there).await.comparable(), answer.comparable(), "{name} {suffix}");
                }
            }
            let delete = async |id: DataId| person.delete(house, &format!("/v1/credentials/{id}")).await;
            let answer = delete(missing).await;
            assert_eq!(answer.error(), NOT_FOUND, "{name}");
            assert_eq!(delete(scene.original).await.comparable(), answer.comparable(), "{name}");
        }
        for id in ["0x12", "me", &missing.to_string()[2..]] {
            let answer = scene.stranger.get(house, &format!("/v1/credentials/{id}")).await;
            assert_eq!(answer.error(), (400, ErrorCode::Malformed), "{id}");
        }
        assert_eq!(scene.owner.get(house, "/v1/audit").await.json::<AuditPage>().reads, []);
    })
    .await;
}

#[tokio::test]
async fn mirrored_grants_are_listed_by_owner_grantee_and_data_id() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        let (owner, reader) = (scene.owner.account, scene.reader.account);
        scene.create(owner, reader, 1).await;
        let house = &scene.house;
        let list = async |query: String| scene.stranger.get(house, &format!("/v1/grants?{query}")).await;
        for query in
            [format!("owner={owner}"), format!("grantee={reader}"), format!("data_id={}&limit=1", scene.copy)]
        {
            let page: GrantPage = list(query).await.json();
            assert_eq!(page.grants.len(), 1);
            assert_eq!(
                (page.grants[0].owner, page.grants[0].grantee, page.grants[0].data_id),
                (owner, reader, scene.copy)
            );
            assert_eq!(page.grants[0].state, idos_api::grants::GrantState::Pending);
        }
        let elsewhere = Account::new(idos_grants::ChainId::Eip155(10), owner.address()).unwrap();
        assert_eq!(list(format!("owner={elsewhere}")).await.json::<GrantPage>().grants, []);
        for query in ["", "owner=0x12", "data_id=x", "owner", "limit=5", "who=me"] {
            assert_eq!(list(query.to_owned()).await.error(), (400, ErrorCode::Malformed), "{query}");
        }
        assert_eq!(
            house.get(&format!("/v1/grants?owner={owner}")).await.error(),
            (401, ErrorCode::Unauthenticated)
        );
    })
    .await;
}

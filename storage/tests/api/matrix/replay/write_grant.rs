//! An owner's consent to one write.

use idos_api::credentials::NewCredential;
use idos_mirror::ContractKind;

use super::{super::scene::consented, ELSEWHERE, Replay, refused};
use crate::support::{Answer, CHAIN, Chain, House, Issuer, Person, grants_contract, random_box, sealed};
use idos_grants::Account;

const PATH: &str = "/v1/credentials";

struct Written {
    house: House,
    owner: Person,
    issuer: Person,
    new: NewCredential,
}

impl Written {
    async fn prepare() -> Self {
        let house = House::build_at(None, |_| ()).await;
        let (owner, issuer) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let new = consented(&house, &owner, &issuer, &Issuer::number(1)).await;
        Self { house, owner, issuer, new }
    }

    async fn send(&self, new: &NewCredential) -> Answer {
        self.issuer.post(&self.house, PATH, new).await
    }

    /// The consent, for another content.
    async fn another(&self) -> NewCredential {
        let content = random_box(100);
        self.issuer.upload(&self.house, &content).await;
        let mut new = self.new.clone();
        new.content = sealed(new.content.data_id, &content, &self.owner);
        new
    }
}

pub async fn write_grant(replay: Replay) -> String {
    let mut written = Written::prepare().await;
    let mut new = written.new.clone();
    let consent = new.consent.as_mut().unwrap();
    let grant = consent.write_grant.write_grant.clone();
    match replay {
        Replay::Again => {
            assert_eq!(written.send(&written.new).await.status, 201);
            new = written.another().await;
        }
        Replay::AfterRevoke => {
            assert_eq!(written.send(&written.new).await.status, 201);
            let now = written.house.now();
            written.house.grants.create(now, grant.owner, grant.grantee, grant.data_id, 0).await;
            written.house.grants.revoke(now, grant.owner, grant.grantee, grant.data_id).await;
            let path = format!("{PATH}/{}", grant.credential_id);
            assert_eq!(written.owner.delete(&written.house, &path).await.status, 200);
            new = written.another().await;
        }
        Replay::OtherNode => return at_another_node(&written).await,
        Replay::OtherProfile => consent.profile_id = written.issuer.profile_id,
        Replay::OtherChain => {
            let grant = &mut consent.write_grant;
            grant.contract = Account::evm(1, [0xcc; 20]);
            grant.write_grant.owner =
                Account::new(grant.contract.chain(), grant.write_grant.owner.address()).unwrap();
            grant.write_grant.grantee =
                Account::new(grant.contract.chain(), grant.write_grant.grantee.address()).unwrap();
        }
        Replay::OtherContract => {
            let other = Account::evm(CHAIN, [0xce; 20]);
            Chain::register(&written.house.mirror, other, ContractKind::AccessGrants).await;
            consent.write_grant.contract = other;
        }
        Replay::Expired => written.house.pass(600 + 61),
        Replay::NotYetValid => {
            let early = &mut consent.write_grant;
            early.write_grant.not_before = written.house.now() + 61;
            early.write_grant.not_after = written.house.now() + 600;
            let digest = early.write_grant.signable(&grants_contract()).unwrap().digest();
            early.signature = written.owner.key.sign_digest(&digest);
        }
    }
    refused(&written.send(&new).await)
}

/// The same contract, the same people with the same wallets. The grant that the consent gave stands on the chain: it was used, wherever that was.
async fn at_another_node(written: &Written) -> String {
    let mut elsewhere = House::build_at(None, |config| config.domain = ELSEWHERE.parse().unwrap()).await;
    let grant = &written.new.consent.as_ref().unwrap().write_grant.write_grant;
    let now = elsewhere.now();
    elsewhere.grants.create(now, grant.owner, grant.grantee, grant.data_id, 0).await;
    let (owner, issuer) = (Person::new(&elsewhere, 1).await, Person::new(&elsewhere, 2).await);
    let content = random_box(100);
    issuer.upload(&elsewhere, &content).await;
    let mut new = written.new.clone();
    new.content = sealed(new.content.data_id, &content, &owner);
    let consent = new.consent.as_mut().unwrap();
    consent.profile_id = owner.profile_id;
    consent.issuer_copy = None;
    refused(&issuer.post(&elsewhere, PATH, &new).await)
}

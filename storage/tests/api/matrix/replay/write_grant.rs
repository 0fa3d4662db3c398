//! An owner's consent to one write.

use idos_api::credentials::NewCredential;
use idos_grants::{Account, Address, GrantChange, account::StellarAddress};
use idos_mirror::ContractKind;

use super::{super::scene::consented_at, ELSEWHERE, Replay, refused};
use crate::support::{
    Answer, Chain, House, Issuer, Person, SECOND_CHAIN, WalletKind, grant, grants_contract, random_box,
    sealed,
};

const PATH: &str = "/v1/credentials";

/// The access-grants contract of a kind's chain.
fn contract_of(kind: WalletKind) -> Account {
    match kind {
        WalletKind::EvmKey | WalletKind::EvmContract => grants_contract(),
        WalletKind::Near => "near:testnet:grants.testnet".parse().unwrap(),
        WalletKind::Stellar | WalletKind::Xrpl => stellar("stellar:testnet", 0xcc),
    }
}

/// Another one there.
fn other_contract(kind: WalletKind) -> Account {
    match kind {
        WalletKind::EvmKey | WalletKind::EvmContract => {
            Account::new(grants_contract().chain(), Address::Evm([0xce; 20])).unwrap()
        }
        WalletKind::Near => "near:testnet:other.testnet".parse().unwrap(),
        WalletKind::Stellar | WalletKind::Xrpl => stellar("stellar:testnet", 0xce),
    }
}

/// The one of the same address on the second chain.
fn contract_on_second_chain(kind: WalletKind) -> Account {
    let chain = match kind {
        WalletKind::EvmKey | WalletKind::EvmContract => idos_grants::ChainId::Eip155(SECOND_CHAIN),
        WalletKind::Near => "near:mainnet".parse().unwrap(),
        WalletKind::Stellar | WalletKind::Xrpl => "stellar:pubnet".parse().unwrap(),
    };
    Account::new(chain, contract_of(kind).address()).unwrap()
}

fn stellar(network: &str, byte: u8) -> Account {
    Account::new(network.parse().unwrap(), Address::Stellar(StellarAddress::Contract([byte; 32]))).unwrap()
}

struct Written {
    house: House,
    kind: WalletKind,
    /// Of another chain than the house's own.
    chain: Option<Chain>,
    owner: Person,
    issuer: Person,
    new: NewCredential,
}

impl Written {
    async fn prepare(domain: Option<&str>, kind: WalletKind) -> Self {
        let set = |config: &mut idos_storage::VaultConfig| {
            if let Some(domain) = domain {
                config.domain = domain.parse().unwrap();
            }
        };
        let house = House::build_at(None, set).await;
        let chain = match contract_of(kind) {
            own if own == grants_contract() => None,
            contract => Some(Chain::register(&house.mirror, contract, ContractKind::AccessGrants).await),
        };
        let (owner, issuer) =
            (Person::of_kind(&house, kind, 1).await, Person::of_kind(&house, kind, 2).await);
        let of = |person: &Person| kind.granting(&person.key, person.account);
        let (from, by) = ((&owner, of(&owner)), (&issuer, of(&issuer)));
        let new = consented_at(&house, from, by, &Issuer::number(1), contract_of(kind)).await;
        Self { house, kind, chain, owner, issuer, new }
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

    /// The contract's next block says this of the grant that the consent gives.
    async fn on_chain(&mut self, change: GrantChange) {
        let said = &self.new.consent.as_ref().unwrap().write_grant.write_grant;
        let event = grant(change, said.owner, said.grantee, said.data_id, 0);
        let now = self.house.now();
        self.chain.as_mut().unwrap_or(&mut self.house.grants).block(now, &[event], 0).await;
    }

    /// A contract that the node follows too.
    async fn follow(&self, contract: Account) -> Account {
        Chain::register(&self.house.mirror, contract, ContractKind::AccessGrants).await;
        contract
    }
}

pub async fn write_grant(replay: Replay, kind: WalletKind) -> String {
    let mut written = Written::prepare(None, kind).await;
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
            written.on_chain(GrantChange::Created).await;
            written.on_chain(GrantChange::Revoked).await;
            let path = format!("{PATH}/{}", grant.credential_id);
            assert_eq!(written.owner.delete(&written.house, &path).await.status, 200);
            new = written.another().await;
        }
        Replay::OtherNode => return at_another_node(&written).await,
        Replay::OtherProfile => consent.profile_id = written.issuer.profile_id,
        Replay::OtherChain => {
            let contract = written.follow(contract_on_second_chain(kind)).await;
            let there = |account: Account| Account::new(contract.chain(), account.address()).unwrap();
            let signed = &mut consent.write_grant;
            signed.contract = contract;
            signed.write_grant.owner = there(grant.owner);
            signed.write_grant.grantee = there(grant.grantee);
            kind.on_second_chain(&written.house, &written.owner.key, written.owner.account);
        }
        Replay::OtherContract => consent.write_grant.contract = written.follow(other_contract(kind)).await,
        Replay::Expired => written.house.pass(600 + 61),
        Replay::NotYetValid => {
            let early = &mut consent.write_grant;
            early.write_grant.not_before = written.house.now() + 61;
            early.write_grant.not_after = written.house.now() + 600;
            early.signature =
                written.owner.key.sign(&early.write_grant.signable(&contract_of(kind)).unwrap());
        }
    }
    refused(&written.send(&new).await)
}

/// The same contract, the same people with the same wallets. The grant that the consent gave stands on the chain: it was used, wherever that was.
async fn at_another_node(written: &Written) -> String {
    let mut elsewhere = Elsewhere::of(written).await;
    elsewhere.on_chain().await;
    refused(&elsewhere.send(None).await)
}

/// Until its grant is on the chain, nobody but the issuer that the owner named can bring a consent to another node, for the one data id that she named
/// and until it lapses; and what is stored there is that issuer's credential for her, which she finds in her own profile. From then on no node takes it.
pub async fn before_the_chain(kind: WalletKind) -> String {
    let written = Written::prepare(None, kind).await;
    assert_eq!(written.send(&written.new).await.status, 201);
    let elsewhere = Elsewhere::of(&written).await;
    let stranger = Person::of_kind(&elsewhere.written.house, kind, 3).await;
    let by_stranger = refused(&elsewhere.send(Some(&stranger)).await);
    assert_eq!(elsewhere.send(None).await.status, 201);
    let mut third = Elsewhere::of(&written).await;
    third.on_chain().await;
    format!(
        "- 201 to its issuer; {by_stranger} to others; {} from its grant on",
        refused(&third.send(None).await)
    )
}

/// Another node, and the consent as it is sent to that.
struct Elsewhere {
    written: Written,
    consented: NewCredential,
}

impl Elsewhere {
    async fn of(before: &Written) -> Self {
        let written = Written::prepare(Some(ELSEWHERE), before.kind).await;
        let mut consented = before.new.clone();
        let consent = consented.consent.as_mut().unwrap();
        consent.profile_id = written.owner.profile_id;
        consent.issuer_copy = None;
        Self { written, consented }
    }

    async fn on_chain(&mut self) {
        self.written.new = self.consented.clone();
        self.written.on_chain(GrantChange::Created).await;
    }

    /// By the issuer, unless by somebody else.
    async fn send(&self, by: Option<&Person>) -> Answer {
        let (by, house) = (by.unwrap_or(&self.written.issuer), &self.written.house);
        let content = random_box(100);
        by.upload(house, &content).await;
        let mut new = self.consented.clone();
        new.content = sealed(new.content.data_id, &content, &self.written.owner);
        by.post(house, PATH, &new).await
    }
}

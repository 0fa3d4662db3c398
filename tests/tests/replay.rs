//! Everything that is signed for the contracts, sent where or when it was not meant for: refused by the contracts of all three chains, in their
//! own engines. A cell is the refusal's name; one that begins with a dash says why there is nothing to refuse.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use idos_api::{credentials::SignedWriteGrant, node::ContractKind};
use idos_client::{
    ChainError, Signer, SigningWallet,
    chain::{self, Chain, Mined, SignedCall},
    owner::{self, ConsentTerms, fresh_data_id},
};
use idos_credentials::IssuerKey;
use idos_devnet_evm::BlockTime;
use idos_grants::{Account, Address, DataId, Namespace, Status, account::StellarAddress};
use idos_tests::{
    role::RoleKey,
    stage::{Identity, StageChain},
};
use idos_wallets::GrantCall;
use rand_core::OsRng;
use serde_json::Value;
use uuid::Uuid;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Message {
    Create,
    Extend,
    Revoke,
    SetStatus,
    WriteGrant,
}

impl Message {
    const ALL: [Self; 5] = [Self::Create, Self::Extend, Self::Revoke, Self::SetStatus, Self::WriteGrant];

    fn name(self) -> &'static str {
        match self {
            Self::Create => "createGrant",
            Self::Extend => "extendTimelock",
            Self::Revoke => "revokeGrant",
            Self::SetStatus => "setStatus",
            Self::WriteGrant => "write grant",
        }
    }
}

/// What is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replay {
    Again,
    OtherOwner,
    OtherChain,
    OtherContract,
    AfterRevoke,
    Expired,
    NotYetValid,
}

impl Replay {
    const ALL: [Self; 7] = [
        Self::Again,
        Self::OtherOwner,
        Self::OtherChain,
        Self::OtherContract,
        Self::AfterRevoke,
        Self::Expired,
        Self::NotYetValid,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Again => "again",
            Self::OtherOwner => "other owner",
            Self::OtherChain => "other chain",
            Self::OtherContract => "other contract",
            Self::AfterRevoke => "after revoke",
            Self::Expired => "expired",
            Self::NotYetValid => "not yet valid",
        }
    }
}

/// A verb or a write grant, signed.
#[derive(Debug, Clone)]
enum Signed {
    Call(SignedCall),
    WriteGrant(Box<SignedWriteGrant>),
}

/// A chain with the contracts on it twice.
struct Place {
    stage: StageChain,
    relayer: Box<dyn Chain>,
    second: [Account; 2],
}

impl Place {
    async fn start(identity: Identity, namespace: Namespace, folder: &std::path::Path) -> Self {
        let stage =
            StageChain::start_as(identity, namespace, folder, BlockTime::PerTransaction).await.unwrap();
        let connect = async |key| chain::connect_with(&wallet(&stage, key), stage.rpc.clone()).await.unwrap();
        let second = connect(3).await.deploy().await.unwrap();
        let relayer = connect(1).await;
        Self { second: [second.access_grants, second.credential_status], relayer, stage }
    }

    fn contract(&self, kind: ContractKind) -> Account {
        let name = match kind {
            ContractKind::AccessGrants => "access_grants",
            ContractKind::CredentialStatus => "credential_status",
        };
        self.stage.contracts[name].as_str().unwrap().parse().unwrap()
    }

    async fn send(&self, signed: &Signed) -> Result<Mined, ChainError> {
        match signed {
            Signed::Call(call) => self.relayer.relay(call).await,
            Signed::WriteGrant(grant) => self.relayer.relay_write_grant(grant).await,
        }
    }
}

fn wallet(stage: &StageChain, number: usize) -> SigningWallet {
    let RoleKey { chain, account_id, private_key } = stage.key(number).unwrap();
    SigningWallet::parse(*chain, account_id.as_deref(), private_key).unwrap()
}

/// Two chains of a family, and an owner and an issuer with the same keys on both.
struct World {
    here: Place,
    there: Place,
    owner: SigningWallet,
    other: Account,
    consumer: Account,
}

impl World {
    async fn start(namespace: Namespace, owner: impl Fn(&StageChain) -> SigningWallet) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = Place::start(Identity::Usual, namespace, folder.path()).await;
        let there = Place::start(Identity::Other, namespace, folder.path()).await;
        let owner = owner(&here.stage);
        let account = |number| wallet(&here.stage, number).account();
        Self { owner, other: account(4), consumer: account(5), here, there }
    }

    fn chain(&self) -> idos_grants::ChainId {
        self.here.stage.chain
    }

    async fn connected(&self) -> Box<dyn Chain> {
        chain::connect_with(&self.owner, self.here.stage.rpc.clone()).await.unwrap()
    }

    /// Signs a verb.
    async fn sign(&self, call: &GrantCall, valid_secs: u64) -> Signed {
        let grants =
            self.connected().await.access_grants(&self.here.contract(ContractKind::AccessGrants)).unwrap();
        Signed::Call(grants.sign(call, valid_secs, &mut OsRng).await.unwrap())
    }

    async fn sign_status(&self, index: u32, status: Status, valid_secs: u64) -> Signed {
        let contract = self.here.contract(ContractKind::CredentialStatus);
        let statuses = self.connected().await.credential_status(&contract).unwrap();
        Signed::Call(statuses.sign_set(0, index, status, valid_secs, &mut OsRng).await.unwrap())
    }

    async fn sign_write_grant(&self, begins_in: u64, valid_secs: u64) -> Signed {
        let now = self.here.relayer.now().await.unwrap();
        let nonce = self.here.relayer.write_grant_nonce(valid_secs, &mut OsRng).await.unwrap();
        let terms = ConsentTerms {
            contract: self.here.contract(ContractKind::AccessGrants),
            issuer_account: wallet(&self.here.stage, 1).account(),
            issuer: IssuerKey::generate(&mut OsRng).did(),
            // The other chain's newest block may be older.
            not_before: now - MINUTE + begins_in,
            not_after: now + begins_in + valid_secs,
            locked_until: 0,
            nonce,
        };
        let consent = owner::consent(&self.owner, Uuid::new_v4(), &terms, &mut OsRng).unwrap();
        Signed::WriteGrant(Box::new(consent.write_grant))
    }

    async fn done(&self, signed: &Signed) {
        self.here.send(signed).await.unwrap();
    }

    async fn create(&self, data_id: DataId) {
        let call = GrantCall::CreateGrant { grantee: self.consumer, data_id, locked_until: 0 };
        self.done(&self.sign(&call, HOUR).await).await;
    }

    async fn revoke(&self, grantee: Account, data_id: DataId) {
        let call = GrantCall::RevokeGrant { grantee, data_id };
        self.done(&self.sign(&call, HOUR).await).await;
    }

    /// A message that is good, with what must stand for it already on the chain.
    async fn good(&self, message: Message, subject: &Subject, valid_secs: u64) -> Signed {
        let (grantee, data_id) = (self.consumer, subject.data_id);
        match message {
            Message::Create => {
                self.sign(&GrantCall::CreateGrant { grantee, data_id, locked_until: 0 }, valid_secs).await
            }
            Message::Extend => {
                self.create(data_id).await;
                let locked_until = self.here.relayer.now().await.unwrap() + LOCK_SECS;
                self.sign(&GrantCall::ExtendTimelock { grantee, data_id, locked_until }, valid_secs).await
            }
            Message::Revoke => {
                self.create(data_id).await;
                self.sign(&GrantCall::RevokeGrant { grantee, data_id }, valid_secs).await
            }
            Message::SetStatus => self.sign_status(subject.index, Status::Suspended, valid_secs).await,
            Message::WriteGrant => self.sign_write_grant(0, valid_secs).await,
        }
    }

    /// Takes back what the message did, by the owner's own will.
    async fn undo(&self, message: Message, signed: &Signed, subject: &Subject) {
        match (message, signed) {
            (Message::Create, _) => self.revoke(self.consumer, subject.data_id).await,
            (Message::Extend, _) => {
                tokio::time::sleep(Duration::from_secs(LOCK_SECS + 2)).await;
                self.pass_blocks().await;
                self.revoke(self.consumer, subject.data_id).await;
                self.create(subject.data_id).await;
            }
            (Message::Revoke, _) => self.create(subject.data_id).await,
            (Message::SetStatus, _) => {
                self.done(&self.sign_status(subject.index, Status::Valid, HOUR).await).await;
            }
            (Message::WriteGrant, Signed::WriteGrant(signed)) => {
                self.revoke(signed.write_grant.grantee, signed.write_grant.data_id).await;
            }
            (Message::WriteGrant, Signed::Call(_)) => unreachable!("a write grant is no verb"),
        }
    }

    /// Chains that make a block with each transaction tell no time without one.
    async fn pass_blocks(&self) {
        for _ in 0..4 {
            self.create(fresh_data_id(&mut OsRng)).await;
        }
    }

    /// How a replay is refused.
    async fn cell(&self, message: Message, replay: Replay, index: u32) -> String {
        let subject = Subject { data_id: fresh_data_id(&mut OsRng), index };
        match replay {
            Replay::Again => {
                let signed = self.good(message, &subject, HOUR).await;
                self.done(&signed).await;
                refused(self.here.send(&signed).await)
            }
            Replay::AfterRevoke => {
                let signed = self.good(message, &subject, HOUR).await;
                self.done(&signed).await;
                self.undo(message, &signed, &subject).await;
                refused(self.here.send(&signed).await)
            }
            Replay::OtherOwner => {
                let signed = self.good(message, &subject, HOUR).await;
                let owner = self.owner.account_on(self.chain()).unwrap();
                refused(self.here.send(&signed.of_owner(&owner, &self.other)).await)
            }
            Replay::OtherChain if self.chain().namespace() == Namespace::Near => {
                "- NEP-366 names no chain: a key is for one network".to_owned()
            }
            Replay::OtherChain => {
                let signed = self.good(message, &subject, HOUR).await;
                let contract = self.there.contract(message.contract());
                refused(self.there.send(&signed.for_contract(contract)).await)
            }
            Replay::OtherContract => {
                let signed = self.good(message, &subject, HOUR).await;
                let [grants, statuses] = self.here.second;
                let contract = if message == Message::SetStatus { statuses } else { grants };
                refused(self.here.send(&signed.for_contract(contract)).await)
            }
            Replay::Expired => {
                let signed = self.good(message, &subject, 2).await;
                tokio::time::sleep(Duration::from_secs(4)).await;
                self.pass_blocks().await;
                refused(self.here.send(&signed).await)
            }
            Replay::NotYetValid if message == Message::WriteGrant => {
                refused(self.here.send(&self.sign_write_grant(HOUR, HOUR).await).await)
            }
            Replay::NotYetValid => "- begins when it is signed".to_owned(),
        }
    }

    async fn table(&self) -> String {
        let mut table = Table::new();
        let columns = std::iter::once("signed").chain(Replay::ALL.map(Replay::name));
        table.load_preset(ASCII_MARKDOWN).set_header(columns);
        let mut index = 0;
        for message in Message::ALL {
            if let Some(reason) = unsigned(message, self.chain().namespace()) {
                table.add_row([message.name(), reason]);
                continue;
            }
            let mut cells = vec![message.name().to_owned()];
            for replay in Replay::ALL {
                index += 1;
                cells.push(self.cell(message, replay, index).await);
            }
            table.add_row(cells);
        }
        table.to_string()
    }
}

/// Why a message is not signed for a family's contracts, if it is not.
fn unsigned(message: Message, namespace: Namespace) -> Option<&'static str> {
    match (message, namespace) {
        (Message::SetStatus, Namespace::Eip155) => Some("- an issuer sends it itself"),
        (Message::WriteGrant, Namespace::Near) => {
            Some("- is a text for the store; its grant is a createGrant")
        }
        _ => None,
    }
}

/// How long the extended timelock holds.
const LOCK_SECS: u64 = 3;

/// What a message is about.
struct Subject {
    data_id: DataId,
    index: u32,
}

impl Message {
    fn contract(self) -> ContractKind {
        if self == Self::SetStatus { ContractKind::CredentialStatus } else { ContractKind::AccessGrants }
    }
}

impl Signed {
    /// The same signature, said to be for another contract.
    fn for_contract(&self, contract: Account) -> Self {
        match self {
            Self::Call(call) => {
                let mut json = serde_json::to_value(call).unwrap();
                json["contract"] = Value::String(contract.to_string());
                if let Some(message) = json.get_mut("message") {
                    move_to_chain(message, &contract);
                }
                Self::Call(serde_json::from_value(json).unwrap())
            }
            Self::WriteGrant(signed) => {
                let mut signed = signed.clone();
                signed.contract = contract;
                let moved = |account: Account| Account::new(contract.chain(), account.address()).unwrap();
                signed.write_grant.owner = moved(signed.write_grant.owner);
                signed.write_grant.grantee = moved(signed.write_grant.grantee);
                Self::WriteGrant(signed)
            }
        }
    }

    /// The same signature, said to be another owner's.
    fn of_owner(&self, owner: &Account, other: &Account) -> Self {
        match self {
            Self::Call(call) => {
                let mut json = serde_json::to_value(call).unwrap();
                match json.get_mut("signed") {
                    Some(signed) => {
                        let bytes = STANDARD.decode(signed.as_str().unwrap()).unwrap();
                        let bytes = replaced(&bytes, &name_of(owner), &name_of(other));
                        *signed = Value::String(STANDARD.encode(bytes));
                    }
                    None => {
                        let text = json.to_string().replace(&owner.to_string(), &other.to_string());
                        json = serde_json::from_str(&text).unwrap();
                    }
                }
                Self::Call(serde_json::from_value(json).unwrap())
            }
            Self::WriteGrant(signed) => {
                let mut signed = signed.clone();
                signed.write_grant.owner = *other;
                Self::WriteGrant(signed)
            }
        }
    }
}

/// Accounts in a message, on the chain of another contract.
fn move_to_chain(message: &mut Value, contract: &Account) {
    match message {
        Value::String(text) => {
            if let Ok(account) = text.parse::<Account>() {
                *text = Account::new(contract.chain(), account.address()).unwrap().to_string();
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(|value| move_to_chain(value, contract)),
        Value::Array(values) => values.iter_mut().for_each(|value| move_to_chain(value, contract)),
        _ => {}
    }
}

/// How an account stands in the bytes of its chain.
fn name_of(account: &Account) -> Vec<u8> {
    match account.address() {
        Address::Near(name) => borsh_string(&name.to_string()),
        Address::Stellar(StellarAddress::Account(key)) => key.to_vec(),
        other => panic!("{other} is signed for as JSON"),
    }
}

fn borsh_string(text: &str) -> Vec<u8> {
    [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = memchr::memmem::find(bytes, from).expect("the owner is named in what she signed");
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

/// The refusal's name; panics if it went through.
#[track_caller]
fn refused(answer: Result<Mined, ChainError>) -> String {
    match answer {
        Ok(mined) => panic!("a replay went through: {mined:?}"),
        Err(error) => error.code().to_owned(),
    }
}

fn funded(stage: &StageChain) -> SigningWallet {
    wallet(stage, 2)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_signed_on_evm_counts_twice_or_elsewhere() {
    insta::assert_snapshot!("evm", World::start(Namespace::Eip155, funded).await.table().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_signed_on_near_counts_twice_or_elsewhere() {
    insta::assert_snapshot!("near", World::start(Namespace::Near, funded).await.table().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_signed_on_stellar_counts_twice_or_elsewhere() {
    insta::assert_snapshot!("stellar", World::start(Namespace::Stellar, funded).await.table().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_signed_by_an_xrpl_key_counts_twice_or_elsewhere() {
    let owner = |_: &StageChain| {
        SigningWallet::parse("xrpl:0".parse().unwrap(), None, "snoPBrXtMeMyMHUVTgbuqAfg1SUTb").unwrap()
    };
    insta::assert_snapshot!("xrpl", World::start(Namespace::Stellar, owner).await.table().await);
}

//! A network with the contracts on it, and the people who use them.

use ed25519_dalek::{Signer as _, SigningKey};
use idos_contracts_stellar::{
    Account, ContractId, KeyProof, KeySignature, Method, WebAuthn, access_grants, credential_status,
    members_only, storage, value::Bytes,
};
use idos_devnet_stellar::chain::{
    AppliedTransaction, AuthMode, Genesis, Network, Settings, SimulateOptions, Simulation, TransactionStatus,
};
use sha2::{Digest, Sha256};
use stellar_xdr::{
    AccountId, ContractExecutable, ContractIdPreimage, ContractIdPreimageFromAddress, CreateAccountOp,
    CreateContractArgsV2, DecoratedSignature, Hash, HashIdPreimage, HashIdPreimageSorobanAuthorization,
    HostFunction, InvokeHostFunctionOp, LedgerEntryData, LedgerFootprint, LedgerKey, LedgerKeyAccount,
    LedgerKeyContractCode, Limits, Memo, MuxedAccount, Operation, OperationBody, Preconditions, PublicKey,
    ScAddress, ScBytes, ScMap, ScMapEntry, ScSymbol, ScVal, ScVec, SequenceNumber, Signature, SignatureHint,
    SorobanAuthorizationEntry, SorobanAuthorizedFunction, SorobanAuthorizedInvocation, SorobanCredentials,
    SorobanResources, SorobanTransactionData, SorobanTransactionDataExt, Transaction, TransactionEnvelope,
    TransactionExt, TransactionV1Envelope, Uint256, WriteXdr,
};

use crate::{
    keys::{Assertion, Key, Signed},
    outcome::{Done, Refused, done, refused},
};

pub const PASSPHRASE: &str = "Standalone Network ; February 2017";

/// When tests begin, in Unix seconds.
pub const NOW: u64 = 2_000_000_000;

/// Seconds between ledgers.
const LEDGER_SECS: u64 = 5;

/// The network takes a transaction if its fee is at least this, in stroops, beyond what its resources cost.
const INCLUSION_FEE: u32 = 100;

/// People with accounts, whose secret keys repeat a byte. `relayer` sends what others authorized.
const PEOPLE: [(&str, u8); 7] = [
    ("alice", 0x11),
    ("bank", 0xbb),
    ("kyc", 0x55),
    ("relayer", 0x77),
    ("mallory", 0x99),
    ("bob", 0x22),
    ("deployer", 0x01),
];

pub fn key(name: &str) -> SigningKey {
    let of_name = |(person, _): &&(&str, u8)| *person == name;
    let (_, byte) = PEOPLE.iter().find(of_name).unwrap_or_else(|| panic!("nobody is called {name}"));
    SigningKey::from_bytes(&[*byte; 32])
}

/// A person's account; `carol` is a bare Ed25519 key, `shop` a contract that does not exist.
pub fn id(name: &str) -> Account {
    match name {
        "carol" => account_of(&carol()),
        "shop" => Account::Contract([0xcc; 32]),
        person => Account::Account(key(person).verifying_key().to_bytes()),
    }
}

pub fn carol() -> Key {
    Key::of("ed25519", &[0x33; 32])
}

/// One key of each kind.
pub fn keys() -> [Key; 3] {
    ["ed25519", "secp256k1", "secp256r1"].map(|curve| Key::of(curve, &[0x33; 32]))
}

pub fn account_of(key: &Key) -> Account {
    key.name().parse().unwrap()
}

pub fn data(byte: u8) -> [u8; 32] {
    [byte; 32]
}

pub struct World {
    pub network: Network,
    pub grants: ContractId,
    pub statuses: ContractId,
}

impl World {
    pub fn new() -> Self {
        Self::on(PASSPHRASE)
    }

    pub fn on(passphrase: &str) -> Self {
        let mut world = Self::without_contracts(passphrase);
        world.grants = world.deploy(access_grants::WASM, 1, Vec::new());
        world.statuses = world.deploy(credential_status::WASM, 2, Vec::new());
        world
    }

    /// People, but no contracts.
    pub fn empty() -> Self {
        Self::without_contracts(PASSPHRASE)
    }

    fn without_contracts(passphrase: &str) -> Self {
        let genesis = Genesis {
            passphrase: passphrase.to_owned(),
            close_time: NOW - 1_000,
            settings: Settings::default(),
        };
        let none = ContractId([0; 32]);
        let mut world = Self { network: Network::new(genesis).unwrap(), grants: none, statuses: none };
        for (name, _) in PEOPLE {
            world.fund(name);
        }
        world
    }

    fn fund(&mut self, name: &str) {
        let root = SigningKey::from_bytes(&self.network.root_seed());
        let body = OperationBody::CreateAccount(CreateAccountOp {
            destination: account_id(&key(name)),
            starting_balance: 1_000_000_000_000,
        });
        let tx = self.transaction(&root, body);
        let envelope = self.sign(tx, &root);
        self.run(envelope);
    }

    pub fn deploy(&mut self, wasm: &[u8], salt: u8, constructor_args: Vec<ScVal>) -> ContractId {
        let deployer = key("deployer");
        self.upload(wasm);
        let create = HostFunction::CreateContractV2(CreateContractArgsV2 {
            contract_id_preimage: ContractIdPreimage::Address(ContractIdPreimageFromAddress {
                address: ScAddress::Account(account_id(&deployer)),
                salt: Uint256([salt; 32]),
            }),
            executable: ContractExecutable::Wasm(Hash(Sha256::digest(wasm).into())),
            constructor_args: constructor_args.try_into().unwrap(),
        });
        let applied = self.invoke(&deployer, create).unwrap();
        match done(&applied).unwrap() {
            ScVal::Address(ScAddress::Contract(id)) => ContractId(id.0.0),
            other => panic!("not a contract: {other:?}"),
        }
    }

    /// Answers what the upload cost.
    pub fn upload(&mut self, wasm: &[u8]) -> AppliedTransaction {
        let upload = HostFunction::UploadContractWasm(wasm.to_vec().try_into().unwrap());
        self.invoke(&key("deployer"), upload).unwrap()
    }

    pub fn now(&self) -> u64 {
        self.network.latest().close_time()
    }

    /// A call in a ledger that closes at a second. A simulation would answer for the second of the ledger before: so this names the entries that
    /// the call may write, beside the history head, and is generous with everything else.
    pub fn call_at<M: Method>(
        &mut self,
        seconds: u64,
        by: &str,
        contract: ContractId,
        method: &M,
        entries: Vec<LedgerKey>,
    ) -> Result<Done<M::Answer>, Refused> {
        let by = key(by);
        let invocation = method.invocation(contract).unwrap();
        let auth = vec![SorobanAuthorizationEntry {
            credentials: SorobanCredentials::SourceAccount,
            root_invocation: SorobanAuthorizedInvocation {
                function: SorobanAuthorizedFunction::ContractFn(invocation.clone()),
                sub_invocations: Default::default(),
            },
        }];
        let mut resources = self.generous(contract, entries);
        resources.resources.write_bytes = 130_000;
        let envelope = self.envelope(&by, HostFunction::InvokeContract(invocation), auth, resources);
        Done::of::<M>(self.run_at(envelope, seconds))
    }

    /// Resources for any call of a contract that writes these entries and the history head.
    pub fn generous(&self, contract: ContractId, mut entries: Vec<LedgerKey>) -> SorobanTransactionData {
        let wasm = if contract == self.statuses { credential_status::WASM } else { access_grants::WASM };
        let hash = Hash(Sha256::digest(wasm).into());
        let code = LedgerKey::ContractCode(LedgerKeyContractCode { hash });
        entries.push(storage::history_head(contract).unwrap());
        SorobanTransactionData {
            ext: SorobanTransactionDataExt::V0,
            resources: SorobanResources {
                footprint: LedgerFootprint {
                    read_only: vec![storage::instance(contract), code].try_into().unwrap(),
                    read_write: entries.try_into().unwrap(),
                },
                instructions: 100_000_000,
                disk_read_bytes: 100_000,
                write_bytes: 100_000,
            },
            resource_fee: 1_000_000_000,
        }
    }

    /// Lets ledgers pass, all at once.
    pub fn skip(&mut self, ledgers: u32) {
        let now = self.now() + u64::from(ledgers) * LEDGER_SECS;
        self.network.skip_ledgers(ledgers, now).unwrap();
    }

    /// A call of the person who sends and pays for it.
    pub fn call<M: Method>(
        &mut self,
        by: &str,
        contract: ContractId,
        method: &M,
    ) -> Result<Done<M::Answer>, Refused> {
        let applied = self.invoke(&key(by), method.host_function(contract).unwrap())?;
        Done::of::<M>(applied)
    }

    /// A call that somebody authorized and the relayer sends.
    pub fn relay<M: Method>(
        &mut self,
        by: &str,
        contract: ContractId,
        method: &M,
    ) -> Result<Done<M::Answer>, Refused> {
        let function = method.host_function(contract).unwrap();
        let simulation = self.simulate(&key("relayer"), function.clone(), Vec::new(), AuthMode::Record);
        if let Some(error) = &simulation.error {
            return Err(refused(error));
        }
        let recorded = simulation.invocation.unwrap().auth;
        let until = self.network.latest().sequence() + 100;
        let auth = recorded.into_iter().map(|entry| self.authorize(&key(by), entry, until)).collect();
        let applied = self.send(&key("relayer"), function, auth)?;
        Done::of::<M>(applied)
    }

    /// Sends a call with authorizations as they are.
    pub fn send(
        &mut self,
        by: &SigningKey,
        function: HostFunction,
        auth: Vec<SorobanAuthorizationEntry>,
    ) -> Result<AppliedTransaction, Refused> {
        let simulation = self.simulate(by, function.clone(), auth.clone(), AuthMode::Enforce);
        if let Some(error) = &simulation.error {
            return Err(refused(error));
        }
        Ok(self.apply(by, function, auth, simulation.transaction_data.unwrap()))
    }

    /// Sends a call with resources as they are, good or bad.
    pub fn apply(
        &mut self,
        by: &SigningKey,
        function: HostFunction,
        auth: Vec<SorobanAuthorizationEntry>,
        resources: SorobanTransactionData,
    ) -> AppliedTransaction {
        let envelope = self.envelope(by, function, auth, resources);
        self.run(envelope)
    }

    fn envelope(
        &self,
        by: &SigningKey,
        function: HostFunction,
        auth: Vec<SorobanAuthorizationEntry>,
        resources: SorobanTransactionData,
    ) -> TransactionEnvelope {
        let mut tx = self.transaction(by, invoke(function, auth));
        tx.fee = INCLUSION_FEE + u32::try_from(resources.resource_fee).unwrap();
        tx.ext = TransactionExt::V1(resources);
        self.sign(tx, by)
    }

    pub fn invoke(&mut self, by: &SigningKey, function: HostFunction) -> Result<AppliedTransaction, Refused> {
        let simulation = self.simulate(by, function.clone(), Vec::new(), AuthMode::Record);
        if let Some(error) = &simulation.error {
            return Err(refused(error));
        }
        let auth = simulation.invocation.unwrap().auth;
        Ok(self.apply(by, function, auth, simulation.transaction_data.unwrap()))
    }

    pub fn simulate(
        &self,
        by: &SigningKey,
        function: HostFunction,
        auth: Vec<SorobanAuthorizationEntry>,
        auth_mode: AuthMode,
    ) -> Simulation {
        let tx = self.transaction(by, invoke(function, auth));
        let options = SimulateOptions { auth_mode, ..SimulateOptions::default() };
        self.network.simulate(&self.sign(tx, by), &options)
    }

    /// Fills in the signature of a recorded authorization.
    pub fn authorize(
        &self,
        key: &SigningKey,
        mut entry: SorobanAuthorizationEntry,
        until: u32,
    ) -> SorobanAuthorizationEntry {
        let SorobanCredentials::Address(credentials) = &mut entry.credentials else { return entry };
        credentials.signature_expiration_ledger = until;
        let preimage = HashIdPreimage::SorobanAuthorization(HashIdPreimageSorobanAuthorization {
            network_id: self.network.network_id(),
            nonce: credentials.nonce,
            signature_expiration_ledger: until,
            invocation: entry.root_invocation.clone(),
        });
        let signature = key.sign(&Sha256::digest(preimage.to_xdr(Limits::none()).unwrap()));
        credentials.signature = account_signature(key, &signature.to_bytes());
        entry
    }

    pub fn view<M: Method>(&self, contract: ContractId, method: &M) -> Result<M::Answer, Refused> {
        let function = method.host_function(contract).unwrap();
        let simulation = self.simulate(&key("relayer"), function, Vec::new(), AuthMode::Record);
        match simulation.invocation {
            Some(invocation) => Ok(M::answer(&invocation.return_value).unwrap()),
            None => Err(refused(simulation.error.as_deref().unwrap())),
        }
    }

    pub fn head(&self, contract: ContractId) -> [u8; 32] {
        self.view(contract, &access_grants::HistoryHead).unwrap()
    }

    pub fn has_access(&self, owner: &str, grantee: &str, byte: u8) -> bool {
        let question =
            access_grants::HasAccess { owner: id(owner), grantee: id(grantee), data_id: data(byte) };
        self.view(self.grants, &question).unwrap()
    }

    pub fn create(&mut self, owner: &str, grantee: &str, byte: u8, lock: u64) -> Result<Done<()>, Refused> {
        let call = create(owner, grantee, byte, lock);
        self.call(owner, self.grants, &call)
    }

    pub fn revoke(&mut self, owner: &str, grantee: &str, byte: u8) -> Result<Done<()>, Refused> {
        let call = revoke(owner, grantee, byte);
        self.call(owner, self.grants, &call)
    }

    /// The last ledger in which an entry is live, and its value.
    pub fn entry(&self, key: &LedgerKey) -> Option<(u32, ScVal)> {
        let stored = self.network.entry(key)?;
        match stored.entry.data {
            LedgerEntryData::ContractData(data) => Some((stored.live_until.unwrap(), data.val)),
            other => panic!("not a contract's data: {other:?}"),
        }
    }

    pub fn grant_key(&self, owner: &str, grantee: &str, byte: u8) -> LedgerKey {
        storage::grant(self.grants, &id(owner), &id(grantee), &data(byte)).unwrap()
    }

    /// Deploys the example, whose consumer is `bank` and whose issuer is `kyc`.
    pub fn open_club(&mut self) -> ContractId {
        let config = members_only::Config {
            consumer: idos_contracts_stellar::account::Native(id("bank")),
            grants: self.grants,
            issuer: id("kyc"),
            statuses: self.statuses,
        };
        self.deploy(members_only::WASM, 3, config.constructor_args().unwrap())
    }

    /// What a key adds to a call whose text has these lines between title and nonce.
    pub fn proof(&self, key: &Key, contract: ContractId, text: &str, nonce: u8, deadline: u64) -> KeyProof {
        let text = format!(
            "{text}\nNonce: {}\nDeadline: {deadline}{}",
            hex::encode([nonce; 32]),
            self.ending(contract)
        );
        KeyProof { deadline, nonce: [nonce; 32], signature: signature(&key.sign(&text)) }
    }

    /// The last lines of every text.
    pub fn ending(&self, contract: ContractId) -> String {
        format!("\nContract: {contract}\nNetwork: {}", hex::encode(self.network.network_id().0))
    }

    fn transaction(&self, source: &SigningKey, body: OperationBody) -> Transaction {
        let account_id = account_id(source);
        let sequence = match self.network.entry(&LedgerKey::Account(LedgerKeyAccount { account_id })) {
            Some(stored) => match stored.entry.data {
                LedgerEntryData::Account(account) => account.seq_num.0,
                other => panic!("not an account: {other:?}"),
            },
            None => panic!("no such account"),
        };
        Transaction {
            source_account: MuxedAccount::Ed25519(Uint256(source.verifying_key().to_bytes())),
            fee: INCLUSION_FEE,
            seq_num: SequenceNumber(sequence + 1),
            cond: Preconditions::None,
            memo: Memo::None,
            operations: vec![Operation { source_account: None, body }].try_into().unwrap(),
            ext: TransactionExt::V0,
        }
    }

    fn sign(&self, tx: Transaction, key: &SigningKey) -> TransactionEnvelope {
        let hash = tx.hash(self.network.network_id().0).unwrap();
        let hint = SignatureHint(key.verifying_key().to_bytes()[28..].try_into().unwrap());
        let signature = Signature(key.sign(&hash).to_bytes().to_vec().try_into().unwrap());
        let signatures = vec![DecoratedSignature { hint, signature }].try_into().unwrap();
        TransactionEnvelope::Tx(TransactionV1Envelope { tx, signatures })
    }

    fn run(&mut self, envelope: TransactionEnvelope) -> AppliedTransaction {
        let seconds = self.now() + LEDGER_SECS;
        self.run_at(envelope, seconds)
    }

    fn run_at(&mut self, envelope: TransactionEnvelope, seconds: u64) -> AppliedTransaction {
        let hash = self.network.submit(envelope).unwrap_or_else(|refused| panic!("{refused}"));
        self.network.close_ledger(seconds).unwrap();
        match self.network.transaction(&hash) {
            Some(TransactionStatus::Applied(applied)) => applied.clone(),
            other => panic!("not applied: {other:?}"),
        }
    }
}

fn invoke(host_function: HostFunction, auth: Vec<SorobanAuthorizationEntry>) -> OperationBody {
    OperationBody::InvokeHostFunction(InvokeHostFunctionOp { host_function, auth: auth.try_into().unwrap() })
}

fn account_id(key: &SigningKey) -> AccountId {
    AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(key.verifying_key().to_bytes())))
}

/// What an account's signature looks like to the network.
pub fn account_signature(key: &SigningKey, signature: &[u8]) -> ScVal {
    let entry = |name: &str, value: &[u8]| ScMapEntry {
        key: ScVal::Symbol(ScSymbol(name.try_into().unwrap())),
        val: ScVal::Bytes(ScBytes(value.to_vec().try_into().unwrap())),
    };
    let entries = vec![entry("public_key", &key.verifying_key().to_bytes()), entry("signature", signature)];
    let one = ScVal::Map(Some(ScMap(entries.try_into().unwrap())));
    ScVal::Vec(Some(ScVec(vec![one].try_into().unwrap())))
}

/// As the contracts take it.
pub fn signature(signed: &Signed) -> KeySignature {
    match signed.clone() {
        Signed::Ed25519(signature) => KeySignature::Ed25519(signature),
        Signed::Secp256k1(signature, recovery_id) => KeySignature::Secp256k1 { signature, recovery_id },
        Signed::Secp256r1(Assertion { authenticator_data, client_data_json, public_key_y, signature }) => {
            KeySignature::Secp256r1(WebAuthn {
                authenticator_data: Bytes(authenticator_data),
                client_data_json: Bytes(client_data_json),
                public_key_y,
                signature,
            })
        }
    }
}

pub fn create(owner: &str, grantee: &str, byte: u8, locked_until: u64) -> access_grants::CreateGrant {
    let (owner, grantee, data_id) = (id(owner), id(grantee), data(byte));
    access_grants::CreateGrant { owner, grantee, data_id, locked_until, proof: None }
}

pub fn extend(owner: &str, grantee: &str, byte: u8, locked_until: u64) -> access_grants::ExtendTimelock {
    let (owner, grantee, data_id) = (id(owner), id(grantee), data(byte));
    access_grants::ExtendTimelock { owner, grantee, data_id, locked_until, proof: None }
}

pub fn revoke(owner: &str, grantee: &str, byte: u8) -> access_grants::RevokeGrant {
    let (owner, grantee, data_id) = (id(owner), id(grantee), data(byte));
    access_grants::RevokeGrant { owner, grantee, data_id, proof: None }
}

/// The lines of one verb's text up to the nonce.
pub fn verb_text(title: &str, owner: &Account, grantee: &Account, byte: u8, lock: Option<u64>) -> String {
    let id = hex::encode([byte; 32]);
    let lock = lock.map(|lock| format!("\nLocked Until: {lock}")).unwrap_or_default();
    format!("idOS AccessGrants: {title}\n\nOwner: {owner}\nGrantee: {grantee}\nData Id: {id}{lock}")
}

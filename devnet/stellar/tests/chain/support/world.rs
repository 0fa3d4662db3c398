use ed25519_dalek::{Signer, SigningKey};
use idos_devnet_stellar::chain::{
    AppliedTransaction, Genesis, Network, NotTaken, Settings, TransactionStatus,
};
use sha2::{Digest, Sha256};
use stellar_xdr::{
    AccountEntry, AccountId, BytesM, DecoratedSignature, FeeBumpTransaction, FeeBumpTransactionEnvelope,
    FeeBumpTransactionExt, FeeBumpTransactionInnerTx, Hash, LedgerEntryData, LedgerKey, LedgerKeyAccount,
    Memo, MuxedAccount, Operation, OperationResult, OperationResultTr, Preconditions, PublicKey,
    SequenceNumber, Signature, SignatureHint, SorobanTransactionData, Transaction, TransactionEnvelope,
    TransactionExt, TransactionResultResult, TransactionV1Envelope, Uint256, VecM,
};

use super::operation;

/// Stroops.
pub const LUMEN: i64 = 10_000_000;
pub const PASSPHRASE: &str = "Standalone Network ; February 2017";
pub const START: u64 = 1_700_000_000;

/// A person's key.
pub fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(name).into())
}

pub fn account_id(key: &SigningKey) -> AccountId {
    AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(key.verifying_key().to_bytes())))
}

pub fn muxed(key: &SigningKey) -> MuxedAccount {
    MuxedAccount::Ed25519(Uint256(key.verifying_key().to_bytes()))
}

/// A network and its time.
pub struct World {
    pub network: Network,
    pub now: u64,
}

impl World {
    pub fn new() -> Self {
        Self::with_settings(Settings::default())
    }

    pub fn with_settings(settings: Settings) -> Self {
        let genesis = Genesis { passphrase: PASSPHRASE.to_owned(), close_time: START, settings };
        Self { network: Network::new(genesis).unwrap(), now: START }
    }

    /// A network with funded accounts.
    pub fn with(names: &[&str]) -> Self {
        let mut world = Self::new();
        for name in names {
            world.fund(&key(name), 10_000 * LUMEN);
        }
        world
    }

    pub fn root(&self) -> SigningKey {
        SigningKey::from_bytes(&self.network.root_seed())
    }

    pub fn fund(&mut self, key: &SigningKey, balance: i64) {
        let root = self.root();
        let create = operation::create_account(&account_id(key), balance);
        assert!(self.run_signed(&root, vec![create]).is_success());
    }

    pub fn account(&self, key: &SigningKey) -> Option<AccountEntry> {
        let entry =
            self.network.entry(&LedgerKey::Account(LedgerKeyAccount { account_id: account_id(key) }))?;
        match entry.entry.data {
            LedgerEntryData::Account(account) => Some(account),
            _ => None,
        }
    }

    pub fn balance(&self, key: &SigningKey) -> i64 {
        self.account(key).map_or(0, |account| account.balance)
    }

    /// A transaction with the account's next sequence number, that offers the least fee.
    pub fn transaction(&self, source: &SigningKey, operations: Vec<Operation>) -> Transaction {
        let sequence = self.account(source).map_or(0, |account| account.seq_num.0);
        Transaction {
            source_account: muxed(source),
            fee: 100 * u32::try_from(operations.len().max(1)).unwrap(),
            seq_num: SequenceNumber(sequence + 1),
            cond: Preconditions::None,
            memo: Memo::None,
            operations: operations.try_into().unwrap(),
            ext: TransactionExt::V0,
        }
    }

    pub fn sign(&self, tx: Transaction, keys: &[&SigningKey]) -> TransactionEnvelope {
        TransactionEnvelope::Tx(self.sign_v1(tx, keys))
    }

    pub fn sign_v1(&self, tx: Transaction, keys: &[&SigningKey]) -> TransactionV1Envelope {
        let hash = tx.hash(self.network.network_id().0).unwrap();
        TransactionV1Envelope { tx, signatures: signatures(&hash, keys) }
    }

    pub fn bump(&self, inner: TransactionV1Envelope, payer: &SigningKey, fee: i64) -> TransactionEnvelope {
        let tx = FeeBumpTransaction {
            fee_source: muxed(payer),
            fee,
            inner_tx: FeeBumpTransactionInnerTx::Tx(inner),
            ext: FeeBumpTransactionExt::V0,
        };
        let hash = tx.hash(self.network.network_id().0).unwrap();
        TransactionEnvelope::TxFeeBump(FeeBumpTransactionEnvelope {
            tx,
            signatures: signatures(&hash, &[payer]),
        })
    }

    /// Closes the next ledger, five seconds after the newest.
    pub fn close(&mut self) -> u32 {
        self.now += 5;
        self.network.close_ledger(self.now).unwrap()
    }

    pub fn applied(&self, hash: &Hash) -> AppliedTransaction {
        match self.network.transaction(hash) {
            Some(TransactionStatus::Applied(applied)) => applied.clone(),
            other => panic!("transaction {hash} was not applied: {other:?}"),
        }
    }

    /// Submits, closes a ledger, and answers what became of it.
    pub fn run(&mut self, envelope: TransactionEnvelope) -> AppliedTransaction {
        let hash = self.network.submit(envelope).unwrap_or_else(|refused| panic!("{refused}"));
        self.close();
        self.applied(&hash)
    }

    pub fn run_signed(&mut self, source: &SigningKey, operations: Vec<Operation>) -> AppliedTransaction {
        let tx = self.transaction(source, operations);
        self.run(self.sign(tx, &[source]))
    }

    /// Submits what must be refused, and answers the code of the refusal.
    #[track_caller]
    pub fn refusal(&mut self, envelope: TransactionEnvelope) -> TransactionResultResult {
        match self.network.submit(envelope) {
            Err(NotTaken::Invalid { result, .. }) => result.result,
            other => panic!("expected a refusal with a code, got {other:?}"),
        }
    }

    /// Submits an operation that must be refused, and answers its result.
    #[track_caller]
    pub fn operation_refusal(&mut self, source: &SigningKey, operation: Operation) -> OperationResult {
        let tx = self.transaction(source, vec![operation]);
        let envelope = self.sign(tx, &[source]);
        match self.refusal(envelope) {
            TransactionResultResult::TxFailed(results) => results.first().unwrap().clone(),
            other => panic!("expected TxFailed, got {other:?}"),
        }
    }
}

/// The result of the last operation of a transaction.
#[track_caller]
pub fn last_result(applied: &AppliedTransaction) -> OperationResultTr {
    let results = match &applied.result.result {
        TransactionResultResult::TxSuccess(results) | TransactionResultResult::TxFailed(results) => results,
        other => panic!("expected results of operations, got {other:?}"),
    };
    match results.last() {
        Some(OperationResult::OpInner(result)) => result.clone(),
        other => panic!("expected a result of the operation, got {other:?}"),
    }
}

/// Puts resources into a transaction, and the fee for them on top of the least inclusion fee.
pub fn with_resources(mut tx: Transaction, data: SorobanTransactionData) -> Transaction {
    tx.fee = 100 + u32::try_from(data.resource_fee).unwrap();
    tx.ext = TransactionExt::V1(data);
    tx
}

fn signatures(hash: &[u8; 32], keys: &[&SigningKey]) -> VecM<DecoratedSignature, 20> {
    keys.iter().map(|key| decorated(key, hash)).collect::<Vec<_>>().try_into().unwrap()
}

pub fn decorated(key: &SigningKey, message: &[u8]) -> DecoratedSignature {
    let public_key = key.verifying_key().to_bytes();
    DecoratedSignature {
        hint: SignatureHint(public_key[28..].try_into().unwrap()),
        signature: Signature(BytesM::try_from(key.sign(message).to_bytes().to_vec()).unwrap()),
    }
}

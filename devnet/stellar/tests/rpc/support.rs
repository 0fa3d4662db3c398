//! A devnet at a fixed time, one who signs, and a contract.

use std::path::Path;

use idos_devnet_stellar::{Clock, Devnet, DevnetConfig, FundedAccount, LedgerClosing};
use reqwest::StatusCode;
use serde_json::{Value, json};
use stellar_rpc_client::{Client, GetTransactionResponse, SimulateTransactionResponse};
use stellar_xdr::{
    AccountId, ContractDataDurability, ContractExecutable, ContractId, ContractIdPreimage,
    ContractIdPreimageFromAddress, CreateContractArgs, Hash, HostFunction, InvokeContractArgs,
    InvokeHostFunctionOp, LedgerKey, LedgerKeyContractData, Limits, Memo, Operation, OperationBody,
    PaymentOp, Preconditions, ReadXdr, ScAddress, ScVal, ScVec, SequenceNumber, Transaction,
    TransactionEnvelope, TransactionExt, TransactionResult, Uint256, VecM, WriteXdr,
};

/// When every test begins, in Unix seconds.
pub const START: u64 = 1_800_000_000;

/// Stroops that every operation offers above its resources.
pub const FEE: u32 = 100;

/// A devnet and those who talk to it.
pub struct Local {
    pub devnet: Devnet,
    pub client: Client,
    http: reqwest::Client,
}

impl Local {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut DevnetConfig)) -> Self {
        let mut config = DevnetConfig::new(Clock::new(|| START));
        change(&mut config);
        let devnet = Devnet::start(config).await.unwrap();
        let client = Client::new(devnet.rpc().as_str()).unwrap();
        Self { devnet, client, http: reqwest::Client::new() }
    }

    /// One that closes ledgers only when told to.
    pub async fn manual() -> Self {
        Self::with(|config| config.ledgers = LedgerClosing::Manual).await
    }

    /// One that keeps so many ledgers.
    pub async fn keeping(ledgers: u32) -> Self {
        Self::with(|config| config.retention_ledgers = ledgers).await
    }

    pub fn alice(&self) -> &FundedAccount {
        &self.devnet.accounts()[0]
    }

    pub fn bob(&self) -> &FundedAccount {
        &self.devnet.accounts()[1]
    }

    pub async fn latest(&self) -> u32 {
        self.client.get_latest_ledger().await.unwrap().sequence
    }

    /// Stroops.
    pub async fn balance(&self, account: &FundedAccount) -> i64 {
        self.client.get_account(&account.address()).await.unwrap().balance
    }

    /// A transaction that would be taken now, not yet signed.
    pub async fn transaction(&self, signer: &FundedAccount, body: OperationBody) -> Transaction {
        let sequence = self.client.get_account(&signer.address()).await.unwrap().seq_num.0 + 1;
        Transaction {
            source_account: signer.muxed(),
            fee: FEE,
            seq_num: SequenceNumber(sequence),
            cond: Preconditions::None,
            memo: Memo::None,
            operations: vec![Operation { source_account: None, body }].try_into().unwrap(),
            ext: TransactionExt::V0,
        }
    }

    pub async fn network_id(&self) -> Hash {
        self.devnet.read(|network| network.network_id()).await.unwrap()
    }

    pub async fn sign(&self, signer: &FundedAccount, transaction: Transaction) -> TransactionEnvelope {
        signer.sign(transaction, &self.network_id().await).unwrap()
    }

    /// A signed payment from Alice to Bob.
    pub async fn payment(&self, stroops: i64) -> TransactionEnvelope {
        let transaction = self.transaction(self.alice(), pay(self.bob(), stroops)).await;
        self.sign(self.alice(), transaction).await
    }

    pub async fn simulate(&self, transaction: &Transaction) -> SimulateTransactionResponse {
        self.client.simulate_transaction_envelope(&unsigned(transaction), None).await.unwrap()
    }

    /// A contract transaction, simulated, filled in and signed.
    pub async fn prepared(&self, signer: &FundedAccount, function: HostFunction) -> TransactionEnvelope {
        let mut transaction = self.transaction(signer, invoke(function, VecM::default())).await;
        let simulation = self.simulate(&transaction).await;
        assert_eq!(simulation.error, None);
        fill_in(&mut transaction, &simulation);
        self.sign(signer, transaction).await
    }

    pub async fn run(&self, signer: &FundedAccount, function: HostFunction) -> GetTransactionResponse {
        let envelope = self.prepared(signer, function).await;
        self.client.send_transaction_polling(&envelope).await.unwrap()
    }

    /// Alice uploads and creates AccessGrants.
    pub async fn deploy(&self) -> ContractId {
        let code = HostFunction::UploadContractWasm(access_grants().try_into().unwrap());
        let uploaded = self.run(self.alice(), code).await.return_value().unwrap();
        let ScVal::Bytes(hash) = uploaded else { panic!("no hash: {uploaded:?}") };
        let create = HostFunction::CreateContract(CreateContractArgs {
            contract_id_preimage: ContractIdPreimage::Address(ContractIdPreimageFromAddress {
                address: ScAddress::Account(self.alice().account_id()),
                salt: Uint256([7; 32]),
            }),
            executable: ContractExecutable::Wasm(Hash(hash.0.as_slice().try_into().unwrap())),
        });
        let created = self.run(self.alice(), create).await.return_value().unwrap();
        let ScVal::Address(ScAddress::Contract(id)) = created else { panic!("no contract: {created:?}") };
        id
    }

    /// Alice grants to Bob.
    pub async fn grant(
        &self,
        contract: &ContractId,
        data_id: [u8; 32],
        locked_until: u64,
    ) -> GetTransactionResponse {
        let function = create_grant(contract, self.alice(), self.bob(), data_id, locked_until);
        self.run(self.alice(), function).await
    }

    /// Sends a request and reads the answer whole.
    pub async fn rpc(&self, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": "t", "method": method, "params": params });
        let (status, body) = self.post(request.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{method}: {body}");
        assert_eq!(body["id"], "t");
        body
    }

    /// The result of a request.
    pub async fn result(&self, method: &str, params: Value) -> Value {
        let mut body = self.rpc(method, params).await;
        assert!(body.get("error").is_none(), "{method}: {body}");
        body["result"].take()
    }

    /// The code and the words with which a request is refused.
    pub async fn refusal(&self, method: &str, params: Value) -> (i64, String) {
        let body = self.rpc(method, params).await;
        let (Some(code), Some(message)) = (body["error"]["code"].as_i64(), body["error"]["message"].as_str())
        else {
            panic!("{method} is not refused: {body}");
        };
        (code, message.to_owned())
    }

    /// Sends any bytes.
    pub async fn post(&self, body: impl Into<reqwest::Body>) -> (StatusCode, Value) {
        let request = self.http.post(self.devnet.rpc().as_str()).header("content-type", "application/json");
        let response = request.body(body).send().await.unwrap();
        (response.status(), response.json().await.unwrap_or_default())
    }

    /// `sendTransaction`.
    pub async fn send(&self, envelope: &TransactionEnvelope) -> Value {
        self.result("sendTransaction", json!({ "transaction": base64(envelope) })).await
    }

    /// The result with which a transaction is refused.
    pub async fn not_taken(&self, envelope: &TransactionEnvelope) -> TransactionResult {
        let told = self.send(envelope).await;
        assert_eq!(told["status"], "ERROR", "{told}");
        TransactionResult::from_xdr_base64(told["errorResultXdr"].as_str().unwrap(), Limits::none()).unwrap()
    }

    /// Asks friendbot.
    pub async fn friendbot(&self, query: &str) -> (StatusCode, Value) {
        let url = format!("{}{query}", self.devnet.friendbot());
        let response = self.http.get(url).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }
}

pub fn access_grants() -> Vec<u8> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/stellar/artifacts/access_grants.wasm");
    std::fs::read(path).unwrap()
}

pub fn pay(to: &FundedAccount, stroops: i64) -> OperationBody {
    let asset = stellar_xdr::Asset::Native;
    OperationBody::Payment(PaymentOp { destination: to.muxed(), asset, amount: stroops })
}

pub fn invoke(
    host_function: HostFunction,
    auth: VecM<stellar_xdr::SorobanAuthorizationEntry>,
) -> OperationBody {
    OperationBody::InvokeHostFunction(InvokeHostFunctionOp { host_function, auth })
}

pub fn call(contract: &ContractId, function: &str, args: Vec<ScVal>) -> HostFunction {
    HostFunction::InvokeContract(InvokeContractArgs {
        contract_address: ScAddress::Contract(contract.clone()),
        function_name: function.try_into().unwrap(),
        args: args.try_into().unwrap(),
    })
}

/// An account as the contract's arguments have it.
pub fn native(account: &FundedAccount) -> ScVal {
    let address = ScVal::Address(ScAddress::Account(account.account_id()));
    let parts = vec![ScVal::Symbol("Native".try_into().unwrap()), address];
    ScVal::Vec(Some(ScVec(parts.try_into().unwrap())))
}

pub fn bytes(of: [u8; 32]) -> ScVal {
    ScVal::Bytes(of.to_vec().try_into().unwrap())
}

pub fn create_grant(
    contract: &ContractId,
    owner: &FundedAccount,
    grantee: &FundedAccount,
    data_id: [u8; 32],
    locked_until: u64,
) -> HostFunction {
    let args = vec![native(owner), native(grantee), bytes(data_id), ScVal::U64(locked_until), ScVal::Void];
    call(contract, "create_grant", args)
}

/// `has_access` or `revoke_grant`, of Alice's grant to Bob.
pub fn about_grant(local: &Local, contract: &ContractId, function: &str, data_id: [u8; 32]) -> HostFunction {
    let mut args = vec![native(local.alice()), native(local.bob()), bytes(data_id)];
    if function == "revoke_grant" {
        args.push(ScVal::Void);
    }
    call(contract, function, args)
}

/// Puts resources, their fee and authorization into a transaction.
pub fn fill_in(transaction: &mut Transaction, simulation: &SimulateTransactionResponse) {
    transaction.ext = TransactionExt::V1(simulation.transaction_data().unwrap());
    transaction.fee = FEE + u32::try_from(simulation.min_resource_fee).unwrap();
    let mut operations = transaction.operations.to_vec();
    if let (OperationBody::InvokeHostFunction(invoke), Some(result)) =
        (&mut operations[0].body, simulation.results().unwrap().first())
    {
        invoke.auth = result.auth.clone().try_into().unwrap();
    }
    transaction.operations = operations.try_into().unwrap();
}

pub fn unsigned(transaction: &Transaction) -> TransactionEnvelope {
    TransactionEnvelope::Tx(stellar_xdr::TransactionV1Envelope {
        tx: transaction.clone(),
        signatures: VecM::default(),
    })
}

pub fn base64(value: &impl WriteXdr) -> String {
    value.to_xdr_base64(Limits::none()).unwrap()
}

pub fn instance_key(contract: &ContractId) -> LedgerKey {
    LedgerKey::ContractData(LedgerKeyContractData {
        contract: ScAddress::Contract(contract.clone()),
        key: ScVal::LedgerKeyContractInstance,
        durability: ContractDataDurability::Persistent,
    })
}

pub fn account_key(account_id: AccountId) -> LedgerKey {
    LedgerKey::Account(stellar_xdr::LedgerKeyAccount { account_id })
}

/// An account that nobody funded.
pub fn stranger() -> FundedAccount {
    FundedAccount::well_known("stranger")
}

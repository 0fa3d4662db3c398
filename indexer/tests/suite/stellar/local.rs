//! The contracts themselves, on the local Stellar network.

use idos_contracts_stellar::{
    Account, ContractId, Method, access_grants,
    access_grants::{CreateGrant, CreateGrants, ExtendTimelock, ExtendTtl, NewGrant, RevokeGrant},
    credential_status,
    credential_status::SetStatus,
};
use idos_devnet_stellar::{Clock, Devnet, DevnetConfig, FundedAccount, LedgerClosing};
use idos_indexer::ChainConfig;
use idos_mirror::{Contract, ContractKind};
use stellar_rpc_client::{Client, SimulateTransactionResponse};
use stellar_xdr::{
    ContractExecutable, ContractIdPreimage, ContractIdPreimageFromAddress, CreateContractArgs, Hash,
    HostFunction, InvokeHostFunctionOp, Memo, Operation, OperationBody, Preconditions, ScAddress, ScVal,
    SequenceNumber, Transaction, TransactionExt, Uint256,
};

use super::{chain::chain, server::config};
use crate::support::now;

/// Stroops above what a call uses.
const FEE: u32 = 100;

/// A devnet with the contracts.
pub struct Local {
    devnet: Devnet,
    client: Client,
    grants: ContractId,
    statuses: ContractId,
    forger: ContractId,
}

impl Local {
    /// One that forgets nothing, however far the ledgers' numbers jump.
    pub async fn start() -> Self {
        Self::keeping(u32::MAX).await
    }

    /// One whose RPC keeps so many ledgers.
    pub async fn keeping(retention_ledgers: u32) -> Self {
        let config = DevnetConfig {
            ledgers: LedgerClosing::OnDemand,
            retention_ledgers,
            ..DevnetConfig::new(Clock::new(now))
        };
        let devnet = Devnet::start(config).await.unwrap();
        let client = Client::new(devnet.rpc().as_str()).unwrap();
        let none = ContractId([0; 32]);
        let mut local = Self { devnet, client, grants: none, statuses: none, forger: none };
        local.grants = local.deploy(access_grants::WASM, 1).await;
        local.statuses = local.deploy(credential_status::WASM, 2).await;
        local.forger = local.deploy(access_grants::WASM, 3).await;
        local
    }

    pub fn config(&self, contracts: &[Contract]) -> ChainConfig {
        config(contracts, &[self.devnet.rpc()])
    }

    pub fn contracts(&self) -> [Contract; 2] {
        let contract = |id: ContractId, kind| Contract {
            account: format!("{}:{id}", chain()).parse().unwrap(),
            kind,
            start_block: 1,
        };
        [
            contract(self.grants, ContractKind::AccessGrants),
            contract(self.statuses, ContractKind::CredentialStatus),
        ]
    }

    pub async fn create(&self, data: u8, locked_until: u64) {
        self.call(self.grants, &self.new_grant(data, locked_until)).await;
    }

    /// By one call.
    pub async fn create_many(&self, data: std::ops::RangeInclusive<u8>) {
        let grant = |data| NewGrant { grantee: self.grantee(), data_id: [data; 32], locked_until: 0 };
        let grants = data.map(grant).collect();
        self.call(self.grants, &CreateGrants { owner: self.owner(), grants, proof: None }).await;
    }

    pub async fn extend(&self, data: u8, locked_until: u64) {
        let CreateGrant { owner, grantee, data_id, locked_until, proof } = self.new_grant(data, locked_until);
        self.call(self.grants, &ExtendTimelock { owner, grantee, data_id, locked_until, proof }).await;
    }

    pub async fn revoke(&self, data: u8) {
        self.call(self.grants, &self.revocation(data)).await;
    }

    /// It is refused.
    pub async fn revoke_in_vain(&self, data: u8) {
        let function = self.revocation(data).host_function(self.grants).unwrap();
        let (_, simulation) = self.simulated(function).await;
        assert!(simulation.error.is_some());
    }

    /// The same event, by a contract that nobody follows.
    pub async fn forge(&self, data: u8) {
        self.call(self.forger, &self.new_grant(data, 0)).await;
    }

    pub async fn set_status(&self, index: u32, status: credential_status::Status) {
        self.call(self.statuses, &SetStatus { issuer: self.owner(), list: 7, index, status, proof: None })
            .await;
    }

    /// Keeps a grant alive, or restores it where it was archived.
    pub async fn extend_ttl(&self, data: u8) {
        let (owner, grantee, data_id) = (self.owner(), self.grantee(), [data; 32]);
        self.call(self.grants, &ExtendTtl { owner, grantee, data_id }).await;
    }

    /// Whether the grant's entry is archived, so that no call could read it.
    pub async fn is_archived(&self, data: u8) -> bool {
        let (owner, grantee) = (self.owner(), self.grantee());
        let key = idos_contracts_stellar::storage::grant(self.grants, &owner, &grantee, &[data; 32]).unwrap();
        let stored =
            self.devnet.read(move |network| (network.latest().sequence(), network.entry(&key))).await;
        let (latest, stored) = stored.unwrap();
        stored.unwrap().live_until.unwrap() < latest
    }

    /// Leaves out so many numbers of ledgers.
    pub async fn skip(&self, ledgers: u32) {
        self.devnet.skip_ledgers(ledgers).await.unwrap();
    }

    pub async fn close(&self, ledgers: u32) {
        self.devnet.close_ledgers(ledgers).await.unwrap();
    }

    pub async fn advance(&self, secs: u64) {
        self.devnet.advance_time(std::time::Duration::from_secs(secs)).await.unwrap();
    }

    pub async fn newest(&self) -> u64 {
        self.devnet.read(|network| network.latest().sequence()).await.unwrap().into()
    }

    /// The newest ledger's second.
    pub async fn time(&self) -> u64 {
        self.devnet.read(|network| network.latest().close_time()).await.unwrap()
    }

    pub fn owner_account(&self) -> String {
        format!("{}:{}", chain(), self.signer().address())
    }

    fn signer(&self) -> &FundedAccount {
        &self.devnet.accounts()[0]
    }

    fn owner(&self) -> Account {
        Account::Account(self.signer().public_key())
    }

    fn grantee(&self) -> Account {
        Account::Account(self.devnet.accounts()[1].public_key())
    }

    fn new_grant(&self, data: u8, locked_until: u64) -> CreateGrant {
        let (owner, grantee, data_id) = (self.owner(), self.grantee(), [data; 32]);
        CreateGrant { owner, grantee, data_id, locked_until, proof: None }
    }

    fn revocation(&self, data: u8) -> RevokeGrant {
        RevokeGrant { owner: self.owner(), grantee: self.grantee(), data_id: [data; 32], proof: None }
    }

    async fn call<M: Method>(&self, contract: ContractId, method: &M) {
        self.run(method.host_function(contract).unwrap()).await;
    }

    async fn deploy(&self, wasm: &[u8], salt: u8) -> ContractId {
        let uploaded = self.run(HostFunction::UploadContractWasm(wasm.to_vec().try_into().unwrap())).await;
        let ScVal::Bytes(hash) = uploaded else { panic!("{uploaded:?}") };
        let address = ScAddress::Account(self.signer().account_id());
        let created = self.run(HostFunction::CreateContract(CreateContractArgs {
            contract_id_preimage: ContractIdPreimage::Address(ContractIdPreimageFromAddress {
                address,
                salt: Uint256([salt; 32]),
            }),
            executable: ContractExecutable::Wasm(Hash(hash.as_slice().try_into().unwrap())),
        }));
        match created.await {
            ScVal::Address(ScAddress::Contract(id)) => ContractId(id.0.0),
            other => panic!("{other:?}"),
        }
    }

    /// Simulates, fills in what it needs, signs, sends, and returns what it returns.
    async fn run(&self, function: HostFunction) -> ScVal {
        let (mut transaction, simulation) = self.simulated(function.clone()).await;
        assert_eq!(simulation.error, None);
        transaction.ext = TransactionExt::V1(simulation.transaction_data().unwrap());
        transaction.fee = FEE + u32::try_from(simulation.min_resource_fee).unwrap();
        let auth = simulation.results().unwrap()[0].auth.clone();
        transaction.operations = operations(function, auth);
        let network_id = self.devnet.read(|network| network.network_id()).await.unwrap();
        let signed = self.signer().sign(transaction, &network_id).unwrap();
        let sent = self.client.send_transaction_polling(&signed).await.unwrap();
        sent.return_value().unwrap()
    }

    async fn simulated(&self, function: HostFunction) -> (Transaction, SimulateTransactionResponse) {
        let account = self.client.get_account(&self.signer().address()).await.unwrap();
        let transaction = Transaction {
            source_account: self.signer().muxed(),
            fee: FEE,
            seq_num: SequenceNumber(account.seq_num.0 + 1),
            cond: Preconditions::None,
            memo: Memo::None,
            operations: operations(function, Vec::new()),
            ext: TransactionExt::V0,
        };
        let unsigned = stellar_xdr::TransactionV1Envelope {
            tx: transaction.clone(),
            signatures: stellar_xdr::VecM::default(),
        };
        let envelope = stellar_xdr::TransactionEnvelope::Tx(unsigned);
        (transaction, self.client.simulate_transaction_envelope(&envelope, None).await.unwrap())
    }
}

fn operations(
    host_function: HostFunction,
    auth: Vec<stellar_xdr::SorobanAuthorizationEntry>,
) -> stellar_xdr::VecM<Operation, 100> {
    let invoke = InvokeHostFunctionOp { host_function, auth: auth.try_into().unwrap() };
    vec![Operation { source_account: None, body: OperationBody::InvokeHostFunction(invoke) }]
        .try_into()
        .unwrap()
}

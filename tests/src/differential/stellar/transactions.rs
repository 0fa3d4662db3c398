//! Transactions as the network takes them.

use anyhow::Result;
use idos_contracts_stellar::{ContractId, storage};
use idos_devnet_stellar::FundedAccount;
use stellar_xdr::{
    CreateAccountOp, HostFunction, InvokeContractArgs, InvokeHostFunctionOp, LedgerFootprint, LedgerKey,
    Memo, Operation, OperationBody, Preconditions, SequenceNumber, SorobanAuthorizationEntry,
    SorobanAuthorizedFunction, SorobanAuthorizedInvocation, SorobanCredentials, SorobanResources,
    SorobanTransactionData, SorobanTransactionDataExt, Transaction, TransactionExt,
};

/// What an operation outside of contracts costs at most, in stroops.
const INCLUSION_FEE: u32 = 10_000;

/// Stroops for what a call of a contract uses: more than any does.
const RESOURCE_FEE: u32 = 4_000_000_000;

/// What a transaction may touch and use.
pub(super) enum Resources {
    /// It is no call of a contract.
    None,
    /// What a simulation found.
    Simulated(SorobanTransactionData),
    /// As much as a transaction may, of these entries. A simulation cannot say: it runs at the time of the ledger before.
    Call { reads: Vec<LedgerKey>, writes: Vec<LedgerKey> },
}

impl Resources {
    /// Of a call that writes these entries.
    pub(super) fn of_call(contract: ContractId, code: &LedgerKey, writes: Vec<LedgerKey>) -> Self {
        Self::Call { reads: vec![storage::instance(contract), code.clone()], writes }
    }

    fn data(self) -> Result<Option<SorobanTransactionData>> {
        match self {
            Self::None => Ok(None),
            Self::Simulated(mut data) => {
                data.resource_fee = i64::from(RESOURCE_FEE);
                Ok(Some(data))
            }
            Self::Call { reads, writes } => {
                let footprint =
                    LedgerFootprint { read_only: reads.try_into()?, read_write: writes.try_into()? };
                let resources = SorobanResources {
                    footprint,
                    instructions: 400_000_000,
                    disk_read_bytes: 100_000,
                    write_bytes: 100_000,
                };
                let (ext, resource_fee) = (SorobanTransactionDataExt::V0, i64::from(RESOURCE_FEE));
                Ok(Some(SorobanTransactionData { ext, resources, resource_fee }))
            }
        }
    }
}

pub(super) fn transaction(
    source: &FundedAccount,
    sequence: i64,
    operations: Vec<OperationBody>,
    resources: Resources,
) -> Result<Transaction> {
    let operations: Vec<_> =
        operations.into_iter().map(|body| Operation { source_account: None, body }).collect();
    Ok(Transaction {
        source_account: source.muxed(),
        fee: INCLUSION_FEE + RESOURCE_FEE,
        seq_num: SequenceNumber(sequence),
        cond: Preconditions::None,
        memo: Memo::None,
        operations: operations.try_into()?,
        ext: resources.data()?.map_or(TransactionExt::V0, TransactionExt::V1),
    })
}

pub(super) fn create_account(account: &FundedAccount, starting_balance: i64) -> OperationBody {
    OperationBody::CreateAccount(CreateAccountOp { destination: account.account_id(), starting_balance })
}

pub(super) fn invoke(
    host_function: HostFunction,
    auth: Vec<SorobanAuthorizationEntry>,
) -> Result<OperationBody> {
    Ok(OperationBody::InvokeHostFunction(InvokeHostFunctionOp { host_function, auth: auth.try_into()? }))
}

/// A call that the transaction's source authorizes by its signature of the transaction.
pub(super) fn invoke_as_source(call: InvokeContractArgs) -> Result<OperationBody> {
    let root_invocation = SorobanAuthorizedInvocation {
        function: SorobanAuthorizedFunction::ContractFn(call.clone()),
        sub_invocations: Vec::new().try_into()?,
    };
    let auth = SorobanAuthorizationEntry { credentials: SorobanCredentials::SourceAccount, root_invocation };
    invoke(HostFunction::InvokeContract(call), vec![auth])
}

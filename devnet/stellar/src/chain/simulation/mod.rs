//! What a transaction would do and cost.

mod run;

use stellar_xdr::{
    DiagnosticEvent, LedgerEntry, LedgerKey, ScVal, SorobanAuthorizationEntry, SorobanTransactionData,
};

pub(super) use run::simulate;

/// How a simulated invocation treats authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthMode {
    /// Enforce when the operation carries entries, otherwise record.
    #[default]
    Default,
    /// Demand the operation's entries, signatures included.
    Enforce,
    /// Ignore the operation's entries; write down what would have to be signed. Only the outermost call may demand it.
    Record,
    /// The same, and deeper calls may demand it too.
    RecordAllowNonroot,
}

/// How to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SimulateOptions {
    /// Authorization.
    pub auth_mode: AuthMode,
    /// At least so many instructions are added to what was measured.
    pub instruction_leeway: u32,
    /// Recorded authorization entries have `AddressV2` credentials.
    pub use_upgraded_auth: bool,
}

/// What a transaction would do and cost. As in Stellar RPC, an error is a part of the answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Simulation {
    /// The ledger on whose entries it ran.
    pub latest_ledger: u32,
    /// Why it would fail. Then only `events` may be there.
    pub error: Option<String>,
    /// What to put into the transaction; with `resource_fee`.
    pub transaction_data: Option<SorobanTransactionData>,
    /// Stroops above the inclusion fee.
    pub min_resource_fee: i64,
    /// Diagnostic events, of a failure too.
    pub events: Vec<DiagnosticEvent>,
    /// Of an invocation that succeeds.
    pub invocation: Option<SimulatedInvocation>,
    /// A restore operation that must come first (of extend operations: invocations restore by themselves).
    pub restore: Option<RestorePreamble>,
    /// Entries that it would write.
    pub state_changes: Vec<StateChange>,
}

/// What an invocation returns and demands.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedInvocation {
    /// What the function returns.
    pub return_value: ScVal,
    /// The given entries, or the recorded ones, whose signatures are void.
    pub auth: Vec<SorobanAuthorizationEntry>,
}

/// A restore operation that must come first.
#[derive(Debug, Clone, PartialEq)]
pub struct RestorePreamble {
    /// What to put into the restoring transaction.
    pub transaction_data: SorobanTransactionData,
    /// Stroops above the inclusion fee.
    pub min_resource_fee: i64,
}

/// An entry before and after: created without `before`, deleted without `after`.
#[derive(Debug, Clone, PartialEq)]
pub struct StateChange {
    /// Which entry.
    pub key: LedgerKey,
    /// None: there was none.
    pub before: Option<LedgerEntry>,
    /// None: there is none any more.
    pub after: Option<LedgerEntry>,
}

//! Which operations are valid: supported, signed for, and well formed.

use stellar_xdr::{
    Asset, ContractIdPreimage, CreateAccountOp, CreateAccountResult, ExtendFootprintTtlOp,
    ExtendFootprintTtlResult, HostFunction, InvokeHostFunctionOp, InvokeHostFunctionResult, LedgerFootprint,
    Operation, OperationBody, OperationResult, OperationResultTr, PaymentOp, PaymentResult,
    RestoreFootprintResult, ScError, ScErrorCode, SetOptionsOp, SetOptionsResult, SignerKey,
    TransactionResultCode, Uint256,
};

use super::Signatures;
use crate::chain::context::Context;
use crate::chain::diagnostics::Diagnostics;
use crate::chain::envelope::Tx;
use crate::chain::outcome::Outcome;
use crate::chain::state::{State, account, ttl};

/// All authorization flags that an account can have.
const ACCOUNT_FLAGS: u32 = 0xf;

/// The result of an operation that is not valid.
pub(in crate::chain) type Refused = Box<OperationResult>;

fn refuse(result: OperationResultTr) -> Result<(), Refused> {
    Err(Box::new(OperationResult::OpInner(result)))
}

/// The operation fails, and with it the transaction.
pub(in crate::chain) fn fail(outcome: &mut Outcome, index: usize, result: OperationResult) {
    if let Some(slot) = outcome.operations.get_mut(index) {
        *slot = result;
    }
    outcome.fail(TransactionResultCode::TxFailed);
}

/// Checks an operation; its signatures too, unless it is being applied and they were checked before.
pub(in crate::chain) fn check(
    context: &Context<'_>,
    state: &State,
    tx: &Tx,
    operation: &Operation,
    signatures: Option<&mut Signatures<'_>>,
    reasons: &mut Diagnostics,
) -> Result<(), Refused> {
    check_supported(operation, reasons)?;
    match signatures {
        Some(signatures) => check_signature(state, tx, operation, false, signatures)?,
        None if account::load(state, &tx.operation_source(operation)).is_none() => {
            return Err(Box::new(OperationResult::OpNoAccount));
        }
        None => {}
    }
    let footprint = tx.soroban().map(|data| &data.resources.footprint);
    match (&operation.body, footprint) {
        (OperationBody::CreateAccount(op), _) => check_create_account(tx, operation, op),
        (OperationBody::Payment(op), _) => check_payment(op),
        (OperationBody::SetOptions(op), _) => check_set_options(tx, operation, op),
        (OperationBody::InvokeHostFunction(op), _) => check_invoke(context, op, reasons),
        (OperationBody::ExtendFootprintTtl(op), Some(footprint)) => {
            check_extend(context, op, footprint, reasons)
        }
        (OperationBody::RestoreFootprint(_), Some(footprint)) => check_restore(footprint, reasons),
        _ => Ok(()),
    }
}

fn check_supported(operation: &Operation, reasons: &mut Diagnostics) -> Result<(), Refused> {
    let supported = match &operation.body {
        OperationBody::Payment(payment) if payment.asset != Asset::Native => {
            reasons.unsupported("payments of other assets than lumens");
            return Err(Box::new(OperationResult::OpNotSupported));
        }
        OperationBody::CreateAccount(_)
        | OperationBody::Payment(_)
        | OperationBody::SetOptions(_)
        | OperationBody::InvokeHostFunction(_)
        | OperationBody::ExtendFootprintTtl(_)
        | OperationBody::RestoreFootprint(_) => true,
        _ => false,
    };
    if !supported {
        reasons.unsupported(&format!("the operation {}", operation.body.name()));
        return Err(Box::new(OperationResult::OpNotSupported));
    }
    Ok(())
}

/// Whether the operation's account has signed with the weight that the operation needs.
pub(in crate::chain) fn check_signature(
    state: &State,
    tx: &Tx,
    operation: &Operation,
    applying: bool,
    signatures: &mut Signatures<'_>,
) -> Result<(), Refused> {
    let id = tx.operation_source(operation);
    let Some(source) = account::load(state, &id) else {
        // An operation before may make the account, whose master key then signs.
        return match applying || operation.source_account.is_none() {
            true => Err(Box::new(OperationResult::OpNoAccount)),
            false if signatures.check_missing_account(&id) => Ok(()),
            false => Err(Box::new(OperationResult::OpBadAuth)),
        };
    };
    match signatures.check_account(source, source.thresholds.0[threshold(&operation.body)]) {
        true => Ok(()),
        false => Err(Box::new(OperationResult::OpBadAuth)),
    }
}

/// Which of an account's thresholds an operation must reach: low 1, medium 2, high 3.
fn threshold(body: &OperationBody) -> usize {
    match body {
        OperationBody::ExtendFootprintTtl(_) | OperationBody::RestoreFootprint(_) => 1,
        OperationBody::SetOptions(op) => {
            let weights = [op.master_weight, op.low_threshold, op.med_threshold, op.high_threshold];
            if op.signer.is_some() || weights.iter().any(Option::is_some) { 3 } else { 2 }
        }
        _ => 2,
    }
}

fn check_create_account(tx: &Tx, operation: &Operation, op: &CreateAccountOp) -> Result<(), Refused> {
    match op.starting_balance < 0 || op.destination == tx.operation_source(operation) {
        true => refuse(OperationResultTr::CreateAccount(CreateAccountResult::Malformed)),
        false => Ok(()),
    }
}

fn check_payment(op: &PaymentOp) -> Result<(), Refused> {
    match op.amount <= 0 {
        true => refuse(OperationResultTr::Payment(PaymentResult::Malformed)),
        false => Ok(()),
    }
}

fn check_set_options(tx: &Tx, operation: &Operation, op: &SetOptionsOp) -> Result<(), Refused> {
    let flags = [op.set_flags.unwrap_or_default(), op.clear_flags.unwrap_or_default()];
    let weights = [op.master_weight, op.low_threshold, op.med_threshold, op.high_threshold];
    let own_key = SignerKey::Ed25519(Uint256(*account::public_key(&tx.operation_source(operation))));
    let bad_signer = op.signer.as_ref().is_some_and(|signer| {
        let empty_payload =
            matches!(&signer.key, SignerKey::Ed25519SignedPayload(signer) if signer.payload.is_empty());
        signer.key == own_key || signer.weight > 255 || empty_payload
    });
    let result = if flags.iter().any(|flags| flags & !ACCOUNT_FLAGS != 0) {
        SetOptionsResult::UnknownFlag
    } else if flags[0] & flags[1] != 0 {
        SetOptionsResult::BadFlags
    } else if weights.iter().flatten().any(|weight| *weight > 255) {
        SetOptionsResult::ThresholdOutOfRange
    } else if bad_signer {
        SetOptionsResult::BadSigner
    } else if op.home_domain.as_ref().is_some_and(|domain| !is_printable(domain.0.as_slice())) {
        SetOptionsResult::InvalidHomeDomain
    } else {
        return Ok(());
    };
    refuse(OperationResultTr::SetOptions(result))
}

fn is_printable(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_control())
}

fn check_invoke(
    context: &Context<'_>,
    op: &InvokeHostFunctionOp,
    reasons: &mut Diagnostics,
) -> Result<(), Refused> {
    let malformed = || refuse(OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::Malformed));
    let allowed = context.config.max_contract_bytes;
    match &op.host_function {
        HostFunction::UploadContractWasm(wasm)
            if wasm.len() > usize::try_from(allowed).unwrap_or(usize::MAX) =>
        {
            let message = "uploaded Wasm size exceeds network config maximum contract size";
            reasons.limit(message, u64::try_from(wasm.len()).unwrap_or(u64::MAX), allowed);
            malformed()
        }
        HostFunction::CreateContract(args) if is_other_asset(&args.contract_id_preimage) => {
            reasons.unsupported("contracts of other assets than lumens");
            malformed()
        }
        HostFunction::CreateContractV2(args) if is_other_asset(&args.contract_id_preimage) => {
            reasons.unsupported("contracts of other assets than lumens");
            malformed()
        }
        _ => Ok(()),
    }
}

fn is_other_asset(preimage: &ContractIdPreimage) -> bool {
    matches!(preimage, ContractIdPreimage::Asset(asset) if *asset != Asset::Native)
}

fn check_extend(
    context: &Context<'_>,
    op: &ExtendFootprintTtlOp,
    footprint: &LedgerFootprint,
    reasons: &mut Diagnostics,
) -> Result<(), Refused> {
    let longest = context.config.network.max_entry_ttl.saturating_sub(1);
    let error = ScError::Storage(ScErrorCode::InvalidInput);
    if !footprint.read_write.is_empty() {
        reasons.push(error, "read-write footprint must be empty for ExtendFootprintTTL operation", &[]);
    } else if !footprint.read_only.iter().all(ttl::is_soroban) {
        let message = "only entries with TTL (contract data or code entries) can have it extended";
        reasons.push(error, message, &[]);
    } else if op.extend_to > longest {
        let values = [op.extend_to.into(), longest.into()];
        reasons.push(error, "TTL extension is too large: {} > {}", &values);
    } else {
        return Ok(());
    }
    refuse(OperationResultTr::ExtendFootprintTtl(ExtendFootprintTtlResult::Malformed))
}

fn check_restore(footprint: &LedgerFootprint, reasons: &mut Diagnostics) -> Result<(), Refused> {
    let error = ScError::Storage(ScErrorCode::InvalidInput);
    if !footprint.read_only.is_empty() {
        reasons.push(error, "read-only footprint must be empty for RestoreFootprint operation", &[]);
    } else if !footprint.read_write.iter().all(ttl::is_persistent) {
        reasons.push(error, "only persistent Soroban entries can be restored", &[]);
    } else {
        return Ok(());
    }
    refuse(OperationResultTr::RestoreFootprint(RestoreFootprintResult::Malformed))
}

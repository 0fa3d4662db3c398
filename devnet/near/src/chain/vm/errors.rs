//! The virtual machine's errors as the protocol tells them.

use near_primitives::errors as protocol;
use near_vm_runner::logic::errors as vm;

/// What an execution outcome says about a failed call. Errors of execution are told as text, as NEAR does.
pub(crate) fn protocol_error(error: vm::FunctionCallError) -> protocol::FunctionCallError {
    match error {
        vm::FunctionCallError::CompilationError(error) => match compilation_error(error) {
            Some(error) => protocol::FunctionCallError::CompilationError(error),
            None => {
                protocol::FunctionCallError::ExecutionError("the contract's account id is invalid".to_owned())
            }
        },
        vm::FunctionCallError::MethodResolveError(error) => {
            protocol::FunctionCallError::MethodResolveError(match error {
                vm::MethodResolveError::MethodEmptyName => protocol::MethodResolveError::MethodEmptyName,
                vm::MethodResolveError::MethodNotFound => protocol::MethodResolveError::MethodNotFound,
                vm::MethodResolveError::MethodInvalidSignature => {
                    protocol::MethodResolveError::MethodInvalidSignature
                }
            })
        }
        vm::FunctionCallError::LinkError { msg } => {
            protocol::FunctionCallError::ExecutionError(format!("Link Error: {msg}"))
        }
        error @ (vm::FunctionCallError::HostError(_)
        | vm::FunctionCallError::WasmTrap(_)
        | vm::FunctionCallError::LoadingError { .. }) => {
            protocol::FunctionCallError::ExecutionError(error.to_string())
        }
    }
}

fn compilation_error(error: vm::CompilationError) -> Option<protocol::CompilationError> {
    Some(match error {
        vm::CompilationError::CodeDoesNotExist { account_id } => {
            protocol::CompilationError::CodeDoesNotExist { account_id: account_id.parse().ok()? }
        }
        vm::CompilationError::PrepareError(error) => {
            protocol::CompilationError::PrepareError(prepare_error(error))
        }
        // The protocol has one name for both compilers.
        vm::CompilationError::WasmerCompileError { msg }
        | vm::CompilationError::WasmtimeCompileError { msg } => {
            protocol::CompilationError::WasmerCompileError { msg }
        }
    })
}

fn prepare_error(error: vm::PrepareError) -> protocol::PrepareError {
    use protocol::PrepareError as To;
    use vm::PrepareError as From;
    match error {
        From::Serialization => To::Serialization,
        From::Deserialization => To::Deserialization,
        From::InternalMemoryDeclared => To::InternalMemoryDeclared,
        From::GasInstrumentation => To::GasInstrumentation,
        From::StackHeightInstrumentation => To::StackHeightInstrumentation,
        From::Instantiate => To::Instantiate,
        From::Memory => To::Memory,
        From::TooManyFunctions => To::TooManyFunctions,
        From::TooManyLocals => To::TooManyLocals,
        From::TooManyTables => To::TooManyTables,
        From::TooManyTableElements => To::TooManyTableElements,
        From::FunctionBodyTooLarge => To::FunctionBodyTooLarge,
        From::InstrumentedCodeTooLarge => To::InstrumentedCodeTooLarge,
        From::TooManyBlocksPerFunction => To::TooManyBlocksPerFunction,
        From::TooManyBlocksPerContract => To::TooManyBlocksPerContract,
        From::TooManyTypes => To::TooManyTypes,
        From::TooManyParamsPerContract => To::TooManyParamsPerContract,
        From::TooManyParamsPerFunction => To::TooManyParamsPerFunction,
        From::OperandStackTooLarge => To::OperandStackTooLarge,
        From::TooManyGlobals => To::TooManyGlobals,
    }
}

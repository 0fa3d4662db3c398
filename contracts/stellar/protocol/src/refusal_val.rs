//! An error as contracts answer it: its number.
//!
//! soroban-sdk's macro writes the same, which is what in-process tests run, but by a table, once for every type that a function answers.

use soroban_sdk::{ConversionError, Env, Error, InvokeError, SpecShakingMarker, TryFromVal, Val};

use crate::{Refusal, refusal::description};

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::from_contract_error(refusal as u32)
    }
}

impl From<&Refusal> for Error {
    fn from(refusal: &Refusal) -> Self {
        (*refusal).into()
    }
}

/// For who calls the contract by its client.
impl TryFrom<InvokeError> for Refusal {
    type Error = InvokeError;

    fn try_from(error: InvokeError) -> Result<Self, InvokeError> {
        match error {
            InvokeError::Contract(number) => Self::of(number).ok_or(error),
            InvokeError::Abort => Err(error),
        }
    }
}

impl TryFrom<Error> for Refusal {
    type Error = Error;

    fn try_from(error: Error) -> Result<Self, Error> {
        Self::try_from(InvokeError::from(error)).map_err(|_| error)
    }
}

impl TryFromVal<Env, Refusal> for Val {
    type Error = ConversionError;

    fn try_from_val(_: &Env, refusal: &Refusal) -> Result<Self, ConversionError> {
        Ok(Error::from(refusal).to_val())
    }
}

impl SpecShakingMarker for Refusal {
    fn spec_shaking_marker() {
        description::Refusal::spec_shaking_marker();
    }
}

//! Contracts in NEAR's virtual machine: what it asks of the chain, and what comes out of a call.

mod call;
mod errors;
mod external;
mod outgoing;

pub(crate) use call::{Call, CallOutcome, Caller, run, view};
pub(crate) use errors::protocol_error;
pub(crate) use outgoing::{OutgoingData, OutgoingReceipt};

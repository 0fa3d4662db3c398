//! One behaviour: random scripts of verbs, callers, batches and times, played by the reference model and by the contracts of every chain in their own
//! engines. After every step results, refusals, events, views and history heads are compared.
//!
//! A script is short and begins on new contracts, so that one that fails can be read. It is made smaller first, then printed: one step a line, as
//! [`script::parse`] reads it.

mod answer;
mod call;
pub mod evm;
mod generate;
mod model;
pub mod near;
mod play;
mod run;
pub mod script;
mod shrink;
pub mod stellar;

pub use answer::{Answer, Outcome, Question};
pub use call::{Call, GrantRef, NewGrant, WordChange};
pub use model::Model;
pub use play::Mismatch;
pub use run::{Failure, Report, Run, replay};
pub use script::Step;

use anyhow::Result;
use idos_grants::Address;

/// How many people act. Each may own, be granted, and issue.
pub const PEOPLE: u8 = 4;

/// When the first script begins, in Unix seconds.
pub const START: u64 = 2_000_000_000;

/// The contracts of one chain, in its engine.
pub trait Chain: Send {
    /// What to call it.
    fn name(&self) -> &'static str;

    /// A person's account.
    fn address(&self, person: u8) -> Address;

    /// The most items that a batch may have.
    fn max_batch(&self) -> usize;

    /// Whether refusals come with their arguments.
    fn tells_arguments(&self) -> bool;

    /// Contracts that have said nothing, at a time before `at`.
    fn begin(&mut self, at: u64) -> Result<()>;

    /// Plays a step in a block of its time.
    fn play(&mut self, step: &Step) -> Result<Outcome>;

    /// Asks the contracts' views.
    fn ask(&mut self, questions: &[Question]) -> Result<Vec<Answer>>;
}

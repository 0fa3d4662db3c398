//! Many scripts, each on every chain.

use std::fmt;

use anyhow::Result;
use rand::{SeedableRng, rngs::StdRng};

use super::{Chain, Mismatch, Model, START, Step, generate, play::play, script, shrink::shrink};

/// Steps in a script.
const SCRIPT_STEPS: usize = 100;
/// Scripts follow each other in time, so that a chain can be kept. After so many, time begins again: NEAR's nanoseconds end in 2554.
const SCRIPTS_IN_A_ROW: usize = 64;

/// What to run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Scripts follow from it.
    pub seed: u64,
    /// Steps in all, on each chain.
    pub steps: usize,
}

/// A run in which nothing differed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Scripts played.
    pub scripts: usize,
    /// Steps played.
    pub steps: usize,
    /// Those that were refused.
    pub refused: usize,
}

/// A script on which a chain is not the model.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Which chain.
    pub chain: &'static str,
    /// As small as it could be made; it fails at its last step.
    pub script: Vec<Step>,
    /// How.
    pub mismatch: Mismatch,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chain, script, mismatch } = self;
        let lines = script::print(script).map_err(|_| fmt::Error)?;
        write!(f, "{chain} differs at step {} of this script:\n{lines}\n\n{}", mismatch.step, mismatch.what)
    }
}

impl Run {
    /// Plays the run on a chain. The inner error: it differs from the model.
    pub fn on(&self, chain: &mut dyn Chain) -> Result<Result<Report, Failure>> {
        let mut report = Report { scripts: 0, steps: 0, refused: 0 };
        while report.steps < self.steps {
            let script = self.script(report.scripts);
            if let Some(mismatch) = play(chain, &script)? {
                return Ok(Err(failure(chain, script, mismatch)?));
            }
            report.refused += refused(chain, &script);
            report.scripts += 1;
            report.steps += script.len();
        }
        Ok(Ok(report))
    }

    /// The run's script of that number, the same on every chain.
    fn script(&self, number: usize) -> Vec<Step> {
        let mut rng = StdRng::seed_from_u64(self.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        let start = START + (number % SCRIPTS_IN_A_ROW) as u64 * generate::SPAN;
        generate::script(&mut rng, Model::of_no_chain(), start, SCRIPT_STEPS)
    }
}

/// Plays one script on a chain.
pub fn replay(chain: &mut dyn Chain, script: &[Step]) -> Result<Result<(), Failure>> {
    match play(chain, script)? {
        None => Ok(Ok(())),
        Some(mismatch) => Ok(Err(failure(chain, script.to_vec(), mismatch)?)),
    }
}

fn failure(chain: &mut dyn Chain, mut script: Vec<Step>, mismatch: Mismatch) -> Result<Failure> {
    script.truncate(mismatch.step + 1);
    let (script, mismatch) = shrink(chain, script, mismatch)?;
    Ok(Failure { chain: chain.name(), script, mismatch })
}

fn refused(chain: &dyn Chain, script: &[Step]) -> usize {
    let mut model = Model::of(chain);
    script.iter().filter(|step| matches!(model.play(step), super::Outcome::Refused(_))).count()
}

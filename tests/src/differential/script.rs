//! Scripts: what is done, by whom, and when.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::Call;

/// One call, in a block of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The time of the block, in Unix seconds: later than the step's before.
    pub at: u64,
    /// Who calls.
    pub by: u8,
    /// What.
    pub call: Call,
}

/// One step a line, in JSON.
pub fn print(steps: &[Step]) -> Result<String> {
    let lines = steps.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    Ok(lines.join("\n"))
}

/// Reads what [`print()`] wrote.
pub fn parse(text: &str) -> Result<Vec<Step>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty()).enumerate();
    lines
        .map(|(number, line)| serde_json::from_str(line).with_context(|| format!("step {number}: {line}")))
        .collect()
}

//! Counting decisions. To find a metric by its label costs as much as a small request, so each is looked up once.

use metrics::Counter;

use super::decision::Decision;

/// A counter for each decision.
pub(super) struct Tally([Counter; Decision::ALL.len()]);

impl Tally {
    pub(super) fn new() -> Self {
        Self(
            Decision::ALL.map(
                |decision| metrics::counter!("idos_gate_decisions_total", "decision" => decision.name()),
            ),
        )
    }

    pub(super) fn count(&self, decision: Decision) {
        self.0[decision as usize].increment(1);
    }
}

//! Telling the story: a line a step, with its ids, codes and time.

use std::time::Instant;

use serde_json::Value;

use crate::binary::Refusal;

/// Numbers the steps and times them.
pub struct Narrator<F> {
    narrate: F,
    step: usize,
    start: Instant,
}

impl<F: FnMut(&str)> Narrator<F> {
    /// From now.
    pub fn new(narrate: F) -> Self {
        Self { narrate, step: 0, start: Instant::now() }
    }

    /// Something was done.
    pub fn step(&mut self, what: &str, ids: &Value) {
        self.tell(what, &ids.to_string());
    }

    /// Something was refused, as it should be.
    pub fn refusal(&mut self, what: &str, refusal: &Refusal) {
        let status = refusal.status.map(|status| format!("{status} ")).unwrap_or_default();
        self.tell(what, &format!("{status}{}: {}", refusal.code, refusal.message));
    }

    fn tell(&mut self, what: &str, how: &str) {
        self.step += 1;
        let line = format!(
            "{:>7.2}s  {:>2}. {what}\n              {how}",
            self.start.elapsed().as_secs_f64(),
            self.step
        );
        (self.narrate)(&line);
    }
}

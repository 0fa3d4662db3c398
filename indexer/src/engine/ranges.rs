//! How many blocks to ask for at once.

/// Blocks in the first question.
const FIRST: u64 = 64;
/// An answer of fewer events lets the next question double.
const FEW_EVENTS: usize = 2_500;
/// An answer of more events halves the next question, to keep answers, memory and transactions small.
const MANY_EVENTS: usize = 20_000;

/// The size of the next question, by the answers so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RangeSize {
    blocks: u64,
    max: u64,
}

impl RangeSize {
    /// Small at first, and never more than `max` blocks.
    pub(super) fn new(max: u64) -> Self {
        let max = max.max(1);
        Self { blocks: FIRST.min(max), max }
    }

    /// The last block of a question from `from`.
    pub(super) fn end(&self, from: u64, tip: u64) -> u64 {
        from.saturating_add(self.blocks - 1).min(tip)
    }

    /// After an answer of `events` events.
    pub(super) fn answered(&mut self, events: usize) {
        if events < FEW_EVENTS {
            self.blocks = self.blocks.saturating_mul(2).min(self.max);
        } else if events > MANY_EVENTS {
            self.blocks = (self.blocks / 2).max(1);
        }
    }

    /// After a refusal of `asked` blocks, with what the RPC would take. `false` if no smaller question is left.
    pub(super) fn refused(&mut self, asked: u64, suggested: Option<u64>) -> bool {
        let smaller = suggested.filter(|blocks| *blocks < asked).unwrap_or(asked / 2);
        self.blocks = smaller.clamp(1, self.max);
        asked > 1
    }

    /// Small questions again, after an answer that was wrong.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_grow_with_small_answers_and_shrink_with_large_ones() {
        let mut size = RangeSize::new(1_000);
        assert_eq!(size.end(100, 10_000), 163);
        for _ in 0..10 {
            size.answered(0);
        }
        assert_eq!(size.end(1, 10_000), 1_000);
        size.answered(MANY_EVENTS + 1);
        assert_eq!(size.end(1, 10_000), 500);
        size.answered(FEW_EVENTS);
        assert_eq!(size.end(1, 10_000), 500);
        assert_eq!(size.end(1, 7), 7);
    }

    #[test]
    fn a_refused_question_is_asked_smaller_until_there_is_no_smaller_one() {
        let mut size = RangeSize::new(10_000);
        assert!(size.refused(64, Some(10)));
        assert_eq!(size.end(1, 10_000), 10);
        assert!(size.refused(10, Some(500)), "a suggestion of more than was asked helps nobody");
        assert_eq!(size.end(1, 10_000), 5);
        assert!(size.refused(2, None));
        assert_eq!(size.end(1, 10_000), 1);
        assert!(!size.refused(1, None));
    }
}

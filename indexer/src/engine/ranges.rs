//! How many blocks to ask for at once.

/// Blocks in the first question.
const FIRST: u64 = 4;
/// An answer of fewer events lets the next question double.
const FEW_EVENTS: usize = 2_500;
/// An answer of more events halves the next question: small ones keep memory low, and fetching and writing at the same time.
const MANY_EVENTS: usize = 10_000;
/// After so many answers a size that was refused is tried again: what refused it may have been one crowded stretch.
const ANSWERS_UNTIL_RAISED: u32 = 64;
/// By how much questions shrink after an answer that was wrong.
const DISTRUST: u64 = 8;

/// The size of the next question, by the answers so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RangeSize {
    blocks: u64,
    /// What the RPC is known to take.
    ceiling: u64,
    max: u64,
    /// Answers since the ceiling was last changed.
    answers: u32,
    /// The largest question that was answered.
    largest: u64,
}

impl RangeSize {
    /// Small at first, and never more than `max` blocks.
    pub(super) fn new(max: u64) -> Self {
        let max = max.max(1);
        Self { blocks: FIRST.min(max), ceiling: max, max, answers: 0, largest: 1 }
    }

    /// The last block of a question from `from`.
    pub(super) fn end(&self, from: u64, tip: u64) -> u64 {
        from.saturating_add(self.blocks - 1).min(tip)
    }

    /// After an answer of `events` events.
    pub(super) fn answered(&mut self, events: usize) {
        self.largest = self.largest.max(self.blocks);
        self.answers += 1;
        if self.answers >= ANSWERS_UNTIL_RAISED {
            self.set_ceiling(self.ceiling.saturating_mul(2));
        }
        if events < FEW_EVENTS {
            self.blocks = self.blocks.saturating_mul(2).min(self.ceiling);
        } else if events > MANY_EVENTS {
            self.blocks = (self.blocks / 2).max(1);
        }
    }

    /// After a refusal of `asked` blocks, with what the RPC would take. `false` if no smaller question is left.
    pub(super) fn refused(&mut self, asked: u64, suggested: Option<u64>) -> bool {
        self.set_ceiling(suggested.filter(|blocks| *blocks < asked).unwrap_or(asked / 2));
        self.blocks = self.ceiling;
        asked > 1
    }

    /// After an answer that was wrong. An RPC that leaves out what is too much for one answer, and does not say so, is understood by and by.
    pub(super) fn distrust(&mut self) {
        self.set_ceiling(self.largest / DISTRUST);
        self.blocks = FIRST.min(self.ceiling);
        self.largest = self.blocks;
    }

    fn set_ceiling(&mut self, blocks: u64) {
        self.ceiling = blocks.clamp(1, self.max);
        self.answers = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_grow_with_small_answers_and_shrink_with_large_ones() {
        let mut size = RangeSize::new(1_000);
        assert_eq!(size.end(100, 10_000), 103);
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
        assert!(size.refused(16, Some(10)));
        assert_eq!(size.end(1, 10_000), 10);
        assert!(size.refused(10, Some(500)), "a suggestion of more than was asked helps nobody");
        assert_eq!(size.end(1, 10_000), 5);
        assert!(size.refused(2, None));
        assert_eq!(size.end(1, 10_000), 1);
        assert!(!size.refused(1, None));
    }

    #[test]
    fn a_refused_size_is_tried_again_only_after_many_answers() {
        let mut size = RangeSize::new(10_000);
        assert!(size.refused(64, Some(50)));
        for _ in 1..ANSWERS_UNTIL_RAISED {
            size.answered(0);
            assert_eq!(size.end(1, 10_000), 50);
        }
        size.answered(0);
        assert_eq!(size.end(1, 10_000), 100);
    }

    #[test]
    fn wrong_answers_lead_to_questions_of_single_blocks() {
        let mut size = RangeSize::new(10_000);
        for _ in 0..20 {
            size.answered(0);
        }
        let ends = [1_250, 156, 19, 2, 1, 1].map(|largest| {
            size.distrust();
            for _ in 0..20 {
                size.answered(0);
            }
            assert_eq!(size.end(1, 100_000), largest);
            largest
        });
        assert_eq!(ends.last(), Some(&1));
    }
}

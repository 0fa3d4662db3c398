//! Several RPCs of one chain: one is asked until it fails, then the next.

use crate::source::Source;

/// The RPCs, and which one's turn it is.
pub(super) struct Rotation {
    sources: Vec<Box<dyn Source>>,
    current: usize,
    /// Whether the current one is known to be of the right chain. Asked again after every failure: a URL may have been moved.
    checked: bool,
}

impl Rotation {
    /// The first one's turn. There is at least one.
    pub(super) fn new(sources: Vec<Box<dyn Source>>) -> Self {
        Self { sources, current: 0, checked: false }
    }

    pub(super) fn current(&self) -> &dyn Source {
        self.sources[self.current].as_ref()
    }

    pub(super) fn is_unchecked(&self) -> bool {
        !self.checked
    }

    pub(super) fn set_checked(&mut self) {
        self.checked = true;
    }

    pub(super) fn next(&mut self) {
        self.current = (self.current + 1) % self.sources.len();
        self.checked = false;
    }
}

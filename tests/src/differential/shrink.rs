//! Making a failing script smaller: pieces are left out, large ones first, while it still fails.

use anyhow::Result;

use super::{Chain, Mismatch, Step, play::play};

/// Scripts that are tried.
const TRIES: usize = 150;

/// The smallest script found that fails on this chain, and how it does. `script` fails at its last step.
pub(super) fn shrink(
    chain: &mut dyn Chain,
    script: Vec<Step>,
    mismatch: Mismatch,
) -> Result<(Vec<Step>, Mismatch)> {
    let (mut best, mut how, mut tries) = (script, mismatch, 0);
    let mut piece = best.len() / 2;
    while piece > 0 {
        let mut start = 0;
        while start < best.len() && tries < TRIES {
            tries += 1;
            let end = (start + piece).min(best.len());
            let without: Vec<_> = best[..start].iter().chain(&best[end..]).cloned().collect();
            match play(chain, &without)? {
                Some(mismatch) => {
                    best = without;
                    best.truncate(mismatch.step + 1);
                    how = mismatch;
                }
                None => start = end,
            }
        }
        piece /= 2;
    }
    Ok((best, how))
}

use idos_grants::{Event, HistoryHead};

use crate::{
    batch::{Applied, Batch, Located},
    block::{BlockRef, Checkpoint},
    contract::ContractKind,
    error::{Impossible, Inconsistency, MirrorError},
    writer::{
        MirrorWriter, checkpoints,
        cursor::{Step, advance},
        grants,
        register::cursor,
        words,
    },
};

impl MirrorWriter {
    /// Folds a batch into the mirror: rows, history head and cursor in one transaction, or nothing at all.
    pub async fn apply(&self, batch: &Batch) -> Result<Applied, MirrorError> {
        let mut transaction = self.pool().begin().await?;
        let row = cursor(&mut transaction, &batch.contract).await?;
        let seen = row.progress.seen;
        if seen.map(|seen| seen.block) != batch.after {
            return Err(MirrorError::Moved(batch.contract));
        }
        check_order(batch, row.progress.contract.start_block)?;
        let before = seen.map_or(HistoryHead::EMPTY, |seen| seen.head);
        let folded = fold_heads(batch, before);
        let step = Step {
            account: &batch.contract,
            from: batch.after,
            to: &batch.upto,
            head: &folded.head,
            final_block: batch.final_block,
            polled_at: batch.polled_at,
        };
        match row.progress.contract.kind {
            ContractKind::AccessGrants => {
                let versions = grants::fold(&mut transaction, &row, &batch.events).await?;
                advance(&mut transaction, &step).await?;
                grants::write(&mut transaction, row.id, &versions).await?;
            }
            ContractKind::CredentialStatus => {
                let versions = words::fold(&mut transaction, &row, &batch.events).await?;
                advance(&mut transaction, &step).await?;
                words::write(&mut transaction, row.id, &versions).await?;
            }
        }
        let final_block = row.progress.final_block.max(batch.final_block);
        checkpoints::add(&mut transaction, row.id, seen.as_ref(), &folded.checkpoints, final_block).await?;
        transaction.commit().await?;
        Ok(Applied { head: folded.head })
    }
}

/// Every event lies in the batch's blocks and after the one before it.
fn check_order(batch: &Batch, start_block: u64) -> Result<(), MirrorError> {
    let first = batch.after.map_or(start_block, |after| after.number.saturating_add(1));
    let mut last = None;
    for event in &batch.events {
        let place = (event.block, event.log_index);
        let in_range = (first..=batch.upto.number).contains(&event.block);
        if !in_range || last.is_some_and(|last| place <= last) {
            return Err(inconsistent(event, Impossible::OutOfOrder));
        }
        last = Some(place);
    }
    if batch.upto.number < first {
        return Err(MirrorError::Moved(batch.contract));
    }
    Ok(())
}

struct Folded {
    head: HistoryHead,
    checkpoints: Vec<Checkpoint>,
}

/// The history head after the batch, and a checkpoint for every block above the final one that had events, and for the
/// last.
fn fold_heads(batch: &Batch, mut head: HistoryHead) -> Folded {
    let mut checkpoints = Vec::new();
    for (index, located) in batch.events.iter().enumerate() {
        head = head.after(&located.event);
        let ends_block = batch.events.get(index + 1).is_none_or(|next| next.block != located.block);
        if ends_block && located.block > batch.final_block && located.block < batch.upto.number {
            checkpoints.push(Checkpoint { block: block_of(located), head });
        }
    }
    checkpoints.push(Checkpoint { block: batch.upto, head });
    Folded { head, checkpoints }
}

fn block_of(located: &Located) -> BlockRef {
    let time = match located.event {
        Event::Grant(event) => event.at,
        Event::Status(event) => event.at,
    };
    BlockRef { number: located.block, hash: located.block_hash, time }
}

pub(super) fn inconsistent(event: &Located, why: impl Into<Impossible>) -> MirrorError {
    Inconsistency { block: event.block, log_index: event.log_index, why: why.into() }.into()
}

//! Many callers, one piece of work: whatever is asked while a batch is under way makes up the next one.
//!
//! So one query, or one commit, serves every request that waits for it; and what a caller is told was done *after* it asked.

use std::future::Future;

use tokio::sync::{mpsc, oneshot};

/// Callers that may wait. More are refused, which the HTTP layer answers as too busy.
const WAITING_MAX: usize = 4096;

/// The most that one batch takes.
pub(crate) const BATCH_MAX: usize = 256;

/// The way into a batching task.
pub(crate) struct Batcher<I, O> {
    asks: mpsc::Sender<(I, oneshot::Sender<O>)>,
}

/// There is no answer: too many wait already, or the task has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoAnswer;

impl<I, O> Batcher<I, O>
where
    I: Send + 'static,
    O: Send + 'static,
{
    /// Starts a task that gives each batch to `work`, one at a time, for as many answers in the same order. It ends when the batcher is
    /// dropped.
    pub(crate) fn spawn<F, W>(mut work: W) -> Self
    where
        W: FnMut(Vec<I>) -> F + Send + 'static,
        F: Future<Output = Vec<O>> + Send,
    {
        let (asks, mut asked) = mpsc::channel::<(I, oneshot::Sender<O>)>(WAITING_MAX);
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(BATCH_MAX);
            while asked.recv_many(&mut batch, BATCH_MAX).await > 0 {
                let (inputs, answers): (Vec<I>, Vec<_>) = batch.drain(..).unzip();
                for (answer, output) in answers.into_iter().zip(work(inputs).await) {
                    // A caller that has gone away needs no answer.
                    let _ = answer.send(output);
                }
            }
        });
        Self { asks }
    }

    /// Asks, and waits for the end of the batch that takes it.
    pub(crate) async fn ask(&self, input: I) -> Result<O, NoAnswer> {
        let (answer, answered) = oneshot::channel();
        self.asks.try_send((input, answer)).map_err(|_| NoAnswer)?;
        answered.await.map_err(|_| NoAnswer)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[tokio::test]
    async fn callers_share_batches_and_each_is_answered_by_one_that_began_after_it_asked() {
        let begun = Arc::new(AtomicUsize::new(0));
        let counter = begun.clone();
        let batcher = Batcher::spawn(move |inputs: Vec<usize>| {
            let counter = counter.clone();
            async move {
                let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::task::yield_now().await;
                inputs.into_iter().map(|input| (number, input)).collect()
            }
        });
        let asks = (0..100).map(|i| {
            let (batcher, begun) = (&batcher, begun.clone());
            async move {
                let before = begun.load(Ordering::SeqCst);
                let (number, input) = batcher.ask(i).await.unwrap();
                assert!(number > before);
                assert_eq!(input, i);
            }
        });
        futures::future::join_all(asks).await;
        assert!(begun.load(Ordering::SeqCst) < 100);
    }

    #[tokio::test]
    async fn too_many_callers_are_refused_at_once() {
        let batcher = Batcher::spawn(|_: Vec<usize>| std::future::pending::<Vec<()>>());
        let mut asks: Vec<_> = (0..WAITING_MAX + BATCH_MAX).map(|i| Box::pin(batcher.ask(i))).collect();
        for ask in &mut asks {
            let _ = futures::poll!(ask);
        }
        assert_eq!(batcher.ask(0).await, Err(NoAnswer));
    }
}

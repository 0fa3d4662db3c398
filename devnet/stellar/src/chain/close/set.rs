//! The transactions of a ledger, as validators agree on them.

use stellar_xdr::{
    DependentTxCluster, GeneralizedTransactionSet, Hash, ParallelTxExecutionStage, ParallelTxsComponent,
    TransactionEnvelope, TransactionPhase, TransactionSetV1, TxSetComponent,
    TxSetComponentTxsMaybeDiscountedFee,
};

use crate::chain::bytes::{hash_of, list};
use crate::chain::context::Context;
use crate::chain::envelope::Tx;

/// Two phases: the second one is for contracts, here one cluster in one stage. In each, in the order of the envelopes'
/// hashes.
pub(super) fn build(
    context: &Context<'_>,
    previous: &Hash,
    classic: &[&Tx],
    soroban: &[&Tx],
) -> GeneralizedTransactionSet {
    let base_fee = Some(i64::from(context.base_fee));
    let components = match classic.is_empty() {
        true => Vec::new(),
        false => vec![TxSetComponent::TxsetCompTxsMaybeDiscountedFee(TxSetComponentTxsMaybeDiscountedFee {
            base_fee,
            txs: list(sorted(classic)),
        })],
    };
    let stages = match soroban.is_empty() {
        true => Vec::new(),
        false => vec![ParallelTxExecutionStage(list(vec![DependentTxCluster(list(sorted(soroban)))]))],
    };
    let parallel = ParallelTxsComponent {
        base_fee: base_fee.filter(|_| !stages.is_empty()),
        execution_stages: list(stages),
    };
    GeneralizedTransactionSet::V1(TransactionSetV1 {
        previous_ledger_hash: previous.clone(),
        phases: list(vec![TransactionPhase::V0(list(components)), TransactionPhase::V1(parallel)]),
    })
}

fn sorted(txs: &[&Tx]) -> Vec<TransactionEnvelope> {
    let mut envelopes: Vec<_> = txs.iter().map(|tx| tx.envelope.clone()).collect();
    envelopes.sort_by_cached_key(hash_of);
    envelopes
}

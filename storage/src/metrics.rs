//! What the vault's own metrics mean. No label says anything about anybody.

pub(crate) fn describe() {
    metrics::describe_histogram!("idos_audit_batch_reads", "Reads that one commit of the audit log took.");
    metrics::describe_counter!("idos_gate_decisions_total", "Reads by others than the owner, by decision.");
}

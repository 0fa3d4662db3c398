//! `idos audit`

use anyhow::Result;
use idos_api::audit::{ErasedBecause, LogReader, Read};
use idos_client::audit;

use crate::context::Context;

/// Shows who read what, once the log has been checked against the head that was seen last, which this folder keeps.
pub async fn run(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let profile_id = signed_in.profile()?.id;
    let node = signed_in.session.node().url().clone();
    let kept = context.home.audit_head(&node, profile_id)?;
    let log = audit::fetch(&signed_in.session, profile_id, kept.as_ref()).await?;
    context.home.set_audit_head(&node, &log.head)?;
    context.output.result(&log.reads, || match log.reads.as_slice() {
        [] => "nobody has read your data".into(),
        reads => {
            let lines = reads.iter().map(describe).collect::<Vec<_>>().join("\n");
            format!("{lines}\nnothing was removed or changed since you looked last")
        }
    })
}

fn describe(read: &Read) -> String {
    let reader = match &read.reader {
        LogReader::Shown { wallet, .. } => wallet.to_string(),
        LogReader::Erased { because: ErasedBecause::ProfileDeleted } => {
            "erased (the node says: the reader deleted its profile)".into()
        }
        LogReader::Erased { because: ErasedBecause::TermOver } => {
            "erased (the node says: it keeps readers for so long only)".into()
        }
    };
    format!("{}  {}  {reader}", read.read_at, read.data_id)
}

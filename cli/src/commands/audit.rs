//! `idos audit`

use anyhow::Result;

use super::paging;
use crate::context::Context;

pub async fn run(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let reads = paging::all(async |cursor| {
        let page = signed_in.session.audit(cursor).await?;
        Ok((page.reads, page.next_cursor))
    })
    .await?;
    context.output.result(&reads, || match reads.as_slice() {
        [] => "nobody has read your data".into(),
        reads => reads
            .iter()
            .map(|read| format!("{}  {}  {}", read.read_at, read.data_id, read.reader_wallet))
            .collect::<Vec<_>>()
            .join("\n"),
    })
}

//! `idos audit`

use anyhow::Result;

use crate::context::Context;

pub async fn run(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let (mut reads, mut cursor) = (Vec::new(), None);
    loop {
        let page = signed_in.session.audit(cursor.as_deref()).await?;
        reads.extend(page.reads);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    context.output.result(&reads, || match reads.as_slice() {
        [] => "nobody has read your data".into(),
        reads => reads
            .iter()
            .map(|read| format!("{}  {}  {}", read.read_at, read.data_id, read.reader_wallet))
            .collect::<Vec<_>>()
            .join("\n"),
    })
}

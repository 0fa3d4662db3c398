//! Reading a list to its end, page after page.

use idos_client::ClientError;

/// A page, and where the next one starts.
pub type Page<T> = Result<(Vec<T>, Option<String>), ClientError>;

/// Every row of a list. `page` fetches the page at a cursor; the first one has none.
pub async fn all<T>(page: impl AsyncFn(Option<&str>) -> Page<T>) -> Result<Vec<T>, ClientError> {
    let (mut rows, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let (more, next) = page(cursor.as_deref()).await?;
        rows.extend(more);
        match next {
            Some(next) => cursor = Some(next),
            None => return Ok(rows),
        }
    }
}

//! Reading a list to its end, page after page.

use crate::ClientError;

/// The most pages of one list: a list that never ends is refused.
pub const MAX_PAGES: usize = 10_000;

/// A page, and where the next one starts.
pub type Page<T> = Result<(Vec<T>, Option<String>), ClientError>;

/// Every row of a list. `page` fetches the page at a cursor; the first one has none.
///
/// # Errors
/// If a page fails, or there are more than [`MAX_PAGES`].
pub async fn all<T>(page: impl AsyncFn(Option<&str>) -> Page<T>) -> Result<Vec<T>, ClientError> {
    let (mut rows, mut cursor) = (Vec::new(), None::<String>);
    for _ in 0..MAX_PAGES {
        let (more, next) = page(cursor.as_deref()).await?;
        rows.extend(more);
        if next.is_none() {
            return Ok(rows);
        }
        if next == cursor {
            return Err(ClientError::Forged("a list whose next page is the same page"));
        }
        cursor = next;
    }
    Err(ClientError::Forged("a list without end"))
}

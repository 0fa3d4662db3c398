//! Asking over HTTP: answers of a bounded size, and nothing that names a URL, whose path or query may hold a key.

use std::time::Duration;

use reqwest::{Client, Response, redirect::Policy};
use url::Url;

/// An answer that takes longer is no answer.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Characters of a server's message that are worth a line in a log.
pub(super) const MESSAGE_CHARS: usize = 300;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn client(redirects: Policy) -> Client {
    // Without its settings a client still works.
    Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(redirects).build().unwrap_or_default()
}

/// What to call a server in logs: its host alone.
pub(super) fn host(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or("?"))
}

/// The body; `None` if it is longer than `bytes_max`, in which case the rest is not read.
pub(super) async fn body(
    mut response: Response,
    bytes_max: usize,
) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > bytes_max {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// The beginning of a server's message.
pub(super) fn excerpt(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS).collect()
}

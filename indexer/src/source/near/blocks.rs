//! A server of whole blocks.

use std::{sync::Arc, time::Duration};

use idos_mirror::BlockHash;
use moka::future::Cache;
use reqwest::{Client, header::LOCATION, redirect::Policy};
use tokio::{
    sync::{Mutex, Semaphore},
    time::{Instant, timeout},
};
use url::Url;

use super::block::{self, Block};
use crate::source::{
    SourceError,
    http::{self, ANSWER_TIMEOUT},
};

/// Bytes of an ordinary block, many times over.
const BLOCK_BYTES: usize = 16 << 20;

/// Bytes of any block: many times those of a block whose every chunk is full, with each transaction told several times in base64. Anybody can
/// fill blocks, so a bound near the usual would let anybody stop the mirror. Only one of these is read at a time.
const BLOCK_BYTES_MAX: usize = 256 << 20;

/// A longer answer is parsed where it keeps nobody waiting.
const BLOCK_BYTES_AT_ONCE: usize = 256 << 10;

/// Answers that are read at the same time.
const ANSWERS_AT_ONCE: usize = 16;

const REDIRECTS_MAX: usize = 4;

/// What is kept of blocks, so that several contracts share one answer.
const CACHE_BYTES: u64 = 32 << 20;

/// For how long.
const CACHE_TTL: Duration = Duration::from_secs(30);

/// For so long another block at the newest one's height goes unnoticed. A block weighs megabytes and there is about one a second, while
/// the tip is asked for more often.
const NEWEST_TTL: Duration = Duration::from_millis(500);

/// One block server.
pub(super) struct Blocks {
    client: Client,
    base: Url,
    name: String,
    final_blocks: Cache<u64, Arc<Block>>,
    by_hash: Cache<BlockHash, Arc<Block>>,
    newest: Mutex<Option<(Arc<Block>, Instant)>>,
    answers: Semaphore,
    large_answer: Mutex<()>,
}

impl Blocks {
    pub(super) fn new(base: &Url) -> Self {
        Self {
            client: http::client(Policy::none()),
            base: base.clone(),
            name: http::host(base),
            final_blocks: cache(),
            by_hash: cache(),
            newest: Mutex::new(None),
            answers: Semaphore::new(ANSWERS_AT_ONCE),
            large_answer: Mutex::new(()),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Every further answer is asked for again.
    pub(super) fn forget(&self) {
        self.final_blocks.invalidate_all();
        self.by_hash.invalidate_all();
        if let Ok(mut newest) = self.newest.try_lock() {
            *newest = None;
        }
    }

    /// The newest block, which the chain may still undo.
    pub(super) async fn newest(&self) -> Result<Arc<Block>, SourceError> {
        let mut known = self.newest.lock().await;
        let asked_at = Instant::now();
        let block = match self.ask(self.url("last_block/optimistic"), Redirects::Named).await? {
            Answer::Block(block) => Arc::new(block.ok_or_else(no_newest)?),
            Answer::Named(height) => match known.as_ref() {
                Some((block, at)) if block.at.number == height && at.elapsed() < NEWEST_TTL => {
                    return Ok(block.clone());
                }
                _ => self.optimistic(height).await?.ok_or(SourceError::Lags)?,
            },
        };
        self.by_hash.insert(block.at.hash, block.clone()).await;
        *known = Some((block.clone(), asked_at));
        Ok(block)
    }

    /// This very block, final or not.
    pub(super) async fn by_hash(&self, height: u64, hash: BlockHash) -> Result<Arc<Block>, SourceError> {
        let asked = async {
            let block = self.optimistic(height).await?.ok_or(SourceError::Lags)?;
            if block.at.hash == hash { Ok(block) } else { Err(SourceError::Changed) }
        };
        self.by_hash.try_get_with(hash, asked).await.map_err(Arc::unwrap_or_clone)
    }

    /// The final block at a height. `None`: there is none, or the server has not got so far.
    pub(super) async fn final_block(&self, height: u64) -> Result<Option<Arc<Block>>, SourceError> {
        // A height without a block is not kept: there may be one later.
        let asked = async { self.at("block", height).await.map_err(Some)?.ok_or(None) };
        match self.final_blocks.try_get_with(height, asked).await {
            Ok(block) => Ok(Some(block)),
            Err(none) => Arc::unwrap_or_clone(none).map_or(Ok(None), Err),
        }
    }

    async fn optimistic(&self, height: u64) -> Result<Option<Arc<Block>>, SourceError> {
        self.at("block_opt", height).await
    }

    async fn at(&self, path: &str, height: u64) -> Result<Option<Arc<Block>>, SourceError> {
        let url = self.url(&format!("{path}/{height}"));
        let Answer::Block(block) = self.ask(url, Redirects::Followed).await? else {
            return Err(SourceError::Lags);
        };
        match block {
            Some(block) if block.at.number != height => {
                Err(SourceError::Invalid("another block than the one asked for"))
            }
            block => Ok(block.map(Arc::new)),
        }
    }

    /// A key may be in the query, and stays there.
    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/v0/{path}", self.base.path().trim_end_matches('/')));
        url
    }

    async fn ask(&self, url: Url, redirects: Redirects) -> Result<Answer, SourceError> {
        match timeout(ANSWER_TIMEOUT, self.follow(url, redirects)).await {
            Ok(answer) => answer,
            Err(_) => Err(SourceError::TimedOut { secs: ANSWER_TIMEOUT.as_secs() }),
        }
    }

    async fn follow(&self, mut url: Url, redirects: Redirects) -> Result<Answer, SourceError> {
        for _ in 0..=REDIRECTS_MAX {
            match self.get(url.clone()).await? {
                Got::Block(block) => return Ok(Answer::Block(block)),
                Got::Moved(to) => match named_height(&to).filter(|_| redirects == Redirects::Named) {
                    Some(height) => return Ok(Answer::Named(height)),
                    None => url = to,
                },
            }
        }
        Err(SourceError::Unavailable("it redirects without end".to_owned()))
    }

    async fn get(&self, url: Url) -> Result<Got, SourceError> {
        // Never closed.
        let _one = self.answers.acquire().await.map_err(|_| SourceError::Lags)?;
        if let Some(got) = self.get_bounded(url.clone(), BLOCK_BYTES).await? {
            return Ok(got);
        }
        let _only = self.large_answer.lock().await;
        let got = self.get_bounded(url, BLOCK_BYTES_MAX).await?;
        got.ok_or(SourceError::Invalid("a block larger than any block can be"))
    }

    /// `None`: the answer is too long.
    async fn get_bounded(&self, url: Url, bytes_max: usize) -> Result<Option<Got>, SourceError> {
        let failed = |error: reqwest::Error| SourceError::Unavailable(error.without_url().to_string());
        let response = self.client.get(url.clone()).send().await.map_err(failed)?;
        let status = response.status();
        if status.is_redirection() {
            let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            let to = to
                .and_then(|to| url.join(to).ok())
                .filter(|to| to.scheme() == url.scheme() || to.scheme() == "https");
            return to.map(|to| Some(Got::Moved(to))).ok_or(SourceError::Invalid("a redirect to nowhere"));
        }
        // 404: before the chain's first block, or far behind its last.
        if status == reqwest::StatusCode::NOT_FOUND {
            return Ok(Some(Got::Block(None)));
        }
        if !status.is_success() {
            return Err(SourceError::Unavailable(format!("it answers with status {status}")));
        }
        let Some(body) = http::body(response, bytes_max).await.map_err(failed)? else { return Ok(None) };
        parse(body).await.map(|block| Some(Got::Block(block)))
    }
}

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blocks").field("name", &self.name).finish_non_exhaustive()
    }
}

fn no_newest() -> SourceError {
    SourceError::Unavailable("it names no newest block: is it a server of Lake blocks?".to_owned())
}

async fn parse(body: Vec<u8>) -> Result<Option<Block>, SourceError> {
    if body.len() <= BLOCK_BYTES_AT_ONCE {
        return block::parse(&body);
    }
    let parsed = tokio::task::spawn_blocking(move || block::parse(&body)).await;
    parsed.unwrap_or(Err(SourceError::Invalid("a block that cannot be parsed")))
}

fn cache<K: std::hash::Hash + Eq + Send + Sync + 'static>() -> Cache<K, Arc<Block>> {
    Cache::builder()
        .weigher(|_, block: &Arc<Block>| u32::try_from(block.size()).unwrap_or(u32::MAX))
        .max_capacity(CACHE_BYTES)
        .time_to_live(CACHE_TTL)
        .build()
}

/// What is done with a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Redirects {
    Followed,
    /// If it names a block, that is the answer, and the block is not fetched.
    Named,
}

enum Answer {
    /// A block, or none at that height.
    Block(Option<Block>),
    /// The height of the block that the server redirects to.
    Named(u64),
}

enum Got {
    Block(Option<Block>),
    Moved(Url),
}

/// `…/block/7` and `…/block_opt/7` name 7.
fn named_height(url: &Url) -> Option<u64> {
    let mut segments = url.path_segments()?.rev();
    let height = segments.next()?.parse().ok()?;
    segments.next().filter(|segment| ["block", "block_opt"].contains(segment))?;
    Some(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_query_stays_there_and_out_of_the_name() {
        let base = "https://blocks.example:8443/near/?apiKey=secret".parse().unwrap();
        let blocks = Blocks::new(&base);
        let url = "https://blocks.example:8443/near/v0/block/7?apiKey=secret";
        assert_eq!(blocks.url("block/7").as_str(), url);
        assert_eq!(blocks.name(), "blocks.example:8443");
        assert!(!format!("{blocks:?}").contains("secret"));
    }

    #[test]
    fn a_redirect_names_a_block_by_the_end_of_its_path() {
        let table = [
            ("/v0/block/7", Some(7)),
            ("/v0/block_opt/7?apiKey=secret", Some(7)),
            ("/v0/block/7/headers", None),
            ("/v0/last_block/optimistic", None),
            ("/v0/chunk/7", None),
            ("/v0/block/-7", None),
            ("/v0/block/18446744073709551616", None),
            ("/", None),
        ];
        for (path, height) in table {
            let url = format!("https://blocks.example{path}").parse().unwrap();
            assert_eq!(named_height(&url), height, "{path}");
        }
    }
}

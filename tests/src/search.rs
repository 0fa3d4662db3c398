//! Hunting for bytes in files and on a chain.

use std::{
    fs,
    path::{Path, PathBuf},
};

use alloy::{
    eips::BlockNumberOrTag,
    providers::{Provider, ProviderBuilder},
    rpc::types::Filter,
};
use anyhow::{Context, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use idos_grants::Namespace;
use memchr::memmem;
use serde_json::{Value, json};
use url::Url;

use crate::stage::StageChain;

/// What to look for: the bytes themselves and every way in which they might be written down.
#[derive(Debug, Clone)]
pub struct Needle(Vec<Vec<u8>>);

impl Needle {
    /// Finds `bytes` raw, in hex of either case, and in base64 at any alignment.
    pub fn new(bytes: &[u8]) -> Self {
        let hex = hex::encode(bytes);
        let mut forms = vec![bytes.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
        forms.extend((0..3).map(|shift| base64_core(bytes, shift)));
        Self(forms)
    }

    /// How often it is in `haystack`.
    pub fn count(&self, haystack: &[u8]) -> usize {
        self.0.iter().map(|form| memmem::find_iter(haystack, form).count()).sum()
    }
}

/// The characters of base64 that depend on `bytes` alone when `shift` other bytes stand before them.
fn base64_core(bytes: &[u8], shift: usize) -> Vec<u8> {
    let padded = [vec![0; shift], bytes.to_vec()].concat();
    let whole = &padded[..padded.len() / 3 * 3];
    let text = STANDARD.encode(whole).into_bytes();
    let skip = if shift == 0 { 0 } else { 4 };
    text[skip..].to_vec()
}

/// Counts in every file below `folder`.
pub fn in_files(folder: &Path, needle: &Needle) -> Result<(usize, usize)> {
    let files = files_below(folder)?;
    let mut hits = 0;
    for path in &files {
        hits += needle.count(&fs::read(path).with_context(|| path.display().to_string())?);
    }
    Ok((hits, files.len()))
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() { files.extend(files_below(&path)?) } else { files.push(path) }
    }
    Ok(files)
}

/// What was looked through on a chain.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChainHits {
    /// How often it was found.
    pub hits: usize,
    /// Transactions looked through.
    pub transactions: usize,
    /// Logs looked through.
    pub logs: usize,
}

/// Counts in everything that a chain publishes.
pub async fn on_chain(chain: &StageChain, needle: &Needle) -> Result<ChainHits> {
    match chain.chain.namespace() {
        Namespace::Near => {
            on_near(chain.block_server().context("a NEAR chain has a block server")?, needle).await
        }
        Namespace::Stellar => on_stellar(&chain.rpc, needle).await,
        _ => on_evm(&chain.rpc, needle).await,
    }
}

/// Every ledger in full: transactions, results, events, and changes of state; and once more as transactions and as events.
async fn on_stellar(rpc: &Url, needle: &Needle) -> Result<ChainHits> {
    let mut found = ChainHits::default();
    found.hits += stellar_pages(rpc, "getLedgers", "ledgers", needle).await?.0;
    for (method, field, count) in [
        ("getTransactions", "transactions", &mut found.transactions),
        ("getEvents", "events", &mut found.logs),
    ] {
        let (hits, items) = stellar_pages(rpc, method, field, needle).await?;
        found.hits += hits;
        *count = items;
    }
    Ok(found)
}

/// How often it is found in all pages of a list, and how long the list is.
async fn stellar_pages(rpc: &Url, method: &str, field: &str, needle: &Needle) -> Result<(usize, usize)> {
    const LIMIT: usize = 100;
    let oldest = ask_stellar(rpc, "getHealth", json!({})).await?["oldestLedger"].clone();
    let mut params = json!({"startLedger": oldest, "pagination": {"limit": LIMIT}});
    let (mut hits, mut items) = (0, 0);
    loop {
        let page = ask_stellar(rpc, method, params).await?;
        hits += needle.count(&serde_json::to_vec(&page)?);
        let listed = page[field].as_array().context("a page has items")?.len();
        items += listed;
        if listed < LIMIT {
            return Ok((hits, items));
        }
        params = json!({"pagination": {"limit": LIMIT, "cursor": page["cursor"]}});
    }
}

async fn ask_stellar(rpc: &Url, method: &str, params: Value) -> Result<Value> {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let answer: Value = reqwest::Client::new().post(rpc.clone()).json(&request).send().await?.json().await?;
    ensure!(answer["error"].is_null(), "{method}: {}", answer["error"]);
    Ok(answer["result"].clone())
}

/// Every transaction's input, every log.
async fn on_evm(rpc: &Url, needle: &Needle) -> Result<ChainHits> {
    let provider = ProviderBuilder::new().connect_http(rpc.clone());
    let mut found = ChainHits::default();
    for number in 0..=provider.get_block_number().await? {
        let block =
            provider.get_block_by_number(number.into()).full().await?.context("a block is missing")?;
        for transaction in block.transactions.into_transactions() {
            found.transactions += 1;
            found.hits += needle.count(&serde_json::to_vec(&transaction)?);
        }
    }
    let all = Filter::new().from_block(0).to_block(BlockNumberOrTag::Latest);
    for log in provider.get_logs(&all).await? {
        found.logs += 1;
        found.hits += needle.count(&serde_json::to_vec(&log)?);
    }
    Ok(found)
}

/// Every block in full: transactions, receipts, outcomes with their logs, and changes of state.
async fn on_near(blocks: &Url, needle: &Needle) -> Result<ChainHits> {
    let fetch = async |path: &str| -> Result<Value> {
        Ok(reqwest::get(blocks.join(path)?).await?.error_for_status()?.json().await?)
    };
    let newest = fetch("v0/last_block/optimistic").await?;
    let newest = newest["block"]["header"]["height"].as_u64().context("a block has a height")?;
    let mut found = ChainHits::default();
    for height in 0..=newest {
        let block = fetch(&format!("v0/block_opt/{height}")).await?;
        found.hits += needle.count(&serde_json::to_vec(&block)?);
        for shard in block["shards"].as_array().into_iter().flatten() {
            found.transactions += shard["chunk"]["transactions"].as_array().map_or(0, Vec::len);
            let outcomes = shard["receipt_execution_outcomes"].as_array().into_iter().flatten();
            let logs = outcomes.filter_map(|it| it["execution_outcome"]["outcome"]["logs"].as_array());
            found.logs += logs.map(Vec::len).sum::<usize>();
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needle_is_found_in_every_way_it_may_be_written() {
        let secret = b"the marker of the plaintext";
        let needle = Needle::new(secret);
        for before in 0..4 {
            let text = [&b"xxxx"[..before], secret, b"yyy"].concat();
            assert_eq!(needle.count(&text), 1, "raw after {before}");
            assert_eq!(needle.count(hex::encode(&text).as_bytes()), 1, "hex after {before}");
            assert_eq!(needle.count(hex::encode_upper(&text).as_bytes()), 1, "upper-case hex after {before}");
            assert!(needle.count(STANDARD.encode(&text).as_bytes()) >= 1, "base64 after {before}");
        }
        assert_eq!(needle.count(b"the marker of the plaintex_"), 0);
    }
}

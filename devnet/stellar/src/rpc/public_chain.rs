//! Another network behind its own Stellar RPC: used through its documented methods only, and waited for.

use std::time::Duration;

use rand_core::CryptoRngCore;
use serde::Deserialize;
use serde_json::{Value, json};
use stellar_xdr::{LedgerKey, LedgerKeyAccount};
use url::Url;

use super::{
    account::FundedAccount,
    format::base64,
    friendbot::account_of,
    public_network::{PublicNetwork, PublicNetworkError},
};

/// Time for one answer; friendbot waits for a ledger.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long an account may take until the RPC knows it.
const ACCOUNT_TIMEOUT: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Bytes of an answer that is read.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A network that answers, and accounts on it.
pub struct PublicChain {
    http: reqwest::Client,
    network: PublicNetwork,
    friendbot: Url,
    accounts: Vec<FundedAccount>,
}

impl PublicChain {
    /// Asks whether it is that network, and has its friendbot make new accounts of those names.
    ///
    /// # Errors
    /// See [`PublicNetworkError`].
    pub async fn start(
        network: &PublicNetwork,
        names: impl Iterator<Item = String>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, PublicNetworkError> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(PublicNetworkError::Http)?;
        let told: ToldNetwork = ask(&http, &network.rpc, "getNetwork", json!({})).await?;
        if told.passphrase != network.passphrase {
            let (expected, answered) = (network.passphrase.clone(), told.passphrase);
            return Err(PublicNetworkError::OtherNetwork { expected, answered });
        }
        let named = told.friendbot_url.and_then(|text| Url::parse(&text).ok());
        let friendbot = network.friendbot.clone().or(named).ok_or(PublicNetworkError::NoFriendbot)?;
        let mut chain = Self { http, network: network.clone(), friendbot, accounts: Vec::new() };
        for name in names {
            let mut seed = [0; 32];
            rng.fill_bytes(&mut seed);
            let account = FundedAccount::from_seed(name, seed);
            chain.fund(&account.address()).await?;
            chain.accounts.push(account);
        }
        Ok(chain)
    }

    /// Where its Stellar RPC answers.
    pub fn rpc(&self) -> &Url {
        &self.network.rpc
    }

    /// Where its friendbot answers.
    pub fn friendbot(&self) -> &Url {
        &self.friendbot
    }

    /// What everything that is signed is bound to.
    pub fn passphrase(&self) -> &str {
        &self.network.passphrase
    }

    /// The accounts that were made at the start; nobody else knows their keys.
    pub fn accounts(&self) -> &[FundedAccount] {
        &self.accounts
    }

    /// Has friendbot make an account, and waits until the RPC knows it.
    ///
    /// # Errors
    /// The address is none, or friendbot refuses.
    pub async fn fund(&self, address: &str) -> Result<(), PublicNetworkError> {
        let account_id =
            account_of(address).map_err(|error| PublicNetworkError::Address(error.to_string()))?;
        let key = base64(&LedgerKey::Account(LedgerKeyAccount { account_id }))
            .map_err(|error| PublicNetworkError::Answer { method: "friendbot", why: error.message })?;
        let mut friendbot = self.friendbot.clone();
        friendbot.query_pairs_mut().append_pair("addr", address);
        let response = self.http.get(friendbot).send().await.map_err(hide_url)?;
        if !response.status().is_success() {
            let why = format!("it answered HTTP {}", response.status());
            return Err(PublicNetworkError::Answer { method: "friendbot", why });
        }
        self.wait_for(key).await
    }

    async fn wait_for(&self, account: String) -> Result<(), PublicNetworkError> {
        let deadline = tokio::time::Instant::now() + ACCOUNT_TIMEOUT;
        while tokio::time::Instant::now() < deadline {
            let params = json!({ "keys": [account] });
            let told: Value = ask(&self.http, &self.network.rpc, "getLedgerEntries", params).await?;
            if told["entries"].as_array().is_some_and(|entries| !entries.is_empty()) {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let why = "the account that it made is still unknown".to_owned();
        Err(PublicNetworkError::Answer { method: "getLedgerEntries", why })
    }

    /// Close time of the newest ledger, in Unix seconds.
    ///
    /// # Errors
    /// The RPC does not answer.
    pub async fn now(&self) -> Result<u64, PublicNetworkError> {
        newest_close_time(&self.http, &self.network.rpc).await
    }

    /// Waits until so much time has passed on the network.
    ///
    /// # Errors
    /// The RPC does not answer.
    pub async fn wait(&self, by: Duration) -> Result<(), PublicNetworkError> {
        let seconds = by.as_secs().saturating_add(u64::from(by.subsec_nanos() > 0));
        let until = self.now().await?.saturating_add(seconds);
        while self.now().await? < until {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldNetwork {
    passphrase: String,
    friendbot_url: Option<String>,
}

/// Older RPCs do not tell it.
async fn newest_close_time(http: &reqwest::Client, rpc: &Url) -> Result<u64, PublicNetworkError> {
    let told: Value = ask(http, rpc, "getLatestLedger", json!({})).await?;
    let close_time = told["closeTime"].as_str().and_then(|text| text.parse().ok());
    close_time.ok_or_else(|| PublicNetworkError::Answer {
        method: "getLatestLedger",
        why: "it tells no closeTime: use a newer RPC".to_owned(),
    })
}

async fn ask<T: serde::de::DeserializeOwned>(
    http: &reqwest::Client,
    rpc: &Url,
    method: &'static str,
    params: Value,
) -> Result<T, PublicNetworkError> {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let response = http.post(rpc.clone()).json(&request).send().await.map_err(hide_url)?;
    let wrong = |why: String| PublicNetworkError::Answer { method, why };
    let mut answer: Value =
        serde_json::from_slice(&read(response, method).await?).map_err(|error| wrong(error.to_string()))?;
    match answer.get_mut("result") {
        Some(result) => serde_json::from_value(result.take()).map_err(|error| wrong(error.to_string())),
        None => Err(wrong(answer["error"].to_string().chars().take(500).collect())),
    }
}

async fn read(mut response: reqwest::Response, method: &'static str) -> Result<Vec<u8>, PublicNetworkError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(hide_url)? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            let why = format!("more than {ANSWER_BYTES_MAX} bytes");
            return Err(PublicNetworkError::Answer { method, why });
        }
    }
    Ok(body)
}

/// Providers of RPCs put their customers' keys into URLs.
fn hide_url(error: reqwest::Error) -> PublicNetworkError {
    PublicNetworkError::Http(error.without_url())
}

//! Every method of the stellar-rpc-client crate that does not send anything.

use stellar_rpc_client::{Client, Error, LedgerStart};
use stellar_xdr::{LedgerCloseMeta, LedgerHeaderHistoryEntry, Limits, ReadXdr, WriteXdr};

use crate::support::{Local, START, account_key, stranger};

#[tokio::test]
async fn the_network_names_itself_and_its_friendbot() {
    let local = Local::with(|config| config.passphrase = "Mine".to_owned()).await;
    let network = local.client.get_network().await.unwrap();
    assert_eq!((network.passphrase.as_str(), network.protocol_version), ("Mine", 28));
    assert_eq!(local.client.friendbot_url().await.unwrap(), local.devnet.friendbot().as_str());
    assert_eq!(local.client.verify_network_passphrase(Some("Mine")).await.unwrap(), "Mine");
    let other =
        local.client.verify_network_passphrase(Some("Public Global Stellar Network ; September 2015")).await;
    assert!(matches!(other, Err(Error::InvalidNetworkPassphrase { .. })));
}

#[tokio::test]
async fn rpc_answers_at_the_root_too() {
    let local = Local::start().await;
    let root = local.devnet.rpc().join("/").unwrap();
    let client = Client::new_with_headers(root.as_str(), reqwest::header::HeaderMap::new()).unwrap();
    assert_eq!(client.get_health().await.unwrap().status, "healthy");
}

#[tokio::test]
async fn health_tells_the_window() {
    let local = Local::keeping(3).await;
    local.devnet.close_ledgers(10).await.unwrap();
    let health = local.client.get_health().await.unwrap();
    assert_eq!(health.ledger_retention_window, 3);
    assert_eq!(health.oldest_ledger, health.latest_ledger - 2);
}

#[tokio::test]
async fn versions_are_told() {
    let local = Local::start().await;
    let version = local.client.get_version_info().await.unwrap();
    assert_eq!(version.protocol_version, 28);
    assert_eq!(version.version, env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn fees_of_the_newest_ledgers_are_told() {
    let local = Local::start().await;
    let nothing = local.client.get_fee_stats().await.unwrap();
    assert_eq!(nothing.soroban_inclusion_fee.transaction_count, 0);
    local.deploy().await;
    let stats = local.client.get_fee_stats().await.unwrap();
    assert_eq!(stats.soroban_inclusion_fee.transaction_count, 2);
    assert_eq!(stats.soroban_inclusion_fee.min, "100");
    assert_eq!(stats.inclusion_fee.mode, "100");
    assert_eq!(stats.latest_ledger, local.latest().await);
}

#[tokio::test]
async fn ledgers_form_a_chain_of_headers() {
    let local = Local::start().await;
    local.devnet.close_ledgers(5).await.unwrap();
    let told = local.client.get_ledgers(LedgerStart::Ledger(1), None, None).await.unwrap();
    assert_eq!(told.ledgers.len() as u32, told.latest_ledger);
    let mut previous = None;
    for ledger in &told.ledgers {
        let header = LedgerHeaderHistoryEntry::from_xdr_base64(&ledger.header_xdr, Limits::none()).unwrap();
        assert_eq!(hex::encode(header.hash.0), ledger.hash);
        assert_eq!(header.header.ledger_seq, ledger.sequence);
        assert_eq!(header.hash.0.to_vec(), sha256(&header.header.to_xdr(Limits::none()).unwrap()));
        if let Some(previous) = previous {
            assert_eq!(header.header.previous_ledger_hash, previous);
        }
        let meta = LedgerCloseMeta::from_xdr_base64(&ledger.metadata_xdr, Limits::none()).unwrap();
        let LedgerCloseMeta::V2(meta) = meta else { panic!("not version 2") };
        assert_eq!(meta.ledger_header, header);
        previous = Some(header.hash);
    }
    let newest = local.client.get_latest_ledger().await.unwrap();
    assert_eq!(newest.id, told.ledgers.last().unwrap().hash);
    assert_eq!(newest.protocol_version, 28);
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).to_vec()
}

#[tokio::test]
async fn ledgers_are_paged_by_cursor() {
    let local = Local::start().await;
    local.devnet.close_ledgers(5).await.unwrap();
    let latest = local.latest().await;
    let mut start = LedgerStart::Ledger(2);
    let mut sequences = Vec::new();
    loop {
        let page = local.client.get_ledgers(start, Some(2), None).await.unwrap();
        sequences.extend(page.ledgers.iter().map(|ledger| ledger.sequence));
        if page.cursor == latest.to_string() {
            break;
        }
        start = LedgerStart::Cursor(page.cursor);
    }
    assert_eq!(sequences, (2..=latest).collect::<Vec<_>>());
}

#[tokio::test]
async fn accounts_are_found_by_address_and_by_key() {
    let local = Local::start().await;
    let address = local.alice().address();
    let account = local.client.get_account(&address).await.unwrap();
    assert_eq!(account.balance, 100_000_000_000);
    let missing = local.client.get_account(&stranger().address()).await;
    assert!(matches!(missing, Err(Error::NotFound(..))));

    let keys = [account_key(stranger().account_id()), account_key(local.alice().account_id())];
    let found = local.client.get_ledger_entries(&keys).await.unwrap();
    assert_eq!(found.entries.unwrap().len(), 1, "one that is not there is left out");
    assert_eq!(found.latest_ledger, i64::from(local.latest().await));
}

#[tokio::test]
async fn network_settings_are_ledger_entries() {
    use stellar_xdr::{
        ConfigSettingEntry, ConfigSettingId, LedgerEntryData, LedgerKey, LedgerKeyConfigSetting,
    };
    let local = Local::start().await;
    let config_setting_id = ConfigSettingId::ContractMaxSizeBytes;
    let key = LedgerKey::ConfigSetting(LedgerKeyConfigSetting { config_setting_id });
    let found = local.client.get_full_ledger_entries(&[key]).await.unwrap();
    let LedgerEntryData::ConfigSetting(ConfigSettingEntry::ContractMaxSizeBytes(bytes)) =
        found.entries[0].val
    else {
        panic!("no setting: {found:?}");
    };
    assert_eq!(bytes, 131_072);
}

#[tokio::test]
async fn the_networks_time_is_the_clocks() {
    let local = Local::start().await;
    let told = local.result("getLatestLedger", serde_json::json!({})).await;
    let close_time: u64 = told["closeTime"].as_str().unwrap().parse().unwrap();
    assert!((START..START + 5).contains(&close_time), "{close_time}");
}

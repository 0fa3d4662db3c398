//! Friendbot.

use std::time::Duration;

use idos_devnet_stellar::{FundedAccount, LedgerClosing};
use serde_json::json;

use crate::support::{Local, stranger};

#[tokio::test]
async fn an_account_is_made_with_ten_thousand_lumens() {
    let local = Local::start().await;
    let (status, told) = local.friendbot(&format!("?addr={}", stranger().address())).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["successful"], true);
    assert_eq!(local.balance(&stranger()).await, 100_000_000_000);
    let found = local.result("getTransaction", json!({ "hash": told["hash"] })).await;
    assert_eq!(found["status"], "SUCCESS");
    assert_eq!(found["resultMetaXdr"], told["result_meta_xdr"]);
}

#[tokio::test]
async fn it_gives_once() {
    let local = Local::start().await;
    let (status, told) = local.friendbot(&format!("?addr={}", local.alice().address())).await;
    assert_eq!(status, 400);
    let detail = told["detail"].as_str().unwrap();
    assert!(detail.contains("createAccountAlreadyExist"), "{detail}");
    assert!(detail.contains("account already funded to starting balance"), "{detail}");
}

#[tokio::test]
async fn what_is_no_account_is_refused() {
    let local = Local::start().await;
    let contract = stellar_strkey::Contract([1; 32]).to_string();
    let muxed = stellar_strkey::ed25519::MuxedAccount { ed25519: [1; 32], id: 7 }.to_string();
    let (contract, muxed) = (contract.as_str(), muxed.as_str());
    let rows =
        ["", "?addr=", "?addr=G", &format!("?addr={contract}"), &format!("?addr={muxed}"), "?address=x"];
    for query in rows {
        let (status, told) = local.friendbot(query).await;
        assert_eq!(status, 400, "{query}");
        assert!(told["detail"].as_str().unwrap().contains("addr"), "{query}: {told}");
    }
    let long = "G".repeat(5_000);
    let (_, told) = local.friendbot(&format!("?addr={long}")).await;
    assert!(told.to_string().len() < 500, "what was asked is not repeated whole");
}

#[tokio::test]
async fn many_are_funded_at_the_same_time() {
    let local = Local::with(|config| config.ledgers = LedgerClosing::Every(Duration::from_millis(10))).await;
    let accounts: Vec<_> = (0..8).map(|number| FundedAccount::well_known(format!("many {number}"))).collect();
    let mut asked = Vec::new();
    for account in &accounts {
        let url = format!("{}?addr={}", local.devnet.friendbot(), account.address());
        asked.push(tokio::spawn(async move { reqwest::get(url).await.unwrap().status() }));
    }
    for one in asked {
        assert_eq!(one.await.unwrap(), 200);
    }
    for account in &accounts {
        assert!(local.balance(account).await > 0);
    }
}

#[tokio::test]
async fn more_accounts_than_a_transaction_takes_are_funded_at_the_start() {
    let accounts: Vec<_> =
        (0..101).map(|number| FundedAccount::well_known(format!("crowd {number}"))).collect();
    let local = Local::with(|config| config.accounts = accounts.clone()).await;
    for account in [&accounts[0], &accounts[99], &accounts[100]] {
        assert_eq!(local.balance(account).await, 100_000_000_000);
    }
}

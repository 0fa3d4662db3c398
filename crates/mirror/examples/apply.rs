//! How fast grant events are written: `cargo run --release -p idos-mirror --example apply -- [url] [events] [batch]`.
//! Prints one line of JSON. Without a URL: a SQLite file in a temporary directory.

use std::time::Instant;

use idos_grants::{Account, Address, DataId, Event, GrantChange, GrantEvent};
use idos_mirror::{Batch, BlockHash, BlockRef, Contract, ContractKind, Located, Mirror};
use sha2::{Digest, Sha256};

const EVENTS_IN_A_BLOCK: u64 = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = tempfile::tempdir()?;
    let url = arguments.next().unwrap_or_else(|| format!("sqlite:{}/mirror.db", folder.path().display()));
    let mut count = |otherwise| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (events, size) = (count(200_000u64), count(10_000u64));

    let mirror = Mirror::open(&url).await?;
    let contract = Contract {
        account: Account::evm(31_337, [0xcc; 20]),
        kind: ContractKind::AccessGrants,
        start_block: 1,
    };
    mirror.writer().register(&contract).await?;
    let all: Vec<Located> = (0..events).map(located).collect();
    let start = Instant::now();
    let mut after = None;
    for chunk in all.chunks(usize::try_from(size).unwrap_or(1).max(1)) {
        let upto = block(chunk.last().map_or(1, |last| last.block));
        let events = chunk.to_vec();
        let batch = Batch {
            contract: contract.account,
            after,
            events,
            upto,
            final_block: upto.number,
            polled_at: None,
        };
        mirror.writer().apply(&batch).await?;
        after = Some(upto);
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        r#"{{"events":{events},"batch":{size},"seconds":{seconds:.3},"events_per_second":{:.0}}}"#,
        events as f64 / seconds
    );
    mirror.close().await;
    Ok(())
}

fn located(n: u64) -> Located {
    let digest =
        |salt: u64| -> [u8; 32] { Sha256::digest([n.to_be_bytes(), salt.to_be_bytes()].concat()).into() };
    let address = |salt| {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&digest(salt)[..20]);
        Address::Evm(bytes)
    };
    let at = block(1 + n / EVENTS_IN_A_BLOCK);
    let event = GrantEvent {
        change: GrantChange::Created,
        owner: address(0),
        grantee: address(1),
        data_id: DataId(digest(2)),
        locked_until: 0,
        at: at.time,
    };
    Located {
        block: at.number,
        block_hash: at.hash,
        log_index: n % EVENTS_IN_A_BLOCK,
        event: Event::Grant(event),
    }
}

fn block(number: u64) -> BlockRef {
    BlockRef {
        number,
        hash: BlockHash(Sha256::digest(number.to_be_bytes()).into()),
        time: 1_800_000_000 + number,
    }
}

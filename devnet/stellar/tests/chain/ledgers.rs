//! Headers, sequence numbers, time, and what is told of a ledger.

use idos_devnet_stellar::chain::{ChainError, Genesis, GenesisError, Network, Settings};
use sha2::{Digest, Sha256};
use stellar_xdr::{
    ConfigSettingEntry, ConfigSettingId, GeneralizedTransactionSet, Hash, LedgerCloseMeta, LedgerEntryData,
    LedgerKey, LedgerKeyConfigSetting, Limits, ReadXdr, ScVal, TransactionResultPair, TransactionResultSet,
    WriteXdr,
};

use crate::support::world::START;
use crate::support::{World, account_id, event, key, operation};

fn hash_of(value: &impl WriteXdr) -> Hash {
    Hash(Sha256::digest(value.to_xdr(Limits::none()).unwrap()).into())
}

#[test]
fn a_network_begins_with_one_account_that_has_everything() {
    let world = World::new();
    let latest = world.network.latest();
    assert_eq!((latest.sequence(), latest.close_time()), (1, START));
    assert_eq!(world.balance(&world.root()), 1_000_000_000_000_000_000);
    assert_eq!(world.network.protocol_version(), 28);
    assert_eq!(
        world.network.network_id().to_string(),
        "baefd734b8d3e48472cff83912375fedbc7573701912fe308af730180f97d74a"
    );
}

#[test]
fn well_known_addresses_are_where_they_are_on_every_network() {
    let rows = [
        (
            "Standalone Network ; February 2017",
            "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI",
            "CDMLFMKMMD7MWZP3FKUBZPVHTUEDLSX4BYGYKH4GCESXYHS3IHQ4EIG4",
        ),
        (
            "Public Global Stellar Network ; September 2015",
            "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7",
            "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA",
        ),
    ];
    for (passphrase, root, lumens) in rows {
        let genesis =
            Genesis { passphrase: passphrase.to_owned(), close_time: START, settings: Settings::default() };
        let mut world = World { network: Network::new(genesis).unwrap(), now: START };
        assert_eq!(account_id(&world.root()).to_string(), root);
        let root = world.root();
        let paid = world.run_signed(&root, vec![operation::pay(&root, 1)]);
        let told = event::meta(&paid).operations[0].events[0].contract_id.clone().unwrap();
        assert_eq!(told.to_string(), lumens);
    }
}

#[test]
fn a_genesis_that_makes_no_sense_is_refused() {
    let genesis =
        |passphrase: &str, settings| Genesis { passphrase: passphrase.to_owned(), close_time: 0, settings };
    assert_eq!(Network::new(genesis("", Settings::default())).err(), Some(GenesisError::NoPassphrase));
    let nothing = Settings { soroban: Vec::new(), ..Settings::default() };
    assert!(matches!(Network::new(genesis("x", nothing)).err(), Some(GenesisError::InvalidSetting(_))));
}

#[test]
fn each_header_names_the_hash_of_the_one_before() {
    let mut world = World::with(&["alice", "bob"]);
    world.close();
    world.network.skip_ledgers(500, world.now + 100).unwrap();
    let ledgers: Vec<_> = world.network.ledgers_from(1).collect();
    assert_eq!(ledgers.len(), 5);
    for pair in ledgers.windows(2) {
        assert_eq!(&pair[1].header.header.previous_ledger_hash, pair[0].hash());
        assert!(pair[1].close_time() > pair[0].close_time());
    }
    for ledger in ledgers {
        let header = &ledger.header.header;
        assert_eq!(hash_of(header), *ledger.hash());
        assert_eq!(header.scp_value.tx_set_hash, hash_of(&ledger.transaction_set));
    }
}

#[test]
fn a_header_is_bound_to_the_results() {
    let world = World::with(&["alice"]);
    let ledger = world.network.latest();
    let results: Vec<_> = ledger
        .transactions
        .iter()
        .map(|one| TransactionResultPair { transaction_hash: one.hash.clone(), result: one.result.clone() })
        .collect();
    let set = TransactionResultSet { results: results.try_into().unwrap() };
    assert_eq!(ledger.header.header.tx_set_result_hash, hash_of(&set));
}

#[test]
fn time_never_goes_back() {
    let mut world = World::new();
    world.network.close_ledger(START + 100).unwrap();
    world.network.close_ledger(START + 50).unwrap();
    assert_eq!(world.network.latest().close_time(), START + 101);
}

#[test]
fn skipped_ledgers_never_exist() {
    let mut world = World::new();
    assert_eq!(world.network.skip_ledgers(1_000_000, START + 1), Ok(1_000_001));
    assert!(world.network.ledger(2).is_none());
    assert_eq!(world.network.ledger(1_000_001).unwrap().sequence(), 1_000_001);
    assert_eq!(world.network.skip_ledgers(0, START + 2), Ok(1_000_002), "at least one");
}

#[test]
fn sequence_numbers_end() {
    let mut world = World::new();
    let last = u32::try_from(i32::MAX).unwrap();
    assert_eq!(world.network.skip_ledgers(last, 0), Err(ChainError::SequenceOverflow(1)));
    assert_eq!(world.network.skip_ledgers(last - 1, 0), Ok(last));
    assert_eq!(world.network.close_ledger(0), Err(ChainError::SequenceOverflow(last)));
}

#[test]
fn a_transaction_waits_on_when_no_ledger_can_close() {
    let mut world = World::with(&["alice"]);
    let last = u32::try_from(i32::MAX).unwrap();
    world.network.skip_ledgers(last - world.network.latest().sequence(), 0).unwrap();
    let alice = key("alice");
    let envelope = world.sign(world.transaction(&alice, vec![operation::pay(&alice, 1)]), &[&alice]);
    world.network.submit(envelope).unwrap();
    assert!(world.network.close_ledger(0).is_err());
    assert!(!world.network.is_idle());
}

#[test]
fn the_same_history_gives_the_same_hashes() {
    let run = || {
        let mut world = World::with(&["alice", "bob"]);
        let deployed = world.deploy(&key("alice"));
        world.call(&key("alice"), &deployed, "put", vec![ScVal::U32(1), ScVal::U32(2)]);
        world.run_signed(&key("bob"), vec![operation::pay(&key("alice"), 5)]);
        world.network.latest().header.clone()
    };
    assert_eq!(run(), run());
}

#[test]
fn what_is_told_of_a_ledger_is_readable_xdr_with_every_envelope() {
    let mut world = World::with(&["alice", "bob"]);
    let (alice, bob) = (key("alice"), key("bob"));
    let deployed = world.deploy(&alice);
    let call = world.prepare(&alice, deployed.call("time", vec![]));
    world.network.submit(world.sign(call, &[&alice])).unwrap();
    let payment = world.transaction(&bob, vec![operation::pay(&alice, 1)]);
    world.network.submit(world.sign(payment, &[&bob])).unwrap();
    world.close();
    let meta = world.network.latest().meta();
    let bytes = meta.to_xdr(Limits::none()).unwrap();
    let LedgerCloseMeta::V2(read) = LedgerCloseMeta::from_xdr(bytes, Limits::none()).unwrap() else {
        panic!()
    };
    assert_eq!(read.tx_processing.len(), 2);
    let GeneralizedTransactionSet::V1(set) = &read.tx_set;
    assert_eq!(set.phases.len(), 2);
    assert!(read.total_byte_size_of_live_soroban_state > 500, "code, instance");
    let orders: Vec<_> =
        world.network.latest().transactions.iter().map(|one| one.application_order).collect();
    assert_eq!(orders, [1, 2]);
}

#[test]
fn forgotten_ledgers_are_gone_with_their_transactions() {
    let mut world = World::with(&["alice", "bob"]);
    let hash = world.network.ledger(2).unwrap().transactions[0].hash.clone();
    world.network.forget_before(3);
    assert_eq!(world.network.oldest().sequence(), 3);
    assert!(world.network.ledger(2).is_none());
    assert!(world.network.transaction(&hash).is_none());
    world.network.forget_before(1_000);
    assert_eq!(world.network.oldest().sequence(), world.network.latest().sequence());
}

#[test]
fn settings_are_entries() {
    let world = World::new();
    for id in [
        ConfigSettingId::ContractComputeV0,
        ConfigSettingId::StateArchival,
        ConfigSettingId::ContractBandwidthV0,
    ] {
        let key = LedgerKey::ConfigSetting(LedgerKeyConfigSetting { config_setting_id: id });
        let stored = world.stored(&key).unwrap();
        let LedgerEntryData::ConfigSetting(setting) = &stored.entry.data else { panic!("{stored:?}") };
        assert_eq!(setting.discriminant(), id);
        assert_eq!(stored.live_until, None);
        if let ConfigSettingEntry::ContractComputeV0(compute) = setting {
            assert_eq!(compute.tx_max_instructions, 400_000_000);
        }
    }
}

#[test]
fn a_network_can_be_handed_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Network>();
}

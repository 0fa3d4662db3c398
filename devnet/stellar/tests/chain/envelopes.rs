use idos_devnet_stellar::chain::{Genesis, Network, NotTaken, Settings, TransactionStatus};
use stellar_xdr::{
    BumpSequenceOp, ClaimPredicate, Claimant, ClaimantV0, CreateClaimableBalanceOp, DataValue, Hash,
    ManageDataOp, Memo, MuxedAccount, MuxedAccountMed25519, OperationBody, OperationResult, SequenceNumber,
    TransactionEnvelope, TransactionResultResult as Code, TransactionV0, TransactionV0Envelope,
    TransactionV0Ext, Uint256,
};

use crate::support::world::{START, muxed, with_resources};
use crate::support::{LUMEN, World, account_id, contract, event, key, operation};

#[test]
fn a_transaction_is_pending_and_then_applied() {
    let mut world = World::with(&["alice", "bob"]);
    let (alice, bob) = (key("alice"), key("bob"));
    let envelope = world.sign(world.transaction(&alice, vec![operation::pay(&bob, 1)]), &[&alice]);
    let hash = world.network.submit(envelope).unwrap();
    assert!(matches!(world.network.transaction(&hash), Some(TransactionStatus::Pending(_))));
    assert!(!world.network.is_idle());
    world.close();
    assert!(world.applied(&hash).is_success());
    assert!(world.network.is_idle());
    assert!(world.network.transaction(&Hash([7; 32])).is_none());
}

#[test]
fn a_transaction_cannot_be_replayed() {
    let mut world = World::with(&["alice", "bob"]);
    let (alice, bob) = (key("alice"), key("bob"));
    let envelope = world.sign(world.transaction(&alice, vec![operation::pay(&bob, LUMEN)]), &[&alice]);
    let hash = world.network.submit(envelope.clone()).unwrap();
    assert_eq!(world.network.submit(envelope.clone()), Err(NotTaken::Duplicate(hash)));
    world.close();
    assert_eq!(world.refusal(envelope), Code::TxBadSeq);
    assert_eq!(world.balance(&bob), 10_001 * LUMEN);
}

#[test]
fn a_failed_transaction_uses_up_its_sequence_number() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let envelope = world.sign(world.transaction(&alice, vec![operation::pay(&key("nobody"), 1)]), &[&alice]);
    assert!(!world.run(envelope.clone()).is_success());
    assert_eq!(world.refusal(envelope), Code::TxBadSeq);
}

#[test]
fn a_signature_is_good_for_one_network_only() {
    let mut world = World::with(&["alice", "bob"]);
    let (alice, bob) = (key("alice"), key("bob"));
    let genesis = Genesis {
        passphrase: "Public Global Stellar Network ; September 2015".to_owned(),
        close_time: START,
        settings: Settings::default(),
    };
    let other = World { network: Network::new(genesis).unwrap(), now: START };
    let envelope = other.sign(world.transaction(&alice, vec![operation::pay(&bob, 1)]), &[&alice]);
    assert_eq!(world.refusal(envelope), Code::TxBadAuth);
}

#[test]
fn one_transaction_of_an_account_waits_at_a_time() {
    let mut world = World::with(&["alice", "bob"]);
    let (alice, bob) = (key("alice"), key("bob"));
    let first = world.transaction(&alice, vec![operation::pay(&bob, 1)]);
    let mut second = first.clone();
    second.seq_num = SequenceNumber(first.seq_num.0 + 1);
    let mut earlier = first.clone();
    earlier.seq_num = SequenceNumber(first.seq_num.0 - 1);
    world.network.submit(world.sign(first, &[&alice])).unwrap();
    let refused = world.network.submit(world.sign(second.clone(), &[&alice]));
    assert!(matches!(refused, Err(NotTaken::TryAgainLater(_))), "{refused:?}");
    let earlier = world.sign(earlier, &[&alice]);
    assert_eq!(world.refusal(earlier), Code::TxBadSeq);
    world.close();
    assert!(world.run(world.sign(second, &[&alice])).is_success());
}

#[test]
fn envelopes_that_cannot_be_applied_are_refused_with_the_networks_codes() {
    type Change = fn(&World) -> TransactionEnvelope;
    let rows: [(&str, Change, Code); 13] = [
        (
            "no operations",
            |world| {
                let tx = world.transaction(&key("alice"), vec![]);
                world.sign(tx, &[&key("alice")])
            },
            Code::TxMissingOperation,
        ),
        (
            "no such account",
            |world| {
                let tx = world.transaction(&key("nobody"), vec![operation::pay(&key("bob"), 1)]);
                world.sign(tx, &[&key("nobody")])
            },
            Code::TxNoAccount,
        ),
        (
            "no signature",
            |world| {
                let tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), 1)]);
                world.sign(tx, &[])
            },
            Code::TxBadAuth,
        ),
        (
            "somebody else's signature",
            |world| {
                let tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), 1)]);
                world.sign(tx, &[&key("bob")])
            },
            Code::TxBadAuth,
        ),
        (
            "a signature too many",
            |world| {
                let tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), 1)]);
                world.sign(tx, &[&key("alice"), &key("bob")])
            },
            Code::TxBadAuthExtra,
        ),
        (
            "the same signature twice",
            |world| {
                let tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), 1)]);
                world.sign(tx, &[&key("alice"), &key("alice")])
            },
            Code::TxBadAuthExtra,
        ),
        (
            "a fee below the least",
            |world| {
                let mut tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), 1); 2]);
                tx.fee = 199;
                world.sign(tx, &[&key("alice")])
            },
            Code::TxInsufficientFee,
        ),
        (
            "a fee that the account does not have",
            |world| {
                let mut tx = world.transaction(&key("poor"), vec![operation::pay(&key("bob"), 1)]);
                tx.fee = 1_000_000;
                world.sign(tx, &[&key("poor")])
            },
            Code::TxInsufficientBalance,
        ),
        (
            "a later sequence number",
            |world| {
                let mut tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), 1)]);
                tx.seq_num.0 += 1;
                world.sign(tx, &[&key("alice")])
            },
            Code::TxBadSeq,
        ),
        (
            "a contract operation among others",
            |world| {
                let call = contract::invoke(contract::create(&key("alice"), &Hash([0; 32]), 0), vec![]);
                let mut tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), 1), call]);
                tx.fee = 1_000_000;
                world.sign(tx, &[&key("alice")])
            },
            Code::TxMalformed,
        ),
        (
            "a contract operation without resources",
            |world| {
                let call = contract::invoke(contract::create(&key("alice"), &Hash([0; 32]), 0), vec![]);
                world.sign(world.transaction(&key("alice"), vec![call]), &[&key("alice")])
            },
            Code::TxMalformed,
        ),
        (
            "resources without a contract operation",
            |world| {
                let tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), 1)]);
                world.sign(with_resources(tx, no_resources()), &[&key("alice")])
            },
            Code::TxMalformed,
        ),
        ("a V0 envelope", v0, Code::TxNotSupported),
    ];
    let mut world = World::with(&["alice", "bob"]);
    world.fund(&key("poor"), LUMEN + 1_000);
    for (name, envelope, expected) in rows {
        let envelope = envelope(&world);
        assert_eq!(world.refusal(envelope), expected, "{name}");
    }
    assert_eq!(world.balance(&key("alice")), 10_000 * LUMEN, "refusals cost nothing");
}

fn no_resources() -> stellar_xdr::SorobanTransactionData {
    stellar_xdr::SorobanTransactionData {
        ext: stellar_xdr::SorobanTransactionDataExt::V0,
        resources: stellar_xdr::SorobanResources {
            footprint: stellar_xdr::LedgerFootprint {
                read_only: Default::default(),
                read_write: Default::default(),
            },
            instructions: 0,
            disk_read_bytes: 0,
            write_bytes: 0,
        },
        resource_fee: 0,
    }
}

fn v0(world: &World) -> TransactionEnvelope {
    let tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), 1)]);
    TransactionEnvelope::TxV0(TransactionV0Envelope {
        tx: TransactionV0 {
            source_account_ed25519: Uint256(key("alice").verifying_key().to_bytes()),
            fee: tx.fee,
            seq_num: tx.seq_num,
            time_bounds: None,
            memo: tx.memo,
            operations: tx.operations,
            ext: TransactionV0Ext::V0,
        },
        signatures: Default::default(),
    })
}

#[test]
fn a_refusal_says_why_in_words() {
    let mut world = World::with(&["alice", "bob"]);
    let refused = world.network.submit(v0(&world)).unwrap_err();
    assert!(refused.to_string().starts_with("the transaction is refused with TxNotSupported: "), "{refused}");
    assert!(refused.to_string().contains("V0 envelopes"), "{refused}");
}

#[test]
fn operations_that_this_network_does_not_do_are_refused_by_name() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let claimant = Claimant::ClaimantTypeV0(ClaimantV0 {
        destination: account_id(&alice),
        predicate: ClaimPredicate::Unconditional,
    });
    let bodies = [
        OperationBody::ManageData(ManageDataOp {
            data_name: "name".as_bytes().to_vec().try_into().map(stellar_xdr::String64).unwrap(),
            data_value: Some(DataValue(vec![1].try_into().unwrap())),
        }),
        OperationBody::BumpSequence(BumpSequenceOp { bump_to: SequenceNumber(i64::MAX) }),
        OperationBody::AccountMerge(muxed(&key("bob"))),
        OperationBody::Inflation,
        OperationBody::EndSponsoringFutureReserves,
        OperationBody::CreateClaimableBalance(CreateClaimableBalanceOp {
            asset: stellar_xdr::Asset::Native,
            amount: 1,
            claimants: vec![claimant].try_into().unwrap(),
        }),
    ];
    for body in bodies {
        let name = body.name();
        let envelope = world.sign(world.transaction(&alice, vec![operation::of(body)]), &[&alice]);
        match world.network.submit(envelope) {
            Err(NotTaken::Invalid { result, diagnostics }) => {
                let expected = Code::TxFailed(vec![OperationResult::OpNotSupported].try_into().unwrap());
                assert_eq!(result.result, expected, "{name}");
                assert!(event::reasons(&diagnostics).contains(name), "{name} is not named");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn contract_transactions_carry_neither_memo_nor_muxed_accounts() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let deployed = world.deploy(&alice);
    let muxed = MuxedAccount::MuxedEd25519(MuxedAccountMed25519 {
        id: 1,
        ed25519: Uint256(alice.verifying_key().to_bytes()),
    });
    let mut with_memo = world.prepare(&alice, deployed.call("time", vec![]));
    let mut muxed_source = with_memo.clone();
    let mut muxed_operation = with_memo.clone();
    with_memo.memo = Memo::Id(1);
    muxed_source.source_account = muxed.clone();
    let mut operation = muxed_operation.operations[0].clone();
    operation.source_account = Some(muxed);
    muxed_operation.operations = vec![operation].try_into().unwrap();
    for (name, tx) in [("memo", with_memo), ("source", muxed_source), ("operation", muxed_operation)] {
        let envelope = world.sign(tx, &[&alice]);
        match world.network.submit(envelope) {
            Err(NotTaken::Invalid { result, diagnostics }) => {
                assert_eq!(result.result, Code::TxSorobanInvalid, "{name}");
                assert!(event::reasons(&diagnostics).contains("memo or muxed"), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_muxed_account_pays_and_uses_the_sequence_number_of_the_account_behind_it() {
    let mut world = World::with(&["alice", "bob"]);
    let alice = key("alice");
    let mut tx = world.transaction(&alice, vec![operation::pay(&key("bob"), LUMEN)]);
    tx.source_account = MuxedAccount::MuxedEd25519(MuxedAccountMed25519 {
        id: 9,
        ed25519: Uint256(alice.verifying_key().to_bytes()),
    });
    assert!(world.run(world.sign(tx, &[&alice])).is_success());
    assert_eq!(world.balance(&alice), 9_999 * LUMEN - 100);
}

#[test]
fn what_became_invalid_while_it_waited_is_dropped() {
    let mut world = World::with(&["alice", "bob"]);
    let (alice, bob) = (key("alice"), key("bob"));
    let mut tx = world.transaction(&alice, vec![operation::pay(&bob, 1)]);
    tx.cond = stellar_xdr::Preconditions::Time(stellar_xdr::TimeBounds {
        min_time: stellar_xdr::TimePoint(0),
        max_time: stellar_xdr::TimePoint(world.now + 2),
    });
    let hash = world.network.submit(world.sign(tx, &[&alice])).unwrap();
    world.close();
    assert!(world.network.transaction(&hash).is_none());
    assert_eq!(world.balance(&alice), 10_000 * LUMEN);
}

#[test]
fn accounts_cannot_promise_the_same_lumens_twice() {
    let mut world = World::with(&["alice", "bob"]);
    world.fund(&key("payer"), 2 * LUMEN);
    let payer = key("payer");
    let inner = |world: &World, name: &str| {
        let tx = world.transaction(&key(name), vec![operation::pay(&payer, 1)]);
        world.sign_v1(tx, &[&key(name)])
    };
    let first = world.bump(inner(&world, "alice"), &payer, 6_000_000);
    let second = world.bump(inner(&world, "bob"), &payer, 6_000_000);
    world.network.submit(first).unwrap();
    assert_eq!(world.refusal(second), Code::TxInsufficientBalance);
}

use credential_status::{CredentialStatus, LIST_SIZE, Purpose, Refusal, Status};

use crate::support::{NOW, Verbs, World, account, bits};

#[test]
fn a_suspension_is_lifted_and_a_revocation_is_final() {
    let mut world = World::new();
    assert_eq!(world.status("kyc.near", 0, 300), Status::Valid, "where nobody ever wrote");
    for status in [Status::Suspended, Status::Valid, Status::Suspended, Status::Revoked] {
        world.set("kyc.near", 0, 300, status).unwrap();
        assert_eq!((world.status("kyc.near", 0, 300), world.events.len()), (status, 1));
    }
    let head = world.head();
    for status in [Status::Valid, Status::Suspended] {
        let refusal = world.set("kyc.near", 0, 300, status).unwrap_err();
        assert_eq!(refusal.to_string(), "CredentialRevoked(0,300)");
    }
    assert_eq!(world.head(), head);
}

#[test]
fn what_is_already_so_changes_nothing_and_says_nothing() {
    let mut world = World::new();
    for status in [Status::Valid, Status::Suspended, Status::Revoked] {
        world.set("kyc.near", 0, 300, status).unwrap();
        let head = world.head();
        world.set("kyc.near", 0, 300, status).unwrap();
        assert_eq!((world.head(), world.events.len()), (head, 0), "{status:?}");
    }
}

#[test]
fn an_event_carries_the_whole_word() {
    let mut world = World::new();
    world.set("kyc.near", u32::MAX, 522, Status::Revoked).unwrap();
    world.set("kyc.near", u32::MAX, 513, Status::Revoked).unwrap();
    let event = serde_json::json!({
        "standard": "idos-credential-status",
        "version": "1.0.0",
        "event": "status_changed",
        "data": [{
            "issuer": "kyc.near", "list": 4_294_967_295_u32, "purpose": "revocation", "word_index": 2,
            "word": format!("{:064x}", 0x402),
        }],
    });
    assert_eq!(world.events, [event]);
    assert_eq!(world.word("kyc.near", u32::MAX, Purpose::Revocation, 2), bits(&[1, 10]));
}

#[test]
fn a_position_is_one_issuers_in_one_list() {
    let mut world = World::new();
    world.set("kyc.near", 3, 511, Status::Revoked).unwrap();
    let others = [
        ("bob.near", 3, 511),
        ("relayer.near", 3, 511),
        ("kyc.near", 2, 511),
        ("kyc.near", 3, 510),
        ("kyc.near", 3, 255),
    ];
    for (issuer, list, index) in others {
        assert_eq!(world.status(issuer, list, index), Status::Valid, "{issuer} {list} {index}");
    }
    world.set("bob.near", 3, 511, Status::Suspended).unwrap();
    assert_eq!(world.status("kyc.near", 3, 511), Status::Revoked, "nobody writes another's list");
}

#[test]
fn a_list_ends() {
    let mut world = World::new();
    for status in [Status::Valid, Status::Suspended, Status::Revoked] {
        assert_eq!(world.set("kyc.near", 0, LIST_SIZE, status), Err(Refusal::IndexOutOfRange(LIST_SIZE)));
        assert_eq!(world.set("kyc.near", 0, u32::MAX, status), Err(Refusal::IndexOutOfRange(u32::MAX)));
    }
    world.set("kyc.near", 0, LIST_SIZE - 1, Status::Revoked).unwrap();
    assert_eq!(world.word("kyc.near", 0, Purpose::Revocation, 511), bits(&[255]));
    world.view(|_| {
        assert_eq!(
            CredentialStatus::status_of(account("kyc.near"), 0, LIST_SIZE),
            Err(Refusal::IndexOutOfRange(LIST_SIZE))
        );
        let word = CredentialStatus::status_word(account("kyc.near"), 0, Purpose::Revocation, 512);
        assert_eq!(word, Err(Refusal::IndexOutOfRange(LIST_SIZE)));
    });
}

#[test]
fn a_revocation_hides_a_suspension_and_leaves_its_bit() {
    let mut world = World::new();
    world.set("kyc.near", 0, 0, Status::Suspended).unwrap();
    world.set("kyc.near", 0, 0, Status::Revoked).unwrap();
    assert_eq!(world.status("kyc.near", 0, 0), Status::Revoked);
    assert_eq!(world.word("kyc.near", 0, Purpose::Suspension, 0), bits(&[0]));
    assert_eq!(world.call("kyc.near", NOW, 0, |it| it.set_status(0, 0, Status::Revoked)), Ok(()));
}

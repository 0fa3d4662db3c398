use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[derive(Deserialize)]
struct Vector {
    name: String,
    kdf: Kdf,
    password: String,
    profile_id: Uuid,
    secret: String,
}

#[test]
fn the_vectors_derive() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../../vectors/password.json")).unwrap();
    assert!(vectors.iter().any(|vector| vector.kdf == Kdf::V0_1));
    assert!(vectors.iter().any(|vector| vector.kdf == Kdf::V1));
    for Vector { name, kdf, password, profile_id, secret } in vectors {
        assert_eq!(*derive(&kdf, &password, profile_id).unwrap().to_base64(), secret, "{name}");
    }
}

#[test]
fn ways_to_type_one_password_make_one_key_and_another_profile_another() {
    let id = Uuid::from_u128(0x9f51b3b2_4cbe_4c2b_8ea3_0b0c1b2f1a11);
    let composed = derive(&Kdf::V0_1, "caf\u{e9} 1", id).unwrap();
    assert_eq!(derive(&Kdf::V0_1, "cafe\u{301} \u{ff11}", id).unwrap(), composed);
    assert_ne!(derive(&Kdf::V0_1, "cafe 1", id).unwrap(), composed);
    assert_ne!(derive(&Kdf::V0_1, "caf\u{e9} 1", Uuid::from_u128(1)).unwrap(), composed);
}

#[test]
fn empty_and_endless_passwords_are_refused() {
    let id = Uuid::from_u128(1);
    assert_eq!(derive(&Kdf::V0_1, "", id), Err(PasswordError::Empty));
    assert_eq!(derive(&Kdf::V0_1, &"a".repeat(MAX_PASSWORD_LEN + 1), id), Err(PasswordError::TooLong));
    assert!(derive(&Kdf::V0_1, &"\u{fdfa}".repeat(MAX_PASSWORD_LEN / 3), id).is_ok(), "the worst growth");
}

fn stated(version: &str, log_n: u8, r: u32, p: u32) -> Value {
    json!({"name": "scrypt", "version": version, "log_n": log_n, "r": r, "p": p})
}

#[test]
fn a_kdf_is_stated_in_json() {
    assert_eq!(serde_json::to_value(Kdf::V0_1).unwrap(), stated("0.1", 14, 8, 1));
    assert_eq!(serde_json::to_value(Kdf::V1).unwrap(), stated("1", 17, 8, 1));
    for (log_n, r, p) in [(14, 8, 1), (20, 8, 4), (19, 16, 4)] {
        let kdf: Kdf = serde_json::from_value(stated("1", log_n, r, p)).unwrap();
        assert!(kdf.memory() <= MAX_MEMORY);
        assert!(kdf.params().is_ok());
        assert_eq!(serde_json::to_value(kdf).unwrap(), stated("1", log_n, r, p));
    }
}

#[test]
fn parameters_out_of_bounds_are_refused() {
    let table = [
        ("weak n", stated("1", 13, 8, 1), "too weak"),
        ("weak r", stated("1", 17, 7, 1), "too weak"),
        ("weak p", stated("1", 17, 8, 0), "too weak"),
        ("costly n", stated("1", 21, 8, 1), "cost too much"),
        ("n that overflows", stated("1", 255, 8, 1), "cost too much"),
        ("costly r", stated("1", 14, 17, 1), "cost too much"),
        ("costly p", stated("1", 14, 8, 5), "cost too much"),
        ("costly together", stated("1", 20, 16, 1), "cost too much"),
        ("version 0.1 with other parameters", stated("0.1", 17, 8, 1), "version 0.1"),
        ("unknown version", stated("2", 17, 8, 1), "unknown variant"),
        (
            "unknown function",
            json!({"name": "pbkdf2", "version": "1", "log_n": 17, "r": 8, "p": 1}),
            "unknown variant",
        ),
        (
            "unknown field",
            json!({"name": "scrypt", "version": "1", "log_n": 17, "r": 8, "p": 1, "q": 1}),
            "unknown field",
        ),
        ("missing field", json!({"name": "scrypt", "version": "1", "log_n": 17, "r": 8}), "missing field"),
        ("negative", json!({"name": "scrypt", "version": "1", "log_n": -1, "r": 8, "p": 1}), "invalid value"),
    ];
    for (name, json, reason) in table {
        let error = serde_json::from_value::<Kdf>(json).unwrap_err().to_string();
        assert!(error.contains(reason), "{name}: {error}");
    }
}

proptest! {
    #[test]
    fn whatever_is_accepted_is_within_bounds(log_n in 10u8..24, r in 4u32..20, p in 0u32..7) {
        if let Ok(kdf) = serde_json::from_value::<Kdf>(stated("1", log_n, r, p)) {
            prop_assert!(kdf.memory() <= MAX_MEMORY && p <= 4 && log_n >= 14);
        }
    }
}

//! Nothing secret is printed, whatever is printed: values, and every reason for a refusal.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::*;
use crate::{EncryptionSecret, password};

/// The ways in which 32 bytes may turn up in a text: hex of both cases and both orders, base64, and the numbers of a derived `Debug`.
fn spellings(secret: &[u8]) -> Vec<String> {
    let turned: Vec<u8> = secret.iter().rev().copied().collect();
    let numbers = format!("{:?}", &secret[..4]);
    let of = |bytes: &[u8]| {
        let inner = &bytes[..16];
        [hex::encode(inner), hex::encode_upper(inner), STANDARD.encode(&bytes[..15])]
    };
    of(secret).into_iter().chain(of(&turned)).chain([numbers.trim_matches(['[', ']']).to_owned()]).collect()
}

fn assert_silent(secrets: &[Vec<u8>], texts: &[String]) {
    for text in texts {
        for spelling in secrets.iter().flat_map(|secret| spellings(secret)) {
            assert!(!text.contains(&spelling), "{text} holds {spelling}");
        }
    }
}

#[test]
fn the_check_itself_finds_what_is_printed() {
    let secret = vec![0xab; 32];
    for leak in [format!("{secret:?}"), hex::encode(&secret), STANDARD.encode(&secret)] {
        assert!(spellings(&secret).iter().any(|spelling| leak.contains(spelling)), "{leak}");
    }
}

#[test]
fn no_value_prints_a_secret() {
    let (secret, dealt) = dealt(3, 5);
    let key = secret.encryption_secret();
    let refresh = refresh(&dealt.dealing, &mut OsRng).unwrap();
    let sealed = SealedShare::seal(&dealt.shares[0], &key.public(), &mut OsRng).unwrap();
    let mut recovery = Recovery::new(&dealt.dealing);
    for (node, share) in sent(&dealt.shares) {
        recovery.offer(node, share).unwrap();
    }
    let texts = [
        format!("{secret:?} {key:?} {dealt:?} {refresh:?} {sealed:?} {recovery:?}"),
        format!("{:#?}", recovery.finish().unwrap()),
    ];
    let shares = dealt.shares.iter().chain(&refresh.additions).map(|share| share.value().to_bytes().to_vec());
    let secrets: Vec<Vec<u8>> =
        shares.chain([secret.scalar().to_bytes().to_vec(), key.to_bytes().to_vec()]).collect();
    assert_silent(&secrets, &texts);
}

fn refusal<T: DeserializeOwned>(json: &impl Serialize) -> String {
    let json = serde_json::to_string(json).unwrap();
    serde_json::from_str::<T>(&json).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn no_refusal_quotes_a_secret() {
    let bytes = [0xa7; 32];
    let hex = hex::encode(bytes);
    let base64 = STANDARD.encode(bytes);
    let password = "correct horse battery staple".repeat(64);
    let texts = [
        Share::from_bytes(&bytes).unwrap_err().to_string(),
        hex.parse::<EncryptionSecret>().unwrap_err().to_string(),
        base64[1..].parse::<EncryptionSecret>().unwrap_err().to_string(),
        password::derive(&password::Kdf::V0_1, &password, Uuid::from_u128(1)).unwrap_err().to_string(),
        refusal::<Commitments>(&[format!("{hex}00")]),
        refusal::<SealedShare>(&serde_json::json!({"sender": base64, "content": base64})),
        OtherKey.to_string(),
    ];
    assert!(texts.iter().all(|text| !text.is_empty()));
    assert_silent(&[bytes.to_vec()], &texts);
    assert!(texts.iter().all(|text| !text.contains("horse")));
}

#[test]
fn what_is_secret_is_wiped_when_dropped() {
    fn is_wiped<T: ZeroizeOnDrop>() {}
    is_wiped::<SharedSecret>();
    is_wiped::<Share>();
    is_wiped::<EncryptionSecret>();

    let (mut secret, mut dealt) = dealt(3, 5);
    let mut share = dealt.shares.remove(0);
    secret.zeroize();
    share.zeroize();
    assert_eq!(secret.scalar().to_bytes(), [0; 32]);
    assert_eq!(share.value().to_bytes(), [0; 32]);
}

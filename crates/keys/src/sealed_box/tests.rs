use proptest::{collection::vec, prelude::*};
use rand_core::OsRng;

use super::*;

#[derive(serde::Deserialize)]
struct Vector {
    name: String,
    sender_secret: String,
    sender_public: String,
    recipient_secret: String,
    recipient_public: String,
    nonce: String,
    plaintext: String,
    content: String,
}

fn unhex<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

#[test]
fn the_vectors_seal_and_open() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../../vectors/sealed_box.json")).unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let name = &vector.name;
        let sender = EncryptionSecret::from_bytes(unhex(&vector.sender_secret));
        let recipient = EncryptionSecret::from_bytes(unhex(&vector.recipient_secret));
        assert_eq!(hex::encode(sender.public().as_bytes()), vector.sender_public, "{name}");
        assert_eq!(hex::encode(recipient.public().as_bytes()), vector.recipient_public, "{name}");

        let plaintext = hex::decode(&vector.plaintext).unwrap();
        let nonce = Nonce::from(unhex::<24>(&vector.nonce));
        let content = seal_with(&sender, &nonce, &recipient.public(), &plaintext).unwrap();
        assert_eq!(hex::encode(&content), vector.content, "{name}");
        assert_eq!(*open(&recipient, &sender.public(), &content).unwrap(), plaintext, "{name}");
    }
}

#[test]
fn every_seal_has_its_own_key_and_nonce() {
    let recipient = EncryptionSecret::generate(&mut OsRng).public();
    let [one, two] = [(); 2].map(|()| seal(&mut OsRng, &recipient, b"same").unwrap());
    assert_ne!(one.sender, two.sender);
    assert_ne!(one.content[..NONCE_LEN], two.content[..NONCE_LEN]);
    assert_eq!(one.content.len(), MIN_CONTENT_LEN + 4);
}

#[test]
fn altered_or_foreign_content_does_not_open() {
    let recipient = EncryptionSecret::generate(&mut OsRng);
    let Sealed { sender, content } = seal(&mut OsRng, &recipient.public(), b"a credential").unwrap();
    let other = EncryptionSecret::generate(&mut OsRng);

    assert_eq!(open(&other, &sender, &content), Err(OpenError::NotForThisKey), "wrong secret");
    assert_eq!(open(&recipient, &other.public(), &content), Err(OpenError::NotForThisKey), "wrong sender");
    for position in 0..content.len() {
        let mut altered = content.clone();
        altered[position] ^= 1;
        assert_eq!(open(&recipient, &sender, &altered), Err(OpenError::NotForThisKey), "byte {position}");
    }
    for length in 0..content.len() {
        let expected = if length < MIN_CONTENT_LEN { OpenError::TooShort } else { OpenError::NotForThisKey };
        assert_eq!(open(&recipient, &sender, &content[..length]), Err(expected), "{length} bytes");
    }
}

#[test]
fn plaintext_is_noticed_at_the_door() {
    let json = format!("{{\"name\":\"{}\"}}", "é".repeat(200));
    let cut_in_half = format!("{}é", "a".repeat(PLAINTEXT_WINDOW - 1));
    let table: [(&str, &[u8], Result<(), NotABox>); 7] = [
        ("nothing", b"", Err(NotABox::TooShort)),
        ("shorter than a box", &[0xff; MIN_CONTENT_LEN - 1], Err(NotABox::TooShort)),
        ("short content is not judged", b"{\"name\":\"a text of forty bytes or more..\"}", Ok(())),
        ("json", json.as_bytes(), Err(NotABox::Plaintext)),
        ("a character cut by the window", cut_in_half.as_bytes(), Err(NotABox::Plaintext)),
        ("zeros", &[0; 4096], Err(NotABox::Plaintext)),
        ("not utf-8", &[0xff; 4096], Ok(())),
    ];
    for (name, content, expected) in table {
        assert_eq!(looks_like_box(content), expected, "{name}");
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens_and_passes_the_door(plaintext in vec(any::<u8>(), 0..4096)) {
        let recipient = EncryptionSecret::generate(&mut OsRng);
        let sealed = seal(&mut OsRng, &recipient.public(), &plaintext).unwrap();
        prop_assert_eq!(looks_like_box(&sealed.content), Ok(()));
        prop_assert_eq!(&*open(&recipient, &sealed.sender, &sealed.content).unwrap(), &plaintext);
    }

    #[test]
    fn arbitrary_content_never_opens_or_panics(content in vec(any::<u8>(), 0..256)) {
        let secret = EncryptionSecret::from_bytes([9; 32]);
        prop_assert!(open(&secret, &secret.public(), &content).is_err());
    }
}

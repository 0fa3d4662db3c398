//! Calls and their answers, as JSON: `{"call":"password_key",…}`. An answer is an object, or `{"error":"…"}`. Shares and randomness are hex digits, keys and
//! secrets standard base64.

use std::fmt;

use idos_keys::{
    EncryptionKey, EncryptionSecret, Kdf, KeyError,
    password::{self, PasswordError},
    sealed_box::{self, OpenError},
    shares::{
        self, Commitments, Dealing, OtherKey, SealedShare, Share, ShareFault, SharedSecret, SharingError,
        Terms, Threshold,
    },
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::given::Given;

/// Bytes that may be secret: in JSON hex digits.
pub struct Bytes(Zeroizing<Vec<u8>>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        // The decoder's error would name the character.
        let bytes =
            hex::decode(text.as_str()).map_err(|_| serde::de::Error::custom("expected hex digits"))?;
        Ok(Self(Zeroizing::new(bytes)))
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(hex::encode(&*self.0)))
    }
}

impl From<&Share> for Bytes {
    fn from(share: &Share) -> Self {
        Self(Zeroizing::new(share.to_bytes().to_vec()))
    }
}

impl Bytes {
    fn share(&self) -> Result<Share, ShareFault> {
        Share::from_bytes(&self.0)
    }
}

/// A text that is secret.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Secret {
    fn of(key: &EncryptionSecret) -> Self {
        Self(key.to_base64().to_string())
    }

    fn key(&self) -> Result<EncryptionSecret, KeyError> {
        self.0.parse()
    }
}

/// For whom a secret is shared: [`Terms`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharingTerms {
    profile_id: Uuid,
    node_set: String,
    required: u8,
    nodes: u8,
    epoch: u32,
}

impl TryFrom<SharingTerms> for Terms {
    type Error = Refusal;

    fn try_from(terms: SharingTerms) -> Result<Self, Refusal> {
        let SharingTerms { profile_id, node_set: digest, required, nodes, epoch } = terms;
        let mut node_set = [0; 32];
        hex::decode_to_slice(digest, &mut node_set).map_err(|_| Refusal::NodeSet)?;
        Ok(Self { profile_id, node_set, threshold: Threshold::new(required, nodes)?, epoch })
    }
}

/// A share and the index of the node that sent it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    node: u8,
    share: Bytes,
}

/// What is asked.
#[derive(Deserialize)]
#[serde(tag = "call", rename_all = "snake_case", deny_unknown_fields)]
pub enum Call {
    /// The key that a password makes.
    PasswordKey {
        /// How.
        kdf: Kdf,
        /// The password.
        password: Secret,
        /// Whose.
        profile_id: Uuid,
    },
    /// Seals a plaintext; 56 bytes of randomness.
    SealBox {
        /// To whom.
        recipient: EncryptionKey,
        /// What.
        plaintext: Bytes,
        /// 56 bytes.
        randomness: Bytes,
    },
    /// Opens sealed content.
    OpenBox {
        /// The recipient's.
        secret: Secret,
        /// The ephemeral key beside the content.
        sender: EncryptionKey,
        /// `nonce || box`.
        content: Bytes,
    },
    /// Makes a key and splits it; 64 bytes of randomness for each required share.
    Deal {
        /// For whom.
        terms: SharingTerms,
        /// 64 bytes for each required share.
        randomness: Bytes,
    },
    /// Shares zero; 64 bytes of randomness for each required share but one.
    Refresh {
        /// The present dealing.
        dealing: Dealing,
        /// 64 bytes for each required share but one.
        randomness: Bytes,
    },
    /// What becomes of one share.
    Refreshed {
        /// The present dealing.
        dealing: Dealing,
        /// The present share.
        share: Bytes,
        /// Of the sharing of zero.
        commitments: Commitments,
        /// What is added.
        addition: Bytes,
    },
    /// Rebuilds the key that the profile's key statement states.
    Recover {
        /// The dealing.
        dealing: Dealing,
        /// Its public half, as it is stated. Shares of any other key are refused, however good they are.
        stated: EncryptionKey,
        /// What nodes sent.
        sent: Vec<Sent>,
    },
    /// Seals a share; 56 bytes of randomness.
    SealShare {
        /// The share.
        share: Bytes,
        /// To whom.
        recipient: EncryptionKey,
        /// 56 bytes.
        randomness: Bytes,
    },
    /// Opens a sealed share.
    OpenShare {
        /// The share.
        sealed: SealedShare,
        /// The recipient's.
        secret: Secret,
    },
}

/// What comes of it.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// A key.
    Key {
        /// Its secret half.
        encryption_secret: Secret,
        /// Its public half.
        encryption_key: EncryptionKey,
    },
    /// Opened content.
    Plaintext {
        /// In hex digits.
        plaintext: Bytes,
    },
    /// Sealed content.
    Box {
        /// The ephemeral key.
        sender: EncryptionKey,
        /// `nonce || box`.
        content: Bytes,
    },
    /// A key, split.
    Dealt {
        /// Its secret half.
        encryption_secret: Secret,
        /// Its public half.
        encryption_key: EncryptionKey,
        /// What the wallet signs.
        dealing: Dealing,
        /// SHA-256 of it.
        digest: String,
        /// One for each node.
        shares: Vec<Bytes>,
    },
    /// A sharing of zero.
    Refresh {
        /// The dealing after it.
        dealing: Dealing,
        /// SHA-256 of it.
        digest: String,
        /// Of the sharing of zero.
        commitments: Commitments,
        /// One for each node.
        additions: Vec<Bytes>,
    },
    /// A refreshed share.
    Refreshed {
        /// The next dealing.
        dealing: Dealing,
        /// The next share.
        share: Bytes,
    },
    /// A rebuilt key.
    Recovered {
        /// Its secret half.
        encryption_secret: Secret,
        /// Its public half.
        encryption_key: EncryptionKey,
        /// Whose shares were bad, and why.
        bad: Vec<Bad>,
    },
    /// A sealed share.
    Sealed(SealedShare),
    /// An opened share.
    Share {
        /// In hex digits.
        share: Bytes,
    },
    /// A refusal.
    Error {
        /// What to do about it.
        error: String,
        /// Whose shares were bad, and why.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        bad: Vec<Bad>,
    },
}

/// A node that sent a bad share.
#[derive(Serialize)]
pub struct Bad {
    node: u8,
    fault: ShareFault,
}

impl Bad {
    fn list(bad: &[shares::BadShare]) -> Vec<Self> {
        bad.iter().map(|bad| Self { node: bad.node, fault: bad.fault }).collect()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not a call.
    #[error("this is not a call: {0}")]
    Malformed(String),
    /// Not a digest.
    #[error("node_set is 64 hex digits")]
    NodeSet,
    /// Too little randomness, or too much.
    #[error("this call takes another number of random bytes")]
    Randomness,
    /// The plaintext cannot be sealed.
    #[error(transparent)]
    Seal(#[from] sealed_box::SealError),
    /// The password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A box.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A share.
    #[error(transparent)]
    Share(#[from] ShareFault),
    /// A sharing.
    #[error(transparent)]
    Sharing(#[from] SharingError),
    /// Good shares of another key.
    #[error(transparent)]
    OtherKey(#[from] OtherKey),
    /// Bad shares.
    #[error(transparent)]
    TooFew(#[from] shares::TooFewShares),
}

/// The answer to a call, as JSON.
pub fn answer(call: &[u8]) -> Zeroizing<Vec<u8>> {
    let answer = parse(call).and_then(run).unwrap_or_else(|refusal| Answer::Error {
        error: refusal.to_string(),
        bad: match &refusal {
            Refusal::TooFew(too_few) => Bad::list(&too_few.bad),
            _ => Vec::new(),
        },
    });
    Zeroizing::new(serde_json::to_vec(&answer).unwrap_or_default())
}

fn parse(call: &[u8]) -> Result<Call, Refusal> {
    serde_json::from_slice(call).map_err(|error| Refusal::Malformed(place(&error)))
}

// serde's own sentence may quote what it read, and that may be a password.
fn place(error: &serde_json::Error) -> String {
    struct Place<'a>(&'a serde_json::Error);
    impl fmt::Display for Place<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "line {}, column {}", self.0.line(), self.0.column())
        }
    }
    Place(error).to_string()
}

fn run(call: Call) -> Result<Answer, Refusal> {
    match call {
        Call::PasswordKey { kdf, password, profile_id } => {
            let secret = password::derive(&kdf, &password.0, profile_id)?;
            Ok(Answer::Key { encryption_secret: Secret::of(&secret), encryption_key: secret.public() })
        }
        Call::SealBox { recipient, plaintext, randomness } => {
            let sealed = with(randomness, |rng| Ok(sealed_box::seal(rng, &recipient, &plaintext.0)?))?;
            Ok(Answer::Box { sender: sealed.sender, content: Bytes(Zeroizing::new(sealed.content)) })
        }
        Call::OpenBox { secret, sender, content } => {
            let plaintext = sealed_box::open(&secret.key()?, &sender, &content.0)?;
            Ok(Answer::Plaintext { plaintext: Bytes(plaintext) })
        }
        Call::Deal { terms, randomness } => deal(terms.try_into()?, randomness),
        Call::Refresh { dealing, randomness } => {
            let refresh = with(randomness, |rng| Ok(shares::refresh(&dealing, rng)?))?;
            Ok(Answer::Refresh {
                digest: hex::encode(refresh.dealing.digest()),
                dealing: refresh.dealing,
                commitments: refresh.commitments,
                additions: refresh.additions.iter().map(Bytes::from).collect(),
            })
        }
        Call::Refreshed { dealing, share, commitments, addition } => {
            let (dealing, share) =
                shares::refreshed(&dealing, &share.share()?, &commitments, &addition.share()?)?;
            Ok(Answer::Refreshed { dealing, share: Bytes::from(&share) })
        }
        Call::Recover { dealing, stated, sent } => recover(&dealing, &stated, &sent),
        Call::SealShare { share, recipient, randomness } => {
            let share = share.share()?;
            with(randomness, |rng| Ok(SealedShare::seal(&share, &recipient, rng)?)).map(Answer::Sealed)
        }
        Call::OpenShare { sealed, secret } => {
            Ok(Answer::Share { share: Bytes::from(&sealed.open(&secret.key()?)?) })
        }
    }
}

/// What `make` makes of exactly these random bytes.
fn with<T>(randomness: Bytes, make: impl FnOnce(&mut Given) -> Result<T, Refusal>) -> Result<T, Refusal> {
    let mut given = Given::new(randomness.0);
    let made = make(&mut given)?;
    if given.was_exact() { Ok(made) } else { Err(Refusal::Randomness) }
}

fn deal(terms: Terms, randomness: Bytes) -> Result<Answer, Refusal> {
    let (secret, dealt) = with(randomness, |rng| {
        let secret = SharedSecret::generate(rng);
        let dealt = shares::deal(&secret, terms, rng)?;
        Ok((secret.encryption_secret(), dealt))
    })?;
    Ok(Answer::Dealt {
        encryption_secret: Secret::of(&secret),
        encryption_key: secret.public(),
        digest: hex::encode(dealt.dealing.digest()),
        dealing: dealt.dealing,
        shares: dealt.shares.iter().map(Bytes::from).collect(),
    })
}

fn recover(dealing: &Dealing, stated: &EncryptionKey, sent: &[Sent]) -> Result<Answer, Refusal> {
    let mut recovery = shares::Recovery::new(dealing);
    for Sent { node, share } in sent {
        match share.share() {
            // What is bad is noted.
            Ok(share) => drop(recovery.offer(*node, share)),
            Err(fault) => recovery.blame(*node, fault),
        }
    }
    let recovered = recovery.finish()?;
    let secret = recovered.secret.encryption_secret_of(stated)?;
    Ok(Answer::Recovered {
        encryption_secret: Secret::of(&secret),
        encryption_key: secret.public(),
        bad: Bad::list(&recovered.bad),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn ask(call: &Value) -> Value {
        serde_json::from_slice(&answer(call.to_string().as_bytes())).unwrap()
    }

    #[test]
    fn what_is_no_call_is_refused_without_quoting_it() {
        let table = [
            ("not JSON", b"correct horse".to_vec()),
            ("no call", br#"{"password":"correct horse"}"#.to_vec()),
            ("an unknown call", br#"{"call":"correct horse"}"#.to_vec()),
            (
                "another type",
                br#"{"call":"open_box","secret":"correct horse","sender":"correct horse","content":""}"#
                    .to_vec(),
            ),
            (
                "not hex",
                br#"{"call":"recover","dealing":null,"sent":[{"node":1,"share":"correct horse"}]}"#.to_vec(),
            ),
        ];
        for (name, call) in table {
            let answer = String::from_utf8(answer(&call).to_vec()).unwrap();
            assert!(answer.starts_with(r#"{"error":"this is not a call"#), "{name}: {answer}");
            assert!(!answer.contains("horse"), "{name}: {answer}");
        }
    }

    #[test]
    fn randomness_is_taken_exactly() {
        let terms = json!({"profile_id": "9f51b3b2-4cbe-4c2b-8ea3-0b0c1b2f1a11", "node_set": "00".repeat(32), "required": 2, "nodes": 3, "epoch": 1});
        for (bytes, is_dealt) in [(127, false), (128, true), (129, false), (0, false)] {
            let answer = ask(&json!({"call": "deal", "terms": terms, "randomness": "07".repeat(bytes)}));
            assert_eq!(answer.get("dealing").is_some(), is_dealt, "{bytes}: {answer}");
        }
    }
}

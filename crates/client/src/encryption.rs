//! The profile's encryption key: made at random or derived from a password, stated by a wallet, checked by whoever seals for it.

use idos_api::profiles::SignedKeyStatement;
use idos_grants::Account;
use idos_keys::{
    EncryptionKey, EncryptionSecret,
    password::{self, Kdf},
};
use idos_wallets::{KdfText, KeyStatement, Message, SharedKey, Wallet};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    ClientError, Session, Signer,
    chain::Chains,
    memory::{Memory, SeenStatement},
    proof,
};

/// Where a key comes from, as its statement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrigin {
    /// Random bytes, kept by the owner.
    Random,
    /// A password.
    Password(Kdf),
    /// Shares at nodes.
    Shared(SharedKey),
}

impl KeyOrigin {
    /// The origin of a stated key.
    ///
    /// # Errors
    /// If it is none that is known here.
    pub fn stated(statement: &KeyStatement) -> Result<Self, ClientError> {
        if statement.kdf.is_random_key() {
            return Ok(Self::Random);
        }
        if let Some(shared) = statement.shared_key() {
            return Ok(Self::Shared(shared));
        }
        let kdf = serde_json::from_str(statement.kdf.as_str());
        kdf.map(Self::Password)
            .map_err(|_| ClientError::Input("the key statement names no known origin of the key".into()))
    }

    fn text(self) -> Result<KdfText, ClientError> {
        match self {
            Self::Random => Ok(KdfText::random_key()),
            Self::Password(kdf) => {
                let text =
                    serde_json::to_string(&kdf).map_err(|error| ClientError::Input(error.to_string()))?;
                text.parse().map_err(|error: idos_wallets::TextError| ClientError::Input(error.to_string()))
            }
            Self::Shared(shared) => shared.kdf_text().map_err(|error| ClientError::Input(error.to_string())),
        }
    }
}

impl From<Option<&Kdf>> for KeyOrigin {
    fn from(kdf: Option<&Kdf>) -> Self {
        kdf.map_or(Self::Random, |kdf| Self::Password(*kdf))
    }
}

/// States, by `wallet`'s signature, that `secret`'s public half is the profile's key from `now` on. It follows from a password by `kdf`, or is random.
pub fn state(
    wallet: &impl Signer,
    profile_id: Uuid,
    secret: &EncryptionSecret,
    kdf: Option<&Kdf>,
    version: u32,
    now: u64,
) -> Result<SignedKeyStatement, ClientError> {
    state_from(wallet, profile_id, &secret.public(), kdf.into(), version, now)
}

/// States, by `wallet`'s signature, that `key` is the profile's key from `now` on, and where it comes from.
pub fn state_from(
    wallet: &impl Signer,
    profile_id: Uuid,
    key: &EncryptionKey,
    origin: KeyOrigin,
    version: u32,
    now: u64,
) -> Result<SignedKeyStatement, ClientError> {
    let statement = KeyStatement {
        profile_id,
        account: wallet.account(),
        encryption_key: *key.as_bytes(),
        kdf: origin.text()?,
        version,
        issued_at: now,
    };
    let signature = wallet.sign(&message(&statement)?.into())?;
    Ok(SignedKeyStatement { statement, signature, node_set: None })
}

/// The key that `signed` states for `profile_id`, if one of `accounts` signed it. `accounts` must be known from elsewhere
/// than the node: then it cannot put its own key in the place of somebody's.
///
/// The chain of the account that signed is asked where a signature alone does not prove an account, as on NEAR and Stellar and for contract
/// wallets.
pub async fn verify(
    signed: &SignedKeyStatement,
    profile_id: Uuid,
    accounts: &[Account],
    chains: &dyn Chains,
) -> Result<EncryptionKey, ClientError> {
    let statement = &signed.statement;
    if statement.profile_id != profile_id {
        return Err(ClientError::Forged("a key statement of another profile"));
    }
    let wallet = signer(signed, chains).await?;
    if !accounts.iter().any(|account| wallet.controls(account)) {
        return Err(ClientError::Forged(
            "a key statement by a wallet that is not the named one; if both are of one profile, ask its owner to state the key by the named one too",
        ));
    }
    EncryptionKey::from_bytes(statement.encryption_key)
        .map_err(|_| ClientError::Forged("a key statement of an unusable key"))
}

/// The wallet that signed the statement.
async fn signer(signed: &SignedKeyStatement, chains: &dyn Chains) -> Result<Wallet, ClientError> {
    let (account, message) = (&signed.statement.account, message(&signed.statement)?);
    let wallet = proof::wallet(account, &message, signed.signature.as_bytes(), chains).await?;
    wallet.ok_or(ClientError::Forged("a key statement whose signature is not its wallet's"))
}

/// The key of a profile, as [`verify`] believes it, and at least as new as the one that was believed of it before: a node cannot bring back a key that
/// was replaced.
///
/// A profile has several wallets, and the node serves the statement of one. Where `accounts` are others of them, they have to state the same key
/// themselves ([`state_again`]), in a statement that was handed over by its owner and not by the node. The key that the node serves must be that one all
/// the same, or it was changed since.
///
/// # Errors
/// [`ClientError::Forged`] if nothing that one of `accounts` signed states the key that the node serves.
pub async fn of_profile(
    session: &Session,
    profile_id: Uuid,
    accounts: &[Account],
    handed_over: &[SignedKeyStatement],
    chains: &dyn Chains,
) -> Result<EncryptionKey, ClientError> {
    let signed = session.key_statement(profile_id).await?;
    check_newest(session.node().memory(), &signed.statement)?;
    match key_handed_over(handed_over, profile_id, accounts, chains).await? {
        // The rest of what the node serves is not proven here, so nothing of it is remembered.
        Some(key) if *key.as_bytes() == signed.statement.encryption_key => Ok(key),
        Some(_) => Err(ClientError::Forged(
            "another key than the named wallet has stated itself; if its owner has changed her key since, ask her to state it again",
        )),
        None => {
            let key = verify(&signed, profile_id, accounts, chains).await?;
            remember(session.node().memory(), &signed.statement)?;
            Ok(key)
        }
    }
}

/// The key by the first statement that holds; those about other profiles or by other wallets count for nothing.
async fn key_handed_over(
    handed_over: &[SignedKeyStatement],
    profile_id: Uuid,
    accounts: &[Account],
    chains: &dyn Chains,
) -> Result<Option<EncryptionKey>, ClientError> {
    for signed in handed_over.iter().filter(|signed| signed.statement.profile_id == profile_id) {
        match verify(signed, profile_id, accounts, chains).await {
            Ok(key) => return Ok(Some(key)),
            Err(ClientError::Forged(_)) => {}
            Err(unknown) => return Err(unknown),
        }
    }
    Ok(None)
}

/// States, by `wallet`'s signature, the key that another wallet of the profile has stated in `present`: for who knows the profile by `wallet`.
///
/// # Errors
/// [`ClientError::WrongKey`] if `secret` is not that of the stated key: nobody signs a key because a node says that it is hers.
pub fn state_again(
    wallet: &impl Signer,
    present: &KeyStatement,
    secret: &EncryptionSecret,
    now: u64,
) -> Result<SignedKeyStatement, ClientError> {
    check(present, secret)?;
    let KeyStatement { profile_id, version, .. } = *present;
    state_from(wallet, profile_id, &secret.public(), KeyOrigin::stated(present)?, version, now)
}

/// The secret of the caller's own profile, whose statement is `statement`: from `secret`, which may ask for a password, and only if it is
/// of the stated key. A statement that is older than one that was seen before is refused first.
pub fn own_secret(
    memory: &dyn Memory,
    statement: &KeyStatement,
    secret: impl FnOnce() -> Result<EncryptionSecret, ClientError>,
) -> Result<EncryptionSecret, ClientError> {
    check_newest(memory, statement)?;
    let secret = secret()?;
    check(statement, &secret)?;
    remember(memory, statement)?;
    Ok(secret)
}

/// Believes the statement of the caller's own profile if one of `accounts`, which are hers, signed it, or if it was believed before.
///
/// A key that is brought back from nodes has to be believed first: whoever could state another one, and share that among the same nodes, would read
/// what is sealed for it. Passwords and random keys need no belief, for they fit the stated key or do not.
///
/// # Errors
/// [`ClientError::StatedElsewhere`] if somebody else signed it: she may know that account as her own.
pub async fn believe_own(
    memory: &dyn Memory,
    signed: &SignedKeyStatement,
    accounts: &[Account],
    chains: &dyn Chains,
) -> Result<(), ClientError> {
    let statement = &signed.statement;
    check_newest(memory, statement)?;
    if memory.statement(statement.profile_id)?.is_some_and(|seen| seen.version == statement.version) {
        return Ok(());
    }
    let wallet = signer(signed, chains).await?;
    if !accounts.iter().any(|account| wallet.controls(account)) {
        return Err(ClientError::StatedElsewhere { account: statement.account });
    }
    remember(memory, statement)
}

/// Remembers a statement of the caller's own profile that she has just signed.
pub fn remember_own(memory: &dyn Memory, signed: &SignedKeyStatement) -> Result<(), ClientError> {
    check_newest(memory, &signed.statement)?;
    remember(memory, &signed.statement)
}

/// Refuses a statement that is older than what was believed before, or another one of the same version.
fn check_newest(memory: &dyn Memory, statement: &KeyStatement) -> Result<(), ClientError> {
    let Some(seen) = memory.statement(statement.profile_id)? else { return Ok(()) };
    if statement.version < seen.version {
        return Err(ClientError::Forged("a key statement older than one that it served before"));
    }
    if statement.version == seen.version && digest(statement)? != seen.sha256 {
        return Err(ClientError::Forged("another key statement than before under the same version"));
    }
    Ok(())
}

fn remember(memory: &dyn Memory, statement: &KeyStatement) -> Result<(), ClientError> {
    let seen = SeenStatement { version: statement.version, sha256: digest(statement)? };
    if memory.statement(statement.profile_id)?.as_ref() == Some(&seen) {
        return Ok(());
    }
    memory.remember_statement(statement.profile_id, seen)
}

fn digest(statement: &KeyStatement) -> Result<String, ClientError> {
    Ok(hex::encode(Sha256::digest(message(statement)?.text())))
}

/// The secret of a profile whose key follows from a password. A wrong password is recognised here, without asking anybody.
pub fn from_password(statement: &KeyStatement, password: &str) -> Result<EncryptionSecret, ClientError> {
    if statement.kdf.is_random_key() {
        return Err(ClientError::Input("this profile's key does not follow from a password".into()));
    }
    // Parameters that are too weak, or cost too much, are no `Kdf`.
    let kdf: Kdf = serde_json::from_str(statement.kdf.as_str())
        .map_err(|error| ClientError::KdfRefused(error.to_string()))?;
    let secret = derive(&kdf, password, statement.profile_id)?;
    check(statement, &secret)?;
    Ok(secret)
}

/// The secret that a password makes.
pub fn derive(kdf: &Kdf, password: &str, profile_id: Uuid) -> Result<EncryptionSecret, ClientError> {
    password::derive(kdf, password, profile_id).map_err(|error| ClientError::Input(error.to_string()))
}

/// Whether `secret` is the one whose public half is stated.
pub fn check(statement: &KeyStatement, secret: &EncryptionSecret) -> Result<(), ClientError> {
    if secret.public().as_bytes() == &statement.encryption_key { Ok(()) } else { Err(ClientError::WrongKey) }
}

fn message(statement: &KeyStatement) -> Result<Message, ClientError> {
    statement.message().map_err(|error| ClientError::Input(error.to_string()))
}

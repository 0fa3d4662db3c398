//! Whether a signature proves an account.

use alloy_primitives::{B256, eip191_hash_message};
use idos_grants::{Account, Address, account::StellarAddress};

use crate::{
    access_key::AccessKeyCheck,
    bare_key,
    erc1271::Erc1271Call,
    message::Message,
    nep413, sep53,
    signature::{SignatureError, check_size},
    wallet::Wallet,
};

/// What a wallet is asked to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signable {
    /// A text, by the custom of the wallet's chain: EIP-191 version 0x45 ("personal_sign"), NEP-413, SEP-53, XRPL's.
    Message(Message),
    /// The EIP-712 hash of a struct.
    TypedData([u8; 32]),
    /// The hash of a Stellar authorization entry.
    Authorization([u8; 32]),
}

impl Signable {
    /// What tells it from everything else that may be signed: the struct's hash, or that of the text.
    pub fn digest(&self) -> [u8; 32] {
        match self {
            Self::Message(message) => message.digest(),
            Self::TypedData(digest) | Self::Authorization(digest) => *digest,
        }
    }
}

impl From<Message> for Signable {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

/// What a signature comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The account's own key signed.
    Key(Wallet),
    /// The account's key did not sign; if the account is a contract, ask it.
    ContractCall(Erc1271Call),
    /// A key signed; ask the chain whether it is one that may act for the NEAR or Stellar account in everything.
    AccessKey(AccessKeyCheck),
}

/// What an EVM wallet signs when it is asked to sign `message`: EIP-191, version 0x45 ("personal_sign").
pub fn personal_sign_hash(message: &[u8]) -> [u8; 32] {
    eip191_hash_message(message).0
}

/// Whether `signature` is that of `account` over `signable`.
///
/// # Errors
/// If it cannot be a signature of the account, whether that is a key's or a contract's.
pub fn verify(account: &Account, signable: &Signable, signature: &[u8]) -> Result<Proof, SignatureError> {
    match signable {
        Signable::Message(message) => verify_message(account, message, signature),
        Signable::TypedData(digest) => verify_digest(account, digest, signature),
        Signable::Authorization(hash) => verify_authorization(account, hash, signature),
    }
}

fn verify_authorization(
    account: &Account,
    hash: &[u8; 32],
    signature: &[u8],
) -> Result<Proof, SignatureError> {
    let Address::Stellar(StellarAddress::Account(_)) = account.address() else {
        return Err(SignatureError::NoAuthorization);
    };
    let (key, signature) = sep53::split(signature)?;
    sep53::verify_hash(&key, hash, &signature)?;
    Ok(Proof::AccessKey(AccessKeyCheck::new(account, key)))
}

/// Whether `signature` is that of `account` over `message`.
///
/// # Errors
/// As [`verify`].
pub fn verify_message(
    account: &Account,
    message: &Message,
    signature: &[u8],
) -> Result<Proof, SignatureError> {
    match account.address() {
        Address::Evm(_) => verify_digest(account, &personal_sign_hash(message.text().as_bytes()), signature),
        Address::Near(_) => {
            let key = nep413::verify(message, signature)?;
            Ok(Proof::AccessKey(AccessKeyCheck::new(account, key)))
        }
        Address::Stellar(StellarAddress::Account(_)) => {
            let key = sep53::verify(message, signature)?;
            Ok(Proof::AccessKey(AccessKeyCheck::new(account, key)))
        }
        Address::Stellar(StellarAddress::Key(key)) => {
            bare_key::verify(&key, message, signature)?;
            Ok(Proof::Key(Wallet::by_key(account.address())))
        }
        Address::Stellar(StellarAddress::Contract(_)) => Err(SignatureError::ContractCannotSign),
        Address::Xrpl(address) => bare_key::verify_account(address, message, signature).map(Proof::Key),
    }
}

/// Whether `signature` is that of `account` over `digest`, the EIP-712 hash of a struct.
///
/// # Errors
/// As [`verify`]. Only EVM accounts sign such hashes.
pub fn verify_digest(
    account: &Account,
    digest: &[u8; 32],
    signature: &[u8],
) -> Result<Proof, SignatureError> {
    check_size(signature)?;
    let Address::Evm(address) = account.address() else { return Err(SignatureError::NoTypedData) };
    match check_key(address, digest, signature) {
        Ok(()) => Ok(Proof::Key(Wallet::by_key(account.address()))),
        // Only the account's own key can have made the other half of such a pair: there is nobody else to ask.
        Err(SignatureError::HighS) => Err(SignatureError::HighS),
        Err(not_key) => {
            Erc1271Call::new(account, address, digest, signature, not_key).map(Proof::ContractCall)
        }
    }
}

fn check_key(address: [u8; 20], digest: &[u8; 32], signature: &[u8]) -> Result<(), SignatureError> {
    let signature = parse(signature)?;
    let normalized = signature.normalize_s();
    let signer = normalized
        .unwrap_or(signature)
        .recover_address_from_prehash(&B256::from(digest))
        .map_err(|_| SignatureError::Malformed)?;
    if signer != address {
        return Err(SignatureError::OtherSigner);
    }
    if normalized.is_some() { Err(SignatureError::HighS) } else { Ok(()) }
}

fn parse(signature: &[u8]) -> Result<alloy_primitives::Signature, SignatureError> {
    let (numbers, v) = match signature.split_last_chunk::<1>() {
        Some((numbers, [v])) if numbers.len() == 64 => (numbers, *v),
        _ => return Err(SignatureError::WrongLength),
    };
    let parity = match v {
        0 | 27 => false,
        1 | 28 => true,
        _ => return Err(SignatureError::WrongRecoveryId),
    };
    Ok(alloy_primitives::Signature::from_bytes_and_parity(numbers, parity))
}

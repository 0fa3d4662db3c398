//! Whether a signature proves an account.

use alloy_primitives::{B256, eip191_hash_message};
use idos_grants::{Account, Address};

use crate::{
    erc1271::Erc1271Call,
    signature::{SignatureError, check_size},
    wallet::Wallet,
};

/// What a signature comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The account's own key signed.
    Key(Wallet),
    /// The account's key did not sign; if the account is a contract, ask it.
    ContractCall(Erc1271Call),
}

/// What a wallet signs when it is asked to sign `message`: EIP-191, version 0x45 ("personal_sign").
pub fn personal_sign_hash(message: &[u8]) -> [u8; 32] {
    eip191_hash_message(message).0
}

/// Whether `signature` is that of `account` over `message` ([`personal_sign_hash`]).
///
/// # Errors
/// If it cannot be a signature of the account, whether that is a key's or a contract's.
pub fn verify_message(account: &Account, message: &[u8], signature: &[u8]) -> Result<Proof, SignatureError> {
    verify_digest(account, &personal_sign_hash(message), signature)
}

/// Whether `signature` is that of `account` over `digest`, such as the EIP-712 hash of a struct.
///
/// # Errors
/// As [`verify_message`].
pub fn verify_digest(
    account: &Account,
    digest: &[u8; 32],
    signature: &[u8],
) -> Result<Proof, SignatureError> {
    check_size(signature)?;
    match check_key(account.address(), digest, signature) {
        Ok(()) => Ok(Proof::Key(Wallet::by_key(account.address()))),
        // Only the account's own key can have made the other half of such a pair: there is nobody else to ask.
        Err(SignatureError::HighS) => Err(SignatureError::HighS),
        Err(not_key) => Erc1271Call::new(account, digest, signature, not_key).map(Proof::ContractCall),
    }
}

fn check_key(address: Address, digest: &[u8; 32], signature: &[u8]) -> Result<(), SignatureError> {
    let Address::Evm(address) = address;
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

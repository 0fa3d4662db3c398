//! EVM addresses and the checksum of [EIP-55](https://eips.ethereum.org/EIPS/eip-55).

use sha3::{Digest, Keccak256};

use super::AccountError;
use crate::chain::Namespace;

pub(super) fn parse(text: &str) -> Result<[u8; 20], AccountError> {
    let digits = text.strip_prefix("0x").ok_or(AccountError::MalformedAddress(Namespace::Eip155))?;
    let mut bytes = [0; 20];
    hex::decode_to_slice(digits, &mut bytes)
        .map_err(|_| AccountError::MalformedAddress(Namespace::Eip155))?;
    let mixed_case = digits.contains(|c: char| c.is_ascii_lowercase())
        && digits.contains(|c: char| c.is_ascii_uppercase());
    if mixed_case && eip55(&bytes) != digits {
        return Err(AccountError::WrongChecksum);
    }
    Ok(bytes)
}

/// The 40 hex digits of an address in the mixed case of EIP-55.
fn eip55(address: &[u8; 20]) -> String {
    let lower = hex::encode(address);
    let hash = Keccak256::digest(lower.as_bytes());
    let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    lower
        .chars()
        .zip(nibbles)
        .map(|(c, nibble)| if nibble >= 8 { c.to_ascii_uppercase() } else { c })
        .collect()
}

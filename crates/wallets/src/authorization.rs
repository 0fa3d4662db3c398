//! What a Stellar account signs so that somebody else may send a call in its name: an authorization entry, by whose hash the call, the contract and the
//! network are bound.
//!
//! An entry has a nonce of its own and lapses with a ledger. Both stand in the write grant's nonce: its first 8 bytes are the entry's nonce, its last 4 the
//! ledger. So one signature serves the store, which sees no ledgers, and the contract.

use idos_contracts_stellar::{
    Account as Party, ContractId, Method,
    access_grants::{CreateGrantByWriteGrant, WriteGrant as Arguments},
};
use idos_grants::{
    Account, Address,
    account::{PublicKey, StellarAddress},
};
use sha2::{Digest, Sha256};
use stellar_xdr::{
    Hash, HashIdPreimage, HashIdPreimageSorobanAuthorization, Limits, SorobanAuthorizedFunction,
    SorobanAuthorizedInvocation, VecM, WriteXdr,
};

use crate::{
    typed_data::{KeyedNonce, TypedDataError},
    verb_text::network_id,
    write_grant::WriteGrant,
};

/// A nonce whose authorization entry lapses after `ledger`; the rest of it is `random`'s.
pub fn nonce_until(ledger: u32, random: KeyedNonce) -> KeyedNonce {
    let mut bytes = random.0;
    bytes[28..].copy_from_slice(&ledger.to_be_bytes());
    KeyedNonce(bytes)
}

/// The nonce and the last ledger of the authorization entry.
pub fn entry_terms(nonce: KeyedNonce) -> (i64, u32) {
    let [a, b, c, d, e, f, g, h, .., w, x, y, z] = nonce.0;
    (i64::from_be_bytes([a, b, c, d, e, f, g, h]), u32::from_be_bytes([w, x, y, z]))
}

/// The call that `write_grant` lets anybody send to `contract`.
///
/// # Errors
/// If one of them is on no Stellar network.
pub fn invocation(
    write_grant: &WriteGrant,
    contract: &Account,
) -> Result<SorobanAuthorizedInvocation, TypedDataError> {
    let call = CreateGrantByWriteGrant { write_grant: arguments(write_grant)?, signature: None };
    let invocation = call.invocation(contract_id(contract)?).map_err(|_| TypedDataError::NotStellar)?;
    Ok(SorobanAuthorizedInvocation {
        function: SorobanAuthorizedFunction::ContractFn(invocation),
        sub_invocations: VecM::default(),
    })
}

/// The write grant as the contract takes it.
///
/// # Errors
/// If owner or grantee is on no Stellar network.
pub fn arguments(write_grant: &WriteGrant) -> Result<Arguments, TypedDataError> {
    Ok(Arguments {
        owner: party(&write_grant.owner)?,
        grantee: party(&write_grant.grantee)?,
        issuer_key: write_grant.issuer_key,
        credential_id: write_grant.credential_id.0,
        data_id: write_grant.data_id.0,
        locked_until: write_grant.locked_until,
        not_before: write_grant.not_before,
        not_after: write_grant.not_after,
        nonce: write_grant.nonce.0,
    })
}

/// The hash that the owner's key signs.
pub(crate) fn hash(write_grant: &WriteGrant, contract: &Account) -> Result<[u8; 32], TypedDataError> {
    let (nonce, signature_expiration_ledger) = entry_terms(write_grant.nonce);
    let preimage = HashIdPreimage::SorobanAuthorization(HashIdPreimageSorobanAuthorization {
        network_id: Hash(network_id(contract.chain())?),
        nonce,
        signature_expiration_ledger,
        invocation: invocation(write_grant, contract)?,
    });
    let bytes = preimage.to_xdr(Limits::none()).map_err(|_| TypedDataError::NotStellar)?;
    Ok(Sha256::digest(bytes).into())
}

/// An owner, a grantee or an issuer as the contracts take it.
///
/// # Errors
/// If it is on no Stellar network.
pub fn party(account: &Account) -> Result<Party, TypedDataError> {
    let Address::Stellar(address) = account.address() else { return Err(TypedDataError::NotStellar) };
    Ok(match address {
        StellarAddress::Account(key) => Party::Account(key),
        StellarAddress::Contract(id) => Party::Contract(id),
        StellarAddress::Key(PublicKey::Ed25519(key)) => Party::Ed25519(key),
        StellarAddress::Key(PublicKey::Secp256k1(key)) => Party::Secp256k1(key),
        StellarAddress::Key(PublicKey::Secp256r1(key)) => Party::Secp256r1(key),
    })
}

/// The contract that an account names.
///
/// # Errors
/// If it is no contract of a Stellar network.
pub fn contract_id(contract: &Account) -> Result<ContractId, TypedDataError> {
    match contract.address() {
        Address::Stellar(StellarAddress::Contract(id)) => Ok(ContractId(id)),
        _ => Err(TypedDataError::NotStellar),
    }
}

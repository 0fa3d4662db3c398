//! Authorization entries: what an account signs so that somebody else may send its call.

use ed25519_dalek::{Signer as _, SigningKey};
use idos_api::credentials::SignedWriteGrant;
use idos_contracts_stellar::{
    ContractId, Method,
    access_grants::{CreateGrant, CreateGrantByWriteGrant, ExtendTimelock, RevokeGrant},
    credential_status::SetStatus,
};
use idos_grants::{Account, Address, account::StellarAddress};
use idos_wallets::{authorization, sep53};
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use stellar_xdr::{
    AccountId, HashIdPreimage, HashIdPreimageSorobanAuthorization, HostFunction, Limits, PublicKey, ReadXdr,
    ScAddress, ScBytes, ScMap, ScMapEntry, ScSymbol, ScVal, ScVec, SorobanAddressCredentials,
    SorobanAuthorizationEntry, SorobanAuthorizedFunction, SorobanAuthorizedInvocation, SorobanCredentials,
    Uint256, VecM, WriteXdr,
};

use super::{
    super::{CallTerms, ChainError},
    address::{account_id, contract_id},
    rpc::Rpc,
    transaction::unwritable,
};

/// Ledgers close about every five seconds.
const SECS_A_LEDGER: u64 = 5;
/// An entry is small; a longer text is none.
const ENTRY_LIMITS: Limits = Limits { depth: 100, len: 64 * 1024 };

/// The longest that an entry may stand, in ledgers: a network keeps its nonce for no longer (180 days of 5 seconds).
const LEDGERS_MAX: u64 = 3_110_000;

/// A ledger that is surely not reached within `valid_secs`, as none closes within a second of another. Where a call says itself until when it is
/// usable, its entry need not be shorter.
pub(super) fn last_ledger(newest: u32, valid_secs: u64) -> u32 {
    let ledgers = valid_secs.saturating_add(1).min(LEDGERS_MAX);
    newest.saturating_add(u32::try_from(ledgers).unwrap_or(u32::MAX))
}

/// The call of a write grant, and the entry that its owner signed.
pub(super) fn of_write_grant(
    signed: &SignedWriteGrant,
) -> Result<(HostFunction, SorobanAuthorizationEntry), ChainError> {
    let Address::Stellar(StellarAddress::Account(owner)) = signed.write_grant.owner.address() else {
        return Err(ChainError::Unsupported(
            "a write grant on Stellar is signed by an account or a bare key",
        ));
    };
    let root_invocation =
        authorization::invocation(&signed.write_grant, &signed.contract).map_err(ChainError::unsignable)?;
    let SorobanAuthorizedFunction::ContractFn(call) = root_invocation.function.clone() else {
        return Err(ChainError::Malformed);
    };
    let (nonce, signature_expiration_ledger) = authorization::entry_terms(signed.write_grant.nonce);
    let (key, bytes) = sep53::split(signed.signature.as_bytes()).map_err(ChainError::Unproven)?;
    let credentials = SorobanAddressCredentials {
        address: ScAddress::Account(account_id(owner)),
        nonce,
        signature_expiration_ledger,
        signature: signature(&key, &bytes)?,
    };
    let entry =
        SorobanAuthorizationEntry { credentials: SorobanCredentials::Address(credentials), root_invocation };
    Ok((HostFunction::InvokeContract(call), entry))
}

/// Signs a call of `contract` by the account of `key`, to be sent within about `valid_secs`.
pub(super) async fn sign<M: Method>(
    rpc: &Rpc,
    key: &SigningKey,
    contract: ContractId,
    method: &M,
    valid_secs: u64,
    rng: &mut (dyn CryptoRngCore + Send),
) -> Result<SorobanAuthorizationEntry, ChainError> {
    let invocation = method.invocation(contract).map_err(unwritable)?;
    let root_invocation = SorobanAuthorizedInvocation {
        function: SorobanAuthorizedFunction::ContractFn(invocation),
        sub_invocations: VecM::default(),
    };
    let ledgers = u32::try_from(valid_secs / SECS_A_LEDGER).unwrap_or(u32::MAX);
    let expiration = rpc.newest_ledger().await?.saturating_add(ledgers).saturating_add(1);
    let nonce = i64::from_be_bytes(random(rng));
    let preimage = HashIdPreimage::SorobanAuthorization(HashIdPreimageSorobanAuthorization {
        network_id: rpc.network_id(),
        nonce,
        signature_expiration_ledger: expiration,
        invocation: root_invocation.clone(),
    });
    let hash = Sha256::digest(preimage.to_xdr(Limits::none()).map_err(unwritable)?);
    let public_key = key.verifying_key().to_bytes();
    let credentials = SorobanAddressCredentials {
        address: ScAddress::Account(account_id(public_key)),
        nonce,
        signature_expiration_ledger: expiration,
        signature: signature(&public_key, &key.sign(&hash).to_bytes())?,
    };
    Ok(SorobanAuthorizationEntry { credentials: SorobanCredentials::Address(credentials), root_invocation })
}

/// Reads a signed entry; what it lets anybody call must be a function of `contract`.
pub(super) fn read(
    base64: &str,
    contract: ContractId,
) -> Result<(HostFunction, SorobanAuthorizationEntry), ChainError> {
    let unreadable = |_| ChainError::Unsupported("this is no signed authorization entry");
    let entry = SorobanAuthorizationEntry::from_xdr_base64(base64, ENTRY_LIMITS).map_err(unreadable)?;
    if !matches!(entry.credentials, SorobanCredentials::Address(_)) {
        return Err(ChainError::Unsupported("the authorization entry is signed by nobody"));
    }
    if !entry.root_invocation.sub_invocations.is_empty() {
        return Err(ChainError::Unsupported("the authorization entry allows more than one call"));
    }
    let SorobanAuthorizedFunction::ContractFn(call) = &entry.root_invocation.function else {
        return Err(ChainError::Unsupported("the authorization entry is for no call of a contract"));
    };
    if call.contract_address != contract.address() {
        return Err(ChainError::Unsupported("the authorization entry is for another contract than it says"));
    }
    Ok((HostFunction::InvokeContract(call.clone()), entry))
}

/// What an entry for `contract` says of itself: it must be an account's, for one of the verbs.
pub(in crate::chain) fn entry_terms(base64: &str, contract: &Account) -> Result<CallTerms, ChainError> {
    let (function, entry) = read(base64, contract_id(contract)?)?;
    let (HostFunction::InvokeContract(call), SorobanCredentials::Address(credentials)) =
        (function, entry.credentials)
    else {
        return Err(ChainError::Malformed);
    };
    // Another contract that authorizes a call runs code of its own, at the expense of whoever sends it.
    let ScAddress::Account(AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(key)))) = credentials.address
    else {
        return Err(ChainError::NotRelayed("only accounts' own authorization entries are"));
    };
    let for_statuses = match call.function_name.0.as_slice() {
        name if name == SetStatus::NAME.as_bytes() => true,
        name if VERBS.iter().any(|verb| verb.as_bytes() == name) => false,
        _ => {
            return Err(ChainError::NotRelayed(
                "only single grants, timelocks, revocations, write grants and statuses are",
            ));
        }
    };
    let owner = Account::new(contract.chain(), Address::Stellar(StellarAddress::Account(key)));
    let owner = owner.map_err(|_| ChainError::Malformed)?;
    Ok(CallTerms { owner, deadline: None, for_statuses })
}

/// The verbs of the access-grants contract that are relayed.
const VERBS: [&str; 4] =
    [CreateGrant::NAME, ExtendTimelock::NAME, RevokeGrant::NAME, CreateGrantByWriteGrant::NAME];

/// As the network's own accounts sign: a list of one signature.
fn signature(public_key: &[u8; 32], signature: &[u8; 64]) -> Result<ScVal, ChainError> {
    let fields = [("public_key", public_key.as_slice()), ("signature", signature)];
    let entries = fields.into_iter().map(|(name, bytes)| {
        let key = ScVal::Symbol(ScSymbol(name.try_into().map_err(unwritable)?));
        let val = ScVal::Bytes(ScBytes(bytes.to_vec().try_into().map_err(unwritable)?));
        Ok(ScMapEntry { key, val })
    });
    let map = ScMap(entries.collect::<Result<Vec<_>, ChainError>>()?.try_into().map_err(unwritable)?);
    let list = ScVec(vec![ScVal::Map(Some(map))].try_into().map_err(unwritable)?);
    Ok(ScVal::Vec(Some(list)))
}

fn random<const N: usize>(rng: &mut (dyn CryptoRngCore + Send)) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

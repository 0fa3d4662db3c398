use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};
use stellar_xdr::{
    Hash, HashIdPreimage, HashIdPreimageSorobanAuthorization, InvokeContractArgs, Limits, ScAddress, ScBytes,
    ScMap, ScMapEntry, ScVal, ScVec, SorobanAddressCredentials, SorobanAuthorizationEntry,
    SorobanAuthorizedFunction, SorobanAuthorizedInvocation, SorobanCredentials, WriteXdr,
};

use super::account_id;
use super::event::symbol;

/// What an account allows somebody else to do in its name.
pub struct Permission {
    pub nonce: i64,
    /// The last ledger in which it is good.
    pub until: u32,
    pub network_id: Hash,
    pub call: InvokeContractArgs,
    pub deeper: Vec<InvokeContractArgs>,
}

impl Permission {
    /// The entry, signed by the account's key.
    pub fn signed_by(&self, key: &SigningKey) -> SorobanAuthorizationEntry {
        let invocation = |call: &InvokeContractArgs, deeper: Vec<SorobanAuthorizedInvocation>| {
            SorobanAuthorizedInvocation {
                function: SorobanAuthorizedFunction::ContractFn(call.clone()),
                sub_invocations: deeper.try_into().unwrap(),
            }
        };
        let deeper = self.deeper.iter().map(|call| invocation(call, Vec::new())).collect();
        let root_invocation = invocation(&self.call, deeper);
        let preimage = HashIdPreimage::SorobanAuthorization(HashIdPreimageSorobanAuthorization {
            network_id: self.network_id.clone(),
            nonce: self.nonce,
            signature_expiration_ledger: self.until,
            invocation: root_invocation.clone(),
        });
        let payload = Sha256::digest(preimage.to_xdr(Limits::none()).unwrap());
        SorobanAuthorizationEntry {
            credentials: SorobanCredentials::Address(SorobanAddressCredentials {
                address: ScAddress::Account(account_id(key)),
                nonce: self.nonce,
                signature_expiration_ledger: self.until,
                signature: signature(key, &payload),
            }),
            root_invocation,
        }
    }
}

fn signature(key: &SigningKey, payload: &[u8]) -> ScVal {
    let bytes = |bytes: &[u8]| ScVal::Bytes(ScBytes(bytes.to_vec().try_into().unwrap()));
    let entry = |name: &str, value: &[u8]| ScMapEntry { key: symbol(name), val: bytes(value) };
    let one = ScVal::Map(Some(ScMap(
        vec![
            entry("public_key", &key.verifying_key().to_bytes()),
            entry("signature", &key.sign(payload).to_bytes()),
        ]
        .try_into()
        .unwrap(),
    )));
    ScVal::Vec(Some(ScVec(vec![one].try_into().unwrap())))
}

pub fn address(key: &SigningKey) -> ScVal {
    ScVal::Address(ScAddress::Account(account_id(key)))
}

//! Contract wallets: [ERC-1271](https://eips.ethereum.org/EIPS/eip-1271).

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolCall;
use idos_grants::Account;

use crate::{signature::SignatureError, wallet::Wallet};

mod abi {
    alloy_sol_types::sol! {
        function isValidSignature(bytes32 hash, bytes signature) external view returns (bytes4);
    }
}

/// What `isValidSignature` returns for its own signature: its selector.
const MAGIC_VALUE: [u8; 4] = [0x16, 0x26, 0xba, 0x7e];

/// What a signature of a contract that is not deployed ends with
/// ([ERC-6492](https://eips.ethereum.org/EIPS/eip-6492)).
const NOT_DEPLOYED: [u8; 32] = hex_pairs(0x64, 0x92);

const fn hex_pairs(first: u8, second: u8) -> [u8; 32] {
    let mut bytes = [first; 32];
    let mut i = 1;
    while i < bytes.len() {
        bytes[i] = second;
        i += 2;
    }
    bytes
}

/// A read-only call (`eth_call`) to [`to`](Self::to) with [`data`](Self::data) on the chain of
/// [`account`](Self::account), whose answer says if the account signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erc1271Call {
    account: Account,
    address: [u8; 20],
    data: Vec<u8>,
    not_key: SignatureError,
}

impl Erc1271Call {
    pub(crate) fn new(
        account: &Account,
        address: [u8; 20],
        digest: &[u8; 32],
        signature: &[u8],
        not_key: SignatureError,
    ) -> Result<Self, SignatureError> {
        if signature.ends_with(&NOT_DEPLOYED) {
            return Err(SignatureError::NotDeployed);
        }
        let call = abi::isValidSignatureCall {
            hash: B256::from(digest),
            signature: Bytes::copy_from_slice(signature),
        };
        Ok(Self { account: *account, address, data: call.abi_encode(), not_key })
    }

    /// The account that is to be proven; the call goes to its chain.
    pub fn account(&self) -> Account {
        self.account
    }

    /// The contract to call: the account's address.
    pub fn to(&self) -> [u8; 20] {
        self.address
    }

    /// The call data, at most 8.3 KiB.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Reads what the call returned. Pass no bytes if there is no code at the account; a call that reverts is a refusal, not a
    /// reason to call this.
    ///
    /// # Errors
    /// If the contract does not answer with the magic value in exactly 32 bytes. If there is no contract: why the signature is not
    /// that of the account's key.
    pub fn accept(&self, returned: &[u8]) -> Result<Wallet, SignatureError> {
        match returned.split_at_checked(MAGIC_VALUE.len()) {
            Some((magic, rest)) if magic == MAGIC_VALUE && rest == [0; 28] => {
                Ok(Wallet::on_chain(&self.account))
            }
            _ if returned.is_empty() => Err(self.not_key),
            _ => Err(SignatureError::RefusedByContract),
        }
    }
}

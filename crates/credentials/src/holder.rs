//! Whether a credential is about the owner of an account.

use idos_grants::{
    Account, Address, ChainId,
    account::{StellarAddress, XrplAddress},
};

const DID_PKH: &str = "did:pkh:";

/// Whether the subject, a `did:pkh`, is whoever acts as `holder`: the same account; on EVM the same address on any chain, since the same key controls it there;
/// and of an XRPL account and the bare key that holds its grants either one.
pub fn is_about(subject: &str, holder: &Account) -> bool {
    let account = subject.strip_prefix(DID_PKH).and_then(|account| account.parse::<Account>().ok());
    account.is_some_and(|account| person(&account) == person(holder))
}

/// What tells one person from another: an address, and its chain where it is somebody else on another one.
fn person(account: &Account) -> (Option<ChainId>, Address) {
    match account.address() {
        address @ (Address::Evm(_) | Address::Xrpl(_)) => (None, address),
        address @ Address::Stellar(StellarAddress::Key(key)) => {
            (None, XrplAddress::of_key(&key).map_or(address, Address::Xrpl))
        }
        address => (Some(account.chain()), address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_the_same_account_or_the_same_key() {
        let evm = "eip155:1:0x1111111111111111111111111111111111111111";
        let key = "secp256k1-0330e7fc9d56bb25d6893ba3f317ae5bcf33b3291bd63db32654a313222f7fd020";
        let (on_stellar, on_xrpl) =
            (format!("stellar:local:{key}"), "xrpl:0:rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh");
        let table = [
            ("the same account", format!("did:pkh:{evm}"), evm, true),
            ("on another EVM chain", format!("did:pkh:{evm}").replace(":1:", ":137:"), evm, true),
            ("another address", format!("did:pkh:{evm}").replace("0x1", "0x2"), evm, false),
            ("the same NEAR account", "did:pkh:near:mainnet:ada.near".into(), "near:mainnet:ada.near", true),
            ("of another network", "did:pkh:near:testnet:ada.near".into(), "near:mainnet:ada.near", false),
            ("an XRPL account's key", format!("did:pkh:{on_xrpl}"), &on_stellar, true),
            ("the account of a key", format!("did:pkh:{on_stellar}"), on_xrpl, true),
            ("another method", format!("did:key:{evm}"), evm, false),
            ("no account", "did:pkh:ada".into(), evm, false),
        ];
        for (name, subject, holder, expected) in table {
            assert_eq!(is_about(&subject, &holder.parse().unwrap()), expected, "{name}");
        }
    }
}

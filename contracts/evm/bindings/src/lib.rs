//! Rust bindings of the EVM contracts, generated from `contracts/evm/artifacts/`, which `npm run check` there keeps equal to the sources.
//! A binding carries its bytecode, so `AccessGrants::deploy(provider)` needs no Solidity compiler.

#[allow(
    missing_docs,
    clippy::too_many_arguments,
    reason = "generated; the docs are in the Solidity interfaces"
)]
mod generated {
    alloy::sol!(
        #[sol(rpc)]
        AccessGrants,
        "../artifacts/AccessGrants.json"
    );
    alloy::sol!(
        #[sol(rpc)]
        CredentialStatus,
        "../artifacts/CredentialStatus.json"
    );
    alloy::sol!(
        #[sol(rpc)]
        OwnedWallet,
        "../artifacts/OwnedWallet.json"
    );
    alloy::sol!(
        #[sol(rpc)]
        MembersOnly,
        "../artifacts/MembersOnly.json"
    );
}

pub use generated::{
    AccessGrants, CredentialStatus, IAccessGrants, ICredentialStatus, MembersOnly, OwnedWallet,
};

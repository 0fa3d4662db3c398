//! The ABI, frozen. What the contract does is tested in the virtual machine, where promises are answered: `contracts/near/bindings`.

use idos_near_testing::{
    abi_chunks,
    snapshot::{abi, compare},
};
use members_only as _;

#[test]
fn the_abi_is_the_committed_one() {
    let chunks = abi_chunks![__near_abi_contract_source_metadata, __near_abi_new];
    compare("../../artifacts/members_only.abi.json", &abi("members_only", &chunks));
}

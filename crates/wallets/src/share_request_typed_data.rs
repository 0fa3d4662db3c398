//! A [`ShareRequest`] as typed data ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)), one struct for each operation.
//!
//! The domain has a name and a version only. No contract reads these messages, and the account names its chain; a chain id would make wallets refuse to
//! sign, or ask to switch, whenever another network is selected. Times are texts, for a person to read.

use alloy_primitives::B256;
use alloy_sol_types::{Eip712Domain, SolStruct, eip712_domain};

use crate::{
    message::{MessageError, rfc3339, shown_account},
    share_request::{RECIPIENT, ShareOperation, ShareRequest},
};

mod abi {
    alloy_sol_types::sol! {
        struct Request {
            string profile;
            string account;
            string storedBy;
            uint8 requiredNodes;
            string[] nodes;
            bytes32 nodeSet;
            bytes32 replyKey;
            string nonce;
            string issuedAt;
            string expiresAt;
        }
        struct StoreShares {
            string meaning;
            bytes32 dealing;
            Request request;
        }
        struct ReleaseShares {
            string meaning;
            Request request;
        }
        struct AddWallet {
            string meaning;
            string wallet;
            Request request;
        }
        struct RemoveWallet {
            string meaning;
            string wallet;
            Request request;
        }
        struct PrepareRefresh {
            string meaning;
            bytes32 dealing;
            Request request;
        }
        struct CommitRefresh {
            string meaning;
            bytes32 dealing;
            Request request;
        }
        struct DeleteShares {
            string meaning;
            Request request;
        }
        struct ReadAudit {
            string meaning;
            Request request;
        }
    }
}

/// The hash that an EVM wallet signs.
pub(crate) fn digest(asked: &ShareRequest) -> Result<[u8; 32], MessageError> {
    let (meaning, request) = (asked.operation.meaning().to_owned(), request(asked)?);
    let digest = match &asked.operation {
        ShareOperation::Store { dealing } => {
            hash(&abi::StoreShares { meaning, dealing: B256::from(dealing), request })
        }
        ShareOperation::Release {} => hash(&abi::ReleaseShares { meaning, request }),
        ShareOperation::AddWallet { wallet } => {
            hash(&abi::AddWallet { meaning, wallet: shown_account(wallet), request })
        }
        ShareOperation::RemoveWallet { wallet } => {
            hash(&abi::RemoveWallet { meaning, wallet: shown_account(wallet), request })
        }
        ShareOperation::PrepareRefresh { dealing } => {
            hash(&abi::PrepareRefresh { meaning, dealing: B256::from(dealing), request })
        }
        ShareOperation::CommitRefresh { dealing } => {
            hash(&abi::CommitRefresh { meaning, dealing: B256::from(dealing), request })
        }
        ShareOperation::Delete {} => hash(&abi::DeleteShares { meaning, request }),
        ShareOperation::Audit {} => hash(&abi::ReadAudit { meaning, request }),
    };
    Ok(digest)
}

fn request(asked: &ShareRequest) -> Result<abi::Request, MessageError> {
    Ok(abi::Request {
        profile: asked.profile_id.to_string(),
        account: shown_account(&asked.account),
        storedBy: shown_account(&asked.stored_by),
        requiredNodes: asked.node_set.threshold(),
        nodes: asked.node_set.hosts().iter().map(ToString::to_string).collect(),
        nodeSet: B256::from(asked.node_set.digest()),
        replyKey: B256::from(asked.reply_key),
        nonce: asked.nonce.to_string(),
        issuedAt: rfc3339(asked.issued_at)?,
        expiresAt: rfc3339(asked.expires_at)?,
    })
}

fn hash(message: &impl SolStruct) -> [u8; 32] {
    message.eip712_signing_hash(&domain()).0
}

fn domain() -> Eip712Domain {
    eip712_domain! { name: RECIPIENT, version: "1", }
}

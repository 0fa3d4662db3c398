//! Statuses by a node's signed lists (W3C Bitstring Status List), for a reader that asks no chain.

use std::{collections::HashMap, sync::Mutex};

use idos_credentials::{
    IssuerDid, ListReference, StatusList, StatusReference, status_list::MAX_STATUS_LIST_LEN,
    verify_status_list,
};
use idos_grants::{Purpose, Status};

use crate::{ClientError, Node};

/// How long ago, in seconds, the node's mirror may have been level with the chain.
pub const MAX_LIST_AGE_SECS: u64 = 10 * 60;

/// Lists whose newest block is remembered; more than a reader meets in one run.
const REMEMBERED_LISTS_MAX: usize = 10_000;

/// The lists of one node, believed if its key signed them. A node that goes back to an older block than it showed before is refused.
#[derive(Debug)]
pub struct StatusLists {
    node: Node,
    signer: IssuerDid,
    newest: Mutex<HashMap<ListReference, u64>>,
}

impl StatusLists {
    /// Lists served by `node` and signed by `signer`: the node's DID, which the caller knows.
    pub fn new(node: Node, signer: IssuerDid) -> Self {
        Self { node, signer, newest: Mutex::default() }
    }

    /// A credential's status.
    pub async fn status_of(&self, reference: &StatusReference) -> Result<Status, ClientError> {
        let is_set = async |purpose| {
            let list = self.list(&reference.in_list(purpose)).await?;
            Ok::<_, ClientError>(list.is_set(reference.index()))
        };
        if is_set(Purpose::Revocation).await? {
            return Ok(Status::Revoked);
        }
        Ok(if is_set(Purpose::Suspension).await? { Status::Suspended } else { Status::Valid })
    }

    /// A list, fetched and checked.
    pub async fn list(&self, reference: &ListReference) -> Result<StatusList, ClientError> {
        let json = self.node.status_list(reference, MAX_STATUS_LIST_LEN).await?;
        let list = verify_status_list(&json, reference, &self.signer, self.node.now(), MAX_LIST_AGE_SECS)
            .map_err(|error| ClientError::Forged(error.reason()))?;
        self.check_newest(reference, list.seen_block)?;
        Ok(list)
    }

    fn check_newest(&self, reference: &ListReference, seen_block: u64) -> Result<(), ClientError> {
        let mut newest = self
            .newest
            .lock()
            .map_err(|_| ClientError::Input("a status list was given up half way".into()))?;
        let before = newest.get(reference).copied().unwrap_or_default();
        if seen_block < before {
            return Err(ClientError::Forged("a status list that is older than the one before"));
        }
        if newest.len() < REMEMBERED_LISTS_MAX || newest.contains_key(reference) {
            newest.insert(*reference, seen_block);
        }
        Ok(())
    }
}

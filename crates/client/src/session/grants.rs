//! Grants and statuses, as the node mirrors them.

use idos_api::grants::{GrantPage, OwnGrantPage, StatusAnswer};
use idos_grants::{Account, DataId};

use super::{Session, signed::query};
use crate::ClientError;

/// Which grants to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct GrantsFilter {
    /// By who granted.
    pub owner: Option<Account>,
    /// By who may read.
    pub grantee: Option<Account>,
    /// By what may be read.
    pub data_id: Option<DataId>,
}

/// Which of the caller's own grants to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnGrantsFilter {
    /// By or to this account only.
    pub other: Option<Account>,
    /// Created in this Unix second or later.
    pub since: Option<u64>,
    /// Created in this Unix second or earlier.
    pub until: Option<u64>,
}

impl Session {
    /// A page of mirrored grants; at least one of the filters is needed.
    pub async fn grants(
        &self,
        filter: &GrantsFilter,
        cursor: Option<&str>,
    ) -> Result<GrantPage, ClientError> {
        let owner = filter.owner.map(|account| account.to_string());
        let grantee = filter.grantee.map(|account| account.to_string());
        let data_id = filter.data_id.map(|id| id.to_string());
        let pairs = [
            ("owner", owner.as_deref()),
            ("grantee", grantee.as_deref()),
            ("data_id", data_id.as_deref()),
            ("cursor", cursor),
        ];
        self.get(&format!("/v1/grants{}", query(&pairs))).await
    }

    /// A page of the grants that the caller's wallets were given, on all chains, newest first.
    pub async fn grants_received(
        &self,
        filter: &OwnGrantsFilter,
        cursor: Option<&str>,
    ) -> Result<OwnGrantPage, ClientError> {
        self.own_grants("received", "owner", filter, cursor).await
    }

    /// A page of the grants that the caller's wallets gave, on all chains, newest first.
    pub async fn grants_given(
        &self,
        filter: &OwnGrantsFilter,
        cursor: Option<&str>,
    ) -> Result<OwnGrantPage, ClientError> {
        self.own_grants("given", "grantee", filter, cursor).await
    }

    async fn own_grants(
        &self,
        list: &str,
        other: &str,
        filter: &OwnGrantsFilter,
        cursor: Option<&str>,
    ) -> Result<OwnGrantPage, ClientError> {
        let account = filter.other.map(|account| account.to_string());
        let [since, until] = [filter.since, filter.until].map(|time| time.map(|time| time.to_string()));
        let pairs = [
            (other, account.as_deref()),
            ("since", since.as_deref()),
            ("until", until.as_deref()),
            ("cursor", cursor),
        ];
        self.get(&format!("/v1/grants/{list}{}", query(&pairs))).await
    }

    /// A credential's status, by the node's mirror.
    pub async fn status(
        &self,
        contract: &Account,
        issuer: &Account,
        list: u32,
        index: u32,
    ) -> Result<StatusAnswer, ClientError> {
        let (contract, issuer) = (contract.to_string(), issuer.to_string());
        let (list, index) = (list.to_string(), index.to_string());
        let pairs =
            [("contract", contract.as_str()), ("issuer", &issuer), ("list", &list), ("index", &index)];
        self.get(&format!("/v1/statuses{}", query(&pairs.map(|(name, value)| (name, Some(value)))))).await
    }
}

//! A mirror in a file of its own, and what is in it.

use idos_grants::{DataId, GrantKey};
use idos_mirror::{Contract, ContractState, GrantFilter, Mirror, MirrorWriter, MirroredGrant, PAGE_SIZE};
use sqlx::AnyPool;
use tempfile::TempDir;

pub struct TestMirror {
    mirror: Mirror,
    url: String,
    _directory: TempDir,
}

impl TestMirror {
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/mirror.db", directory.path().display());
        Self { mirror: Mirror::open(&url).await.unwrap(), url, _directory: directory }
    }

    pub fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn writer(&self) -> MirrorWriter {
        self.mirror.writer()
    }

    pub async fn state(&self, contract: &Contract) -> ContractState {
        self.state_if_registered(contract).await.expect("registered")
    }

    pub async fn state_if_registered(&self, contract: &Contract) -> Option<ContractState> {
        self.mirror.reader().contract(&contract.account).await.unwrap()
    }

    pub async fn is_fresh(&self, contract: &Contract) -> bool {
        self.state_if_registered(contract).await.is_some_and(|state| state.is_fresh(super::now(), 5))
    }

    pub async fn is_broken(&self, contract: &Contract) -> bool {
        self.state_if_registered(contract).await.is_some_and(|state| state.broken.is_some())
    }

    /// Everything about the grant that one byte names.
    pub async fn grants(&self, data: u8) -> Vec<MirroredGrant> {
        let filter = GrantFilter { data_id: Some(DataId([data; 32])), ..GrantFilter::default() };
        self.mirror.reader().grants(&filter, None, 100).await.unwrap().items
    }

    pub async fn stands(&self, data: u8) -> bool {
        self.grants(data).await.iter().any(MirroredGrant::is_standing)
    }

    /// Every grant that stands, with its time and its lock, in the order of its key.
    pub async fn standing(&self) -> Vec<(GrantKey, u64, u64)> {
        let page = self.mirror.reader().grants(&GrantFilter::default(), None, PAGE_SIZE).await.unwrap();
        let (reader, mut next, mut all) = (self.mirror.reader(), page.next, page.items);
        while let Some(cursor) = next {
            let page = reader.grants(&GrantFilter::default(), Some(&cursor), PAGE_SIZE).await.unwrap();
            next = page.next;
            all.extend(page.items);
        }
        let mut standing: Vec<_> =
            all.iter().filter(|grant| grant.is_standing()).map(key_time_and_lock).collect();
        standing.sort_unstable();
        standing
    }

    /// Every row of what was mirrored, as text.
    pub async fn rows(&self) -> Vec<String> {
        const ROWS: &str = "SELECT 'grant ' || from_block || '.' || from_log || ' ' || owner || ' ' || grantee || ' ' || data_id \
             || ' ' || created_block || ' ' || created_at || ' ' || locked_until || ' ' || COALESCE(to_block, '-') || ' ' || state \
             FROM mirror_grants UNION ALL \
             SELECT 'word ' || from_block || '.' || from_log || ' ' || issuer || ' ' || list || ' ' || purpose || ' ' || word_index \
             || ' ' || word || ' ' || at || ' ' || COALESCE(to_block, '-') FROM mirror_words ORDER BY 1";
        let pool = AnyPool::connect(&self.url).await.unwrap();
        let rows = sqlx::query_scalar::<_, String>(ROWS).fetch_all(&pool).await.unwrap();
        pool.close().await;
        rows
    }
}

fn key_time_and_lock(grant: &MirroredGrant) -> (GrantKey, u64, u64) {
    let key =
        GrantKey { owner: grant.owner.address(), grantee: grant.grantee.address(), data_id: grant.data_id };
    (key, grant.created_at, grant.locked_until)
}

//! Exporting a profile: everything in it, decrypted by its owner, as one archive.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Seek, Write},
};

use idos_api::{
    credentials::Credential,
    grants::{Grant, GrantState},
    node::ContractKind,
    profiles::Profile,
};
use idos_credentials::PublicNotes;
use idos_grants::{Account, ChainId, DataId};
use idos_keys::EncryptionSecret;
use zeroize::Zeroizing;

use super::{
    archive::{self, ArchiveWriter, Entry, Kind, Manifest, NotExported},
    original::{self, Opening},
};
use crate::{ClientError, Session, consumer, pages, session::GrantsFilter};

/// How far something is that takes a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Done so far.
    pub done: usize,
    /// Of so many.
    pub of: usize,
}

/// Exports the profile into `out`: its originals, and the copies that others have shared with it and whose grants stand. What the node does not hand
/// out, or hands out wrongly, is listed in the manifest with the reason; the rest is exported. `secrets` are the profile's present one, and those of keys
/// that it had before.
///
/// # Errors
/// If the node cannot be asked, or `out` cannot be written to.
pub async fn export<W: Write + Seek>(
    session: &Session,
    profile: &Profile,
    secrets: &[EncryptionSecret],
    out: W,
    now: u64,
    mut progress: impl FnMut(Progress),
) -> Result<(Manifest, W), ClientError> {
    let mut manifest = archive::manifest(profile.id, session.node().did().await?.to_string(), now);
    manifest.wallets.clone_from(&profile.wallets);
    manifest.key_statement.clone_from(&profile.key_statement);
    let found = find(session, profile).await?;
    let of = found.len();
    let mut writer = ArchiveWriter::new(out);
    for (done, (data_id, found)) in found.into_iter().enumerate() {
        progress(Progress { done, of });
        let reason = match read(session, data_id, &found, secrets).await {
            Ok((credential, plaintext)) => {
                let (sha256, size) = writer.add(data_id, &plaintext)?;
                let grants = grants_on(session, profile, &found.data_ids).await?;
                manifest.credentials.push(entry(&credential, found.kind, sha256, size, grants));
                continue;
            }
            Err(error @ (ClientError::Node { .. } | ClientError::Forged(_) | ClientError::Undecryptable)) => {
                error.to_string()
            }
            Err(error) => return Err(error),
        };
        manifest.not_exported.push(NotExported { data_id, kind: found.kind, reason });
    }
    progress(Progress { done: of, of });
    let out = writer.finish(&manifest)?;
    Ok((manifest, out))
}

/// Something to export.
struct Found {
    kind: Kind,
    /// For an original, as it was listed.
    listed: Option<Credential>,
    /// Its own data id and those of its copies, on which there may be grants.
    data_ids: Vec<DataId>,
}

/// Everything to export, by data id: that is the order in the archive.
async fn find(session: &Session, profile: &Profile) -> Result<BTreeMap<DataId, Found>, ClientError> {
    let listed = pages::all(async |cursor| {
        let page = session.credentials(cursor).await?;
        Ok((page.credentials, page.next_cursor))
    });
    let (copies, originals): (Vec<_>, Vec<_>) =
        listed.await?.into_iter().partition(|credential| credential.original.is_some());
    let own: BTreeSet<_> = copies.iter().chain(&originals).map(|credential| credential.data_id).collect();
    let mut found = BTreeMap::new();
    for original in originals {
        let id = original.data_id;
        let mut data_ids = vec![id];
        data_ids.extend(copies.iter().filter(|copy| copy.original == Some(id)).map(|copy| copy.data_id));
        found.insert(id, Found { kind: Kind::Original, listed: Some(original), data_ids });
    }
    for grant in received(session, profile).await? {
        if grant.state == GrantState::Final && !own.contains(&grant.data_id) {
            found.insert(grant.data_id, Found { kind: Kind::Received, listed: None, data_ids: Vec::new() });
        }
    }
    Ok(found)
}

async fn read(
    session: &Session,
    data_id: DataId,
    found: &Found,
    secrets: &[EncryptionSecret],
) -> Result<(Credential, Zeroizing<Vec<u8>>), ClientError> {
    if let Some(listed) = &found.listed {
        let original = original::open_listed(session, listed, &Opening::with(secrets)).await?;
        return Ok((listed.clone(), original.plaintext));
    }
    let credential = session.credential(data_id).await?;
    let plaintext = consumer::open_as_listed(session, &credential, secrets).await?;
    Ok((credential, plaintext))
}

fn entry(credential: &Credential, kind: Kind, sha256: String, size: u64, grants: Vec<Grant>) -> Entry {
    let notes = PublicNotes::parse(&credential.public_notes);
    Entry {
        data_id: credential.data_id,
        file: Entry::file_of(credential.data_id),
        sha256,
        size,
        kind,
        public_notes: credential.public_notes.clone(),
        notes_signature: credential.notes_signature.clone(),
        issuer: credential.issuer.clone(),
        types: notes.map(|notes| notes.types().to_vec()).unwrap_or_default(),
        created_at: credential.created_at,
        grants,
    }
}

/// The grants that the profile has given on these. Anybody can write a grant on any data id to a chain: those of others are left out.
async fn grants_on(
    session: &Session,
    profile: &Profile,
    data_ids: &[DataId],
) -> Result<Vec<Grant>, ClientError> {
    let mut grants = Vec::new();
    for data_id in data_ids {
        let filter = GrantsFilter { data_id: Some(*data_id), ..GrantsFilter::default() };
        let given = all_grants(session, filter).await?;
        let by_profile = |grant: &Grant| profile.wallets.iter().any(|wallet| wallet.controls(&grant.owner));
        grants.extend(given.into_iter().filter(by_profile));
    }
    Ok(grants)
}

/// The grants to the profile's wallets, on every chain that the node follows.
async fn received(session: &Session, profile: &Profile) -> Result<Vec<Grant>, ClientError> {
    let contracts = session.node().info().await?.contracts;
    let on_grants = contracts.iter().filter(|contract| contract.kind == ContractKind::AccessGrants);
    let chains: BTreeSet<ChainId> = on_grants.map(|contract| contract.account.chain()).collect();
    let mut grants = Vec::new();
    for chain in chains {
        for wallet in &profile.wallets {
            let account = Account::new(chain, wallet.address()).ok();
            let Some(grantee) = account.filter(|account| wallet.controls(account)) else { continue };
            let filter = GrantsFilter { grantee: Some(grantee), ..GrantsFilter::default() };
            grants.extend(all_grants(session, filter).await?);
        }
    }
    Ok(grants)
}

async fn all_grants(session: &Session, filter: GrantsFilter) -> Result<Vec<Grant>, ClientError> {
    pages::all(async |cursor| {
        let page = session.grants(&filter, cursor).await?;
        Ok((page.grants, page.next_cursor))
    })
    .await
}

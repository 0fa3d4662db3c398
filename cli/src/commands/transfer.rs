//! `idos profile export` and `import`: a profile as one archive.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use idos_client::owner::{
    export::{self, Progress},
    import,
};
use idos_credentials::WebDid;
use indicatif::ProgressBar;
use serde_json::json;

use super::issuers::keys_of_sites;
use crate::{clock, context::Context};

/// Exports to `path`, which must not exist. Nothing half-written ever stands there.
pub async fn export(path: &Path, context: &mut Context<'_>) -> Result<()> {
    if path.exists() {
        bail!("{} exists already: name another file, or move it away", path.display());
    }
    let signed_in = context.signed_in().await?;
    let secrets = signed_in.secrets(context).await?;
    let profile = signed_in.profile()?;
    let beside = path.with_extension("new");
    let mut options = OpenOptions::new();
    // It is read while it is written: the archive's directory comes last.
    options.create(true).truncate(true).read(true).write(true).mode(0o600);
    let out = options.open(&beside).with_context(|| format!("cannot write {}", beside.display()))?;
    let bar = context.output.progress("decrypting");
    let exported =
        export::export(&signed_in.session, profile, &secrets, out, clock::now(), |at| show(&bar, at)).await;
    bar.finish_and_clear();
    let (manifest, out) = exported.inspect_err(|_| drop(fs::remove_file(&beside)))?;
    out.sync_all().with_context(|| format!("cannot write {}", beside.display()))?;
    fs::rename(&beside, path).with_context(|| format!("cannot write {}", path.display()))?;
    let result = json!({
        "file": path, "credentials": manifest.credentials.len(), "not_exported": manifest.not_exported
    });
    context.output.result(&result, || {
        let mut lines = vec![format!(
            "{} credentials are in {}. They are not encrypted: whoever has the file can read them.",
            manifest.credentials.len(),
            path.display()
        )];
        lines.extend(
            manifest
                .not_exported
                .iter()
                .map(|left| format!("not exported: {}: {}", left.data_id, left.reason)),
        );
        lines.join("\n")
    })
}

/// Imports what `path` holds into the profile at the node.
pub async fn import(path: &Path, sites: &[WebDid], context: &mut Context<'_>) -> Result<()> {
    let archive = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let known_keys = keys_of_sites(sites).await?;
    let signed_in = context.signed_in().await?;
    // The key is derived or read here, not taken from the node.
    let recipient = signed_in.secret(context).await?.public();
    let bar = context.output.progress("importing");
    let mut rng = context.rng;
    let (session, now) = (&signed_in.session, clock::now());
    let progress = |at| show(&bar, at);
    let imported = import::import(session, &recipient, archive, &known_keys, now, &mut rng, progress);
    let report = imported.await;
    bar.finish_and_clear();
    let report = report?;
    context.output.result(&report, || {
        let mut lines = vec![format!(
            "{} imported, {} were there already, {} not imported",
            report.imported.len(),
            report.present.len(),
            report.not_imported.len()
        )];
        lines.extend(
            report.not_imported.iter().map(|left| format!("not imported: {}: {}", left.data_id, left.reason)),
        );
        lines.join("\n")
    })
}

fn show(bar: &ProgressBar, at: Progress) {
    bar.set_length(at.of as u64);
    bar.set_position(at.done as u64);
}

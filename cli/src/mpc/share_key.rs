//! The key that shares are sealed under at rest: in a file of the data directory, or printed by a command of the operator's, such as a key management
//! service's, so that it is on no disk of the node.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand_core::OsRng;
use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
    time::timeout,
};
use zeroize::Zeroizing;

use crate::node::DataDir;

type ShareKey = Zeroizing<[u8; 32]>;

const FILE: &str = "share.key";

/// How long the command may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// What the command may print, in bytes: the longest form, and blanks around it.
const PRINTED_MAX: usize = 128;

/// The key, by `command` if there is one. A key file is made where there is neither.
pub(super) async fn share_key(data_dir: &DataDir, command: &[String]) -> Result<ShareKey> {
    let Some((program, arguments)) = command.split_first() else {
        return data_dir.key(FILE, &mut OsRng);
    };
    if data_dir.path().join(FILE).exists() {
        tracing::warn!(
            "the key that shares are sealed under is still in the file share.key, though a command prints it: delete the file once the key is kept elsewhere"
        );
    }
    printed_by(program, arguments)
        .await
        .with_context(|| format!("share_key_command: {program} gave no key for shares at rest"))
}

async fn printed_by(program: &str, arguments: &[String]) -> Result<ShareKey> {
    let mut command = Command::new(program);
    // What it says on standard error is for the operator.
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().context("it does not start")?;
    let printed = timeout(COMMAND_TIMEOUT, output_of(&mut child)).await;
    printed.with_context(|| format!("it did not end within {} seconds", COMMAND_TIMEOUT.as_secs()))?
}

async fn output_of(child: &mut Child) -> Result<ShareKey> {
    let mut stdout = child.stdout.take().context("it has no output")?;
    let mut printed = Zeroizing::new([0; PRINTED_MAX]);
    let mut length = 0;
    loop {
        let room = printed.get_mut(length..).filter(|room| !room.is_empty());
        let read = stdout.read(room.context("it prints more than a key")?).await?;
        if read == 0 {
            break;
        }
        length += read;
    }
    let status = child.wait().await?;
    if !status.success() {
        bail!("it ended with {status}");
    }
    parse(printed.get(..length).unwrap_or_default())
}

/// 64 hex digits, or base64 of 32 bytes.
fn parse(printed: &[u8]) -> Result<ShareKey> {
    let text = printed.trim_ascii();
    let mut key = Zeroizing::new([0; 32]);
    if hex::decode_to_slice(text, key.as_mut_slice()).is_ok() {
        return Ok(key);
    }
    // The decoder wants room for three bytes of every four digits.
    let mut decoded = Zeroizing::new([0; 36]);
    let length = STANDARD.decode_slice(text, decoded.as_mut_slice()).unwrap_or(0);
    match decoded.get(..length) {
        Some(bytes) if length == key.len() => key.copy_from_slice(bytes),
        _ => bail!("it prints no key: 64 hex digits, or base64 of 32 bytes"),
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[tokio::test]
    async fn a_command_prints_the_key_and_no_file_is_made() {
        let directory = tempfile::tempdir().unwrap();
        let data_dir = DataDir::open(directory.path()).unwrap();
        let hex = "07".repeat(32);
        let base64 = STANDARD.encode([7; 32]);
        for script in [format!("echo {hex}"), format!("printf '\\n {base64}'")] {
            assert_eq!(*share_key(&data_dir, &shell(&script)).await.unwrap(), [7; 32], "{script}");
        }
        assert!(!directory.path().join(FILE).exists());
        let made = share_key(&data_dir, &[]).await.unwrap();
        assert_eq!(share_key(&data_dir, &[]).await.unwrap(), made, "kept in the file");
    }

    #[tokio::test]
    async fn what_prints_no_key_is_refused_and_never_quoted() {
        let directory = tempfile::tempdir().unwrap();
        let data_dir = DataDir::open(directory.path()).unwrap();
        let table = [
            ("echo 0707", "prints no key"),
            ("echo secret-of-33-bytes-that-is-no-key", "prints no key"),
            (&format!("echo {}", STANDARD.encode([7; 33])), "prints no key"),
            (&format!("echo {}", STANDARD.encode([7; 31])), "prints no key"),
            ("true", "prints no key"),
            ("yes", "more than a key"),
            (&format!("echo {}; exit 3", "07".repeat(32)), "exit status: 3"),
        ];
        for (script, reason) in table {
            let error = format!("{:#}", share_key(&data_dir, &shell(script)).await.unwrap_err());
            assert!(error.contains(reason), "{script}: {error}");
            assert!(!error.contains("secret") && !error.contains("0707"), "{error}");
        }
        let missing = share_key(&data_dir, &["/no/such/program".to_owned()]).await.unwrap_err();
        assert!(format!("{missing:#}").contains("does not start"), "{missing:#}");
    }
}

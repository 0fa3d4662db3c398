//! The key and its shares are hunted for: in what nodes keep, log and answer, and in their memory.

use std::{fs, io, path::PathBuf};

use anyhow::{Context, Result, ensure};
use idos_api::{key_shares::ReleasedShares, profiles::Profile};
use idos_client::{
    Signer, SigningWallet,
    key_shares::{KeyOfProfile, Listen},
};
use idos_grants::Namespace;
use idos_keys::EncryptionSecret;
use idos_wallets::{ShareOperation, ShareRequest, SharesOf, SignedShareRequest};
use rand_core::OsRng;
use serde_json::{Value, json};

use super::Scene;
use crate::{
    role::Role,
    search::{Needle, in_files},
    steps::Narrator,
};

/// What must be nowhere, and by what name.
type Needles = Vec<(String, Needle)>;

pub async fn search(
    scene: &mut Scene,
    later: &Role,
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<()> {
    let (needles, answers) = secrets(scene).await?;
    let mut haystacks = vec![("the store's log".to_owned(), fs::read(scene.stage.log())?)];
    for index in scene.nodes.indices() {
        haystacks.push((format!("node {index}'s log"), fs::read(scene.nodes.log(index)?)?));
        haystacks.push((format!("node {index}'s answer"), answers[index - 1].clone()));
    }
    haystacks.extend(printed(scene, later)?);
    for (place, bytes) in &haystacks {
        ensure!(!bytes.is_empty(), "{place} has something to look through");
    }
    let mut files = 0;
    for (secret, needle) in &needles {
        for (place, bytes) in &haystacks {
            ensure!(needle.count(bytes) == 0, "{secret} is in {place}");
        }
        let mut folders = vec![scene.stage.data_dir(), scene.owner.home().into(), later.home().into()];
        for index in scene.nodes.indices() {
            folders.push(scene.nodes.data_dir(index)?);
        }
        for folder in folders {
            let (hits, of) = in_files(&folder, needle)?;
            ensure!(hits == 0, "{secret} is {hits} times in {}", folder.display());
            files += of;
        }
    }
    let traced = scene.nodes.log(super::NODES)?;
    let trace = fs::read_to_string(&traced)?.lines().filter(|line| line.contains("TRACE")).count();
    ensure!(trace > 0, "one node logs everything that it can: {}", traced.display());
    let memory = in_memory(scene, &needles)?;
    narrator.step(
        "a search for the key and all five shares: in no file, log (one node logs everything) or answer of any node, not in her folders, and in nothing that her commands print",
        &json!({"secrets": needles.len(), "files": files, "printed": PRINTING.len(), "lines_of_trace": trace, "hits": 0}),
    );
    match memory {
        Some(megabytes) => narrator.step(
            "and not in the memory of any node's process, all of which have just released their share",
            &json!({"megabytes": megabytes, "hits": 0}),
        ),
        None => narrator.step(
            "NOT SEARCHED: the memory of the nodes' processes, which only the superuser may read. Run it as the superuser to have it searched",
            &json!({"megabytes": 0}),
        ),
    }
    Ok(())
}

/// What she runs once more, to look at what is printed.
const PRINTING: [&[&str]; 4] =
    [&["key", "recover"], &["key", "audit"], &["profile", "show"], &["credential", "list"]];

/// What her commands print, for people and as JSON, with everything logged that they can log.
fn printed(scene: &Scene, later: &Role) -> Result<Vec<(String, Vec<u8>)>> {
    let open = ["credential", "open", &scene.credential];
    let mut printed = Vec::new();
    for arguments in PRINTING.into_iter().chain([&open[..]]) {
        for mut command in [later.command(arguments)?, later.command_for_people(arguments)?] {
            let output = command.env("RUST_LOG", "trace").output()?;
            ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let name = format!("what `idos {}` prints", arguments.join(" "));
            printed.push((name, [output.stdout, output.stderr].concat()));
        }
    }
    Ok(printed)
}

/// The key, the five shares as bytes, and what the nodes answered.
async fn secrets(scene: &mut Scene) -> Result<(Needles, Vec<Vec<u8>>)> {
    let key = scene.stage.chain(Namespace::Near)?.key(2)?;
    let wallet = SigningWallet::parse(key.chain, key.account_id.as_deref(), &key.private_key)?;
    let shown = scene.owner.done(&["--wallet", &scene.backup, "profile", "show"])?;
    let profile: Profile = serde_json::from_value(shown)?;
    let statement = profile.key_statement.context("the profile has a key")?.statement;
    let of = KeyOfProfile::stated(&statement)?;
    let recovered = scene.nodes.client()?.recover(&wallet, &of, Listen::ToAll, &mut OsRng).await?;
    let secret = Needle::new(recovered.secret.to_base64().as_bytes());
    let bytes = base64_of(&recovered.secret.to_base64())?;
    let mut needles =
        vec![("the key".to_owned(), Needle::new(&bytes)), ("the key as text".to_owned(), secret)];

    let mut answers = Vec::new();
    for index in scene.nodes.indices() {
        let reply = EncryptionSecret::generate(&mut OsRng);
        let body = release(scene, &wallet, &of, &reply)?;
        let url = format!("{}/v1/shares/release", scene.nodes.set.nodes()[index - 1].url.as_str());
        let answer = reqwest::Client::new().post(url).json(&body).send().await?;
        ensure!(answer.status().is_success(), "node {index} releases its share: {}", answer.status());
        let answer = answer.bytes().await?;
        let released: ReleasedShares = serde_json::from_slice(&answer)?;
        let share = released.shares.first().context("a share")?.share.open(&reply)?;
        // The scalar without the index before it.
        needles.push((format!("share {index}"), Needle::new(&share.to_bytes()[1..])));
        answers.push([answer.to_vec(), refusals(scene, &wallet, &of, index).await?].concat());
    }
    Ok((needles, answers))
}

/// What a node says to what is wrong: each tells more than a code only if it leaks.
async fn refusals(scene: &Scene, wallet: &SigningWallet, of: &KeyOfProfile, index: usize) -> Result<Vec<u8>> {
    let body = release(scene, wallet, of, &EncryptionSecret::generate(&mut OsRng))?;
    let mut stale = body.clone();
    stale["request"]["expires_at"] = 1.into();
    let mut altered = body.clone();
    altered["request"]["nonce"] = "0123456789abcdef".into();
    // Another request under a nonce that is used.
    let mut reused = release_request(scene, wallet, of, &EncryptionSecret::generate(&mut OsRng));
    reused.nonce = serde_json::from_value(body["request"]["nonce"].clone())?;
    let reused = signed(wallet, reused)?;
    let bodies = [json!({}), stale, altered, body, reused];
    let url = format!("{}/v1/shares/release", scene.nodes.set.nodes()[index - 1].url.as_str());
    let mut said = Vec::new();
    let mut refused = 0;
    for body in bodies {
        let answer = reqwest::Client::new().post(&url).json(&body).send().await?;
        refused += usize::from(answer.status().is_client_error());
        said.extend_from_slice(&answer.bytes().await?);
    }
    // The last but one is good.
    ensure!(refused == 4, "node {index} refuses what is wrong: {refused} of 4");
    Ok(said)
}

fn base64_of(text: &str) -> Result<Vec<u8>> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    Ok(STANDARD.decode(text)?)
}

fn release(
    scene: &Scene,
    wallet: &SigningWallet,
    of: &KeyOfProfile,
    reply: &EncryptionSecret,
) -> Result<Value> {
    signed(wallet, release_request(scene, wallet, of, reply))
}

fn signed(wallet: &SigningWallet, request: ShareRequest) -> Result<Value> {
    let signature = wallet.sign(&request.signable()?)?;
    Ok(serde_json::to_value(SignedShareRequest { request, signature })?)
}

fn release_request(
    scene: &Scene,
    wallet: &SigningWallet,
    of: &KeyOfProfile,
    reply: &EncryptionSecret,
) -> ShareRequest {
    ShareRequest::new(
        ShareOperation::Release {},
        SharesOf { profile_id: of.profile_id, stored_by: of.stored_by },
        wallet.account(),
        scene.nodes.set.clone(),
        *reply.public().as_bytes(),
        crate::key_nodes::now(),
        &mut OsRng,
    )
}

/// Looks through the memory of the nodes' processes, all of which have just released their share. Returns how many megabytes it was; nothing if nobody but
/// the superuser may look.
fn in_memory(scene: &mut Scene, needles: &Needles) -> Result<Option<usize>> {
    let mut megabytes = 0;
    for index in scene.nodes.indices() {
        let process = PathBuf::from(format!("/proc/{}", scene.nodes.process_id(index)?));
        let limits = fs::read_to_string(process.join("limits"))?;
        let core = limits.lines().find(|line| line.starts_with("Max core file size"));
        let words: Vec<_> = core.context("a limit of core files")?.split_whitespace().collect();
        ensure!(words[4..6] == ["0", "0"], "node {index} may write a core file: {words:?}");
        match read_memory(&process) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Ok(None);
            }
            read => {
                let memory = read?;
                for (secret, needle) in needles {
                    ensure!(needle.count(&memory) == 0, "{secret} is in node {index}'s memory");
                }
                megabytes += memory.len() / 1_000_000;
            }
        }
    }
    Ok(Some(megabytes))
}

/// What a process can write to: everything that it computed is there.
fn read_memory(process: &std::path::Path) -> io::Result<Vec<u8>> {
    use std::os::unix::fs::FileExt;
    let memory = fs::File::open(process.join("mem"))?;
    let mut all = Vec::new();
    for line in fs::read_to_string(process.join("maps"))?.lines() {
        let mut words = line.split_whitespace();
        let (Some(range), Some(permissions)) = (words.next(), words.next()) else { continue };
        let Some((start, end)) = range.split_once('-') else { continue };
        let (Ok(start), Ok(end)) = (u64::from_str_radix(start, 16), u64::from_str_radix(end, 16)) else {
            continue;
        };
        if !permissions.starts_with("rw") {
            continue;
        }
        // Much of it was never touched: it reads as zeros.
        for at in (start..end).step_by(PAGES) {
            let mut pages = vec![0; PAGES.min((end - at) as usize)];
            let is_read = memory.read_exact_at(&mut pages, at).is_ok();
            if is_read && pages.iter().any(|byte| *byte != 0) {
                all.extend_from_slice(&pages);
            }
        }
    }
    Ok(all)
}

const PAGES: usize = 64 * 4096;

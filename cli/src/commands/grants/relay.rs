//! `idos grants relay`: sending what an owner only signed, or having it sent.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use idos_api::relay::{Fate, RelayCall, Submission};
use idos_client::{
    chain::SignedCall,
    owner::ConsentToWrite,
    relay::{Relay, TakesCalls},
};
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use crate::context::Context;

/// How long is waited for a relayed call.
const RELAYED_WITHIN: Duration = Duration::from_secs(300);

/// What scripts set.
const TOKEN_VARIABLE: &str = "IDOS_RELAY_TOKEN";

#[derive(Debug, Args)]
pub struct RelayArgs {
    /// What `idos share --sign-only` printed; or `idos consent`, for the issuer's grant
    file: PathBuf,
    /// Who sends it: `self` (the wallet in this folder pays), `node` (the node's operator does), or the address of a relay (`idos relay`), whose token for
    /// you is in IDOS_RELAY_TOKEN or in --relay-token-file
    #[arg(long, value_name = "self|node|URL", default_value = "self")]
    via: Via,
    /// The token that a relay's operator gave you, in a file that only you may read
    #[arg(long, value_name = "FILE", env = "IDOS_RELAY_TOKEN_FILE")]
    relay_token_file: Option<PathBuf>,
}

/// Who sends what somebody else signed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Via {
    /// The wallet in this folder: it pays.
    Wallet,
    /// The node's relay: its operator pays.
    Node,
    /// A relay in a process of its own: its operator pays.
    Relay(Url),
}

impl FromStr for Via {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "self" => Ok(Self::Wallet),
            "node" => Ok(Self::Node),
            text => text
                .parse::<Url>()
                .ok()
                .filter(Url::has_host)
                .map(Self::Relay)
                .ok_or("name `self`, `node`, or a relay's address, like https://relay.example.com"),
        }
    }
}

/// Sends what an owner signed, or has it sent, and waits for what becomes of it.
pub async fn run(args: RelayArgs, context: &mut Context<'_>) -> Result<()> {
    let call = read(&args.file)?;
    match &args.via {
        Via::Wallet => by_wallet(&call, context).await,
        Via::Node => {
            let session = context.signed_in().await?.session;
            by(&session, &call, context).await
        }
        Via::Relay(url) => {
            let token = token(args.relay_token_file.as_deref())?;
            by(&Relay::new(url.clone(), &token)?, &call, context).await
        }
    }
}

fn read(path: &Path) -> Result<RelayCall> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let signed: Signed = serde_json::from_slice(&text).with_context(|| {
        format!("{} holds neither a signed call nor what `idos consent` prints", path.display())
    })?;
    Ok(signed.into())
}

/// What an owner signed that somebody else can send.
#[derive(Deserialize)]
#[serde(untagged)]
enum Signed {
    /// A verb.
    Call(SignedCall),
    /// Her consent to a write, with the issuer's grant in it.
    Consent(Box<ConsentToWrite>),
}

impl From<Signed> for RelayCall {
    fn from(signed: Signed) -> Self {
        match signed {
            Signed::Call(call) => Self::SignedCall(call),
            Signed::Consent(consent) => match consent.grant_call {
                // On NEAR the grant is a call of its own.
                Some(call) => Self::SignedCall(call),
                None => Self::WriteGrant(Box::new(consent.write_grant)),
            },
        }
    }
}

/// An app's token: from the file, or from the environment. Never from an argument, which every process of the machine may see.
fn token(file: Option<&Path>) -> Result<Zeroizing<String>> {
    let Some(path) = file else {
        let token = env::var(TOKEN_VARIABLE).with_context(|| {
            format!("a relay asks for the token that its operator gave you: set {TOKEN_VARIABLE}, or name a file with --relay-token-file")
        })?;
        return Ok(Zeroizing::new(token));
    };
    let readable = || format!("cannot read the relay's token {}", path.display());
    if fs::metadata(path).with_context(readable)?.permissions().mode() & 0o077 != 0 {
        bail!("others may read the relay's token {}: run `chmod 600` on it", path.display());
    }
    let text = Zeroizing::new(fs::read_to_string(path).with_context(readable)?);
    Ok(Zeroizing::new(text.trim().to_owned()))
}

async fn by_wallet(call: &RelayCall, context: &mut Context<'_>) -> Result<()> {
    let chain = call.contract().chain();
    let chain = context.chain_with(&context.wallet_on(chain)?, chain).await?;
    let mined = match call {
        RelayCall::SignedCall(signed) => chain.relay(signed).await?,
        RelayCall::WriteGrant(signed) => chain.relay_write_grant(signed).await?,
    };
    context.output.result(&mined, || format!("done in transaction {}", mined.transaction))
}

async fn by(relay: &impl TakesCalls, call: &RelayCall, context: &Context<'_>) -> Result<()> {
    let bar = context.output.waiting("waiting for the chain");
    let submission = idos_client::relay::send(relay, call, RELAYED_WITHIN).await;
    bar.finish_and_clear();
    told(&submission?, context)
}

fn told(submission: &Submission, context: &Context<'_>) -> Result<()> {
    match &submission.fate {
        Fate::Done { transaction, .. } => {
            let sentence = format!("done in transaction {transaction}");
            context.output.result(submission, || sentence)
        }
        Fate::Failed { message, code, .. } => bail!("{code}: {message}"),
        Fate::Queued | Fate::Sent { .. } => bail!(
            "it was taken, but is not in a block yet: run the same command again to see what became of it"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sends_is_a_word_or_an_address() {
        assert_eq!("self".parse(), Ok(Via::Wallet));
        assert_eq!("node".parse(), Ok(Via::Node));
        let relay = Url::parse("https://relay.example.com").unwrap();
        assert_eq!("https://relay.example.com".parse(), Ok(Via::Relay(relay)));
        for wrong in ["", "relay", "mailto:relay", "relay.example.com"] {
            assert!(wrong.parse::<Via>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_token_that_others_may_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, "the-token\n").unwrap();
        for (mode, is_taken) in [(0o644, false), (0o600, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let read = token(Some(&path));
            assert_eq!(read.ok().as_deref().map(String::as_str) == Some("the-token"), is_taken, "{mode:o}");
        }
    }
}

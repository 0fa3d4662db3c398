//! `idos events`: what happens on the chains, line by line.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use idos_api::events::{ChainEvent, GrantChanged, StatusChanged};
use idos_client::{ClientError, events::Occurrence};
use idos_grants::Account;

use crate::context::Context;

/// How often in a row a stream that broke is opened again, and how long is waited before.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub struct EventsArgs {
    /// Go on after this cursor, which the last line had (default: what happens from now on)
    #[arg(long, conflicts_with = "from_start")]
    cursor: Option<String>,
    /// Begin with everything that ever happened
    #[arg(long)]
    from_start: bool,
    /// An issuer's account whose status changes to tell; up to 20 times
    #[arg(long = "issuer", value_name = "ACCOUNT")]
    issuers: Vec<Account>,
    /// End after so many
    #[arg(long, value_name = "COUNT")]
    max: Option<u64>,
}

pub async fn run(args: EventsArgs, context: &mut Context<'_>) -> Result<()> {
    let mut left = args.max.unwrap_or(u64::MAX);
    let mut cursor = if args.from_start { Some(String::new()) } else { args.cursor };
    let mut broken = 0;
    while left > 0 {
        let opened = context.signed_in().await?.session.events(cursor.as_deref(), &args.issuers).await;
        let mut events = match opened {
            Ok(events) => events,
            Err(error @ ClientError::Transport { .. }) if broken < ATTEMPTS => {
                broken += 1;
                tracing::debug!(%error, "the stream is opened again");
                tokio::time::sleep(PAUSE * broken).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        while left > 0 {
            match events.next().await {
                Ok(Some(occurrence)) => {
                    (broken, left) = (0, left - 1);
                    context.output.result(&occurrence, || describe(&occurrence))?;
                }
                // It goes on where it was, with a new session if need be.
                Ok(None) | Err(ClientError::SignedOut | ClientError::Transport { .. })
                    if broken < ATTEMPTS =>
                {
                    break;
                }
                Ok(None) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        cursor = events.cursor().map(str::to_owned).or(cursor);
        if left > 0 {
            broken += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

fn describe(occurrence: &Occurrence) -> String {
    let name = occurrence.event.name();
    match &occurrence.event {
        ChainEvent::GrantCreated(grant)
        | ChainEvent::GrantRevoked(grant)
        | ChainEvent::TimelockExtended(grant) => {
            let GrantChanged { at, owner, grantee, data_id, locked_until, .. } = grant;
            let lock =
                if *locked_until == 0 { String::new() } else { format!("  locked until {locked_until}") };
            format!("{at}  {name}  {owner} -> {grantee}  {data_id}{lock}")
        }
        ChainEvent::StatusChanged(change) => {
            let StatusChanged { at, issuer, list, purpose, set, cleared, .. } = change;
            format!("{at}  {name}  {issuer}  list {list}  {purpose:?}: set {set:?}, cleared {cleared:?}")
        }
    }
}

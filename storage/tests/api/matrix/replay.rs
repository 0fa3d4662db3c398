//! Everything that is signed for a node, sent where or when it was not meant for.
//!
//! A cell says how it is refused; one that begins with a dash says why there is nothing to refuse. What is signed for contracts is played against
//! the contracts themselves, in the tests of the whole.

mod consent;
mod message;
mod request_signature;
mod statement;
mod write_grant;

use super::table;
use crate::support::{Answer, WalletKind};

/// What is done with a signed message that was good, or would have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Sent once more.
    Again,
    /// Sent to a node of another domain.
    OtherNode,
    /// For another profile.
    OtherProfile,
    /// For an account on another chain.
    OtherChain,
    /// For another contract.
    OtherContract,
    /// Sent once more after what it did was undone.
    AfterRevoke,
    /// Sent when its time is over.
    Expired,
    /// Sent before its time.
    NotYetValid,
}

impl Replay {
    const ALL: [Self; 8] = [
        Self::Again,
        Self::OtherNode,
        Self::OtherProfile,
        Self::OtherChain,
        Self::OtherContract,
        Self::AfterRevoke,
        Self::Expired,
        Self::NotYetValid,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Again => "again",
            Self::OtherNode => "other node",
            Self::OtherProfile => "other profile",
            Self::OtherChain => "other chain",
            Self::OtherContract => "other contract",
            Self::AfterRevoke => "after revoke",
            Self::Expired => "expired",
            Self::NotYetValid => "not yet valid",
        }
    }
}

/// The domain of the other node.
const ELSEWHERE: &str = "other.example.com";

/// How an answer refuses; panics if it does not.
#[track_caller]
fn refused(answer: &Answer) -> String {
    let (status, _) = answer.error();
    format!("{status} {}", answer.code_text())
}

/// For what a message does not name.
fn not_named(what: &str) -> String {
    format!("- names no {what}")
}

/// A row's name and its cells.
type Row = (String, Vec<String>);

/// A row of one kind of message.
async fn row(name: &str, played: impl AsyncFn(Replay) -> String) -> Row {
    let mut cells = Vec::new();
    for replay in Replay::ALL {
        cells.push(played(replay).await);
    }
    (name.to_owned(), cells)
}

#[tokio::test]
async fn nothing_that_was_signed_counts_anywhere_else_or_twice() {
    let mut rows = Vec::new();
    for kind in WalletKind::ALL {
        let name = |what: &str| format!("{what}, {}", kind.name());
        rows.push(row(&name("sign-in"), async |replay| message::sign_in(replay, kind).await).await);
        rows.push(row(&name("wallet link"), async |replay| message::wallet_link(replay, kind).await).await);
        rows.push(
            row(&name("key statement"), async |replay| message::key_statement(replay, kind).await).await,
        );
        rows.push(
            row(&name("write grant"), async |replay| write_grant::write_grant(replay, kind).await).await,
        );
        rows.push(
            row(&name("write grant before its grant"), async |replay| match replay {
                Replay::OtherNode => write_grant::before_the_chain(kind).await,
                _ => "- as after it".to_owned(),
            })
            .await,
        );
    }
    rows.push(row("signing-key statement", statement::signing_key).await);
    rows.push(row("public notes", statement::public_notes).await);
    rows.push(row("profile consent", consent::profile_consent).await);
    rows.push(row("profile consent, its issuer's signature", consent::counter_signature).await);
    rows.push(row("request for credentials", message::access_request).await);
    rows.push(row("command (session key)", request_signature::command).await);
    rows.push(row("read-key agreement", request_signature::read_key).await);
    rows.push(row("read (session key)", request_signature::read).await);
    rows.push(row("read (read key)", request_signature::keyed_read).await);
    // What is alike stands together.
    rows.sort_by_key(|(name, _)| name.split(',').next().unwrap_or_default().to_owned());
    let mut table = table("signed", Replay::ALL.map(Replay::name));
    for (name, cells) in rows {
        table.add_row(std::iter::once(name).chain(cells));
    }
    insta::assert_snapshot!("replay", table.to_string());
}

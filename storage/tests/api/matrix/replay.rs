//! Everything that is signed for a node, sent where or when it was not meant for.
//!
//! A cell says how it is refused; one that begins with a dash says why there is nothing to refuse. What is signed for contracts is played against
//! the contracts themselves, in the tests of the whole.

mod message;
mod request_signature;
mod write_grant;

use super::table;
use crate::support::Answer;

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

#[tokio::test]
async fn nothing_that_was_signed_counts_anywhere_else_or_twice() {
    let mut table = table("signed", Replay::ALL.map(Replay::name));
    let mut row = |name: &str, cells: Vec<String>| {
        table.add_row(std::iter::once(name.to_owned()).chain(cells));
    };
    let mut sign_in = Vec::new();
    let mut link = Vec::new();
    let mut statement = Vec::new();
    let mut request = Vec::new();
    let mut write = Vec::new();
    let mut command = Vec::new();
    let mut read = Vec::new();
    for replay in Replay::ALL {
        sign_in.push(message::sign_in(replay).await);
        link.push(message::wallet_link(replay).await);
        statement.push(message::key_statement(replay).await);
        request.push(message::access_request(replay).await);
        write.push(write_grant::write_grant(replay).await);
        command.push(request_signature::command(replay).await);
        read.push(request_signature::read(replay).await);
    }
    row("sign-in", sign_in);
    row("wallet link", link);
    row("key statement", statement);
    row("request for credentials", request);
    row("write grant", write);
    row("command (session key)", command);
    row("read (session or read key)", read);
    insta::assert_snapshot!("replay", table.to_string());
}

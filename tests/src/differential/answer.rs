//! What the contracts answer.

use idos_grants::{Event, Grant, HistoryHead, Purpose, Status};

use super::GrantRef;

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done, and said this.
    Done(Vec<Event>),
    /// It was refused: the error's name, and its arguments where the chain tells them: `GrantLocked(2000000000)`.
    Refused(String),
}

/// A question to the contracts' views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// `has_access` and `grant_of`
    Grant {
        /// Whose.
        owner: u8,
        /// Which.
        grant: GrantRef,
    },
    /// `status_of`
    Status {
        /// Whose list.
        issuer: u8,
        /// Which list.
        list: u32,
        /// Which position.
        index: u32,
    },
    /// `status_word`
    Word {
        /// Whose list.
        issuer: u8,
        /// Which list.
        list: u32,
        /// Which bits.
        purpose: Purpose,
        /// Which word.
        word_index: u16,
    },
    /// `history_head` of AccessGrants.
    GrantsHead,
    /// `history_head` of CredentialStatus.
    StatusesHead,
}

/// An answer to a [`Question`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Both views.
    Grant {
        /// `has_access`
        has_access: bool,
        /// `grant_of`
        grant: Option<Grant>,
    },
    /// The status.
    Status(Status),
    /// The word.
    Word([u8; 32]),
    /// The head.
    Head(HistoryHead),
}

impl Outcome {
    /// A refusal by name alone.
    pub(crate) fn without_arguments(self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(name(&refusal).to_owned()),
            done @ Self::Done(_) => done,
        }
    }
}

fn name(refusal: &str) -> &str {
    refusal.split_once('(').map_or(refusal, |(name, _)| name)
}

/// A refusal's name with its arguments, as NEAR panics with it.
pub(crate) fn refusal(name: &str, arguments: &[String]) -> String {
    if arguments.is_empty() { name.to_owned() } else { format!("{name}({})", arguments.join(",")) }
}

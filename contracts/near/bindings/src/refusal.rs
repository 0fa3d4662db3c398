//! The contracts' errors, as a failed transaction or view tells them.

use near_account_id::AccountId;

/// What NEAR puts before a contract's own words: in a failed transaction, and in a failed view.
const PANIC_PREFIXES: [&str; 2] = ["Smart contract panicked: ", "GuestPanic { panic_msg: "];

/// Why a contract refused a call. Names and arguments are those of `contracts/README.md`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `GrantExists`
    #[error("this grant exists already")]
    GrantExists,
    /// `GrantNotFound`
    #[error("there is no such grant")]
    GrantNotFound,
    /// `GrantLocked(locked_until)`
    #[error("the grant is locked through {0} (Unix seconds): revoke it after that")]
    GrantLocked(u64),
    /// `InvalidTimelock(locked_until)`
    #[error(
        "{0} is no timelock: Unix seconds, later than now and than the present lock, at most 20 years ahead"
    )]
    InvalidTimelock(u64),
    /// `InvalidGrantee(grantee)`
    #[error("{0} cannot be the grantee: it is the owner")]
    InvalidGrantee(AccountId),
    /// `EmptyBatch`
    #[error("a batch needs at least one item")]
    EmptyBatch,
    /// `BatchTooLarge(size,max)`
    #[error("{size} items in one call: send at most {max} at once")]
    BatchTooLarge {
        /// How many there were.
        size: u64,
        /// How many there may be.
        max: u64,
    },
    /// `CredentialRevoked(list,index)`
    #[error("the credential at {index} of list {list} is revoked, which is final: issue a new one")]
    CredentialRevoked {
        /// Which list.
        list: u32,
        /// Which position.
        index: u32,
    },
    /// `IndexOutOfRange(index)`
    #[error("a status list has no position {0}: it has 131072")]
    IndexOutOfRange(u32),
    /// `RevocationIsFinal(list,word_index)`
    #[error("revocations in word {word_index} of list {list} cannot be cleared")]
    RevocationIsFinal {
        /// Which list.
        list: u32,
        /// Which word.
        word_index: u16,
    },
    /// `InvalidWordChange`
    #[error("a bit cannot be both set and cleared")]
    InvalidWordChange,
    /// `StorageDepositMissing(yoctoNEAR)`
    #[error(
        "{0} yoctoNEAR of storage deposit are missing: attach them, or let anyone deposit them for the account"
    )]
    StorageDepositMissing(u128),
    /// `StorageBalanceTooLow(yoctoNEAR)`
    #[error("only {0} yoctoNEAR are available for withdrawal")]
    StorageBalanceTooLow(u128),
    /// `StorageInUse(records)`
    #[error("the deposit pays for {0} records on chain: remove them first")]
    StorageInUse(u64),
    /// `NotRegistered`
    #[error("the account has no storage deposit")]
    NotRegistered,
    /// `OneYoctoRequired`
    #[error("attach exactly one yoctoNEAR, as a sign that a full-access key signs")]
    OneYoctoRequired,
    /// `NotConsumer`, of the example
    #[error("only the consumer may do this")]
    NotConsumer,
    /// `NotMember(owner)`, of the example
    #[error("{0} is not a member: not admitted, the grant revoked, or the credential revoked or suspended")]
    NotMember(AccountId),
}

impl Refusal {
    /// Reads the error of a failed call (`FunctionCallError::ExecutionError`, or a view's error), which may stand within other text. `None` if it is
    /// not one of the contracts' own: arguments that cannot be read, no gas left, no contract there.
    pub fn parse(error: &str) -> Option<Self> {
        let (_, panic) = PANIC_PREFIXES.iter().find_map(|prefix| error.split_once(prefix))?;
        let panic = panic.trim_start_matches(['\\', '"']);
        let end = panic.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(panic.len());
        let (name, rest) = panic.split_at(end);
        let arguments = match rest.strip_prefix('(') {
            Some(rest) => rest.split_once(')')?.0,
            None => "",
        };
        Self::of(name, &arguments.split(',').collect::<Vec<_>>())
    }

    fn of(name: &str, arguments: &[&str]) -> Option<Self> {
        Some(match (name, arguments) {
            ("GrantExists", [""]) => Self::GrantExists,
            ("GrantNotFound", [""]) => Self::GrantNotFound,
            ("GrantLocked", [until]) => Self::GrantLocked(until.parse().ok()?),
            ("InvalidTimelock", [until]) => Self::InvalidTimelock(until.parse().ok()?),
            ("InvalidGrantee", [grantee]) => Self::InvalidGrantee(grantee.parse().ok()?),
            ("EmptyBatch", [""]) => Self::EmptyBatch,
            ("BatchTooLarge", [size, max]) => {
                Self::BatchTooLarge { size: size.parse().ok()?, max: max.parse().ok()? }
            }
            ("CredentialRevoked", [list, index]) => {
                Self::CredentialRevoked { list: list.parse().ok()?, index: index.parse().ok()? }
            }
            ("IndexOutOfRange", [index]) => Self::IndexOutOfRange(index.parse().ok()?),
            ("RevocationIsFinal", [list, word]) => {
                Self::RevocationIsFinal { list: list.parse().ok()?, word_index: word.parse().ok()? }
            }
            ("InvalidWordChange", [""]) => Self::InvalidWordChange,
            ("StorageDepositMissing", [yocto]) => Self::StorageDepositMissing(yocto.parse().ok()?),
            ("StorageBalanceTooLow", [yocto]) => Self::StorageBalanceTooLow(yocto.parse().ok()?),
            ("StorageInUse", [records]) => Self::StorageInUse(records.parse().ok()?),
            ("NotRegistered", [""]) => Self::NotRegistered,
            ("OneYoctoRequired", [""]) => Self::OneYoctoRequired,
            ("NotConsumer", [""]) => Self::NotConsumer,
            ("NotMember", [owner]) => Self::NotMember(owner.parse().ok()?),
            _ => return None,
        })
    }

    /// The error's stable name, the same on every chain.
    pub fn name(&self) -> &'static str {
        match self {
            Self::GrantExists => "GrantExists",
            Self::GrantNotFound => "GrantNotFound",
            Self::GrantLocked(_) => "GrantLocked",
            Self::InvalidTimelock(_) => "InvalidTimelock",
            Self::InvalidGrantee(_) => "InvalidGrantee",
            Self::EmptyBatch => "EmptyBatch",
            Self::BatchTooLarge { .. } => "BatchTooLarge",
            Self::CredentialRevoked { .. } => "CredentialRevoked",
            Self::IndexOutOfRange(_) => "IndexOutOfRange",
            Self::RevocationIsFinal { .. } => "RevocationIsFinal",
            Self::InvalidWordChange => "InvalidWordChange",
            Self::StorageDepositMissing(_) => "StorageDepositMissing",
            Self::StorageBalanceTooLow(_) => "StorageBalanceTooLow",
            Self::StorageInUse(_) => "StorageInUse",
            Self::NotRegistered => "NotRegistered",
            Self::OneYoctoRequired => "OneYoctoRequired",
            Self::NotConsumer => "NotConsumer",
            Self::NotMember(_) => "NotMember",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_from_wherever_it_stands() {
        let bank: AccountId = "the-bank_1.near".parse().unwrap();
        let table = [
            ("Smart contract panicked: GrantExists", Some(Refusal::GrantExists)),
            ("Smart contract panicked: GrantLocked(1800000000)", Some(Refusal::GrantLocked(1_800_000_000))),
            (
                "wasm execution failed with error: HostError(GuestPanic { panic_msg: \"IndexOutOfRange(131072)\" })",
                Some(Refusal::IndexOutOfRange(131_072)),
            ),
            (
                "FunctionCallError(ExecutionError(\"Smart contract panicked: BatchTooLarge(61,60)\"))",
                Some(Refusal::BatchTooLarge { size: 61, max: 60 }),
            ),
            ("Smart contract panicked: InvalidGrantee(the-bank_1.near)", Some(Refusal::InvalidGrantee(bank))),
            (
                "Smart contract panicked: StorageDepositMissing(1840000000000000000000)",
                Some(Refusal::StorageDepositMissing(1_840_000_000_000_000_000_000)),
            ),
            ("refused (Smart contract panicked: EmptyBatch)", Some(Refusal::EmptyBatch)),
            ("GrantExists", None),
            ("Smart contract panicked: GrantExist", None),
            ("Smart contract panicked: GrantLocked", None),
            ("Smart contract panicked: GrantLocked()", None),
            ("Smart contract panicked: GrantLocked(1800000000", None),
            ("Smart contract panicked: GrantLocked(1,2)", None),
            ("Smart contract panicked: GrantLocked(-1)", None),
            ("Smart contract panicked: Failed to deserialize input from JSON.", None),
            ("Smart contract panicked: ", None),
        ];
        for (text, expected) in table {
            assert_eq!(Refusal::parse(text), expected, "{text}");
        }
    }
}

//! The texts that bare keys sign, written down a second time: from `contracts/README.md`, not from the contracts.

/// The SHA-256 of the passphrase of local networks.
pub const NETWORK_ID: &str = "baefd734b8d3e48472cff83912375fedbc7573701912fe308af730180f97d74a";

/// A text in the making.
#[derive(Debug, Clone)]
pub struct Text(String);

impl Text {
    pub fn new(contract: &str, title: &str) -> Self {
        Self(format!("idOS {contract}: {title}\n"))
    }

    #[must_use]
    pub fn line(self, name: &str, value: impl std::fmt::Display) -> Self {
        Self(format!("{}\n{name}: {value}", self.0))
    }

    /// The last lines.
    pub fn on(self, contract: &str, network_id: &str) -> String {
        self.line("Contract", contract).line("Network", network_id).0
    }
}

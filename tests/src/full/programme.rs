//! What has been shown: for each row of the mission, the commands that showed it.

use std::collections::BTreeMap;

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets::ASCII_MARKDOWN};
use serde_json::Value;

use crate::{binary::Refusal, role::Role, steps::Narrator};

/// A row of the mission, by the number that the README gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    Profiles = 1,
    Wallets = 2,
    NoGas = 3,
    PasswordKey = 4,
    Credentials = 6,
    AccessGrants = 7,
    Timelocks = 8,
    Revocation = 9,
    DelegatedWriteGrant = 10,
    DelegatedAccessGrant = 11,
    IssuerRevocation = 12,
    TrustedIssuers = 13,
    Replace = 14,
    Delete = 15,
    Export = 16,
    Fees = 21,
}

impl Row {
    const ALL: [Self; 16] = [
        Self::Profiles,
        Self::Wallets,
        Self::NoGas,
        Self::PasswordKey,
        Self::Credentials,
        Self::AccessGrants,
        Self::Timelocks,
        Self::Revocation,
        Self::DelegatedWriteGrant,
        Self::DelegatedAccessGrant,
        Self::IssuerRevocation,
        Self::TrustedIssuers,
        Self::Replace,
        Self::Delete,
        Self::Export,
        Self::Fees,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Profiles => "profiles",
            Self::Wallets => "wallets",
            Self::NoGas => "no gas",
            Self::PasswordKey => "the key, by password",
            Self::Credentials => "credentials",
            Self::AccessGrants => "access grants",
            Self::Timelocks => "timelocks",
            Self::Revocation => "revocation",
            Self::DelegatedWriteGrant => "delegated write grant",
            Self::DelegatedAccessGrant => "delegated access grant",
            Self::IssuerRevocation => "issuer revocation",
            Self::TrustedIssuers => "trusted issuers",
            Self::Replace => "correct, replace",
            Self::Delete => "delete, leave",
            Self::Export => "export",
            Self::Fees => "fees",
        }
    }
}

/// Narrates, and keeps what showed what.
pub struct Programme<F> {
    narrator: Narrator<F>,
    shown: BTreeMap<Row, Vec<String>>,
}

impl<F: FnMut(&str)> Programme<F> {
    pub fn new(narrate: F) -> Self {
        Self { narrator: Narrator::new(narrate), shown: BTreeMap::new() }
    }

    /// Something that is no command.
    pub fn tell(&mut self, what: &str, ids: &Value) {
        self.narrator.step(what, ids);
    }

    /// A command that must succeed, and what it shows.
    pub fn does(&mut self, row: Row, role: &Role, what: &str, arguments: &[&str]) -> Result<Value> {
        let answer = role.done(arguments)?;
        self.note(row, role, arguments, "");
        self.narrator.step(what, &answer);
        Ok(answer)
    }

    /// A command that must be refused with `code`, and what that shows.
    pub fn refuses(
        &mut self,
        row: Row,
        role: &Role,
        what: &str,
        arguments: &[&str],
        code: &str,
    ) -> Result<Refusal> {
        let refusal = role.run(arguments)?.refused(code)?;
        self.note(row, role, arguments, &format!("  -> {code}"));
        self.narrator.refusal(what, &refusal);
        Ok(refusal)
    }

    /// That a command, run elsewhere, shows a row.
    pub fn note(&mut self, row: Row, role: &Role, arguments: &[&str], outcome: &str) {
        let words: Vec<_> = arguments.iter().map(|argument| shortened(argument)).collect();
        let line = format!("{}: idos {}{outcome}", role.name(), words.join(" "));
        let lines = self.shown.entry(row).or_default();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }

    /// Each row, and the commands that showed it; an error if one has none.
    pub fn table(&self) -> Result<String> {
        let mut table = Table::new();
        table.load_preset(ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(["row", "capability", "shown by"]);
        for row in Row::ALL {
            let lines = self.shown.get(&row);
            let lines = lines.ok_or_else(|| anyhow::anyhow!("nothing has shown {:?}", row.name()))?;
            for (index, line) in lines.iter().enumerate() {
                let (number, name) =
                    if index == 0 { ((row as u8).to_string(), row.name()) } else { (String::new(), "") };
                table.add_row([number.as_str(), name, line]);
            }
        }
        Ok(table.to_string())
    }
}

/// Ids, keys and paths that differ from one playing to the next, by what they are.
fn shortened(argument: &str) -> String {
    let is_hex = |text: &str| text.len() > 8 && text.bytes().all(|c| c.is_ascii_hexdigit());
    if let Some(digits) = argument.strip_prefix("0x").filter(|digits| is_hex(digits)) {
        return if digits.len() == 64 { "DATA_ID".to_owned() } else { "0x…".to_owned() };
    }
    if argument.starts_with("did:") {
        return "DID".to_owned();
    }
    if uuid::Uuid::try_parse(argument).is_ok() {
        return "UUID".to_owned();
    }
    if argument.parse::<idos_grants::Account>().is_ok() {
        let (chain, _) = argument.rsplit_once(':').unwrap_or((argument, ""));
        return format!("{chain}:…");
    }
    if argument.starts_with('{') {
        return "JSON".to_owned();
    }
    match argument.rsplit_once('/') {
        Some((_, name)) => name.to_owned(),
        None => argument.to_owned(),
    }
}

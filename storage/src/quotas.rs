//! How much a profile may hold.

use serde::Deserialize;

/// The bounds of one profile. Nodes that are to reach the same rows by the same commands need the same ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quotas {
    /// Credentials and copies; 1 to 20,000, for clients read no longer lists.
    pub credentials: u64,
    /// Uploads that wait for a credential to take them; 1 to 1,024.
    pub uploads: u64,
    /// What they may take up together, in MiB; 16 (one content) to 16,384.
    pub uploads_mib: u64,
    /// Requests that it has published and that are open; 1 to 10,000.
    pub open_requests: u64,
    /// Of these, to one and the same wallet; 1 to 100.
    pub open_requests_to_one: u64,
    /// Answers to one of its requests; 1 to 100,000.
    pub answers: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            credentials: 10_000,
            uploads: 64,
            uploads_mib: 256,
            open_requests: 100,
            open_requests_to_one: 5,
            answers: 10_000,
        }
    }
}

/// A quota that no node may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the quota {name} is {value}, and must be between {min} and {max}")]
pub struct QuotaOutOfRange {
    /// Which.
    pub name: &'static str,
    /// What it is set to.
    pub value: u64,
    /// The least.
    pub min: u64,
    /// The most.
    pub max: u64,
}

impl Quotas {
    /// Whether each is within its bounds.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self) -> Result<(), QuotaOutOfRange> {
        let table = [
            ("credentials", self.credentials, 1, 20_000),
            ("uploads", self.uploads, 1, 1_024),
            ("uploads_mib", self.uploads_mib, 16, 16_384),
            ("open_requests", self.open_requests, 1, 10_000),
            ("open_requests_to_one", self.open_requests_to_one, 1, 100),
            ("answers", self.answers, 1, 100_000),
        ];
        match table.into_iter().find(|(_, value, min, max)| !(min..=max).contains(&value)) {
            Some((name, value, min, max)) => Err(QuotaOutOfRange { name, value, min, max }),
            None => Ok(()),
        }
    }

    pub(crate) fn uploads_bytes(&self) -> u64 {
        self.uploads_mib.saturating_mul(1024 * 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_have_bounds_and_the_defaults_are_within() {
        let default = Quotas::default();
        assert_eq!(default.check(), Ok(()));
        let table = [
            ("credentials", Quotas { credentials: 0, ..default }),
            ("credentials", Quotas { credentials: 20_001, ..default }),
            ("uploads", Quotas { uploads: 0, ..default }),
            ("uploads_mib", Quotas { uploads_mib: 15, ..default }),
            ("open_requests", Quotas { open_requests: 10_001, ..default }),
            ("open_requests_to_one", Quotas { open_requests_to_one: 0, ..default }),
            ("answers", Quotas { answers: u64::MAX, ..default }),
        ];
        for (name, quotas) in table {
            assert_eq!(quotas.check().map_err(|found| found.name), Err(name));
        }
    }
}

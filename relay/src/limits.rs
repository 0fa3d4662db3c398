//! How much is relayed for whom. A refused call counts for nothing; one that was taken counts, whatever became of it.

/// The bounds of a relay. Hours and days are the last 3,600 and 86,400 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RelayLimits {
    /// Calls that one account signed, an hour.
    pub owner_calls_per_hour: u64,
    /// Calls that one account signed, a day.
    pub owner_calls_per_day: u64,
    /// Calls of one app, an hour.
    pub app_calls_per_hour: u64,
    /// Calls of one app, a day.
    pub app_calls_per_day: u64,
    /// All calls, an hour: accounts and profiles cost nobody anything, so this is what bounds the expense.
    pub calls_per_hour: u64,
    /// Calls that may wait for one chain.
    pub queue_max: u64,
    /// How often what failed on the way to the chain is tried again.
    pub attempts_max: u64,
    /// How long the row of a call that is done or failed is kept, in days. What was signed has lapsed or was used by then.
    pub keep_days: u64,
    /// What the SQLite file may grow to, in MiB; then nothing more is taken. Unless stated, what the disk holds.
    pub database_mib_max: Option<u64>,
}

impl Default for RelayLimits {
    fn default() -> Self {
        Self {
            owner_calls_per_hour: 20,
            owner_calls_per_day: 100,
            app_calls_per_hour: 1_000,
            app_calls_per_day: 10_000,
            calls_per_hour: 2_000,
            queue_max: 500,
            attempts_max: 20,
            keep_days: 90,
            database_mib_max: None,
        }
    }
}

//! Which days: for usage.

use std::str::FromStr;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, NaiveTime};
use clap::Args;
use idos_api::usage::DAY_SECS;

const DAYS: u64 = 30;

/// From one day to another, both counted whole.
#[derive(Debug, Clone, Copy, Args)]
pub struct Period {
    /// First day, as YYYY-MM-DD (UTC) or Unix seconds (default: 30 days before the last)
    #[arg(long)]
    from: Option<Day>,
    /// Last day (default: today)
    #[arg(long)]
    to: Option<Day>,
}

impl Period {
    /// A time on the first day, and one on the last.
    pub fn times(self, now: u64) -> (u64, u64) {
        let to = self.to.map_or(now, |day| day.0);
        (self.from.map_or(to.saturating_sub(DAYS * DAY_SECS), |day| day.0), to)
    }
}

/// A time on a day, in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day(u64);

impl FromStr for Day {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Ok(secs) = text.parse() {
            return Ok(Self(secs));
        }
        let date: NaiveDate = text.parse().context("a day is like 2026-01-31, or a time in Unix seconds")?;
        let secs = date.and_time(NaiveTime::MIN).and_utc().timestamp();
        Ok(Self(secs.try_into().context("a day is not before 1970-01-01")?))
    }
}

/// A day as YYYY-MM-DD.
pub fn shown_day(day: u64) -> String {
    let time =
        i64::try_from(day.saturating_mul(DAY_SECS)).ok().and_then(|secs| DateTime::from_timestamp(secs, 0));
    time.map_or_else(|| day.to_string(), |time| time.date_naive().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_date_or_a_time() {
        let table = [
            ("1970-01-02", Some(86_400)),
            ("2027-01-15", Some(1_800_000_000 - 28_800)),
            ("86401", Some(86_401)),
        ];
        for (text, secs) in table {
            assert_eq!(text.parse().ok(), secs.map(Day), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "1969-12-31", "-1"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        assert_eq!(shown_day(1), "1970-01-02");
        assert_eq!(shown_day(u64::MAX), u64::MAX.to_string());
    }
}

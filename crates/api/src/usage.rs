//! What issuers and consumers used, and what it costs them. Owners are never charged: what they read, write and share of their own is not counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Seconds of a day.
pub const DAY_SECS: u64 = 24 * 60 * 60;

/// The most days that one question may span.
pub const MAX_USAGE_DAYS: u64 = 400;

/// The day of a time: days of UTC since 1970-01-01.
pub fn day_of(time: u64) -> u64 {
    time / DAY_SECS
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UsageItem {
    /// Credentials stored for others with their consent, the issuer's own copies included; with the bytes of their content.
    CredentialsStored,
    /// Copies of others read by grant; with the bytes of their content.
    CopiesRead,
    /// Calls that others signed, relayed to a chain.
    CallsRelayed,
}

impl UsageItem {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CredentialsStored, Self::CopiesRead, Self::CallsRelayed];

    /// As JSON, SQL and CSV have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CredentialsStored => "credentials_stored",
            Self::CopiesRead => "copies_read",
            Self::CallsRelayed => "calls_relayed",
        }
    }
}

/// What a profile used on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsageRow {
    /// Days of UTC since 1970-01-01.
    pub day: u64,
    /// Who used it.
    pub profile_id: Uuid,
    /// What was used.
    pub item: UsageItem,
    /// How often.
    pub uses: u64,
    /// How many bytes of content.
    pub bytes: u64,
}

/// What a node asks for what is used: integers of the currency's minor unit (cents) for 1,000 of each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Prices {
    /// E.g. `EUR`: letters and digits.
    pub currency: String,
    /// For 1,000 credentials stored.
    pub credentials_stored: u64,
    /// For 1,000 MiB of them.
    pub credentials_stored_mib: u64,
    /// For 1,000 copies read.
    pub copies_read: u64,
    /// For 1,000 MiB of them.
    pub copies_read_mib: u64,
    /// For 1,000 calls relayed.
    pub calls_relayed: u64,
}

impl Prices {
    /// The longest name of a currency.
    const CURRENCY_CHARS_MAX: usize = 12;

    /// Whether the currency's name is one: it stands in CSV.
    pub fn is_valid(&self) -> bool {
        self.currency.len() <= Self::CURRENCY_CHARS_MAX
            && self.currency.chars().all(|char| char.is_ascii_alphanumeric())
    }

    /// For 1,000 uses, and for 1,000 MiB.
    fn of(&self, item: UsageItem) -> (u64, u64) {
        match item {
            UsageItem::CredentialsStored => (self.credentials_stored, self.credentials_stored_mib),
            UsageItem::CopiesRead => (self.copies_read, self.copies_read_mib),
            UsageItem::CallsRelayed => (self.calls_relayed, 0),
        }
    }

    /// What `rows` come to: a line for each profile and item, in their order. Amounts are rounded once a line, half up.
    pub fn bill(&self, rows: &[UsageRow]) -> Bill {
        let mut sums: BTreeMap<(Uuid, UsageItem), (u64, u64)> = BTreeMap::new();
        for row in rows {
            let (uses, bytes) = sums.entry((row.profile_id, row.item)).or_default();
            *uses = uses.saturating_add(row.uses);
            *bytes = bytes.saturating_add(row.bytes);
        }
        let lines: Vec<_> = sums
            .into_iter()
            .map(|((profile_id, item), (uses, bytes))| BillLine {
                profile_id,
                item,
                uses,
                bytes,
                amount: self.amount(item, uses, bytes),
            })
            .collect();
        let total = lines.iter().fold(0_u64, |total, line| total.saturating_add(line.amount));
        Bill { currency: self.currency.clone(), lines, total }
    }

    /// What `rows` of a relay's apps come to: a line for each app, in the order of their names.
    pub fn bill_apps(&self, rows: &[AppUsage]) -> AppBill {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for row in rows {
            let calls = sums.entry(&row.app).or_default();
            *calls = calls.saturating_add(row.calls);
        }
        let line = |(app, calls): (&str, u64)| AppBillLine {
            app: app.to_owned(),
            calls,
            amount: self.amount(UsageItem::CallsRelayed, calls, 0),
        };
        let lines: Vec<_> = sums.into_iter().map(line).collect();
        let total = lines.iter().fold(0_u64, |total, line| total.saturating_add(line.amount));
        AppBill { currency: self.currency.clone(), lines, total }
    }

    fn amount(&self, item: UsageItem, uses: u64, bytes: u64) -> u64 {
        const MIB: u128 = 1024 * 1024;
        const UNIT: u128 = 1000 * MIB;
        let (for_uses, for_mib) = self.of(item);
        let sum = u128::from(uses)
            .saturating_mul(for_uses.into())
            .saturating_mul(MIB)
            .saturating_add(u128::from(bytes).saturating_mul(for_mib.into()));
        u64::try_from(sum.saturating_add(UNIT / 2) / UNIT).unwrap_or(u64::MAX)
    }
}

/// What usage comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bill {
    /// In which currency; empty if the node has no prices.
    pub currency: String,
    /// By profile and item.
    pub lines: Vec<BillLine>,
    /// In the currency's minor unit.
    pub total: u64,
}

/// What one profile used of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BillLine {
    /// Who used it.
    pub profile_id: Uuid,
    /// What was used.
    pub item: UsageItem,
    /// How often.
    pub uses: u64,
    /// How many bytes of content.
    pub bytes: u64,
    /// In the currency's minor unit.
    pub amount: u64,
}

/// What an app used of a relay on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppUsage {
    /// Days of UTC since 1970-01-01.
    pub day: u64,
    /// Which app.
    pub app: String,
    /// Calls that were taken for it.
    pub calls: u64,
}

/// What the usage of a relay's apps comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppBill {
    /// In which currency; empty if the relay has no prices.
    pub currency: String,
    /// By app.
    pub lines: Vec<AppBillLine>,
    /// In the currency's minor unit.
    pub total: u64,
}

/// What one app used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppBillLine {
    /// Which app.
    pub app: String,
    /// Calls that were taken for it.
    pub calls: u64,
    /// In the currency's minor unit.
    pub amount: u64,
}

/// Answer of `GET /v1/usage`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsageReport {
    /// The first day that counts: days of UTC since 1970-01-01.
    pub first_day: u64,
    /// The last day that counts.
    pub last_day: u64,
    /// What the caller used, by day.
    pub rows: Vec<UsageRow>,
    /// What it comes to.
    pub bill: Bill,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(day: u64, profile: u128, item: UsageItem, uses: u64, bytes: u64) -> UsageRow {
        UsageRow { day, profile_id: Uuid::from_u128(profile), item, uses, bytes }
    }

    #[test]
    fn a_bill_sums_days_and_rounds_once() {
        let prices = Prices {
            currency: "EUR".into(),
            credentials_stored: 5000,
            copies_read: 100,
            copies_read_mib: 1000,
            ..Prices::default()
        };
        const MIB: u64 = 1024 * 1024;
        let rows = [
            row(1, 1, UsageItem::CopiesRead, 2, MIB / 2),
            row(2, 1, UsageItem::CopiesRead, 2, MIB / 2),
            row(2, 1, UsageItem::CredentialsStored, 3, 7 * MIB),
            row(2, 2, UsageItem::CallsRelayed, 9, 0),
        ];
        let bill = prices.bill(&rows);
        let amounts: Vec<_> =
            bill.lines.iter().map(|line| (line.item, line.uses, line.bytes, line.amount)).collect();
        let expected = [
            (UsageItem::CredentialsStored, 3, 7 * MIB, 15),
            // 0.4 for four reads, 1 for one MiB.
            (UsageItem::CopiesRead, 4, MIB, 1),
            (UsageItem::CallsRelayed, 9, 0, 0),
        ];
        assert_eq!((amounts.as_slice(), bill.total), (&expected[..], 16));
    }

    #[test]
    fn apps_are_billed_by_the_same_prices() {
        let prices = Prices { currency: "EUR".into(), calls_relayed: 20_000, ..Prices::default() };
        let used = |day, app: &str, calls| AppUsage { day, app: app.into(), calls };
        let bill = prices.bill_apps(&[used(1, "b", 2), used(1, "a", 1), used(2, "b", u64::MAX)]);
        let lines: Vec<_> = bill.lines.iter().map(|line| (line.app.as_str(), line.calls)).collect();
        assert_eq!(lines, [("a", 1), ("b", u64::MAX)]);
        assert_eq!((bill.lines[0].amount, bill.total), (20, u64::MAX));
    }

    #[test]
    fn no_sum_overflows() {
        let prices = Prices { copies_read: u64::MAX, copies_read_mib: u64::MAX, ..Prices::default() };
        let rows = [1, 2].map(|day| row(day, 1, UsageItem::CopiesRead, u64::MAX, u64::MAX));
        assert_eq!(prices.bill(&rows).total, u64::MAX);
    }

    #[test]
    fn a_currency_is_a_word() {
        let named = |currency: &str| Prices { currency: currency.into(), ..Prices::default() }.is_valid();
        for (currency, valid) in [("", true), ("USDC", true), ("E,R", false), ("THIRTEENCHARS", false)] {
            assert_eq!(named(currency), valid, "{currency}");
        }
    }
}

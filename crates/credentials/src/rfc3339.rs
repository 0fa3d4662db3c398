//! Times at the edge: Unix seconds inside, RFC 3339 in W3C JSON.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The time in UTC; `None` beyond the year 9999.
pub(crate) fn format(unix: u64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(i64::try_from(unix).ok()?).ok()?.format(&Rfc3339).ok()
}

/// The Unix second that `text` lies in; 0 for every time before 1970.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    Some(u64::try_from(time.unix_timestamp()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_and_read_with_any_offset() {
        assert_eq!(format(1_700_000_000).as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(format(253_402_300_799).as_deref(), Some("9999-12-31T23:59:59Z"));
        assert_eq!(format(253_402_300_800), None);
        assert_eq!(format(u64::MAX), None);
        let table = [
            ("2023-11-14T22:13:20Z", Some(1_700_000_000)),
            ("2023-11-14T23:13:20.999+01:00", Some(1_700_000_000)),
            ("1969-12-31T23:59:59Z", Some(0)),
            ("2023-11-14T22:13:20", None),
            ("2023-11-14", None),
            ("1700000000", None),
            ("", None),
        ];
        for (text, unix) in table {
            assert_eq!(parse(text), unix, "{text:?}");
        }
    }
}

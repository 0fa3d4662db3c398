//! Where a database is.

use std::{fmt, path::Path, str::FromStr};

use sqlx::any::AnyConnectOptions;

use crate::error::OpenError;

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file, with one writer.
    Sqlite,
    /// A server, which other processes may use as well.
    Postgres,
}

/// `sqlite:<path>` or `postgres://…`.
#[derive(Clone)]
pub struct Location {
    kind: Kind,
    url: String,
}

impl Location {
    /// Which database it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How to connect; a SQLite file is made if it is missing.
    pub(crate) fn options(&self) -> Result<AnyConnectOptions, OpenError> {
        self.parse("?mode=rwc")
    }

    /// How to connect to what must be there.
    pub(crate) fn options_of_present(&self) -> Result<AnyConnectOptions, OpenError> {
        self.parse("?mode=rw")
    }

    fn parse(&self, sqlite_mode: &str) -> Result<AnyConnectOptions, OpenError> {
        let url = match self.kind {
            Kind::Sqlite => format!("{}{sqlite_mode}", self.url),
            Kind::Postgres => self.url.clone(),
        };
        url.parse().map_err(|_| unknown(&self.url))
    }
}

impl FromStr for Location {
    type Err = OpenError;

    fn from_str(url: &str) -> Result<Self, OpenError> {
        let kind = match scheme(url) {
            "sqlite" if !url.contains('?') => Kind::Sqlite,
            "postgres" | "postgresql" => Kind::Postgres,
            _ => return Err(unknown(url)),
        };
        Ok(Self { kind, url: url.to_owned() })
    }
}

impl fmt::Debug for Location {
    /// Up to the scheme: the rest may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({}:…)", scheme(&self.url))
    }
}

fn scheme(url: &str) -> &str {
    url.split(':').next().unwrap_or_default()
}

fn unknown(url: &str) -> OpenError {
    OpenError::UnknownDatabase { url: format!("{}:…", scheme(url)) }
}

/// The URL of a SQLite file: what has a meaning in a URL is escaped.
pub fn sqlite_url(path: &Path) -> String {
    let mut url = String::from("sqlite:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                url.push(char::from(*byte))
            }
            other => url.push_str(&format!("%{other:02x}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "what fails here is a failed test")]

    use super::*;

    #[test]
    fn only_the_two_databases_are_taken_and_no_password_is_repeated() {
        for url in ["", "store.db", "mysql://root:secret@localhost/x", "sqlite:x?mode=ro"] {
            let error = url.parse::<Location>().unwrap_err();
            assert!(!error.to_string().contains("secret"), "{url}");
        }
        assert_eq!("sqlite:store.db".parse::<Location>().unwrap().kind(), Kind::Sqlite);
        for url in ["postgres://root:secret@localhost/idos", "postgresql://localhost/idos"] {
            let location: Location = url.parse().unwrap();
            assert_eq!(location.kind(), Kind::Postgres);
            assert!(!format!("{location:?}").contains("secret"));
        }
    }

    #[test]
    fn a_path_is_escaped() {
        assert_eq!(sqlite_url(Path::new("/data dir/50%?.db")), "sqlite:/data%20dir/50%25%3f.db");
    }
}

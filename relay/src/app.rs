//! Apps that may use the relay, by tokens of which only digests are known here.

use std::{collections::HashSet, fmt};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The longest name of an app.
const NAME_MAX: usize = 64;

/// The longest token that is hashed.
const TOKEN_MAX: usize = 512;

/// An app, and what its token hashes to.
#[derive(Clone)]
pub struct App {
    name: String,
    token_sha256: [u8; 32],
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("name", &self.name).finish_non_exhaustive()
    }
}

impl App {
    /// The app `name`, whose token has this SHA-256 (64 hex digits). A token must be random: its digest is no secret.
    ///
    /// # Errors
    /// If the name or the digest is not in form.
    pub fn new(name: &str, token_sha256: &str) -> Result<Self, AppError> {
        let is_word = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
        if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(is_word) {
            return Err(AppError::Name(name.chars().take(NAME_MAX).collect()));
        }
        let mut digest = [0; 32];
        hex::decode_to_slice(token_sha256, &mut digest).map_err(|_| AppError::Digest(name.to_owned()))?;
        Ok(Self { name: name.to_owned(), token_sha256: digest })
    }
}

/// All apps of a relay.
#[derive(Debug, Clone)]
pub struct Apps(Vec<App>);

impl Apps {
    /// These apps.
    ///
    /// # Errors
    /// If two have one name, or one token.
    pub fn new(apps: Vec<App>) -> Result<Self, AppError> {
        let (mut names, mut tokens) = (HashSet::new(), HashSet::new());
        for app in &apps {
            if !names.insert(app.name.as_str()) || !tokens.insert(app.token_sha256) {
                return Err(AppError::Twice(app.name.clone()));
            }
        }
        Ok(Self(apps))
    }

    /// The name of the app whose token this is. Every app's is compared, in constant time.
    pub(crate) fn by_token(&self, token: &str) -> Option<&str> {
        if token.len() > TOKEN_MAX {
            return None;
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        let mut found = None;
        for app in &self.0 {
            if bool::from(app.token_sha256.ct_eq(&digest)) {
                found = Some(app.name.as_str());
            }
        }
        found
    }
}

/// An app that is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    /// A name that is none.
    #[error("an app's name is 1 to 64 letters, digits, '-', '_' and '.', not {0:?}")]
    Name(String),
    /// A digest that is none.
    #[error("the token_sha256 of app {0} is not 64 hex digits: `printf %s TOKEN | sha256sum`")]
    Digest(String),
    /// A name or token that another app has.
    #[error("the app {0} has the name or the token of another one")]
    Twice(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(token: &str) -> String {
        hex::encode(Sha256::digest(token))
    }

    #[test]
    fn a_token_names_its_app_and_no_other() {
        let app = |name, token: &str| App::new(name, &digest(token)).unwrap();
        let apps = Apps::new(vec![app("one", "secret-1"), app("two", "secret-2")]).unwrap();
        assert_eq!(apps.by_token("secret-2"), Some("two"));
        for token in ["", "secret-3", "secret-1 ", &digest("secret-1"), &"x".repeat(1_000_000)] {
            assert_eq!(apps.by_token(token), None, "{token:.20}");
        }
    }

    #[test]
    fn apps_that_cannot_be_told_apart_are_refused() {
        let app = |name, token: &str| App::new(name, &digest(token)).unwrap();
        assert!(Apps::new(vec![app("one", "a"), app("one", "b")]).is_err());
        assert!(Apps::new(vec![app("one", "a"), app("two", "a")]).is_err());
        for name in ["", "a b", "profile:1", &"x".repeat(65)] {
            assert!(App::new(name, &digest("a")).is_err(), "{name}");
        }
        assert!(App::new("one", "abc").is_err());
    }
}

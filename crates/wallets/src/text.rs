//! The strings that may enter a message. Each is bounded, and none lets in a line break, by which one message could be made to read
//! as another.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};

/// Defines a string type that holds only what its check lets through.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $is_valid:path, $error:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if $is_valid(text) { Ok(Self(text.to_owned())) } else { Err($error) }
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    };
}

checked_text! {
    /// A node's domain as a person knows it: host, or `host:port`. ASCII in lower case (an international name in its `xn--` form), at
    /// most 255 characters; an IPv6 host stands in brackets.
    Domain, is_domain, TextError::Domain
}
checked_text! {
    /// A nonce that a node gave out: 8 to 64 letters and digits (EIP-4361 asks for at least 8).
    Nonce, is_nonce, TextError::Nonce
}
checked_text! {
    /// A nonce that whoever asks made up: 16 to 64 letters and digits.
    RequestNonce, is_request_nonce, TextError::RequestNonce
}
checked_text! {
    /// A URI: a scheme, `:`, and the rest; visible ASCII, at most 512 characters.
    Uri, is_uri, TextError::Uri
}
checked_text! {
    /// How an encryption key follows from a password, in at most 100 printable ASCII characters; empty if the key is random.
    KdfText, is_kdf, TextError::Kdf
}
checked_text! {
    /// What credentials are asked for, in plain words: one line of 1 to 280 characters, without any that cannot be seen or that change the
    /// direction of the text.
    PurposeText, is_purpose, TextError::Purpose
}
checked_text! {
    /// The text of an Ed25519 `did:key`: `did:key:z6Mk` and 44 base58 characters. That they are a key is for others to say.
    DidKey, is_did_key, TextError::DidKey
}

impl KdfText {
    /// Of a key that is random bytes.
    pub fn random_key() -> Self {
        Self(String::new())
    }

    /// Whether it says that the key is random bytes.
    pub fn is_random_key(&self) -> bool {
        self.0.is_empty()
    }
}

impl RequestNonce {
    /// Characters of a [`fresh`](Self::fresh) nonce.
    const FRESH_LEN: usize = 32;

    /// 32 hex digits from `rng`: no two are the same.
    pub fn fresh(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = [0; Self::FRESH_LEN / 2];
        rng.fill_bytes(&mut bytes);
        Self(hex::encode(bytes))
    }
}

fn is_domain(text: &str) -> bool {
    if text.len() > 255 {
        return false;
    }
    match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').is_some_and(|(host, port)| is_ipv6(host) && is_port_suffix(port)),
        None => {
            let host_length = text.find(':').unwrap_or(text.len());
            let (host, port) = text.split_at(host_length);
            host.split('.').all(is_label) && is_port_suffix(port)
        }
    }
}

/// The part of a host name between two dots (RFC 1123).
fn is_label(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok_and(|address| address.to_string() == text)
}

fn is_port_suffix(text: &str) -> bool {
    match text.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port),
        None => text.is_empty(),
    }
}

fn is_nonce(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_alphanumeric())
}

fn is_request_nonce(text: &str) -> bool {
    text.len() >= 16 && is_nonce(text)
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    text.len() <= 512 && is_scheme(scheme) && !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_graphic())
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"+-.".contains(&c))
}

fn is_kdf(text: &str) -> bool {
    text.len() <= 100 && text.bytes().all(|c| c.is_ascii_graphic() || c == b' ') && text.trim() == text
}

fn is_purpose(text: &str) -> bool {
    (1..=280).contains(&text.chars().count()) && text.trim() == text && text.chars().all(is_plain)
}

/// Neither a control character, nor a line or paragraph separator, nor one that nobody sees (general categories Cc, Cf, Zl, Zp of Unicode, and
/// fillers). The joiners stay: Persian and the scripts of India are written with them.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_did_key(text: &str) -> bool {
    let is_base58 = |c: u8| c.is_ascii_alphanumeric() && !b"0OIl".contains(&c);
    text.strip_prefix("did:key:z6Mk").is_some_and(|rest| rest.len() == 44 && rest.bytes().all(is_base58))
}

/// Why a text may not enter a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Not a [`Domain`].
    #[error("a domain is a host in lower-case ASCII, if need be with :port, and no scheme or path")]
    Domain,
    /// Not a [`Nonce`].
    #[error("a nonce is 8 to 64 letters and digits")]
    Nonce,
    /// Not a [`RequestNonce`].
    #[error("the nonce of a request is 16 to 64 letters and digits, new for every request")]
    RequestNonce,
    /// Not a [`Uri`].
    #[error("a URI has a scheme and at most 512 visible ASCII characters")]
    Uri,
    /// Not a [`KdfText`].
    #[error("a key derivation is described in at most 100 printable ASCII characters")]
    Kdf,
    /// Not a [`PurposeText`].
    #[error("a purpose is one line of 1 to 280 characters, all of which can be seen")]
    Purpose,
    /// Not a [`crate::SharedKey`].
    #[error("a shared key is described as: mpc v1 t=<required> n=<nodes> set=<64 hex digits>")]
    SharedKey,
    /// Not a [`DidKey`].
    #[error("an issuer is named by did:key:z6Mk and 44 more characters")]
    DidKey,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_a_host_with_an_optional_port() {
        let long = format!("{}.org", "a.".repeat(130));
        let label = "a".repeat(64);
        for good in [
            "localhost",
            "localhost:8080",
            "node.example.org",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:65535",
            "xn--bcher-kva.example",
        ] {
            assert_eq!(good.parse::<Domain>().map(|domain| domain.to_string()), Ok(good.to_owned()));
        }
        for bad in [
            "",
            ".",
            "a..b",
            "a.",
            "-a.b",
            "a-.b",
            "A.b",
            "a b",
            "a\nb",
            "a\r",
            "a\0",
            "a/b",
            "a?b",
            "a#b",
            "u@a",
            "https://a",
            "a:",
            "a:0",
            "a:01",
            "a:+1",
            "a:65536",
            "a:1:2",
            ":80",
            "bücher.example",
            "а.example",
            "[::1",
            "[::1]x",
            "[0:0::1]",
            "[]",
            "::1",
            "a_b",
            &long,
            &label,
        ] {
            assert_eq!(bad.parse::<Domain>(), Err(TextError::Domain), "{bad:?}");
        }
    }

    #[test]
    fn a_nonce_is_letters_and_digits() {
        for good in ["abcdefgh".to_owned(), "Z9".repeat(32)] {
            assert!(good.parse::<Nonce>().is_ok(), "{good}");
        }
        for bad in ["", "abcdefg", &"a".repeat(65), "abcdefg\n", "abcdefg-", "abcdefgé"] {
            assert_eq!(bad.parse::<Nonce>(), Err(TextError::Nonce), "{bad:?}");
        }
    }

    #[test]
    fn the_nonce_of_a_request_is_long_and_new() {
        for good in ["abcdefghABCDEF12".to_owned(), "Z9".repeat(32)] {
            assert!(good.parse::<RequestNonce>().is_ok(), "{good}");
        }
        for bad in ["", "abcdefghABCDEF1", &"a".repeat(65), "abcdefghABCDEF1\n", "abcdefghABCDEF1-"] {
            assert_eq!(bad.parse::<RequestNonce>(), Err(TextError::RequestNonce), "{bad:?}");
        }
        let fresh = [0, 1].map(|_| RequestNonce::fresh(&mut rand_core::OsRng));
        assert_ne!(fresh[0], fresh[1]);
        assert_eq!(fresh[0].as_str().parse().as_ref(), Ok(&fresh[0]));
    }

    #[test]
    fn a_uri_has_a_scheme_and_no_blank() {
        for good in ["https://node.example/x?y=1#z", "urn:idos:node", "http://localhost:8080"] {
            assert!(good.parse::<Uri>().is_ok(), "{good}");
        }
        let long = format!("https://{}", "a".repeat(505));
        for bad in [
            "",
            "node.example",
            "https:",
            "://x",
            "1a:x",
            "HTTPS://x",
            "https://a b",
            "https://a\nVersion: 1",
            "https://ä",
            "a\tb:c",
            &long,
        ] {
            assert_eq!(bad.parse::<Uri>(), Err(TextError::Uri), "{bad:?}");
        }
    }

    #[test]
    fn a_purpose_is_one_line_that_reads_as_it_is_written() {
        for good in [
            "Opening an account at Bank B",
            "Zur Kontoeröffnung – 18+",
            "口座開設",
            "می\u{200c}خواهم",
            &"ü".repeat(280),
        ] {
            assert!(good.parse::<PurposeText>().is_ok(), "{good}");
        }
        for bad in [
            "",
            " ",
            " x",
            "x ",
            "a\nb",
            "a\rb",
            "a\u{85}b",
            "a\tb",
            "a\0b",
            "a\u{2028}b",
            "a\u{202e}b",
            "a\u{2066}b",
            "a\u{200f}b",
            "a\u{61c}b",
            "a\u{200b}b",
            "a\u{feff}b",
            "a\u{e0041}b",
            &"x".repeat(281),
        ] {
            assert_eq!(bad.parse::<PurposeText>(), Err(TextError::Purpose), "{bad:?}");
        }
    }

    #[test]
    fn a_key_derivation_is_one_printable_line() {
        for good in ["", "scrypt n=131072 r=8 p=1", &"x".repeat(100)] {
            assert!(good.parse::<KdfText>().is_ok(), "{good}");
        }
        for bad in [" ", " x", "x ", "a\nb", "a\tb", "ä", "\u{202e}x", &"x".repeat(101)] {
            assert_eq!(bad.parse::<KdfText>(), Err(TextError::Kdf), "{bad:?}");
        }
    }

    #[test]
    fn a_did_key_is_of_one_kind_and_length() {
        let good = format!("did:key:z6Mk{}", "s".repeat(44));
        assert!(good.parse::<DidKey>().is_ok());
        let bad = [
            String::new(),
            good.replace("did:key", "did:web"),
            good.replace("z6Mk", "zQ3s"),
            good[..55].to_owned(),
            format!("{good}s"),
            good.replacen("ss", "0s", 1),
            good.replacen("ss", "s\n", 1),
            good.replacen("ss", "é", 1),
        ];
        for bad in bad {
            assert_eq!(bad.parse::<DidKey>(), Err(TextError::DidKey), "{bad:?}");
        }
    }
}

//! Absolute IRIs (RFC 3987), as far as W3C JSON needs them.

/// Whether `text` is an absolute IRI: a scheme, a colon, and no character that an IRI may not have.
pub(crate) fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && !rest.is_empty()
        && !rest.contains(|c: char| c.is_control() || c.is_whitespace() || "<>\"{}|\\^`".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iri_has_a_scheme_and_no_spaces() {
        for good in ["did:key:z6Mk", "urn:uuid:0", "https://issuer.example/ü?a=1#b", "a+b-c.1:x"] {
            assert!(is_absolute(good), "{good}");
        }
        for bad in ["", "ada", ":x", "x:", "1a:x", "_:b0", "/path", "a b:c", "a:b c", "a:<b>", "a:\u{0}"] {
            assert!(!is_absolute(bad), "{bad:?}");
        }
    }
}

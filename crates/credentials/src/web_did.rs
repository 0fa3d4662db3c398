//! Issuers named by a web site ([did:web](https://w3c-ccg.github.io/did-method-web/)), and the document in which the site states their keys. Nothing is fetched
//! here: whoever trusts such an issuer fetches its document and hands the bytes in.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    issuer_did::{DidError, IssuerDid},
    json,
    verify::KnownKey,
};

const SCHEME: &str = "did:web:";

/// Characters of the longest.
const MAX_LEN: usize = 512;

/// Bytes of the longest document that is read.
pub const MAX_DOCUMENT_LEN: usize = 64 << 10;

/// Keys of a document that are looked at.
const MAX_METHODS: usize = 32;

/// `did:web:issuer.example`, or with a port and a path, `did:web:issuer.example%3A8443:kyc:eu`. The host is a name: an address is nobody's site.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct WebDid(String);

impl WebDid {
    /// The DID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where its document is: `https://issuer.example/.well-known/did.json`, or `…/did.json` below the path.
    pub fn document_url(&self) -> String {
        let mut parts = self.0.strip_prefix(SCHEME).unwrap_or_default().split(':');
        let authority = parts.next().unwrap_or_default().replace("%3A", ":");
        let path = parts.map(|part| format!("/{part}")).collect::<String>();
        let path = if path.is_empty() { "/.well-known" } else { &path };
        format!("https://{authority}{path}/did.json")
    }

    /// The keys by which the issuer signs credentials, as its document states them: the Ed25519 keys of its `assertionMethod`.
    ///
    /// # Errors
    /// If the document is another one's, or states no such key.
    pub fn keys(&self, document: &[u8]) -> Result<Vec<KnownKey>, DidError> {
        let document = json::parse_object(document, MAX_DOCUMENT_LEN).map_err(|_| DidError::Document)?;
        if document.get("id").and_then(Value::as_str) != Some(self.as_str()) {
            return Err(DidError::Document);
        }
        let list = |field: &str| document.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
        let (methods, assertion) = (list("verificationMethod"), list("assertionMethod"));
        if methods.len() > MAX_METHODS || assertion.len() > MAX_METHODS {
            return Err(DidError::Document);
        }
        let keys = assertion.iter().filter_map(|entry| match entry {
            Value::String(id) => {
                let id = self.absolute(id)?;
                let named = |method: &&Value| {
                    let text = method.get("id").and_then(Value::as_str);
                    text.and_then(|text| self.absolute(text)).as_deref() == Some(id.as_str())
                };
                self.key(methods.iter().find(named)?.as_object()?)
            }
            embedded => self.key(embedded.as_object()?),
        });
        let keys: Vec<KnownKey> = keys.collect();
        if keys.is_empty() { Err(DidError::NotEd25519) } else { Ok(keys) }
    }

    /// A document that states one key, to be served at [`WebDid::document_url`]; and the id of the key in it.
    pub fn document(&self, key: &IssuerDid) -> (Value, String) {
        let method = self.verification_method(key);
        let document = json!({
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": self.as_str(),
            "verificationMethod": [{
                "id": method,
                "type": "Multikey",
                "controller": self.as_str(),
                "publicKeyMultibase": key.multikey(),
            }],
            "assertionMethod": [method],
        });
        (document, method)
    }

    /// The DID URL of a key in the document that [`WebDid::document`] makes.
    pub fn verification_method(&self, key: &IssuerDid) -> String {
        format!("{}#{}", self.0, key.multikey())
    }

    /// A DID URL of this DID, which a document may shorten to its fragment.
    fn absolute(&self, id: &str) -> Option<String> {
        if id.starts_with('#') {
            return Some(format!("{}{id}", self.0));
        }
        id.strip_prefix(self.as_str())?.starts_with('#').then(|| id.to_owned())
    }

    fn key(&self, method: &Map<String, Value>) -> Option<KnownKey> {
        let text = |field: &str| method.get(field).and_then(Value::as_str);
        if text("controller") != Some(self.as_str()) {
            return None;
        }
        let key = match text("publicKeyMultibase") {
            Some(multikey) => format!("did:key:{multikey}").parse().ok()?,
            None => of_jwk(method.get("publicKeyJwk")?)?,
        };
        let verification_method = self.absolute(text("id")?)?;
        Some(KnownKey { verification_method, issuer: self.0.clone(), key })
    }
}

/// An Ed25519 key as JWK (RFC 8037).
fn of_jwk(jwk: &Value) -> Option<IssuerDid> {
    let text = |field: &str| jwk.get(field).and_then(Value::as_str);
    if (text("kty"), text("crv")) != (Some("OKP"), Some("Ed25519")) {
        return None;
    }
    let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(text("x")?).ok()?.try_into().ok()?;
    IssuerDid::from_key(VerifyingKey::from_bytes(&bytes).ok()?).ok()
}

impl fmt::Display for WebDid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for WebDid {
    type Err = DidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix(SCHEME).ok_or(DidError::Method)?;
        let mut parts = rest.split(':');
        let authority = parts.next().unwrap_or_default();
        let is_good = text.len() <= MAX_LEN && is_authority(authority) && parts.all(is_segment);
        if is_good { Ok(Self(text.to_owned())) } else { Err(DidError::MalformedWeb) }
    }
}

fn is_authority(authority: &str) -> bool {
    let (host, port) = match authority.split_once("%3A") {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
    };
    let last_is_a_name =
        host.rsplit('.').next().is_some_and(|last| !last.bytes().all(|c| c.is_ascii_digit()));
    let port_is_good = port
        .is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number != 0 && number.to_string() == port));
    host.len() <= 253 && host.contains('.') && host.split('.').all(label) && last_is_a_name && port_is_good
}

fn is_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment != "."
        && segment != ".."
        && segment.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'))
}

impl From<WebDid> for String {
    fn from(did: WebDid) -> Self {
        did.0
    }
}

impl TryFrom<String> for WebDid {
    type Error = DidError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// How an issuer is named: by its key, or by its web site.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum IssuerName {
    /// By its key.
    Key(IssuerDid),
    /// By its site, which states its keys.
    Web(WebDid),
}

impl IssuerName {
    /// The DID as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Key(did) => did.as_str(),
            Self::Web(did) => did.as_str(),
        }
    }
}

impl fmt::Display for IssuerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<IssuerDid> for IssuerName {
    fn from(did: IssuerDid) -> Self {
        Self::Key(did)
    }
}

impl FromStr for IssuerName {
    type Err = DidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with(SCHEME) { text.parse().map(Self::Web) } else { text.parse().map(Self::Key) }
    }
}

impl From<IssuerName> for String {
    fn from(name: IssuerName) -> Self {
        name.as_str().to_owned()
    }
}

impl TryFrom<String> for IssuerName {
    type Error = DidError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IssuerKey;

    fn did() -> WebDid {
        "did:web:issuer.example:kyc".parse().unwrap()
    }

    fn key(n: u8) -> IssuerDid {
        IssuerKey::from_seed(&[n; 32]).unwrap().did()
    }

    fn keys(document: &Value) -> Result<Vec<KnownKey>, DidError> {
        did().keys(&serde_json::to_vec(document).unwrap())
    }

    #[test]
    fn a_site_and_a_path_say_where_the_document_is() {
        let table = [
            ("did:web:issuer.example", "https://issuer.example/.well-known/did.json"),
            ("did:web:issuer.example%3A8443", "https://issuer.example:8443/.well-known/did.json"),
            ("did:web:a.b.example:kyc:eu-1", "https://a.b.example/kyc/eu-1/did.json"),
        ];
        for (did, url) in table {
            assert_eq!(did.parse::<WebDid>().unwrap().document_url(), url);
        }
    }

    #[test]
    fn what_is_no_site_is_refused() {
        let table = [
            "did:web:",
            "did:web:localhost",
            "did:web:127.0.0.1",
            "did:web:10.1",
            "did:web:[::1]",
            "did:web:Issuer.example",
            "did:web:issuer..example",
            "did:web:-issuer.example",
            "did:web:issuer.example%3A0",
            "did:web:issuer.example%3A99999",
            "did:web:issuer.example%3a80",
            "did:web:issuer.example%2F..",
            "did:web:user@issuer.example",
            "did:web:issuer.example:..:x",
            "did:web:issuer.example::x",
            "did:web:issuer.example:a/b",
            "did:web:issuer.example?x",
            "did:web:issuer.example#key",
            "did:web:i\u{441}suer.example",
        ];
        for text in table {
            assert_eq!(text.parse::<WebDid>(), Err(DidError::MalformedWeb), "{text}");
        }
        let long = format!("did:web:issuer.example:{}", "a".repeat(MAX_LEN));
        assert_eq!(long.parse::<WebDid>(), Err(DidError::MalformedWeb));
    }

    #[test]
    fn a_document_states_its_keys_in_either_form() {
        let (document, method) = did().document(&key(1));
        let expected = KnownKey { verification_method: method, issuer: did().to_string(), key: key(1) };
        assert_eq!(keys(&document), Ok(vec![expected.clone()]));

        let mut jwk = document.clone();
        let x = URL_SAFE_NO_PAD.encode(key(1).key().as_bytes());
        jwk["verificationMethod"][0] = json!({
            "id": "#k", "type": "JsonWebKey", "controller": did().as_str(),
            "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": x},
        });
        jwk["assertionMethod"] = json!([format!("{}#k", did())]);
        assert_eq!(keys(&jwk).unwrap()[0].key, key(1));
        jwk["assertionMethod"] = json!([jwk["verificationMethod"][0]]);
        assert_eq!(keys(&jwk).unwrap()[0].verification_method, format!("{}#k", did()));
    }

    #[test]
    fn documents_that_state_no_key_of_the_issuer_are_refused() {
        type Change = fn(&mut Value);
        let table: [(&str, Change, DidError); 7] = [
            ("of another site", |it| it["id"] = json!("did:web:other.example"), DidError::Document),
            ("no keys", |it| it["verificationMethod"] = json!([]), DidError::NotEd25519),
            ("a key for something else", |it| it["assertionMethod"] = json!([]), DidError::NotEd25519),
            (
                "another's key",
                |it| it["verificationMethod"][0]["controller"] = json!("did:web:other.example"),
                DidError::NotEd25519,
            ),
            (
                "a key of another kind",
                |it| it["verificationMethod"][0]["publicKeyMultibase"] = json!("zQ3sh"),
                DidError::NotEd25519,
            ),
            (
                "a key under another's id",
                |it| it["verificationMethod"][0]["id"] = json!("did:web:other.example#k"),
                DidError::NotEd25519,
            ),
            (
                "very many",
                |it| it["assertionMethod"] = json!(vec!["#k"; MAX_METHODS + 1]),
                DidError::Document,
            ),
        ];
        for (name, change, error) in table {
            let (mut document, _) = did().document(&key(1));
            change(&mut document);
            assert_eq!(keys(&document), Err(error), "{name}");
        }
        assert_eq!(did().keys(b"{"), Err(DidError::Document));
        assert_eq!(did().keys(&vec![b' '; MAX_DOCUMENT_LEN + 1]), Err(DidError::Document));
    }
}

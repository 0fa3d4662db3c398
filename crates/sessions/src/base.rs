//! Signature bases: the text that is signed ([RFC 9421](https://www.rfc-editor.org/rfc/rfc9421), section 2.5).

use crate::request::RequestParts;

/// The label of the one signature that counts.
pub const LABEL: &str = "idos";

/// What a signature over a request without a body covers, in this order.
pub(crate) const COVERED: [&str; 4] = ["@method", "@authority", "@path", "@query"];

/// What it covers after that if there is a body.
pub(crate) const COVERED_BODY: &str = "content-digest";

/// Appends `"name": value` and a line break. Values must be free of line breaks, which [`RequestParts`] sees to.
fn push_line(base: &mut String, name: &str, value: [&str; 2]) {
    base.push('"');
    base.push_str(name);
    base.push_str("\": ");
    base.push_str(value[0]);
    base.push_str(value[1]);
    base.push('\n');
}

/// The base over any components: a line each, in order, then the parameters of the signature as they are serialized.
pub(crate) fn signature_base<'a>(
    components: impl IntoIterator<Item = (&'a str, [&'a str; 2])>,
    params: &str,
) -> String {
    let mut base = String::with_capacity(512);
    for (name, value) in components {
        push_line(&mut base, name, value);
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(params);
    base
}

/// The base over a request.
pub(crate) fn request_base(parts: &RequestParts<'_>, params: &str) -> String {
    let digest = parts.content_digest().map(ToString::to_string);
    let derived = [
        ("@method", ["", parts.method()]),
        ("@authority", ["", parts.authority()]),
        ("@path", ["", parts.path()]),
        ("@query", ["?", parts.query()]),
    ];
    let body = digest.as_deref().map(|digest| (COVERED_BODY, ["", digest]));
    signature_base(derived.into_iter().chain(body), params)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::Deserialize;

    use super::*;
    use crate::{key::SessionPublicKey, read_key::verify_block};

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        algorithm: String,
        key: String,
        components: Vec<(String, String)>,
        signature_input: String,
        signature: String,
    }

    impl Vector {
        fn base(&self) -> String {
            let components =
                self.components.iter().map(|(name, value)| (name.as_str(), ["", value.as_str()]));
            let (_, params) = self.signature_input.split_once('=').unwrap();
            signature_base(components, params)
        }

        fn signature(&self) -> Vec<u8> {
            let base64 = self.signature.split(':').nth(1).unwrap();
            STANDARD.decode(base64).unwrap()
        }

        fn verifies(&self, base: &str) -> bool {
            let (key, signature) = (hex::decode(&self.key).unwrap(), self.signature());
            match self.algorithm.as_str() {
                "hmac-sha256" => {
                    verify_block(&key.try_into().unwrap(), base.as_bytes(), &signature.try_into().unwrap())
                }
                "ed25519" => SessionPublicKey::from_bytes(&key.try_into().unwrap())
                    .unwrap()
                    .verifies(base.as_bytes(), &signature.try_into().unwrap()),
                other => panic!("no such algorithm: {other}"),
            }
        }
    }

    #[test]
    fn the_signatures_of_rfc_9421_verify_over_their_bases_and_no_other() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../vectors/rfc9421.json")).unwrap();
        assert_eq!(vectors.len(), 2);
        for vector in vectors {
            let base = vector.base();
            assert!(vector.verifies(&base), "{}", vector.name);
            assert!(!vector.verifies(&base.replace("/json", "/text")), "{}", vector.name);
        }
    }
}

//! Requests that do not count.

use idos_sessions::{RequestSignatureError as Error, *};
use proptest::prelude::*;

use crate::support::*;

const COVERED: &str = r#""@method" "@authority" "@path" "@query""#;
const KEYID: &str = "07070707070707070707070707070707";

/// An input over a read that differs from a right one only where the row says so.
fn input(covered: &str, params: &str) -> String {
    format!("idos=({covered}){params}")
}

fn right_params() -> String {
    format!(r#";created={NOW};keyid="{KEYID}";alg="hmac-sha256""#)
}

#[test]
fn headers_out_of_form_are_refused_with_their_reason() {
    let tag = authenticated(&read()).signature;
    let right = input(COVERED, &right_params());
    let with = |params: &str| input(COVERED, params);
    let long = format!(r#"{right}, other="{}""#, "x".repeat(1024));
    let table = [
        ("right", right.clone(), tag.clone(), None),
        (
            "parameters in another order",
            with(&format!(r#";alg="hmac-sha256";keyid="{KEYID}";created={NOW}"#)),
            tag.clone(),
            None,
        ),
        (
            "another signature beside it",
            format!("proxy=();created=1, {right}"),
            format!("proxy=:AA==:, {tag}"),
            None,
        ),
        ("empty input", String::new(), tag.clone(), Some(Error::NoSignature)),
        ("empty signature", right.clone(), String::new(), Some(Error::NoSignature)),
        ("other label", right.replace("idos", "sig1"), tag.clone(), Some(Error::NoSignature)),
        ("input too long", long, tag.clone(), Some(Error::TooLong)),
        ("signature too long", right.clone(), format!("idos=:{}:", "A".repeat(1024)), Some(Error::TooLong)),
        ("not a dictionary", "(".into(), tag.clone(), Some(Error::Malformed)),
        ("not ASCII", format!("{right}é"), tag.clone(), Some(Error::Malformed)),
        ("input not a list", "idos=1".into(), tag.clone(), Some(Error::Malformed)),
        ("signature not bytes", right.clone(), "idos=abc".into(), Some(Error::Malformed)),
        ("signature a list", right.clone(), "idos=(:AA==:)".into(), Some(Error::Malformed)),
        ("signature too short", right.clone(), "idos=:AA==:".into(), Some(Error::Malformed)),
        ("nothing covered", input("", &right_params()), tag.clone(), Some(Error::WrongComponents)),
        (
            "one less",
            input(r#""@method" "@authority" "@path""#, &right_params()),
            tag.clone(),
            Some(Error::WrongComponents),
        ),
        (
            "one more",
            input(&format!(r#"{COVERED} "date""#), &right_params()),
            tag.clone(),
            Some(Error::WrongComponents),
        ),
        (
            "other order",
            input(r#""@authority" "@method" "@path" "@query""#, &right_params()),
            tag.clone(),
            Some(Error::WrongComponents),
        ),
        (
            "twice",
            input(&format!(r#"{COVERED} "@query""#), &right_params()),
            tag.clone(),
            Some(Error::WrongComponents),
        ),
        (
            "a digest that is not there",
            input(&format!(r#"{COVERED} "content-digest""#), &right_params()),
            tag.clone(),
            Some(Error::WrongComponents),
        ),
        (
            "component with a parameter",
            input(r#""@method";req "@authority" "@path" "@query""#, &right_params()),
            tag.clone(),
            Some(Error::WrongComponents),
        ),
        (
            "component as a token",
            input(r#"method "@authority" "@path" "@query""#, &right_params()),
            tag.clone(),
            Some(Error::WrongComponents),
        ),
        ("no parameters", with(""), tag.clone(), Some(Error::WrongParameter)),
        (
            "no created",
            with(&format!(r#";keyid="{KEYID}";alg="hmac-sha256""#)),
            tag.clone(),
            Some(Error::WrongParameter),
        ),
        (
            "no keyid",
            with(&format!(r#";created={NOW};alg="hmac-sha256""#)),
            tag.clone(),
            Some(Error::WrongParameter),
        ),
        (
            "no alg",
            with(&format!(r#";created={NOW};keyid="{KEYID}""#)),
            tag.clone(),
            Some(Error::WrongParameter),
        ),
        ("unknown alg", right.replace("hmac-sha256", "none"), tag.clone(), Some(Error::WrongParameter)),
        (
            "alg of another type",
            right.replace(r#""hmac-sha256""#, "ed25519"),
            tag.clone(),
            Some(Error::WrongParameter),
        ),
        (
            "created before 1970",
            right.replace("created=", "created=-"),
            tag.clone(),
            Some(Error::WrongParameter),
        ),
        ("created a fraction", right.replace(";keyid", ".5;keyid"), tag.clone(), Some(Error::WrongParameter)),
        ("created a date", right.replace("created=", "created=@"), tag.clone(), Some(Error::WrongParameter)),
        (
            "keyid in capitals",
            right.replace(KEYID, &"AB".repeat(16)),
            tag.clone(),
            Some(Error::WrongParameter),
        ),
        ("keyid too short", right.replace(KEYID, "07"), tag.clone(), Some(Error::WrongParameter)),
        ("nonce too short", format!(r#"{right};nonce="abc""#), tag.clone(), Some(Error::WrongParameter)),
        (
            "nonce of other characters",
            format!(r#"{right};nonce="abcdefgh abcdefgh""#),
            tag.clone(),
            Some(Error::WrongParameter),
        ),
        ("a parameter twice", format!("{right};created={NOW}"), tag.clone(), Some(Error::WrongParameter)),
        ("the label twice", format!("{right}, {right}"), tag.clone(), Some(Error::Malformed)),
        ("the label twice, once as an item", format!("idos=1, {right}"), tag.clone(), Some(Error::Malformed)),
        ("the signature twice", right.clone(), format!("{tag}, {tag}"), Some(Error::Malformed)),
        ("unknown parameter", format!("{right};expires={NOW}"), tag, Some(Error::WrongParameter)),
    ];
    for (name, signature_input, signature, error) in table {
        let parsed = ParsedSignature::parse(&read(), &signature_input, &signature);
        assert_eq!(parsed.err(), error, "{name}");
    }
}

#[test]
fn a_digest_that_is_there_must_be_covered() {
    let headers = SignatureHeaders {
        signature_input: input(
            COVERED,
            &format!(r#";created={NOW};nonce="0123456789abcdef";keyid="{KEYID}";alg="ed25519""#),
        ),
        signature: signed(&command()).signature,
    };
    assert_eq!(parse(&command(), &headers).err(), Some(Error::WrongComponents));
}

#[test]
fn parameters_in_another_order_verify_as_they_were_signed() {
    let headers = authenticated(&read());
    let reordered = SignatureHeaders {
        signature_input: input(COVERED, &format!(r#";alg="hmac-sha256";keyid="{KEYID}";created={NOW}"#)),
        ..headers.clone()
    };
    assert_eq!(verify(&read(), &headers), Ok(()));
    assert_eq!(verify(&read(), &reordered), Err(Error::Invalid));
}

#[test]
fn every_method_but_get_is_a_command_and_needs_the_session_key_and_a_nonce() {
    for method in ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "X-NEW"] {
        let parts = RequestParts::new(method, "node.example", "/v1/profile", None, None).unwrap();
        assert_eq!(verify(&parts, &signed(&parts)), Ok(()), "{method}");
        assert_eq!(verify(&parts, &authenticated(&parts)), Err(Error::CommandNeedsEd25519), "{method}");

        let no_nonce = SignatureParams { nonce: None, ..params(&parts) };
        let headers = sign_ed25519(&parts, &no_nonce, &session_key());
        assert_eq!(verify(&parts, &headers), Err(Error::CommandNeedsNonce), "{method}");
    }
}

#[test]
fn a_read_takes_either_key_and_no_other() {
    assert_eq!(verify(&read(), &signed(&read())), Ok(()));
    assert_eq!(verify(&read(), &authenticated(&read())), Ok(()));

    let by_session_key = parse(&read(), &signed(&read())).unwrap();
    let by_read_key = parse(&read(), &authenticated(&read())).unwrap();
    let other_key = SessionKey::from_bytes(&[9; 32]).public();
    assert_eq!(by_session_key.verify_ed25519(&other_key), Err(Error::Invalid));
    assert_eq!(by_session_key.verify_hmac(&read_key()), Err(Error::Invalid));
    assert_eq!(by_read_key.verify_hmac(&ReadKey::from_bytes(&[9; 32])), Err(Error::Invalid));
    assert_eq!(by_read_key.verify_ed25519(&session_key().public()), Err(Error::Invalid));
}

#[test]
fn a_signature_counts_for_a_minute_either_way() {
    let parsed = parse(&read(), &signed(&read())).unwrap();
    let table = [
        ("now", NOW, Ok(())),
        ("a minute old", NOW + 60, Ok(())),
        ("older", NOW + 61, Err(Error::Stale)),
        ("a minute early", NOW - 60, Ok(())),
        ("earlier", NOW - 61, Err(Error::Stale)),
        ("at the end of time", u64::MAX, Err(Error::Stale)),
    ];
    for (name, now, answer) in table {
        assert_eq!(parsed.check_time(now), answer, "{name}");
    }
}

#[test]
fn a_body_counts_only_with_its_digest() {
    let digest = ContentDigest::of(b"body");
    let table = [
        ("its own", Some(digest), "body", Ok(())),
        ("none of nothing", None, "", Ok(())),
        ("of nothing", Some(ContentDigest::of(b"")), "", Ok(())),
        ("none of a body", None, "body", Err(ContentDigestError::Missing)),
        ("another's", Some(digest), "other", Err(ContentDigestError::Mismatch)),
        ("left out", Some(digest), "", Err(ContentDigestError::Mismatch)),
    ];
    for (name, stated, body, answer) in table {
        assert_eq!(ContentDigest::check(stated.as_ref(), body.as_bytes()), answer, "{name}");
    }
}

#[test]
fn a_digest_has_one_form() {
    let right = ContentDigest::of(b"body").to_string();
    assert_eq!(right.parse(), Ok(ContentDigest::of(b"body")));
    let padded = right.replace("=:", "==:");
    let unpadded = format!("{}:", right.trim_end_matches([':', '=']));
    let joined = format!("{right}, sha-512=:AA==:");
    for wrong in [
        "",
        "sha-256",
        "sha-256=::",
        "sha-256=:AA==:",
        "SHA-256=:AA==:",
        &right[..right.len() - 1],
        &padded,
        &unpadded,
        &joined,
    ] {
        assert_eq!(wrong.parse::<ContentDigest>(), Err(ContentDigestError::Malformed), "{wrong}");
    }
}

#[test]
fn a_part_that_could_break_out_of_its_line_is_refused() {
    let table = [
        ("no method", ["", "a", "/"], RequestPartsError::Method),
        ("method in small letters", ["get", "a", "/"], RequestPartsError::Method),
        ("method with a break", ["GET\n", "a", "/"], RequestPartsError::Method),
        ("no authority", ["GET", "", "/"], RequestPartsError::Authority),
        ("authority with a break", ["GET", "a\n\"@path\": /", "/"], RequestPartsError::Authority),
        ("path without a slash", ["GET", "a", "x"], RequestPartsError::Target),
        ("path with a break", ["GET", "a", "/\n"], RequestPartsError::Target),
        ("path with a blank", ["GET", "a", "/ "], RequestPartsError::Target),
        ("path not encoded", ["GET", "a", "/é"], RequestPartsError::Target),
    ];
    for (name, [method, authority, path], error) in table {
        assert_eq!(RequestParts::new(method, authority, path, None, None), Err(error), "{name}");
    }
    for query in ["a\nb", "a b", "é", "\0", &"x".repeat(4097)] {
        let parts = RequestParts::new("GET", "a", "/", Some(query), None);
        assert_eq!(parts, Err(RequestPartsError::Target), "{query:?}");
    }
}

#[test]
fn an_authority_is_the_same_in_any_case() {
    let shouted =
        RequestParts::new("GET", "NODE.example", "/v1/credentials", Some("limit=10"), None).unwrap();
    assert_eq!(verify(&read(), &authenticated(&shouted)), Ok(()));
}

#[test]
fn a_weak_session_key_is_refused() {
    // Points of order 1 and 2: under them one signature fits many messages.
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut order_2 = [0xff; 32];
    (order_2[0], order_2[31]) = (0xec, 0x7f);
    for weak in [identity, order_2, [0; 32]] {
        assert_eq!(SessionPublicKey::from_bytes(&weak), None, "{weak:?}");
    }
    assert!(SessionPublicKey::from_bytes(&session_key().public().to_bytes()).is_some());
}

#[test]
fn secrets_do_not_print() {
    let secrets = [
        hex::encode(session_key().to_bytes()),
        hex::encode(read_key().to_bytes()),
        "1, 1, 1".into(),
        "2, 2, 2".into(),
    ];
    let printed = format!("{:?} {:#?} {:?} {:#?}", session_key(), session_key(), read_key(), read_key());
    for secret in secrets {
        assert!(!printed.contains(&secret), "{printed}");
    }
}

fn request() -> impl Strategy<Value = (String, String, String, String, Option<Vec<u8>>)> {
    let body = prop::option::of(prop::collection::vec(any::<u8>(), 0..50));
    ("GET|POST|PUT|DELETE", "[a-z]{1,10}(:[0-9]{2})?", "(/[!-~]{0,10}){1,4}", "[!-~]{0,30}", body)
}

fn owned_parts<'a>(
    (method, authority, path, query, body): &'a (String, String, String, String, Option<Vec<u8>>),
) -> RequestParts<'a> {
    let digest = body.as_ref().map(|body| ContentDigest::of(body));
    RequestParts::new(method, authority, path, Some(query), digest).unwrap()
}

proptest! {
    #[test]
    fn what_is_signed_verifies(request in request()) {
        let parts = owned_parts(&request);
        prop_assert_eq!(verify(&parts, &signed(&parts)), Ok(()));
        if !parts.is_command() {
            prop_assert_eq!(verify(&parts, &authenticated(&parts)), Ok(()));
        }
    }

    #[test]
    fn a_signature_fits_no_other_request(one in request(), other in request(), part in 0..5) {
        // The other request differs in one part only, so that each part is seen to count.
        let mut changed = one.clone();
        match part {
            0 => changed.0 = other.0,
            1 => changed.1 = other.1,
            2 => changed.2 = other.2,
            3 => changed.3 = other.3,
            _ => changed.4 = other.4,
        }
        let (original, changed) = (owned_parts(&one), owned_parts(&changed));
        prop_assume!(original != changed);
        prop_assert!(verify(&changed, &signed(&original)).is_err());
        if !original.is_command() {
            prop_assert!(verify(&changed, &authenticated(&original)).is_err());
        }
    }

    #[test]
    fn a_changed_parameter_breaks_the_signature(created in 0_u64..1_000_000_000_000, session: [u8; 16], nonce in "[a-z]{16}") {
        let (parts, right) = (command(), params(&command()));
        let headers = sign_ed25519(&parts, &right, &session_key());
        let changed = [
            SignatureParams { created, ..right.clone() },
            SignatureParams { session_id: SessionId(session), ..right.clone() },
            SignatureParams { nonce: Some(nonce.parse().unwrap()), ..right },
        ];
        for params in changed {
            let claimed = sign_ed25519(&parts, &params, &session_key()).signature_input;
            let mixed = SignatureHeaders { signature_input: claimed, ..headers.clone() };
            prop_assert_eq!(verify(&parts, &mixed), Err(Error::Invalid));
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic(signature_input in ".{0,1100}", signature in ".{0,200}") {
        for parts in [read(), command()] {
            prop_assert!(ParsedSignature::parse(&parts, &signature_input, &signature).is_err());
        }
    }

    #[test]
    fn text_close_to_a_signature_is_read_without_a_panic(
        at in 0_usize..200, cut in 0_usize..5, inserted in "[ -~\\u{0}-\\u{ff}]{0,5}",
    ) {
        let SignatureHeaders { mut signature_input, signature } = signed(&command());
        let at = at.min(signature_input.len());
        let end = (at + cut).min(signature_input.len());
        signature_input.replace_range(at..end, &inserted);
        let _ = parse(&command(), &SignatureHeaders { signature_input, signature }).map(|parsed| parsed.check_time(NOW));
    }

    #[test]
    fn any_text_is_read_as_a_digest_without_a_panic(text in "(sha-256=:)?.{0,60}") {
        let _ = text.parse::<ContentDigest>();
    }
}

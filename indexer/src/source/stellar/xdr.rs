//! XDR as the RPC hands it out: in base64, of bounded depth, and nothing after it.

use base64::{Engine, engine::general_purpose::STANDARD};
use stellar_xdr::{Limits, ReadXdr, WriteXdr};

use crate::source::SourceError;

/// As deep as the network's own host reads.
const DEPTH_MAX: u32 = 500;

/// Reads one value.
pub(super) fn read<T: ReadXdr>(text: &str, malformed: &'static str) -> Result<T, SourceError> {
    let bytes = STANDARD.decode(text).map_err(|_| SourceError::Invalid(malformed))?;
    T::from_xdr(&bytes, limits(bytes.len())).map_err(|_| SourceError::Invalid(malformed))
}

/// The bytes of a value that was read.
pub(super) fn bytes<T: WriteXdr>(value: &T) -> Result<Vec<u8>, SourceError> {
    value.to_xdr(Limits::depth(DEPTH_MAX)).map_err(|_| SourceError::Invalid("a value that XDR cannot hold"))
}

/// A value as the RPC takes it.
pub(super) fn base64<T: WriteXdr>(value: &T) -> Result<String, SourceError> {
    bytes(value).map(|bytes| STANDARD.encode(bytes))
}

fn limits(len: usize) -> Limits {
    Limits { depth: DEPTH_MAX, len }
}

#[cfg(test)]
mod tests {
    use stellar_xdr::ScVal;

    use super::*;

    #[test]
    fn a_value_is_read_as_it_was_written_and_nothing_else_is() {
        let text = base64(&ScVal::U32(7)).unwrap();
        assert_eq!(read("AAAAAwAAAAc=", "malformed"), Ok(ScVal::U32(7)));
        assert_eq!(text, "AAAAAwAAAAc=");
        let wrong = [
            ("nothing", ""),
            ("cut", "AAAAAwAAAA=="),
            ("more after it", "AAAAAwAAAAcAAAAA"),
            ("another alphabet", "AAAAAwAAAA-_"),
            ("no padding", "AAAAAwAAAAc"),
            ("no such kind", "AAAAfwAAAAc="),
            ("a length beyond the end", "AAAADf////8="),
        ];
        for (name, text) in wrong {
            assert_eq!(read::<ScVal>(text, "malformed"), Err(SourceError::Invalid("malformed")), "{name}");
        }
    }

    #[test]
    fn values_in_values_without_end_are_refused() {
        // A vector that holds a vector that holds …
        let mut nested = Vec::new();
        for _ in 0..100_000 {
            nested.extend_from_slice(&[0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 1]);
        }
        let text = STANDARD.encode(nested);
        assert_eq!(read::<ScVal>(&text, "malformed"), Err(SourceError::Invalid("malformed")));
    }
}

//! Reading `signature`: the bytes.

use std::convert::Infallible;

use sfv::{
    BareItemFromInput, KeyRef, Parser,
    visitor::{DictionaryVisitor, EntryVisitor, Ignored, InnerListVisitor, ItemVisitor, ParameterVisitor},
};

use super::RequestSignatureError;
use crate::base::LABEL;

/// The bytes of the member labelled `idos`.
pub(super) fn read(header: &str) -> Result<Vec<u8>, RequestSignatureError> {
    Parser::new(header)
        .parse_dictionary_with_visitor(Reader::default())
        .map_err(|_| RequestSignatureError::Malformed)?
}

#[derive(Default)]
struct Reader {
    is_there: bool,
    is_wrong: bool,
    bytes: Vec<u8>,
}

impl<'de> DictionaryVisitor<'de> for Reader {
    type Out = Result<Vec<u8>, RequestSignatureError>;
    type Error = Infallible;

    fn entry(&mut self, label: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Infallible> {
        if label.as_str() != LABEL {
            return Ok(None);
        }
        self.is_wrong |= self.is_there;
        self.is_there = true;
        Ok(Some(Member(self)))
    }

    fn finish(self) -> Result<Self::Out, Infallible> {
        Ok(match self {
            Self { is_there: false, .. } => Err(RequestSignatureError::NoSignature),
            Self { is_wrong: true, .. } => Err(RequestSignatureError::Malformed),
            Self { bytes, .. } => Ok(bytes),
        })
    }
}

struct Member<'a>(&'a mut Reader);

impl<'de> EntryVisitor<'de> for Member<'_> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        self.0.is_wrong = true;
        Ok(Ignored)
    }
}

impl<'de> ItemVisitor<'de> for Member<'_> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(
        self,
        item: BareItemFromInput<'de>,
    ) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        match item {
            BareItemFromInput::ByteSequence(bytes) => self.0.bytes = bytes,
            _ => self.0.is_wrong = true,
        }
        Ok(Ignored)
    }
}

//! Reading `signature-input`: what is covered, and the parameters. It is read as it is parsed, without a tree of it in memory, for this is
//! done for every request.

use std::{convert::Infallible, fmt::Write as _};

use sfv::{
    BareItemFromInput, KeyRef, Parser,
    visitor::{DictionaryVisitor, EntryVisitor, Ignored, InnerListVisitor, ItemVisitor, ParameterVisitor},
};

use super::RequestSignatureError;
use crate::{
    base::{COVERED, COVERED_BODY, LABEL},
    session_id::SessionId,
    sign::{Algorithm, Nonce, SignatureParams},
};

/// What the member labelled `idos` says.
pub(super) struct Input {
    pub(super) params: SignatureParams,
    pub(super) algorithm: Algorithm,
    /// The member in the strict serialization that RFC 9421 wants in the base, its parameters in the order received.
    pub(super) text: String,
}

impl Input {
    /// Reads the header's value, which must cover what it has to over a request with a body or without.
    pub(super) fn read(header: &str, has_body: bool) -> Result<Self, RequestSignatureError> {
        let reader = Reader::new(has_body);
        Parser::new(header)
            .parse_dictionary_with_visitor(reader)
            .map_err(|_| RequestSignatureError::Malformed)?
    }
}

/// What was read so far. The first thing that is wrong decides; it is kept rather than returned to the parser, which knows no errors of ours
/// and has yet to see whether the rest is in form.
struct Reader {
    has_body: bool,
    is_there: bool,
    wrong: Option<RequestSignatureError>,
    covered: usize,
    created: Option<u64>,
    session_id: Option<SessionId>,
    nonce: Option<Nonce>,
    algorithm: Option<Algorithm>,
    text: String,
}

impl Reader {
    fn new(has_body: bool) -> Self {
        Self {
            has_body,
            is_there: false,
            wrong: None,
            covered: 0,
            created: None,
            session_id: None,
            nonce: None,
            algorithm: None,
            text: String::with_capacity(256),
        }
    }

    fn refuse(&mut self, why: RequestSignatureError) {
        self.wrong.get_or_insert(why);
    }

    /// The component that must come next.
    fn wanted(&self) -> Option<&'static str> {
        let body = self.has_body.then_some(COVERED_BODY);
        COVERED.into_iter().chain(body).nth(self.covered)
    }

    fn cover(&mut self, component: &BareItemFromInput<'_>) {
        match self.wanted() {
            Some(name) if component.as_string().is_some_and(|text| text.as_str() == name) => {
                self.text.push_str(if self.covered == 0 { "(\"" } else { " \"" });
                self.text.push_str(name);
                self.text.push('"');
                self.covered += 1;
            }
            _ => self.refuse(RequestSignatureError::WrongComponents),
        }
    }

    /// No parameter may be unknown, or there twice: what is not understood may mean that the signature does not count. The values that are
    /// taken hold nothing that would have to be escaped.
    fn take(&mut self, name: &str, value: &BareItemFromInput<'_>) -> Option<()> {
        let text = value.as_string().map(|text| text.as_str());
        match name {
            "created" => {
                let created = u64::try_from(value.as_integer()?).ok()?;
                // Writing into a string cannot fail.
                let _ = write!(self.text, ";created={created}");
                return set(&mut self.created, created);
            }
            "keyid" => set(&mut self.session_id, text?.parse().ok()?)?,
            "nonce" => set(&mut self.nonce, text?.parse().ok()?)?,
            "alg" => set(&mut self.algorithm, Algorithm::named(text?)?)?,
            _ => return None,
        }
        for part in [";", name, "=\"", text?, "\""] {
            self.text.push_str(part);
        }
        Some(())
    }
}

/// Sets what is not set yet.
fn set<T>(field: &mut Option<T>, value: T) -> Option<()> {
    field.replace(value).is_none().then_some(())
}

impl<'de> DictionaryVisitor<'de> for Reader {
    type Out = Result<Input, RequestSignatureError>;
    type Error = Infallible;

    fn entry(&mut self, label: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Infallible> {
        if label.as_str() != LABEL {
            return Ok(None);
        }
        if self.is_there {
            self.refuse(RequestSignatureError::Malformed);
        }
        self.is_there = true;
        Ok(Some(Member(self)))
    }

    fn finish(self) -> Result<Self::Out, Infallible> {
        Ok(match (self.wrong, self.session_id, self.created, self.algorithm) {
            _ if !self.is_there => Err(RequestSignatureError::NoSignature),
            (Some(wrong), ..) => Err(wrong),
            (None, Some(session_id), Some(created), Some(algorithm)) => {
                let params = SignatureParams { session_id, created, nonce: self.nonce };
                Ok(Input { params, algorithm, text: self.text })
            }
            _ => Err(RequestSignatureError::WrongParameter),
        })
    }
}

/// The member labelled `idos`.
struct Member<'a>(&'a mut Reader);

impl<'de> EntryVisitor<'de> for Member<'_> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        self.0.refuse(RequestSignatureError::Malformed);
        Ok(Ignored)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        Ok(self)
    }
}

impl<'de> InnerListVisitor<'de> for Member<'_> {
    type Error = Infallible;

    fn item(&mut self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(Component(self.0))
    }

    fn finish(self) -> Result<impl ParameterVisitor<'de>, Infallible> {
        if self.0.wanted().is_some() {
            self.0.refuse(RequestSignatureError::WrongComponents);
        }
        self.0.text.push(')');
        Ok(self)
    }
}

/// Of the signature.
impl<'de> ParameterVisitor<'de> for Member<'_> {
    type Out = ();
    type Error = Infallible;

    fn parameter(&mut self, name: &'de KeyRef, value: BareItemFromInput<'de>) -> Result<(), Infallible> {
        if self.0.take(name.as_str(), &value).is_none() {
            self.0.refuse(RequestSignatureError::WrongParameter);
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A covered component; it has no parameters.
struct Component<'a>(&'a mut Reader);

impl<'de> ItemVisitor<'de> for Component<'_> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(
        self,
        component: BareItemFromInput<'de>,
    ) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        self.0.cover(&component);
        Ok(self)
    }
}

impl<'de> ParameterVisitor<'de> for Component<'_> {
    type Out = ();
    type Error = Infallible;

    fn parameter(&mut self, _: &'de KeyRef, _: BareItemFromInput<'de>) -> Result<(), Infallible> {
        self.0.refuse(RequestSignatureError::WrongComponents);
        Ok(())
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}

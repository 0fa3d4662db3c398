//! Reading and verifying the signature of a request.

mod input;
mod signature;

use self::input::Input;
use crate::{
    base::request_base,
    key::SessionPublicKey,
    read_key::ReadKey,
    request::RequestParts,
    session_id::SessionId,
    sign::{Algorithm, SignatureParams},
};

/// The longest value of either header, in bytes.
pub const MAX_HEADER_BYTES: usize = 1024;

/// How far a signature's time may be from the node's clock, either way, in seconds.
pub const MAX_SKEW_SECS: u64 = 60;

/// A signature that is in form and fits its request, but is not verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedSignature {
    params: SignatureParams,
    signature: SignatureBytes,
    base: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SignatureBytes {
    Ed25519([u8; 64]),
    HmacSha256([u8; 32]),
}

impl ParsedSignature {
    /// Reads the signature labelled `idos` from the two headers; other labels are left aside. Each header must be there once, or have its
    /// lines joined by commas.
    ///
    /// # Errors
    /// If the headers are out of form or bounds, cover other parts than they must, or are not enough for a command.
    pub fn parse(
        parts: &RequestParts<'_>,
        signature_input: &str,
        signature: &str,
    ) -> Result<Self, RequestSignatureError> {
        if signature_input.len().max(signature.len()) > MAX_HEADER_BYTES {
            return Err(RequestSignatureError::TooLong);
        }
        let Input { params, algorithm, text } =
            Input::read(signature_input, parts.content_digest().is_some())?;
        let signature = SignatureBytes::read(algorithm, &signature::read(signature)?)?;
        if parts.is_command() && algorithm != Algorithm::Ed25519 {
            return Err(RequestSignatureError::CommandNeedsEd25519);
        }
        if parts.is_command() && params.nonce.is_none() {
            return Err(RequestSignatureError::CommandNeedsNonce);
        }
        Ok(Self { params, signature, base: request_base(parts, &text) })
    }

    /// What the signature says of itself: true only once it is verified.
    pub fn params(&self) -> &SignatureParams {
        &self.params
    }

    /// Whose session it claims.
    pub fn session_id(&self) -> SessionId {
        self.params.session_id
    }

    /// Which of the two keys it needs.
    pub fn algorithm(&self) -> Algorithm {
        match self.signature {
            SignatureBytes::Ed25519(_) => Algorithm::Ed25519,
            SignatureBytes::HmacSha256(_) => Algorithm::HmacSha256,
        }
    }

    /// The text that is signed: with the signature and the session's key anyone can verify the request later.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Whether it was made within [`MAX_SKEW_SECS`] of `now`.
    ///
    /// # Errors
    /// If it was not.
    pub fn check_time(&self, now: u64) -> Result<(), RequestSignatureError> {
        if self.params.created.abs_diff(now) > MAX_SKEW_SECS {
            Err(RequestSignatureError::Stale)
        } else {
            Ok(())
        }
    }

    /// Whether the session key made it.
    ///
    /// # Errors
    /// If it did not, or the signature is of the other kind.
    pub fn verify_ed25519(&self, key: &SessionPublicKey) -> Result<(), RequestSignatureError> {
        match &self.signature {
            SignatureBytes::Ed25519(signature) if key.verifies(self.base.as_bytes(), signature) => Ok(()),
            _ => Err(RequestSignatureError::Invalid),
        }
    }

    /// Whether it was made under the read key; in constant time.
    ///
    /// # Errors
    /// If it was not, or the signature is of the other kind.
    pub fn verify_hmac(&self, key: &ReadKey) -> Result<(), RequestSignatureError> {
        match &self.signature {
            SignatureBytes::HmacSha256(tag) if key.verifies(self.base.as_bytes(), tag) => Ok(()),
            _ => Err(RequestSignatureError::Invalid),
        }
    }
}

impl SignatureBytes {
    fn read(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, RequestSignatureError> {
        let read = match algorithm {
            Algorithm::Ed25519 => bytes.try_into().map(Self::Ed25519),
            Algorithm::HmacSha256 => bytes.try_into().map(Self::HmacSha256),
        };
        read.map_err(|_| RequestSignatureError::Malformed)
    }
}

/// Why the signature of a request does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestSignatureError {
    /// A header is longer than [`MAX_HEADER_BYTES`].
    #[error("signature-input and signature must be at most {MAX_HEADER_BYTES} bytes each")]
    TooLong,
    /// Not structured fields of the right types.
    #[error("signature-input and signature must be dictionaries as RFC 9421 has them")]
    Malformed,
    /// No member labelled `idos`.
    #[error("the request is not signed: it needs a signature labelled idos")]
    NoSignature,
    /// Other components, or in another order.
    #[error(
        "the signature must cover @method, @authority, @path, @query and, with a body, content-digest, in this order"
    )]
    WrongComponents,
    /// A parameter is missing, unknown or out of form.
    #[error("the signature needs created, keyid, alg and, for a command, nonce, and no other parameter")]
    WrongParameter,
    /// A command under the read key.
    #[error("a command must be signed with the session key (ed25519)")]
    CommandNeedsEd25519,
    /// A command that could be sent twice.
    #[error("the signature of a command needs a nonce")]
    CommandNeedsNonce,
    /// Made too long ago, or in the future.
    #[error("the signature is not of this minute: check this computer's clock and sign again")]
    Stale,
    /// Not made with that key over this request.
    #[error("the signature does not verify: sign this very request with the session's key")]
    Invalid,
}

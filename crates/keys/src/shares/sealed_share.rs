//! A share on its way: in a sealed box, to a node or to whoever asked for it.

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto_box::aead::rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};

use super::{SHARE_LEN, Share, ShareFault};
use crate::{
    encryption_key::{EncryptionKey, EncryptionSecret},
    sealed_box::{self, MIN_CONTENT_LEN},
};

/// Bytes of a sealed share.
pub const SEALED_SHARE_LEN: usize = MIN_CONTENT_LEN + SHARE_LEN;

/// A share that only one key opens. As JSON: `{"sender":…,"content":…}`, both standard base64. It says nothing about who sealed it: whether
/// the share is good is told by the dealing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct SealedShare {
    sender: EncryptionKey,
    content: [u8; SEALED_SHARE_LEN],
}

impl SealedShare {
    /// Seals `share` so that only `recipient` can open it.
    ///
    /// # Errors
    /// [`ShareFault::Malformed`], which no share brings about.
    pub fn seal(
        share: &Share,
        recipient: &EncryptionKey,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, ShareFault> {
        let sealed = sealed_box::seal(rng, recipient, share.to_bytes().as_slice())
            .map_err(|_| ShareFault::Malformed)?;
        let content = sealed.content.try_into().map_err(|_| ShareFault::Malformed)?;
        Ok(Self { sender: sealed.sender, content })
    }

    /// Opens it with the recipient's secret.
    ///
    /// # Errors
    /// [`ShareFault::Undecryptable`] for another key or altered content; otherwise as [`Share::from_bytes`].
    pub fn open(&self, secret: &EncryptionSecret) -> Result<Share, ShareFault> {
        let bytes =
            sealed_box::open(secret, &self.sender, &self.content).map_err(|_| ShareFault::Undecryptable)?;
        Share::from_bytes(&bytes)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    sender: EncryptionKey,
    content: String,
}

impl From<SealedShare> for Written {
    fn from(SealedShare { sender, content }: SealedShare) -> Self {
        Self { sender, content: STANDARD.encode(content) }
    }
}

impl TryFrom<Written> for SealedShare {
    type Error = ShareFault;

    fn try_from(Written { sender, content }: Written) -> Result<Self, Self::Error> {
        // What the decoder reckons with for a text of this length; a longer one does not fit.
        let mut buffer = [0; SEALED_SHARE_LEN + 2];
        let length = STANDARD.decode_slice(content, &mut buffer).map_err(|_| ShareFault::Malformed)?;
        let content =
            buffer.get(..length).and_then(|bytes| bytes.try_into().ok()).ok_or(ShareFault::Malformed)?;
        Ok(Self { sender, content })
    }
}

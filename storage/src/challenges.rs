//! Sign-in nonces, which cost the node nothing until they are used: each carries its own expiry and the node's authenticator.

use hmac::{Hmac, Mac};
use idos_api::limits::CHALLENGE_SECS;
use idos_wallets::Nonce;
use rand_core::CryptoRngCore;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::ServiceError;

const TIME_BYTES: usize = 4;
const RANDOM_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const BYTES: usize = TIME_BYTES + RANDOM_BYTES + TAG_BYTES;

/// Gives out nonces and knows them again, also after a restart. That one is used once is the database's part.
pub(crate) struct Challenges {
    key: Zeroizing<[u8; 32]>,
}

impl Challenges {
    pub(crate) fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self { key }
    }

    /// A fresh nonce of 64 hex digits, and the last second that it stands.
    pub(crate) fn give_out(
        &self,
        now: u64,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(String, u64), ServiceError> {
        let expires_at = now.saturating_add(CHALLENGE_SECS);
        let time =
            u32::try_from(expires_at).map_err(|_| ServiceError::failed("the clock is out of range"))?;
        let mut bytes = [0; BYTES];
        bytes[..TIME_BYTES].copy_from_slice(&time.to_be_bytes());
        rng.fill_bytes(&mut bytes[TIME_BYTES..BYTES - TAG_BYTES]);
        let tag = self.mac(&bytes[..BYTES - TAG_BYTES])?.finalize().into_bytes();
        bytes[BYTES - TAG_BYTES..].copy_from_slice(&tag[..TAG_BYTES]);
        Ok((hex::encode(bytes), expires_at))
    }

    /// Until when a nonce stands that this node gave out; refused if it did not, or if that is over.
    pub(crate) fn check(&self, nonce: &Nonce, now: u64) -> Result<u64, ServiceError> {
        let mut bytes = [0; BYTES];
        hex::decode_to_slice(nonce.as_str(), &mut bytes).map_err(|_| ServiceError::NonceInvalid)?;
        // One text for each nonce: what was used is remembered as text.
        if nonce.as_str().bytes().any(|c| c.is_ascii_uppercase()) {
            return Err(ServiceError::NonceInvalid);
        }
        let (stated, tag) = bytes.split_at(BYTES - TAG_BYTES);
        self.mac(stated)?.verify_truncated_left(tag).map_err(|_| ServiceError::NonceInvalid)?;
        let mut time = [0; TIME_BYTES];
        time.copy_from_slice(&stated[..TIME_BYTES]);
        let expires_at = u64::from(u32::from_be_bytes(time));
        if now > expires_at {
            Err(ServiceError::Expired("this nonce has expired: take a new one".into()))
        } else {
            Ok(expires_at)
        }
    }

    fn mac(&self, message: &[u8]) -> Result<Hmac<Sha256>, ServiceError> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(self.key.as_slice())
            .map_err(|_| ServiceError::failed("a nonce cannot be authenticated"))?;
        mac.update(message);
        Ok(mac)
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn challenges(key: u8) -> Challenges {
        Challenges::new(Zeroizing::new([key; 32]))
    }

    #[test]
    fn a_nonce_stands_for_five_minutes() {
        let (nonce, expires_at) = challenges(1).give_out(NOW, &mut OsRng).unwrap();
        let nonce: Nonce = nonce.parse().unwrap();
        assert_eq!(challenges(1).check(&nonce, NOW + CHALLENGE_SECS).unwrap(), expires_at);
        let late = challenges(1).check(&nonce, NOW + CHALLENGE_SECS + 1);
        assert!(matches!(late, Err(ServiceError::Expired(_))));
    }

    #[test]
    fn a_nonce_that_this_node_never_gave_out_is_refused() {
        let (nonce, _) = challenges(1).give_out(NOW, &mut OsRng).unwrap();
        let later = format!("ffffffff{}", &nonce[8..]);
        let table = [
            ("another node's", 2, nonce.clone()),
            ("prolonged", 1, later),
            ("shouted", 1, nonce.to_uppercase()),
            ("short", 1, nonce[..62].to_owned()),
            ("no hex", 1, "z".repeat(64)),
        ];
        for (name, key, nonce) in table {
            let checked = challenges(key).check(&nonce.parse().unwrap(), NOW);
            assert!(matches!(checked, Err(ServiceError::NonceInvalid)), "{name}");
        }
    }
}

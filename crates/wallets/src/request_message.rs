//! The message by which a consumer's wallet stands by what it asks for, so that nobody else, the node included, can put another purpose,
//! account or key in its place.

use idos_grants::Account;
use uuid::Uuid;

use crate::{
    message::{Message, MessageError, check_issued, rfc3339, shown_account},
    text::{Domain, PurposeText},
};

/// `account` asks for credentials, at the node of `domain`, as the request of this digest says, until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestMessage {
    /// The node.
    pub domain: Domain,
    /// Which request.
    pub request_id: Uuid,
    /// The wallet that asks, which signs.
    pub account: Account,
    /// What for, in plain words.
    pub purpose: PurposeText,
    /// SHA-256 of the request's canonical JSON (RFC 8785): what is asked for, from whom, for whom, under which key and timelock.
    pub digest: [u8; 32],
    /// Unix seconds.
    pub issued_at: u64,
    /// Unix seconds: from then on nobody answers it.
    pub expires_at: u64,
}

impl RequestMessage {
    /// What the wallet signs.
    ///
    /// # Errors
    /// If a time cannot be written.
    pub fn message(&self) -> Result<Message, MessageError> {
        Ok(Message::new(self.text()?, &self.domain))
    }

    fn text(&self) -> Result<String, MessageError> {
        Ok(format!(
            "idOS request for credentials\n\
             \n\
             People who are asked see that your account asks, and what for. Sign only if you ask for credentials at \
             {domain}. It costs nothing.\n\
             \n\
             Account: {account}\n\
             Purpose: {purpose}\n\
             Request: {request_id}\n\
             Digest: {digest}\n\
             Issued At: {issued_at}\n\
             Expiration Time: {expires_at}",
            domain = self.domain,
            account = shown_account(&self.account),
            purpose = self.purpose,
            request_id = self.request_id,
            digest = hex::encode(self.digest),
            issued_at = rfc3339(self.issued_at)?,
            expires_at = rfc3339(self.expires_at)?,
        ))
    }

    /// Whether it counts at `now`, at the node of `expected_domain`, which allows `max_lifetime` seconds.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn check(&self, now: u64, expected_domain: &Domain, max_lifetime: u64) -> Result<(), MessageError> {
        if self.domain != *expected_domain {
            return Err(MessageError::WrongDomain);
        }
        match self.expires_at.checked_sub(self.issued_at) {
            Some(lifetime) if (1..=max_lifetime).contains(&lifetime) => {}
            _ => return Err(MessageError::WrongLifetime),
        }
        check_issued(self.issued_at, now)?;
        if now >= self.expires_at { Err(MessageError::Expired) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> RequestMessage {
        RequestMessage {
            domain: "localhost:8080".parse().unwrap(),
            request_id: Uuid::from_u128(0x9f51_b3b2_4cbe_4c2b_8ea3_0b0c_1b2f_1a11),
            account: "eip155:31337:0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f".parse().unwrap(),
            purpose: "Opening an account at Bank B".parse().unwrap(),
            digest: [0xab; 32],
            issued_at: 1_760_000_000,
            expires_at: 1_760_086_400,
        }
    }

    #[test]
    fn a_request_reads_as_what_is_asked() {
        let text = "idOS request for credentials\n\n\
            People who are asked see that your account asks, and what for. Sign only if you ask for credentials at \
            localhost:8080. It costs nothing.\n\n\
            Account: eip155:31337:0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F\n\
            Purpose: Opening an account at Bank B\n\
            Request: 9f51b3b2-4cbe-4c2b-8ea3-0b0c1b2f1a11\n\
            Digest: abababababababababababababababababababababababababababababababab\n\
            Issued At: 2025-10-09T08:53:20Z\n\
            Expiration Time: 2025-10-10T08:53:20Z";
        let message = message().message().unwrap();
        assert_eq!((message.text(), message.recipient()), (text, "localhost:8080"));
    }

    #[test]
    fn a_request_counts_at_its_node_and_in_its_time() {
        let (good, day) = (message(), 86_400);
        let (home, at) = ("localhost:8080".parse().unwrap(), good.issued_at);
        let elsewhere = "node.example".parse().unwrap();
        let with = |issued_at, expires_at| RequestMessage { issued_at, expires_at, ..message() };
        let table = [
            ("good", good.clone(), at, &home, Ok(())),
            ("its last second", good.clone(), at + day - 1, &home, Ok(())),
            ("over", good.clone(), at + day, &home, Err(MessageError::Expired)),
            ("early, but for the clock", good.clone(), at - 60, &home, Ok(())),
            ("early", good.clone(), at - 61, &home, Err(MessageError::NotYetValid)),
            ("elsewhere", good, at, &elsewhere, Err(MessageError::WrongDomain)),
            ("for too long", with(at, at + day + 1), at, &home, Err(MessageError::WrongLifetime)),
            ("for no time", with(at, at), at, &home, Err(MessageError::WrongLifetime)),
            ("backwards", with(at, at - 1), at, &home, Err(MessageError::WrongLifetime)),
        ];
        for (name, message, now, domain, expected) in table {
            assert_eq!(message.check(now, domain, day), expected, "{name}");
        }
    }
}

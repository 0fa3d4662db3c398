//! The delegated write grant: one signature for an issuer's write off chain and its own grant on chain.
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_stellar_protocol::{
    Account, KeySignature, Refusal,
    call::{Message, require_auth},
    clock, nonce,
    proof::{check_form, verify},
    text::Text,
};
use soroban_sdk::{BytesN, Env, contracttype};

use crate::{
    items::{Items, NAME, NewGrant},
    verbs::{Change, apply},
};

// `grantee` is the issuer's account, `issuer_key` the Ed25519 key that signs what it stores. Usable once, while
// not_before <= now <= not_after.
#[contracttype]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteGrant {
    pub credential_id: BytesN<32>,
    pub data_id: BytesN<32>,
    pub grantee: Account,
    pub issuer_key: BytesN<32>,
    pub locked_until: u64,
    pub nonce: BytesN<32>,
    pub not_after: u64,
    pub not_before: u64,
    pub owner: Account,
}

impl Message for WriteGrant {
    fn text(&self, env: &Env) -> Text {
        let mut text = Text::new(env, NAME, "write grant");
        text.account("Owner", &self.owner);
        text.account("Grantee", &self.grantee);
        text.bytes("Issuer Key", &self.issuer_key);
        text.bytes("Credential Id", &self.credential_id);
        text.bytes("Data Id", &self.data_id);
        text.number("Locked Until", self.locked_until);
        text.number("Not Before", self.not_before);
        text.number("Not After", self.not_after);
        text.bytes("Nonce", &self.nonce);
        text
    }
}

/// Creates the grant that a write grant is for.
pub fn run(env: &Env, write_grant: WriteGrant, signature: Option<KeySignature>) -> Result<(), Refusal> {
    check(env, &write_grant, signature.as_ref())?;
    let WriteGrant { data_id, grantee, locked_until, owner, .. } = write_grant;
    let item = NewGrant { data_id, grantee, locked_until };
    apply(env, &owner, Change::Created, &Items::One(item))
}

fn check(env: &Env, write_grant: &WriteGrant, signature: Option<&KeySignature>) -> Result<(), Refusal> {
    let WriteGrant { owner, not_before, not_after, nonce, .. } = write_grant;
    check_form(owner, signature)?;
    let now = clock::now(env);
    if now < *not_before {
        return Err(Refusal::SignatureNotYetValid);
    }
    if now > *not_after {
        return Err(Refusal::SignatureExpired);
    }
    match signature {
        Some(signature) => verify(env, owner, signature, &write_grant.text(env).finish(env))?,
        None => require_auth(owner),
    }
    nonce::use_up(env, owner, nonce)
}

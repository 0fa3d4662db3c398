//! One call that writes, and whom it needs to convince.

use soroban_sdk::Env;

use crate::{
    Account, KeyProof, Refusal, clock,
    encoding::Encoding,
    history::History,
    nonce,
    proof::{check_form, verify},
    text::Text,
};

/// What an account must have said: by its network's authorization of the call with all its arguments, or by a signed text.
pub trait Message {
    /// Begins the text: everything between the first line and the nonce.
    fn text(&self, env: &Env) -> Text;
}

/// Refuses a call that `account` has not authorized, or not this one.
///
/// Order: form of the signer, deadline, signature, nonce. The nonce is used up.
pub fn authorize(
    env: &Env,
    account: &Account,
    proof: Option<KeyProof>,
    message: &impl Message,
) -> Result<(), Refusal> {
    check_form(account, proof.as_ref().map(|proof| &proof.signature))?;
    let Some(KeyProof { deadline, nonce, signature }) = proof else {
        require_auth(account);
        return Ok(());
    };
    if clock::now(env) > deadline {
        return Err(Refusal::SignatureExpired);
    }
    let mut text = message.text(env);
    text.bytes("Nonce", &nonce);
    text.number("Deadline", deadline);
    verify(env, account, &signature, &text.finish(env))?;
    nonce::use_up(env, account, &nonce)
}

/// Asks the network whether the account authorized this call; a bare key has been heard already.
pub fn require_auth(account: &Account) {
    if let Account::Native(address) = account {
        address.require_auth();
    }
}

/// One call that writes: by one account, at one time.
pub struct Call<'a> {
    /// Where.
    pub env: &'a Env,
    /// By whom.
    pub account: &'a Account,
    /// When: Unix seconds.
    pub now: u64,
    history: History,
}

impl<'a> Call<'a> {
    /// After the account was heard.
    pub fn by(env: &'a Env, account: &'a Account) -> Self {
        Self { env, account, now: clock::now(env), history: History::load(env) }
    }

    /// Takes an event into the history: its encoding up to the time.
    pub fn record(&mut self, mut event: Encoding) {
        event.push(&self.now.to_be_bytes());
        self.history.fold(self.env, event);
    }

    /// Ends the call.
    pub fn finish(self) {
        self.history.save(self.env);
    }
}

//! Choosing a password for a key: typed twice, and told how hard it is to guess.

use anyhow::{Result, bail};
use idos_client::encryption;
use idos_keys::{EncryptionSecret, password::Kdf};
use uuid::Uuid;

use crate::context::{Context, Password, ask_password_of};

/// For a profile's first key.
pub(super) fn choose(kdf: &Kdf, profile_id: Uuid, context: &Context<'_>) -> Result<EncryptionSecret> {
    ask(Password::Present, "Choose a password for your idOS key: ", kdf, profile_id, context)
}

/// For the key that takes the place of another.
pub(super) fn replace(kdf: &Kdf, profile_id: Uuid, context: &Context<'_>) -> Result<EncryptionSecret> {
    ask(Password::New, "Choose a new password for your idOS key: ", kdf, profile_id, context)
}

fn ask(
    which: Password,
    prompt: &str,
    kdf: &Kdf,
    profile_id: Uuid,
    context: &Context<'_>,
) -> Result<EncryptionSecret> {
    let password = ask_password_of(which, prompt)?;
    let again = ask_password_of(which, "Once more: ")?;
    if password != again {
        bail!("the two passwords differ: try again");
    }
    let (secret, strength) = encryption::choose(kdf, &password, profile_id)?;
    context.output.note(&format!("the password is {strength}"));
    Ok(secret)
}

//! Keys that a profile had before, for what is still sealed for them: what was received, which its reader cannot seal anew, and what a change of keys has
//! left. They are in the folder, in the clear if they were random, or else sealed for the key after them; what is not there follows from the password or
//! the nodes of then.

use anyhow::{Result, bail};
use idos_api::profiles::SignedKeyStatement;
use idos_client::{
    ClientError,
    encryption::{self, KeyOrigin},
    key_shares::Listen,
    pages,
    past_keys::open_all,
};
use idos_keys::{EncryptionKey, EncryptionSecret};

use crate::context::{Context, Password, SignedIn, ask_password_of};

impl SignedIn {
    /// The secrets that open what is sealed for `recipient`: the present one, if it is that, and whatever the folder has otherwise. Nobody is asked for an old
    /// password unless nothing else will do.
    pub async fn secrets_for(
        &self,
        recipient: &EncryptionKey,
        context: &Context<'_>,
    ) -> Result<Vec<EncryptionSecret>> {
        let secrets = self.secrets(context).await?;
        if secrets.iter().any(|secret| secret.public() == *recipient) {
            return Ok(secrets);
        }
        let past = self.key_statements().await?;
        if !past.iter().any(|signed| signed.statement.encryption_key == *recipient.as_bytes()) {
            // No key of hers: so it will not open, and that is said there.
            return Ok(secrets);
        }
        match self.past_secret(&past, recipient, Password::Past, context).await? {
            Some(secret) => Ok(vec![secret]),
            None => bail!(
                "this is sealed for a random key that you had before, which is not in this folder: use the --home that has it"
            ),
        }
    }

    /// The present secret, first, and those that the folder has of before.
    pub async fn secrets(&self, context: &Context<'_>) -> Result<Vec<EncryptionSecret>> {
        let mut known = vec![self.secret(context).await?];
        for kept in context.home.encryption_secrets()? {
            if !known.contains(&kept) {
                known.push(kept);
            }
        }
        Ok(open_all(&context.home.past_keys()?, &known))
    }

    /// What the profile has stated, the present key first.
    pub async fn key_statements(&self) -> Result<Vec<SignedKeyStatement>> {
        let all = pages::all(async |cursor| {
            let page = self.session.key_statements(cursor).await?;
            Ok((page.key_statements, page.next_cursor))
        });
        Ok(all.await?)
    }

    /// The secret of a key that was stated before; `None` if it was never stated, or its random bytes are not in this folder.
    pub async fn past_secret(
        &self,
        past: &[SignedKeyStatement],
        key: &EncryptionKey,
        password: Password,
        context: &Context<'_>,
    ) -> Result<Option<EncryptionSecret>> {
        let stated = past.iter().find(|signed| signed.statement.encryption_key == *key.as_bytes());
        let Some(signed) = stated else { return Ok(None) };
        let statement = &signed.statement;
        // Its salt: another profile's would make another key of the same password.
        if statement.profile_id != self.profile()?.id {
            bail!(ClientError::Forged("a past key statement of another profile"));
        }
        match KeyOrigin::stated(statement)? {
            KeyOrigin::Random => {
                Ok(context.home.encryption_secrets()?.into_iter().find(|secret| secret.public() == *key))
            }
            KeyOrigin::Shared(_) => {
                Ok(Some(self.bring_back(signed, Listen::UntilFound, context).await?.secret))
            }
            KeyOrigin::Password(_) => {
                let password = ask_password_of(password, "Password that your idOS key had before: ")?;
                Ok(Some(encryption::from_password(statement, &password)?))
            }
        }
    }
}

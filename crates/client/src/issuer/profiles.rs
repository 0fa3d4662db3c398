//! Making profiles for people who consented.

use idos_api::profiles::{NewProfileFor, ProfileFor};
use idos_credentials::{IssuerKey, sign_profile_consent};

use crate::{ClientError, Session, owner::ConsentToProfile};

/// Makes the profile that a person consented to. The same call again, if the answer was lost, gets the same answer.
///
/// # Errors
/// If the consent names another issuer than `key`, or the node refuses it.
pub async fn create_profile_for(
    session: &Session,
    key: &IssuerKey,
    consented: &ConsentToProfile,
) -> Result<ProfileFor, ClientError> {
    let ConsentToProfile { consent, signature, key_statement } = consented.clone();
    if consent.issuer.as_str() != key.did().as_str() {
        return Err(ClientError::Input(format!(
            "this consent is for the issuer {}, not for {}: ask the person for one that names you",
            consent.issuer,
            key.did()
        )));
    }
    let message = consent.message().map_err(|error| ClientError::Input(error.to_string()))?;
    let issuer_signature = format!("0x{}", hex::encode(sign_profile_consent(key, &message.digest())));
    let request = NewProfileFor { consent, signature, key_statement, issuer_signature };
    let made = session.create_profile_for(&request).await?;
    if made.profile_id != request.consent.profile_id || made.account != request.consent.account {
        return Err(ClientError::Forged("it made another profile than was asked for"));
    }
    Ok(made)
}

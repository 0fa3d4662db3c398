//! Answering a request.

use idos_api::requests::{Answer, AnswerKind};
use idos_grants::DataId;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer, publish_request::shown};
use crate::{
    db::{StoredRequest, table},
    error::ServiceError,
    quotas::Quotas,
};

/// Accepts or declines.
#[derive(Debug, Clone)]
pub(crate) struct AnswerRequest {
    pub(crate) request_id: Uuid,
    /// The copy that is shared; `None`: declined.
    pub(crate) copy: Option<DataId>,
}

impl AnswerRequest {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        quotas: &Quotas,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        let request = to_profile(tx, self.request_id, profile, now).await?;
        let kind = if self.copy.is_some() { AnswerKind::Accepted } else { AnswerKind::Declined };
        let before = table::requests::answer_of(tx, self.request_id, profile).await?;
        match before {
            // Its answer was lost, and it was sent again.
            Some(before) if (before.kind, before.data_id) == (kind, self.copy) => {
                return Ok(Applied::unchanged(answered(request, before)));
            }
            Some(before) if before.kind == AnswerKind::Accepted => {
                return Err(ServiceError::Exists(
                    "you have accepted this request: revoke the grant to take it back",
                ));
            }
            _ => {}
        }
        if let Some(copy) = self.copy {
            check_copy(tx, copy, profile, &request).await?;
        }
        let (accepted, declined) = table::requests::count_answers(tx, self.request_id).await?;
        if accepted + declined >= quotas.answers {
            return Err(ServiceError::LimitReached(
                "this request takes no more answers: ask for another one",
            ));
        }
        let answer = Answer { kind, data_id: self.copy, answered_at: now };
        table::requests::put_answer(tx, self.request_id, profile, &answer).await?;
        Ok(Applied::unchanged(answered(request, answer)))
    }
}

/// The request, if it is open, and to the profile or to whoever knows its id; and not the profile's own.
async fn to_profile(
    tx: &mut AnyConnection,
    id: Uuid,
    profile: Uuid,
    now: u64,
) -> Result<StoredRequest, ServiceError> {
    let wallets = table::wallets::of_profile(tx, profile).await?;
    let found = table::requests::shown_to(tx, profile, &wallets, id).await?.ok_or(ServiceError::NotFound)?;
    if !found.is_to(&wallets) || now >= found.signed.request.expires_at {
        return Err(ServiceError::NotFound);
    }
    if found.signed.request.profile_id == profile {
        return Err(ServiceError::RequestInvalid("it is your own"));
    }
    Ok(found)
}

async fn check_copy(
    tx: &mut AnyConnection,
    copy: DataId,
    profile: Uuid,
    request: &StoredRequest,
) -> Result<(), ServiceError> {
    let found = table::credentials::own(tx, profile, copy).await?.ok_or(ServiceError::NotFound)?;
    if found.original.is_none() || found.recipient_key != request.signed.request.encryption_key {
        return Err(ServiceError::RequestInvalid(
            "what is shared must be a copy that is sealed for its encryption key",
        ));
    }
    Ok(())
}

fn answered(request: StoredRequest, answer: Answer) -> Outcome {
    Outcome::Request { request: Box::new(shown(request, Some(answer))), is_new: false }
}

//! What a consumer asks for.

use idos_api::requests::{AccessRequest, SignedRequest};
use idos_credentials::Requirements;
use idos_grants::Account;
use serde_json::json;
use uuid::Uuid;

use super::{House, Issuer, Key, Person};

const DAY: u64 = 24 * 60 * 60;

/// A request that is in order.
pub fn access_request(house: &House, consumer: &Person, to: Option<Account>) -> AccessRequest {
    let requirements = json!({"types": ["Residence"], "fields": ["/address/country"], "issuers": [Issuer::number(1).0.did()]});
    AccessRequest {
        id: Uuid::new_v4(),
        domain: house.domain().parse().unwrap(),
        profile_id: consumer.profile_id,
        account: consumer.account,
        to,
        purpose: "Opening an account at Bank B".parse().unwrap(),
        requirements: serde_json::from_value::<Requirements>(requirements).unwrap(),
        lock_secs: 30 * DAY,
        grantees: vec![consumer.account],
        encryption_key: consumer.encryption.public(),
        issued_at: house.now(),
        expires_at: house.now() + DAY,
    }
}

/// Signed by a wallet.
pub fn sign_request(request: AccessRequest, key: &Key) -> SignedRequest {
    let signature = key.sign_message(&request.statement().unwrap().message().unwrap());
    SignedRequest { request, signature }
}

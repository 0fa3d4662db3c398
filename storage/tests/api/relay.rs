//! `POST /v1/relay` under a session: who may, what is counted, and a node that relays nothing.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use idos_api::{
    ErrorCode,
    relay::{Fate, RelayCall, RelayRefusal, SignedCall, Submission},
    usage::{UsageItem, UsageReport},
};
use idos_grants::Account;
use idos_storage::Relay;
use idos_testdb::each;
use idos_wallets::{GrantCall, GrantMessage, KeyedNonce, Signature};

use crate::support::{CHAIN, House, Person, data_id, grants_contract};

/// Takes everything, and remembers for whom.
#[derive(Default)]
struct Desk(Mutex<Vec<(Submission, String)>>);

#[async_trait]
impl Relay for Desk {
    async fn submit(&self, call: RelayCall, app: &str) -> Result<(Submission, bool), RelayRefusal> {
        let RelayCall::SignedCall(SignedCall::Eip712 { message, contract, .. }) = &call else {
            let (code, message) = (ErrorCode::CallRefused, "no".to_owned());
            return Err(RelayRefusal { code, message, refused: Some("GrantExists".into()) });
        };
        let (digest, owner) = (call.digest(), message.owner);
        let taken = Submission {
            digest: digest.clone(),
            chain: contract.chain(),
            owner,
            fate: Fate::Queued,
            created_at: 1,
            updated_at: 1,
        };
        let mut rows = self.0.lock().unwrap();
        let is_new = !rows.iter().any(|(row, _)| row.digest == digest);
        if is_new {
            rows.push((taken.clone(), app.to_owned()));
        }
        Ok((taken, is_new))
    }

    async fn submission(&self, digest: &str, app: &str) -> Result<Option<Submission>, RelayRefusal> {
        let rows = self.0.lock().unwrap();
        let found = rows.iter().find(|(row, owner)| row.digest == digest && owner == app);
        Ok(found.map(|(row, _)| row.clone()))
    }
}

fn call(owner: Account) -> RelayCall {
    let grantee = Account::evm(CHAIN, [0xee; 20]);
    let message = GrantMessage {
        owner,
        call: GrantCall::CreateGrant { grantee, data_id: data_id(), locked_until: 0 },
        nonce: KeyedNonce([1; 32]),
        deadline: u64::MAX,
    };
    let signature = Signature::new(vec![1; 65]).unwrap();
    RelayCall::SignedCall(SignedCall::Eip712 {
        contract: grants_contract(),
        message: Box::new(message),
        signature,
    })
}

#[tokio::test]
async fn calls_of_others_are_counted_once_and_an_owners_own_are_not() {
    each(async |database| {
        let house = House::build_with(database, |config| config.relay = Arc::new(Desk::default())).await;
        let (owner, app) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (of_owner, another) = (call(owner.account), call(owner.account));
        assert_eq!(owner.post(&house, "/v1/relay", &of_owner).await.status, 202);
        for status in [202, 200] {
            assert_eq!(app.post(&house, "/v1/relay", &another).await.status, status);
        }
        let path = format!("/v1/relay/{}", another.digest());
        assert_eq!(app.get(&house, &path).await.json::<Submission>().digest, another.digest());
        assert_eq!(owner.get(&house, &path).await.error(), (404, ErrorCode::NotFound), "another's");

        let used = async |person: &Person| {
            let report: UsageReport = person.get(&house, "/v1/usage").await.json();
            report.rows.iter().map(|row| (row.item, row.uses)).collect::<Vec<_>>()
        };
        assert_eq!(used(&app).await, [(UsageItem::CallsRelayed, 1)]);
        assert_eq!(used(&owner).await, []);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_in_order_is_refused() {
    each(async |database| {
        let house = House::build_with(database, |config| config.relay = Arc::new(Desk::default())).await;
        let person = Person::new(&house, 1).await;
        let action = SignedCall::DelegateAction { contract: grants_contract(), signed: "AAAA".into() };
        let refused = person.post(&house, "/v1/relay", &RelayCall::SignedCall(action)).await;
        assert_eq!(refused.error(), (422, ErrorCode::CallRefused));
        let mut unknown = serde_json::to_value(call(person.account)).unwrap();
        unknown["signed_call"]["gas"] = 1.into();
        let table = [
            ("an unknown field", unknown),
            ("any transaction", serde_json::json!({ "to": "0x", "data": "0x" })),
            ("nothing", serde_json::json!({})),
        ];
        for (name, body) in table {
            assert_eq!(
                person.post(&house, "/v1/relay", &body).await.error(),
                (400, ErrorCode::Malformed),
                "{name}"
            );
        }
        for digest in ["x", &"F".repeat(64), &"f".repeat(63)] {
            let answer = person.get(&house, &format!("/v1/relay/{digest}")).await;
            assert_eq!(answer.error(), (400, ErrorCode::Malformed), "{digest}");
        }
        assert_eq!(house.post("/v1/relay", &call(person.account)).await.status, 401);
        let nobody = Person::without_profile(&house, 2).await;
        let answer = nobody.post(&house, "/v1/relay", &call(nobody.account)).await;
        assert_eq!(answer.error(), (403, ErrorCode::ProfileRequired));
    })
    .await;
}

#[tokio::test]
async fn a_node_that_relays_nothing_says_what_to_do() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let call = call(person.account);
        let answer = person.post(&house, "/v1/relay", &call).await;
        assert_eq!(answer.error(), (404, ErrorCode::RelayUnavailable));
        assert!(answer.text().contains("give it to a relay"));
        let path = format!("/v1/relay/{}", call.digest());
        assert_eq!(person.get(&house, &path).await.error(), (404, ErrorCode::RelayUnavailable));
    })
    .await;
}

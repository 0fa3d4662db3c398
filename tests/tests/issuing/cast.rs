//! An issuer, an owner and a bank on one chain.

use std::{
    fs,
    time::{Duration, Instant},
};

use idos_devnet_evm::BlockTime;
use idos_grants::Namespace;
use idos_tests::{binary::Answer, role::Role, stage::Stage};
use serde_json::{Value, json};

pub struct Cast {
    pub stage: Stage,
    pub issuer: Role,
    pub issuer_did: String,
    pub owner: Role,
    pub bank: Role,
    pub bank_profile: String,
}

impl Cast {
    pub async fn enter(folder: &std::path::Path, namespace: Namespace) -> Self {
        let mut stage = Stage::set_up_on(folder, &[namespace], BlockTime::EverySecs(1), "").await.unwrap();
        stage.node.wait_ready().unwrap();
        let [issuer, owner, bank] =
            [("issuer", 1), ("owner", 2), ("bank", 3)].map(|(name, key)| stage.role(name, key).unwrap());
        let [_, _, bank_profile] = [&issuer, &owner, &bank]
            .map(|role| text(&role.done(&["profile", "create", "--key", "random"]).unwrap()["id"]));
        let issuer_did = text(&issuer.done(&["issuer", "create"]).unwrap()["issuer"]);
        Self { stage, issuer, issuer_did, owner, bank, bank_profile }
    }

    /// A fresh consent, as a file; and the ids of original and issuer's copy.
    pub fn consent(&self) -> (String, String, String) {
        let arguments = ["consent", "--issuer", &self.issuer_did, "--issuer-account", &self.issuer.account];
        let consent = self.owner.done(&arguments).unwrap();
        let terms = &consent["write_grant"]["write_grant"];
        let (id, copy) = (text(&terms["credential_id"]), text(&terms["data_id"]));
        (self.write(&format!("consent-{id}.json"), &consent), id, copy)
    }

    pub fn write(&self, name: &str, value: &Value) -> String {
        let path = self.stage.file(name);
        fs::write(&path, value.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub fn claims(&self) -> String {
        self.write("claims.json", &json!({"givenName": "Ada", "birthDate": "1815-12-10"}))
    }

    /// Issues a credential; its id and that of the issuer's copy.
    pub fn issue(&self, more: &[&str]) -> (String, String) {
        let (consent, id, copy) = self.consent();
        let claims = self.claims();
        let arguments = ["credential", "issue", "--consent", &consent, "--claims", &claims];
        let issued = self.issuer.done(&[&arguments[..], more].concat()).unwrap();
        assert_eq!((text(&issued["data_id"]), &issued["done"]), (id.clone(), &json!(true)));
        (id, copy)
    }

    pub fn share(&self, id: &str, more: &[&str]) -> String {
        let arguments =
            ["share", id, "--with", &self.bank_profile, "--grantee", &self.bank.account, "--wait", "final"];
        text(&self.owner.done(&[&arguments[..], more].concat()).unwrap()["data_id"])
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// What a command answers once it no longer refuses with one of these.
pub fn when_no_longer(refused_with: &[&str], role: &Role, arguments: &[&str]) -> Value {
    let start = Instant::now();
    loop {
        match role.run(arguments).unwrap() {
            Answer::Done(value) => return value,
            Answer::Refused(refusal) => {
                assert!(refused_with.contains(&refusal.code.as_str()), "{refusal:?}");
                assert!(start.elapsed().as_secs() < 60, "it never ended: {refusal:?}");
                std::thread::sleep(Duration::from_millis(200));
            }
        }
    }
}

//! A relay that sends nothing: it takes every typed call, once, and remembers for whom.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use idos_api::{
    ErrorCode,
    relay::{Fate, RelayCall, RelayRefusal, SignedCall, Submission},
};
use idos_grants::Account;
use idos_storage::{NotTaken, Relay, Settle};
use idos_wallets::{GrantCall, GrantMessage, KeyedNonce, Signature};

use super::{CHAIN, data_id, grants_contract};

/// Where taking a call stops for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    BeforeTaking,
    AfterTaking,
}

/// The relay. Clones are one.
#[derive(Clone, Default)]
pub struct Desk {
    state: Arc<Mutex<State>>,
    /// One call is taken after the other.
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct State {
    /// What was taken, and for which apps.
    taken: Vec<(Submission, Vec<String>)>,
    /// What everything is refused with.
    refuses: Option<ErrorCode>,
    /// Where it stops, as if the process were killed there.
    stop: Option<Stop>,
}

impl Desk {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap())
    }

    /// Refuses everything with this code from now on; or nothing.
    pub fn refuse(&self, code: Option<ErrorCode>) {
        self.with(|state| state.refuses = code);
    }

    /// Stops there from now on, as if the process were killed; or nowhere.
    pub fn stop_at(&self, stop: Option<Stop>) {
        self.with(|state| state.stop = stop);
    }

    fn stops_at(&self, here: Stop) -> bool {
        self.with(|state| state.stop == Some(here))
    }

    /// Who brought a call.
    pub fn apps_of(&self, digest: &str) -> Vec<String> {
        self.with(|state| {
            let found = state.taken.iter().find(|(row, _)| row.digest == digest);
            found.map(|(_, apps)| apps.clone()).unwrap_or_default()
        })
    }

    fn check(&self) -> Result<(), RelayRefusal> {
        let refused = |code| Err(RelayRefusal { code, message: "not now".into(), refused: None });
        self.with(|state| state.refuses).map_or(Ok(()), refused)
    }

    /// The digests of what was taken.
    pub fn taken(&self) -> Vec<String> {
        self.with(|state| state.taken.iter().map(|(taken, _)| taken.digest.clone()).collect())
    }
}

#[async_trait]
impl Relay for Desk {
    async fn submit(
        &self,
        call: RelayCall,
        app: &str,
        settle: Settle,
    ) -> Result<(Submission, bool), NotTaken> {
        self.check()?;
        let RelayCall::SignedCall(SignedCall::Eip712 { message, contract, .. }) = &call else {
            let (code, message) = (ErrorCode::CallRefused, "no".to_owned());
            return Err(RelayRefusal { code, message, refused: Some("GrantExists".into()) }.into());
        };
        let (digest, owner, chain) = (call.digest(), message.owner, contract.chain());
        let (fate, created_at, updated_at) = (Fate::Queued, 1, 1);
        let taken = Submission { digest, chain, owner, fate, created_at, updated_at };
        let turn = self.turn.lock().await;
        if self.taken().contains(&taken.digest) {
            if self.apps_of(&taken.digest).iter().all(|known| known != app) {
                settle(owner, false).await?;
                self.with(|state| {
                    let found = state.taken.iter_mut().find(|(row, _)| row.digest == taken.digest);
                    found.unwrap().1.push(app.to_owned());
                });
            }
            return Ok((taken, false));
        }
        settle(owner, true).await?;
        if self.stops_at(Stop::BeforeTaking) {
            // Whoever is killed here is in nobody's way.
            drop(turn);
            return std::future::pending().await;
        }
        self.with(|state| state.taken.push((taken.clone(), vec![app.to_owned()])));
        drop(turn);
        if self.stops_at(Stop::AfterTaking) {
            return std::future::pending().await;
        }
        Ok((taken, true))
    }

    async fn submission(&self, digest: &str, app: &str) -> Result<Option<Submission>, RelayRefusal> {
        self.check()?;
        Ok(self.with(|state| {
            let found = state.taken.iter().find(|(row, _)| row.digest == digest);
            found.filter(|(_, apps)| apps.iter().any(|of| of == app)).map(|(row, _)| row.clone())
        }))
    }

    async fn forget(&self, app: &str) -> Result<(), RelayRefusal> {
        self.check()?;
        self.with(|state| state.taken.iter_mut().for_each(|(_, apps)| apps.retain(|known| known != app)));
        Ok(())
    }
}

/// A call that `owner` has signed; each is another one.
pub fn signed_call(owner: Account) -> RelayCall {
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

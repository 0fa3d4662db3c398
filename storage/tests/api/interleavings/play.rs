//! The same steps, at a node.

use idos_api::{credentials::NewCopy, profiles::NewWallet};
use idos_grants::{Account, DataId, GrantChange};
use idos_wallets::{Wallet, WalletLink};

use super::{
    model::{Grant, Model, Object},
    step::{LOCK_SECS, PEOPLE, Step, WALLETS},
};
use crate::support::{
    CHAIN, DOMAIN, House, Issuer, Key, Person, challenge, data_id, grant, random_box, sealed,
};

pub struct Play {
    house: House,
    model: Model,
    people: Vec<Person>,
    ids: Vec<DataId>,
    issuer: Issuer,
}

type Wrong = String;

fn key(wallet: usize) -> Key {
    Key::number(wallet as u64 + 1)
}

fn account(wallet: usize) -> Account {
    key(wallet).account(CHAIN)
}

fn expect(what: &str, answer: (u16, String), expected: (u16, &str)) -> Result<(), Wrong> {
    if (answer.0, answer.1.as_str()) == expected {
        Ok(())
    } else {
        Err(format!("{what}: {answer:?} instead of {expected:?}"))
    }
}

fn told(answer: &crate::support::Answer) -> (u16, String) {
    let code = if answer.status < 400 { String::new() } else { answer.code_text() };
    (answer.status, code)
}

impl Play {
    pub async fn begin(url: Option<String>) -> Self {
        let house = House::build_at(url, |_| ()).await;
        let mut people = Vec::new();
        for person in 0..PEOPLE {
            people.push(Person::new(&house, person as u64 + 1).await);
        }
        Self { house, model: Model::new(), people, ids: Vec::new(), issuer: Issuer::number(1) }
    }

    /// Takes a step; an error says what went otherwise than in the model.
    pub async fn take(&mut self, step: &Step) -> Result<(), Wrong> {
        match *step {
            Step::Store { person } => self.store(person).await,
            Step::Share { person, object, with } => self.share(person, object, with).await?,
            Step::Grant { from, is_owners, to, object, locked, is_final } => {
                let from = if is_owners { self.owners_wallet(from, object) } else { from };
                self.grant(from, to, object, locked, is_final).await;
            }
            Step::Revoke { grant, is_final } => self.revoke(grant, is_final).await,
            Step::Delete { person, object } => self.delete(person, object).await?,
            Step::Link { person, wallet } => self.link(person, wallet).await?,
            Step::Unlink { person, wallet } => self.unlink(person, wallet).await?,
            Step::Pass { secs } => {
                self.house.pass_with_chain(secs).await;
                self.model.finalize();
            }
            Step::Reopen => self.house.reopen().await,
        }
        self.compare().await
    }

    /// Each person reads each object.
    async fn compare(&self) -> Result<(), Wrong> {
        for (object, id) in self.ids.iter().enumerate() {
            for (number, person) in self.people.iter().enumerate() {
                let answer = person.read(&self.house, *id).await;
                let what = format!("person {number} reads object {object}");
                expect(&what, told(&answer), self.model.read(number, object))?;
            }
        }
        Ok(())
    }

    fn object(&self, number: usize) -> Option<usize> {
        number.checked_rem(self.ids.len())
    }

    /// One of the wallets of an object's owner.
    fn owners_wallet(&self, number: usize, object: usize) -> usize {
        let Some(object) = self.object(object) else { return number };
        let wallets = self.model.wallets_of(self.model.objects[object].owner);
        wallets[number % wallets.len()]
    }

    fn stored(&mut self, owner: usize, is_copy: bool, id: DataId) {
        self.ids.push(id);
        self.model.objects.push(Object { owner, is_copy, is_deleted: false });
    }

    async fn store(&mut self, person: usize) {
        let (id, _) = self.people[person].store(&self.house, &self.issuer).await;
        self.stored(person, false, id);
    }

    async fn share(&mut self, person: usize, object: usize, with: usize) -> Result<(), Wrong> {
        let Some(object) = self.object(object) else { return Ok(()) };
        let (sharer, content, id) = (&self.people[person], random_box(100), data_id());
        sharer.upload(&self.house, &content).await;
        let copy = NewCopy { content: sealed(id, &content, &self.people[with]), shared_with: None };
        let path = format!("/v1/credentials/{}/copies", self.ids[object]);
        let answer = sharer.post(&self.house, &path, &copy).await;
        let Object { owner, is_copy, is_deleted } = self.model.objects[object];
        if owner != person || is_deleted {
            return expect("sharing what is not hers", told(&answer), (404, "not_found"));
        }
        if is_copy {
            return expect("sharing a copy", told(&answer), (409, "copy_of_copy"));
        }
        expect("sharing", told(&answer), (201, ""))?;
        self.stored(person, true, id);
        Ok(())
    }

    async fn grant(&mut self, from: usize, to: usize, object: usize, locked: bool, is_final: bool) {
        let Some(object) = self.object(object) else { return };
        let present = self.model.grants.get(&(from, to, object));
        if from == to || matches!(present, Some(Grant::Standing { .. })) {
            return;
        }
        let now = self.house.now();
        let locked_until = if locked { now + LOCK_SECS } else { 0 };
        self.block(GrantChange::Created, (from, to, object), locked_until, is_final).await;
        self.model.grants.insert((from, to, object), Grant::Standing { is_final, locked_until });
    }

    async fn revoke(&mut self, number: usize, is_final: bool) {
        let Some(number) = number.checked_rem(self.model.grants.len()) else { return };
        let Some((key, Grant::Standing { locked_until, .. })) = self.model.grants.iter().nth(number) else {
            return;
        };
        let (key, locked_until) = (*key, *locked_until);
        if locked_until >= self.house.now() {
            return;
        }
        self.block(GrantChange::Revoked, key, locked_until, is_final).await;
        self.model.grants.insert(key, Grant::Revoked);
    }

    async fn block(
        &mut self,
        change: GrantChange,
        (from, to, object): (usize, usize, usize),
        locked_until: u64,
        is_final: bool,
    ) {
        let event = grant(change, account(from), account(to), self.ids[object], locked_until);
        let now = self.house.now();
        self.house.grants.block(now, &[event], u64::from(!is_final)).await;
        self.model.finalize();
    }

    async fn delete(&mut self, person: usize, object: usize) -> Result<(), Wrong> {
        let Some(object) = self.object(object) else { return Ok(()) };
        let path = format!("/v1/credentials/{}", self.ids[object]);
        let answer = self.people[person].delete(&self.house, &path).await;
        let Object { owner, is_deleted, .. } = self.model.objects[object];
        if owner != person {
            return expect("deleting somebody else's", told(&answer), (404, "not_found"));
        }
        let wallets = self.model.wallets_of(person);
        if !is_deleted && self.model.is_locked(&wallets, Some(object), self.house.now()) {
            return expect("deleting under a timelock", told(&answer), (409, "timelocked"));
        }
        expect("deleting", told(&answer), (200, ""))?;
        self.model.objects[object].is_deleted = true;
        Ok(())
    }

    async fn link(&mut self, person: usize, wallet: usize) -> Result<(), Wrong> {
        let (house, linker) = (&self.house, &self.people[person]);
        let (domain, nonce) = (DOMAIN.parse().unwrap(), challenge(house).await);
        let (profile_id, issued_at) = (linker.profile_id, house.now());
        let link = WalletLink { domain, profile_id, account: account(wallet), nonce, issued_at };
        let signature = key(wallet).sign_message(&link.message().unwrap());
        let answer = linker.post(house, "/v1/profile/wallets", &NewWallet { link, signature }).await;
        match self.model.wallets[wallet] {
            Some(owner) if owner == person => expect("linking it again", told(&answer), (200, "")),
            Some(_) => expect("linking somebody else's", told(&answer), (409, "wallet_taken")),
            None => {
                self.model.wallets[wallet] = Some(person);
                expect("linking", told(&answer), (201, ""))
            }
        }
    }

    async fn unlink(&mut self, person: usize, wallet: usize) -> Result<(), Wrong> {
        let path = format!("/v1/profile/wallets/{}", Wallet::by_key(account(wallet).address()));
        let answer = self.people[person].delete(&self.house, &path).await;
        if self.model.wallets[wallet] != Some(person) {
            return expect("unlinking what is not hers", told(&answer), (404, "not_found"));
        }
        let wallets = self.model.wallets_of(person);
        if wallets.len() == 1 {
            return expect("unlinking the last", told(&answer), (409, "last_wallet"));
        }
        if self.model.is_locked(&[wallet], None, self.house.now()) {
            return expect("unlinking under a timelock", told(&answer), (409, "timelocked"));
        }
        expect("unlinking", told(&answer), (200, ""))?;
        self.model.wallets[wallet] = None;
        self.sign_in_again(person).await;
        Ok(())
    }

    /// With a wallet that she still has: any is enough.
    async fn sign_in_again(&mut self, person: usize) {
        let Some(wallet) = (0..WALLETS).find(|wallet| self.model.wallets[*wallet] == Some(person)) else {
            return;
        };
        let profile_id = self.people[person].profile_id;
        let signed_in = Person::signed_in(&self.house, key(wallet), account(wallet)).await;
        self.people[person] = Person { profile_id, ..signed_in };
    }
}

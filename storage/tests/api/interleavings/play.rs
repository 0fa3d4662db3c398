//! The same steps, at a node.

use idos_grants::{DataId, GrantChange};

use super::{
    action::{account, key, request},
    kept::{logged, strays},
    model::{Grant, How, Model, Object},
    step::{Action, LOCK_SECS, PEOPLE, Step},
};
use crate::support::{Answer, House, Issuer, Person, grant};

pub struct Play {
    house: House,
    model: Model,
    people: Vec<Person>,
    ids: Vec<DataId>,
    issuer: Issuer,
}

type Wrong = String;

/// What each person is answered of each object.
type Observed = Vec<Vec<(u16, String)>>;

fn told(answer: &Answer) -> (u16, String) {
    let code = if answer.status < 400 { String::new() } else { answer.code_text() };
    (answer.status, code)
}

/// What may come of an action beside another one.
fn ways(action: &Action) -> &'static [How] {
    match action {
        Action::Delete { .. } => &[How::Usual, How::Busy],
        Action::Rescind { .. } => &[How::Usual, How::Later],
        _ => &[How::Usual],
    }
}

impl Play {
    pub async fn begin(url: Option<String>) -> Self {
        let house = House::build_at(url, |_| ()).await;
        let mut people = Vec::new();
        for person in 0..PEOPLE {
            people.push(Person::new(&house, person as u64 + 1).await);
        }
        let model = Model::new(house.now());
        Self { house, model, people, ids: Vec::new(), issuer: Issuer::number(1) }
    }

    /// Takes a step; an error says what went otherwise than in the model.
    pub async fn take(&mut self, step: &Step) -> Result<(), Wrong> {
        let now = self.house.now();
        match *step {
            Step::Store { person } => self.store(person).await,
            Step::Ask(action) => return self.ask(&[action]).await,
            Step::AtOnce(one, other) => return self.ask(&[one, other]).await,
            Step::GiveUp { grant } => return self.give_up(grant).await,
            Step::Grant { from, is_owners, to, object, locked, is_final } => {
                let from = if is_owners { self.owners_wallet(from, object) } else { from };
                self.grant(from, to, object, locked, is_final).await;
            }
            Step::Extend { grant, is_final } => self.extend(grant, is_final).await,
            Step::Revoke { grant, is_final } => self.revoke(grant, is_final).await,
            Step::Reorg => {
                if let Some(before) = self.model.before.take() {
                    self.house.grants.undo_last_block(now).await;
                    self.model.undo(before, now);
                }
            }
            Step::Pass { secs } => {
                self.house.pass_with_chain(secs).await;
                self.model.block(self.house.now());
            }
            Step::Silence { secs } => self.house.pass(secs),
            Step::Housekeeping => {
                self.house.housekeeping().await;
                self.model.purge(now);
            }
            Step::Reopen => self.house.reopen().await,
        }
        self.compare(vec![self.model.clone()]).await
    }

    /// Each person reads each object: one of the models says what she is answered. What is kept is that, and no more.
    async fn compare(&mut self, models: Vec<Model>) -> Result<(), Wrong> {
        let observed = self.observe().await;
        let differences: Vec<_> = models.iter().map(|model| self.difference(model, &observed)).collect();
        let Some(fitting) = differences.iter().position(Option::is_none) else {
            return Err(differences.into_iter().flatten().collect::<Vec<_>>().join(", or "));
        };
        self.model = models.into_iter().nth(fitting).unwrap();
        for (object, answers) in observed.iter().enumerate() {
            let owner = self.model.objects[object].owner;
            let by_others = |(person, answer): &(usize, &(u16, String))| *person != owner && answer.0 == 200;
            self.model.reads[owner] += answers.iter().enumerate().filter(by_others).count() as u64;
        }
        for (number, person) in self.people.iter().enumerate() {
            let (logged, reads) = (logged(&self.house, person).await, self.model.reads[number]);
            if logged != reads {
                return Err(format!("the log of person {number} has {logged} reads instead of {reads}"));
            }
        }
        let strays = strays(&self.house).await;
        if strays.is_empty() { Ok(()) } else { Err(format!("left over, or missing: {strays:?}")) }
    }

    async fn observe(&self) -> Observed {
        let mut observed = Vec::new();
        for id in &self.ids {
            let mut answers = Vec::new();
            for person in &self.people {
                answers.push(told(&person.read(&self.house, *id).await));
            }
            observed.push(answers);
        }
        observed
    }

    fn difference(&self, model: &Model, observed: &Observed) -> Option<Wrong> {
        for (object, answers) in observed.iter().enumerate() {
            for (person, (status, code)) in answers.iter().enumerate() {
                let expected = model.read(person, object, self.house.now());
                if (*status, code.as_str()) != expected {
                    let answer = (status, code);
                    return Some(format!(
                        "person {person} reads object {object}: {answer:?} instead of {expected:?}"
                    ));
                }
            }
        }
        None
    }

    /// Asks for one thing, or for two at once: what comes of it is what comes of them in one order or the other.
    async fn ask(&mut self, actions: &[Action]) -> Result<(), Wrong> {
        let counted = actions.iter().map(|action| self.counted(action)).collect::<Option<Vec<_>>>();
        let Some(actions) = counted else { return Ok(()) };
        let (mut requests, mut stored) = (Vec::new(), None);
        for action in &actions {
            let (request, id) = request(&self.house, &self.people, &self.ids, action).await;
            requests.push(request);
            stored = stored.or(id);
        }
        let answers: Vec<_> = self.house.ask_at_once(requests).await.iter().map(told).collect();
        let (models, expected): (Vec<_>, Vec<_>) = self.outcomes(&actions).into_iter().unzip();
        let is_told = |expected: &Vec<(u16, &str)>| {
            expected.iter().zip(&answers).all(|(expected, answer)| *expected == (answer.0, answer.1.as_str()))
        };
        let fitting: Vec<_> = models
            .into_iter()
            .zip(&expected)
            .filter(|(_, expected)| is_told(expected))
            .map(|(model, _)| model)
            .collect();
        if fitting.is_empty() {
            return Err(format!("{actions:?}: {answers:?} instead of one of {expected:?}"));
        }
        if fitting[0].objects.len() > self.ids.len() {
            self.ids.extend(stored);
        }
        for (action, answer) in actions.iter().zip(&answers) {
            if let (Action::Unlink { person, .. }, 200) = (action, answer.0) {
                self.sign_in_again(*person, &fitting[0]).await;
            }
        }
        self.compare(fitting).await
    }

    /// Whatever may come of these, in whichever order: a model after it, and what each is told.
    fn outcomes(&self, actions: &[Action]) -> Vec<(Model, Vec<(u16, &'static str)>)> {
        let now = self.house.now();
        let [one, other] = actions else {
            let mut model = self.model.clone();
            let told = actions.iter().map(|action| model.take(action, How::Usual, now)).collect();
            return vec![(model, told)];
        };
        let mut outcomes = Vec::new();
        for (of_one, of_other) in
            ways(one).iter().flat_map(|way| ways(other).iter().map(move |way_2| (way, way_2)))
        {
            let mut model = self.model.clone();
            let told = vec![model.take(one, *of_one, now), model.take(other, *of_other, now)];
            outcomes.push((model, told));
            let mut model = self.model.clone();
            let last = model.take(other, *of_other, now);
            let told = vec![model.take(one, *of_one, now), last];
            outcomes.push((model, told));
        }
        outcomes
    }

    /// The action, on an object that there is.
    fn counted(&self, action: &Action) -> Option<Action> {
        Some(match *action {
            Action::Share { person, object, with } => {
                Action::Share { person, object: self.object(object)?, with }
            }
            Action::Delete { person, object } => Action::Delete { person, object: self.object(object)? },
            Action::Rescind { person, object } => Action::Rescind { person, object: self.object(object)? },
            of_wallet => of_wallet,
        })
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

    async fn store(&mut self, person: usize) {
        let (id, _) = self.people[person].store(&self.house, &self.issuer).await;
        self.ids.push(id);
        self.model.objects.push(Object { owner: person, is_copy: false, gone: None });
    }

    async fn grant(&mut self, from: usize, to: usize, object: usize, locked: bool, is_final: bool) {
        let Some(object) = self.object(object) else { return };
        let present = self.model.grants.get(&(from, to, object));
        if from == to || matches!(present, Some(Grant::Standing { .. })) {
            return;
        }
        let locked_until = if locked { self.house.now() + LOCK_SECS } else { 0 };
        let grant = Grant::Standing { is_final, locked_until };
        self.change(GrantChange::Created, (from, to, object), grant, locked_until, is_final).await;
    }

    /// The grant of that number, if it stands.
    fn standing(&self, number: usize) -> Option<((usize, usize, usize), bool, u64)> {
        let number = number.checked_rem(self.model.grants.len())?;
        match self.model.grants.iter().nth(number)? {
            (key, Grant::Standing { is_final, locked_until }) => Some((*key, *is_final, *locked_until)),
            _ => None,
        }
    }

    async fn extend(&mut self, number: usize, is_final: bool) {
        let Some((key, _, locked_until)) = self.standing(number) else { return };
        let locked_until = locked_until.max(self.house.now()) + LOCK_SECS;
        // A block on top of it makes the grant itself final, whatever becomes of its extension.
        let grant = Grant::Standing { is_final: true, locked_until };
        self.change(GrantChange::Extended, key, grant, locked_until, is_final).await;
    }

    async fn revoke(&mut self, number: usize, is_final: bool) {
        let Some((key, _, locked_until)) = self.standing(number) else { return };
        if locked_until < self.house.now() {
            self.change(GrantChange::Revoked, key, Grant::Revoked { is_final }, locked_until, is_final).await;
        }
    }

    async fn give_up(&mut self, number: usize) -> Result<(), Wrong> {
        let grants = &self.model.grants;
        let number = number.checked_rem(grants.len());
        let Some((_, to, object)) = number.and_then(|number| grants.keys().nth(number)) else {
            return Ok(());
        };
        let Some(person) = self.model.wallets[*to] else { return Ok(()) };
        self.ask(&[Action::Rescind { person, object: *object }]).await
    }

    async fn change(
        &mut self,
        change: GrantChange,
        (from, to, object): (usize, usize, usize),
        changed: Grant,
        locked_until: u64,
        is_final: bool,
    ) {
        let event = grant(change, account(from), account(to), self.ids[object], locked_until);
        let now = self.house.now();
        self.house.grants.block(now, &[event], u64::from(!is_final)).await;
        self.model.change((from, to, object), changed, is_final, now);
    }

    /// With a wallet that she still has: any is enough.
    async fn sign_in_again(&mut self, person: usize, model: &Model) {
        let Some(wallet) = model.wallets_of(person).first().copied() else { return };
        let profile_id = self.people[person].profile_id;
        let signed_in = Person::signed_in(&self.house, key(wallet), account(wallet)).await;
        // What is sealed for her stays sealed for her.
        let before = std::mem::replace(&mut self.people[person], signed_in);
        self.people[person].profile_id = profile_id;
        self.people[person].encryption = before.encryption;
    }
}

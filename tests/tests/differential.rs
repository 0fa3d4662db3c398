//! One behaviour: the reference model and the contracts of three chains, over random scripts.
//!
//! `IDOS_SEED` repeats a run, `IDOS_STEPS` makes it longer, and `IDOS_SCRIPT` plays the script in a file instead, as a failed run prints it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

use std::time::Instant;

use anyhow::Result;
use idos_grants::{Address, Event};
use idos_tests::differential::{
    Answer, Call, Chain, Failure, Model, Outcome, Question, Report, Run, Step, evm::EvmChain,
    near::NearChain, replay, script, stellar::StellarChain,
};

/// Steps of a run, on each chain.
const STEPS: usize = 10_000;

/// Starts a chain of one kind.
type Start = fn() -> Result<Box<dyn Chain>>;

/// What a mistaken chain makes of the model's outcome.
type Mistake = fn(&Step, Outcome) -> Outcome;

fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name)
        .ok()
        .map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value}")))
}

/// Plays a run, or a script, on a new chain.
fn play(start: Start, run: Run, script: Option<&[Step]>) -> Result<Report, Failure> {
    let begun = Instant::now();
    let mut chain = start().unwrap();
    let played = match script {
        Some(script) => {
            let report = Report { scripts: 1, steps: script.len(), refused: 0 };
            replay(chain.as_mut(), script).map(|played| played.map(|()| report))
        }
        None => run.on(chain.as_mut()),
    };
    let played =
        played.unwrap_or_else(|error| panic!("{}: {error:#} (IDOS_SEED={})", chain.name(), run.seed));
    if let Ok(Report { scripts, steps, refused }) = &played {
        let secs = begun.elapsed().as_secs_f64();
        println!("{}: {scripts} scripts, {steps} steps, {refused} refused, {secs:.1} s", chain.name());
    }
    played
}

#[test]
fn the_model_and_the_contracts_of_three_chains_answer_alike() {
    let run = Run {
        seed: variable("IDOS_SEED").unwrap_or_else(rand::random),
        steps: variable("IDOS_STEPS").unwrap_or(STEPS),
    };
    println!("IDOS_SEED={} IDOS_STEPS={}", run.seed, run.steps);
    let script = std::env::var("IDOS_SCRIPT")
        .ok()
        .map(|path| script::parse(&std::fs::read_to_string(path).unwrap()).unwrap());
    let chains: [Start; 3] = [
        || Ok(Box::new(EvmChain::start()?)),
        || Ok(Box::new(NearChain::start()?)),
        || Ok(Box::new(StellarChain::start()?)),
    ];
    let script = script.as_deref();
    let played = std::thread::scope(|scope| {
        let threads = chains.map(|start| scope.spawn(move || play(start, run, script)));
        threads.map(|thread| thread.join().expect("a chain that can be played on"))
    });
    for played in played {
        match played {
            Ok(report) if script.is_none() => {
                assert!(report.steps >= run.steps, "{report:?}");
                let done = report.steps - report.refused;
                assert!(
                    report.refused * 5 > report.steps && done * 3 > report.steps,
                    "too much of one kind: {report:?}"
                );
            }
            Ok(_) => {}
            Err(failure) => panic!("{failure}\n\nIDOS_SEED={}", run.seed),
        }
    }
}

/// A chain that is the model, but for one mistake.
struct Mistaken {
    model: Option<Model>,
    mistake: Mistake,
}

impl Chain for Mistaken {
    fn name(&self) -> &'static str {
        "mistaken"
    }

    fn address(&self, person: u8) -> Address {
        Address::Evm([person + 1; 20])
    }

    fn max_batch(&self) -> usize {
        100
    }

    fn tells_arguments(&self) -> bool {
        true
    }

    fn begin(&mut self, _: u64) -> Result<()> {
        self.model = Some(Model::of(self));
        Ok(())
    }

    fn play(&mut self, step: &Step) -> Result<Outcome> {
        let outcome = self.model.as_mut().unwrap().play(step);
        Ok((self.mistake)(step, outcome))
    }

    fn ask(&mut self, questions: &[Question]) -> Result<Vec<Answer>> {
        let model = self.model.as_ref().unwrap();
        Ok(questions.iter().map(|question| model.answer(question)).collect())
    }
}

/// Each with the most steps that are left of its script: a grant and a revocation, say.
const MISTAKES: [(&str, Mistake, usize); 4] = [
    (
        "a revocation in a lock's last second is done",
        |step, outcome| {
            let last = format!("GrantLocked({})", step.at);
            if outcome == Outcome::Refused(last) { Outcome::Done(Vec::new()) } else { outcome }
        },
        2,
    ),
    (
        "another name",
        |_, outcome| match outcome {
            Outcome::Refused(name) if name == "GrantExists" => Outcome::Refused("GrantNotFound".to_owned()),
            other => other,
        },
        2,
    ),
    (
        "another order",
        |step, outcome| match (outcome, &step.call) {
            (Outcome::Done(events), Call::CreateGrants(_)) => {
                Outcome::Done(events.into_iter().rev().collect())
            }
            (other, _) => other,
        },
        1,
    ),
    (
        "another lock in an event",
        |_, outcome| match outcome {
            Outcome::Done(events) => Outcome::Done(events.into_iter().map(unlocked).collect()),
            other => other,
        },
        1,
    ),
];

fn unlocked(event: Event) -> Event {
    match event {
        Event::Grant(event) => Event::Grant(idos_grants::GrantEvent { locked_until: 0, ..event }),
        other => other,
    }
}

#[test]
fn a_mistake_is_found_and_its_script_made_small_and_readable() {
    for (name, mistake, steps) in MISTAKES {
        let mut chain = Mistaken { model: None, mistake };
        let run = Run { seed: 1, steps: 3_000 };
        let failure = run.on(&mut chain).unwrap().expect_err(name);
        assert!(failure.script.len() <= steps, "{name}: {failure}");
        let lines = script::print(&failure.script).unwrap();
        let again = replay(&mut chain, &script::parse(&lines).unwrap()).unwrap().expect_err(name);
        assert_eq!(again.mismatch, failure.mismatch, "{name}");
    }
}

#[test]
fn the_model_is_the_model() {
    let mut chain = Mistaken { model: None, mistake: |_, outcome| outcome };
    let report = Run { seed: 2, steps: 2_000 }.on(&mut chain).unwrap().unwrap();
    assert_eq!((report.scripts, report.steps), (20, 2_000));
}

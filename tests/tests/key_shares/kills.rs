//! `kill -9` of the owner's command, or of a key-share node, at any moment of whatever she does with the key that nodes share: the same command again finishes
//! it, everything opens, and no node keeps a share that nothing names.

use std::{
    collections::BTreeMap,
    process::Stdio,
    time::{Duration, Instant},
};

use idos_tests::{
    binary::Answer,
    random::seed,
    role::{Role, RoleKey},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::scene::Scene;

/// Lives of each kind.
const ROUNDS: usize = 4;
const PASSWORD: &str = "staple battery horse correct";

/// What she does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Create,
    CreateByPassword,
    ShareAnew,
    ToPassword,
    ToNodes,
    Delete,
}

/// What a profile goes through, one after the other. Each has a wallet of its own, since nodes let one ask only so often.
const LIVES: [&[Step]; 3] = [
    &[Step::Create, Step::ShareAnew, Step::Delete],
    &[Step::Create, Step::ToPassword, Step::Delete],
    &[Step::CreateByPassword, Step::ToNodes, Step::Delete],
];

impl Step {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Create => &["profile", "create"],
            Self::CreateByPassword => &["profile", "create", "--key", "password"],
            Self::ShareAnew | Self::ToNodes => &["key", "change-to-mpc"],
            Self::ToPassword => &["key", "change-to-password"],
            Self::Delete => &["profile", "delete", "--yes"],
        }
    }

    fn makes_profile(self) -> bool {
        matches!(self, Self::Create | Self::CreateByPassword)
    }

    /// Keys that the nodes hold shares of after it.
    fn keys_at_nodes(self) -> usize {
        match self {
            Self::Create | Self::ShareAnew | Self::ToNodes => 1,
            Self::CreateByPassword | Self::ToPassword | Self::Delete => 0,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Killed {
    Command,
    KeyNode(usize),
}

impl Killed {
    fn any(random: &mut StdRng) -> Self {
        if random.random_bool(0.7) { Self::Command } else { Self::KeyNode(random.random_range(1..=5)) }
    }
}

/// Runs a step and kills what is to be killed after `delay`. Whether the command came to its end.
fn interrupted(scene: &mut Scene, owner: &Role, step: Step, killed: Killed, delay: Duration) -> bool {
    let mut command = owner.command(step.arguments()).unwrap();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(delay);
    match killed {
        Killed::Command => child.kill().unwrap(),
        Killed::KeyNode(index) => scene.nodes.kill(index).unwrap(),
    }
    let status = child.wait().unwrap();
    if let Killed::KeyNode(index) = killed {
        scene.nodes.restart(index).unwrap();
    }
    status.success()
}

/// Runs a command that must succeed, as soon as the nodes let its wallet ask again.
fn done(owner: &Role, arguments: &[&str]) -> Value {
    for _ in 0..60 {
        match owner.run(arguments).unwrap() {
            Answer::Done(value) if value.to_string().contains(TOO_OFTEN) => {}
            Answer::Refused(refusal) if refusal.message.contains(TOO_OFTEN) => {}
            answer => return answer.done().unwrap(),
        }
        std::thread::sleep(Duration::from_secs(2));
    }
    panic!("the nodes never let it ask again");
}

/// What nodes answer to a wallet that does.
const TOO_OFTEN: &str = "asks too often";

fn has_profile(owner: &Role) -> bool {
    !owner.done(&["profile", "show"]).unwrap().is_null()
}

/// The same command again, unless what it does is done.
fn run_again(owner: &Role, step: Step) {
    if step == Step::Delete && !has_profile(owner) {
        // There is nothing to be done again where everything is deleted.
        let again = owner.run(step.arguments()).unwrap();
        println!("    and once more: {}", if again.done().is_ok() { "finished" } else { "nothing was left" });
    } else if !(step.makes_profile() && has_profile(owner)) {
        done(owner, step.arguments());
    }
}

/// Somebody whom nobody knows yet.
fn anybody(scene: &Scene, name: &str, random: &mut StdRng) -> Role {
    let key: [u8; 32] = random.random();
    let chain = scene.stage.first().unwrap().chain;
    let key = RoleKey { chain, account_id: None, private_key: format!("0x{}", hex::encode(key)) };
    let role = scene.stage.role_with(&key, name).unwrap().with_key_nodes(&scene.nodes.set_file);
    role.with_password(PASSWORD).with_new_password(PASSWORD)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_at_any_moment_the_same_command_finishes_it_and_no_share_is_left_that_nothing_names()
 {
    let mut scene = Scene::enter().await;
    let mut random = StdRng::seed_from_u64(seed());
    let mut whole = BTreeMap::new();
    for (number, steps) in LIVES.into_iter().enumerate() {
        let owner = anybody(&scene, &format!("uninterrupted-{number}"), &mut random);
        for step in steps {
            let begin = Instant::now();
            owner.done(step.arguments()).unwrap();
            whole.insert(*step, begin.elapsed());
        }
    }
    scene.assert_holdings(0).await;

    let (mut cut, mut of) = (0, 0);
    for (round, steps) in (0..ROUNDS).flat_map(|round| LIVES.map(|steps| (round, steps))) {
        of += steps.len();
        scene.start_nodes_anew();
        let owner = anybody(&scene, &format!("owner-{of}"), &mut random);
        let mut stored = Vec::new();
        for step in steps {
            let killed = Killed::any(&mut random);
            let delay = whole[step].mul_f64(random.random_range(0.0..1.1));
            println!("round {round}: {step:?}, {killed:?} after {delay:?}");
            cut += usize::from(!interrupted(&mut scene, &owner, *step, killed, delay));
            run_again(&owner, *step);
            let cleaned = done(&owner, &["key", "clean", "--yes"]);
            assert_eq!((&cleaned["kept"], &cleaned["left"]), (&json!([]), &json!([])), "{cleaned}");
            scene.assert_holdings(step.keys_at_nodes()).await;
            match step {
                _ if step.makes_profile() => stored = (0..2).map(|_| scene.store(&owner)).collect(),
                Step::Delete => assert!(!has_profile(&owner)),
                _ => stored.iter().for_each(|id| scene.assert_opens(&owner, id)),
            }
        }
    }
    println!("{cut} of {of} commands were cut");
    assert!(cut > 0, "nothing was interrupted");
}

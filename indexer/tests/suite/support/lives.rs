//! A process that is killed at any of its questions, and started again.

use std::{
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use idos_indexer::{ChainConfig, Indexer};
use idos_mirror::Mirror;
use url::Url;

use super::{TestMirror, now};

const SERVER_URL: &str = "IDOS_TEST_SERVER_URL";
const MIRROR_URL: &str = "IDOS_TEST_MIRROR_URL";

/// What is called at every question that a server is asked, before it answers.
pub type AtQuestion = Box<dyn Fn() + Send + Sync>;

/// When a process is killed.
#[derive(Clone, Copy)]
pub struct Kill {
    /// At which of its questions, counted from 1.
    pub question: usize,
    /// So long after it was asked; `None`: before the answer.
    pub moment: Option<Duration>,
}

/// What the process does: follows to the tip of the chain behind the URL it was started with.
pub async fn a_life(config: impl Fn(&Url) -> ChainConfig) {
    let url = std::env::var(SERVER_URL).unwrap().parse().unwrap();
    let mirror = Mirror::open(&std::env::var(MIRROR_URL).unwrap()).await.unwrap();
    Indexer::new(config(&url), mirror.writer(), now).unwrap().run_until_level().await.unwrap();
}

/// One life of the process, which is the ignored test of that name. `listen` makes the server call what it is given. Returns whether it was killed.
pub async fn live(
    test: &str,
    url: &Url,
    mirror: &TestMirror,
    kill: Kill,
    listen: impl FnOnce(AtQuestion),
) -> bool {
    let life: Arc<Mutex<Option<Child>>> = Arc::default();
    let (questions, condemned) = (Mutex::new(0), life.clone());
    listen(Box::new(move || {
        let mut questions = questions.lock().unwrap();
        *questions += 1;
        if *questions == kill.question {
            end(&condemned, kill.moment);
        }
    }));
    {
        // Nothing is answered until the process can be killed.
        let mut life = life.lock().unwrap();
        *life = Some(start(test, url, mirror));
    }
    let ended = loop {
        if let Some(ended) = life.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
            break ended;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    assert!(ended.success() || ended.code().is_none(), "it ended by itself, and not well: {ended}");
    !ended.success()
}

fn start(test: &str, url: &Url, mirror: &TestMirror) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored"])
        .env(SERVER_URL, url.as_str())
        .env(MIRROR_URL, mirror.url())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn end(condemned: &Arc<Mutex<Option<Child>>>, moment: Option<Duration>) {
    let condemned = condemned.clone();
    let kill = move || drop(condemned.lock().unwrap().as_mut().map(Child::kill));
    match moment {
        None => kill(),
        Some(moment) => drop(std::thread::spawn(move || {
            std::thread::sleep(moment);
            kill();
        })),
    }
}

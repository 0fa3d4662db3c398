//! A node in a process of its own, that can be killed.

use std::{
    fs::File,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use url::Url;

use crate::binary;

const READY_TIMEOUT: Duration = Duration::from_secs(60);

/// A running node; it is killed with the value.
#[derive(Debug)]
pub struct NodeProcess {
    child: Child,
    /// Where it listens.
    pub url: Url,
    log: PathBuf,
}

impl NodeProcess {
    /// Starts `idos node` with a configuration, on `port`, logging into a file. Returns at once.
    pub fn spawn(config: &Path, port: u16, log: &Path) -> Result<Self> {
        Self::spawn_as(&["node"], config, port, log)
    }

    /// The same for another kind of node: `idos mpc node`.
    pub fn spawn_as(kind: &[&str], config: &Path, port: u16, log: &Path) -> Result<Self> {
        Self::spawn_logging(kind, config, port, log, None)
    }

    /// The same, that logs what `RUST_LOG` would choose by `filter`.
    pub fn spawn_logging(
        kind: &[&str],
        config: &Path,
        port: u16,
        log: &Path,
        filter: Option<&str>,
    ) -> Result<Self> {
        let file = File::options().create(true).append(true).open(log)?;
        let config = config.to_str().context("the configuration's path is not UTF-8")?;
        let mut command = binary::command(&[kind, &["--config", config]].concat())?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        command.envs(filter.map(|filter| ("RUST_LOG", filter)));
        let child = command.spawn().context("cannot start the node")?;
        Ok(Self { child, url: Url::parse(&format!("http://localhost:{port}"))?, log: log.to_owned() })
    }

    /// Waits until it is ready: its mirrors are level with their chains. Returns how long that took.
    pub fn wait_ready(&mut self) -> Result<Duration> {
        let start = Instant::now();
        while start.elapsed() < READY_TIMEOUT {
            if let Some(status) = self.child.try_wait()? {
                bail!("the node ended with {status}:\n{}", self.log_tail());
            }
            if self.is_ready() {
                return Ok(start.elapsed());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("the node is not ready after {READY_TIMEOUT:?}:\n{}", self.log_tail())
    }

    fn is_ready(&self) -> bool {
        use std::io::{Read, Write};
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.url.port().unwrap_or_default()))?;
            stream.set_read_timeout(Some(Duration::from_secs(2)))?;
            write!(stream, "GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    /// Ends it as a power cut would: no chance to tidy up.
    pub fn end(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The end of its log.
    pub fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.end();
    }
}

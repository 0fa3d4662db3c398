//! A PostgreSQL server of the test's own.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use tempfile::TempDir;

/// How long a server may take to answer.
const START_SECS: u64 = 60;

/// Runs the server until its input ends: that happens when the test drops it, panics or is killed.
const WATCH: &str = r#""$@" >>"$LOG" 2>&1 & server=$!; cat >/dev/null; kill -QUIT "$server"; wait "$server""#;

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Postgres {
    watcher: Child,
    directory: TempDir,
}

impl Postgres {
    /// Starts a server, or says why not and gives `None`, if its programs are not installed.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(std::env::var_os("IDOS_REQUIRE_POSTGRES").is_none(), "PostgreSQL is not installed");
            eprintln!("PostgreSQL is not installed: tested on SQLite only");
            return None;
        };
        let directory = super::temporary_directory();
        let user = User::of(directory.path());
        user.own(directory.path());
        let data = directory.path().join("data");
        let mut initdb = user.command(&programs.join("initdb"), directory.path());
        initdb.arg("-D").arg(&data).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        let made = initdb.output().expect("initdb starts");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let watcher = user
            .command(Path::new("/bin/sh"), directory.path())
            .args(["-c", WATCH, "sh"])
            .arg(programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(directory.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=32MB"])
            .env("LOG", directory.path().join("log"))
            .stdin(Stdio::piped())
            .spawn()
            .expect("postgres starts");
        Some(Self { watcher, directory })
    }

    /// Makes an empty database and returns its URL.
    pub async fn create_database(&self, name: &str) -> String {
        sqlx::any::install_default_drivers();
        let mut connection = self.connect().await;
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut connection)
            .await
            .expect("a database is created");
        connection.close().await.expect("a connection is closed");
        self.url(name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.directory.path().display())
    }

    async fn connect(&self) -> AnyConnection {
        let deadline = Instant::now() + Duration::from_secs(START_SECS);
        loop {
            match AnyConnection::connect(&self.url("postgres")).await {
                Ok(connection) => return connection,
                Err(error) => assert!(Instant::now() < deadline, "postgres: {error}\n{}", self.log()),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// Where `initdb` and `postgres` are: in `PATH`, or in the newest version that Debian has installed.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    std::env::split_paths(&path)
        .chain(versions.into_iter().rev())
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// As whom to run the server: PostgreSQL refuses to be run by root.
struct User(Option<(u32, u32)>);

impl User {
    /// Another user than the owner of `path`, which is us, if that is root.
    fn of(path: &Path) -> Self {
        let owner = fs::metadata(path).expect("a temporary directory").uid();
        Self((owner == 0).then(unprivileged))
    }

    fn own(&self, path: &Path) {
        if let Some((user, group)) = self.0 {
            chown(path, Some(user), Some(group)).expect("root gives a directory away");
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("root changes permissions");
        }
    }

    fn command(&self, program: &Path, directory: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(directory);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}

fn unprivileged() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").expect("a list of users");
    let ids = |name: &str| {
        let mut fields =
            users.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":x:"))?.split(':');
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    match ids("postgres").or_else(|| ids("nobody")) {
        Some(found) => found,
        None => panic!("PostgreSQL cannot be run by root, and there is no user postgres or nobody"),
    }
}

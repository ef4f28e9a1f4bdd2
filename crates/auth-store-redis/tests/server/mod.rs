//! A real server of its own for each test: on a free port, in memory, and gone at the end.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread::sleep;
use std::time::Duration;

use auth_core::env::environment;
use redis::{Client, Connection, FromRedisValue};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Returns the server's program: `redis-server`, or that of the variable `REDIS_SERVER`, such as `valkey-server`.
pub(crate) fn program() -> String {
    environment("REDIS_SERVER").unwrap_or_else(|| "redis-server".to_owned())
}

/// The host that a program runs on, as seen from this process.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) address: String,
    /// The program that starts another one there, with its arguments. Empty for this host.
    pub(crate) through: Vec<String>,
}

impl Default for Place {
    fn default() -> Self {
        Self { address: "127.0.0.1".to_owned(), through: Vec::new() }
    }
}

impl Place {
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let Some((first, others)) = self.through.split_first() else { return Command::new(program) };
        let mut command = Command::new(first);
        command.args(others).arg(program);
        command
    }
}

/// Returns true if the program is installed. Panics if it is missing and `REDIS_REQUIRED` is set.
pub(crate) fn is_there(program: &str) -> bool {
    let runs = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if runs.is_ok_and(|status| status.success()) {
        return true;
    }
    let required = environment("REDIS_REQUIRED").is_some();
    assert!(!required, "REDIS_REQUIRED is set, but {program} is not installed: apt-get install redis-server faketime");
    // Written past the test harness, which captures the output of a test.
    let _ = writeln!(std::io::stderr(), "skipped: {program} is not here; apt-get install redis-server faketime");
    false
}

/// A process, killed on drop, and its folder.
pub(crate) struct Server {
    place: Place,
    child: Child,
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
    arguments: Vec<String>,
}

impl Server {
    /// Starts a server, or returns `None` if it is not installed.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        is_there(&program()).then(|| Self::start_at(&Place::default(), arguments))
    }

    pub(crate) fn start_at(place: &Place, arguments: &[&str]) -> Self {
        let folder =
            std::env::temp_dir().join(format!("auth-store-redis-{}-{}", std::process::id(), NEXT.fetch_add(1, SeqCst)));
        fs::create_dir_all(&folder).unwrap();
        let port = free_port();
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let child = run(place, port, &folder, &arguments);
        let server = Self { place: place.clone(), child, port, folder, arguments };
        server.wait();
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.place.address, self.port)
    }

    pub(crate) fn connection(&self) -> Connection {
        let client = Client::open(self.url()).unwrap();
        for _ in 0..500 {
            if let Ok(connection) = client.get_connection() {
                return connection;
            }
            sleep(Duration::from_millis(10));
        }
        panic!("{} does not answer", self.address());
    }

    pub(crate) fn ask<T: FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut asked = redis::cmd(words.next().unwrap());
        words.for_each(|word| _ = asked.arg(word));
        match asked.query(&mut self.connection()) {
            // A server whose role changes closes its connections.
            Err(error) if error.is_io_error() => asked.query(&mut self.connection()).unwrap(),
            answer => answer.unwrap(),
        }
    }

    /// Returns a number of `INFO`.
    pub(crate) fn info(&self, name: &str) -> u64 {
        let text: String = self.ask("INFO everything");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        line.trim().parse().unwrap()
    }

    /// Kills the server by SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = run(&self.place, self.port, &self.folder, &self.arguments);
        self.wait();
    }

    /// Sends a signal, such as `STOP` or `CONT`.
    pub(crate) fn signal(&self, signal: &str) {
        let done = Command::new("kill").arg(format!("-{signal}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(done.success());
    }

    fn wait(&self) {
        if !self.arguments.iter().any(|argument| argument == "--tls-port") {
            self.connection();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may be dead or stopped already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn run(place: &Place, port: u16, folder: &Path, arguments: &[String]) -> Child {
    // A sentinel takes its options only from a file.
    let mut command = place.command(program());
    if arguments.iter().any(|argument| argument == "--sentinel") {
        command.arg(folder.join("sentinel.conf"));
        fs::write(folder.join("sentinel.conf"), "").unwrap();
    } else {
        command.args(["--save", "", "--appendonly", "no"]);
    }
    if !arguments.iter().any(|argument| argument == "--tls-port") {
        command.args(["--port", &port.to_string()]);
    }
    command.args(["--bind", &place.address, "--protected-mode", "no"]).arg("--dir").arg(folder).args(arguments);
    command.stdin(Stdio::null()).stdout(fs::File::create(folder.join("log")).unwrap()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Returns a free port that the system gives to no connection, so that a server can be started again there.
pub(crate) fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(10_000..30_000)).find(is_free).unwrap()
}

//! Child processes of this one.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Stdio};

use auth_sandbox::{Provider, Sandbox};
use tokio::runtime::Runtime;

use crate::server::{Place, Server};

/// The provider and the empty Redis that the processes share.
pub(crate) struct Herd {
    sandbox: Sandbox,
    pub(crate) redis: Server,
}

/// One of the processes.
pub(crate) struct Member {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Herd {
    pub(crate) fn new(runtime: &Runtime) -> Self {
        Self { sandbox: runtime.block_on(Sandbox::start()).unwrap(), redis: Server::start(&[]).unwrap() }
    }

    pub(crate) fn provider(&self) -> &Provider {
        self.sandbox.pontotel()
    }

    pub(crate) fn start(&self, what: &str) -> Member {
        self.start_with(what, self.provider().password(), &[])
    }

    pub(crate) fn start_with(&self, what: &str, password: &str, variables: &[(&str, &str)]) -> Member {
        self.start_at(what, &self.redis.url(), password, variables)
    }

    /// Starts a process whose store is at this address, or in this folder.
    pub(crate) fn start_at(&self, what: &str, store: &str, password: &str, variables: &[(&str, &str)]) -> Member {
        let provider = self.provider();
        let arguments = [what, store, provider.base_url(), provider.username(), password];
        Member::start(&Place::default(), &arguments, variables)
    }
}

impl Member {
    /// Starts this program again, with the arguments of [`child::run`](crate::child::run).
    pub(crate) fn start(place: &Place, arguments: &[&str; 5], variables: &[(&str, &str)]) -> Self {
        let mut child = place
            .command(std::env::current_exe().unwrap())
            .arg("child")
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Writes a line to the process's input.
    pub(crate) fn begin(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Closes the process's input, so that it goes on.
    pub(crate) fn go_on(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Waits for the process to end and returns its output.
    pub(crate) fn lines(mut self) -> Vec<String> {
        self.go_on();
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        assert!(self.child.wait().unwrap().success(), "{text}");
        text.lines().map(str::to_owned).collect()
    }

    /// Kills the process by SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The summary that a serving process prints at its end.
#[derive(Debug, Default)]
pub(crate) struct Served {
    pub(crate) requests: u64,
    pub(crate) failed: u64,
    pub(crate) invalidated: u64,
    pub(crate) adopted: u64,
    pub(crate) store_failures: u64,
    /// The logins without any store.
    pub(crate) bypassed: u64,
    pub(crate) wall: u64,
    pub(crate) failures: Vec<String>,
}

impl Served {
    pub(crate) fn of(member: Member) -> Self {
        let mut served = Self::default();
        for line in member.lines() {
            let (name, value) = line.split_once(' ').unwrap();
            match name {
                "requests" => served.requests = value.parse().unwrap(),
                "failed" => served.failed = value.parse().unwrap(),
                "invalidated" => served.invalidated = value.parse().unwrap(),
                "adopted" => served.adopted = value.parse().unwrap(),
                "store_failures" => served.store_failures = value.parse().unwrap(),
                "bypassed" => served.bypassed = value.parse().unwrap(),
                "wall" => served.wall = value.parse().unwrap(),
                _ => served.failures.push(value.to_owned()),
            }
        }
        served
    }
}

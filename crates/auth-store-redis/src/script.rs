//! The six operations as Lua scripts, which the server runs atomically.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use redis::Cmd;

/// Loads a script, preceded by the code that reads and writes the state.
macro_rules! script {
    ($file:literal) => {
        LazyLock::new(|| Script::of(concat!(include_str!("lua/state.lua"), include_str!($file))))
    };
}

pub(crate) static ACQUIRE: LazyLock<Script> = script!("lua/acquire.lua");
pub(crate) static EXTEND: LazyLock<Script> = script!("lua/extend.lua");
pub(crate) static PUBLISH: LazyLock<Script> = script!("lua/publish.lua");
pub(crate) static RELEASE: LazyLock<Script> = script!("lua/release.lua");
pub(crate) static REMOVE: LazyLock<Script> = script!("lua/remove.lua");
pub(crate) static TAKE_PERMITS: LazyLock<Script> = LazyLock::new(|| Script::of(include_str!("lua/take_permits.lua")));

pub(crate) struct Script {
    text: &'static str,
    /// The hash by which the server knows it.
    hash: String,
}

impl Script {
    fn of(text: &'static str) -> Self {
        Self { text, hash: redis::Script::new(text).get_hash().to_owned() }
    }
}

/// A script with its key and arguments.
pub(crate) struct Call<'c> {
    script: &'static Script,
    pub(crate) key: &'c str,
    arguments: Vec<Argument<'c>>,
    /// Identifies the call together with the owner of its lease. A call may be sent several times, because its
    /// connection broke: by this crate, or by the connection to a cluster. The server may have run it each time.
    number: u64,
}

pub(crate) enum Argument<'c> {
    Bytes(&'c [u8]),
    Number(u64),
}

impl<'c> Call<'c> {
    pub(crate) fn new(script: &'static Script, key: &'c str, arguments: Vec<Argument<'c>>) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self { script, key, arguments, number: LAST.fetch_add(1, Relaxed) + 1 }
    }

    /// Builds the command with the script's hash. A server that has not run the script before does not know it.
    pub(crate) fn short(&self) -> Cmd {
        self.command("EVALSHA", &self.script.hash)
    }

    /// Builds the command with the whole script. The server knows its hash afterwards.
    pub(crate) fn whole(&self) -> Cmd {
        self.command("EVAL", self.script.text)
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(1).arg(self.key).arg(self.number);
        for argument in &self.arguments {
            match argument {
                Argument::Bytes(bytes) => command.arg(bytes),
                Argument::Number(number) => command.arg(number),
            };
        }
        command
    }
}

//! The six operations as Lua scripts, which the server runs atomically.

use std::sync::LazyLock;

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
    pub(crate) script: &'static Script,
    pub(crate) key: &'c str,
    pub(crate) arguments: Vec<Argument<'c>>,
}

pub(crate) enum Argument<'c> {
    Bytes(&'c [u8]),
    Number(u64),
}

impl Call<'_> {
    /// Builds the command with the script's hash. A server that has not run the script before does not know it.
    pub(crate) fn short(&self, again: bool) -> Cmd {
        self.command("EVALSHA", &self.script.hash, again)
    }

    /// Builds the command with the whole script. The server knows its hash afterwards.
    pub(crate) fn whole(&self, again: bool) -> Cmd {
        self.command("EVAL", self.script.text, again)
    }

    /// Builds a command. `again` is true if the server may already have run it and its answer was lost.
    fn command(&self, name: &str, script: &str, again: bool) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(1).arg(self.key).arg(u8::from(again));
        for argument in &self.arguments {
            match argument {
                Argument::Bytes(bytes) => command.arg(bytes),
                Argument::Number(number) => command.arg(number),
            };
        }
        command
    }
}

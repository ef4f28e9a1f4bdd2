//! The five operations as scripts, each of which the server runs as one step.

use std::sync::LazyLock;

use redis::Cmd;

/// A script with what is put before each: how the state is read and written.
macro_rules! script {
    ($file:literal) => {
        LazyLock::new(|| Script::of(concat!(include_str!("lua/state.lua"), include_str!($file))))
    };
}

pub(crate) static CLAIM: LazyLock<Script> = script!("lua/claim.lua");
pub(crate) static EXTEND: LazyLock<Script> = script!("lua/extend.lua");
pub(crate) static PUBLISH: LazyLock<Script> = script!("lua/publish.lua");
pub(crate) static RELEASE: LazyLock<Script> = script!("lua/release.lua");
pub(crate) static REMOVE: LazyLock<Script> = script!("lua/remove.lua");

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

/// A script for one key, with what it is told.
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
    /// By the script's hash, which a server that has not been asked before does not know.
    pub(crate) fn short(&self, again: bool) -> Cmd {
        self.command("EVALSHA", &self.script.hash, again)
    }

    /// By the whole script, which the server then knows.
    pub(crate) fn whole(&self, again: bool) -> Cmd {
        self.command("EVAL", self.script.text, again)
    }

    /// `again` says that the server may have done this already: that its answer was lost.
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

#![doc = include_str!("../README.md")]

mod exit;
mod profile;
mod provider;
mod serve;
mod store;
mod token;

use std::future::Future;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::exit::Result;
use crate::profile::Profiles;

/// One login to Pontotel, EconPay, Sopague, Api4Com and xigsapi, for scripts and programs in any language.
#[derive(Debug, Parser)]
#[command(name = "authctl", version, after_help = exit::TABLE, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Token(token::Options),
    Serve(serve::Options),
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(command: &Command) -> Result<()> {
    let profiles = Profiles::load()?;
    match command {
        Command::Token(options) => block_on(token::run(options, &profiles)),
        Command::Serve(options) => serve::run(options, &profiles),
    }
}

/// Runs a command that ends soon, on one thread.
fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command)
}

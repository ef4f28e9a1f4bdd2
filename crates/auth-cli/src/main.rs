#![doc = include_str!("../README.md")]

mod client;
mod doctor;
mod exit;
mod init;
mod login;
mod pages;
mod profile;
mod profiles;
mod provider;
mod request;
mod secret;
mod serve;
mod sign;
mod status;
mod store;
mod table;
mod token;
mod waiting;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use auth_core::env::environment;
use clap::{Parser, Subcommand};
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::exit::Result;
use crate::profile::Profiles;

/// The allocator returns the memory of a burst of requests to the system, which glibc's does not. Its thread does so
/// while no request comes; with musl, which has none, the next requests do.
#[cfg(all(target_os = "linux", feature = "jemalloc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// One login to Pontotel, EconPay, Sopague, Api4Com and xigsapi, for scripts and programs in any language
///
/// A PROFILE is an account in the profiles' file, which `authctl init` writes, or the name of a provider whose own
/// variables are set, such as `PONTOTEL_USERNAME` and `PONTOTEL_PASSWORD`.
#[derive(Debug, Parser)]
#[command(name = "authctl", version, after_help = exit::TABLE, max_term_width = 100)]
struct Arguments {
    /// Print events on stderr
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Token(token::Options),
    Request(request::Options),
    Serve(serve::Options),
    Sign(sign::SignOptions),
    Verify(sign::VerifyOptions),
    Status(status::Options),
    Doctor(doctor::Options),
    Login(login::LoginOptions),
    Logout(login::LogoutOptions),
    Invalidate(login::InvalidateOptions),
    Init(init::Options),
    Profiles(profiles::Options),
    Sandbox(SandboxOptions),
    Completions(pages::CompletionsOptions),
    Man(pages::ManOptions),
}

/// Start a server for tests that behaves like the five providers
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
struct SandboxOptions {
    /// The options of the sandbox, which --help lists
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

fn main() -> ExitCode {
    let Arguments { verbose, command } = Arguments::parse();
    let done = match command {
        Command::Sandbox(sandbox) => match block_on(auth_sandbox::run("authctl sandbox", sandbox.options)) {
            Ok(code) => return code,
            Err(error) => Err(error.into()),
        },
        Command::Completions(options) => pages::completions(&options),
        Command::Man(options) => pages::man(&options),
        command => run(&command, verbose),
    };
    done.map_or_else(|failure| failure.report(), |()| ExitCode::SUCCESS)
}

/// Runs a command that needs the profiles.
fn run(command: &Command, verbose: bool) -> Result<()> {
    if !matches!(command, Command::Serve(_)) {
        print_events(verbose);
    }
    let profiles = &Profiles::load()?;
    match command {
        Command::Token(options) => block_on(token::run(options, profiles))?,
        Command::Request(options) => block_on(request::run(options, profiles))?,
        Command::Serve(options) => serve::run(options, profiles),
        Command::Sign(options) => block_on(sign::sign(options, profiles))?,
        Command::Verify(options) => block_on(sign::check(options, profiles))?,
        Command::Status(options) => block_on(status::run(options, profiles))?,
        Command::Doctor(options) => block_on(doctor::run(options, profiles))?,
        Command::Login(options) => block_on(login::login(options, profiles))?,
        Command::Logout(options) => block_on(login::logout(options, profiles))?,
        Command::Invalidate(options) => block_on(login::invalidate(options, profiles))?,
        Command::Init(options) => init::run(options, profiles),
        Command::Profiles(options) => profiles::run(options, profiles),
        Command::Sandbox(_) | Command::Completions(_) | Command::Man(_) => Ok(()),
    }
}

/// Prints the clients' events on stderr. Without `--verbose` these are warnings, such as failures of the store, except
/// those of logins, because the command itself prints their error, and departures from the provider's document, which
/// each new process would repeat: `doctor` names them.
fn print_events(verbose: bool) {
    let levels = if verbose {
        Targets::new().with_target("auth_core", Level::DEBUG).with_target("auth_store_redis", Level::DEBUG)
    } else {
        let off = [("auth_core::cache", LevelFilter::OFF), ("auth_core::contract", LevelFilter::OFF)];
        Targets::new().with_default(Level::WARN).with_targets(off)
    };
    let ansi = io::stderr().is_terminal() && environment("NO_COLOR").is_none_or(|set| set.is_empty());
    let lines = fmt::layer().with_writer(io::stderr).without_time().with_target(false).with_ansi(ansi);
    tracing_subscriber::registry().with(levels).with(lines).init();
}

/// Runs a command on one thread, which starts faster than several.
fn block_on<T>(command: impl Future<Output = T>) -> io::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command))
}

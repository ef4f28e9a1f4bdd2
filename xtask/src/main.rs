//! The tasks of this workspace. `cargo xtask --help` lists them.

#![expect(clippy::print_stdout, reason = "a command prints what it did")]

mod ci;
mod codegen;
mod command;
mod measured;
mod new_provider;
mod release;
mod tidy;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
Tasks of this workspace.

Usage: cargo xtask COMMAND

Commands:
  ci [STEP…]
          Runs what CI runs, all of it or single steps: cargo xtask ci --help
  codegen [--check]
          Writes the code, the tests, the tables of the READMEs and the sandbox's checks that each crate's openapi.json
          generates; docs/contracts.md defines its format. With --check it writes nothing, and fails if a file
          differs.
  measured REPORT.json
          Marks the facts that a report of `authctl doctor PROFILE --json` measured as documented, with its date, in
          the provider's openapi.json. Then run codegen.
  new-provider NAME-auth PATH/openapi.json
          Makes a crate for one more provider from its document: code, tests, README, CHANGELOG, and its entries in
          Cargo.toml and the tables. docs/contracts.md defines the document's format; new-provider --help shows one,
          and new-provider --example KIND writes one to begin with.
  release COMMAND
          Releases each crate on its own: plan, prepare, check, tag. cargo xtask release --help
  tidy    Checks the rules that no compiler checks: allowed dependencies, required parts of a published crate, the
          length of files. Prints each breach with its remedy, and fails if there is one.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["ci", ref rest @ ..] => ci::run(rest),
        ["codegen"] => codegen::run(false, None),
        ["codegen", "--check"] => codegen::run(true, None),
        ["new-provider", "--help" | "-h"] => Ok(new_provider::help()),
        ["new-provider", "--example", kind] => new_provider::example(kind),
        ["measured", report] => measured::run(report),
        ["measured", ..] => Err("give a report: cargo xtask measured REPORT.json".into()),
        ["new-provider", package, document] => new_provider::run(package, document),
        ["new-provider", ..] => {
            Err("give a name and a document: cargo xtask new-provider acme-auth openapi.json".into())
        }
        ["release", ref rest @ ..] => release::run(rest),
        ["tidy"] => tidy::run(),
        ["--help" | "-h" | "help"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        [] => Err("give a command; cargo xtask --help lists them".into()),
        [other, ..] => Err(format!("there is no command {other:?}; cargo xtask --help lists them").into()),
    };
    match result {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

//! Tasks of this workspace. `cargo xtask --help` lists them.

#![expect(clippy::print_stdout, reason = "a command prints what it did")]

mod codegen;
mod tidy;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
Tasks of this workspace.

Usage: cargo xtask COMMAND

Commands:
  codegen [--check]
          Writes what follows from each crate's openapi.json: its code, its tests, the tables of the READMEs, the
          sandbox's checks. docs/contracts.md says what and how. With --check it writes nothing, and fails if a file
          differs.
  tidy    Checks the rules that no compiler knows: which crate may depend on which, what each crate that is published
          must have, how long a file may be. Prints each breach with what to do, and fails if there is one.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["codegen"] => codegen::run(false),
        ["codegen", "--check"] => codegen::run(true),
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

//! Tasks of this workspace. `cargo xtask --help` lists them.

#![expect(clippy::print_stdout, reason = "a command prints what it did")]

mod tidy;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
Tasks of this workspace.

Usage: cargo xtask COMMAND

Commands:
  tidy    Checks the rules that no compiler knows: which crate may depend on which, what each crate that is published
          must have, how long a file may be. Prints each breach with what to do, and fails if there is one.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
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

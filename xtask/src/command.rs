//! Other programs, run for their output or in this terminal. Only an upload receives the registry tokens of the
//! environment, because every build runs code of others.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs the program and returns its output. The error is the program's own error output.
pub(crate) fn output(program: &str, arguments: &[&str], folder: &Path) -> Result<String, Box<dyn Error>> {
    let output = without_tokens(program).args(arguments).current_dir(folder).output();
    let output = output.map_err(|error| format!("{program} does not start: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{program} {}` failed: {}", arguments.join(" "), said.trim()).into())
}

/// Prints the command and runs it in this terminal.
pub(crate) fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<(), Box<dyn Error>> {
    follow(without_tokens(program), program, arguments, folder)
}

/// Prints the command and runs it with the tokens. Use it only for commands that build nothing.
pub(crate) fn run_with_tokens(program: &str, arguments: &[&str], folder: &Path) -> Result<(), Box<dyn Error>> {
    follow(Command::new(program), program, arguments, folder)
}

/// Returns a command whose environment has no tokens.
pub(crate) fn without_tokens(program: &str) -> Command {
    let mut command = Command::new(program);
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in names.filter(|name| is_token(name)) {
        command.env_remove(name);
    }
    command
}

/// Returns true for `CARGO_REGISTRY_TOKEN` and `CARGO_REGISTRIES_NAME_TOKEN`.
fn is_token(variable: &str) -> bool {
    variable.starts_with("CARGO_REGISTR") && variable.ends_with("_TOKEN")
}

fn follow(mut command: Command, program: &str, arguments: &[&str], folder: &Path) -> Result<(), Box<dyn Error>> {
    let shown = format!("{program} {}", arguments.join(" "));
    println!("$ {shown}");
    let status = command.args(arguments).current_dir(folder).status();
    let status = status.map_err(|error| format!("{program} does not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed").into()) }
}

/// Returns true if the program runs and succeeds.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    let status = without_tokens(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tokens_of_registries_are_known_by_their_names() {
        assert!(is_token("CARGO_REGISTRY_TOKEN") && is_token("CARGO_REGISTRIES_LOOPBACK_TOKEN"));
        assert!(!is_token("CARGO_REGISTRIES_LOOPBACK_INDEX") && !is_token("PONTOTEL_TOKEN"));
    }
}

//! Other programs, run for their output or in this terminal. None of them gets a registry's token.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs the program and returns its output. The error is the program's own error output.
pub(crate) fn output(program: &str, arguments: &[&str], folder: &Path) -> Result<String, Box<dyn Error>> {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.map_err(|error| format!("{program} does not start: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{program} {}` failed: {}", arguments.join(" "), said.trim()).into())
}

/// Runs the program with a text as its input, and returns its output. The error is the program's own error output.
pub(crate) fn filtered(program: &str, arguments: &[&str], text: &str) -> Result<String, Box<dyn Error>> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{program} does not start: {error}"))?;
    child.stdin.take().ok_or("it takes no input")?.write_all(text.as_bytes())?;
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    Err(format!("`{program}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()).into())
}

/// Prints the command and runs it in this terminal.
pub(crate) fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<(), Box<dyn Error>> {
    let shown = format!("{program} {}", arguments.join(" "));
    println!("$ {shown}");
    let status = Command::new(program).args(arguments).current_dir(folder).status();
    let status = status.map_err(|error| format!("{program} does not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed").into()) }
}

/// Refuses a registry's token in the environment, because every build script can read that of its parents.
pub(crate) fn refuse_tokens() -> Result<(), String> {
    let mut names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    match names.find(|name| is_token(name)) {
        None => Ok(()),
        Some(name) => Err(format!(
            "{name} is set, and every build script could read it: unset it, and set it for `bash .ci/publish` alone"
        )),
    }
}

/// Returns true for `CARGO_REGISTRY_TOKEN` and `CARGO_REGISTRIES_NAME_TOKEN`.
fn is_token(variable: &str) -> bool {
    variable.starts_with("CARGO_REGISTR") && variable.ends_with("_TOKEN")
}

/// Returns true if the program runs and succeeds.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
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

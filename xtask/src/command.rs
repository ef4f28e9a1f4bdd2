//! Other programs: what they print, or what they do before the caller's eyes.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the program prints; its own error output where it fails.
pub(crate) fn output(program: &str, arguments: &[&str], folder: &Path) -> Result<String, Box<dyn Error>> {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.map_err(|error| format!("{program} does not start: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{program} {}` failed: {}", arguments.join(" "), said.trim()).into())
}

/// Prints the command, and runs it with this terminal as its own.
pub(crate) fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<(), Box<dyn Error>> {
    let shown = format!("{program} {}", arguments.join(" "));
    println!("$ {shown}");
    let status = Command::new(program).args(arguments).current_dir(folder).status();
    let status = status.map_err(|error| format!("{program} does not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed").into()) }
}

/// Whether the program answers at all.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

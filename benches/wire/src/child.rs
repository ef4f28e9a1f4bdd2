//! Another process of the same program.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

/// A process that serves until this is dropped, or until its parent ends.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    /// The first line of its output.
    pub line: String,
}

impl Child {
    /// Starts this program with other arguments, and waits for a line of its output.
    ///
    /// # Errors
    ///
    /// Fails if the process cannot be started, or ends without a line.
    pub fn start(arguments: &[&str]) -> io::Result<Self> {
        Self::start_with(arguments, &[])
    }

    /// The same with these variables in its environment.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start).
    pub fn start_with(arguments: &[&str], variables: &[(&str, &Path)]) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let child = Self { process, line: line.trim_end().to_owned() };
        if child.line.is_empty() { Err(io::Error::other("the other process ended at once")) } else { Ok(child) }
    }

    /// Waits for a process that ends by itself.
    ///
    /// # Errors
    ///
    /// Fails if the process failed.
    pub fn wait(mut self) -> io::Result<()> {
        let status = self.process.wait()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // The process has ended already or ends now; both are fine.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Returns when the parent of this process has ended.
///
/// # Errors
///
/// Fails if the standard input cannot be read.
pub fn until_the_parent_ends() -> io::Result<()> {
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

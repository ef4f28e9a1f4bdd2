//! Another process of the same program.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Command, Stdio};

/// A process that serves until this is dropped, or until the process that started it ends.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    /// The first line that it wrote.
    pub line: String,
}

impl Child {
    /// Starts this program with other arguments, and waits for a line of its output.
    ///
    /// # Errors
    ///
    /// Where it cannot be started, or ends without a line.
    pub fn start(arguments: &[&str]) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let child = Self { process, line: line.trim_end().to_owned() };
        if child.line.is_empty() { Err(io::Error::other("the other process ended at once")) } else { Ok(child) }
    }

    /// Waits for the end of a process that ends by itself.
    ///
    /// # Errors
    ///
    /// Where it failed.
    pub fn wait(mut self) -> io::Result<()> {
        let status = self.process.wait()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It has ended already, or ends now: either is what was wanted.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// In a process that serves: returns when the process that started it has ended.
///
/// # Errors
///
/// Where the standard input cannot be read.
pub fn until_the_parent_ends() -> io::Result<()> {
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

//! The reasons to reload and to end: signals, and changes of the profiles' file.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

/// The time between two checks of the file. Polling works on every file system, and for a file that is replaced.
const LOOK: Duration = Duration::from_secs(2);

/// An order to the sidecar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Reload,
    End,
}

/// The signals of the process, and the file of its profiles.
#[derive(Debug)]
pub(super) struct Signals {
    system: System,
    path: PathBuf,
    text: Option<Vec<u8>>,
    look: Interval,
}

impl Signals {
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self { system: System::new()?, path: path.to_owned(), text: text_of(path), look })
    }

    /// Waits for the next signal, or for a change of the file.
    pub(super) async fn next(&mut self) -> Signal {
        loop {
            tokio::select! {
                signal = self.system.next() => return signal,
                _ = self.look.tick() => {}
            }
            // A file that is absent for a moment is being replaced.
            let text = text_of(&self.path);
            if text.is_some() && text != self.text {
                self.text = text;
                return Signal::Reload;
            }
        }
    }

    /// Waits for a signal to end.
    pub(super) async fn end(&mut self) {
        while self.system.next().await != Signal::End {}
    }
}

/// Returns the text of the file. A pipe cannot be read again.
fn text_of(path: &Path) -> Option<Vec<u8>> {
    if path.is_file() { std::fs::read(path).ok() } else { None }
}

#[cfg(unix)]
#[derive(Debug)]
struct System {
    hang_up: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl System {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hang_up.recv() => Signal::Reload,
            _ = self.interrupt.recv() => Signal::End,
            _ = self.terminate.recv() => Signal::End,
        }
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
struct System;

#[cfg(not(unix))]
impl System {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::End,
            // Without signals, only the file is checked.
            Err(_) => std::future::pending().await,
        }
    }
}

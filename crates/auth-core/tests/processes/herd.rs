//! Processes that this one starts.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use auth_sandbox::Provider;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// What they share: a provider, and a folder that is gone afterwards.
pub(crate) struct Herd<'p> {
    pub(crate) provider: &'p Provider,
    pub(crate) folder: PathBuf,
}

impl<'p> Herd<'p> {
    pub(crate) fn new(provider: &'p Provider) -> Self {
        let name = format!("auth-core-processes-{}-{}", std::process::id(), NEXT.fetch_add(1, SeqCst));
        Self { provider, folder: std::env::temp_dir().join(name) }
    }

    pub(crate) fn start(&self, what: &str, password: &str) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["child", what, self.provider.base_url(), self.provider.username(), password])
            .arg(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

impl Drop for Herd<'_> {
    fn drop(&mut self) {
        // It may never have been made.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// With SIGKILL, on Unix.
pub(crate) fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What it printed until its end.
pub(crate) fn lines(mut child: Child) -> Vec<String> {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    text.lines().map(str::to_owned).collect()
}

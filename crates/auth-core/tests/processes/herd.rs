//! Processes that this one starts.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use auth_sandbox::Provider;
use serde_json::Value;

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

impl Herd<'_> {
    /// What the folder's entries hold: each is a whole file, whenever it is looked at.
    pub(crate) fn entries(&self) -> Vec<Value> {
        let whole = |path: &PathBuf| {
            let text = match fs::read(path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
                text => text.unwrap(),
            };
            Some(serde_json::from_slice(&text).expect("never half a file"))
        };
        self.files("json").iter().filter_map(whole).collect()
    }

    pub(crate) fn files(&self, ending: &str) -> Vec<PathBuf> {
        let Ok(files) = fs::read_dir(&self.folder) else { return Vec::new() };
        let paths = files.map(|file| file.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|of| of == ending)).collect()
    }
}

impl Drop for Herd<'_> {
    fn drop(&mut self) {
        // It may never have been made.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// With SIGKILL, on Unix.
pub(crate) fn kill(child: Child) {
    killed(child);
}

/// What it printed until it was killed.
pub(crate) fn killed(mut child: Child) -> String {
    child.kill().unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    text
}

/// What it printed until its end.
pub(crate) fn lines(mut child: Child) -> Vec<String> {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    text.lines().map(str::to_owned).collect()
}

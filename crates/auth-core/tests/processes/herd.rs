//! Child processes of this one.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use auth_sandbox::Provider;
use serde_json::Value;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The provider and the folder that the processes share. The folder is removed on drop.
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
    /// Reads the folder's entries, each of which is a whole file at any time.
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
        // The folder may never have been created.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Kills a process, on Unix by SIGKILL.
pub(crate) fn kill(child: Child) {
    killed(child);
}

/// Kills a process and returns its output.
pub(crate) fn killed(mut child: Child) -> String {
    child.kill().unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    text
}

/// Waits for a process to end and returns its output.
pub(crate) fn lines(mut child: Child) -> Vec<String> {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    text.lines().map(str::to_owned).collect()
}

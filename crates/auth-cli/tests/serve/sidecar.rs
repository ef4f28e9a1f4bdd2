//! The program under test, and a raw client of it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// A running sidecar.
pub(crate) struct Sidecar {
    pub(crate) address: String,
    pub(crate) folder: TempDir,
    pub(crate) child: Child,
    lines: Arc<Mutex<Vec<Value>>>,
}

impl Sidecar {
    /// Starts a sidecar in front of an Api4Com account.
    pub(crate) async fn start(base_url: &str, arguments: &[&str]) -> Self {
        let profile = format!(
            "[profile.a]\nprovider = \"api4com\"\nuser = \"ana\"\nbase_url = \"{base_url}\"\nstore = \"none\"\n\
             secret = {{ variable = \"TEST_PASSWORD\" }}\n"
        );
        Self::of(&profile, &[&["a", "--listen", "127.0.0.1:0"], arguments].concat(), "segredo-da-ana").await
    }

    /// Starts a sidecar with these profiles, whose secrets are in the variable `TEST_PASSWORD` and in the
    /// file `secret`, which the variable `TEST_SECRET_FILE` names.
    pub(crate) async fn of(profiles: &str, arguments: &[&str], password: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("profiles.toml"), profiles).unwrap();
        std::fs::write(folder.path().join("secret"), password).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_authctl"))
            .args(["serve"])
            .args(arguments)
            .env("AUTHCTL_CONFIG", folder.path().join("profiles.toml"))
            .env("AUTHCTL_STATE", folder.path().join("state"))
            .env("TEST_PASSWORD", password)
            .env("TEST_SECRET_FILE", folder.path().join("secret"))
            .current_dir(folder.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let lines = Arc::<Mutex<Vec<Value>>>::default();
        let lines_here = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                lines_here.lock().unwrap().push(line);
            }
        });
        let mut sidecar = Self { address: String::new(), folder, child, lines };
        let served = sidecar.line("served").await;
        served["address"].as_str().unwrap().clone_into(&mut sidecar.address);
        sidecar
    }

    /// Waits for the first line of the log with a message.
    pub(crate) async fn line(&self, message: &str) -> Value {
        self.nth_line(message, 0).await
    }

    /// Waits for the line of the log that comes after `n` others with the same message.
    pub(crate) async fn nth_line(&self, message: &str, n: usize) -> Value {
        for _ in 0..200 {
            let found = self.lines.lock().unwrap().iter().filter(|line| line["message"] == message).nth(n).cloned();
            if let Some(line) = found {
                return line;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("no line {message:?} in {}", self.log());
    }

    /// Returns the whole log.
    pub(crate) fn log(&self) -> String {
        self.lines.lock().unwrap().iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
    }

    /// Sends bytes, and returns all that comes until the connection ends.
    pub(crate) async fn send(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }

    /// Sends a request that names its host, and returns the answer.
    pub(crate) async fn get(&self, path: &str, headers: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")).await
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    /// Returns true if the program ends within a limit, and with success.
    pub(crate) async fn ends(&mut self) -> bool {
        for _ in 0..600 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("it goes on: {}", self.log());
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the exit code and the errors of a start that fails. One that does not end is killed.
pub(crate) async fn failed_start(arguments: &[&str], folder: &Path) -> (Option<i32>, String) {
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_authctl"))
        .arg("serve")
        .args(arguments)
        .env("AUTHCTL_CONFIG", folder.join("profiles.toml"))
        .env("AUTHCTL_STATE", folder.join("state"))
        .envs([("TEST_PASSWORD", "x"), ("API4COM_EMAIL", "ana"), ("API4COM_PASSWORD", "x")])
        .current_dir(folder)
        .kill_on_drop(true)
        .output();
    let output = timeout(Duration::from_secs(30), output).await;
    let output = output.unwrap_or_else(|_elapsed| panic!("the start of {arguments:?} does not fail")).unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Reads until the connection ends.
pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let ended = timeout(Duration::from_secs(20), stream.read_to_end(&mut read)).await;
    let text = String::from_utf8_lossy(&read).into_owned();
    assert!(ended.is_ok(), "the connection does not end after {text}");
    text
}

/// Reads until a text has come.
pub(crate) async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    let found = timeout(Duration::from_secs(20), async {
        while !String::from_utf8_lossy(&read).contains(end) {
            assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "ended after {}", String::from_utf8_lossy(&read));
        }
    });
    assert!(found.await.is_ok(), "no {end:?} in {}", String::from_utf8_lossy(&read));
    String::from_utf8_lossy(&read).into_owned()
}

/// Returns the status of an answer.
pub(crate) fn status(answer: &str) -> u16 {
    answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status in {answer:?}"))
}

/// Returns the body of an answer, which must be a problem document.
pub(crate) fn problem(answer: &str) -> Value {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-type: application/problem+json"), "{answer}");
    serde_json::from_str(body).unwrap()
}

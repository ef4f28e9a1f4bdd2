//! The user's view: this workspace's crates published to a registry on loopback, and a project that depends on one.
//!
//! `cargo xtask ci published` runs it, in a clone of the last commit. Other dependencies come from where cargo finds them
//! always.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod registry;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use registry::Registry;
use serde_json::Value;
use toml_edit::{DocumentMut, Item, TableLike};

const MAIN: &str = r#"
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = pontotel_auth::Client::from_env()?;
    let (mut users, mut count) = (client.users(), 0);
    while let Some(user) = users.next().await {
        user?;
        count += 1;
    }
    println!("{count} users");
    Ok(())
}
"#;

#[test]
fn a_project_that_depends_on_one_provider_logs_in_and_gets_no_other() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("published");
    let _ = fs::remove_dir_all(&place);
    let registry = Registry::start();
    let copy = Copy { root: place.join("workspace"), registry: registry.clone() };
    copy.clone_from(here);
    copy.look_on_loopback();
    let names = copy.published();

    copy.prepare(&names);
    copy.tag(&names);
    registry.take(2);
    assert!(!copy.publish(), "the registry took two crates and refused the rest");
    assert_eq!(registry.published().len(), 2);
    registry.take(usize::MAX);
    assert!(copy.publish(), "what was published is skipped, and the rest follows");
    assert_eq!(registry.published().len(), names.len());
    assert!(copy.publish(), "all is there, and that is no error");
    assert_eq!(copy.git(&["tag", "--points-at", "HEAD"]).lines().count(), names.len());

    let user = User { root: place.join("user"), registry: registry.clone() };
    user.write();
    let tree = user.cargo(&["tree", "--prefix", "none", "--edges", "normal,build"]);
    assert!(tree.contains("pontotel-auth v") && tree.contains("auth-core v"), "{tree}");
    let others = names.iter().map(String::as_str).filter(|name| !["auth-core", "pontotel-auth"].contains(name));
    for other in others.chain(["auth-sandbox", "axum", "hmac", "sha2"]) {
        assert!(!tree.contains(&format!("{other} v")), "{other} is in the tree:\n{tree}");
    }
    let sandbox = Sandbox::start(here);
    assert_eq!(user.run(&sandbox.pontotel).trim(), "5 users", "the sandbox's users");
    let packages: BTreeSet<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    println!("{} packages in the tree of a project that depends on pontotel-auth and tokio", packages.len());
}

/// A clone of this workspace.
struct Copy {
    root: PathBuf,
    registry: Registry,
}

impl Copy {
    fn clone_from(&self, here: &Path) {
        let status =
            Command::new("git").args(["clone", "--quiet", "--no-tags"]).arg(here).arg(&self.root).status().unwrap();
        assert!(status.success());
        self.git(&["switch", "--quiet", "--force-create", "main"]);
    }

    /// Lets the crates find one another in the registry on loopback.
    fn look_on_loopback(&self) {
        let path = self.root.join("Cargo.toml");
        let mut manifest: DocumentMut = fs::read_to_string(&path).unwrap().parse().unwrap();
        for (_, dependency) in manifest["workspace"]["dependencies"].as_table_like_mut().unwrap().iter_mut() {
            let Some(dependency) = dependency.as_table_like_mut() else { continue };
            if dependency.contains_key("path") && dependency.contains_key("version") {
                dependency.insert("registry", toml_edit::value("loopback"));
            }
        }
        manifest["workspace"]["package"]["repository"] = toml_edit::value("https://example.com/auth");
        fs::write(&path, manifest.to_string()).unwrap();
        self.commit();
    }

    /// The names of the crates that are published.
    fn published(&self) -> Vec<String> {
        let output = self.command("cargo").args(["metadata", "--no-deps", "--format-version=1"]).output().unwrap();
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap().iter().filter(|package| package["publish"].is_null());
        packages.map(|package| package["name"].as_str().unwrap().to_string()).collect()
    }

    /// Prepares those that are not, as the workspace may be between a `prepare` and a `publish`.
    fn prepare(&self, names: &[String]) {
        let prepared = |name: &&String| {
            let text = |file| fs::read_to_string(self.root.join("crates").join(name).join(file)).unwrap();
            let manifest: DocumentMut = text("Cargo.toml").parse().unwrap();
            let version = manifest
                .get("package")
                .and_then(Item::as_table_like)
                .and_then(|package| TableLike::get(package, "version"));
            text("CHANGELOG.md").contains(&format!("## [{}]", version.and_then(Item::as_str).unwrap()))
        };
        let waiting: Vec<&str> = names.iter().filter(|name| !prepared(name)).map(String::as_str).collect();
        if !waiting.is_empty() {
            assert!(self.xtask(&[&["prepare"], &waiting[..]].concat()));
            self.commit();
        }
    }

    fn tag(&self, names: &[String]) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(self.xtask(&["check"]) && self.xtask(&[&["tag"], &names[..]].concat()));
    }

    fn publish(&self) -> bool {
        self.command("bash").arg(".ci/publish").envs([Registry::token()]).status().unwrap().success()
    }

    fn commit(&self) {
        self.git(&["commit", "--quiet", "--all", "--message", "For a registry on loopback"]);
    }

    fn xtask(&self, arguments: &[&str]) -> bool {
        self.command(env!("CARGO_BIN_EXE_xtask")).arg("release").args(arguments).status().unwrap().success()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = self.command("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).envs(self.registry.variables());
        shared(&mut command);
        for (who, of) in [("AUTHOR", "NAME"), ("AUTHOR", "EMAIL"), ("COMMITTER", "NAME"), ("COMMITTER", "EMAIL")] {
            command.env(format!("GIT_{who}_{of}"), "copy@example.com");
        }
        command
    }
}

/// A project elsewhere, of somebody who has never seen this workspace.
struct User {
    root: PathBuf,
    registry: Registry,
}

impl User {
    fn write(&self) {
        fs::create_dir_all(self.root.join("src")).unwrap();
        fs::write(self.root.join("src/main.rs"), MAIN).unwrap();
        let manifest = "[package]\nname = \"user\"\nedition = \"2024\"\n\n[dependencies]\npontotel-auth = { version = \"*\", registry = \"loopback\" }\ntokio = { version = \"1\", features = [\"macros\", \"rt\"] }\n\n[workspace]\n";
        fs::write(self.root.join("Cargo.toml"), manifest).unwrap();
    }

    fn cargo(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Returns the output of the project, with that account in its environment.
    fn run(&self, account: &Value) -> String {
        let value = |key: &str| account[key].as_str().unwrap();
        let mut command = self.command(&["run"]);
        command.stderr(Stdio::inherit());
        command.env("PONTOTEL_USERNAME", value("username")).env("PONTOTEL_PASSWORD", value("password"));
        let output = command.env("PONTOTEL_BASE_URL", value("base_url")).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(&self.root).envs(self.registry.variables());
        shared(&mut command);
        command
    }
}

/// The sandbox's own program, in this workspace.
struct Sandbox {
    program: Child,
    pontotel: Value,
}

impl Sandbox {
    fn start(here: &Path) -> Self {
        let mut command = Command::new("cargo");
        command.args(["run", "--quiet", "-p", "auth-sandbox", "--", "--json"]).current_dir(here);
        let mut program = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut ready: Value = serde_json::from_str(&line).unwrap();
        Self { program, pontotel: ready["pontotel"].take() }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// This workspace's own target folder, with its profile: what was built for it is not built again.
fn shared(command: &mut Command) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    command.env("CARGO_TARGET_DIR", target).env("CARGO_PROFILE_DEV_DEBUG", "0");
}

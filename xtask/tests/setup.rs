//! `.ci/setup` on machines that lack tools, with a folder of fakes for all that it calls.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A machine on which these tools are there, each with the script that it is.
struct Machine {
    folder: PathBuf,
}

impl Machine {
    fn new(name: &str, tools: &[(&str, &str)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("setup").join(name);
        let _not_there = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let machine = Self { folder };
        for tool in [
            "cc",
            "chromium",
            "curl",
            "git",
            "ip",
            "make",
            "nft",
            "node",
            "npm",
            "nsenter",
            "openssl",
            "php",
            "pkg-config",
            "promtool",
            "python3",
            "systemd-analyze",
        ] {
            machine.put(tool, "");
        }
        for (tool, script) in tools {
            machine.put(tool, script);
        }
        machine
    }

    fn put(&self, tool: &str, script: &str) {
        let path = self.folder.join(tool);
        fs::write(&path, format!("#!/bin/bash\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs the script. Returns its success and its output.
    fn setup(&self) -> (bool, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/setup");
        let output = Command::new("/bin/bash").arg(script).env("PATH", &self.folder).output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(printed).unwrap())
    }
}

const LINUX: (&str, &str) = ("uname", "echo Linux");
const ROOT: (&str, &str) = ("id", "echo 0");
const USER: (&str, &str) = ("id", "echo 1001");
/// Without `env`'s assignments, and with what became of the call.
const APT: (&str, &str) = ("apt-get", r#"[ "$AS_ROOT" = yes ] || { echo "E: no lock"; exit 100; }; echo "apt-get $*""#);
const ENV: (&str, &str) = ("env", r#"while [[ $1 == *=* ]]; do export "$1"; shift; done; exec "$@""#);
const ROOTS_ENV: (&str, &str) = ("env", r#"export AS_ROOT=yes; while [[ $1 == *=* ]]; do shift; done; exec "$@""#);
const SUDO: (&str, &str) = ("sudo", r#"[ "$1" = -n ] || exit 1; shift; export AS_ROOT=yes; exec "$@""#);
const SUDO_THAT_ASKS: (&str, &str) = ("sudo", "echo 'sudo: a password is required' >&2; exit 1");
const TRUE: (&str, &str) = ("true", "");
const INSTALLED: &str = "apt-get update -qq\napt-get install -y -qq --no-install-recommends jq redis-server faketime\n";

#[test]
fn root_installs_what_is_missing_directly() {
    let machine = Machine::new("root", &[LINUX, ROOT, APT, ROOTS_ENV, TRUE]);
    assert_eq!(machine.setup(), (true, INSTALLED.to_owned()));
}

/// CI's machines, where the user is not root and sudo asks for no password.
#[test]
fn a_user_installs_it_by_sudo_where_that_asks_for_nothing() {
    let machine = Machine::new("sudo", &[LINUX, USER, APT, ENV, SUDO, TRUE]);
    assert_eq!(machine.setup(), (true, INSTALLED.to_owned()));
}

#[test]
fn without_sudo_each_missing_tool_is_named_with_the_way_to_get_it() {
    let asks = Machine::new("asks", &[LINUX, USER, APT, ENV, SUDO_THAT_ASKS, TRUE]);
    let has_none = Machine::new("none", &[LINUX, USER, APT, ENV, TRUE]);
    let other_linux = Machine::new("other", &[LINUX, ROOT, ENV, TRUE]);
    for machine in [asks, has_none, other_linux] {
        let (went_well, printed) = machine.setup();
        assert!(!went_well);
        for tool in ["jq", "redis-server", "faketime"] {
            assert!(printed.contains(&format!("{tool}: sudo apt-get install {tool}\n")), "{printed}");
        }
        assert!(!printed.contains("curl") && !printed.contains("no lock"), "{printed}");
    }
}

#[test]
fn macos_is_told_what_is_skipped_and_what_brew_has() {
    let machine = Machine::new("macos", &[("uname", "echo Darwin"), USER]);
    let (went_well, printed) = machine.setup();
    assert!(!went_well);
    for part in ["skipped on macOS", "jq: brew install jq\n", "redis-server: brew install redis\n"] {
        assert!(printed.contains(part), "{part} in {printed}");
    }
    machine.put("jq", "");
    machine.put("redis-server", "");
    assert!(machine.setup().0);
}

#[test]
fn a_machine_that_has_everything_is_left_alone() {
    let machine = Machine::new("whole", &[LINUX, USER, APT, ("jq", ""), ("redis-server", ""), ("faketime", "")]);
    assert_eq!(machine.setup(), (true, String::new()));
}

#[test]
fn a_machine_without_openssls_headers_gets_them() {
    let present = [LINUX, ROOT, APT, ROOTS_ENV, TRUE, ("jq", ""), ("redis-server", ""), ("faketime", "")];
    let machine = Machine::new("openssl", &present);
    machine.put("pkg-config", "exit 1");
    let (went_well, printed) = machine.setup();
    assert!(went_well && printed.ends_with("--no-install-recommends pkg-config libssl-dev\n"), "{printed}");
}

/// Debian's python3 cannot make a venv by itself.
#[test]
fn a_python_without_venv_gets_it() {
    let machine = Machine::new("venv", &[LINUX, ROOT, APT, ROOTS_ENV, TRUE, ("python3", "exit 1")]);
    let (went_well, printed) = machine.setup();
    assert!(went_well && printed.contains(" python3-venv "), "{printed}");
}

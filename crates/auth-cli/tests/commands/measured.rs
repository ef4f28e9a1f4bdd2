//! A report of `doctor` on its way into the provider's document and README, in a copy of this workspace.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use auth_sandbox::Sandbox;
use serde_json::Value;
use tempfile::TempDir;

use crate::certificates::Authority;
use crate::place::Place;

/// A host that the document names, in whose place the sandbox answers.
const HOST: &str = "sandbox-apis.pontotel.com.br";
const DOCUMENT: &str = "crates/pontotel-auth/openapi.json";
const README: &str = "crates/pontotel-auth/README.md";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the output of a program that succeeded.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}: {}{}", shown(&output.stdout), shown(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Copies all that git keeps of this workspace.
fn copy(to: &Path) {
    for path in run(Command::new("git").args(["ls-files", "-co", "--exclude-standard"]).current_dir(root())).lines() {
        let (from, to) = (root().join(path), to.join(path));
        // A file that was removed is still listed.
        if from.exists() {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        }
    }
}

/// Returns the tasks of this workspace, next to authctl. Building its tests builds it, with the features of this build.
fn xtask() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_authctl")).ancestors().nth(2).unwrap();
    let mut cargo = Command::new("cargo");
    // Build scripts that look at what cargo tells this test of itself would run again, and then all that needs them.
    for (name, _) in
        env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
    {
        cargo.env_remove(name);
    }
    cargo.args(["test", "--quiet", "--workspace", "--test", "release", "--no-run"]);
    run(cargo.current_dir(root()).env("CARGO_TARGET_DIR", target));
    target.join("debug/xtask")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_marks_the_facts_of_the_document_and_its_readme_shows_their_date() {
    let sandbox = Sandbox::builder().allow_host(HOST).start().await.unwrap();
    let place = Place { sandbox, folder: TempDir::new().unwrap() };
    let pontotel = place.sandbox.pontotel();
    let authority = Authority::new();
    let authorities = place.folder.path().join("authorities.pem");
    authority.write(&authorities);
    let server = pontotel.base_url().trim_start_matches("http://").split('/').next().unwrap().parse().unwrap();
    let proxy = authority.proxy(HOST, server).await;
    place.write(&format!(
        "[profile.p]\nprovider = \"pontotel\"\nenvironment = \"sandbox\"\nuser = {:?}\nsecret = {{ variable = \"SENHA\" }}\n",
        pontotel.username()
    ));
    let mut doctor = place.command(&["doctor", "p", "--json", "--wait", "0"]);
    doctor.env("SENHA", pontotel.password()).env("HTTPS_PROXY", proxy).env("SSL_CERT_FILE", &authorities);
    let text = run(&mut doctor);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["environment"], "sandbox", "{text}");
    let file = place.folder.path().join("report.json");
    fs::write(&file, &text).unwrap();

    let (copied, xtask) = (place.folder.path().join("copy"), xtask());
    copy(&copied);
    let task = |arguments: &[&str]| run(Command::new(&xtask).args(arguments).current_dir(&copied));
    let read = |path: &str| fs::read_to_string(copied.join(path)).unwrap();
    let said = task(&["measured", file.to_str().unwrap()]);
    let date = &report["date"].as_str().unwrap()[..10];
    let document: Value = serde_json::from_str(&read(DOCUMENT)).unwrap();
    let marks = document["x-measured"].as_object().unwrap();
    let facts = report["facts"].as_array().unwrap().iter();
    let measured = facts.filter(|fact| fact["part"] == "provider" && fact["measured"] == "as documented");
    for fact in measured {
        let place = fact["at"].as_str().unwrap_or_else(|| fact["fact"].as_str().unwrap());
        assert!(marks[place].as_str().unwrap().starts_with(date), "{place}: {said}");
    }
    task(&["codegen"]);
    let readme = read(README);
    for row in [
        format!("[start]; measured on {date} |"),
        format!("| requests | `Status` | [authentication], [errors]; measured on {date} |"),
        format!("which claims it has. Measured on {date}. |"),
        format!("`login.second`: the first token is still accepted | measured on {date} |"),
    ] {
        assert!(readme.contains(&row), "{row} in {readme}");
    }
    task(&["codegen", "--check"]);
}

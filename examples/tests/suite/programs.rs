//! The example programs, run as a person runs them.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// Returns the command of an example. Cargo builds the examples with the tests, unless one test target is selected.
fn example(name: &str) -> Command {
    let mut folder = std::env::current_exe().unwrap();
    folder.pop();
    folder.pop();
    let path: PathBuf = folder.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is not built: run cargo build -p auth-examples --examples", path.display());
    let mut command = Command::new(path);
    for variable in std::env::vars_os().map(|(name, _)| name) {
        let name = variable.to_string_lossy();
        if ["PONTOTEL_", "SIGNED_API_"].iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(&variable);
        }
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn quickstart_without_a_reader_ends_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = example("quickstart").stdout(writer).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

/// By the provider's name, and by its crate's name.
#[test]
fn quickstart_knows_xigsapi_by_both_of_its_names() {
    for name in ["xigsapi", "signed-api"] {
        let output = example("quickstart").args(["--provider", name]).output().unwrap();
        assert!(errors(&output).contains("SIGNED_API_KEY"), "{name}: {output:?}");
    }
    let unknown = example("quickstart").args(["--provider", "bank"]).output().unwrap();
    assert!(errors(&unknown).contains("pontotel, econpay, sopague, api4com, xigsapi"), "{unknown:?}");
}

//! A small workspace under git: `base`, and `leaf` that stands on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::registry::Registry;

const ROOT: &str = r#"[workspace]
resolver = "3"
members = ["crates/*"]

[workspace.package]
repository = "https://example.com/auth"

[workspace.dependencies]
base = { version = "0.1.0", path = "crates/base", registry = "loopback" }
"#;

/// A note of a README, until the first release.
const NOTE: &str = "<!-- until released -->\n\nNot yet.\n\n<!-- until released: end -->\n";

/// The folder of the workspace, and the registry that it publishes to.
pub(crate) struct Fixture {
    pub(crate) root: PathBuf,
    pub(crate) registry: Registry,
}

/// The output of a command, and its success.
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) text: String,
}

impl Fixture {
    /// A workspace that nothing was released of, committed on main.
    pub(crate) fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        let fixture = Self { root, registry: Registry::start() };
        fixture.write("Cargo.toml", ROOT);
        fixture.write(".gitignore", "/target\n");
        fixture.package("base", "");
        fixture.package("leaf", "[dependencies]\nbase.workspace = true\n");
        fixture.write("crates/base/src/lib.rs", "//! Base.\n\n/// One.\npub fn one() -> u8 {\n    1\n}\n");
        fixture.write("crates/leaf/src/lib.rs", "//! Leaf.\npub use base;\n");
        fixture.git(&["init", "--quiet", "--initial-branch=main"]);
        fixture.program("cargo", &["generate-lockfile"]);
        fixture.commit();
        fixture
    }

    /// The same, with the 0.1.0 of both prepared and tagged.
    pub(crate) fn released(name: &str) -> Self {
        let fixture = Self::new(name);
        fixture.xtask(&["prepare", "base", "leaf"]).succeeds();
        fixture.commit();
        fixture.git(&["tag", "base-v0.1.0"]);
        fixture.git(&["tag", "leaf-v0.1.0"]);
        fixture
    }

    fn package(&self, name: &str, dependencies: &str) {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\ndescription = \"{name}\"\nlicense = \"MIT\"\nrepository.workspace = true\n\n{dependencies}"
        );
        self.write(&format!("crates/{name}/Cargo.toml"), &manifest);
        self.write(
            &format!("crates/{name}/README.md"),
            &format!("# {name}\n\n{name} = {{ path = \"../auth-sdks/crates/{name}\" }}\n\n{NOTE}"),
        );
        self.write(&format!("crates/{name}/CHANGELOG.md"), "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- All.\n");
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            self.write(&format!("crates/{name}/{licence}"), "As you like.\n");
        }
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).unwrap()
    }

    /// Changes a text that is there.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has no {from}");
        self.write(file, &text.replace(from, to));
    }

    pub(crate) fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "A step"]);
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.program("git", arguments).succeeds()
    }

    /// `cargo xtask release` in this workspace.
    pub(crate) fn xtask(&self, arguments: &[&str]) -> Said {
        let arguments: Vec<&str> = ["release"].iter().chain(arguments).copied().collect();
        self.program(env!("CARGO_BIN_EXE_xtask"), &arguments)
    }

    /// The upload, with the registry's token.
    pub(crate) fn publish(&self, arguments: &[&str]) -> Said {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/publish");
        self.with_token("bash", &[&[script], arguments].concat())
    }

    pub(crate) fn with_token(&self, program: &str, arguments: &[&str]) -> Said {
        Self::output(self.command(program, arguments).envs([Registry::token()]))
    }

    fn program(&self, program: &str, arguments: &[&str]) -> Said {
        Self::output(&mut self.command(program, arguments))
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root).envs(self.registry.variables());
        for (who, of) in [("AUTHOR", "NAME"), ("AUTHOR", "EMAIL"), ("COMMITTER", "NAME"), ("COMMITTER", "EMAIL")] {
            command.env(format!("GIT_{who}_{of}"), "fixture@example.com");
        }
        command.env("PUBLISH_PAUSE", "0");
        // A home of its own: what cargo keeps of the two crates is nothing to other tests.
        command.env("CARGO_HOME", self.root.join("target/home"));
        command.env("CARGO_TARGET_DIR", self.root.join("target")).env("CARGO_TERM_COLOR", "never");
        command
    }

    fn output(command: &mut Command) -> Said {
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Said { success: output.status.success(), text }
    }
}

impl Said {
    /// Returns the output of a command that must have succeeded.
    pub(crate) fn succeeds(self) -> String {
        assert!(self.success, "{}", self.text);
        self.text
    }

    /// Returns the output of a command that must have failed.
    pub(crate) fn fails(self) -> String {
        assert!(!self.success, "{}", self.text);
        self.text
    }
}

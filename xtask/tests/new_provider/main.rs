//! A sixth crate from a document of an API that is not one of the five, in a copy of this workspace.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs, str};

const NAME: &str = "acervo-auth";

/// Crates and their documents: two made up, and eight of public APIs that authenticate by different means.
const DOCUMENTS: [(&str, &str); 10] = [
    (NAME, "openapi.json"),
    ("acme-auth", "../../templates/example.json"),
    ("asaas-auth", "asaas.json"),
    ("braspag-auth", "braspag.json"),
    ("efi-auth", "efi.json"),
    ("inter-auth", "inter.json"),
    ("pagarme-auth", "pagarme.json"),
    ("protheus-auth", "protheus.json"),
    ("sap-b1-auth", "service-layer.json"),
    ("sicredi-auth", "sicredi.json"),
];

/// The arguments of cargo for the tests of the copy. The core's own run outside it.
const TEST: [&str; 7] = ["test", "--offline", "--quiet", "--features", "store", "--workspace", "--exclude=auth-core"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A copy of all that git would keep of this workspace.
fn copy(name: &str) -> PathBuf {
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _absent_the_first_time = fs::remove_dir_all(&to);
    let listed = run(Command::new("git").args(["ls-files", "-co", "--exclude-standard"]).current_dir(root()));
    for path in str::from_utf8(&listed.stdout).expect("names are UTF-8").lines() {
        let (from, to) = (root().join(path), to.join(path));
        // A file that was removed is still listed.
        if from.exists() {
            fs::create_dir_all(to.parent().expect("a file is in a folder")).expect("a folder");
            fs::copy(from, to).expect("a copy");
        }
    }
    to
}

/// Writes a file if it differs: cargo builds no second time what is equal.
fn write(path: &Path, text: &[u8]) {
    if fs::read(path).ok().as_deref() != Some(text) {
        fs::write(path, text).expect("it is written");
    }
}

/// Makes a folder equal to another.
fn follow(from: &Path, to: &Path) {
    let names = |folder| fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    fs::create_dir_all(to).expect("a folder");
    for name in names(to).filter(|name| !from.join(name).exists()) {
        let gone = to.join(name);
        if gone.is_dir() { fs::remove_dir_all(gone) } else { fs::remove_file(gone) }.expect("it is removed");
    }
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            follow(&from, &to);
        } else {
            write(&to, &fs::read(from).expect("it is there"));
        }
    }
}

fn run(command: &mut Command) -> Output {
    let output = command.output().expect("it starts");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{shown}");
    output
}

fn xtask(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.current_dir(folder);
    command
}

/// Leaves the workspace the libraries of the new crates alone, and makes their contract's tests one program of the first.
/// All dependencies stay, with the features of this test's own build, so that none is built again. Those of the core's
/// tests move, because its docs are tested outside this copy, and cargo would test them here too.
fn narrow(built: &Path) {
    let names = || DOCUMENTS.iter().map(|(name, _)| *name);
    let others = names().filter(|name| *name != NAME);
    let needs: Vec<_> = others.map(|name| format!("{name} = {{ path = \"../{name}\" }}\n")).collect();
    let modules: Vec<_> = names()
        .map(|name| {
            let contract = built.join("crates").join(name).join("tests/contract.rs").display().to_string();
            format!("#[path = {contract:?}]\nmod {};\n", name.replace('-', "_"))
        })
        .collect();
    let program = built.with_file_name("contracts.rs");
    write(&program, format!("//! The contract's tests of all crates.\n{}", modules.concat()).as_bytes());
    let core = fs::read_to_string(built.join("crates/auth-core/Cargo.toml")).expect("it is there");
    let of_core = core.split("\n[dev-dependencies]\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    let of_core = of_core.expect("the core has dependencies of its tests").replace("../", "../crates/");
    let crates = fs::read_dir(built.join("crates")).expect("a folder").map(|entry| entry.expect("an entry").path());
    for folder in crates.chain([built.join("docs"), built.join("examples")]) {
        let manifest = folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("it is there");
        let text = match folder.file_name().and_then(|name| name.to_str()).expect("a name") {
            NAME => {
                let text = text.replace("\n[dev-dependencies]\n", &format!("\n[dev-dependencies]\n{}", needs.concat()));
                format!("{text}\n[[test]]\nname = \"contracts\"\npath = {:?}\n", program.display().to_string())
            }
            "docs" => {
                let text = text.replace("\n[lib]\n", "\n[[bin]]\nname = \"docs\"\n");
                format!("{text}\n[dev-dependencies]\n{of_core}\n")
            }
            name if name == "auth-core" || names().any(|new| new == name) => text,
            _ => text.replacen("[package]\n", "[package]\nautolib = false\n", 1),
        };
        fs::write(manifest, text).expect("it is written");
    }
}

/// Also where an answer has lists, maps, lists of lists and nulls, or is a list.
#[test]
fn further_providers_come_from_their_documents_and_their_tests_pass() {
    let folder = copy("new-provider");
    for (name, document) in DOCUMENTS {
        let document = root().join("xtask/tests/new_provider").join(document);
        run(xtask(&folder).args(["new-provider", name]).arg(document));
        for readme in ["README.md", "README.pt-BR.md"] {
            let text = fs::read_to_string(folder.join(readme)).expect("it is there");
            assert!(text.contains(&format!("crates/{name}")), "{readme}: {name}");
        }
    }
    let built = folder.with_file_name("new-provider-built");
    follow(&folder, &built);
    narrow(&built);
    // With the folder and the features of this test's own build, what both need is built already. Clippy in the
    // compiler's place lints what the tests are built of.
    let target = Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2).expect("target/debug/xtask");
    let test = |of: &[&str]| {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&built).env("CARGO_TARGET_DIR", target).env_remove("RUSTFLAGS");
        // Nobody edits these crates, so nothing is kept for the next build of each.
        cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CARGO_INCREMENTAL", "0");
        // Build scripts that look at what cargo tells this test of itself would run again, and then all that needs them.
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                cargo.env_remove(name);
            }
        }
        let tests = run(cargo.args(TEST).args(of));
        assert_eq!(String::from_utf8_lossy(&tests.stderr), "", "no warning");
        String::from_utf8_lossy(&tests.stdout).matches("test result: ok.").count()
    };
    // At once: while one compiles, another waits for expiries. Cargo alone tests the docs of one crate after another.
    let (some, others) = DOCUMENTS.split_at(DOCUMENTS.len() / 2);
    let docs = |of: &[(&str, &str)], without: &[(&str, &str)]| {
        let without: Vec<_> = without.iter().map(|(name, _)| format!("--exclude={name}")).collect();
        let arguments: Vec<_> = ["--doc"].into_iter().chain(without.iter().map(String::as_str)).collect();
        assert!(test(&arguments) >= of.len(), "the examples of the docs of each");
    };
    std::thread::scope(|scope| {
        scope.spawn(|| docs(some, others));
        scope.spawn(|| docs(others, some));
        scope.spawn(|| {
            run(xtask(&folder).args(["codegen", "--check"]));
            run(xtask(&folder).arg("tidy"));
            let packages = DOCUMENTS.iter().flat_map(|(name, _)| ["-p", name]);
            run(Command::new("cargo").arg("fmt").args(packages).arg("--check").current_dir(&folder));
        });
        assert_eq!(test(&["--test", "contracts"]), 1, "the contract's tests of all");
    });
}

#[test]
fn a_crate_that_cannot_be_made_leaves_nothing_behind() {
    let folder = copy("half-made");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("it is there");
    let readme = folder.join("README.md");
    let text = fs::read_to_string(&readme).expect("it is there");
    fs::write(&readme, text.replace("codegen: providers", "no table")).expect("it is written");
    let document = root().join("xtask/tests/new_provider/openapi.json");
    let output = xtask(&folder).args(["new-provider", NAME]).arg(&document).output().expect("it starts");
    assert!(String::from_utf8_lossy(&output.stderr).contains("codegen: providers"), "{output:?}");
    assert!(!folder.join("crates").join(NAME).exists());
    assert_eq!(fs::read_to_string(folder.join("Cargo.toml")).expect("it is there"), manifest);
    fs::write(&readme, text).expect("it is written");
    run(xtask(&folder).args(["new-provider", NAME]).arg(document));
}

#[test]
fn a_name_or_document_that_cannot_be_used_is_refused_before_anything_is_written() {
    let document = root().join("xtask/tests/new_provider/openapi.json");
    let broken = Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken.json");
    let text = fs::read_to_string(&document).expect("it is there");
    fs::write(&broken, format!("\u{feff}{}", text.replace("\"prefix\"", "\"perfix\""))).expect("it is written");
    let [yaml, utf16] = ["broken.yaml", "utf16.json"].map(|name| broken.with_file_name(name));
    fs::write(&yaml, "openapi: 3.1.0\n").expect("it is written");
    let units: Vec<_> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(&utf16, [b"\xff\xfe".as_slice(), &units].concat()).expect("it is written");
    for (name, document, says) in [
        ("acervo", &document, "with -auth at its end"),
        ("Acervo-auth", &document, "small letters"),
        ("pontotel-auth", &document, "is there already"),
        (NAME, &PathBuf::from("nowhere.json"), "nowhere.json"),
        (
            NAME,
            &yaml,
            "broken.yaml:1:1: expected value at line 1 column 1: a document is one object in JSON; convert YAML",
        ),
        (NAME, &utf16, "save it as UTF-8"),
        (NAME, &broken, "broken.json:26:15: there is no member `perfix` here: write `prefix`"),
    ] {
        let output = xtask(&root()).args(["new-provider", name]).arg(document).output().expect("it starts");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(says), "{name}: {error}");
    }
    assert!(!root().join("crates").join(NAME).exists());
}

//! The command `cargo xtask new-provider`, which creates a provider's crate from its document.

use std::error::Error;
use std::fs;
use std::path::Path;

use minijinja::value::Serde;

use crate::codegen;

const HELP: &str = "\
Makes a crate for one more provider from its document: code, tests, README, CHANGELOG, and its entries in Cargo.toml and
the tables. docs/contracts.md defines the document's format.

Usage: cargo xtask new-provider NAME-auth PATH/openapi.json
       cargo xtask new-provider --example KIND > openapi.json

KIND is json, basic, oauth2, host (of a login of its own), key, keys (next to a token), static (Basic without a login),
cookie or refresh. This is the document of json, and it works as it is:

";

/// Documents to begin with, by the kind of their login. The tests make crates of them.
const EXAMPLES: [(&str, &str); 9] = [
    ("json", include_str!("../templates/example.json")),
    ("basic", include_str!("../tests/new_provider/efi.json")),
    ("oauth2", include_str!("../tests/new_provider/inter.json")),
    ("host", include_str!("../tests/new_provider/braspag.json")),
    ("key", include_str!("../tests/new_provider/asaas.json")),
    ("keys", include_str!("../tests/new_provider/sicredi.json")),
    ("static", include_str!("../tests/new_provider/pagarme.json")),
    ("cookie", include_str!("../tests/new_provider/service-layer.json")),
    ("refresh", include_str!("../tests/new_provider/protheus.json")),
];

/// Returns the usage, with a document that works.
pub(crate) fn help() -> String {
    format!("{HELP}{}", EXAMPLES[0].1)
}

/// Returns a document to begin with.
pub(crate) fn example(kind: &str) -> Result<String, Box<dyn Error>> {
    let kinds = EXAMPLES.map(|(kind, _)| kind).join(", ");
    let found = EXAMPLES.iter().find(|(known, _)| *known == kind).map(|(_, text)| text.trim_end().to_owned());
    found.ok_or_else(|| format!("there is no example {kind:?}: take one of {kinds}").into())
}

pub(crate) fn run(package: &str, document: &str) -> Result<String, Box<dyn Error>> {
    let name_is_good = package.ends_with("-auth")
        && package.starts_with(|first: char| first.is_ascii_lowercase())
        && package.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if !name_is_good {
        return Err(format!("{package:?} is no name: take small letters, digits and -, with -auth at its end").into());
    }
    let root = crate::workspace::root()?;
    let folder = root.join("crates").join(package);
    if folder.exists() {
        return Err(format!("{} is there already", folder.display()).into());
    }
    let bytes = fs::read(document).map_err(|error| format!("{document}: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| format!("{document}: {error}: save it as UTF-8"))?;
    // Some editors of Windows begin a file with this mark, which JSON does not have.
    let text = text.trim_start_matches('\u{feff}');
    let model = codegen::read(package, Path::new(document), text, false)?;

    let manifest = root.join("Cargo.toml");
    let before = fs::read_to_string(&manifest)?;
    let made = make(&root, &folder, package, text, &model);
    if made.is_err() {
        // Undo everything, so that the same command can be run again.
        fs::remove_dir_all(&folder)?;
        fs::write(&manifest, before)?;
    }
    let written = made?;
    let by_hand: Vec<_> = model.handwritten.iter().map(|file| format!("\n  crates/{package}/src/{file}.rs")).collect();
    let rest = if by_hand.is_empty() {
        format!("cargo test -p {package} passes as it is; then see what its README says")
    } else {
        format!("these are left for you to write, as the document says:{}", by_hand.concat())
    };
    Ok(format!("{written}\ncrates/{package} is made, and entered in Cargo.toml; {rest}"))
}

/// Writes the crate and adds it to the workspace.
fn make(
    root: &Path,
    folder: &Path,
    package: &str,
    text: &str,
    model: &codegen::Model,
) -> Result<String, Box<dyn Error>> {
    fs::create_dir_all(folder.join("src"))?;
    let templates = codegen::Templates::new(root)?;
    for (template, path) in
        [("new/Cargo.toml", "Cargo.toml"), ("new/CHANGELOG.md", "CHANGELOG.md"), ("new/README.md", "README.md")]
    {
        fs::write(folder.join(path), templates.text(template, Serde(model))?.trim_end().to_owned() + "\n")?;
    }
    fs::write(folder.join("src/lib.rs"), templates.code("new/lib.rs", Serde(model))?)?;
    fs::write(folder.join("openapi.json"), text)?;
    for license in ["LICENSE-APACHE", "LICENSE-MIT"] {
        fs::copy(root.join(license), folder.join(license))?;
    }
    enter(&root.join("Cargo.toml"), package)?;
    codegen::run(false, Some(package))
}

/// Adds a line to this workspace's own packages, in alphabetical order.
fn enter(manifest: &Path, package: &str) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(manifest)?;
    let entry = format!("{package} = {{ version = \"0.1.0\", path = \"crates/{package}\" }}\n");
    let is_ours = |line: &&str| line.contains("path = \"crates/") && line.contains("-auth = {");
    let after = text.lines().filter(is_ours).find(|line| *line > entry.as_str());
    let last = text.lines().rfind(is_ours).ok_or("Cargo.toml lists none of this workspace's packages")?;
    let text = match after {
        Some(line) => text.replacen(line, &format!("{entry}{line}"), 1),
        None => text.replacen(last, &format!("{last}\n{}", entry.trim_end()), 1),
    };
    Ok(fs::write(manifest, text)?)
}

//! This workspace as cargo describes it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use semver::Version;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_root: PathBuf,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) manifest_path: PathBuf,
    pub(crate) description: Option<String>,
    pub(crate) documentation: Option<String>,
    pub(crate) license: Option<String>,
    /// Set but empty until the public address is known.
    pub(crate) repository: Option<String>,
    pub(crate) rust_version: Option<String>,
    #[serde(default)]
    pub(crate) keywords: Vec<String>,
    #[serde(default)]
    pub(crate) categories: Vec<String>,
    /// `null` if the package may be published anywhere, otherwise a list of registries.
    publish: Option<Vec<String>>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) req: String,
    pub(crate) kind: Option<String>,
    pub(crate) path: Option<PathBuf>,
    pub(crate) optional: bool,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self, Box<dyn Error>> {
        let output = Command::new("cargo").args(["metadata", "--format-version=1", "--no-deps"]).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Returns the published packages, each after its dependencies.
    pub(crate) fn published(&self) -> Vec<&Package> {
        let mut waiting: Vec<&Package> = self.packages.iter().filter(|package| package.is_published()).collect();
        waiting.sort_by(|a, b| a.name.cmp(&b.name));
        let mut ordered: Vec<&Package> = Vec::new();
        while !waiting.is_empty() {
            let waits = |package: &&Package| package.needs().any(|need| waiting.iter().any(|other| other.name == need));
            let (later, next): (Vec<&Package>, Vec<&Package>) = waiting.iter().partition(|package| waits(package));
            if next.is_empty() {
                ordered.extend(later);
                break;
            }
            ordered.extend(next);
            waiting = later;
        }
        ordered
    }
}

/// Returns the root of the workspace in which the command runs.
pub(crate) fn root() -> Result<PathBuf, Box<dyn Error>> {
    let output = Command::new("cargo").args(["locate-project", "--workspace", "--message-format=plain"]).output()?;
    let manifest = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    Ok(manifest.parent().ok_or("run this inside the workspace")?.to_path_buf())
}

/// Returns the Rust files in a folder and its subfolders.
pub(crate) fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return Ok(files) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl Package {
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new("."))
    }

    pub(crate) fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|registries| !registries.is_empty())
    }

    pub(crate) fn is_provider(&self) -> bool {
        self.is_published() && self.name.ends_with("-auth")
    }

    /// Returns the names of its dependencies in this workspace that a build needs.
    pub(crate) fn needs(&self) -> impl Iterator<Item = &str> {
        let ours = self.dependencies.iter().filter(|dependency| dependency.path.is_some());
        ours.filter(|dependency| dependency.kind.as_deref() != Some("dev")).map(|dependency| dependency.name.as_str())
    }
}

impl Dependency {
    pub(crate) fn is_normal(&self) -> bool {
        self.kind.is_none()
    }
}

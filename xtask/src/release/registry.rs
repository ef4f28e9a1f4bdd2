//! The registry to which crates are published.

use std::env;
use std::error::Error;
use std::path::Path;

use semver::Version;

use crate::command::output;

/// Cargo's name of the public registry.
const PUBLIC: &str = "crates-io";

pub(crate) struct Registry<'a> {
    pub(crate) name: &'a str,
    root: &'a Path,
}

impl<'a> Registry<'a> {
    pub(crate) fn new(name: Option<&'a str>, root: &'a Path) -> Self {
        Self { name: name.unwrap_or(PUBLIC), root }
    }

    /// Returns true if cargo finds the version in the registry.
    pub(crate) fn has(&self, name: &str, version: &Version) -> Result<bool, Box<dyn Error>> {
        let spec = format!("{name}@{version}");
        // With a named registry, cargo asks it even for crates of the workspace.
        let answer = output("cargo", &["info", "--quiet", "--registry", self.name, &spec], self.root);
        match answer {
            Ok(_) => Ok(true),
            Err(error) if error.to_string().contains("could not find") => Ok(false),
            Err(error) => Err(format!("the registry {} cannot be asked for {spec}: {error}", self.name).into()),
        }
    }

    /// Returns true if the registry runs on this machine, as in a rehearsal.
    pub(crate) fn is_on_loopback(&self) -> bool {
        let variable = format!("CARGO_REGISTRIES_{}_INDEX", self.name.to_uppercase().replace('-', "_"));
        #[expect(clippy::disallowed_methods, reason = "it is cargo's own variable, and no crate's")]
        let index = env::var(variable).unwrap_or_default();
        is_loopback(&index)
    }
}

fn is_loopback(index: &str) -> bool {
    let address = index.strip_prefix("sparse+").unwrap_or(index);
    let authority = address.strip_prefix("http://").and_then(|rest| rest.split(['/', '?', '#', '\\']).next());
    let host_and_port = authority.and_then(|authority| authority.rsplit_once(':'));
    let is_number = |port: &str| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit());
    host_and_port.is_some_and(|(host, port)| ["127.0.0.1", "localhost", "[::1]"].contains(&host) && is_number(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_index_on_this_machine_is_a_rehearsal() {
        assert!(is_loopback("sparse+http://127.0.0.1:4000/index/"));
        assert!(is_loopback("http://localhost:4000/index/"));
        assert!(!is_loopback("sparse+https://registry.example/index/"));
        assert!(is_loopback("http://[::1]:4000/index/"));
        assert!(!is_loopback("sparse+http://127.0.0.1.example:4000/index/"));
        assert!(!is_loopback("sparse+http://localhost:4000@registry.example:80/index/"));
        assert!(!is_loopback("sparse+http://localhost:@registry.example/index/"));
        assert!(!is_loopback(""));
    }
}

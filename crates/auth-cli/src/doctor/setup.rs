//! The checks of this machine: files, proxy, names, store, connection. Each failure has its remedy.

use std::error::Error as StdError;
use std::fs::Metadata;
use std::net::IpAddr;
use std::path::Path;

use auth_core::env::environment;
use auth_core::reqwest;
use auth_core::url::Url;

use super::finding::Finding;
use crate::profile::{Profile, Store};
use crate::secret::Source;
use crate::store;

/// Checks that other users cannot read the files with secrets.
pub(super) fn files(profile: &Profile, profiles: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (url, key) = match &profile.store {
        Store::Redis { url, key } => (Some(url), Some(key)),
        _ => (None, None),
    };
    let secrets = profile.sources().map(|source| ("setup.secret-file", source));
    let store = [("setup.store-url-file", url), ("setup.store-key-file", key)];
    let sources = secrets.chain(store.into_iter().filter_map(|(fact, source)| Some((fact, source?))));
    let sources: Vec<_> = sources.collect();
    if sources.iter().any(|(_, source)| matches!(source, Source::PasswordInPlainText(_))) {
        findings.push(private("setup.profiles-file", profiles));
    }
    for (fact, source) in sources {
        let named = match source {
            Source::File(path) => Some(path.clone()),
            Source::Variable(name) => environment(&format!("{name}_FILE")).map(Into::into),
            _ => None,
        };
        findings.extend(named.map(|path| private(fact, &path)));
    }
    findings
}

fn private(fact: &str, path: &Path) -> Finding {
    let shown = path.display();
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return Finding::otherwise(fact, "unreadable").remedy(format!("{shown}: {error}")).of_setup(),
    };
    if others_can_read(&metadata) {
        let remedy = format!("chmod 600 {shown}, and change the secret if others may have read it");
        return Finding::otherwise(fact, "other users can read it").remedy(remedy).of_setup();
    }
    Finding::documented(fact, "private").of_setup()
}

#[cfg(unix)]
fn others_can_read(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o004 != 0
}

/// Returns false: these systems have no such mode.
#[cfg(not(unix))]
fn others_can_read(_metadata: &Metadata) -> bool {
    false
}

/// Returns true for an address of this machine, which the client reaches without a proxy.
pub(super) fn is_local(base_url: &Url) -> bool {
    let host = base_url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns the variable that sets a proxy for this address. `NO_PROXY` may exempt it.
fn proxy(base_url: &Url) -> Option<&'static str> {
    let names: [&str; 4] = match base_url.scheme() {
        "https" => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let is_set = |name: &&str| environment(name).is_some_and(|value| !value.trim().is_empty());
    names.into_iter().find(is_set).filter(|_| !is_local(base_url))
}

/// Checks the proxy's variable and the name of the host. Nothing is sent to the provider.
pub(super) async fn network(base_url: &Url) -> Vec<Finding> {
    let host = base_url.host_str().unwrap_or_default();
    if let Some(variable) = proxy(base_url) {
        return vec![
            Finding::documented("setup.proxy", format!("{variable} is set")).of_setup(),
            Finding::not_tried("setup.name", "a proxy may resolve it").of_setup(),
        ];
    }
    let address = (host.trim_matches(['[', ']']), base_url.port_or_known_default().unwrap_or(443));
    let name = match tokio::net::lookup_host(address).await.map(|mut all| all.next()) {
        Ok(Some(_)) => Finding::documented("setup.name", "resolved"),
        _ => Finding::otherwise("setup.name", "the host's name is unknown")
            .remedy(format!("{host}: correct `base_url`, or this machine's DNS; behind a proxy, set HTTPS_PROXY")),
    };
    vec![Finding::documented("setup.proxy", "none").of_setup(), name.of_setup()]
}

/// Checks the store and its fallback, each by itself.
pub(super) async fn store(profile: &Profile) -> Finding {
    let finding = match store::of(profile).await {
        Ok(None) => Finding::not_tried("setup.store", "the profile shares no login"),
        Ok(Some(store)) => match store.check().await {
            Ok(()) => Finding::documented("setup.store", "reachable"),
            Err(error) => unusable_store(profile, &error),
        },
        Err(failure) => unusable_store(profile, &failure),
    };
    finding.of_setup()
}

fn unusable_store(profile: &Profile, reason: &dyn std::fmt::Display) -> Finding {
    let remedy = match profile.store {
        Store::Redis { .. } => "start the server, or correct `store` in the profile",
        _ => "correct the folder, or set AUTHCTL_STATE to another one",
    };
    Finding::otherwise("setup.store", "unreachable").remedy(format!("{reason}: {remedy}"))
}

/// Returns the finding of a request without an answer.
pub(super) fn unreachable(error: &reqwest::Error, base_url: &Url) -> Finding {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    let text = text.to_lowercase();
    let host = base_url.host_str().unwrap_or_default();
    let is_certificate = text.contains("certificate");
    let (seen, remedy) = if is_certificate && text.contains("expired") {
        (
            "the certificate has expired",
            format!("{host}: check this machine's clock and `base_url`; if they are right, tell the provider"),
        )
    } else if is_certificate && text.contains("not valid yet") {
        ("the certificate is not valid yet", format!("{host}: set this machine's clock (timedatectl set-ntp true)"))
    } else if is_certificate && text.contains("not valid for") {
        let remedy = "correct `base_url`; if it is right, another server answers in its place: do not log in";
        ("the certificate belongs to another host", format!("{host}: {remedy}"))
    } else if is_certificate {
        let remedy =
            "if your company's proxy inspects HTTPS, add its authority to the system's; otherwise do not log in";
        ("an unknown authority signed the certificate", format!("{host}: {remedy}"))
    } else if let Some(variable) = proxy(base_url) {
        let remedy = format!("correct {variable}, or add {host} to NO_PROXY");
        ("no answer through the proxy", remedy)
    } else if error.is_timeout() {
        ("no answer in time", format!("{host}: a firewall may drop the connection; allow it, or set HTTPS_PROXY"))
    } else if error.is_connect() {
        ("no connection", format!("{host}: check `base_url`, the network and the firewall"))
    } else {
        ("no HTTP answer", format!("{host}: check `base_url`, because another program may listen there"))
    };
    Finding::otherwise("setup.connection", seen).remedy(remedy).of_setup()
}

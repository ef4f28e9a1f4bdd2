//! A registry on loopback: cargo's sparse index, downloads, and uploads that can be made to fail.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, put};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The token that an upload must show. It is valid only here.
const TOKEN: &str = "loopback-token";

/// A registry that runs as long as its test.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    address: SocketAddr,
    crates: Arc<Mutex<Crates>>,
}

#[derive(Debug)]
struct Crates {
    /// The lines of the index, and the packages, by name and version.
    published: BTreeMap<(String, String), (Value, Bytes)>,
    /// The number of uploads that are still accepted.
    takes: usize,
    /// The number of uploads after which one is refused for the moment.
    limit: usize,
}

impl Registry {
    /// Starts it in a thread of its own.
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let crates = Crates { published: BTreeMap::new(), takes: usize::MAX, limit: usize::MAX };
        let registry = Self { address: listener.local_addr().unwrap(), crates: Arc::new(Mutex::new(crates)) };
        let router = Router::new()
            .route("/{run}/index/config.json", get(config))
            .route("/{run}/index/{a}/{b}/{name}", get(index))
            .route("/{run}/index/3/{a}/{name}", get(short_index))
            .route("/api/v1/crates/new", put(upload).layer(axum::extract::DefaultBodyLimit::max(16 << 20)))
            .route("/download/{name}/{version}/download", get(download))
            .with_state(registry.clone());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        registry
    }

    /// Returns the variables with which cargo finds it as `loopback`, and publishes to it.
    pub(crate) fn variables(&self) -> [(&'static str, String); 2] {
        // An address that no other run had: cargo keeps what it got from there by address, name and version.
        let index = format!("sparse+http://{}/{}/index/", self.address, std::process::id());
        [("CARGO_REGISTRIES_LOOPBACK_INDEX", index), ("CARGO_REGISTRY_DEFAULT", "loopback".into())]
    }

    /// Returns the variable with the token of an upload.
    pub(crate) fn token() -> (&'static str, &'static str) {
        ("CARGO_REGISTRIES_LOOPBACK_TOKEN", TOKEN)
    }

    /// Accepts this number of further uploads, and refuses all later ones.
    pub(crate) fn take(&self, uploads: usize) {
        self.lock().takes = uploads;
    }

    /// Accepts this number of new crates at once, and the others when it is asked again.
    pub(crate) fn limit(&self, crates: usize) {
        self.lock().limit = crates;
    }

    /// Returns the published crates, as `name version`.
    pub(crate) fn published(&self) -> Vec<String> {
        self.lock().published.keys().map(|(name, version)| format!("{name} {version}")).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Crates> {
        self.crates.lock().unwrap()
    }
}

async fn config(State(registry): State<Registry>) -> String {
    let base = format!("http://{}", registry.address);
    json!({ "dl": format!("{base}/download"), "api": base }).to_string()
}

async fn index(
    State(registry): State<Registry>,
    Path((_, _, _, name)): Path<(String, String, String, String)>,
) -> Result<String, StatusCode> {
    lines(&registry, &name)
}

async fn short_index(
    State(registry): State<Registry>,
    Path((_, _, name)): Path<(String, String, String)>,
) -> Result<String, StatusCode> {
    lines(&registry, &name)
}

fn lines(registry: &Registry, name: &str) -> Result<String, StatusCode> {
    let crates = registry.lock();
    let versions = crates.published.iter().filter(|((published, _), _)| published == name);
    let lines = versions.fold(String::new(), |lines, (_, (line, _))| lines + &line.to_string() + "\n");
    if lines.is_empty() { Err(StatusCode::NOT_FOUND) } else { Ok(lines) }
}

async fn download(State(registry): State<Registry>, Path(which): Path<(String, String)>) -> Result<Bytes, StatusCode> {
    registry.lock().published.get(&which).map(|(_, package)| package.clone()).ok_or(StatusCode::NOT_FOUND)
}

async fn upload(State(registry): State<Registry>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let refused = |status, detail: &str| (status, json!({ "errors": [{ "detail": detail }] }).to_string());
    if headers.get("authorization").is_none_or(|token| token != TOKEN) {
        return refused(StatusCode::FORBIDDEN, "this token is not known");
    }
    let mut crates = registry.lock();
    if crates.takes == 0 {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "the registry takes no more for now");
    }
    if crates.limit == 0 {
        crates.limit = usize::MAX;
        let text = "You have published too many new crates in a short period of time. Please try again later.";
        return refused(StatusCode::TOO_MANY_REQUESTS, text);
    }
    crates.limit -= 1;
    let (metadata, rest) = part(&body);
    let (package, _) = part(rest);
    let metadata: Value = serde_json::from_slice(metadata).unwrap();
    let (line, which) = entry(&metadata, package);
    if crates.published.contains_key(&which) {
        return refused(StatusCode::CONFLICT, "this version is there already");
    }
    crates.takes -= 1;
    crates.published.insert(which, (line, Bytes::copy_from_slice(package)));
    (StatusCode::OK, json!({ "warnings": { "invalid_categories": [], "invalid_badges": [], "other": [] } }).to_string())
}

/// One part of an upload, which its length in four bytes precedes; and what follows it.
fn part(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = bytes.split_first_chunk().unwrap();
    rest.split_at(u32::from_le_bytes(*length) as usize)
}

/// The line of the index that stands for an upload.
fn entry(metadata: &Value, package: &[u8]) -> (Value, (String, String)) {
    let text = |key: &str| metadata[key].as_str().unwrap().to_string();
    let dependencies: Vec<Value> = metadata["deps"].as_array().unwrap().iter().map(dependency).collect();
    let mut checksum = String::new();
    for byte in Sha256::digest(package) {
        write!(checksum, "{byte:02x}").unwrap();
    }
    let line = json!({
        "name": metadata["name"], "vers": metadata["vers"], "deps": dependencies, "cksum": checksum,
        "features": metadata["features"], "yanked": false, "links": metadata["links"],
        "rust_version": metadata["rust_version"], "v": 2,
    });
    (line, (text("name"), text("vers")))
}

/// An upload names a renamed dependency the other way round than the index does.
fn dependency(uploaded: &Value) -> Value {
    let renamed = &uploaded["explicit_name_in_toml"];
    let (name, package) = if renamed.is_string() { (renamed, &uploaded["name"]) } else { (&uploaded["name"], renamed) };
    json!({
        "name": name, "package": package, "req": uploaded["version_req"], "features": uploaded["features"],
        "optional": uploaded["optional"], "default_features": uploaded["default_features"],
        "target": uploaded["target"], "kind": uploaded["kind"], "registry": uploaded["registry"],
    })
}

//! The page of metrics, events and spans, the dashboard and the alerts, compared with the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use auth_sandbox::{Fault, On, Sandbox};
use auth_store_redis::RedisStore;
use pontotel_auth::auth_core::store::{KeyRing, SharedStore};
use pontotel_auth::auth_core::{Stats, serde_json};
use pontotel_auth::{Builder, Client};
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// The level and the fields of each name.
type Signals = BTreeMap<String, (String, BTreeSet<String>)>;

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the cells of each row that begins with a name in the namespace `auth.`.
fn rows(page: &str) -> Vec<Vec<String>> {
    let rows = page.lines().filter(|line| line.starts_with("| `auth."));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect()).collect()
}

/// Returns true for a metric, whose second name is that for Prometheus, and false for an event or a span.
fn is_metric(row: &[String]) -> bool {
    row[1].starts_with("auth_")
}

/// Returns the events and spans of the page.
fn signals_of_the_page() -> Signals {
    let rows = rows(&file("telemetry.md")).into_iter().filter(|row| row.len() == 4 && !is_metric(row));
    let fields = |cell: &str| cell.split(", ").map(str::to_owned).collect();
    rows.map(|row| (row[0].clone(), (row[1].clone(), fields(&row[2])))).collect()
}

#[test]
fn the_table_of_metrics_is_the_list_of_metrics() {
    let metrics = Stats::default().metrics();
    let metrics = metrics.map(|metric| {
        vec![metric.name.to_owned(), metric.prometheus_name(), metric.unit.to_owned(), metric.help.to_owned()]
    });
    let rows = rows(&file("telemetry.md")).into_iter().filter(|row| is_metric(row));
    assert_eq!(rows.collect::<Vec<_>>(), metrics.collect::<Vec<_>>());
}

#[test]
fn dashboard_and_alerts_use_exactly_the_names_of_the_metrics() {
    let names: BTreeSet<String> = Stats::default().metrics().map(|metric| metric.prometheus_name()).collect();
    let dashboard = file("telemetry/dashboard.json");
    serde_json::from_str::<serde_json::Value>(&dashboard).expect("the dashboard is JSON");
    let used = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.filter(|word| word.starts_with("auth_")).map(str::to_owned).collect()
    };
    assert_eq!(used(&dashboard), names);
    let alerts = file("telemetry/alerts.yml");
    assert!(used(&alerts).is_subset(&names) && used(&file("telemetry/alerts.test.yml")).is_subset(&names));
    let events = signals_of_the_page();
    for word in alerts.split([' ', '\n']).filter(|word| word.starts_with("auth.")) {
        assert!(events.contains_key(word.trim_end_matches('.')), "{word}");
    }
    let tests = file("telemetry/alerts.test.yml");
    for alert in alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(tests.contains(&format!("alertname=\"{alert}\"")), "no test of {alert}");
    }
}

/// Returns the Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let files = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

/// Events that no test can provoke are held by this one.
#[test]
fn each_event_and_span_of_the_core_is_on_the_page_and_each_row_is_in_the_code() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/auth-core/src");
    let mut levels = BTreeMap::new();
    for path in sources(&core) {
        let text = fs::read_to_string(&path).expect("a source");
        for call in text.split("tracing::").skip(1).filter_map(|call| call.split(';').next()) {
            let Some((level, arguments)) = call.split_once("!(") else { continue };
            let name = arguments.split('"').find(|part| part.starts_with("auth."));
            let name = name.unwrap_or_else(|| panic!("{}: {call}: it has no name", path.display()));
            let level = level.trim_end_matches("_span").to_owned();
            assert!(levels.insert(name.to_owned(), level).is_none(), "{name}: two events have this name");
        }
    }
    let page = signals_of_the_page();
    assert_eq!(levels, page.into_iter().map(|(name, (level, _))| (name, level)).collect());
}

/// Collects the events and spans of the core.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Signals>>);

impl Captured {
    fn add(&self, metadata: &Metadata<'_>) {
        if metadata.target().starts_with("auth_core") {
            let fields = metadata.fields().iter().map(|field| field.name().to_owned());
            let fields = fields.filter(|field| field != "message").collect();
            let level = metadata.level().to_string().to_lowercase();
            self.0.lock().expect("no panic").insert(metadata.name().to_owned(), (level, fields));
        }
    }
}

impl<S: Subscriber> Layer<S> for Captured {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        self.add(event.metadata());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, _id: &Id, _context: Context<'_, S>) {
        self.add(attributes.metadata());
    }
}

#[tokio::test]
async fn captured_events_and_spans_have_the_level_and_the_fields_of_their_row() {
    let captured = Captured::default();
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(captured.clone()));
    provoke().await.expect("a sandbox");
    drop(guard);
    let captured = captured.0.lock().expect("no panic").clone();
    let page = signals_of_the_page();
    for (name, signal) in &captured {
        assert_eq!(Some(signal), page.get(name), "{name}");
    }
    for name in [
        "auth.login",
        "auth.logged_in",
        "auth.login_failed",
        "auth.login_refused",
        "auth.credential_invalidated",
        "auth.store_degraded",
        "auth.attempt_failed",
        "auth.cooling_down",
        "auth.credential_kept",
        "auth.request_replayed",
    ] {
        assert!(captured.contains_key(name), "{name} was not captured: {captured:?}");
    }
}

/// Provokes the most important events.
async fn provoke() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let provider = sandbox.pontotel();
    let account = |password: &str| {
        Builder::default().username(provider.username()).password(password).base_url(provider.base_url())
    };
    let client: Client = account(provider.password()).build()?;
    client.get("usuarios/").error_for_status().await?;
    provider.revoke_all();
    client.get("usuarios/").error_for_status().await?;
    provider.revoke_all();
    client.get("usuarios/").error_for_status().await.expect_err("no login may be sent so soon");
    let wrong = account("errada").build()?;
    wrong.get("usuarios/").error_for_status().await.expect_err("it is refused");
    wrong.get("usuarios/").error_for_status().await.expect_err("a cooldown runs");
    provider.fault(On::Login, Fault::Status { status: 503, times: 9 });
    account(provider.password()).build()?.get("usuarios/").error_for_status().await.expect_err("the provider is down");
    let key = KeyRing::new("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?;
    let store = SharedStore::new(RedisStore::new("redis://127.0.0.1:1")?, key);
    account(provider.password())
        .shared_store(store)
        .build()?
        .get("usuarios/")
        .send()
        .await
        .expect_err("the provider is down");
    Ok(())
}

//! The counters of the sidecar, for Prometheus.

use std::fmt;
use std::time::Instant;

use auth_core::Stats;
use auth_core::http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

type Labels = Vec<(&'static str, String)>;

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// The buckets, from a cached answer of the same machine to a login that takes half a minute.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The metrics of a sidecar.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    answers: Family<Labels, Counter>,
    problems: Family<Labels, Counter>,
    running: Family<Labels, Gauge>,
    connections: Family<Labels, Gauge>,
    seconds: Family<Labels, Histogram, fn() -> Histogram>,
}

impl Metrics {
    /// Creates the metrics. The accounts' counters are read at each scrape.
    pub(super) fn new(stats: impl Fn() -> Vec<(String, Stats)> + Send + Sync + 'static) -> Self {
        let mut registry = Registry::with_prefix("authctl");
        let (answers, problems, running, connections) =
            (Family::default(), Family::default(), Family::default(), Family::default());
        let seconds = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        registry.register("requests", "Answered requests, by the class of the status", answers.clone());
        registry.register("problems", "Requests that the sidecar answered itself, by the problem", problems.clone());
        registry.register("running_requests", "Requests whose answer has not begun", running.clone());
        registry.register("connections", "Open connections of callers", connections.clone());
        registry.register("request_seconds", "The time from a request's head to its answer's", seconds.clone());
        registry.register_collector(Box::new(Accounts(Box::new(stats))));
        Self { registry, answers, problems, running, connections, seconds }
    }

    /// Returns the metrics of one profile.
    pub(super) fn of(&self, profile: &str) -> ProfileMetrics {
        let labels = || vec![("profile", profile.to_owned())];
        let class = |class: &str| [labels(), vec![("status", class.to_owned())]].concat();
        ProfileMetrics {
            answers: CLASSES.map(|name| self.answers.get_or_create_owned(&class(name))),
            problems: self.problems.clone(),
            running: self.running.get_or_create_owned(&labels()),
            connections: self.connections.get_or_create_owned(&labels()),
            seconds: self.seconds.get_or_create_owned(&labels()),
            profile: profile.to_owned(),
        }
    }

    /// Returns the text that Prometheus reads.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// The metrics of one profile.
#[derive(Clone, Debug)]
pub(super) struct ProfileMetrics {
    answers: [Counter; 5],
    problems: Family<Labels, Counter>,
    running: Gauge,
    connections: Gauge,
    seconds: Histogram,
    profile: String,
}

impl ProfileMetrics {
    /// Counts a request until its answer begins, or until its caller goes away.
    #[expect(clippy::disallowed_methods, reason = "no decision depends on this duration, which is only counted")]
    pub(super) fn begin(&self) -> Running<'_> {
        self.running.inc();
        Running { metrics: self, began: Instant::now() }
    }

    /// Counts a connection until it ends.
    pub(super) fn connection(&self) -> Connection {
        self.connections.inc();
        Connection(self.connections.clone())
    }
}

/// A connection that is counted as open.
pub(super) struct Connection(Gauge);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A request that is counted as running.
pub(super) struct Running<'a> {
    metrics: &'a ProfileMetrics,
    began: Instant,
}

impl Running<'_> {
    /// Counts the answer.
    pub(super) fn end(self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len());
        self.metrics.answers[class - 1].inc();
        self.metrics.seconds.observe(self.began.elapsed().as_secs_f64());
    }

    /// Counts the answer, which is a problem of this sidecar.
    pub(super) fn fail(self, kind: &str, status: StatusCode) {
        let labels = vec![("profile", self.metrics.profile.clone()), ("problem", kind.to_owned())];
        self.metrics.problems.get_or_create(&labels).inc();
        self.end(status);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.metrics.running.dec();
    }
}

/// The counters of the accounts' clients, by profile.
struct Accounts(Box<dyn Fn() -> Vec<(String, Stats)> + Send + Sync>);

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Accounts")
    }
}

impl Collector for Accounts {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let stats = (self.0)();
        for (name, help, count) in COUNTS {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for (profile, stats) in &stats {
                let labels = [("profile", profile.as_str())];
                ConstCounter::new(count(stats)).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

type Count = (&'static str, &'static str, fn(&Stats) -> u64);

const COUNTS: [Count; 9] = [
    ("logins", "Logins that succeeded", |stats| stats.logins),
    ("renewals", "Logins that replaced a credential before its expiry", |stats| stats.renewals),
    ("logins_failed", "Logins that failed", |stats| stats.logins_failed),
    ("logins_refused", "Logins that the provider refused", |stats| stats.logins_refused),
    ("invalidated", "Credentials that a 401 invalidated", |stats| stats.invalidated),
    ("replays", "Requests that were sent again after a 401", |stats| stats.replays),
    ("cooldown_errors", "Requests that failed because a login is held back", |stats| stats.cooldown_errors),
    ("adopted", "Credentials that another process had obtained", |stats| stats.adopted),
    ("store_failures", "Failures of the shared store", |stats| stats.store_failures),
];

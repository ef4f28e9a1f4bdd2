//! The counters and gauges of a client.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The counters of a client and its clones since it was created, or of a whole [set](crate::Accounts::stats). Each
/// counter stops at 4,294,967,295.
///
/// ```
/// # fn show(client: &auth_core::Client<impl auth_core::Login>) {
/// let stats = client.stats();
/// println!("{} logins, {} of them renewals", stats.logins, stats.renewals);
/// # }
/// ```
///
/// For a client with a shared store, two counters show whether sharing works:
///
/// ```
/// # fn show(stats: auth_core::Stats) {
/// let from_others = stats.adopted;
/// if stats.store_bypassed > 0 {
///     println!("{} logins bypassed the store, which failed {} times", stats.store_bypassed, stats.store_failures);
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Login requests that were sent, including repeated attempts.
    pub logins: u64,
    /// Credentials that were renewed in the background before their expiry.
    pub renewals: u64,
    /// Credentials that were obtained with a refresh token instead of a login.
    pub refreshes: u64,
    /// Logins that failed after all their attempts.
    pub logins_failed: u64,
    /// Failed logins for which the provider refused the secrets or the address.
    pub logins_refused: u64,
    /// Credentials that were invalidated because the provider answered 401 to them.
    pub invalidated: u64,
    /// Requests that were replayed after a 401.
    pub replays: u64,
    /// Requests that were retried under the [`RetryPolicy`](crate::RetryPolicy).
    pub retries: u64,
    /// Calls that failed at once because a cooldown was running.
    pub cooldown_errors: u64,
    /// Credentials that came from a shared store instead of a login.
    pub adopted: u64,
    /// Failures of the shared store: errors, time-outs, and records that cannot be used. Each has an event
    /// `auth.store_degraded`, but while a store is down only one in 5 s is reported.
    pub store_failures: u64,
    /// Logins that waited for the login of another process.
    pub store_waits: u64,
    /// Logins that were not sent because another process was refused or limited, or because two machines saw an outage.
    /// With a provider that allows one session, also because another process has not ended its session.
    pub store_deferred: u64,
    /// Logins that were taken over from other processes because they took too long.
    pub store_takeovers: u64,
    /// Credentials that were removed from the store because they were invalidated or forgotten here.
    pub store_removals: u64,
    /// Logins without the store, because it failed or its lease was never released. They are not shared.
    pub store_bypassed: u64,
    /// Requests that waited for a permit of the [`Quota`](crate::Quota).
    pub quota_waits: u64,
    /// Calls that failed at once because the quota had no permit in time.
    pub quota_errors: u64,
    /// Operations of the shared store on the quota's permits.
    pub quota_operations: u64,
    /// The number of requests that are left, in the window of the quota that had the fewest when this client counted
    /// last. Zero for a client without a quota, and for a set.
    pub quota_left: u64,
    /// The number of requests that the smallest window of the quota allows. Zero for a client without a quota, and for
    /// a set.
    pub quota_limit: u64,
}

impl Stats {
    /// Returns the counters as a list for exporters. docs/telemetry.md has its table.
    ///
    /// ```
    /// # fn show(client: &auth_core::Client<impl auth_core::Login>) {
    /// for metric in client.stats().metrics() {
    ///     println!("# HELP {} {}", metric.prometheus_name(), metric.help);
    ///     println!("{} {}", metric.prometheus_name(), metric.value);
    /// }
    /// # }
    /// ```
    ///
    /// The order, the names and the units stay the same within a major version. New counters are added at the end.
    #[must_use]
    pub fn metrics(&self) -> impl ExactSizeIterator<Item = Metric> + use<> {
        // Without `..`, so that the compiler finds a counter that the list lacks.
        let Self {
            logins,
            renewals,
            refreshes,
            logins_failed,
            logins_refused,
            invalidated,
            replays,
            retries,
            cooldown_errors,
            adopted,
            store_failures,
            store_waits,
            store_deferred,
            store_takeovers,
            store_removals,
            store_bypassed,
            quota_waits,
            quota_errors,
            quota_operations,
            quota_left,
            quota_limit,
        } = *self;
        let gauge = |name, unit, help, value| Metric { name, kind: MetricKind::Gauge, unit, help, value };
        let counter = |name, unit, help, value| Metric { name, kind: MetricKind::Counter, unit, help, value };
        [
            counter("auth.logins", "{login}", "Login requests that were sent, including repeated attempts.", logins),
            counter("auth.renewals", "{credential}", "Credentials that were renewed before their expiry.", renewals),
            counter("auth.refreshes", "{credential}", "Credentials obtained with a refresh token.", refreshes),
            counter("auth.logins_failed", "{login}", "Logins that failed after all their attempts.", logins_failed),
            counter("auth.logins_refused", "{login}", "Logins that the provider refused.", logins_refused),
            counter("auth.invalidated", "{credential}", "Credentials to which the provider answered 401.", invalidated),
            counter("auth.replays", "{request}", "Requests that were replayed after a 401.", replays),
            counter("auth.retries", "{request}", "Requests that were retried under the retry policy.", retries),
            counter("auth.cooldown_errors", "{call}", "Calls that failed at once during a cooldown.", cooldown_errors),
            counter("auth.adopted", "{credential}", "Credentials that came from the shared store.", adopted),
            counter("auth.store_failures", "{failure}", "Failures of the shared store.", store_failures),
            counter("auth.store_waits", "{login}", "Logins that waited for another process.", store_waits),
            counter(
                "auth.store_deferred",
                "{login}",
                "Logins that another process's outcome deferred.",
                store_deferred,
            ),
            counter("auth.store_takeovers", "{login}", "Logins taken over from slow processes.", store_takeovers),
            counter("auth.store_removals", "{credential}", "Credentials removed from the store.", store_removals),
            counter("auth.store_bypassed", "{login}", "Logins that bypassed the shared store.", store_bypassed),
            counter("auth.quota_waits", "{request}", "Requests that waited for the quota.", quota_waits),
            counter("auth.quota_errors", "{call}", "Calls that failed because the quota was used up.", quota_errors),
            counter("auth.quota_operations", "{operation}", "Operations of the store on the quota.", quota_operations),
            gauge("auth.quota_left", "{request}", "Requests that the quota has left.", quota_left),
            gauge(
                "auth.quota_limit",
                "{request}",
                "Requests that the quota allows in its smallest window.",
                quota_limit,
            ),
        ]
        .into_iter()
    }
}

/// One counter with the texts that an exporter needs.
///
/// ```
/// let logins = auth_core::Stats::default().metrics().next().expect("a metric");
/// assert_eq!((logins.name, logins.unit, logins.value), ("auth.logins", "{login}", 0));
/// assert_eq!(logins.prometheus_name(), "auth_logins_total");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// The name in OpenTelemetry's form, such as `auth.logins`: `auth.` and the name of the field of [`Stats`].
    pub name: &'static str,
    /// The kind, which decides how an exporter treats the value.
    pub kind: MetricKind,
    /// The unit in UCUM's form, such as `{login}`.
    pub unit: &'static str,
    /// A sentence for the reader of a dashboard.
    pub help: &'static str,
    /// The value since the client was created, or that of now for a gauge.
    pub value: u64,
}

impl Metric {
    /// Returns the name in Prometheus's form, such as `auth_logins_total`. OpenTelemetry's exporter to Prometheus
    /// derives the same one.
    ///
    /// ```
    /// use auth_core::{MetricKind, Stats};
    ///
    /// for metric in Stats::default().metrics() {
    ///     let is_counter = metric.kind == MetricKind::Counter;
    ///     assert_eq!(metric.prometheus_name().ends_with("_total"), is_counter);
    /// }
    /// ```
    #[must_use]
    pub fn prometheus_name(&self) -> String {
        let name = self.name.replace('.', "_");
        match self.kind {
            MetricKind::Counter => name + "_total",
            MetricKind::Gauge => name,
        }
    }
}

/// The kind of a metric.
///
/// ```
/// # use auth_core::{MetricKind, Stats};
/// let gauges = Stats::default().metrics().filter(|metric| metric.kind == MetricKind::Gauge);
/// assert_eq!(gauges.map(|metric| metric.name).collect::<Vec<_>>(), ["auth.quota_left", "auth.quota_limit"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// A number that never goes down while the client lives.
    Counter,
    /// A number that goes up and down.
    Gauge,
}

/// A counter of half the size of the number that is read, because every account has nine.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU32);

impl Counter {
    pub(crate) fn count(&self) {
        // The counter stays at its maximum.
        let _full = self.0.fetch_update(Relaxed, Relaxed, |count| count.checked_add(1));
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed).into()
    }
}

/// The counters of a set of accounts, including accounts that were dropped.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) counters: Counters,
    pub(crate) store: StoreCounters,
}

impl Totals {
    pub(crate) fn read(&self) -> Stats {
        self.store.add_to(self.counters.read())
    }
}

/// The counters of an account that are used without a store.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) logins: Counter,
    pub(crate) renewals: Counter,
    pub(crate) refreshes: Counter,
    pub(crate) logins_failed: Counter,
    pub(crate) logins_refused: Counter,
    pub(crate) invalidated: Counter,
    pub(crate) replays: Counter,
    pub(crate) retries: Counter,
    pub(crate) cooldown_errors: Counter,
}

impl Counters {
    pub(crate) fn read(&self) -> Stats {
        Stats {
            logins: self.logins.get(),
            renewals: self.renewals.get(),
            refreshes: self.refreshes.get(),
            logins_failed: self.logins_failed.get(),
            logins_refused: self.logins_refused.get(),
            invalidated: self.invalidated.get(),
            replays: self.replays.get(),
            retries: self.retries.get(),
            cooldown_errors: self.cooldown_errors.get(),
            ..Stats::default()
        }
    }
}

/// The counters of an account that are used with a shared store.
#[derive(Debug, Default)]
pub(crate) struct StoreCounters {
    pub(crate) adopted: Counter,
    pub(crate) failures: Counter,
    pub(crate) waits: Counter,
    pub(crate) deferred: Counter,
    pub(crate) takeovers: Counter,
    pub(crate) removals: Counter,
    pub(crate) bypassed: Counter,
}

impl StoreCounters {
    pub(crate) fn add_to(&self, stats: Stats) -> Stats {
        Stats {
            adopted: self.adopted.get(),
            store_failures: self.failures.get(),
            store_waits: self.waits.get(),
            store_deferred: self.deferred.get(),
            store_takeovers: self.takeovers.get(),
            store_removals: self.removals.get(),
            store_bypassed: self.bypassed.get(),
            ..stats
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counter_is_a_metric_of_its_own_name_with_its_own_value() {
        let counters = Counters::default();
        let store = StoreCounters::default();
        let one_to = |number: u32, counter: &Counter| counter.0.store(number, Relaxed);
        for (number, counter) in (1..).zip([&counters.logins, &counters.replays, &store.adopted, &store.bypassed]) {
            one_to(number, counter);
        }
        let stats = store.add_to(counters.read());
        let fields = format!("{stats:?}");
        for metric in stats.metrics() {
            let field = metric.name.strip_prefix("auth.").unwrap();
            assert!(fields.contains(&format!(" {field}: {}", metric.value)), "{metric:?}: {fields}");
            assert!(metric.help.ends_with('.') && metric.unit.starts_with('{'), "{metric:?}");
        }
        assert_eq!(stats.metrics().len(), fields.matches(": ").count());
        assert_eq!(stats.metrics().map(|metric| metric.value).sum::<u64>(), 10);
    }

    #[test]
    fn a_count_that_is_full_stays_full() {
        let counter = Counter(AtomicU32::new(u32::MAX - 1));
        for _ in 0..3 {
            counter.count();
            assert_eq!(counter.get(), u64::from(u32::MAX));
        }
    }
}

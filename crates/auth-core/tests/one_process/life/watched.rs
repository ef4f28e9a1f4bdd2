//! Events and spans: a label in every event, and logins within the spans of their callers.

use std::collections::HashSet;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::{Accounts, Client, Expiry, Options};
use tokio::time::sleep;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Instrument, Subscriber, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::account::{Account, advance, hour, refused, session, settle, unavailable};

/// The log, one line for each: `event` with its fields and span, `span` with its fields and parent, `close`.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn push(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn with(&self, part: &str) -> Vec<String> {
        self.0.lock().unwrap().iter().filter(|line| line.contains(part)).cloned().collect()
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let within = context.event_span(event).map_or("nobody", |span| span.name());
        self.push(format!("event within={within}{}", fields.0));
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields(String::new());
        attributes.record(&mut fields);
        let parent = context.span(id).and_then(|span| span.parent().map(|parent| parent.name())).unwrap_or("nobody");
        self.push(format!("span {} of={parent}{}", attributes.metadata().name(), fields.0));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.push(format!("close {}", context.span(&id).map_or("nobody", |span| span.name())));
    }
}

/// Returns the log of a future.
async fn logged(future: impl Future<Output = ()>) -> Log {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(log.clone()));
    future.await;
    drop(guard);
    log
}

fn wrong() -> Account {
    Account::new(async |_| refused())
}

/// Returns the values of the field `account`.
fn labels(lines: &[String]) -> HashSet<String> {
    let label = |line: &String| Some(line.split_once(" account=")?.1.split(' ').next()?.to_owned());
    lines.iter().filter_map(label).collect()
}

/// Two customers with wrong passwords, with and without a set.
#[tokio::test(start_paused = true)]
async fn events_of_accounts_differ_by_label_and_show_neither_key_nor_user() {
    let log = logged(async {
        let accounts: Accounts<&str, Account> = Accounts::new(Options::default().label("the same for all"));
        for customer in ["maria@example.com", "joana@example.com"] {
            accounts.insert(customer, wrong()).unwrap().credential().await.unwrap_err();
        }
        for account in [wrong(), wrong()] {
            account.client().credential().await.unwrap_err();
        }
    })
    .await;
    let refusals = log.with("the provider refused the login");
    assert_eq!((refusals.len(), labels(&refusals).len()), (4, 4), "{refusals:?}");
    let hashed = |label: &String| label.len() == 12 && label.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(labels(&refusals).iter().all(hashed), "{refusals:?}");
    assert!(log.with("maria").is_empty() && log.with("joana").is_empty());
    assert_eq!(labels(&log.with("span auth.login")), labels(&refusals), "the spans have the same labels");
}

/// An account that is dropped and added again belongs to the same customer.
#[tokio::test(start_paused = true)]
async fn the_label_of_a_key_stays_the_same_while_the_process_lives() {
    let of = |accounts: &Accounts<u64, Account>, key| accounts.insert(key, wrong()).unwrap().label();
    let (one, other) = (Accounts::new(Options::default()), Accounts::new(Options::default()));
    assert_eq!(of(&one, 1), of(&one, 1));
    assert_eq!(of(&one, 1), of(&other, 1));
    assert_ne!(of(&one, 1), of(&one, 2));
    let added = one.get_or_insert_with(&3, || Ok(wrong())).unwrap();
    assert_eq!(added.label(), of(&other, 3));
}

/// The text of the key, by an explicit call.
#[tokio::test(start_paused = true)]
async fn a_label_that_the_caller_set_is_in_every_event_and_span() {
    let log = logged(async {
        let accounts: Accounts<u64, Account> = Accounts::new(Options::default()).labels(|key| format!("loja-{key}"));
        let account = Account::new(async |number| if number == 1 { unavailable() } else { hour(number) });
        let client = accounts.get_or_insert_with(&17, || Ok(account)).unwrap();
        let session = client.credential().await.unwrap();
        assert!(client.invalidate(&session));
        let client = accounts.insert(18, wrong()).unwrap();
        client.credential().await.unwrap_err();
        client.credential().await.unwrap_err();
    })
    .await;
    let told =
        ["a login attempt failed", "logged in", "credential is invalidated", "refused the login", "a cooldown runs"];
    for (event, key) in told.into_iter().zip([17, 17, 17, 18, 18]) {
        let lines = log.with(event);
        assert_eq!(labels(&lines), [format!("loja-{key}")].into(), "{event}: {lines:?}");
    }
    let all = log.with(" server.address=");
    assert!(all.iter().all(|line| line.contains(" account=loja-1")), "{all:?}");
    assert_eq!(log.with("span auth.login").len(), 3);
}

/// The label of a single client comes from its options.
#[test]
fn the_label_of_a_single_client_comes_from_its_options() {
    let labelled = |label: &str| wrong().client_with(Options::default().label(label)).label();
    assert_eq!(labelled("Padaria do João"), "Padaria do João");
    assert_eq!(labelled("a\nERROR forged"), "a ERROR forged");
    assert_eq!(labelled(&"x".repeat(1000)).chars().count(), 64);
    assert_eq!(labelled(" ").len(), 12, "an empty label counts as missing");
    let client = wrong().client_with(Options::default().label("loja"));
    assert_eq!(Client::clone(&client).label(), "loja");
}

/// What a caller's span says about the customer applies to the login, too.
#[tokio::test(start_paused = true)]
async fn the_span_of_a_login_is_a_child_of_its_callers_span() {
    let log = logged(async {
        let (good, bad) = (Account::new(async |number| hour(number)).client(), wrong().client());
        good.credential().instrument(info_span!("request_of_maria")).await.unwrap();
        bad.credential().instrument(info_span!("request_of_joana")).await.unwrap_err();
        // Another task joins a running login, which stays in the span of its first caller.
        let slow = Account::new(async |number| {
            sleep(Duration::from_secs(1)).await;
            hour(number)
        })
        .client();
        let first = slow.credential().instrument(info_span!("first"));
        let joined = slow.credential().instrument(info_span!("joined"));
        let (first, joined) = tokio::join!(first, joined);
        assert_eq!(first.unwrap().number, joined.unwrap().number);
    })
    .await;
    for caller in ["request_of_maria", "request_of_joana", "first"] {
        assert_eq!(log.with(&format!("span auth.login of={caller}")).len(), 1, "{log:?}");
    }
    assert_eq!(log.with("span auth.login").len(), 3);
    assert_eq!(log.with("event within=request_of_maria")[0].matches("logged in").count(), 1, "{log:?}");
    assert!(log.with("refused the login")[0].contains("within=request_of_joana"), "{log:?}");
}

/// A renewal, which its caller does not wait for.
#[tokio::test(start_paused = true)]
async fn a_renewal_is_outside_its_callers_span_and_does_not_keep_it_open() {
    let log = logged(async {
        let account = Account::new(async |number| {
            sleep(Duration::from_secs(1)).await;
            session(number, Expiry::In(Duration::from_secs(160)))
        });
        let client = account.client();
        client.credential().await.unwrap();
        advance(Duration::from_secs(145)).await;
        client.credential().instrument(info_span!("request")).await.unwrap();
        // Nor is the renewal part of a span within which the runtime is driven.
        settle().instrument(info_span!("elsewhere")).await;
        assert_eq!(account.logins(), 2);
        sleep(Duration::from_secs(2)).await;
        assert_eq!(client.stats().renewals, 1);
    })
    .await;
    let renewals = log.with("reason=Proactive");
    assert!(renewals.len() == 1 && renewals[0].contains("span auth.login of=nobody"), "{log:?}");
    assert!(log.with("event within=request").is_empty(), "{log:?}");
    let lines = log.with("");
    let at = |line: &str| lines.iter().rposition(|other| other.contains(line)).unwrap();
    assert!(at("close request") < at("close auth.login"), "{log:?}");
}

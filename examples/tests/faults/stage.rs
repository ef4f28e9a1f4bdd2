//! The stage of a case: a sandbox, the wire in front of it, and a client.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api4com_auth::auth_core::reqwest::ClientBuilder;
use api4com_auth::auth_core::reqwest::dns::{Addrs, Name, Resolve, Resolving};
use api4com_auth::auth_core::{Options, RetryPolicy};
use auth_sandbox::{On, Sandbox};

use crate::case::{Case, Place, Pooled, Strike};
use crate::party::{Party, Subject};
use crate::wire::answer::Step;
use crate::wire::{self, Wire, tls};

/// The lifetime of a token, which differs from every documented one.
const LIFETIME: Duration = Duration::from_secs(40 * 60);
/// A timeout that a case exceeds.
const SHORT: Duration = Duration::from_millis(700);
/// A timeout that no case exceeds.
const LONG: Duration = Duration::from_secs(8);
/// A name that no server has, by RFC 6761.
const NOWHERE: &str = "provider.invalid";

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) wire: Wire,
    pub(crate) subject: Box<dyn Subject>,
    names: Arc<Names>,
}

impl Stage {
    pub(crate) async fn set(case: &Case, party: &Party, on: On, attempts: u32) -> Self {
        let sandbox = loop {
            let sandbox = Sandbox::builder().lifetime(LIFETIME).allow_host(NOWHERE).port(wire::any_port());
            if let Ok(sandbox) = sandbox.start().await {
                break sandbox;
            }
        };
        let provider = (party.provider)(&sandbox);
        let rest = provider.base_url().strip_prefix("http://").expect("a sandbox without TLS");
        let (address, path) = rest.split_once('/').expect("a path");
        let path = format!("/{path}");
        let wire = Wire::start(party, address.parse().expect("an address"), &path);
        let names = Arc::new(Names { address: wire.address, gone: AtomicBool::new(false) });

        let (login_timeout, timeout) = match (case.waits, on) {
            (false, _) => (LONG, LONG),
            (true, On::Login) => (SHORT, LONG),
            (true, On::Resource) => (LONG, SHORT),
        };
        let mut options = Options::default().login_attempts(attempts).login_timeout(login_timeout).timeout(timeout);
        if case.repeats {
            options = options.retry(RetryPolicy::idempotent(1));
        }
        let mut scheme = "http";
        let mut host = wire.address.to_string();
        match case.strike {
            Strike::Place(Place::Tls(_)) => {
                scheme = "https";
                wire.speak(tls::right());
                options = options.configure(|client| client.tls_certs_only([tls::authority()]));
            }
            Strike::Place(Place::Unresolved) => {
                NOWHERE.clone_into(&mut host);
                options = options.dangerous_plain_http().configure(ClientBuilder::no_proxy);
                if on == On::Resource {
                    host = format!("{NOWHERE}:{}", wire.address.port());
                    let names = Arc::clone(&names);
                    options = options.configure(move |client| client.dns_resolver(Arc::clone(&names)));
                }
            }
            Strike::Place(Place::Stalled) => options = options.connect_timeout(SHORT),
            _ => {}
        }
        let subject = (party.connect)(provider, &format!("{scheme}://{host}{path}"), options);
        Self { sandbox, wire, subject, names }
    }

    /// Sets up the state before the fault.
    pub(crate) async fn prepare(&self, case: &Case, on: On) {
        let pooled = matches!(case.strike, Strike::Pooled(_));
        if pooled {
            self.wire.keep_alive();
        }
        if on == On::Resource || pooled {
            self.subject.login().await.expect("a login before the fault");
        }
        match on {
            On::Resource if pooled => drop(self.subject.fetch().await.expect("a request before the fault")),
            On::Login if pooled => self.subject.forget(),
            _ => return,
        }
        self.wire.forget(on);
    }

    pub(crate) async fn strike(&mut self, case: &Case, party: &Party, on: On) {
        match &case.strike {
            Strike::Sandbox(fault) => (party.provider)(&self.sandbox).fault(on, fault.clone()),
            Strike::Wire(edit) => self.wire.next(on, Arc::clone(edit)),
            Strike::Account(change) => change((party.provider)(&self.sandbox)),
            Strike::Place(Place::Refused) => self.wire.refuse().await,
            Strike::Place(Place::Stalled) => self.wire.stall().await,
            Strike::Place(Place::Unresolved) => self.names.gone.store(true, Ordering::SeqCst),
            Strike::Place(Place::Tls(flaw)) => self.wire.speak(tls::with(*flaw)),
            Strike::Pooled(Pooled::Reset) => self.wire.next(on, Arc::new(|_| vec![Step::Reset])),
            Strike::Pooled(Pooled::Closed) => {
                self.wire.hang_up();
                // Gives the client time to notice.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }

    /// Returns the secrets of the account, and those that crossed the wire.
    pub(crate) fn secrets(&self, party: &Party) -> Vec<String> {
        let provider = (party.provider)(&self.sandbox);
        let mut secrets = self.wire.secrets();
        let of_account = [provider.password(), provider.api_key()].map(str::to_owned);
        secrets.extend(of_account.into_iter().filter(|secret| !secret.is_empty()));
        secrets
    }
}

/// A resolver that forgets its one name.
struct Names {
    address: SocketAddr,
    gone: AtomicBool,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let address = self.address;
        let gone = self.gone.load(Ordering::SeqCst);
        Box::pin(async move {
            if gone {
                return Err(format!("no address for {}", name.as_str()).into());
            }
            let addresses: Addrs = Box::new([address].into_iter());
            Ok(addresses)
        })
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").finish_non_exhaustive()
    }
}

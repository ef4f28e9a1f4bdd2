//! Processes of a fleet whose secrets are rotated, not all at the same time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::secrecy::ExposeSecret;
use auth_core::store::{Fingerprint, Identify, KeyRing, SharedStore};
use auth_core::url::Url;
use auth_core::{Client, Error, ErrorKind, Http, Login, Options, Result, Secret};
use futures_util::future::join_all;

use super::account::{HOUR, KEY, Session, lives};
use super::memory::Memory;

/// A provider that accepts one password, and the passwords that it was sent.
#[derive(Clone, Debug, Default)]
struct Provider {
    accepted: Arc<Mutex<String>>,
    sent: Arc<Mutex<Vec<String>>>,
    /// True if the next login fails with an outage.
    fails: Arc<Mutex<bool>>,
}

/// The file of one machine.
type Place = Arc<Mutex<String>>;

impl Provider {
    fn new() -> Self {
        let provider = Self::default();
        provider.accepts("old");
        provider
    }

    fn accepts(&self, password: &str) {
        password.clone_into(&mut self.accepted.lock().unwrap());
    }

    fn fails_once(&self) {
        *self.fails.lock().unwrap() = true;
    }

    fn sent(&self) -> String {
        self.sent.lock().unwrap().join(" ")
    }

    fn process(&self, place: &Place, store: &Arc<Memory>) -> Client<Account> {
        let place = Arc::clone(place);
        let password = Secret::from_fn(move || {
            let found = place.lock().unwrap().clone();
            async move { Ok::<_, Error>(found) }
        });
        let base_url = Url::parse("http://127.0.0.1/api/").unwrap();
        let account = Account { base_url, password, provider: self.clone() };
        let shared = SharedStore::new(Arc::clone(store), KeyRing::new(KEY).unwrap());
        Client::shared(account, Options::default(), &shared).unwrap()
    }
}

fn place(password: &str) -> Place {
    Arc::new(Mutex::new(password.to_owned()))
}

fn set(place: &Place, password: &str) {
    password.clone_into(&mut place.lock().unwrap());
}

#[derive(Clone, Debug)]
struct Account {
    base_url: Url,
    password: Secret,
    provider: Provider,
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, _http: &Http) -> Result<Session> {
        let password = self.password.expose_secret();
        let number = {
            let mut sent = self.provider.sent.lock().unwrap();
            sent.push(password.to_owned());
            sent.len() as u64
        };
        tokio::time::sleep(Duration::from_millis(300)).await;
        if std::mem::take(&mut *self.provider.fails.lock().unwrap()) {
            return Err(Error::new(ErrorKind::Unavailable, "the provider is down"));
        }
        if *password == *self.provider.accepted.lock().unwrap() {
            lives(number, HOUR)
        } else {
            Err(Error::new(ErrorKind::LoginRefused, "wrong password"))
        }
    }

    async fn refreshed(&self) -> Result<Option<Self>> {
        let mut account = self.clone();
        let changed = account.password.refresh().await?;
        Ok(changed.then_some(account))
    }
}

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("test").with("password", self.password.expose_secret())
    }
}

async fn all(clients: &[Client<Account>]) -> Vec<Result<u64>> {
    let credentials = join_all(clients.iter().map(Client::credential)).await;
    credentials.into_iter().map(|credential| credential.map(|credential| credential.number)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_fleet_makes_one_login_with_each_secret() {
    let (provider, store, place) = (Provider::new(), Arc::new(Memory::default()), place("old"));
    let clients: Vec<_> = (0..50).map(|_| provider.process(&place, &store)).collect();
    for (password, number) in [("old", 1), ("new", 2), ("newest", 3)] {
        set(&place, password);
        provider.accepts(password);
        for result in all(&clients).await {
            assert_eq!(result.unwrap(), number);
        }
        tokio::time::advance(HOUR).await;
    }
    assert_eq!(provider.sent(), "old new newest");
    assert_eq!(clients.iter().map(|client| client.stats().adopted).sum::<u64>(), 3 * 49);
}

#[tokio::test(start_paused = true)]
async fn processes_with_the_old_and_the_new_secret_do_not_hurt_each_other() {
    let (provider, store) = (Provider::new(), Arc::new(Memory::default()));
    let (here, there) = (place("old"), place("old"));
    let early: Vec<_> = (0..25).map(|_| provider.process(&here, &store)).collect();
    let late: Vec<_> = (0..25).map(|_| provider.process(&there, &store)).collect();
    all(&early).await;
    all(&late).await;
    provider.accepts("new");
    set(&here, "new");
    tokio::time::advance(HOUR).await;
    for result in all(&late).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::LoginRefused);
    }
    for result in all(&early).await {
        assert_eq!(result.unwrap(), 3, "the refusal belongs to the old secret");
    }
    set(&there, "new");
    tokio::time::advance(Duration::from_secs(1)).await;
    for result in all(&late).await {
        assert_eq!(result.unwrap(), 3, "the login of the others is adopted");
    }
    assert_eq!(provider.sent(), "old old new");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_waits_for_a_lease_never_sends_the_secret_of_before() {
    let (provider, store, place) = (Provider::new(), Arc::new(Memory::default()), place("old"));
    provider.accepts("new");
    let clients: Vec<_> = (0..10).map(|_| provider.process(&place, &store)).collect();
    let (results, ()) = tokio::join!(all(&clients), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        set(&place, "new");
    });
    // The one whose old secret was on its way is refused. The others find its cooldown, and then the new secret.
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 0);
    tokio::time::advance(Duration::from_secs(1)).await;
    for result in all(&clients).await {
        assert_eq!(result.unwrap(), 2);
    }
    assert_eq!(provider.sent(), "old new");
}

#[tokio::test(start_paused = true)]
async fn a_credential_of_the_old_secret_that_is_invalidated_does_not_hide_the_new_one() {
    let (provider, store, place) = (Provider::new(), Arc::new(Memory::default()), place("old"));
    let client = provider.process(&place, &store);
    // Higher fences under the old secret than under the new one.
    for _ in 0..5 {
        let credential = client.credential().await.unwrap();
        client.forget(&credential);
    }
    client.credential().await.unwrap();
    set(&place, "new");
    provider.accepts("new");
    let other = provider.process(&place, &store);
    let published = other.credential().await.unwrap().number;
    let old = client.credential().await.unwrap();
    assert!(client.invalidate(&old));
    assert_eq!(client.credential().await.unwrap().number, published);
    assert_eq!(client.stats().adopted, 1);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_adopts_a_record_of_the_new_secret_whatever_the_fence_of_the_old_one() {
    let (provider, store, place) = (Provider::new(), Arc::new(Memory::default()), place("old"));
    let client = provider.process(&place, &store);
    for _ in 0..5 {
        let credential = client.credential().await.unwrap();
        client.forget(&credential);
    }
    client.credential().await.unwrap();
    set(&place, "new");
    provider.accepts("new");
    tokio::time::advance(Duration::from_secs(1800)).await;
    let published = provider.process(&place, &store).credential().await.unwrap().number;
    tokio::time::advance(Duration::from_secs(1700)).await;
    client.credential().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(client.credential().await.unwrap().number, published);
}

#[tokio::test(start_paused = true)]
async fn forgetting_a_credential_of_the_old_secret_hides_no_record_of_the_new_one() {
    let (provider, store, place) = (Provider::new(), Arc::new(Memory::default()), place("old"));
    let client = provider.process(&place, &store);
    for _ in 0..5 {
        let credential = client.credential().await.unwrap();
        client.forget(&credential);
    }
    let old = client.credential().await.unwrap();
    // The renewal asks under the new secret, which the provider does not know yet.
    set(&place, "new");
    tokio::time::advance(Duration::from_secs(3500)).await;
    client.credential().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    provider.accepts("new");
    let other = provider.process(&place, &store);
    other.clear_cooldown();
    let published = other.credential().await.unwrap().number;
    assert!(client.forget(&old));
    client.clear_cooldown();
    assert_eq!(client.credential().await.unwrap().number, published);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_changes_between_two_attempts_is_sent_and_shared_as_the_new_one() {
    let (provider, store, place) = (Provider::new(), Arc::new(Memory::default()), place("old"));
    provider.fails_once();
    provider.accepts("new");
    let client = provider.process(&place, &store);
    let (credential, ()) = tokio::join!(client.credential(), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        set(&place, "new");
    });
    assert_eq!(credential.unwrap().number, 2);
    let other = provider.process(&place, &store);
    assert_eq!(other.credential().await.unwrap().number, 2, "it is published under the new secret");
    assert_eq!(provider.sent(), "old new");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_another_process_met_is_about_the_same_secret() {
    let (provider, store, place) = (Provider::new(), Arc::new(Memory::default()), place("old"));
    provider.accepts("new");
    let clients: Vec<_> = (0..2).map(|_| provider.process(&place, &store)).collect();
    for _ in 0..10 {
        assert!(all(&clients).await.iter().all(Result::is_err));
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(clients[1].stats().store_deferred, 1, "the store is not asked again for the same secret");
    assert_eq!(provider.sent(), "old");
}

//! Secrets that change while the client lives.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::secrecy::ExposeSecret;
use auth_core::url::Url;
use auth_core::{Client, Error, ErrorKind, Expiry, Http, Login, Options, Result, Secret};
use futures_util::FutureExt;
use futures_util::future::join_all;

use super::account::{HOUR, Session, advance, session, settle};

const SECOND: Duration = Duration::from_secs(1);
/// A time at which a credential of an hour is due for renewal.
const LATE: Duration = Duration::from_secs(3500);

/// A provider that accepts one password, and a place where the client finds it.
#[derive(Debug, Default)]
struct World {
    accepted: Mutex<String>,
    /// The password that the client reads, or `None` if reading fails.
    found: Mutex<Option<String>>,
    reads: AtomicU32,
    sent: Mutex<Vec<String>>,
    is_throttling: Mutex<bool>,
}

impl World {
    fn new(password: &str) -> Arc<Self> {
        let world = Arc::new(Self::default());
        world.accepts(password);
        world.provides(Some(password));
        world
    }

    fn accepts(&self, password: &str) {
        password.clone_into(&mut self.accepted.lock().unwrap());
    }

    fn provides(&self, password: Option<&str>) {
        *self.found.lock().unwrap() = password.map(str::to_owned);
    }

    fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().clone()
    }

    fn account(self: &Arc<Self>) -> Account {
        let world = Arc::clone(self);
        let password = Secret::from_fn(move || {
            let world = Arc::clone(&world);
            async move {
                world.reads.fetch_add(1, SeqCst);
                let found = world.found.lock().unwrap().clone();
                found.ok_or_else(|| std::io::Error::other("the vault is sealed"))
            }
        });
        let base_url = Url::parse("https://login.test/api/").unwrap();
        Account { base_url, password, world: Arc::clone(self) }
    }

    fn client(self: &Arc<Self>) -> Client<Account> {
        Client::new(self.account()).unwrap()
    }
}

#[derive(Clone, Debug)]
struct Account {
    base_url: Url,
    password: Secret,
    world: Arc<World>,
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, _http: &Http) -> Result<Session> {
        let password = self.password.expose_secret().to_owned();
        let number = {
            let mut sent = self.world.sent.lock().unwrap();
            sent.push(password.clone());
            sent.len() as u64
        };
        tokio::time::sleep(Duration::from_millis(200)).await;
        if *self.world.is_throttling.lock().unwrap() {
            return Err(Error::new(ErrorKind::RateLimited, "slow down"));
        }
        if password == *self.world.accepted.lock().unwrap() {
            session(number, Expiry::In(HOUR))
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

#[tokio::test(start_paused = true)]
async fn a_secret_is_read_before_each_login_and_at_no_other_time() {
    let world = World::new("old");
    let client = world.client();
    assert_eq!(world.reads.load(SeqCst), 0);
    for _ in 0..100 {
        client.credential().await.unwrap();
    }
    assert_eq!((world.sent(), world.reads.load(SeqCst)), (vec!["old".to_owned()], 1));
    world.provides(Some("new"));
    world.accepts("new");
    advance(LATE).await;
    client.credential().await.unwrap();
    advance(SECOND).await;
    assert_eq!(client.credential().await.unwrap().number, 2);
    assert_eq!((world.sent().join(" "), world.reads.load(SeqCst)), ("old new".to_owned(), 2));
    assert_eq!(client.stats().renewals, 1);
}

#[tokio::test(start_paused = true)]
async fn f17_a_new_secret_is_tried_within_a_second_of_its_change() {
    let world = World::new("old");
    world.accepts("new");
    let client = world.client();
    assert_eq!(client.credential().await.unwrap_err().kind(), ErrorKind::LoginRefused);
    advance(Duration::from_secs(20)).await;
    world.provides(Some("new"));
    advance(SECOND).await;
    assert_eq!(client.credential().await.unwrap().number, 2);
    assert_eq!(world.sent().join(" "), "old new");
}

#[tokio::test(start_paused = true)]
async fn p08_an_unchanged_secret_is_not_sent_again_during_its_cooldown() {
    let world = World::new("old");
    world.accepts("new");
    let client = world.client();
    assert!(!client.credential().await.unwrap_err().is_cooling_down());
    for _ in 0..550 {
        advance(Duration::from_millis(100)).await;
        let error = client.credential().await.unwrap_err();
        assert!(error.is_cooling_down() && error.kind() == ErrorKind::LoginRefused, "{error}");
        assert!(error.retry_after().unwrap() <= Duration::from_secs(66), "{error}");
    }
    assert_eq!(world.sent().join(" "), "old");
    let reads = world.reads.load(SeqCst);
    assert!((80..=112).contains(&reads), "it is read twice a second: {reads} times in 55 s");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_keeps_changing_is_sent_seven_times_in_the_first_minute() {
    let world = World::new("0");
    world.accepts("right");
    let client = world.client();
    for (minute, most) in [(1, 8), (2, 1), (3, 1), (4, 1)] {
        let before = world.sent().len();
        for change in 0..200 {
            world.provides(Some(&format!("{minute}-{change}")));
            assert!(client.credential().await.is_err());
            advance(Duration::from_millis(300)).await;
        }
        let sent = world.sent().len() - before;
        assert!((1..=most).contains(&sent), "{sent} in minute {minute}");
    }
    world.provides(Some("right"));
    advance(Duration::from_secs(60)).await;
    client.credential().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn after_each_success_a_new_secret_is_tried_at_once_again() {
    let world = World::new("0");
    let client = world.client();
    for round in 1..=5 {
        client.credential().await.unwrap();
        world.accepts("another");
        advance(HOUR).await;
        assert!(client.credential().await.is_err());
        let new = round.to_string();
        world.provides(Some(&new));
        world.accepts(&new);
        advance(SECOND).await;
        client.credential().await.unwrap();
    }
    assert_eq!(world.sent().join(" "), "0 0 1 1 2 2 3 3 4 4 5");
}

#[tokio::test(start_paused = true)]
async fn a_live_credential_serves_while_its_renewal_waits_for_a_new_secret() {
    let world = World::new("old");
    let client = world.client();
    client.credential().await.unwrap();
    world.accepts("new");
    advance(LATE).await;
    for second in 0..60 {
        if second == 30 {
            world.provides(Some("new"));
        }
        let credential = client.credential().now_or_never().expect("nobody waits").unwrap();
        assert_eq!(credential.number, if second < 31 { 1 } else { 3 }, "in second {second}");
        advance(SECOND).await;
    }
    assert_eq!(world.sent().join(" "), "old old new");
}

#[tokio::test(start_paused = true)]
async fn callers_who_ask_while_the_secret_is_read_share_the_login() {
    let world = World::new("old");
    world.accepts("new");
    let client = world.client();
    assert!(client.credential().await.is_err());
    world.provides(Some("new"));
    advance(SECOND).await;
    let credentials = join_all((0..200).map(|_| client.credential())).await;
    assert!(credentials.into_iter().all(|credential| credential.unwrap().number == 2));
    assert_eq!(world.sent().join(" "), "old new");
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_provider_asks_for_holds_back_new_secrets_too() {
    let world = World::new("old");
    world.accepts("newest");
    let client = world.client();
    assert_eq!(client.credential().await.unwrap_err().kind(), ErrorKind::LoginRefused);
    *world.is_throttling.lock().unwrap() = true;
    world.provides(Some("new"));
    advance(SECOND).await;
    assert_eq!(client.credential().await.unwrap_err().kind(), ErrorKind::RateLimited);
    world.provides(Some("newest"));
    for _ in 0..4 {
        advance(SECOND).await;
        assert_eq!(client.credential().await.unwrap_err().kind(), ErrorKind::RateLimited);
    }
    assert_eq!(world.sent().join(" "), "old new");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_cannot_be_read_is_unavailable_and_nothing_is_sent() {
    let world = World::new("old");
    world.provides(None);
    let client = world.client();
    let error = client.credential().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("the vault is sealed"), "{error}");
    assert!(world.sent().is_empty() && client.stats().logins == 0 && client.stats().logins_refused == 0);
    world.provides(Some("old"));
    advance(SECOND).await;
    client.credential().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_new_secret_whose_login_never_began_is_still_new() {
    let world = World::new("old");
    world.accepts("new");
    let client = world.client();
    assert!(client.credential().await.is_err());
    world.provides(Some("new"));
    advance(SECOND).await;
    // The caller goes away before its login has begun, and takes the only runtime with it.
    let other = client.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { other.credential().now_or_never() })
    })
    .join()
    .unwrap();
    for _ in 0..20 {
        advance(Duration::from_millis(250)).await;
        if client.credential().await.is_ok() {
            break;
        }
    }
    assert_eq!(world.sent().join(" "), "old new");
}

/// Returns a client of a token, and the token's place.
fn tokens() -> (Arc<Mutex<(u64, Duration)>>, Client<Account>) {
    let place = Arc::new(Mutex::new((1, HOUR)));
    let found = Arc::clone(&place);
    let token = Secret::from_fn(move || {
        let (number, left) = *found.lock().unwrap();
        async move { Ok::<_, std::io::Error>(format!("{number} {}", left.as_secs())) }
    });
    let credential = |[token]: [&str; 1]| {
        let (number, left) = token.split_once(' ').unwrap();
        session(number.parse().unwrap(), Expiry::In(Duration::from_secs(left.parse().unwrap())))
    };
    let base_url = Url::parse("https://login.test/api/").unwrap();
    (place, Client::from_secrets(&base_url, [token], credential, Options::default()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_read_is_replaced_before_it_expires_and_after_a_401() {
    let (place, client) = tokens();
    let first = client.credential().await.unwrap();
    *place.lock().unwrap() = (2, HOUR);
    assert!(client.invalidate(&first));
    assert_eq!(client.credential().await.unwrap().number, 2);
    *place.lock().unwrap() = (3, HOUR);
    advance(LATE).await;
    client.credential().await.unwrap();
    settle().await;
    assert_eq!(client.credential().await.unwrap().number, 3);
    assert!(client.account().is_none() && client.stats().logins == 0);
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_an_error_until_a_new_one_is_found() {
    let (place, client) = tokens();
    client.credential().await.unwrap();
    *place.lock().unwrap() = (1, Duration::ZERO);
    advance(HOUR).await;
    for _ in 0..200 {
        let error = client.credential().await.unwrap_err();
        assert!(error.to_string().starts_with("the token that was read has expired"), "{error}");
        advance(SECOND).await;
    }
    *place.lock().unwrap() = (2, HOUR);
    advance(SECOND).await;
    assert_eq!(client.credential().await.unwrap().number, 2);
    assert_eq!(client.stats().logins_refused, 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_none_is_no_refused_login_and_is_read_again() {
    let place = Arc::new(Mutex::new("Bearer x"));
    let found = Arc::clone(&place);
    let token = Secret::from_fn(move || {
        let token = *found.lock().unwrap();
        async move { Ok::<_, std::io::Error>(token) }
    });
    let credential = |[token]: [&str; 1]| {
        auth_core::env::token(token, "token")?;
        session(1, Expiry::Never)
    };
    let base_url = Url::parse("https://login.test/api/").unwrap();
    let client = Client::<Account>::from_secrets(&base_url, [token], credential, Options::default()).unwrap();
    let error = client.credential().await.unwrap_err();
    assert_eq!((error.kind(), client.stats().logins_refused), (ErrorKind::Config, 0), "{error}");
    *place.lock().unwrap() = "x";
    advance(SECOND).await;
    client.credential().await.unwrap();
}

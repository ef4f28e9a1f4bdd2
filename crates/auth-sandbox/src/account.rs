//! The accounts of a provider: who may log in, and with which secrets.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    provider::Provider,
    tokens::{alphanumerics, lock},
};

/// One account of a [`Provider`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = auth_sandbox::Sandbox::start().await?;
/// let econpay = sandbox.econpay();
/// let shop = econpay.add_account("loja@econpay.example", "senha-da-loja");
///
/// let login = serde_json::json!({ "email": shop.username(), "password": shop.secret() });
/// let answer = reqwest::Client::new().post(format!("{}/auth", econpay.base_url())).json(&login).send().await?;
/// assert_eq!(answer.status(), 201);
/// assert_eq!(shop.logins(), 1);
/// # Ok(())
/// # }
/// ```
///
/// Clones are cheap and stand for the same account. `Debug` shows no secret.
#[derive(Clone)]
pub struct Account {
    pub(crate) provider: Provider,
    pub(crate) entry: Arc<Entry>,
}

impl Account {
    /// The name to log in with: an e-mail address for EconPay, Api4Com and the signed API's panel.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.entry.username
    }

    /// The secret that a login needs now: the API key for the signed API, the password for all others.
    #[must_use]
    pub fn secret(&self) -> String {
        let secrets = lock(&self.entry.now);
        if self.entry.has_api_key { secrets.api_key.clone() } else { secrets.password.clone() }
    }

    /// Returns the number of this account's successful logins.
    ///
    /// The two Sopague APIs share their accounts, and this count.
    #[must_use]
    pub fn logins(&self) -> u64 {
        self.entry.logins.load(Ordering::SeqCst)
    }

    /// Changes the secret that a login needs: the old one is refused from now on.
    ///
    /// Live tokens stay alive, except at Api4Com, where a change of the password ends the account's tokens.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let shop = sandbox.pontotel().add_account("loja", "antiga");
    /// shop.set_secret("nova");
    /// assert_eq!(shop.secret(), "nova");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_secret(&self, secret: &str) {
        self.entry.set_secret(secret);
        if self.provider.password_ends_tokens() {
            self.revoke();
        }
    }

    /// Ends the account's live tokens: each gets 401 from now on. Other accounts keep theirs.
    pub fn revoke(&self) {
        self.provider.tokens().revoke_of(&self.entry);
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("provider", &self.provider.name())
            .field("username", &self.username())
            .field("logins", &self.logins())
            .finish_non_exhaustive()
    }
}

/// The server's knowledge of an account.
pub(crate) struct Entry {
    pub(crate) username: String,
    /// 0 for the account that is there from the start, then 1 and so on: its ids follow from it.
    pub(crate) number: u64,
    /// True if a login needs an API key, and no password.
    has_api_key: bool,
    /// The secrets the account started with.
    pub(crate) first: Secrets,
    pub(crate) recovery_token: String,
    now: Mutex<Secrets>,
    logins: AtomicU64,
}

#[derive(Clone)]
pub(crate) struct Secrets {
    pub(crate) password: String,
    /// Empty where the provider has no API keys.
    pub(crate) api_key: String,
}

impl Entry {
    fn new(username: &str, number: u64, has_api_key: bool, first: Secrets) -> Self {
        Self {
            username: username.to_owned(),
            number,
            has_api_key,
            now: Mutex::new(first.clone()),
            first,
            recovery_token: if has_api_key { alphanumerics(40) } else { String::new() },
            logins: AtomicU64::new(0),
        }
    }

    pub(crate) fn accepts_password(&self, password: &str) -> bool {
        lock(&self.now).password == password
    }

    pub(crate) fn set_password(&self, password: &str) {
        password.clone_into(&mut lock(&self.now).password);
    }

    /// The API key where there is one, else the password.
    fn set_secret(&self, secret: &str) {
        let mut now = lock(&self.now);
        let old = if self.has_api_key { &mut now.api_key } else { &mut now.password };
        secret.clone_into(old);
    }
}

/// All accounts of a provider, in the order in which they came. Sopague's two APIs share theirs.
#[derive(Clone)]
pub(crate) struct Accounts {
    first: Arc<Entry>,
    all: Arc<Mutex<Vec<Arc<Entry>>>>,
}

impl Accounts {
    pub(crate) fn new(username: &str) -> Self {
        Self::of(Entry::new(username, 0, false, Secrets { password: new_password(), api_key: String::new() }))
    }

    /// Accounts that have an API key and a recovery token beside their password.
    pub(crate) fn with_api_keys(username: &str) -> Self {
        let api_key = format!("key-{}", alphanumerics(32));
        Self::of(Entry::new(username, 0, true, Secrets { password: new_password(), api_key }))
    }

    fn of(first: Entry) -> Self {
        let first = Arc::new(first);
        Self { all: Arc::new(Mutex::new(vec![first.clone()])), first }
    }

    /// The account that is there from the start.
    pub(crate) fn first(&self) -> &Arc<Entry> {
        &self.first
    }

    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        lock(&self.all).clone()
    }

    /// The account with this name and now this secret.
    pub(crate) fn add(&self, username: &str, secret: &str) -> Arc<Entry> {
        let mut all = lock(&self.all);
        if let Some(entry) = all.iter().find(|entry| entry.username == username) {
            entry.set_secret(secret);
            return entry.clone();
        }
        let has_api_key = self.first.has_api_key;
        let (password, api_key) = if has_api_key { (new_password(), secret) } else { (secret.to_owned(), "") };
        let secrets = Secrets { password, api_key: api_key.to_owned() };
        let entry = Arc::new(Entry::new(username, all.len() as u64, has_api_key, secrets));
        all.push(entry.clone());
        entry
    }

    /// The account that this name and password log in to.
    pub(crate) fn log_in(&self, username: &str, password: &str) -> Option<Arc<Entry>> {
        self.find(|entry| entry.username == username && entry.accepts_password(password)).inspect(count)
    }

    pub(crate) fn log_in_by_key(&self, api_key: &str) -> Option<Arc<Entry>> {
        self.find(|entry| entry.has_api_key && lock(&entry.now).api_key == api_key).inspect(count)
    }

    pub(crate) fn find(&self, wanted: impl Fn(&Entry) -> bool) -> Option<Arc<Entry>> {
        lock(&self.all).iter().find(|entry| wanted(entry)).cloned()
    }
}

fn count(entry: &Arc<Entry>) {
    entry.logins.fetch_add(1, Ordering::SeqCst);
}

fn new_password() -> String {
    format!("senha-{}", alphanumerics(20))
}

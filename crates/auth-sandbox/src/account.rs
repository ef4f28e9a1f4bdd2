//! The accounts of a provider and their secrets.

use std::{
    fmt,
    sync::{Arc, Mutex},
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
/// Clones are cheap and refer to the same account. `Debug` shows no secret.
#[derive(Clone)]
pub struct Account {
    pub(crate) provider: Provider,
    pub(crate) entry: Arc<Entry>,
}

impl Account {
    /// Returns the username: an e-mail address for EconPay, Api4Com and the signed API's panel.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.entry.username
    }

    /// Returns the secret that a login needs now: the API key for the signed API, the password for the others.
    #[must_use]
    pub fn secret(&self) -> String {
        let secrets = self.entry.secrets();
        secrets.api_key.unwrap_or(secrets.password)
    }

    /// Returns the number of this account's successful logins.
    ///
    /// The two Sopague APIs share their accounts and this count.
    #[must_use]
    pub fn logins(&self) -> u64 {
        *lock(&self.entry.logins)
    }

    /// Changes the secret that a login needs. A login with the old one is refused from now on.
    ///
    /// Live tokens stay alive, except at Api4Com, where a new password revokes the account's tokens.
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
        if self.provider.running.api.password_ends_tokens {
            self.revoke();
        }
    }

    /// Revokes the account's live tokens: a request with one gets 401 from now on. Other accounts keep theirs.
    pub fn revoke(&self) {
        self.provider.running.revoke_of(&self.entry);
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
    /// 0 for the first account, then 1 and so on. The account's ids follow from it.
    pub(crate) number: u64,
    /// The secrets that the account started with.
    pub(crate) first: Secrets,
    /// Empty if the provider has no API keys.
    pub(crate) recovery_token: String,
    now: Mutex<Secrets>,
    logins: Mutex<u64>,
}

#[derive(Clone)]
pub(crate) struct Secrets {
    pub(crate) password: String,
    /// If the provider has API keys, a login needs this instead of the password.
    pub(crate) api_key: Option<String>,
}

impl Entry {
    fn new(username: &str, number: u64, first: Secrets) -> Arc<Self> {
        let recovery_token = if first.api_key.is_some() { alphanumerics(40) } else { String::new() };
        let (username, now) = (username.to_owned(), Mutex::new(first.clone()));
        Arc::new(Self { username, number, first, recovery_token, now, logins: Mutex::default() })
    }

    /// Returns the secrets that a login needs now.
    pub(crate) fn secrets(&self) -> Secrets {
        lock(&self.now).clone()
    }

    pub(crate) fn accepts_password(&self, password: &str) -> bool {
        lock(&self.now).password == password
    }

    pub(crate) fn set_password(&self, password: &str) {
        password.clone_into(&mut lock(&self.now).password);
    }

    /// Sets the API key if there is one, else the password.
    fn set_secret(&self, secret: &str) {
        let Secrets { password, api_key } = &mut *lock(&self.now);
        secret.clone_into(api_key.as_mut().unwrap_or(password));
    }
}

/// All accounts of a provider, in the order in which they were added. Sopague's two APIs share theirs.
#[derive(Clone)]
pub(crate) struct Accounts {
    first: Arc<Entry>,
    all: Arc<Mutex<Vec<Arc<Entry>>>>,
}

impl Accounts {
    pub(crate) fn new(username: &str) -> Self {
        Self::starting_with(username, None)
    }

    /// Creates accounts that have an API key and a recovery token in addition to their password.
    pub(crate) fn with_api_keys(username: &str) -> Self {
        Self::starting_with(username, Some(format!("key-{}", alphanumerics(32))))
    }

    fn starting_with(username: &str, api_key: Option<String>) -> Self {
        let first = Entry::new(username, 0, Secrets { password: new_password(), api_key });
        Self { all: Arc::new(Mutex::new(vec![first.clone()])), first }
    }

    /// Returns the account that exists from the start.
    pub(crate) fn first(&self) -> &Arc<Entry> {
        &self.first
    }

    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        lock(&self.all).clone()
    }

    /// Adds an account, or changes the secret of the one that has this username.
    pub(crate) fn add(&self, username: &str, secret: &str) -> Arc<Entry> {
        let mut all = lock(&self.all);
        if let Some(entry) = all.iter().find(|entry| entry.username == username) {
            entry.set_secret(secret);
            return entry.clone();
        }
        let secret = secret.to_owned();
        let secrets = match self.first.first.api_key {
            Some(_) => Secrets { password: new_password(), api_key: Some(secret) },
            None => Secrets { password: secret, api_key: None },
        };
        let entry = Entry::new(username, all.len() as u64, secrets);
        all.push(entry.clone());
        entry
    }

    /// Returns the account with this username and password, and counts the login.
    pub(crate) fn log_in(&self, username: &str, password: &str) -> Option<Arc<Entry>> {
        self.find(|entry| entry.username == username && entry.accepts_password(password)).inspect(count)
    }

    /// Returns the account with this API key, and counts the login.
    pub(crate) fn log_in_by_key(&self, api_key: &str) -> Option<Arc<Entry>> {
        self.find(|entry| lock(&entry.now).api_key.as_deref() == Some(api_key)).inspect(count)
    }

    pub(crate) fn find(&self, wanted: impl Fn(&Entry) -> bool) -> Option<Arc<Entry>> {
        lock(&self.all).iter().find(|entry| wanted(entry)).cloned()
    }
}

fn count(entry: &Arc<Entry>) {
    *lock(&entry.logins) += 1;
}

fn new_password() -> String {
    format!("senha-{}", alphanumerics(20))
}

//! The account, and its login: `POST auth`.

use std::time::Duration;

use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::url::Url;
use auth_core::{Answer, Http, Login, Result, jwt, lenient};
use serde::{Deserialize, Serialize};

use crate::session::{Session, User};

const LOGIN: &str = "auth";
/// "O token JWT expira em 1 hora", EconPay's page on the login.
const DOCUMENTED_LIFETIME: Duration = Duration::from_secs(3600);

/// An e-mail address and password, and the server that they are for. Made by
/// [`Client::builder`](crate::Client::builder).
///
/// ```
/// let client = econpay_auth::Client::builder().email("maria@loja.example").password("segredo").build()?;
/// assert_eq!(client.account().map(|account| account.email()), Some("maria@loja.example"));
/// assert!(!format!("{:?}", client.account()).contains("segredo"));
/// # Ok::<(), econpay_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    pub(crate) base_url: Url,
    pub(crate) email: String,
    pub(crate) password: SecretString,
}

/// Clients of many accounts that share their connections, found by a key of yours.
///
/// ```
/// use econpay_auth::auth_core::Options;
/// use econpay_auth::{Accounts, Client};
///
/// let accounts: Accounts<u64> = Accounts::new(Options::default());
/// let account = || Client::builder().email("maria@loja.example").password("segredo").account();
/// let client = Client::from(accounts.get_or_insert_with(&1234, account)?);
/// # Ok::<(), econpay_auth::auth_core::Error>(())
/// ```
pub type Accounts<K> = auth_core::Accounts<K, Account>;

#[derive(Serialize)]
struct LoginRequest<'a> {
    email: &'a str,
    password: &'a str,
}

/// Read first and alone: what else a refusal holds does not matter.
#[derive(Deserialize)]
struct Verdict {
    #[serde(default, deserialize_with = "lenient::optional")]
    success: Option<bool>,
}

#[derive(Deserialize)]
struct LoginAnswer {
    #[serde(default)]
    response: Option<LoginResponse>,
}

#[derive(Deserialize)]
struct LoginResponse {
    #[serde(default)]
    token: Option<SecretString>,
    #[serde(default, deserialize_with = "lenient::optional")]
    user: Option<User>,
}

impl Account {
    /// The e-mail address.
    ///
    /// ```
    /// let client = econpay_auth::Client::builder().email("maria@loja.example").password("segredo").build()?;
    /// assert_eq!(client.account().map(|account| account.email()), Some("maria@loja.example"));
    /// # Ok::<(), econpay_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        let request = LoginRequest { email: &self.email, password: self.password.expose_secret() };
        let answer = http.post_json(LOGIN, &request).await?.success()?;
        session(&answer)
    }
}

fn session(answer: &Answer) -> Result<Session> {
    if answer.json::<Verdict>()?.success == Some(false) {
        return Err(answer.rejected());
    }
    let LoginAnswer { response } = answer.json()?;
    let (token, user) = response.map(|response| (response.token, response.user)).unwrap_or_default();
    let token = token.ok_or_else(|| answer.malformed("it has no response.token"))?;
    let lifetime = jwt::lifetime(token.expose_secret()).unwrap_or_else(|| {
        tracing::debug!("the token does not say how long it lives: an hour, as documented");
        DOCUMENTED_LIFETIME
    });
    Ok(Session { token: answer.bearer(&token)?, lifetime, user })
}

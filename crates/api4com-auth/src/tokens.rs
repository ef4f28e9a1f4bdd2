//! Tokens beside a login's: given ones, new ones, and the end of one.

use std::time::SystemTime;

use auth_core::http::StatusCode;
use auth_core::secrecy::SecretString;
use auth_core::{AccessToken, CachedCredential, Result, parse};

use crate::account::expiry;
use crate::client::Client;
use crate::session::Session;
use crate::ttl::Ttl;
use crate::wire::{self, LoginAnswer, TokenRequest};

impl Client {
    /// A client for a token that exists already: it never logs in, and a 401 reaches the caller.
    ///
    /// ```
    /// let client = api4com_auth::Client::with_token("rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3t1YuGAY0JJd3zveeFY8Y")?;
    /// assert!(client.cached().is_some_and(|session| session.lifetime().is_none()));
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](auth_core::ErrorKind::Config) if the token cannot be sent in a header.
    pub fn with_token(token: impl Into<SecretString>) -> Result<Self> {
        Self::builder().token(token).build()
    }

    /// Makes a token beside the client's own, which stays as it is: `POST users/accessTokens`.
    ///
    /// Believe its [`lifetime`](Session::lifetime), which may be shorter than what was asked for. A server may also
    /// grant an eternal token and then refuse it: see that [`me`](Self::me) answers to it.
    ///
    /// ```no_run
    /// # async fn run(client: api4com_auth::Client) -> api4com_auth::auth_core::Result<()> {
    /// use api4com_auth::{Client, Ttl};
    ///
    /// let session = client.create_token(Ttl::NEVER).await?;
    /// Client::with_token(session.token().expose_secret())?.me().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Request::fetch`](auth_core::Request::fetch).
    pub async fn create_token(&self, ttl: Ttl) -> Result<Session> {
        let request = self.post(wire::CREATE_TOKEN).no_redirect().json(&TokenRequest { ttl });
        let answer = request.answer().await?.error_for_request_status()?;
        let LoginAnswer { id, ttl, created, user_id } = answer.json()?;
        let token = id.ok_or_else(|| answer.malformed("it has no id, where the token should be"))?;
        let created = created.as_deref().and_then(parse::dates::parse).map(SystemTime::from);
        Ok(Session { token: AccessToken::raw(&token)?, expiry: expiry(&ttl, None, None), created, user_id })
    }

    /// Ends the client's own token, if it has one: `POST users/logout`. It never logs in, and the next request does.
    ///
    /// Whatever the provider answers, the token is not used again. That it does not know it (401) is a success. Without
    /// an answer the token stays: it may still live, and the next logout can end it; if it does not, the next request
    /// logs in again. Where logins are shared, the token is removed from the store too; other processes that use it already log in
    /// again at their next 401.
    ///
    /// ```no_run
    /// # async fn run(client: api4com_auth::Client) -> api4com_auth::auth_core::Result<()> {
    /// client.logout().await?;
    /// assert!(client.cached().is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unavailable`](auth_core::ErrorKind::Unavailable) if there is no answer; for other answers than a 2xx and a 401, as for
    /// [`success`](auth_core::error_for_status): the token then lives on at the provider until its end.
    pub async fn logout(&self) -> Result<()> {
        match self.cached() {
            Some(session) => self.end(session).await,
            None => Ok(()),
        }
    }

    /// Ends this token, whoever made it: `POST users/logout`, with the token itself in the header, because that is the only way.
    ///
    /// If it is the client's own, this is a [`logout`](Self::logout); otherwise the client's own stays. It never logs in, and
    /// that the provider does not know the token (401) is a success.
    ///
    /// ```no_run
    /// # async fn run(client: api4com_auth::Client) -> api4com_auth::auth_core::Result<()> {
    /// let session = client.create_token(api4com_auth::Ttl::days(30)).await?;
    /// client.delete_token(session.token()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`logout`](Self::logout).
    pub async fn delete_token(&self, token: &AccessToken) -> Result<()> {
        let own = self.cached().filter(|session| session.token().expose_secret() == token.expose_secret());
        self.end(own.unwrap_or_else(|| Session::given(token.clone()).into())).await
    }

    async fn end(&self, session: CachedCredential<Session>) -> Result<()> {
        // Without a body there would be no length either, and some proxies answer 411 to that.
        let request = self.post(wire::LOGOUT).no_redirect();
        let response = request.using(session.clone()).send().await?;
        self.forget_everywhere(&session).await;
        match response.status() {
            StatusCode::UNAUTHORIZED => Ok(()),
            _ => auth_core::error_for_status(response).await.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use auth_core::Expiry;
    use serde_json::json;

    use super::*;

    #[test]
    fn p24_a_ttl_is_read_as_it_is_meant_and_is_never_by_accident() {
        let seconds = |seconds| Expiry::In(Duration::from_secs(seconds));
        for (ttl, expected) in [
            (json!("1209600"), seconds(1_209_600)),
            (json!(1_209_600), seconds(1_209_600)),
            (json!(" 2592000 "), seconds(2_592_000)),
            (json!(1e3), seconds(1000)),
            (json!(0.5), Expiry::In(Duration::from_millis(500))),
            (json!(31_556_926), seconds(31_556_926)),
            (json!(-1), Expiry::Never),
            (json!("-1"), Expiry::Never),
            (json!(" -1 "), Expiry::Never),
        ] {
            assert_eq!(expiry(&ttl, None, None), expected, "{ttl}");
        }
        for unreadable in [
            json!(0),
            json!("0"),
            json!(null),
            json!(""),
            json!("abc"),
            json!("never"),
            json!(-2),
            json!("-2"),
            json!(-1.5),
            json!(true),
            json!([-1]),
            json!({"ttl": -1}),
            json!(1_763_764_800),
            json!(1_763_764_800_000_u64),
            json!(u64::MAX),
        ] {
            assert_eq!(expiry(&unreadable, None, None), seconds(14 * 86_400), "{unreadable}");
        }
    }
}

//! Tokens other than those of a login: existing tokens, new tokens, and their deletion.

use std::time::SystemTime;

use auth_core::http::StatusCode;
use auth_core::{AccessToken, CachedCredential, Result, Secret, parse};

use crate::account::expiry;
use crate::client::Client;
use crate::session::Session;
use crate::ttl::Ttl;
use crate::wire::{self, LoginAnswer, TokenRequest};

impl Client {
    /// Creates a client for an existing token. It never logs in, and a 401 reaches the caller.
    ///
    /// ```
    /// let client =
    ///     api4com_auth::Client::with_token("rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3t1YuGAY0JJd3zveeFY8Y")?;
    /// assert!(client.cached().is_some_and(|session| session.lifetime().is_none()));
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](auth_core::ErrorKind::Config) if the token cannot be sent in a header.
    pub fn with_token(token: impl Into<Secret>) -> Result<Self> {
        Self::builder().token(token).build()
    }

    /// Creates an additional token with `POST users/accessTokens`. The client's own token is unchanged.
    ///
    /// The token's [`lifetime`](Session::lifetime) may be shorter than the requested one. A server may also grant a
    /// token that never expires and then refuse it: check that [`me`](Self::me) succeeds with it.
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

    /// Ends the client's own token, if it has one, with `POST users/logout`. This never logs in; the next request does.
    ///
    /// After any answer of the provider, the client does not use the token again. A 401, because the provider does not
    /// know the token, is a success. Without an answer the client keeps the token. If the token is still valid, the
    /// next logout can end it; if not, the next request logs in again. With a shared store, the token is also removed
    /// from the store. Other processes that already use it log in again at their next 401.
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
    /// [`Unavailable`](auth_core::ErrorKind::Unavailable) if there is no answer. For answers other than a 2xx and a
    /// 401, as for [`error_for_status`](auth_core::error_for_status). The token then stays valid at the provider until
    /// it expires.
    pub async fn logout(&self) -> Result<()> {
        match self.cached() {
            Some(session) => self.end(session).await,
            None => Ok(()),
        }
    }

    /// Ends any token, not only the client's, with `POST users/logout` and that token in the header, which is the only
    /// way.
    ///
    /// For the client's own token this is a [`logout`](Self::logout). Otherwise the client's own token is unchanged.
    /// This never logs in. A 401, because the provider does not know the token, is a success.
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
        // A request without a body would have no length, and some proxies answer that with 411.
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

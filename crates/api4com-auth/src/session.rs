//! What a login, or the creation of a token, returned.

use std::time::{Duration, SystemTime};

use auth_core::http::HeaderMap;
use auth_core::secrecy::SecretString;
use auth_core::{AccessToken, Credential, Error, ErrorKind, Expiry, Result, lenient};
use serde::Deserialize;
use serde_json::Value;

use crate::date;

/// "The default lifetime of a token is 14 days", Api4Com's page on authentication.
const DOCUMENTED_LIFETIME: Duration = Duration::from_secs(14 * 24 * 3600);

/// What a login or [`create_token`](crate::Client::create_token) returned: the token, its lifetime, and whose it is.
///
/// ```no_run
/// # async fn run(client: api4com_auth::Client) -> api4com_auth::auth_core::Result<()> {
/// let session = client.credential().await?;
/// match session.lifetime() {
///     Some(lifetime) => println!("{} for {lifetime:?}", session.token().masked()),
///     None => println!("{} for ever", session.token().masked()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Session {
    token: AccessToken,
    expiry: Expiry,
    created: Option<SystemTime>,
    user_id: Option<String>,
}

impl Session {
    /// A token that was given, of which nothing else is known.
    pub(crate) fn given(token: AccessToken, expiry: Expiry) -> Self {
        Self { token, expiry, created: None, user_id: None }
    }

    /// The token. Upper and lower case matter, and it is sent without `Bearer`.
    ///
    /// ```no_run
    /// # fn run(session: &api4com_auth::Session) {
    /// println!("logged in with {}", session.token().masked());
    /// # }
    /// ```
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// How long the token lives, counted from its login: the `ttl` of the answer, else the 14 days that Api4Com
    /// documents. `None` means for ever, which only a `ttl` of -1 says, and never "unknown".
    ///
    /// ```
    /// use api4com_auth::{Client, Ttl};
    /// use std::time::Duration;
    ///
    /// let client = Client::builder().token("rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm").ttl(Ttl::days(1)).build()?;
    /// let lifetime = client.cached().and_then(|session| session.lifetime());
    /// assert_eq!(lifetime, Some(Duration::from_secs(24 * 3600)));
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn lifetime(&self) -> Option<Duration> {
        match self.expiry {
            Expiry::In(lifetime) => Some(lifetime),
            _ => None,
        }
    }

    /// When the token was made, by Api4Com's clock. `None` where the answer does not say, or not as a date.
    ///
    /// ```no_run
    /// # fn run(session: &api4com_auth::Session) {
    /// println!("made at {:?}", session.created());
    /// # }
    /// ```
    #[must_use]
    pub fn created(&self) -> Option<SystemTime> {
        self.created
    }

    /// Whose token it is. Answers have it, though the documentation does not show it.
    ///
    /// ```no_run
    /// # fn run(session: &api4com_auth::Session) {
    /// println!("of user {}", session.user_id().unwrap_or("unknown"));
    /// # }
    /// ```
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        self.expiry
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.token.authorize(headers);
    }
}

/// The answer to a login, and to the creation of a token.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Issued {
    #[serde(default)]
    id: Option<SecretString>,
    #[serde(default)]
    ttl: Value,
    #[serde(default, deserialize_with = "lenient::optional")]
    created: Option<String>,
    #[serde(default)]
    user_id: Value,
}

impl Issued {
    /// `check` makes the token of its text.
    pub(crate) fn session(self, check: impl FnOnce(&SecretString) -> Result<AccessToken>) -> Result<Session> {
        let token = self.id.ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, "the answer makes no sense: it has no id, where the token should be")
        })?;
        Ok(Session {
            token: check(&token)?,
            expiry: expiry(&self.ttl),
            created: self.created.as_deref().and_then(date::parse),
            user_id: lenient::text(&self.user_id),
        })
    }
}

/// The `ttl` as it is meant: it comes as a number, as a text, as -1 for "never", and as a placeholder 0.
fn expiry(ttl: &Value) -> Expiry {
    let never = match ttl {
        Value::Number(number) => number.as_i64() == Some(-1),
        Value::String(text) => text.trim() == "-1",
        _ => false,
    };
    if never {
        return Expiry::Never;
    }
    Expiry::In(lenient::seconds(ttl).unwrap_or_else(|| {
        tracing::debug!("the answer does not say how long its token lives: 14 days, as documented");
        DOCUMENTED_LIFETIME
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
            assert_eq!(expiry(&ttl), expected, "{ttl}");
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
            assert_eq!(expiry(&unreadable), seconds(14 * 86_400), "{unreadable}");
        }
        let missing: Issued = serde_json::from_str(r#"{"id":"x"}"#).unwrap();
        assert_eq!(missing.session(AccessToken::raw).unwrap().expiry(), seconds(14 * 86_400));
    }
}

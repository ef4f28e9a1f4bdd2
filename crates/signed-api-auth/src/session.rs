//! The result of a login: a pair of tokens that belong together.

use std::time::{Duration, SystemTime};

use auth_core::http::{HeaderMap, HeaderValue};
#[cfg(feature = "store")]
use auth_core::secrecy::SecretSlice;
use auth_core::secrecy::{ExposeSecret, SecretString};
#[cfg(feature = "store")]
use auth_core::store::{self, Persist};
use auth_core::{AccessToken, Credential, Expiry, LoginResponse, Result, parse};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::signing::{SignedBody, SigningKey};
use crate::status::Outcome;
use crate::wire::{LoginAnswer, LoginAnswerData};

/// The header that carries a signature.
pub(crate) const SIGNATURE: &str = "x-signed-request";
/// "Typically 2 hours", the provider's page on authentication.
const DOCUMENTED_LIFETIME: Duration = Duration::from_secs(2 * 3600);

/// The result of one login: the access token, and the signature token that belongs only to it.
///
/// ```no_run
/// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
/// let session = client.credential().await?;
/// println!("{} until {:?}", session.token().masked(), session.expire_at());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Session {
    token: AccessToken,
    signature_token: SecretString,
    key: SigningKey,
    expiry: Expiry,
    expire_at: Option<SystemTime>,
}

impl Session {
    /// Returns the bearer token.
    ///
    /// ```no_run
    /// # fn run(session: &signed_api_auth::Session) {
    /// println!("logged in with {}", session.token().masked());
    /// # }
    /// ```
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Returns the token that signs bodies.
    ///
    /// ```no_run
    /// # fn run(session: &signed_api_auth::Session) {
    /// use signed_api_auth::auth_core::secrecy::ExposeSecret;
    /// use signed_api_auth::signing::SigningKey;
    ///
    /// let key = SigningKey::new(session.signature_token().expose_secret());
    /// # }
    /// ```
    #[must_use]
    pub fn signature_token(&self) -> &SecretString {
        &self.signature_token
    }

    /// Returns the signing key of the signature token.
    ///
    /// A signature that you add to a request yourself is not renewed when the request is sent again with the token of
    /// the next login, and is invalid then. [`Client::send_signed`](crate::Client::send_signed) signs again.
    ///
    /// ```no_run
    /// # fn run(session: &signed_api_auth::Session) {
    /// use signed_api_auth::SignedBody;
    ///
    /// let signature = session.signing_key().sign(&SignedBody::empty());
    /// # }
    /// ```
    #[must_use]
    pub fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    /// Inserts the signature of a body into the headers of a request that another HTTP client sends, for example
    /// through `headers_from` of the crate `auth-tower`. The header is marked as sensitive.
    ///
    /// ```no_run
    /// # fn run(session: &signed_api_auth::Session) -> Result<(), signed_api_auth::signing::SignError> {
    /// use signed_api_auth::{SignedBody, auth_core::http::HeaderMap};
    ///
    /// let body = SignedBody::from(&serde_json::json!({"profileType": "demo"}));
    /// let (bytes, mut headers) = (body.bytes()?, HeaderMap::new());
    /// session.sign(&body, &mut headers); // Send exactly these bytes.
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A body that cannot be signed adds nothing: [`SignedBody::bytes`] returns its error.
    pub fn sign(&self, body: &SignedBody, headers: &mut HeaderMap) {
        let Ok(signature) = self.key.sign(body) else { return };
        if let Ok(mut value) = HeaderValue::from_str(signature.as_str()) {
            value.set_sensitive(true);
            headers.insert(SIGNATURE, value);
        }
    }

    /// Returns the lifetime of the pair, counted from its login.
    ///
    /// It is `expireAt` minus the response's own date, else the token's `exp − iat`, else `expireAt` by the local
    /// clock, else the 2 hours that the provider documents. It never exceeds the token's own `exp`. `None` means that
    /// the pair does not expire, or that it was given and its expiry is unknown.
    ///
    /// ```no_run
    /// # fn run(session: &signed_api_auth::Session) {
    /// println!("a login lasts {:?}", session.lifetime());
    /// # }
    /// ```
    #[must_use]
    pub fn lifetime(&self) -> Option<Duration> {
        match self.expiry {
            Expiry::In(lifetime) => Some(lifetime),
            _ => None,
        }
    }

    /// Returns the expiry of the pair by the provider's clock, or `None` if the response has no valid date for it.
    ///
    /// ```no_run
    /// # fn run(session: &signed_api_auth::Session) {
    /// println!("until {:?}", session.expire_at());
    /// # }
    /// ```
    #[must_use]
    pub fn expire_at(&self) -> Option<SystemTime> {
        self.expire_at
    }

    /// Reads the response to a login with an API key or by the panel.
    pub(crate) fn read(answer: &LoginResponse) -> Result<Self> {
        Outcome::of_login(answer)?;
        let LoginAnswer { data } = answer.json()?;
        let LoginAnswerData { access_token, signature_token, expire_at } = data.unwrap_or_default();
        let token = access_token.ok_or_else(|| answer.malformed("it has no data.accessToken"))?;
        let signature_token = signature_token
            .filter(|token| !token.expose_secret().is_empty())
            .ok_or_else(|| answer.malformed("it has no data.signatureToken"))?;
        Ok(Self {
            expiry: expiry(expire_at.as_deref(), answer.date(), token.expose_secret()),
            token: answer.bearer(&token)?,
            key: SigningKey::new(signature_token.expose_secret()),
            signature_token,
            expire_at: expire_at.as_deref().and_then(parse).map(SystemTime::from),
        })
    }

    /// Creates a session from a given pair, whose expiry is known only if the token is a JWT.
    pub(crate) fn given(token: AccessToken, signature_token: SecretString) -> Self {
        Self {
            expiry: parse::jwt::expiry(token.expose_secret()),
            token,
            key: SigningKey::new(signature_token.expose_secret()),
            signature_token,
            expire_at: None,
        }
    }
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        self.expiry
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.token.authorize(headers);
    }

    fn secrets(&self) -> &[SecretString] {
        std::slice::from_ref(&self.signature_token)
    }

    fn token(&self) -> Option<&AccessToken> {
        Some(&self.token)
    }
}

/// The form of a session in a store, with borrowed or owned tokens.
#[cfg(feature = "store")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Saved<T> {
    token: T,
    signature_token: T,
    lifetime: Option<Duration>,
    expire_at: Option<SystemTime>,
}

#[cfg(feature = "store")]
impl Persist for Session {
    fn save(&self) -> Result<SecretSlice<u8>> {
        store::to_json(&Saved {
            token: self.token.expose_secret(),
            signature_token: self.signature_token.expose_secret(),
            lifetime: self.lifetime(),
            expire_at: self.expire_at,
        })
    }

    fn restore(saved: &[u8]) -> Result<Self> {
        let Saved::<SecretString> { token, signature_token, lifetime, expire_at } = store::from_json(saved)?;
        Ok(Self {
            token: AccessToken::bearer(&token)?,
            key: SigningKey::new(signature_token.expose_secret()),
            signature_token,
            expiry: lifetime.map_or(Expiry::Never, Expiry::In),
            expire_at,
        })
    }
}

/// Returns the expiry of a login. Differences within one response come first, because they need no correct local clock.
/// The token's own `exp` is the limit.
fn expiry(expire_at: Option<&str>, date: Option<OffsetDateTime>, token: &str) -> Expiry {
    let end = expire_at.and_then(parse);
    // A lifetime of zero, for an end at or before the response's date, makes the core treat the login as failed.
    let stated = end.zip(date).map(|(end, date)| Duration::try_from(end - date).unwrap_or_default());
    let from_now = || parse::dates::from_now(expire_at.filter(|_| end.is_some()));
    let lifetime = stated.or_else(|| parse::jwt::lifetime(token)).or_else(from_now);
    let lifetime = lifetime.unwrap_or_else(|| {
        tracing::debug!("the login does not say how long its tokens live: 2 hours, as documented");
        DOCUMENTED_LIFETIME
    });
    Expiry::In(lifetime).at_most(parse::jwt::remaining(token, date))
}

fn parse(date: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(date.trim(), &Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"iat":1000,"exp":1060}`: a minute.
    const MINUTE: &str = "e30.eyJpYXQiOjEwMDAsImV4cCI6MTA2MH0.x";

    #[test]
    fn p24_the_lifetime_prefers_differences_within_the_answer_to_the_local_clock() {
        let date = parse("2026-02-17T10:25:20Z");
        let end = Some("2026-02-17T12:25:20.611Z");
        let minute = Expiry::In(Duration::from_secs(60));
        let two_hours = Expiry::In(DOCUMENTED_LIFETIME);
        assert_eq!(expiry(end, date, "opaque"), Expiry::In(Duration::from_millis(7_200_611)));
        assert_eq!(expiry(end, None, MINUTE), minute);
        assert_eq!(expiry(None, date, MINUTE), minute);
        assert_eq!(expiry(None, date, "opaque"), two_hours);
        let born_dead = Expiry::In(Duration::ZERO);
        for over in ["2026-02-17T10:25:20Z", "2026-02-17T10:25:19Z"] {
            assert_eq!(expiry(Some(over), date, MINUTE), born_dead, "although the JWT says otherwise");
        }
    }

    #[test]
    fn the_tokens_own_claims_bound_what_the_answer_says() {
        let date = parse("2026-02-17T10:25:20Z");
        let end = Some("2026-02-17T12:25:20Z");
        assert_eq!(expiry(end, date, MINUTE), Expiry::In(DOCUMENTED_LIFETIME), "which ended in 1970");
        // {"iat":1771320000,"exp":1771323964}, which ends 44 s after the date.
        let reused = "e30.eyJpYXQiOjE3NzEzMjAwMDAsImV4cCI6MTc3MTMyMzk2NH0.x";
        assert_eq!(expiry(end, date, reused), Expiry::In(Duration::from_secs(44)));
        assert_eq!(expiry(None, date, reused), Expiry::In(Duration::from_secs(44)));
    }

    /// A wrong local clock does not make a good pair expired.
    #[test]
    fn an_end_that_is_over_by_the_local_clock_alone_says_nothing() {
        assert_eq!(expiry(Some("2020-02-17T12:25:20Z"), None, "opaque"), Expiry::In(DOCUMENTED_LIFETIME));
        assert_eq!(expiry(Some("2026-02-17"), None, "opaque"), Expiry::In(DOCUMENTED_LIFETIME), "no date");
    }

    #[test]
    fn p27_the_signature_is_sensitive_and_made_with_the_pairs_own_key() {
        let session = Session {
            token: AccessToken::bearer(&"token".into()).unwrap(),
            signature_token: "a1b2c3".into(),
            key: SigningKey::new("a1b2c3"),
            expiry: Expiry::Never,
            expire_at: None,
        };
        let mut headers = HeaderMap::new();
        session.sign(&SignedBody::empty(), &mut headers);
        assert!(headers[SIGNATURE].is_sensitive());
        assert!(headers[SIGNATURE].to_str().unwrap().starts_with("589c6dc383d1193195d2"), "by Python's hmac");
    }
}

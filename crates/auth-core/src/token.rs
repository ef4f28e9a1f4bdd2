//! An access token, validated once and stored as the header that carries it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, ErrorKind, Result};
use crate::striped::StripedHeader;

/// The maximum length of a token. No server accepts longer headers.
const MAX_TOKEN_LEN: usize = 16 * 1024;
/// The scheme of HTTP Basic.
const BASIC: &str = "Basic ";
/// The flaw of a text that is a message instead of a token.
const HAS_WORDS: &str = "has blanks, or letters outside ASCII";

/// A token in a sensitive header, `Authorization` by default. It is validated when it is created, and wiped from memory
/// when it is dropped.
///
/// ```
/// use auth_core::AccessToken;
///
/// let token = AccessToken::bearer(&"rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3".into())?;
/// let mut headers = http::HeaderMap::new();
/// token.authorize(&mut headers);
/// assert!(headers["authorization"].is_sensitive());
/// assert_eq!(token.masked(), "…U5h3 (44 characters)");
/// # Ok::<(), auth_core::Error>(())
/// ```
#[derive(Clone)]
pub struct AccessToken {
    /// `None` for `Authorization`, which most tokens use.
    name: Option<Box<HeaderName>>,
    header: StripedHeader,
}

impl AccessToken {
    /// Creates a token that is sent as `Authorization: Bearer <token>`.
    ///
    /// ```
    /// # use auth_core::{AccessToken, ErrorKind};
    /// let token = AccessToken::bearer(&"abc123".into())?;
    /// assert_eq!(token.header(), "Bearer abc123");
    /// let refusal = AccessToken::bearer(&"Usuário inválido".into()).unwrap_err();
    /// assert_eq!(refusal.kind(), ErrorKind::LoginRefused);
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`LoginRefused`](ErrorKind::LoginRefused) if the token is a text with blanks or letters outside ASCII. Some
    /// providers return a refusal in this field, and [`LoginResponse::bearer`](crate::LoginResponse::bearer) quotes it.
    /// [`Unavailable`](ErrorKind::Unavailable) if the token is empty, has control characters or a scheme, or is longer
    /// than 16 KiB.
    pub fn bearer(token: &SecretString) -> Result<Self> {
        Self::new("Bearer ", token.expose_secret())
    }

    /// Creates a token that is sent as `Authorization: <token>`, without a scheme.
    ///
    /// ```
    /// # use auth_core::AccessToken;
    /// let token = AccessToken::raw(&"abc123".into())?;
    /// assert_eq!(token.header(), "abc123");
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`bearer`](Self::bearer).
    pub fn raw(token: &SecretString) -> Result<Self> {
        Self::new("", token.expose_secret())
    }

    /// Creates the HTTP Basic (RFC 7617) of a user name and a password, in UTF-8, for a provider whose every request
    /// carries them.
    ///
    /// ```
    /// # use auth_core::{AccessToken, ErrorKind};
    /// let token = AccessToken::basic("maria", "segredo")?;
    /// assert_eq!(token.header(), "Basic bWFyaWE6c2VncmVkbw==");
    /// let error = AccessToken::basic("maria:silva", "segredo").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if the user name has a colon, or either has a control character.
    pub fn basic(user: &str, password: &str) -> Result<Self> {
        Ok(Self { name: None, header: StripedHeader::new(basic(user, password)?, BASIC.len()) })
    }

    fn new(scheme: &'static str, token: &str) -> Result<Self> {
        match flaw(token) {
            None => {}
            Some(HAS_WORDS) => {
                let message = "the provider refused the login: its response has a message in place of the token";
                return Err(Error::new(ErrorKind::LoginRefused, message));
            }
            Some(flaw) => return Err(Error::new(ErrorKind::Unavailable, format!("the token {flaw}"))),
        }
        Ok(Self { name: None, header: header(scheme, token)? })
    }

    /// Sends the token after this scheme instead of its own, if it has one.
    ///
    /// ```
    /// # use auth_core::AccessToken;
    /// let token = AccessToken::raw(&"abc123".into())?.with_scheme("Token")?;
    /// assert_eq!((token.header().as_bytes(), token.expose_secret()), (&b"Token abc123"[..], "abc123"));
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) if the scheme has characters that no header can carry.
    pub fn with_scheme(self, scheme: &str) -> Result<Self> {
        let prefix = format!("{scheme} ");
        Ok(Self { header: header(&prefix, self.expose_secret())?, name: self.name })
    }

    /// Sends the token in this header instead of `Authorization`, with its scheme if it has one.
    ///
    /// ```
    /// use auth_core::AccessToken;
    /// use auth_core::http::{HeaderMap, HeaderName};
    ///
    /// let key = AccessToken::raw(&"k3y".into())?.in_header(HeaderName::from_static("x-api-key"));
    /// let mut headers = HeaderMap::new();
    /// key.authorize(&mut headers);
    /// assert_eq!(headers["x-api-key"], "k3y");
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// Threads contend for a parsed name, but not for one of [`HeaderName::from_static`].
    #[must_use]
    pub fn in_header(self, name: HeaderName) -> Self {
        Self { name: (name != AUTHORIZATION).then(|| Box::new(name)), ..self }
    }

    /// Sends the token as a cookie with this name, without a scheme. A request keeps its other cookies.
    ///
    /// ```
    /// use auth_core::AccessToken;
    /// use auth_core::http::{HeaderMap, HeaderValue, header::COOKIE};
    ///
    /// let session = AccessToken::raw(&"abc123".into())?.in_cookie("JSESSIONID")?;
    /// let mut headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static("theme=dark"))]);
    /// session.authorize(&mut headers);
    /// assert_eq!(headers[COOKIE], "theme=dark; JSESSIONID=abc123");
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) if the token has a character that ends a cookie (`;`, `,`, `"` or `\`),
    /// and [`InvalidRequest`](ErrorKind::InvalidRequest) if the name is not a token of HTTP.
    pub fn in_cookie(self, name: &str) -> Result<Self> {
        let invalid = |kind, message: String| Err(Error::new(kind, message));
        // Both are the tokens of RFC 9110, but a header's name keeps no upper case.
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            return invalid(ErrorKind::InvalidRequest, format!("{name:?} is no name of a cookie"));
        }
        let token = self.expose_secret();
        if token.contains([';', ',', '"', '\\']) {
            return invalid(ErrorKind::Unavailable, "the token has a character that no cookie can carry".to_owned());
        }
        let prefix = format!("{name}=");
        Ok(Self { name: Some(Box::new(COOKIE)), header: header(&prefix, token)? })
    }

    /// Sets the header that carries the token. This does not allocate if the map has spare capacity, unless the token
    /// joins other cookies.
    ///
    /// ```
    /// # use auth_core::{AccessToken, http::HeaderMap};
    /// # let token = AccessToken::bearer(&"abc123".into())?;
    /// let mut headers = HeaderMap::new();
    /// token.authorize(&mut headers);
    /// assert_eq!(headers["authorization"], "Bearer abc123");
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    #[inline]
    pub fn authorize(&self, headers: &mut HeaderMap) {
        match self.name.as_deref() {
            None => drop(headers.insert(AUTHORIZATION, self.header().clone())),
            Some(name) if *name == COOKIE && headers.contains_key(COOKIE) => self.join_cookies(headers),
            Some(name) => drop(headers.insert(name, self.header().clone())),
        }
    }

    /// Adds the token to the cookies of a request, in place of an earlier one with its name.
    #[cold]
    fn join_cookies(&self, headers: &mut HeaderMap) {
        let own = self.header().as_bytes();
        let name = &own[..own.len() - self.expose_secret().len()];
        let mut cookies = Zeroizing::new(Vec::with_capacity(
            headers.get_all(COOKIE).iter().map(|cookies| cookies.len() + 2).sum::<usize>() + own.len(),
        ));
        for cookie in headers.get_all(COOKIE).iter().flat_map(|cookies| cookies.as_bytes().split(|byte| *byte == b';'))
        {
            let cookie = cookie.trim_ascii();
            if !cookie.is_empty() && !cookie.starts_with(name) {
                cookies.extend_from_slice(cookie);
                cookies.extend_from_slice(b"; ");
            }
        }
        cookies.extend_from_slice(own);
        // Parts of valid headers are valid.
        headers.insert(COOKIE, sensitive(cookies).unwrap_or_else(|_invalid| self.header().clone()));
    }

    /// Returns the header's value, which is marked as sensitive.
    ///
    /// ```
    /// # use auth_core::AccessToken;
    /// # let token = AccessToken::bearer(&"abc123".into())?;
    /// assert_eq!(token.header().as_bytes(), b"Bearer abc123");
    /// assert_eq!(format!("{:?}", token.header()), "Sensitive");
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn header(&self) -> &HeaderValue {
        self.header.header()
    }

    /// Returns the token itself. Do not log it.
    ///
    /// ```
    /// # use auth_core::AccessToken;
    /// let token = AccessToken::bearer(&"abc123".into())?;
    /// assert_eq!(token.expose_secret(), "abc123");
    /// assert!(!format!("{token:?}").contains("abc123"));
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        // The header was validated when it was created: it is ASCII.
        std::str::from_utf8(self.header.secret()).unwrap_or_default()
    }

    /// Returns enough to distinguish two tokens, and too little to use one: the last four characters of a long token.
    ///
    /// ```
    /// # use auth_core::AccessToken;
    /// let short = AccessToken::bearer(&"abc123".into())?;
    /// let long = AccessToken::bearer(&"3f5a9c0e7b1d4826a4c8e6f20b9d7153".into())?;
    /// assert_eq!(short.masked(), "… (6 characters)");
    /// assert_eq!(long.masked(), "…7153 (32 characters)");
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn masked(&self) -> String {
        let token = self.expose_secret();
        let tail = if token.len() >= 32 { &token[token.len() - 4..] } else { "" };
        format!("…{tail} ({} characters)", token.len())
    }
}

/// Returns the value of `Authorization` for HTTP Basic.
pub(crate) fn basic(user: &str, password: &str) -> Result<HeaderValue> {
    let invalid = |what: &str| Err(Error::new(ErrorKind::InvalidRequest, format!("HTTP Basic cannot send {what}")));
    if user.contains(':') {
        return invalid("a user name with a ':', which separates it from the password; correct the user name");
    }
    if user.contains(char::is_control) || password.contains(char::is_control) {
        return invalid("a user name or password with a control character; remove it");
    }
    let mut plain = Zeroizing::new(String::with_capacity(user.len() + 1 + password.len()));
    for part in [user, ":", password] {
        plain.push_str(part);
    }
    let mut text = Zeroizing::new(String::with_capacity(BASIC.len() + plain.len().div_ceil(3) * 4));
    text.push_str(BASIC);
    STANDARD.encode_string(plain.as_bytes(), &mut text);
    sensitive(text).map_err(|error| {
        Error::new(ErrorKind::InvalidRequest, "HTTP Basic cannot send this user name or password").with_source(error)
    })
}

/// Returns the header of a prefix and a token.
fn header(prefix: &str, token: &str) -> Result<StripedHeader> {
    let text = Zeroizing::new([prefix, token].concat().into_bytes().into_boxed_slice());
    sensitive(text).map(|header| StripedHeader::new(header, prefix.len())).map_err(|invalid| {
        Error::new(ErrorKind::Unavailable, "the token cannot be sent in a header").with_source(invalid)
    })
}

/// Creates a sensitive header value whose text is wiped from memory when its last clone is dropped.
pub(crate) fn sensitive(
    text: Zeroizing<impl AsRef<[u8]> + Zeroize + Send + 'static>,
) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(text))?;
    header.set_sensitive(true);
    Ok(header)
}

/// Returns the reason for which a text cannot be a token in a header. It shows nothing of the text.
pub(crate) fn flaw(token: &str) -> Option<&'static str> {
    if token.trim().is_empty() {
        Some("is empty")
    } else if token.len() > MAX_TOKEN_LEN {
        Some("is longer than 16 KiB")
    } else if token.chars().any(char::is_control) {
        Some("has control characters")
    } else if token.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
        Some("begins with its scheme, \"Bearer \"")
    } else if token.contains(char::is_whitespace) || !token.is_ascii() {
        Some(HAS_WORDS)
    } else {
        None
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p27_the_header_is_sensitive_and_carries_the_token_with_or_without_its_scheme() {
        let secret = SecretString::from("abc.def");
        for (token, value) in
            [(AccessToken::bearer(&secret).unwrap(), "Bearer abc.def"), (AccessToken::raw(&secret).unwrap(), "abc.def")]
        {
            let mut headers = HeaderMap::new();
            token.authorize(&mut headers);
            assert_eq!(headers[AUTHORIZATION], value, "the secret reaches the wire");
            assert!(headers[AUTHORIZATION].is_sensitive());
            assert_eq!(token.expose_secret(), "abc.def");
            assert!(!format!("{token:?} {headers:?} {}", token.masked()).contains("abc"));
        }
    }

    #[test]
    fn a_text_in_the_place_of_the_token_is_a_refusal() {
        for text in ["Usuário ou senha inválidos", "inválido", "invalid credentials"] {
            assert_eq!(AccessToken::bearer(&text.into()).unwrap_err().kind(), ErrorKind::LoginRefused);
        }
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_an_answer_that_makes_no_sense() {
        for token in ["", "  ", "Bearer abc", "abc\n", "a\0b", "abc\r\nx-injected: 1", &"x".repeat(16 * 1024 + 1)] {
            let error = AccessToken::raw(&token.into()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{token:?}");
        }
    }

    #[test]
    fn a_long_token_shows_its_last_four_characters_and_only_where_that_is_asked_for() {
        let token = AccessToken::bearer(&"3f5a9c0e7b1d4826a4c8e6f20b9d7153".into()).unwrap();
        assert_eq!(token.masked(), "…7153 (32 characters)");
        assert_eq!(format!("{token:?}"), "AccessToken([redacted])");
    }

    #[test]
    fn a_short_token_shows_nothing_but_its_length() {
        for length in [1, 31] {
            let token = AccessToken::raw(&"t".repeat(length).into()).unwrap();
            assert_eq!(token.masked(), format!("… ({length} characters)"));
        }
        AccessToken::raw(&"t".repeat(16 * 1024).into()).unwrap();
    }

    #[test]
    fn p27_a_token_in_a_header_of_its_own_or_in_a_cookie_is_sensitive() {
        let secret = SecretString::from("abc.def=");
        let raw = || AccessToken::raw(&secret).unwrap();
        let name = HeaderName::from_static("x-api-key");
        for (token, name, value) in [
            (raw().in_header(name.clone()), name.clone(), "abc.def="),
            (AccessToken::bearer(&secret).unwrap().in_header(name.clone()), name.clone(), "Bearer abc.def="),
            (raw().with_scheme("Token").unwrap(), AUTHORIZATION, "Token abc.def="),
            (AccessToken::bearer(&secret).unwrap().with_scheme("Token").unwrap(), AUTHORIZATION, "Token abc.def="),
            (raw().in_header(name.clone()).with_scheme("bearer").unwrap(), name, "bearer abc.def="),
            (raw().in_cookie("sid").unwrap(), COOKIE, "sid=abc.def="),
            (AccessToken::bearer(&secret).unwrap().in_cookie("sid").unwrap(), COOKIE, "sid=abc.def="),
        ] {
            let mut headers = HeaderMap::new();
            token.authorize(&mut headers);
            assert_eq!((headers.len(), &headers[&name]), (1, &HeaderValue::from_static(value)));
            assert!(headers[name].is_sensitive());
            assert_eq!((token.expose_secret(), token.masked().as_str()), ("abc.def=", "… (8 characters)"));
        }
    }

    #[test]
    fn basic_is_sensitive_and_refuses_what_it_cannot_send() {
        let token = AccessToken::basic("maria", "").unwrap();
        assert_eq!((token.header().to_str().unwrap(), token.header().is_sensitive()), ("Basic bWFyaWE6", true));
        assert_eq!(token.expose_secret(), "bWFyaWE6");
        let restored = AccessToken::raw(&token.expose_secret().into()).unwrap().with_scheme("Basic").unwrap();
        assert_eq!(restored.header(), token.header());
        for (user, password) in [("maria:silva", "segredo"), ("maria\n", "segredo"), ("maria", "seg\0redo")] {
            let error = AccessToken::basic(user, password).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(!error.to_string().contains(user) && !error.to_string().contains(password), "{error}");
        }
    }

    #[test]
    fn a_cookie_joins_the_callers_cookies_and_replaces_its_predecessor() {
        for (own, all) in [
            (&[""][..], "sid=new"),
            (&["theme=dark"], "theme=dark; sid=new"),
            (&["a=1;  b=2; "], "a=1; b=2; sid=new"),
            (&["a=1", "b=2"], "a=1; b=2; sid=new"),
            (&["sid=old; a=1"], "a=1; sid=new"),
            (&["sid2=other; asid=3"], "sid2=other; asid=3; sid=new"),
        ] {
            let mut headers = HeaderMap::new();
            for cookies in own {
                headers.append(COOKIE, HeaderValue::from_static(cookies));
            }
            let token = AccessToken::raw(&"new".into()).unwrap().in_cookie("sid").unwrap();
            for _ in 0..2 {
                token.authorize(&mut headers);
                assert_eq!(headers.get_all(COOKIE).iter().collect::<Vec<_>>(), [all]);
                assert!(headers[COOKIE].is_sensitive());
            }
        }
    }

    #[test]
    fn a_token_that_would_end_its_cookie_is_an_error() {
        let in_cookie = |token: &str, name| AccessToken::raw(&token.into()).unwrap().in_cookie(name).map(drop);
        for token in ["a;b", "a,b", "a\"b", "a\\b"] {
            assert_eq!(in_cookie(token, "sid").unwrap_err().kind(), ErrorKind::Unavailable, "{token}");
        }
        for name in ["", "a b", "a=b", "a;b", "ção"] {
            assert_eq!(in_cookie("abc", name).unwrap_err().kind(), ErrorKind::InvalidRequest, "{name}");
        }
        in_cookie("eyJ.a-b_c~d/e+f==", "__Host-SID").unwrap();
    }
}

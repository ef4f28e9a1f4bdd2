//! Logins and requests over real sockets.

mod account;
mod accounts;
mod failures;
mod healing;
mod login;
mod login_host;
mod oauth2;
mod pages;
mod places;
mod quota;
mod redirects;
mod retry;
mod tokens;
mod whole_seconds;
mod wire;

/// The login response of servers that a test starts.
const GRANTED: &str = r#"{"access_token":"granted-token","expires_in":3600}"#;

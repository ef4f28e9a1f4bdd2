// Written by `cargo xtask codegen` from crates/api4com-auth/openapi.json: change that, and run it again.
//! The user of a token, as `GET users/me` answers.

use std::time::SystemTime;

use auth_core::parse;
use serde::Deserialize;

/// The user of a token, as `GET users/me` answers. A missing or unreadable field is `None`.
///
/// Source: [Api4Com, Authentication](https://developers.api4com.com/authentication.html);
/// [Api4Com, reference of the list of users](https://developers.api4com.com/operations/Users.findUsers.html).
///
/// ```
/// let me: api4com_auth::Me = serde_json::from_str(r#"{"uuid": "356b20ce-143f-4847-8cf1-a79959f4b390"}"#)?;
/// assert_eq!(me.uuid.as_deref(), Some("356b20ce-143f-4847-8cf1-a79959f4b390"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Me {
    /// The identifier.
    #[serde(deserialize_with = "parse::optional_text")]
    pub uuid: Option<String>,
    /// The name.
    #[serde(deserialize_with = "parse::optional_text")]
    pub name: Option<String>,
    /// The e-mail address, with which the user logs in.
    #[serde(deserialize_with = "parse::optional_text")]
    pub email: Option<String>,
    /// The phone number.
    #[serde(deserialize_with = "parse::optional_text")]
    pub phone: Option<String>,
    /// The role of the user, such as `ADMIN`.
    #[serde(deserialize_with = "parse::optional_text")]
    pub role: Option<String>,
    /// True if the e-mail address was confirmed. Without it, logins are refused with `LOGIN_FAILED_EMAIL_NOT_VERIFIED`.
    #[serde(deserialize_with = "parse::optional")]
    pub email_verified: Option<bool>,
    /// The time at which the user was created.
    #[serde(deserialize_with = "parse::optional_date")]
    pub created_at: Option<SystemTime>,
    /// The time of the last change of the user.
    #[serde(deserialize_with = "parse::optional_date")]
    pub updated_at: Option<SystemTime>,
    /// The time of the last login of the user.
    #[serde(deserialize_with = "parse::optional_date")]
    pub last_login_at: Option<SystemTime>,
}

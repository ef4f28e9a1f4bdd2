// Written by `cargo xtask codegen` from crates/api4com-auth/openapi.json: change that, and run it again.
//! The user that a token belongs to: what `GET users/me` answers.

use std::time::SystemTime;

use auth_core::parse;
use serde::Deserialize;

/// The user that a token belongs to: what `GET users/me` answers. A field that is missing or unreadable is `None`.
///
/// Source: [Api4Com, Authentication](https://developers.api4com.com/authentication.html);
/// [Api4Com, reference of the list of users](https://developers.api4com.com/operations/Users.findUsers.html).
///
/// ```
/// let me: api4com_auth::Me = serde_json::from_str(r#"{"uuid": "356b20ce-143f-4847-8cf1-a79959f4b390"}"#)?;
/// assert_eq!(me.uuid(), Some("356b20ce-143f-4847-8cf1-a79959f4b390"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Me {
    #[serde(deserialize_with = "parse::optional_text")]
    uuid: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    name: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    email: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    phone: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    role: Option<String>,
    #[serde(deserialize_with = "parse::optional")]
    email_verified: Option<bool>,
    #[serde(deserialize_with = "parse::optional_date")]
    created_at: Option<SystemTime>,
    #[serde(deserialize_with = "parse::optional_date")]
    updated_at: Option<SystemTime>,
    #[serde(deserialize_with = "parse::optional_date")]
    last_login_at: Option<SystemTime>,
}

impl Me {
    /// The identifier.
    ///
    /// ```
    /// let me: api4com_auth::Me = serde_json::from_str(r#"{"uuid": "356b20ce-143f-4847-8cf1-a79959f4b390"}"#)?;
    /// assert_eq!(me.uuid(), Some("356b20ce-143f-4847-8cf1-a79959f4b390"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn uuid(&self) -> Option<&str> {
        self.uuid.as_deref()
    }

    /// The name.
    ///
    /// ```
    /// let me: api4com_auth::Me = serde_json::from_str(r#"{"name": "Maria"}"#)?;
    /// assert_eq!(me.name(), Some("Maria"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The e-mail address, with which the user logs in.
    ///
    /// ```
    /// let me: api4com_auth::Me = serde_json::from_str(r#"{"email": "maria@example.com"}"#)?;
    /// assert_eq!(me.email(), Some("maria@example.com"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The phone number.
    ///
    /// ```
    /// let me: api4com_auth::Me = serde_json::from_str(r#"{"phone": "4833328530"}"#)?;
    /// assert_eq!(me.phone(), Some("4833328530"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn phone(&self) -> Option<&str> {
        self.phone.as_deref()
    }

    /// The role of the user, such as `ADMIN`.
    ///
    /// ```
    /// let me: api4com_auth::Me = serde_json::from_str(r#"{"role": "ADMIN"}"#)?;
    /// assert_eq!(me.role(), Some("ADMIN"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// True if the e-mail address was confirmed. Without it, logins are refused with `LOGIN_FAILED_EMAIL_NOT_VERIFIED`.
    ///
    /// ```
    /// let me: api4com_auth::Me = serde_json::from_str(r#"{"emailVerified": true}"#)?;
    /// assert_eq!(me.email_verified(), Some(true));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn email_verified(&self) -> Option<bool> {
        self.email_verified
    }

    /// The time at which the user was made.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let me: api4com_auth::Me = serde_json::from_str(r#"{"createdAt": "2025-01-01T00:00:00.000Z"}"#)?;
    /// assert_eq!(me.created_at(), Some(UNIX_EPOCH + Duration::from_secs(1_735_689_600)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn created_at(&self) -> Option<SystemTime> {
        self.created_at
    }

    /// The time of the last change of the user.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let me: api4com_auth::Me = serde_json::from_str(r#"{"updatedAt": "2025-01-01T00:00:00.000Z"}"#)?;
    /// assert_eq!(me.updated_at(), Some(UNIX_EPOCH + Duration::from_secs(1_735_689_600)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn updated_at(&self) -> Option<SystemTime> {
        self.updated_at
    }

    /// The time of the last login of the user.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let me: api4com_auth::Me = serde_json::from_str(r#"{"lastLoginAt": "2025-01-01T00:00:00.000Z"}"#)?;
    /// assert_eq!(me.last_login_at(), Some(UNIX_EPOCH + Duration::from_secs(1_735_689_600)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn last_login_at(&self) -> Option<SystemTime> {
        self.last_login_at
    }
}

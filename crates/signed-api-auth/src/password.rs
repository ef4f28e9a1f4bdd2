//! The check of a new password, and the change of one.

use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::{Error, ErrorKind, Result};

use crate::client::Client;
use crate::status::Outcome;
use crate::wire::{self, ChangePasswordRequest};

/// "At least 8 characters", the provider's page on authentication.
const SHORTEST: usize = 8;

pub(crate) fn check(new_password: &SecretString) -> Result<()> {
    if new_password.expose_secret().chars().count() < SHORTEST {
        let message = "the new password has fewer than 8 characters; choose a longer one";
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    Ok(())
}

impl Client {
    /// Changes the panel's password. Sends the request once, because a 401 may mean that the current password is wrong.
    ///
    /// After a success the client forgets its credential, because the provider may have ended it. The next request logs
    /// in again. Replace a client that [`Panel::login`](crate::Panel::login) returned.
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// client.change_password("a senha de hoje", "a senha de amanhã").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](auth_core::ErrorKind::InvalidRequest) if the new password has fewer than 8 characters, in
    /// which case nothing is sent. [`Status`](auth_core::ErrorKind::Status) with 401 if the current password is wrong
    /// or the provider did not accept the credential, which the client keeps. Otherwise as for
    /// [`Request::fetch`](auth_core::Request::fetch).
    pub async fn change_password(
        &self,
        current_password: impl Into<SecretString>,
        new_password: impl Into<SecretString>,
    ) -> Result<()> {
        let (current_password, new_password) = (current_password.into(), new_password.into());
        check(&new_password)?;
        let body = ChangePasswordRequest {
            current_password: current_password.expose_secret(),
            new_password: new_password.expose_secret(),
        };
        // With one known credential the request is sent once, and only that credential is forgotten.
        let session = self.credential().await?;
        let request = self.post(wire::CHANGE_PASSWORD).secret_json(&body).no_redirect();
        let answer = request.using(session.clone()).answer().await?;
        Outcome::of_post(&answer.error_for_request_status()?)?;
        self.forget(&session);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_has_at_least_8_characters_not_bytes() {
        for (password, good) in
            [("", false), ("1234567", false), ("ãõçéíóú", false), ("12345678", true), ("ãõçéíóúà", true)]
        {
            assert_eq!(check(&password.into()).is_ok(), good, "{password}");
        }
    }
}

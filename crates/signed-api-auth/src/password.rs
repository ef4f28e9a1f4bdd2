//! New passwords, as far as they can be judged before they are sent.

use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::{Error, ErrorKind, Result};

/// "At least 8 characters", the provider's page on authentication.
const SHORTEST: usize = 8;

pub(crate) fn check(new_password: &SecretString) -> Result<()> {
    if new_password.expose_secret().chars().count() < SHORTEST {
        let message = "the new password has fewer than 8 characters; choose a longer one";
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    Ok(())
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

//! The token that callers send to the sidecar itself.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use auth_core::http::HeaderValue;
use auth_core::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

/// A token that is new at each start. Callers read it from a file with mode 0600.
#[derive(Clone)]
pub(super) struct LocalToken(SecretString);

impl LocalToken {
    /// Creates a token.
    pub(super) fn random() -> io::Result<Self> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(random).into()))
    }

    /// Writes the token to a file, which replaces an earlier one.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A new temporary file has mode 0600. It is renamed when it is complete.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        writeln!(file, "{}", self.0.expose_secret())?;
        file.persist(path)?;
        Ok(())
    }

    /// Returns true if a header is `Bearer` with this token, in a time that does not depend on its content.
    pub(super) fn is(&self, header: &HeaderValue) -> bool {
        let given = header.as_bytes();
        let (scheme, token) = given.split_at(given.len().min("Bearer ".len()));
        scheme.eq_ignore_ascii_case(b"Bearer ") && token.ct_eq(self.0.expose_secret().as_bytes()).into()
    }
}

impl fmt::Debug for LocalToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_the_token_in_the_file_is_accepted_and_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let token = LocalToken::random().unwrap();
        token.write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.trim_end();
        let is = |text: &str| token.is(&HeaderValue::from_str(text).unwrap());
        assert!(is(&format!("Bearer {text}")) && is(&format!("bearer {text}")));
        for wrong in ["", "Bearer", "Bearer ", text, &format!("Bearer {text}0"), &format!("Bearer {}", &text[1..])] {
            assert!(!is(wrong), "{wrong}");
        }
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!format!("{token:?}").contains(text));
        LocalToken::random().unwrap().write(&path).unwrap();
        assert_ne!(std::fs::read_to_string(&path).unwrap().trim_end(), text, "each start makes another");
    }
}

//! Names that Rust or the generated code reserves.

use super::{Result, fault};

/// The keywords of Rust 2024, including those reserved for the future.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false \
    final fn for gen if impl in let loop macro macro_rules match mod move mut override priv pub ref return self static \
    struct super trait true try type typeof union unsafe unsized use virtual where while yield";

pub(crate) const BUILDER: &str =
    "account api base_url build environment from_env from_vars options place read shared_store token";

pub(crate) const SESSION: &str = "answer authorize date end expiry given lifetime token";

pub(crate) const CLIENT: &str = "account authorize base_url builder cached clone credential delete deref forget forget_everywhere from_credential from_env from_vars get head headers http \
    invalidate clear_cooldown new patch post put request send shared stats with_credential with_options";

pub(crate) const TYPES: &str = "AccessToken Account Accounts Api Authorize Builder Client Credential Deserialize Duration \
    Environment Err Error ErrorKind Expiry HeaderMap Http Identify Fingerprint Lib Login LoginAnswer LoginRequest LoginResponse Main Mod None \
    OffsetDateTime Ok Option Options Persist RequestBuilder Response Restored Result Saved SecretSlice SecretString Self Serialize \
    Session SharedStore Some Store String SystemTime Url Value Vars Vec Verdict Wire";

/// The kinds of errors that a caller can get.
pub(crate) const ERRORS: &str = "Config InvalidRequest LoginRequired RateLimited LoginRefused Status Unavailable";

/// Refuses a name that is invalid for a field, method or module in Rust, or that is `reserved`.
pub(crate) fn identifier(at: String, name: &str, reserved: &str) -> Result<()> {
    let is_in = |names: &str| names.split_whitespace().any(|taken| taken == name);
    let letters = name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if !letters || !name.starts_with(|first: char| first.is_ascii_lowercase()) || is_in(KEYWORDS) {
        return fault(
            at,
            format!(
                "{name:?} is no name in Rust: take small letters, digits and _, and no word of the language; x-name says it"
            ),
        );
    }
    if is_in(reserved) {
        return fault(at, format!("{name} is what the generated code itself has: say x-name"));
    }
    Ok(())
}

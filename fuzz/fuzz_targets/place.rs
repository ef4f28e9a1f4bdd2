//! Any base URL and any path: an error, or a URL below the base, at its origin, without secrets of its own.
//!
//! ```sh
//! cd fuzz
//! mkdir -p corpus/place
//! cargo +nightly fuzz run place corpus/place seeds/place -- -dict=place.dict -runs=2000000
//! ```
#![no_main]

use auth_core::fuzzing::join;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (base, path) = text.split_once('\n').unwrap_or(("https://api.example.com/v1", text));
    let Some((base, joined)) = join(base, path) else { return };
    assert!(base.path().ends_with('/') && base.query().is_none() && base.fragment().is_none());
    let loopback =
        base.host_str().is_some_and(|host| host.ends_with("localhost") || host.starts_with("127.") || host == "[::1]");
    assert!(base.scheme() == "https" || loopback, "{base}");
    let Ok(url) = joined else { return };
    assert_eq!(url.origin(), base.origin(), "{url}");
    assert!(url.path().starts_with(base.path()), "{url} is not below {base}");
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{url}");
    // The base belongs to the user, whatever it contains.
    let below = &url.path()[base.path().len()..];
    let decoded = below.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    assert!(decoded.split('/').all(|segment| segment != ".." && segment != "."), "{url}");
});

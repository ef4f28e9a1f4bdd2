//! Logs of other crates: proof that they are captured and searched, and that the one switch that logs each byte has no
//! effect.

use api4com_auth::auth_core::{self, Options};
use auth_sandbox::Sandbox;
use tokio::runtime;

use crate::{canary, capture};

/// Returns the log of a Pontotel client that logs in, sends a request and gets a 401, and the client's secrets.
fn log_of(adjust: impl FnOnce(Options) -> Options) -> (String, Vec<String>) {
    capture::start();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let secrets = runtime.block_on(async {
        let sandbox = Sandbox::start().await.unwrap();
        let provider = sandbox.pontotel();
        let client = pontotel_auth::Client::builder()
            .username(provider.username())
            .password(provider.password())
            .base_url(provider.base_url())
            .options(adjust)
            .build()
            .unwrap();
        client.get(provider.protected_path()).error_for_status().await.unwrap();
        let token = client.credential().await.unwrap().token().expose_secret().to_owned();
        provider.revoke_all();
        client.get(provider.protected_path()).error_for_status().await.unwrap();
        let next = client.credential().await.unwrap().token().expose_secret().to_owned();
        assert_ne!(token, next);
        vec![provider.password().to_owned(), token, next]
    });
    drop(runtime);
    (capture::take(), secrets)
}

#[test]
fn a_secret_in_a_line_of_either_logging_library_or_in_a_panic_is_found() {
    let secrets = ["planted-3f5a9c0e7b1d".to_owned()];
    let secret = &secrets[0];
    let found = |plant: &dyn Fn()| {
        capture::start();
        plant();
        !canary::find(&capture::take(), &secrets).is_empty()
    };
    assert!(found(&|| tracing::trace!(target: "some_crate", secret, "planted")));
    assert!(found(&|| log::trace!(target: "some_crate", "planted {secret}")));
    assert!(found(&|| assert!(std::panic::catch_unwind(|| panic!("planted {secret}")).is_err())));
    assert!(!found(&|| log::trace!(target: "some_crate", "nothing planted")));
}

#[test]
fn http_1_and_http_2_are_captured_and_log_no_secret_at_any_level() {
    for (crates, version) in [(&["hyper_util", "reqwest"][..], 1), (&["hyper_util", "reqwest", "h2"], 2)] {
        let (log, secrets) = log_of(|options| match version {
            1 => options,
            _ => options.configure(auth_core::reqwest::ClientBuilder::http2_prior_knowledge),
        });
        for name in ["auth_core"].iter().chain(crates) {
            assert!(log.contains(&format!(" {name}::")), "HTTP/{version}: no line of {name} in {log}");
        }
        let leaks = canary::find(&log, &secrets);
        assert!(leaks.is_empty(), "HTTP/{version}: {leaks:?}");
    }
}

#[test]
fn the_http_librarys_connection_verbose_cannot_be_switched_on() {
    let (log, secrets) = log_of(|options| options.configure(|client| client.connection_verbose(true)));
    assert_eq!(canary::find(&log, &secrets), [""; 0]);
}

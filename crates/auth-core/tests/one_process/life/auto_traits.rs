//! Public types and futures, moved between threads.

use std::error::Error as StdError;

use auth_core::reqwest::Response;
use auth_core::{AccessToken, Accounts, CachedCredential, Client, Error, Options, Request, Secret, Stats};
use static_assertions::assert_impl_all;

use super::account::{Account, Session};

assert_impl_all!(Client<Account>: Clone, Send, Sync, Unpin);
assert_impl_all!(Accounts<String, Account>: Send, Sync, Unpin);
assert_impl_all!(CachedCredential<Session>: Clone, Send, Sync, Unpin);
assert_impl_all!(AccessToken: Clone, Send, Sync, Unpin);
assert_impl_all!(Options: Clone, Send, Sync, Unpin);
assert_impl_all!(Secret: Clone, Send, Sync, Unpin);
assert_impl_all!(Stats: Send, Sync, Unpin);
assert_impl_all!(Error: StdError, Clone, Send, Sync, Unpin);
assert_impl_all!(Request<Account>: Send, Unpin);

/// Compiles only if the futures of a client can be spawned on a runtime with threads.
#[test]
fn every_future_of_a_client_is_send() {
    fn is_send<T>(_: impl Future<Output = T> + Send) {}
    let _ = |client: &Client<Account>, response: Response| {
        is_send(client.credential());
        is_send(client.with_credential(|_| ()));
        is_send(client.headers());
        is_send(client.get("users").send());
        is_send(client.get("users").fetch::<String>());
        is_send(auth_core::error_for_status(response));
    };
}

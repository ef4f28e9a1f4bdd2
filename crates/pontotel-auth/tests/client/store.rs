//! One login for several processes.

use std::pin::Pin;
use std::task::{Context, Poll};

use auth_sandbox::{Provider, Sandbox};
use bytes::Bytes;
use http_body::Frame;
use pontotel_auth::Client;
use pontotel_auth::auth_core::reqwest::Body;
use pontotel_auth::auth_core::store::{FileStore, KeyRing, SharedStore};
use tempfile::TempDir;

const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";

/// Returns the client of a process whose store is this folder.
fn process(api: &Provider, folder: &TempDir) -> Client {
    let store = SharedStore::new(FileStore::at(folder.path()).unwrap(), KeyRing::new(KEY).unwrap());
    let builder = Client::builder().username(api.username()).password(api.password()).base_url(api.base_url());
    builder.shared_store(store).build().unwrap()
}

/// A body that can be sent only once.
struct Stream;

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(None)
    }
}

#[tokio::test]
async fn a_revoked_token_is_removed_even_if_its_request_cannot_be_replayed() {
    let (sandbox, folder) = (Sandbox::start().await.unwrap(), TempDir::new().unwrap());
    let api = sandbox.pontotel();
    let [first, second] = [(), ()].map(|()| process(api, &folder));
    first.credential().await.unwrap();
    api.revoke_all();
    let request = first.request(api.protected_method(), api.protected_path()).body(Body::wrap(Stream));
    assert_eq!(request.send().await.unwrap().status().as_u16(), 401);
    assert_eq!(first.stats().store_removals, 1, "before the 401 is returned");
    // The process ends, as a script does.
    drop(first);
    let response = second.request(api.protected_method(), api.protected_path()).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!((second.stats().adopted, second.stats().replays), (0, 0), "it never used the revoked token");
    assert_eq!(api.logins(), 2);
}

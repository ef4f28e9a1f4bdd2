//! A check at startup that finds a wrongly configured store.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::store::{Acquire, CacheKey, Cooldown, FileStore, Found, KeyRing, Lease, SharedStore, Store};
use auth_core::{ErrorKind, Result};
use futures_util::future::join_all;
use tokio::time::{Instant, advance};

use super::account::{HOUR, KEY, Provider, lives};
use super::folder::Folder;
use super::memory::{Fault, Memory};

fn shared_store(store: impl Store) -> SharedStore {
    SharedStore::new(store, KeyRing::new(KEY).unwrap())
}

/// In memory.
#[tokio::test(start_paused = true)]
async fn a_working_store_passes_each_check_and_soon_keeps_nothing_of_it() {
    let store = Memory::new();
    for _ in 0..3 {
        shared_store(store.clone()).check().await.unwrap();
        assert!(store.only().lease.is_none());
    }
    advance(Duration::from_secs(10)).await;
    let provider = Provider::new(async |number| lives(number, HOUR));
    provider.process(&store).credential().await.unwrap();
    let names: Vec<_> = store.entries.lock().unwrap().keys().map(|key| key.as_str().to_owned()).collect();
    assert_eq!(names.len(), 2, "each account has its own key: {names:?}");
    assert!(names.iter().any(|key| key.starts_with("auth:v1:check:")), "{names:?}");
}

/// A fleet starts all at once.
#[tokio::test]
async fn any_number_of_processes_check_one_store_at_once() {
    let (memory, folder) = (Memory::new(), Folder::new());
    join_all((0..50).map(async |_| shared_store(memory.clone()).check().await.unwrap())).await;
    let store = || FileStore::at(folder.path()).unwrap();
    let timeout = Duration::from_secs(20);
    join_all((0..20).map(async |_| shared_store(store()).timeout(timeout).check().await.unwrap())).await;
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert!(files <= 2, "one key: {files}");
}

/// The store's own error text reaches the caller.
#[tokio::test(start_paused = true)]
async fn a_failing_store_is_an_error_with_its_own_text() {
    for (fault, words) in [(Fault::Down, "connection refused"), (Fault::Full, "out of memory")] {
        let store = Memory::new();
        store.break_with(fault);
        let error = shared_store(store).check().await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// A client would bypass this store for being slow.
#[tokio::test(start_paused = true)]
async fn a_store_has_5_s_for_its_first_answer_and_then_the_clients_timeout() {
    let store = Memory::new();
    store.break_with(Fault::Slow(Duration::from_millis(300)));
    let error = shared_store(store.clone()).check().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let text = error.to_string();
    assert!(text.starts_with("the store did not answer within 250ms: Memory"), "{text}");
    assert!(text.ends_with("raise SharedStore::timeout"), "{text}");
    shared_store(store.clone()).timeout(Duration::from_millis(400)).check().await.unwrap();
    store.break_with(Fault::Slow(Duration::from_secs(3600)));
    let begun = Instant::now();
    shared_store(store).check().await.unwrap_err();
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
}

/// Reads go to a replica, or two servers share one address.
#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_return_what_was_published_is_an_error() {
    #[derive(Debug)]
    struct Forgets(Arc<Memory>);

    #[async_trait]
    impl Store for Forgets {
        async fn acquire(&self, key: &CacheKey, acquire: &Acquire) -> Result<Found> {
            self.0.tamper(|entry| entry.record = None);
            self.0.acquire(key, acquire).await
        }

        async fn extend(&self, key: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
            self.0.extend(key, lease, span).await
        }

        async fn publish(&self, key: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
            self.0.publish(key, lease, sealed, lifetime).await
        }

        async fn release(&self, key: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
            self.0.release(key, lease, cooldown).await
        }

        async fn remove(&self, key: &CacheKey, fence: u64) -> Result<bool> {
            self.0.remove(key, fence).await
        }
    }

    let error = shared_store(Forgets(Memory::new())).check().await.unwrap_err();
    assert!(error.to_string().starts_with("the store does not return what was published: Forgets"), "{error}");
}

/// The folder was private when the store was created.
#[tokio::test]
#[cfg(unix)]
async fn a_folder_that_has_become_writable_by_others_is_an_error() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let sharing = shared_store(FileStore::at(folder.path()).unwrap());
    sharing.check().await.unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let error = sharing.check().await.unwrap_err();
    assert!(error.to_string().contains("chmod 700"), "{error}");
}

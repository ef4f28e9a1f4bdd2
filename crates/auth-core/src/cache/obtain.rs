//! The interface between a refresh and the coordinator that shares its login with other processes.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use async_trait::async_trait;

use super::decision::Reason;
use super::expiry::Deadlines;
use crate::error::{Error, Result};
use crate::login::Login;
use crate::quota::Lend;
use crate::stats::Stats;

/// A credential from a login of this process or of another one.
#[derive(Debug)]
pub(crate) struct Issued<C> {
    pub(crate) credential: C,
    pub(crate) deadlines: Deadlines,
    /// The monotonic time at which its login was sent.
    pub(crate) sent_at: Duration,
    /// The fence of its record in the store, or zero if it has none.
    pub(crate) fence: u64,
    /// For the login of another process: its age, and whether a 401 forced it.
    pub(crate) adopted: Option<(Duration, bool)>,
}

/// The result of a login and its whole lifetime, which is `None` if the credential never expires.
pub(crate) type LoggedIn<C> = (Issued<C>, Option<Duration>);

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The numbers of consecutive failed logins of an account: refused ones, and all others.
pub(crate) type FailureCounts = (u32, u32);

pub(crate) type TimeLeft<'a> = &'a (dyn Fn() -> Option<Duration> + Send + Sync);

/// The cooldown after a failed login, and the counts with it.
pub(crate) type RecordedFailure = (Duration, FailureCounts);

pub(crate) type Fail<'a> =
    &'a (dyn Fn(&Error, Option<FailureCounts>, Option<Duration>) -> Option<RecordedFailure> + Send + Sync);

/// Coordinates the logins of one account with other processes.
///
/// The cache knows this trait instead of the store, so that the feature `store` gates the store's module alone.
#[async_trait]
pub(crate) trait Coordinate<L: Login>: Debug + Send + Sync {
    /// Obtains a credential: one that another process published, or one from `log_in`, which it publishes.
    ///
    /// - `account`: with the secrets that `log_in` sends. They determine the name of the record in the store.
    /// - `known_fence`: the fence of the current credential. Its record is not adopted again.
    /// - `time_left`: the remaining lifetime of the credential that a renewal replaces, or `None` if callers wait.
    /// - `may_repeat`: cleared to end the attempts of `log_in` after the current one.
    /// - `fail`: records a failed login with the counts that other processes reported; without counts, one that was not
    ///   sent. A pause replaces the cooldown that follows from the counts. Returns the cooldown and the counts, or `None`
    ///   if the refresh was replaced.
    ///
    /// Returns `None` if there is no outcome for the callers: the refresh was replaced, or a look into the store found
    /// nothing.
    #[expect(clippy::too_many_arguments, reason = "a coordinator is given all that it needs, and not the cache")]
    async fn obtain(
        &self,
        account: &L,
        reason: Reason,
        known_fence: u64,
        time_left: TimeLeft<'_>,
        may_repeat: &AtomicBool,
        log_in: BoxFuture<'_, Result<LoggedIn<L::Credential>>>,
        fail: Fail<'_>,
    ) -> Option<Result<Issued<L::Credential>>>;

    /// Records that the credential with this fence was invalidated or forgotten. It is never adopted again.
    fn invalidate(&self, fence: u64);

    /// Returns a future that removes the record of an invalidated credential from the store, if one is left there. If
    /// the store fails, the next refresh tries again.
    fn removal(&self) -> Option<BoxFuture<'static, ()>>;

    /// Lets the next login ignore a cooldown in the store.
    fn clear_cooldown(&self);

    /// Returns the store's count of the permits of a quota.
    fn lender(&self) -> Arc<dyn Lend>;

    /// Adds the coordinator's own counters.
    fn add_to(&self, stats: Stats) -> Stats;
}

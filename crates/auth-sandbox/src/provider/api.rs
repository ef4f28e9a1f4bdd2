//! The behaviour of one provider.

use std::fmt::Debug;

use super::Provider;
use crate::{recorded::Call, reply::Reply};

/// A provider's answers to requests.
pub(crate) trait Api: Debug + Send + Sync {
    fn is_login(&self, call: &Call<'_>) -> bool;

    fn answer(&self, provider: &Provider, call: &Call<'_>) -> Reply;

    /// The provider's own answer for a status; `wait` is how many seconds a 429 asks to wait.
    fn error(&self, provider: &Provider, status: u16, wait: Option<u64>) -> Reply;
}

#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempt;
mod future;
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod origin;
mod recorded;
mod replay;

pub use auth_core;
pub use future::ResponseFuture;
pub use layer::{AuthLayer, AuthService};
pub use recorded::{Recorded, RecordedBody, Recording};
pub use replay::{Cloned, Never, Replay};

/// The error type of [`AuthService`]: an [`auth_core::Error`], or the error of the inner service as it is.
///
/// ```
/// use auth_tower::{BoxError, auth_core};
///
/// fn is_ours(error: &BoxError) -> bool {
///     error.downcast_ref::<auth_core::Error>().is_some()
/// }
/// ```
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

//! One module for each peer, set up as its users do, with the login of [`crate::provider`] behind it.

pub mod aws;
pub mod azure;
pub mod google;
pub mod moka;
pub mod once_cell;
pub mod ours;
pub mod reqsign;
pub mod rw_lock;

pub use self::aws::Aws;
pub use self::azure::Azure;
pub use self::google::Google;
pub use self::moka::Moka;
pub use self::once_cell::Once;
pub use self::ours::Ours;
pub use self::reqsign::Reqsign;
pub use self::rw_lock::Locked;

use std::time::Duration;

/// The time before the expiry at which users' own code treats a token as expired.
const MARGIN: Duration = Duration::from_mins(1);

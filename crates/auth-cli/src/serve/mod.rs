//! The sidecar: a listener for each profile, which forwards requests to the provider, authenticated.

use crate::exit::{Failure, Result};
use crate::profile::Profiles;

/// Forward plain HTTP on this machine to the provider, authenticated.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The profiles to serve; all that have a `listen` if none is given.
    profiles: Vec<String>,
}

/// Serves until it is told to stop.
pub(crate) fn run(options: &Options, profiles: &Profiles) -> Result<()> {
    for name in &options.profiles {
        let _profile = profiles.get(name)?;
    }
    Err(Failure::usage("this build has no listener yet"))
}

//! The sidecar: a listener for each profile, which forwards requests to the provider, authenticated.

mod address;
mod body;
mod gateway;
mod gateways;
mod guard;
mod headers;
mod links;
mod listener;
mod local_token;
mod metrics;
mod operations;
mod options;
mod problem;
mod sidecar;
mod signals;
mod size;
mod stream;
mod upstream;

use std::path::Path;

use tokio::runtime;
use tracing_subscriber::filter::Targets;

pub(crate) use self::options::Options;
use self::sidecar::Sidecar;
use self::signals::{Signal, Signals};
use crate::exit::{Failure, Result};
use crate::profile::Profiles;

/// Serves until a signal ends it.
pub(crate) fn run(options: &Options, profiles: &Profiles) -> Result<()> {
    log(&options.log);
    let mut runtime = match options.threads {
        1 => runtime::Builder::new_current_thread(),
        threads => {
            let mut runtime = runtime::Builder::new_multi_thread();
            runtime.worker_threads(threads.into());
            runtime
        }
    };
    runtime.enable_all().build()?.block_on(serve(options, profiles))
}

async fn serve(options: &Options, profiles: &Profiles) -> Result<()> {
    let mut signals = Signals::new(profiles.path())?;
    let mut sidecar = Sidecar::start(options, profiles).await?;
    while let Signal::Reload = signals.next().await {
        let reloaded = match read_again(profiles.path()) {
            Ok(profiles) => sidecar.apply(&profiles).await,
            Err(failure) => Err(failure),
        };
        match reloaded {
            Ok(()) => tracing::info!("reloaded"),
            Err(failure) => tracing::error!(%failure, "not reloaded; what ran before goes on"),
        }
    }
    tracing::info!("ending");
    tokio::select! {
        () = sidecar.end() => {}
        () = signals.end() => tracing::warn!("ended at once"),
    }
    Ok(())
}

/// Reads the profiles again.
fn read_again(path: &Path) -> Result<Profiles> {
    if path.exists() && !path.is_file() {
        return Err(Failure::usage(format!("{} is a pipe, which cannot be read again: give a file", path.display())));
    }
    Profiles::load()
}

fn log(levels: &Targets) {
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;

    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
    // Fails only if there is a subscriber already.
    let _ = tracing_subscriber::registry().with(levels.clone()).with(lines).try_init();
}

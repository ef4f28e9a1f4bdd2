//! The options of `doctor`.

use std::time::Duration;

/// Check a profile's set-up, and measure whether the provider behaves as documented
///
/// It sends at most two logins and twenty requests, and stops at the first 429. It writes nothing, tries no wrong
/// password, and shares its login with the other commands. Reports contain shapes and no values.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 as documented, 3 otherwise, 4 the provider asked to wait

Example:
  authctl doctor pontotel --markdown > report.md")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Options {
    /// The profile, or a provider's name
    pub(super) profile: String,
    /// Print JSON
    #[arg(long, conflicts_with_all = ["markdown", "quiet"])]
    pub(super) json: bool,
    /// Print Markdown for a public issue
    #[arg(long, conflicts_with = "quiet")]
    pub(super) markdown: bool,
    /// Print only the departures from the document
    #[arg(long)]
    pub(super) quiet: bool,
    /// Send at most N logins
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(super) logins: usize,
    /// Send at most N requests
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) requests: u32,
    /// Wait this long before using the token once more
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    pub(super) wait: u64,
    /// Send one login with a wrong password: accounts lock after a few of them
    #[arg(long)]
    pub(super) probe_refusal: bool,
    /// Send the document's example to operations that create something
    #[arg(long)]
    pub(super) write: bool,
}

impl Options {
    pub(super) fn wait(&self) -> Duration {
        Duration::from_secs(self.wait)
    }
}

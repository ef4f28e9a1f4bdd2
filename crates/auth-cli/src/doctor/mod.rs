//! The command `doctor`: a profile's set-up, and the provider's document held against the real service.

mod checks;
mod document;
mod finding;
mod lifetime;
mod login;
mod report;
mod setup;
mod shape;
mod visit;

use std::path::Path;
use std::time::Duration;

use auth_core::url::Url;
use auth_core::{Error, ErrorKind};

use self::checks::Checks;
use self::document::Document;
use self::finding::{Finding, Verdict};
use self::login::Logins;
use self::report::Report;
use self::visit::Visit;
use crate::client::{AnyClient, with_client};
use crate::exit::{Failure, Result};
use crate::profile::{Profile, Profiles};

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
    profile: String,
    /// Print JSON
    #[arg(long, conflicts_with_all = ["markdown", "quiet"])]
    json: bool,
    /// Print a text for a public issue
    #[arg(long, conflicts_with = "quiet")]
    markdown: bool,
    /// Print only what departs from the document
    #[arg(long)]
    quiet: bool,
    /// Send at most so many logins
    #[arg(long, value_name = "N", default_value_t = 2)]
    logins: usize,
    /// Send at most so many requests
    #[arg(long, value_name = "N", default_value_t = 20)]
    requests: u32,
    /// Wait so many seconds before the last look at the token
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    wait: u64,
    /// Send one login with a wrong password: accounts lock after a few of them
    #[arg(long)]
    probe_refusal: bool,
    /// Send the document's example to operations that create something
    #[arg(long)]
    write: bool,
}

pub(crate) async fn run(options: &Options, profiles: &Profiles) -> Result<()> {
    let profile = profiles.get(&options.profile)?;
    if options.probe_refusal {
        eprintln!("One login with a wrong password is sent. Accounts lock after a few of them: do not repeat it.");
    }
    let report = examine(options, profiles.path(), &profile).await?;
    if options.json {
        report.print_json()?;
    } else if options.markdown {
        report.print_markdown()?;
    } else {
        report.print_table(options.quiet)?;
    }
    match report.departures() {
        0 if report.is_limited => Err(Error::new(ErrorKind::RateLimited, "the provider asks to wait").into()),
        0 => Ok(()),
        departures => Err(Failure::departed(departures, report.findings.len())),
    }
}

async fn examine(options: &Options, path: &Path, profile: &Profile) -> Result<Report> {
    let logins = Logins::default();
    let mut findings = setup::files(profile, path);
    let record = logins.clone();
    let adjust = |all: auth_core::Options| {
        all.login_attempts(1).retry(auth_core::RetryPolicy::none()).inspect_logins(move |answer| record.record(answer))
    };
    let client = match AnyClient::with_options(profile, adjust).await {
        Ok(client) => client,
        Err(failure) => {
            let finding = Finding::otherwise("setup.profile", "it cannot be used").remedy(failure.to_string());
            findings.push(finding.of_setup());
            let document = Document::of(profile.provider, None)?;
            return Ok(Report::new(profile.provider.name(), None, &document, None, findings));
        }
    };
    let document = Document::of(profile.provider, api(&client))?;
    let base_url = with_client!(&client, client => client.base_url().clone());
    findings.insert(0, Finding::documented("setup.profile", "complete").of_setup());
    let environment = environment(&document, &base_url);
    findings.push(Finding::documented("setup.environment", environment.clone()).of_setup());
    findings.extend(setup::network(&base_url).await);
    findings.push(setup::store(profile, &client).await);
    let visit = Visit::new(&base_url, options.requests).map_err(|error| Failure::other(error.to_string()))?;
    let mut checks = Checks { options, profile, document: &document, client: &client, logins, visit, findings };
    checks.run(&environment).await;
    let is_limited = checks.visit.is_limited;
    let findings = std::mem::take(&mut checks.findings);
    let mut report = Report::new(profile.provider.name(), api(&client), &document, Some(environment), findings);
    report.is_limited = is_limited;
    Ok(report)
}

/// Returns Sopague's API of the client.
fn api(client: &AnyClient) -> Option<&'static str> {
    let AnyClient::Sopague(client) = client else { return None };
    Some(match client.account()?.api() {
        sopague_auth::Api::Gateway => "gateway",
        _ => "integration",
    })
}

/// Returns the documented name of a base URL. Another one may be nobody else's business.
fn environment(document: &Document, base_url: &Url) -> String {
    document.environment(base_url.as_str()).unwrap_or("another base URL").to_owned()
}

impl Options {
    fn wait(&self) -> Duration {
        Duration::from_secs(self.wait)
    }
}

impl Report {
    fn departures(&self) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == Verdict::Otherwise).count()
    }
}

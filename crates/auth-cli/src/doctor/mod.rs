//! The command `doctor`: checks of a profile's set-up, and of the provider's document against the real service.

mod arguments;
mod authorization;
mod checks;
mod document;
mod finding;
mod login_answer;
mod probes;
mod report;
mod setup;
mod visit;

use std::path::Path;

use auth_core::url::Url;
use auth_core::{Error, ErrorKind};

pub(crate) use self::arguments::Options;
use self::checks::Checks;
use self::document::{Document, UNKNOWN};
use self::finding::Finding;
use self::login_answer::Logins;
use self::report::Report;
use self::visit::Visit;
use crate::client::{AnyClient, with_client};
use crate::exit::{Failure, Result};
use crate::profile::{Profile, Profiles};

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
    findings.push(setup::store(profile).await);
    let visit = Visit::new(&base_url, options.requests).map_err(|error| Failure::other(error.to_string()))?;
    let mut checks =
        Checks { options, profile, document: &document, client: &client, logins, visit, findings, failure: None };
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

/// Returns the documented name of a base URL.
fn environment(document: &Document, base_url: &Url) -> String {
    document.environment(base_url.as_str()).unwrap_or(UNKNOWN).to_owned()
}

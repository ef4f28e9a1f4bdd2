//! The command `profiles`: the accounts that other commands can name.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::exit::Result;
use crate::profile::{Profile, Profiles, Store};
use crate::secret::Source;
use crate::table;

/// List the profiles of the file, and those of the environment
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  authctl profiles --json | jq -r '.[].profile'")]
pub(crate) struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, profiles: &Profiles) -> Result<()> {
    let all = profiles.all();
    if options.json {
        let all: Vec<_> = all.iter().map(to_json).collect();
        return Ok(writeln!(io::stdout(), "{}", Value::from(all))?);
    }
    let rows: Vec<_> = all.iter().map(to_row).collect();
    table::print(["PROFILE", "PROVIDER", "PLACE", "USER", "SECRET", "STORE"], &rows)?;
    if rows.is_empty() {
        eprintln!("No profile yet: authctl init NAME writes one to {}", profiles.path().display());
    }
    Ok(())
}

fn to_row(profile: &Profile) -> [String; 6] {
    let user = profile.user.clone().unwrap_or_default();
    let provider = profile.provider.name().to_owned();
    [profile.name.clone(), provider, place(profile).to_owned(), user, secret(profile), store(profile).to_owned()]
}

fn to_json(profile: &Profile) -> Value {
    json!({
        "profile": profile.name,
        "provider": profile.provider.name(),
        "place": place(profile),
        "user": profile.user,
        "secret": secret(profile),
        "store": store(profile),
    })
}

/// Returns the base URL, or else the environment.
fn place(profile: &Profile) -> &str {
    let given = profile.base_url.as_deref().or(profile.environment.as_deref());
    given.unwrap_or(if profile.sources().next().is_some() { "production" } else { "" })
}

fn secret(profile: &Profile) -> String {
    let of_environment = || format!("variables {}_…", profile.provider.prefix());
    profile.sources().next().map_or_else(of_environment, Source::describe)
}

fn store(profile: &Profile) -> &'static str {
    match profile.store {
        Store::File => "file",
        Store::None => "none",
        Store::Redis { .. } => "redis",
    }
}

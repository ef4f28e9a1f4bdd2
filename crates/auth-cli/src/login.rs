//! The commands `login`, `logout` and `invalidate`, which begin and end the shared login of a profile.

use std::io::{self, Write};
use std::time::Duration;

use auth_core::store::{Identify, Persist, SharedStore};
use auth_core::{Client, Expiry, Login};

use crate::client::{AnyClient, with_client};
use crate::exit::{Failure, Result};
use crate::profile::{Profile, Profiles};
use crate::{store, table, waiting};

/// The least age of a login that `invalidate` ends. A 401 within it belongs to an earlier token.
const MIN_AGE: Duration = Duration::from_secs(10);

/// Log in now, unless a login is shared already
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  authctl login pontotel --ignore-cooldown    # after the provider has unlocked the account")]
pub(crate) struct LoginOptions {
    /// The profile, or a provider's name
    profile: String,
    /// Send the login even if an earlier one failed and is held back
    #[arg(long)]
    ignore_cooldown: bool,
}

/// End the shared login, and at Api4Com, which has a logout, its token
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  authctl logout api4com")]
pub(crate) struct LogoutOptions {
    /// The profile, or a provider's name
    profile: String,
}

/// Report that the provider answered 401 to the token: the next command logs in
///
/// A login of the last 10 s is kept, because many scripts may report the 401 of one earlier token.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  authctl invalidate pontotel && authctl token pontotel")]
pub(crate) struct InvalidateOptions {
    /// The profile, or a provider's name
    profile: String,
}

pub(crate) async fn login(options: &LoginOptions, profiles: &Profiles) -> Result<()> {
    let client = AnyClient::of(&profiles.get(&options.profile)?).await?;
    let expiry = with_client!(&client, client => log_in(client, options.ignore_cooldown).await?);
    let until = match expiry {
        Some(Expiry::At(end)) => format!("until {}", table::rfc3339(end)),
        _ => "for ever".to_owned(),
    };
    Ok(writeln!(io::stdout(), "logged in {until}")?)
}

async fn log_in<L: Login>(client: &Client<L>, ignore_cooldown: bool) -> Result<Option<Expiry>> {
    if ignore_cooldown {
        client.clear_cooldown();
    }
    let credential = waiting::on("logging in", client.credential()).await?;
    Ok(client.expiry_of(&credential))
}

pub(crate) async fn logout(options: &LogoutOptions, profiles: &Profiles) -> Result<()> {
    let profile = profiles.get(&options.profile)?;
    let (client, store) = (AnyClient::of(&profile).await?, shared(&profile).await?);
    let ended = match client {
        AnyClient::Api4com(client) => match store.inspect(&client).await?.current {
            Some(current) => {
                let client = api4com_auth::Client::from(client);
                waiting::on("logging out", client.delete_token(current.credential.token())).await?;
                store.remove(&current).await?
            }
            None => false,
        },
        client => with_client!(&client, client => remove(client, &store, Duration::ZERO).await?) == Removal::Done,
    };
    Ok(writeln!(io::stdout(), "{}", if ended { "logged out" } else { "there was no login" })?)
}

pub(crate) async fn invalidate(options: &InvalidateOptions, profiles: &Profiles) -> Result<()> {
    let profile = profiles.get(&options.profile)?;
    let (client, store) = (AnyClient::of(&profile).await?, shared(&profile).await?);
    let removal = with_client!(&client, client => remove(client, &store, MIN_AGE).await?);
    let told = match removal {
        Removal::Done => "invalidated: the next command logs in",
        Removal::Absent => "there was no login",
        Removal::TooYoung => "kept: the login is younger than 10 s, so the 401 belongs to an earlier token",
    };
    Ok(writeln!(io::stdout(), "{told}")?)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Removal {
    Done,
    Absent,
    TooYoung,
}

async fn remove<L>(client: &Client<L>, store: &SharedStore, min_age: Duration) -> Result<Removal>
where
    L: Identify<Credential: Persist>,
{
    match store.inspect(client).await?.current {
        Some(current) if current.age < min_age => Ok(Removal::TooYoung),
        Some(current) if store.remove(&current).await? => Ok(Removal::Done),
        _ => Ok(Removal::Absent),
    }
}

async fn shared(profile: &Profile) -> Result<SharedStore> {
    let none = || Failure::usage(format!("profile `{}`: it shares no login (`store = \"none\"`)", profile.name));
    store::of(profile).await?.ok_or_else(none)
}

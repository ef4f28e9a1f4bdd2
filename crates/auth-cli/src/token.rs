//! The command `token`: a token that is valid now.

use std::io::{self, Write};

use auth_core::{AccessToken, Client, Credential, Login};
use clap::ValueEnum;

use crate::exit::Result;
use crate::profile::Profiles;
use crate::provider::{AnyClient, with_client};

/// Print a token that is valid now.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The profile, or a provider's name
    profile: String,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
}

pub(crate) async fn run(options: &Options, profiles: &Profiles) -> Result<()> {
    let client = AnyClient::of(&profiles.get(&options.profile)?).await?;
    let text = with_client!(&client, client => token(client).await?);
    match options.format {
        Format::Text => writeln!(io::stdout().lock(), "{text}")?,
    }
    Ok(())
}

async fn token<L: Login>(client: &Client<L>) -> Result<String> {
    let credential = client.credential().await?;
    Ok(credential.token().map(AccessToken::expose_secret).unwrap_or_default().to_owned())
}

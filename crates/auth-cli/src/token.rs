//! The command `token`: a token that is valid now.

use std::io::{self, Write};

use auth_core::http::{HeaderMap, HeaderName, HeaderValue};
use auth_core::secrecy::ExposeSecret;
use auth_core::{AccessToken, Client, Credential, Expiry, Login};
use clap::ValueEnum;
use serde_json::json;

use crate::client::{AnyClient, with_client};
use crate::exit::Result;
use crate::profile::Profiles;
use crate::{table, waiting};

/// Print a token that is valid now
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  authctl token pontotel --format header | curl -H @- https://apis.pontotel.com.br/pontotel/api/v4/usuarios/")]
pub(crate) struct Options {
    /// The profile, or a provider's name
    profile: String,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// The token alone
    #[default]
    Text,
    /// `token` and `expiration`, as credential helpers print them; `null` for a token that never expires
    Json,
    /// The provider's own variables: `PONTOTEL_TOKEN=…`
    Env,
    /// The line `Authorization: …`, for `curl -H @-`
    Header,
}

/// A token, with the header that carries it.
struct Token {
    text: String,
    headers: HeaderMap,
    expiry: Option<Expiry>,
}

pub(crate) async fn run(options: &Options, profiles: &Profiles) -> Result<()> {
    let profile = profiles.get(&options.profile)?;
    let client = AnyClient::of(&profile).await?;
    let token = with_client!(&client, client => token(client).await?);
    let mut out = io::stdout().lock();
    match options.format {
        Format::Text => writeln!(out, "{}", token.text)?,
        Format::Json => writeln!(out, "{}", json!({"token": token.text, "expiration": expiration(token.expiry)}))?,
        Format::Env => {
            let prefix = profile.provider.prefix();
            writeln!(out, "{prefix}_TOKEN={}", quoted(&token.text))?;
            if let AnyClient::SignedApi(client) = &client {
                let signature = client.credential().await?.signature_token().clone();
                writeln!(out, "{prefix}_SIGNATURE_TOKEN={}", quoted(signature.expose_secret()))?;
            }
        }
        Format::Header => {
            for (name, value) in &token.headers {
                out.write_all(&line(name, value))?;
            }
        }
    }
    Ok(())
}

async fn token<L: Login>(client: &Client<L>) -> Result<Token> {
    let credential = waiting::on("logging in", client.credential()).await?;
    let mut headers = HeaderMap::new();
    credential.authorize(&mut headers);
    let text = credential.token().map(AccessToken::expose_secret).unwrap_or_default().to_owned();
    Ok(Token { text, headers, expiry: client.expiry_of(&credential) })
}

fn expiration(expiry: Option<Expiry>) -> Option<String> {
    match expiry {
        Some(Expiry::At(end)) => Some(table::rfc3339(end)),
        _ => None,
    }
}

fn line(name: &HeaderName, value: &HeaderValue) -> Vec<u8> {
    let name = if name == "authorization" { "Authorization" } else { name.as_str() };
    [name.as_bytes(), b": ", value.as_bytes(), b"\n"].concat()
}

/// Quotes a value for a shell if it needs that. A provider's text must not become a command.
fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if value.bytes().all(plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_with_shell_characters_is_quoted() {
        assert_eq!(quoted("eyJ0.abc-_~+/="), "eyJ0.abc-_~+/=");
        assert_eq!(quoted("a$(rm)b"), "'a$(rm)b'");
        assert_eq!(quoted("a'b"), r"'a'\''b'");
    }
}

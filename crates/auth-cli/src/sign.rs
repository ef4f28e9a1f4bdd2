//! The commands `sign` and `verify`: signatures of JSON bodies, as xigsapi computes them.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use auth_core::secrecy::{ExposeSecret, SecretString};
use signed_api_auth::SignedBody;
use signed_api_auth::signing::{SigningKey, verify};

use crate::client::AnyClient;
use crate::exit::{Failure, Result};
use crate::profile::Profiles;
use crate::request::body;
use crate::secret::{self, Source};
use crate::waiting;

/// Print the signature of a JSON body, or its canonical text
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  authctl sign --profile xigsapi '{\"gameId\": \"507f191e810c19729de860ea\"}'
  authctl sign --key-file signature-token --each < bodies.ndjson
  authctl sign --canonical @body.json")]
pub(crate) struct SignOptions {
    #[command(flatten)]
    key: KeySource,
    /// Print the canonical text, which is signed, instead of the signature; needs no key
    #[arg(long)]
    canonical: bool,
    /// Take each line of the standard input as a body, and print a line for each
    #[arg(long, conflicts_with = "body")]
    each: bool,
    /// The body, @FILE, or - for the standard input
    #[arg(default_value = "-", allow_hyphen_values = true)]
    body: String,
}

/// Check the signature of a JSON body; exit code 1 if it does not match
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  authctl verify --key-file signature-token --signature 5c1d… @body.json
  authctl verify --key-file signature-token --each < signatures-and-bodies")]
pub(crate) struct VerifyOptions {
    #[command(flatten)]
    key: KeySource,
    /// The signature: 128 hexadecimal digits
    #[arg(long, value_name = "HEX", required_unless_present = "each")]
    signature: Option<String>,
    /// Take each line of the standard input as a signature, a space and a body
    #[arg(long, conflicts_with_all = ["signature", "body"])]
    each: bool,
    /// The body, @FILE, or - for the standard input
    #[arg(default_value = "-", allow_hyphen_values = true)]
    body: String,
}

/// The source of the key.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct KeySource {
    /// The key of this profile's login
    #[arg(long)]
    profile: Option<String>,
    /// The key in this file
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The key on the standard input; the body must then come from elsewhere
    #[arg(long)]
    key_stdin: bool,
}

impl KeySource {
    async fn read(&self, profiles: &Profiles) -> Result<SigningKey> {
        let of_text = |key: &SecretString| SigningKey::new(key.expose_secret());
        match (&self.profile, &self.key_file) {
            (Some(profile), _) => {
                let AnyClient::SignedApi(client) = AnyClient::of(&profiles.get(profile)?).await? else {
                    return Err(Failure::usage(format!("`{profile}` is not of xigsapi: only its logins have a key")));
                };
                Ok(waiting::on("logging in", client.credential()).await?.signing_key().clone())
            }
            (None, Some(file)) => Ok(of_text(&Source::File(file.clone()).read().await?)),
            (None, None) if self.key_stdin => Ok(of_text(&secret::of_stdin()?)),
            (None, None) => Err(Failure::usage("the key is missing: give --profile, --key-file or --key-stdin")),
        }
    }
}

/// Refuses the standard input as both the key and the body.
fn check_stdin(key: &KeySource, body_is_stdin: bool) -> Result<()> {
    if key.key_stdin && body_is_stdin {
        return Err(Failure::usage(
            "--key-stdin: the body is on the standard input too; give it as an argument or @FILE",
        ));
    }
    Ok(())
}

pub(crate) async fn sign(options: &SignOptions, profiles: &Profiles) -> Result<()> {
    check_stdin(&options.key, options.each || is_stdin(&options.body))?;
    let key = if options.canonical { None } else { Some(options.key.read(profiles).await?) };
    let signed = |text: &[u8]| {
        let body = SignedBody::json_bytes(text);
        match &key {
            Some(key) => Ok(key.sign(&body)?.to_string()),
            None => body.canonical().map(str::to_owned),
        }
    };
    let mut out = io::stdout().lock();
    if !options.each {
        let is_file = || Path::new(&options.body).is_file();
        let signed = signed(&body(&options.body)?).map_err(|error| match &options.body {
            path if is_file() => Failure::usage(format!("the body: {error}; for the file, write @{path}")),
            _ => Failure::usage(format!("the body: {error}")),
        })?;
        return Ok(writeln!(out, "{signed}")?);
    }
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let signed = signed(line?.as_bytes()).map_err(|error| Failure::usage(format!("line {number}: {error}")))?;
        writeln!(out, "{signed}")?;
    }
    Ok(())
}

pub(crate) async fn check(options: &VerifyOptions, profiles: &Profiles) -> Result<()> {
    check_stdin(&options.key, options.each || is_stdin(&options.body))?;
    let key = options.key.read(profiles).await?;
    if let Some(signature) = &options.signature {
        let body = body(&options.body)?;
        if verify(&body, signature.trim(), &key) {
            return Ok(());
        }
        return Err(Failure::other("the signature does not match the body and the key"));
    }
    let mut wrong = Vec::new();
    for (number, line) in (1_u64..).zip(io::stdin().lock().lines()) {
        let line = line?;
        let matches = line.split_once(char::is_whitespace);
        if !matches.is_some_and(|(signature, body)| verify(body.trim().as_bytes(), signature, &key)) {
            wrong.push(number.to_string());
        }
    }
    match &wrong[..] {
        [] => Ok(()),
        lines => Err(Failure::other(format!("the signature does not match in line {}", lines.join(", ")))),
    }
}

fn is_stdin(body: &str) -> bool {
    body == "-" || body == "@-"
}

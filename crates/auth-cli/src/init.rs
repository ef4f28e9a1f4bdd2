//! The command `init`: writes a profile, and asks for what the arguments leave out.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use auth_core::secrecy::{ExposeSecret, SecretString};
use clap::ArgGroup;
use serde_json::Value;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, value};

use crate::exit::{Failure, Result};
use crate::profile::Profiles;
use crate::provider::Provider;
use crate::secret;

/// The time within which a sandbox writes the file of `--sandbox`.
const SANDBOX_STARTS_WITHIN: Duration = Duration::from_secs(10);

/// Write a profile; on a terminal, ask for what is missing
///
/// A password or API key that you type is not shown, and is kept in a file that only you can read.
#[derive(Debug, clap::Args)]
#[command(
    group = ArgGroup::new("source").args(["variable", "file", "command", "secret_stdin"]),
    after_help = "\
Examples:
  authctl init loja --provider pontotel --user integracao
  authctl init jogo --provider signed-api --environment sandbox --variable XIGSAPI_KEY
  authctl init loja --provider pontotel --user integracao --command pass show pontotel/loja
  authctl sandbox --json > sandbox.json & authctl init --sandbox sandbox.json"
)]
pub(crate) struct Options {
    /// The name of the profile
    #[arg(required_unless_present = "sandbox")]
    name: Option<String>,
    /// The provider
    #[arg(long, value_parser = Provider::ALL.map(Provider::name))]
    provider: Option<String>,
    /// The user name or e-mail address; an API key has none
    #[arg(long)]
    user: Option<String>,
    /// Sopague's API: integration or gateway
    #[arg(long)]
    api: Option<String>,
    /// The provider's environment: production, sandbox or homologation
    #[arg(long)]
    environment: Option<String>,
    /// The base URL, if it is not the environment's
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Read the secret from this environment variable
    #[arg(long, value_name = "NAME")]
    variable: Option<String>,
    /// Read the secret from this file
    #[arg(long)]
    file: Option<PathBuf>,
    /// Run this program with its arguments, and read the secret from its output; the last option
    #[arg(long, num_args = 1.., allow_hyphen_values = true)]
    command: Vec<String>,
    /// Read the secret from the standard input, and keep it in a file that only you can read
    #[arg(long)]
    secret_stdin: bool,
    /// Replace a profile of this name
    #[arg(long)]
    force: bool,
    /// Write a profile for each account of a sandbox, from the output of `authctl sandbox --json`
    #[arg(long, value_name = "FILE", exclusive = true)]
    sandbox: Option<PathBuf>,
}

pub(crate) fn run(options: &Options, profiles: &Profiles) -> Result<()> {
    let mut document = Document::read(profiles.path())?;
    let names = match (&options.name, &options.sandbox) {
        (_, Some(file)) => of_sandbox(&mut document, &accounts(file)?)?,
        (Some(name), None) => vec![of_options(&mut document, options, name)?],
        (None, None) => Vec::new(),
    };
    document.write()?;
    let mut out = io::stdout().lock();
    writeln!(out, "{} has {}", profiles.path().display(), names.join(", "))?;
    if let Some(name) = names.first() {
        writeln!(out, "Try: authctl login {name}")?;
    }
    Ok(())
}

fn of_options(document: &mut Document, options: &Options, name: &str) -> Result<String> {
    // The secret's file has the same name.
    if Path::new(name).file_name().is_none_or(|file| file != name) {
        return Err(Failure::usage(format!("{name:?} is no name of a profile: write a word")));
    }
    if document.profiles()?.contains_key(name) && !options.force {
        return Err(Failure::usage(format!("the profile `{name}` exists already: give --force to replace it")));
    }
    let provider = match &options.provider {
        Some(provider) => provider.clone(),
        None => ask("Provider (api4com, econpay, pontotel, signed-api, sopague)", "--provider")?,
    };
    let known = Provider::named(&provider)
        .ok_or_else(|| Failure::usage(format!("{provider:?} is not a provider: --help lists them")))?;
    let mut profile = Table::new();
    profile["provider"] = value(provider);
    match &options.user {
        Some(user) => profile["user"] = value(user),
        None if known == Provider::SignedApi => {}
        None => profile["user"] = value(ask("User name or e-mail address", "--user")?),
    }
    for (field, given) in
        [("api", &options.api), ("environment", &options.environment), ("base_url", &options.base_url)]
    {
        if let Some(given) = given {
            profile[field] = value(given);
        }
    }
    profile["secret"] = secret_of(options, document.path, name)?;
    document.insert(name, profile)?;
    Ok(name.to_owned())
}

/// Returns the source of the secret. A secret that a person types is kept in a file of its own.
fn secret_of(options: &Options, path: &Path, name: &str) -> Result<Item> {
    let source = |field: &str, given: toml_edit::Value| value(InlineTable::from_iter([(field, given)]));
    if let Some(variable) = &options.variable {
        return Ok(source("variable", variable.into()));
    }
    if let Some(file) = &options.file {
        return Ok(source("file", text_of(file)?.into()));
    }
    if !options.command.is_empty() {
        if let [only] = &options.command[..]
            && only.contains(char::is_whitespace)
            && !Path::new(only).exists()
        {
            return Err(Failure::usage(format!(
                "{only:?} is no program: write its arguments without quotes around all"
            )));
        }
        return Ok(source("command", Array::from_iter(&options.command).into()));
    }
    let secret = if options.secret_stdin { secret::of_stdin()? } else { ask_secret()? };
    if !secret::is_one_line(&secret) {
        return Err(Failure::usage("the secret has several lines: give the secret alone"));
    }
    let file = path.with_file_name("secrets").join(name);
    write_private(&file, secret.expose_secret())?;
    Ok(source("file", text_of(&file)?.into()))
}

fn text_of(path: &Path) -> Result<String> {
    let path = std::path::absolute(path)?;
    path.to_str().map(str::to_owned).ok_or_else(|| Failure::usage(format!("{} is not valid UTF-8", path.display())))
}

/// Writes a profile for each account of a sandbox. Its passwords are no secrets.
fn of_sandbox(document: &mut Document, accounts: &Value) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for provider in Provider::ALL {
        let account = &accounts[provider.name().replace('-', "_")];
        let text = |field: &str| account[field].as_str();
        let (Some(base_url), Some(secret)) = (text("base_url"), text("api_key").or(text("password"))) else { continue };
        let mut profile = Table::new();
        profile["provider"] = value(provider.name());
        profile["base_url"] = value(base_url);
        if let Some(user) = text("username").or(text("email")).filter(|_| provider != Provider::SignedApi) {
            profile["user"] = value(user);
        }
        profile["secret"] = value(InlineTable::from_iter([("password_in_plain_text", secret)]));
        let name = format!("sandbox-{}", provider.name());
        document.insert(&name, profile)?;
        names.push(name);
    }
    Ok(names)
}

/// Waits for the first line of a sandbox's output, and reads it.
fn accounts(file: &Path) -> Result<Value> {
    let mut waited = Duration::ZERO;
    loop {
        // A shell may create the file after it starts the next command.
        let text = match fs::read_to_string(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text.map_err(|error| Failure::usage(format!("{} cannot be read: {error}", file.display())))?,
        };
        if let Some((line, _)) = text.split_once('\n') {
            return serde_json::from_str(line).map_err(|_repeats_it| {
                Failure::usage(format!("{} is not the output of `authctl sandbox --json`", file.display()))
            });
        }
        if waited >= SANDBOX_STARTS_WITHIN {
            return Err(Failure::usage(format!("{} is missing or empty: is the sandbox running?", file.display())));
        }
        let pause = Duration::from_millis(50);
        std::thread::sleep(pause);
        waited += pause;
    }
}

/// The profiles' file with its comments.
struct Document<'p> {
    path: &'p Path,
    document: DocumentMut,
}

impl<'p> Document<'p> {
    fn read(path: &'p Path) -> Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        // The same text was read as profiles before.
        let document =
            text.parse().map_err(|_repeats_it| Failure::usage("the profiles' file has changed: try again"))?;
        Ok(Self { path, document })
    }

    fn profiles(&mut self) -> Result<&mut Table> {
        let mut empty = Table::new();
        empty.set_implicit(true);
        let profiles = self.document.entry("profile").or_insert(Item::Table(empty)).as_table_mut();
        profiles.ok_or_else(|| Failure::usage("write `profile` as [profile.NAME] in the profiles' file"))
    }

    /// Adds or replaces a profile. A comment at the end of the file stays before it.
    fn insert(&mut self, name: &str, profile: Table) -> Result<()> {
        let mut profile = profile;
        let trailing = self.document.trailing().as_str().unwrap_or_default().trim().to_owned();
        if !trailing.is_empty() {
            profile.decor_mut().set_prefix(format!("{trailing}\n\n"));
            self.document.set_trailing("");
        }
        self.profiles()?.insert(name, Item::Table(profile));
        Ok(())
    }

    fn write(&self) -> Result<()> {
        write_private(self.path, &self.document.to_string())
    }
}

/// Replaces a file, or the target of a link, with one that only its owner can read.
fn write_private(path: &Path, text: &str) -> Result<()> {
    let target = fs::canonicalize(path);
    let path = target.as_deref().unwrap_or(path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map(drop).map_err(|error| error.error)
    });
    written.map_err(|error| Failure::other(format!("{} cannot be written: {error}", path.display())))
}

/// Asks a person for a value, or names the option that gives it.
fn ask(question: &str, option: &str) -> Result<String> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{option} is missing, and there is no terminal to ask on")));
    }
    eprint!("{question}: ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "" => Err(Failure::usage(format!("no answer: give {option}"))),
        answer => Ok(answer.to_owned()),
    }
}

fn ask_secret() -> Result<SecretString> {
    if !io::stdin().is_terminal() {
        let message = "the secret is missing: give --variable, --file, --command or --secret-stdin";
        return Err(Failure::usage(message));
    }
    let secret = SecretString::from(rpassword::prompt_password("Password or API key (not shown): ")?);
    match secret.expose_secret().trim() {
        "" => Err(Failure::usage("no answer: give the password or API key")),
        _ => Ok(secret),
    }
}

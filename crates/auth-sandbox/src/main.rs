//! The program, which serves the sandbox until it is stopped.

mod args;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use auth_sandbox::{Limits, Provider, Sandbox};

use args::{Command, Control, Options};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let outcome = match args::parse(std::env::args().skip(1)) {
        Ok(Command::Help) => print(args::HELP),
        Ok(Command::Serve(options)) => serve(&options).await,
        Err(wrong) => {
            eprintln!("auth-sandbox: {wrong}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has closed the pipe, as `| head -1` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("auth-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: &Options) -> io::Result<()> {
    let mut builder = Sandbox::builder().host(options.host).port(options.port).lifetime(options.lifetime);
    builder = builder.quirks(options.quirks.clone());
    for name in &options.allowed_hosts {
        builder = builder.allow_host(name);
    }
    builder = match &options.control {
        Control::Off => builder.no_control(),
        Control::Loopback => builder,
        Control::TokenFile(file) => builder.control_token(&token(file)?),
    };
    #[cfg(feature = "tls")]
    if options.tls {
        builder = builder.tls();
    }
    let sandbox = builder.start().await?;
    let ca = CaFile::of(&sandbox)?;
    if options.limits {
        sandbox.pontotel().set_limits(Limits::PONTOTEL);
    }
    if options.json {
        let line = sandbox.credentials_json();
        match &ca {
            Some(CaFile(path)) => {
                let path = serde_json::json!(path.display().to_string());
                print(&format!("{{\"ca_file\":{path},{}\n", line.trim_start_matches('{')))?;
            }
            None => print(&format!("{line}\n"))?,
        }
    } else {
        if options.control != Control::Off {
            let control = sandbox.control_url();
            let page = control.trim_end_matches("_sandbox/v1");
            print(&format!("control\n  page      {page}\n  base URL  {control}\n\n"))?;
        }
        if let Some(CaFile(path)) = &ca {
            print(&format!("authority\n  CA file   {}\n\n", path.display()))?;
        }
        print(&table(&sandbox))?;
    }
    stopped().await
}

/// The file with the authority's certificate. It is removed when the program is stopped.
struct CaFile(PathBuf);

impl CaFile {
    #[cfg(feature = "tls")]
    fn of(sandbox: &Sandbox) -> io::Result<Option<Self>> {
        let Some(authority) = sandbox.authority() else { return Ok(None) };
        let path = std::env::temp_dir().join(format!("auth-sandbox-{}-ca.pem", std::process::id()));
        // A file that is there already may be another user's.
        fs::File::create_new(&path)?.write_all(authority.as_bytes())?;
        Ok(Some(Self(path)))
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unnecessary_wraps, reason = "it fails with the feature `tls`")]
    fn of(_sandbox: &Sandbox) -> io::Result<Option<Self>> {
        Ok(None)
    }
}

impl Drop for CaFile {
    fn drop(&mut self) {
        // A certificate that stays in the folder for temporary files harms nobody.
        drop(fs::remove_file(&self.0));
    }
}

fn token(file: &Path) -> io::Result<String> {
    let named = |what: &str| io::Error::other(format!("--control-token-file: {}: {what}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| named(&error.to_string()))?;
    match text.trim() {
        "" => Err(named("the file is empty: write a token of your own into it")),
        token => Ok(token.to_owned()),
    }
}

fn table(sandbox: &Sandbox) -> String {
    let mut text = String::new();
    for provider in [
        sandbox.pontotel(),
        sandbox.econpay(),
        sandbox.sopague(),
        sandbox.sopague_gateway(),
        sandbox.api4com(),
        sandbox.signed_api(),
    ] {
        text += &entry(provider);
    }
    text + "Serving until stopped (Ctrl-C).\n"
}

fn entry(provider: &Provider) -> String {
    let keys = match provider.api_key() {
        "" => String::new(),
        key => format!("  API key   {key}\n  recovery  {}\n", provider.recovery_token()),
    };
    let name = if provider.username().contains('@') { "email" } else { "username" };
    format!(
        "{}\n  base URL  {}\n  {name:<8}  {}\n  password  {}\n{keys}\n",
        provider.name(),
        provider.base_url(),
        provider.username(),
        provider.password(),
    )
}

/// Prints a text. Unlike `println!`, it returns an error instead of a panic when the pipe is closed.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

#[cfg(unix)]
async fn stopped() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stopped() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

//! The program `auth-sandbox` as a function.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::args::Options;
use crate::limits::Limits;
use crate::provider::Provider;
use crate::sandbox::Sandbox;

/// Runs the program `auth-sandbox` with these arguments until it is stopped. It is for programs that include the sandbox;
/// tests use [`Sandbox`]. The help and the errors call the program by `name`, which is not one of the arguments.
///
/// ```no_run
/// # async fn run() {
/// let code = auth_sandbox::run("acme sandbox", ["--json", "--port", "4000"].map(str::to_owned)).await;
/// # }
/// ```
///
/// # Cancellation
///
/// Dropping the future stops the sandbox.
pub async fn run(name: &str, arguments: impl IntoIterator<Item = String>) -> ExitCode {
    let outcome = match Options::read(name, arguments) {
        Ok(options) => serve(&options).await,
        // The help and the version, too, are an error for the parser.
        Err(error) if error.exit_code() == 0 => error.print(),
        Err(error) => return error.print().map_or(ExitCode::FAILURE, |()| ExitCode::from(2)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has closed the pipe, as `| head -1` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: &Options) -> io::Result<()> {
    let mut builder = Sandbox::builder().host(options.host).port(options.port).quirks(options.quirks());
    if let Some(lifetime) = options.lifetime {
        builder = builder.lifetime(lifetime);
    }
    for name in &options.allowed_hosts {
        builder = builder.allow_host(name);
    }
    if options.no_control {
        builder = builder.no_control();
    }
    if let Some(file) = &options.control_token_file {
        builder = builder.control_token(&token(file)?);
    }
    #[cfg(not(feature = "tls"))]
    if options.tls {
        return Err(io::Error::other("--tls: this program has no TLS: build it with --features tls"));
    }
    #[cfg(feature = "tls")]
    if options.tls {
        builder = builder.tls();
    }
    let sandbox = builder.start().await?;
    #[cfg(feature = "tls")]
    let ca = sandbox.authority().map(CaFile::new).transpose()?;
    #[cfg(not(feature = "tls"))]
    let ca: Option<CaFile> = None;
    if options.limits {
        sandbox.pontotel().set_limits(Limits::PONTOTEL);
    }
    if options.json {
        let mut line = sandbox.credentials_json();
        if let Some(CaFile(path)) = &ca {
            let path = serde_json::json!(path.display().to_string());
            line.insert_str(1, &format!("\"ca_file\":{path},"));
        }
        print(&format!("{line}\n"))?;
    } else {
        if !options.no_control {
            let control = sandbox.control_url();
            let page = control.trim_end_matches("_sandbox/v1");
            print(&format!("control\n  page      {page}\n  base URL  {control}\n\n"))?;
        }
        if let Some(CaFile(path)) = &ca {
            print(&format!("authority\n  CA file   {}\n\n", path.display()))?;
        }
        let entries: String = sandbox.providers().iter().map(entry).collect();
        print(&format!("{entries}Serving until stopped (Ctrl-C).\n"))?;
    }
    stopped().await
}

/// The file with the authority's certificate. It is removed when the program is stopped.
struct CaFile(PathBuf);

impl CaFile {
    #[cfg(feature = "tls")]
    fn new(authority: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("auth-sandbox-{}-ca.pem", std::process::id()));
        // An existing file may belong to another user.
        fs::File::create_new(&path)?.write_all(authority.as_bytes())?;
        Ok(Self(path))
    }
}

impl Drop for CaFile {
    fn drop(&mut self) {
        // A certificate that is left in the temporary folder is harmless.
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

/// Prints a text. Unlike `println!`, it returns an error if the pipe is closed.
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

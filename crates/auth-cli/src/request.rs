//! The command `request`: one authenticated request, as curl would send it.

use std::fs;
use std::io::{self, Read, Write};

use auth_core::http::Method;
use auth_core::reqwest::Response;
use auth_core::{Client, Login, Request, RetryPolicy, error_for_status};
use signed_api_auth::SignedBody;

use crate::client::{AnyClient, with_client};
use crate::exit::{Failure, Result};
use crate::profile::Profiles;
use crate::waiting;

/// Send an authenticated request, and print the body of the answer
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "authctl request [OPTIONS] <PROFILE> [METHOD] <PATH>",
    after_help = "\
Examples:
  authctl request pontotel usuarios/
  authctl request pontotel empregados/ -d '{\"nome\": \"Maria Lima\"}'
  authctl request xigsapi PUT v1/profile/507f1f77bcf86cd799439011 --sign -d @profile.json"
)]
pub(crate) struct Options {
    /// The profile, or a provider's name
    profile: String,
    /// The method, by default POST with -d and otherwise GET; then a path or a URL below the base URL
    #[arg(num_args = 1..=2, value_name = "[METHOD] PATH", required = true)]
    target: Vec<String>,
    /// Send this body, the content of @FILE, or that of the standard input (-); it is JSON unless -H says otherwise
    #[arg(short, long, value_name = "DATA", allow_hyphen_values = true)]
    data: Option<String>,
    /// Add a header: 'Accept-Language: pt-BR'. Can be repeated
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    /// Also print the status and the headers of the answer
    #[arg(short, long)]
    include: bool,
    /// Sign the body, as xigsapi requires for its writes
    #[arg(long, requires = "data")]
    sign: bool,
    /// Fail with exit code 22, and print no body, if the status is 400 or more
    #[arg(short, long)]
    fail: bool,
    /// Repeat a failed GET, HEAD, PUT or DELETE up to N times
    #[arg(long, value_name = "N", default_value_t = 0)]
    retry: u32,
}

pub(crate) async fn run(options: &Options, profiles: &Profiles) -> Result<()> {
    let body = options.data.as_deref().map(body).transpose()?;
    let (method, path) = options.target(body.is_some())?;
    let retry = RetryPolicy::idempotent(options.retry);
    let client = AnyClient::with_options(&profiles.get(&options.profile)?, |options| options.retry(retry)).await?;
    let response = if options.sign {
        let AnyClient::SignedApi(client) = client else {
            return Err(Failure::usage("only xigsapi has signed requests: leave --sign out"));
        };
        options.send_signed(&client.into(), method, path, &body.unwrap_or_default()).await?
    } else {
        with_client!(&client, client => options.send(client, method, path, body).await?)
    };
    options.print(response).await
}

impl Options {
    fn target(&self, has_body: bool) -> Result<(Method, &str)> {
        match &self.target[..] {
            [path] => Ok((if has_body { Method::POST } else { Method::GET }, path)),
            [method, path, ..] => {
                let unknown =
                    |_says_less| Failure::usage(format!("{method:?} is not a method: write one, such as GET or POST"));
                Ok((method.to_ascii_uppercase().parse().map_err(unknown)?, path))
            }
            [] => Err(Failure::usage("the path is missing")),
        }
    }

    /// Returns the headers as names and values.
    fn headers(&self) -> impl Iterator<Item = Result<(&str, &str)>> {
        self.headers.iter().map(|header| {
            let (name, value) = header.split_once(':').ok_or_else(|| {
                Failure::usage(format!("{header:?} is not a header: write a name, a colon and a value"))
            })?;
            Ok((name.trim(), value.trim()))
        })
    }

    async fn send<L: Login>(
        &self,
        client: &Client<L>,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Response> {
        let mut request: Request<L> = client.request(method, path);
        let mut is_typed = false;
        for header in self.headers() {
            let (name, value) = header?;
            is_typed |= name.eq_ignore_ascii_case("content-type");
            request = request.header(name, value);
        }
        if let Some(body) = body {
            if !is_typed {
                request = request.header("content-type", "application/json");
            }
            request = request.body(body);
        }
        Ok(waiting::on("waiting", request.send()).await?)
    }

    async fn send_signed(
        &self,
        client: &signed_api_auth::Client,
        method: Method,
        path: &str,
        body: &[u8],
    ) -> Result<Response> {
        let mut request = client.signed(method, path, SignedBody::json_bytes(body));
        for header in self.headers() {
            let (name, value) = header?;
            request = request.header(name, value);
        }
        Ok(waiting::on("waiting", request.send()).await?)
    }

    /// Prints the answer while it arrives.
    async fn print(&self, response: Response) -> Result<()> {
        let is_error = response.status().is_client_error() || response.status().is_server_error();
        let mut out = io::stdout().lock();
        if self.include {
            writeln!(out, "{:?} {}", response.version(), response.status())?;
            for (name, value) in response.headers() {
                out.write_all(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat())?;
            }
            writeln!(out)?;
        }
        let mut response =
            if is_error && self.fail { error_for_status(response).await.map_err(Failure::status)? } else { response };
        while let Some(chunk) = response.chunk().await.map_err(auth_core::Error::from)? {
            out.write_all(&chunk)?;
        }
        Ok(out.flush()?)
    }
}

/// Reads a body: the argument itself, or a file or the standard input that it names.
pub(crate) fn body(data: &str) -> Result<Vec<u8>> {
    match data.strip_prefix('@').unwrap_or(data) {
        "-" => {
            let mut body = Vec::new();
            io::stdin().lock().read_to_end(&mut body)?;
            Ok(body)
        }
        path if data.starts_with('@') => {
            fs::read(path).map_err(|error| Failure::usage(format!("{path} cannot be read: {error}")))
        }
        text => Ok(text.into()),
    }
}

//! The sandbox and its builder.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::json;
use tokio::sync::watch;
use url::Host;

use crate::{
    account::Accounts,
    clock::Clock,
    guard::{Access, Guard},
    log::{Log, LogEntry},
    provider::{API4COM, ECONPAY, GATEWAY, PONTOTEL, Provider, SIGNED_API, SOPAGUE},
    quirks::Quirks,
    server::{Server, Shared},
};

/// A running server with the five providers. It stops when dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = auth_sandbox::Sandbox::start().await?;
/// assert!(sandbox.pontotel().base_url().starts_with("http://127.0.0.1:"));
/// # Ok(())
/// # }
/// ```
///
/// The server runs on its own thread. It answers even if the caller's runtime is blocked, clients of any runtime can
/// use it, and a paused clock does not affect it.
pub struct Sandbox {
    providers: [Provider; 6],
    control_url: String,
    shared: Arc<Shared>,
    #[expect(dead_code, reason = "dropping it stops the server")]
    server: Server,
}

impl Sandbox {
    /// Starts on a port that the system chooses. Tokens live for an hour.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.econpay().logins(), 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the system has no free port or cannot start a thread.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Returns a builder, to change settings before the start.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::builder().start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns the handle of Pontotel.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.pontotel().protected_path(), "usuarios/");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn pontotel(&self) -> &Provider {
        &self.providers[0]
    }

    /// Returns the handle of EconPay.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.econpay().protected_path(), "auth");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn econpay(&self) -> &Provider {
        &self.providers[1]
    }

    /// Returns the handle of Sopague's integration API, whose login is `POST /api/authentication/login`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.sopague().base_url().ends_with("/sopague"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn sopague(&self) -> &Provider {
        &self.providers[2]
    }

    /// Returns the handle of Sopague's gateway. It shares the accounts, but has its own counters, faults and tokens.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.sopague_gateway().base_url().ends_with("/gateway"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn sopague_gateway(&self) -> &Provider {
        &self.providers[3]
    }

    /// Returns the handle of Api4Com.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.api4com().base_url().ends_with("/api4com/api/v1"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn api4com(&self) -> &Provider {
        &self.providers[4]
    }

    /// Returns the handle of xigsapi, the API with signed writes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.signed_api().base_url().ends_with("/xigsapi"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn signed_api(&self) -> &Provider {
        &self.providers[5]
    }

    /// Returns the handles of all APIs: Pontotel, EconPay, Sopague, its gateway, Api4Com, xigsapi.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.providers().iter().all(|provider| provider.logins() == 0));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn providers(&self) -> &[Provider; 6] {
        &self.providers
    }

    /// Returns the URL of the control API, without a slash at the end. `control_url + "/openapi.json"` describes it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let providers = reqwest::get(format!("{}/providers", sandbox.control_url())).await?;
    /// assert_eq!(providers.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn control_url(&self) -> &str {
        &self.control_url
    }

    /// Returns the certificate of the authority that clients must trust, as PEM; `None` without [`Builder::tls`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::builder().tls().start().await?;
    /// let authority = sandbox.authority().ok_or("no TLS")?;
    /// let client = reqwest::Client::builder()
    ///     .tls_certs_only([reqwest::Certificate::from_pem(authority.as_bytes())?])
    ///     .build()?;
    /// let answer = client.get(format!("{}/auth", sandbox.econpay().base_url())).send().await?;
    /// assert_eq!(answer.status(), 401);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.shared.tls.as_ref().map(|authority| authority.pem.as_str())
    }

    /// Returns the time of the sandbox's clock, which issues and expires tokens and counts hours and minutes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let before = sandbox.now();
    /// sandbox.set_clock_shift(60);
    /// assert!(sandbox.now() > before + std::time::Duration::from_secs(59));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.shared.clock.now())
    }

    /// Sets the sandbox's clock this number of seconds ahead of the machine's, or behind it if negative; at most a
    /// century.
    ///
    /// Tokens expire earlier or later, limits count in another hour, and the header `Date` shows the shifted time.
    /// [`Fault::Delay`](crate::Fault::Delay) still takes real time.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.set_clock_shift(3600);
    /// assert_eq!(sandbox.clock_shift(), 3600);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_clock_shift(&self, seconds: i64) {
        self.shared.clock.set_shift(seconds);
    }

    /// Returns the seconds that the sandbox's clock is ahead of the machine's.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.clock_shift(), 0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn clock_shift(&self) -> i64 {
        self.shared.clock.shift()
    }

    /// Switches habits of real servers on or off, for requests, connections and tokens from now on.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.set_quirks(auth_sandbox::Quirks::UNKIND);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_quirks(&self, quirks: Quirks) {
        self.shared.quirks.send_replace(quirks);
    }

    /// Returns the habits of real servers that are on.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.quirks(), auth_sandbox::Quirks::NONE);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn quirks(&self) -> Quirks {
        self.shared.quirks.borrow().clone()
    }

    /// Returns the last 500 exchanges of all providers, the oldest first, with masked secrets.
    ///
    /// [`Provider::take_exchanges`] returns exchanges as they were.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// reqwest::get(format!("{}/usuarios/", sandbox.pontotel().base_url())).await?;
    /// let log = sandbox.log();
    /// let refused: Vec<_> = log.iter().filter(|entry| entry.status == Some(401)).collect();
    /// assert_eq!(refused[0].path, "/pontotel/api/v4/usuarios/");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn log(&self) -> Vec<LogEntry> {
        self.shared.log.read(usize::MAX, |_| true)
    }

    /// Empties the log.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.clear_log();
    /// assert!(sandbox.log().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear_log(&self) {
        self.shared.log.clear();
    }

    /// Returns the base URLs and credentials as one line of JSON, as the program's `--json` prints it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let line = sandbox.credentials_json();
    /// let all: serde_json::Value = serde_json::from_str(&line)?;
    /// assert_eq!(all["pontotel"]["password"], sandbox.pontotel().password());
    /// assert_eq!(all["signed_api"]["api_key"], sandbox.signed_api().api_key());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn credentials_json(&self) -> String {
        let [pontotel, econpay, sopague, gateway, api4com, signed_api] = &self.providers;
        let mut all = json!({
            "pontotel": pontotel.credentials(),
            "econpay": econpay.credentials(),
            "sopague": sopague.credentials(),
            "api4com": api4com.credentials(),
            "signed_api": signed_api.credentials(),
        });
        all["sopague"]["gateway_base_url"] = json!(gateway.base_url());
        all["signed_api"]["api_key"] = json!(signed_api.api_key());
        if !matches!(self.shared.guard.control, Access::Nobody) {
            all["control_url"] = json!(self.control_url);
        }
        all.to_string()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("providers", &self.providers).finish_non_exhaustive()
    }
}

/// Settings for a new [`Sandbox`].
///
/// ```
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let sandbox = auth_sandbox::Sandbox::builder().lifetime(Duration::from_secs(2)).start().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    lifetime: Option<Duration>,
    host: IpAddr,
    port: u16,
    guard: Guard,
    quirks: Quirks,
    #[cfg(feature = "tls")]
    tls: bool,
}

/// The lifetimes that the providers document, and a port of 127.0.0.1 that the system chooses.
impl Default for Builder {
    fn default() -> Self {
        Self {
            lifetime: None,
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            guard: Guard::default(),
            quirks: Quirks::NONE,
            #[cfg(feature = "tls")]
            tls: false,
        }
    }
}

impl Builder {
    /// Sets the lifetime of tokens. The default is the one that each provider documents: 14 days for Api4Com, two hours
    /// for xigsapi, one hour for the others. [`Provider::set_lifetime`] changes it for one provider.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// let sandbox = auth_sandbox::Sandbox::builder().lifetime(Duration::from_secs(2)).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Sets the address to listen on. The default is 127.0.0.1.
    ///
    /// With `0.0.0.0` or `::`, other machines and containers can reach the server under their own name for this
    /// machine, and [`Provider::base_url`] names the loopback address. Secrets travel in clear text. A name other than
    /// `localhost` must be [allowed](Self::allow_host), and the control API needs a [token](Self::control_token).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::builder().host([0, 0, 0, 0].into()).start().await?;
    /// assert!(sandbox.pontotel().base_url().starts_with("http://127.0.0.1:"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Accepts requests whose header `Host` has this name, with any port. Can be called several times.
    ///
    /// `localhost` and IP addresses are always accepted. A request for any other name gets 421: a page in a browser
    /// could have its own name resolve to this machine.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::builder().host([0, 0, 0, 0].into()).allow_host("sandbox").start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn allow_host(mut self, name: &str) -> Self {
        // As the URL of a request writes it.
        self.guard.hosts.push(Host::parse(name).map_or_else(|_| name.to_owned(), |host| host.to_string()));
        self
    }

    /// Requires this token, as `Authorization: Bearer`, from everyone who uses the control API.
    ///
    /// Without a token, the control API answers this machine only. With an empty token it refuses every request.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::builder().control_token("segredo").start().await?;
    /// assert_eq!(reqwest::get(format!("{}/clock", sandbox.control_url())).await?.status(), 401);
    /// # Ok(())
    /// # }
    /// ```
    pub fn control_token(mut self, token: &str) -> Self {
        self.guard.control = Access::Token(token.to_owned());
        self
    }

    /// Switches the control API off. The handles still work.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::builder().no_control().start().await?;
    /// assert_eq!(reqwest::get(format!("{}/clock", sandbox.control_url())).await?.status(), 404);
    /// # Ok(())
    /// # }
    /// ```
    pub fn no_control(mut self) -> Self {
        self.guard.control = Access::Nobody;
        self
    }

    /// Switches habits of real servers on. [`Sandbox::set_quirks`] changes them later.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::builder().quirks(auth_sandbox::Quirks::UNKIND).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.quirks = quirks;
        self
    }

    /// Serves HTTPS, with a certificate of an authority that is made at the start: [`Sandbox::authority`].
    ///
    /// The certificate is for `localhost`, loopback, the [address](Self::host) and the [names](Self::allow_host).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::builder().tls().start().await?;
    /// assert!(sandbox.pontotel().base_url().starts_with("https://127.0.0.1:"));
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Sets the port. With 0, the default, the system chooses.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::builder().port(0).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts the server. It accepts connections when this returns.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = auth_sandbox::Sandbox::builder().start().await?;
    /// assert_eq!(reqwest::get(sandbox.signed_api().base_url()).await?.status(), 404);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the port is in use, the address is not this machine's, or the system has no free port or thread.
    #[expect(clippy::unused_async, reason = "the public API leaves room for a start that waits")]
    pub async fn start(self) -> io::Result<Sandbox> {
        let listener = TcpListener::bind((self.host, self.port))?;
        let mut address = listener.local_addr()?;
        match self.host {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        #[cfg(feature = "tls")]
        let tls = if self.tls { Some(crate::tls::Authority::new(address.ip(), &self.guard.hosts)?) } else { None };
        #[cfg(feature = "tls")]
        let scheme = if tls.is_some() { "https" } else { "http" };
        #[cfg(not(feature = "tls"))]
        let scheme = "http";
        let origin = format!("{scheme}://{address}");
        let clock = Clock::default();
        let quirks = watch::Sender::new(self.quirks);
        let new = |api, accounts| Provider::new(api, &origin, accounts, self.lifetime, (clock.clone(), quirks.clone()));
        let shared = Accounts::new("integrador-sopague");

        let providers = [
            new(&PONTOTEL, Accounts::new("integracao.pontotel")),
            new(&ECONPAY, Accounts::new("joao.silva@econpay.example")),
            new(&SOPAGUE, shared.clone()),
            new(&GATEWAY, shared),
            new(&API4COM, Accounts::new("maria.souza@api4com.example")),
            new(&SIGNED_API, Accounts::with_api_keys("painel@xigsapi.example")),
        ];
        let shared = Shared {
            providers: providers.to_vec(),
            clock,
            log: Log::default(),
            guard: self.guard,
            quirks,
            #[cfg(feature = "tls")]
            tls,
        };
        let shared = Arc::new(shared);
        let server = Server::start(listener, shared.clone())?;
        Ok(Sandbox { providers, control_url: format!("{origin}/_sandbox/v1"), shared, server })
    }
}

//! The settings of a new sandbox, and its start.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener},
    sync::Arc,
    time::Duration,
};

use tokio::sync::watch;
use url::Host;

use crate::{
    account::Accounts,
    clock::Clock,
    guard::{Access, Guard},
    log::Log,
    provider::{API4COM, ECONPAY, GATEWAY, PONTOTEL, Provider, RunningApi, SIGNED_API, SOPAGUE},
    quirks::Quirks,
    sandbox::Sandbox,
    server::{Server, Shared},
};

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
        let new = |api, accounts| {
            let (clock, quirks) = (clock.clone(), quirks.clone());
            Provider::new(RunningApi::new(api, &origin, accounts, self.lifetime, (clock, quirks)))
        };
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

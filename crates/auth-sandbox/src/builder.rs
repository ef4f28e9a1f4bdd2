//! The start of a sandbox.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use crate::{
    account::Accounts,
    provider::{Api4com, Econpay, Pontotel, Provider, SignedApi, Sopague},
    sandbox::Sandbox,
    server::{self, Server},
};

/// Settings of a [`Sandbox`] to be started.
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
    lifetime: Duration,
    host: IpAddr,
    port: u16,
}

/// An hour, and a port of 127.0.0.1 that the system chooses.
impl Default for Builder {
    fn default() -> Self {
        Self { lifetime: Duration::from_secs(3600), host: Ipv4Addr::LOCALHOST.into(), port: 0 }
    }
}

impl Builder {
    /// Sets the lifetime of tokens; an hour if not set. [`Provider::set_lifetime`] changes it later, for one provider.
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
        self.lifetime = lifetime;
        self
    }

    /// The address to listen on: 127.0.0.1 if not set.
    ///
    /// With `0.0.0.0` or `::` other machines and containers reach the server, each by the name that it has for this
    /// machine; the base URLs here then name the loopback address. The secrets travel in clear text.
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

    /// The port; 0, the default, lets the system choose.
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

    /// Starts the server; it answers when this returns.
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
    /// If the port is taken, the address is not this machine's, or no port or thread can be had.
    pub async fn start(self) -> io::Result<Sandbox> {
        let (listener, mut address) = server::bind(self.host, self.port)?;
        match self.host {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        let origin = format!("http://{address}");
        let new = |api, place, accounts| Provider::new(api, place, &origin, accounts, self.lifetime);
        let shared = Accounts::new("integrador-sopague");

        let pontotel = new(Box::new(Pontotel), &Pontotel::PLACE, Accounts::new("integracao.pontotel"));
        let econpay = new(Box::new(Econpay), &Econpay::PLACE, Accounts::new("joao.silva@econpay.example"));
        let sopague = new(Box::new(Sopague::Integration), &Sopague::INTEGRATION, shared.clone());
        let gateway = new(Box::new(Sopague::Gateway), &Sopague::GATEWAY, shared);
        let api4com = new(Box::new(Api4com), &Api4com::PLACE, Accounts::new("maria.souza@api4com.example"));
        let panel = Accounts::with_api_keys("painel@xigsapi.example");
        let signed_api = new(Box::new(SignedApi), &SignedApi::PLACE, panel);

        let all = [&pontotel, &econpay, &sopague, &gateway, &api4com, &signed_api].map(Provider::clone);
        let server = Server::start(listener, all.to_vec()).await?;
        Ok(Sandbox { pontotel, econpay, sopague, sopague_gateway: gateway, api4com, signed_api, server })
    }
}

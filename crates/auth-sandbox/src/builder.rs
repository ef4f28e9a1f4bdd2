//! How a sandbox starts.

use std::{io, sync::Arc, time::Duration};

use crate::{
    account::Account,
    provider::Provider,
    providers::{Api4com, Econpay, Pontotel, SignedApi, Sopague},
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
    port: u16,
}

/// An hour, and a port that the system chooses.
impl Default for Builder {
    fn default() -> Self {
        Self { lifetime: Duration::from_secs(3600), port: 0 }
    }
}

impl Builder {
    /// How long tokens live; an hour if not set. [`Provider::set_lifetime`] changes it later, for one provider.
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

    /// The port on the loopback interface; 0, the default, lets the system choose.
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
    /// If the port is taken, or no port or thread can be had.
    pub async fn start(self) -> io::Result<Sandbox> {
        let (listener, address) = server::bind(self.port)?;
        let origin = format!("http://{address}");
        let sopague = Arc::new(Account::new("integrador-sopague"));
        let pontotel = Account::new("integracao.pontotel");
        let econpay = Account::new("joao.silva@econpay.example");
        let api4com = Account::new("maria.souza@api4com.example");
        let signed_api = Account::with_api_key("painel@xigsapi.example");

        let pontotel = Provider::new(Pontotel, &Pontotel::PLACE, &origin, Arc::new(pontotel), self.lifetime);
        let econpay = Provider::new(Econpay, &Econpay::PLACE, &origin, Arc::new(econpay), self.lifetime);
        let gateway = Provider::new(Sopague::Gateway, &Sopague::GATEWAY, &origin, sopague.clone(), self.lifetime);
        let sopague = Provider::new(Sopague::Integration, &Sopague::INTEGRATION, &origin, sopague, self.lifetime);
        let api4com = Provider::new(Api4com, &Api4com::PLACE, &origin, Arc::new(api4com), self.lifetime);
        let signed_api = Provider::new(SignedApi, &SignedApi::PLACE, &origin, Arc::new(signed_api), self.lifetime);

        let all = [&pontotel, &econpay, &sopague, &gateway, &api4com, &signed_api].map(Provider::clone);
        let server = Server::start(listener, all.to_vec()).await?;
        Ok(Sandbox { pontotel, econpay, sopague, sopague_gateway: gateway, api4com, signed_api, server })
    }
}

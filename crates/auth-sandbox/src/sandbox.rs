//! The sandbox and how to start one.

use std::io;

use serde_json::json;

use crate::{builder::Builder, provider::Provider, server::Server};

/// A running server with the five providers; dropping it stops it.
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
/// The server has a thread of its own: it answers whatever the caller's runtime does, any runtime can ask it, and
/// a paused clock does not reach it.
pub struct Sandbox {
    pub(crate) pontotel: Provider,
    pub(crate) econpay: Provider,
    pub(crate) sopague: Provider,
    pub(crate) sopague_gateway: Provider,
    pub(crate) api4com: Provider,
    pub(crate) signed_api: Provider,
    #[expect(dead_code, reason = "kept to be dropped")]
    pub(crate) server: Server,
}

impl Sandbox {
    /// Starts on a port that the system chooses; tokens live for an hour.
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
    /// If no port or thread can be had.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// The settings, to change before the start.
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

    /// Pontotel.
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
        &self.pontotel
    }

    /// EconPay.
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
        &self.econpay
    }

    /// Sopague's API for conciliation and the like, the one of its `POST /api/authentication/login`.
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
        &self.sopague
    }

    /// Sopague's gateway: the same account, its own counters, faults and tokens.
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
        &self.sopague_gateway
    }

    /// Api4Com.
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
        &self.api4com
    }

    /// xigsapi, the API with signed writes.
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
        &self.signed_api
    }

    /// Base URLs and credentials as one line of JSON, as the program's `--json` prints it.
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
        let mut sopague = self.sopague.credentials();
        sopague["gateway_base_url"] = json!(self.sopague_gateway.base_url());
        let mut signed_api = self.signed_api.credentials();
        signed_api["api_key"] = json!(self.signed_api.api_key());
        json!({
            "pontotel": self.pontotel.credentials(),
            "econpay": self.econpay.credentials(),
            "sopague": sopague,
            "api4com": self.api4com.credentials(),
            "signed_api": signed_api,
        })
        .to_string()
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("pontotel", &self.pontotel)
            .field("econpay", &self.econpay)
            .field("sopague", &self.sopague)
            .field("sopague_gateway", &self.sopague_gateway)
            .field("api4com", &self.api4com)
            .field("signed_api", &self.signed_api)
            .finish_non_exhaustive()
    }
}

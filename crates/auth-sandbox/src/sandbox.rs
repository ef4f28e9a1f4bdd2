//! The handle on a running server.

use std::{
    fmt, io,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::json;

use crate::{
    builder::Builder,
    guard::Access,
    log::LogEntry,
    provider::Provider,
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
    pub(crate) providers: [Provider; 6],
    pub(crate) control_url: String,
    pub(crate) shared: Arc<Shared>,
    #[expect(dead_code, reason = "dropping it stops the server")]
    pub(crate) server: Server,
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

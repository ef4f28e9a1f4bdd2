//! What a test can change while the server runs.

use std::time::Duration;

use super::Provider;
use crate::fault::{Fault, On};

impl Provider {
    /// Ends every live token at once: each gets 401 from now on.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.api4com().revoke_all();
    /// # Ok(())
    /// # }
    /// ```
    pub fn revoke_all(&self) {
        self.inner.tokens.revoke_all();
    }

    /// Sets the lifetime of tokens issued from now on.
    ///
    /// The server ends a token to the millisecond. Answers in whole seconds tell the lifetime rounded down, but
    /// never down to nothing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.econpay().set_lifetime(std::time::Duration::from_secs(2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_lifetime(&self, lifetime: Duration) {
        self.inner.tokens.set_lifetime(lifetime);
    }

    /// Queues trouble for the next requests of a kind.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// use auth_sandbox::{Fault, On};
    ///
    /// sandbox.pontotel().fault(On::Login, Fault::Close { times: 1 });
    /// # Ok(())
    /// # }
    /// ```
    pub fn fault(&self, on: On, fault: Fault) {
        self.inner.faults.add(on, fault);
    }

    /// Forgets all queued faults.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.pontotel().clear_faults();
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear_faults(&self) {
        self.inner.faults.clear();
    }

    /// Changes the account's password, for the signed API its API key: the old one is refused from now on.
    ///
    /// Live tokens stay alive, except at Api4Com, where a change of the password ends them all. The two Sopague
    /// APIs share one account. [`password`](Self::password) and [`api_key`](Self::api_key) keep telling the first.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.sopague().set_password("nova-senha");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_password(&self, password: &str) {
        let account = &self.inner.account;
        account.change(|secrets| {
            let secret = if account.has_api_key() { &mut secrets.api_key } else { &mut secrets.password };
            password.clone_into(secret);
        });
        if self.inner.place.password_ends_tokens {
            self.revoke_all();
        }
    }
}

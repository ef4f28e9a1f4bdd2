//! The switches that a test can change while the server runs.

use std::time::Duration;

use super::Provider;
use crate::{
    account::Account,
    fault::{Fault, On},
};

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

    /// Changes the password of the account that is there from the start, for the signed API its API key.
    ///
    /// [`password`](Self::password) and [`api_key`](Self::api_key) keep telling the first; [`Account::secret`] tells
    /// the one that counts. See [`Account::set_secret`].
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
        self.first().set_secret(password);
    }

    /// Adds an account with this name and secret: the API key for the signed API, the password for all others.
    ///
    /// An account that has the name already gets the secret. The two Sopague APIs share their accounts.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let pontotel = sandbox.pontotel();
    /// for number in 1..=90 {
    ///     pontotel.add_account(&format!("loja-{number}"), "segredo");
    /// }
    /// assert_eq!(pontotel.accounts().len(), 91);
    /// # Ok(())
    /// # }
    /// ```
    #[expect(clippy::must_use_candidate, reason = "it adds the account, whatever becomes of the handle")]
    pub fn add_account(&self, username: &str, secret: &str) -> Account {
        Account { provider: self.clone(), entry: self.inner.accounts.add(username, secret) }
    }

    /// All accounts: the one that is there from the start, then those that were added.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let econpay = sandbox.econpay();
    /// assert_eq!(econpay.accounts()[0].username(), econpay.username());
    /// assert_eq!(econpay.accounts()[0].secret(), econpay.password());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        let all = self.inner.accounts.all().into_iter();
        all.map(|entry| Account { provider: self.clone(), entry }).collect()
    }
}

//! The web panel for people: login with a captcha, and recovery of a password.

use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::{Http, Options, Result};

use crate::builder::Builder;
use crate::client::Client;
use crate::language::Language;
use crate::password;
use crate::session::Session;
use crate::status::Outcome;
use crate::wire::{self, ForgotPasswordRequest, PanelLoginRequest, ResetPasswordRequest};

/// The web panel's login and password recovery, which need no client. [`Builder::panel`] builds it.
///
/// Its calls are never sent again and never log in by themselves. Each needs something that only a person can obtain.
///
/// ```no_run
/// # async fn run(captcha: String) -> signed_api_auth::auth_core::Result<()> {
/// use signed_api_auth::{Client, Environment};
///
/// let panel = Client::builder().environment(Environment::Sandbox).panel()?;
/// let client = panel.login("maria@example.com", "segredo", captcha).await?;
/// client.change_password("segredo", "um segredo mais longo").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Panel {
    http: Http,
    options: Options,
}

impl Builder {
    /// Builds the panel, which needs no API key: login of a person, and recovery of a password. Nothing is sent yet.
    ///
    /// ```
    /// let panel = signed_api_auth::Client::builder().base_url("https://api.example.com").panel()?;
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](auth_core::ErrorKind::Config) if the base URL is missing or invalid.
    pub fn panel(self) -> Result<Panel> {
        Ok(Panel { http: Http::new(&self.place()?, &self.options)?, options: self.options })
    }
}

impl Panel {
    /// Logs a person in, with one attempt: `POST v1/auth/panel-login`. The captcha is the reCAPTCHA token of your page.
    ///
    /// The client never logs in by itself. The caller receives a 401, and after the expiry of the credential every call
    /// fails with [`LoginRequired`](auth_core::ErrorKind::LoginRequired).
    ///
    /// ```no_run
    /// # async fn run(panel: signed_api_auth::Panel, captcha: String) -> signed_api_auth::auth_core::Result<()> {
    /// let client = panel.login("maria@example.com", "segredo", captcha).await?;
    /// println!("{}", client.profile().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`LoginRefused`](auth_core::ErrorKind::LoginRefused) if the provider refused the login. Otherwise as for
    /// [`LoginResponse::error_for_status`](auth_core::LoginResponse::error_for_status).
    pub async fn login(
        &self,
        email: &str,
        password: impl Into<SecretString>,
        captcha: impl Into<SecretString>,
    ) -> Result<Client> {
        let (password, captcha) = (password.into(), captcha.into());
        let request = PanelLoginRequest { email, password: password.expose_secret(), captcha: captcha.expose_secret() };
        let answer = self.http.post_json(wire::PANEL_LOGIN, &request).await?.error_for_status()?;
        let session = Session::read(&answer)?;
        let client = auth_core::Client::from_credential(self.http.base_url(), session, self.options.clone())?;
        Ok(Client(client))
    }

    /// Requests an e-mail with a link that resets the password: `POST v1/auth/forgot-password`. It succeeds for unknown
    /// addresses too.
    ///
    /// The language is that of the e-mail. The provider chooses it if it is `None`.
    ///
    /// ```no_run
    /// # async fn run(panel: signed_api_auth::Panel, captcha: String) -> signed_api_auth::auth_core::Result<()> {
    /// panel.forgot_password("maria@example.com", captcha, signed_api_auth::Language::Pt).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`LoginResponse::error_for_request_status`](auth_core::LoginResponse::error_for_request_status).
    pub async fn forgot_password(
        &self,
        email: &str,
        captcha: impl Into<SecretString>,
        language: impl Into<Option<Language>>,
    ) -> Result<()> {
        let (captcha, lang) = (captcha.into(), language.into());
        let body = ForgotPasswordRequest { email, captcha: captcha.expose_secret(), lang };
        let mut request = self.http.post(wire::FORGOT_PASSWORD).json(&body);
        if let Some(lang) = lang {
            request = request.header("x-user-language", lang.as_str());
        }
        let answer = request.send().await?;
        Outcome::of_post(&answer.error_for_request_status()?)
    }

    /// Sets a new password with the recovery token of the e-mail: `POST v1/auth/reset-password`. It ends all sessions.
    ///
    /// ```no_run
    /// # async fn run(panel: signed_api_auth::Panel, token: String) -> signed_api_auth::auth_core::Result<()> {
    /// panel.reset_password(token, "a senha de amanhã").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](auth_core::ErrorKind::InvalidRequest) if the new password has fewer than 8 characters, in
    /// which case nothing is sent. Otherwise as for [`forgot_password`](Self::forgot_password).
    pub async fn reset_password(
        &self,
        token: impl Into<SecretString>,
        new_password: impl Into<SecretString>,
    ) -> Result<()> {
        let (token, new_password) = (token.into(), new_password.into());
        password::check(&new_password)?;
        let request = ResetPasswordRequest { token: token.expose_secret(), new_password: new_password.expose_secret() };
        let answer = self.http.post_json(wire::RESET_PASSWORD, &request).await?;
        Outcome::of_post(&answer.error_for_request_status()?)
    }
}

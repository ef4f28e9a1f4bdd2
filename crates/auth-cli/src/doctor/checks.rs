//! The checks of the provider, in their order.

use auth_core::contract::{Comparison, Verdict};
use auth_core::http::HeaderMap;
use auth_core::{Client, Credential, Error, ErrorKind, Login};

use super::arguments::Options;
use super::authorization::{broken, other_form, text};
use super::document::{Document, Operation, UNKNOWN};
use super::finding::{Finding, of_error};
use super::login_answer::{Logins, now};
use super::probes::{self, is_fit};
use super::setup;
use super::visit::{Answer, Missing, Visit};
use crate::client::{AnyClient, with_client};
use crate::exit::in_own_terms;
use crate::profile::Profile;
use crate::provider::Provider;
use crate::secret::Source;

/// The state of one run.
pub(super) struct Checks<'a> {
    pub(super) options: &'a Options,
    pub(super) profile: &'a Profile,
    pub(super) document: &'a Document,
    pub(super) client: &'a AnyClient,
    pub(super) logins: Logins,
    pub(super) visit: Visit,
    pub(super) findings: Vec<Finding>,
    /// The text of a failed login, until a finding explains it.
    pub(super) failure: Option<String>,
}

impl Checks<'_> {
    /// Runs all checks. A check that cannot be sent says why.
    pub(super) async fn run(&mut self, environment: &str) {
        let document = self.document;
        let (Some(login), Some(harmless)) = (document.login(), document.harmless()) else { return };
        self.anonymous(&harmless).await;
        let token = self.credential(&login, environment).await;
        let mut shown = self.login(&login);
        self.unexplained();
        if let Some(token) = token {
            self.with_token(&harmless, token.clone()).await;
            self.life(&harmless, &token).await;
            self.second_login((&login, &harmless), token, environment).await;
            if !shown {
                shown = self.login(&login);
            }
        }
        if !shown {
            self.add(Finding::not_tried(
                "login",
                "no login was sent, because there was a token or a shared login: --logins 2",
            ));
        }
        if self.options.probe_refusal {
            let user = self.client.user().unwrap_or_default();
            let refusal = probes::refusal(&mut self.visit, document, &login, user).await;
            self.add(refusal);
        } else {
            let reason = "a wrong password counts against the account: --probe-refusal";
            self.add(Finding::not_tried("refusal", reason));
        }
        self.writes(&harmless).await;
    }

    fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Sends the harmless request without a token. It is the first contact.
    async fn anonymous(&mut self, harmless: &Operation<'_>) {
        let answer = self.visit.send(harmless, HeaderMap::new()).await;
        match &answer {
            Err(Missing::Failed(error)) => {
                let base_url = with_client!(self.client, client => client.base_url().clone());
                self.add(setup::unreachable(error, &base_url));
                self.visit.stopped = Some("the provider cannot be reached".to_owned());
                return self.add(Finding::not_tried("no-token.status", "the provider cannot be reached"));
            }
            Err(missing) => self.add(missing.finding("setup.connection").of_setup()),
            Ok(answer) => {
                self.add(Finding::documented("setup.connection", "answered").of_setup());
                self.add(Finding::documented("http.version", format!("{:?}", answer.version)));
            }
        }
        self.unauthorized("no-token", harmless, answer);
    }

    /// Compares the answer to a request that the provider has to refuse.
    fn unauthorized(&mut self, fact: &str, harmless: &Operation<'_>, answer: Result<Answer, Missing>) {
        let status = format!("{fact}.status");
        let documented = harmless.response(401);
        let answer = match answer {
            Ok(answer) => answer,
            Err(missing) => return self.add(missing.finding(status)),
        };
        let Some(response) = documented else {
            return self.add(Finding::not_tried(status, "the document has no 401"));
        };
        let seen = answer.status.to_string();
        self.add(Finding::compared(status, answer.status == 401, seen).at(&response.pointer));
        if answer.status == 401 {
            let comparison = Comparison { document: &self.document.contract, fact, response };
            self.add(of_error(&comparison, &answer.headers, &answer.body));
        }
    }

    /// Returns the header of the shared login, or of a new one.
    async fn credential(&mut self, login: &Operation<'_>, environment: &str) -> Option<HeaderMap> {
        if let Some(reason) = &self.visit.stopped {
            self.findings.push(Finding::not_tried("login", reason.clone()));
            return None;
        }
        if self.options.logins == 0 && with_client!(self.client, client => client.cached().is_none()) {
            self.add(Finding::not_tried("login", "no login is allowed: --logins 1"));
            return None;
        }
        match with_client!(self.client, client => header(client).await) {
            Ok(header) => Some(header),
            Err(error) => {
                self.no_login(login, environment, &error);
                None
            }
        }
    }

    /// Adds a finding if the client cannot use an answer whose facts are as documented.
    fn unexplained(&mut self) {
        let is_explained = self.visit.is_limited || self.findings.iter().any(Finding::departs);
        if let Some(failure) = self.failure.take().filter(|_| !is_explained) {
            self.add(Finding::otherwise("login.token", "the client cannot use this answer").remedy(failure));
        }
    }

    /// Adds the finding of a login that failed, unless the facts of its answer name the reason.
    fn no_login(&mut self, login: &Operation<'_>, environment: &str, error: &Error) {
        let answers = self.logins.all();
        if error.kind() == ErrorKind::RateLimited {
            self.visit.limited("the provider answered 429 to the login");
            return self.add(Finding::not_tried("login", "the provider answered 429"));
        }
        self.visit.stopped = Some("there is no token".to_owned());
        self.failure = Some(in_own_terms(error));
        let Some(answer) = answers.last() else {
            let seen = if error.is_cooling_down() { "held back after an earlier failure" } else { "no answer" };
            let remedy = match error.retry_after().filter(|_| error.is_cooling_down()) {
                Some(left) => format!("{error}; wait {} s, or correct the secret", left.as_secs()),
                None => in_own_terms(error),
            };
            return self.add(Finding::otherwise("setup.login", seen).remedy(remedy).of_setup());
        };
        if answer.is_refusal(self.document, login) {
            let seen = format!("refused with HTTP {}", answer.status);
            let remedy = self.remedy_of_refusal(answer.status, environment);
            self.add(Finding::otherwise("setup.login", seen).remedy(remedy).of_setup());
        }
    }

    fn remedy_of_refusal(&self, status: u16, environment: &str) -> String {
        if self.profile.provider == Provider::Sopague && status == 403 {
            return "Sopague answers registered addresses only: have it register this machine's public IP address"
                .into();
        }
        let secret = self.profile.secret.as_ref().map_or_else(
            || format!("the variables {}_…", self.profile.provider.prefix()),
            |source| match source {
                Source::PasswordInPlainText(_) => "the secret in the profile".to_owned(),
                source => format!("the secret ({})", source.describe()),
            },
        );
        let environment = if environment == UNKNOWN { "the profile's base URL" } else { environment };
        format!(
            "check `user` and {secret}, and that the account is of {environment}: other environments have other \
             accounts (`environment` or `base_url` in the profile)"
        )
    }

    /// Adds the facts of the first login's answer. Returns false if no login was sent.
    fn login(&mut self, login: &Operation<'_>) -> bool {
        let Some(answer) = self.logins.all().into_iter().next() else { return false };
        if answer.is_refusal(self.document, login) {
            self.add(Finding::not_tried("login.status", "the login was refused"));
        } else if answer.status != 429 {
            self.findings.extend(answer.findings(self.document, login));
        }
        true
    }

    /// Sends the requests that show how the provider takes a token.
    async fn with_token(&mut self, harmless: &Operation<'_>, token: HeaderMap) {
        let Some(token) = self.request(harmless, token).await else { return };
        let compression = probes::compression(&mut self.visit, harmless, &token).await;
        self.add(compression);
        let lower_case = probes::lower_case(&mut self.visit, harmless, &token).await;
        self.findings.extend(lower_case);
        let answer = self.visit.send(harmless, broken(&token)).await;
        self.unauthorized("broken-token", harmless, answer);
        let slash = probes::slash(&mut self.visit, harmless, &token).await;
        self.findings.extend(slash);
        for operation in self.document.operations() {
            let is_read = operation.method == "GET" && operation.needs_token() && operation.id() != harmless.id();
            if is_read {
                let read = probes::read(&mut self.visit, self.document, &operation, &token).await;
                self.add(read);
            }
        }
    }

    /// Sends the harmless request. Returns the header that the provider accepts.
    async fn request(&mut self, harmless: &Operation<'_>, token: HeaderMap) -> Option<HeaderMap> {
        let mut answer = match self.visit.send(harmless, token.clone()).await {
            Ok(answer) => answer,
            Err(missing) => {
                self.add(missing.finding("request.status"));
                return None;
            }
        };
        let (mut token, scheme) = (token, self.document.contract.scheme());
        let pointer = scheme.map(|scheme| scheme.pointer).unwrap_or_default();
        if answer.status == 401 {
            let (other, form) = other_form(&token);
            match self.visit.send(harmless, other.clone()).await {
                Ok(second) if second.status != 401 => {
                    let seen = format!("401 in the documented form; {} {form}", second.status);
                    self.add(Finding::otherwise("header.form", seen).at(&pointer));
                    (answer, token) = (second, other);
                }
                _ => {
                    let seen = "401 to a new token, with and without a scheme";
                    self.add(Finding::otherwise("request.status", seen).at(&harmless.element.pointer));
                    return None;
                }
            }
        } else {
            self.add(Finding::documented("header.form", "accepted").at(&pointer));
        }
        if answer.status == 403 && harmless.response(403).is_some() {
            self.add(Finding::not_tried("request.status", "403: the account may not read it"));
            return Some(token);
        }
        let is_fit = is_fit(harmless, answer.status);
        let response = harmless.response(answer.status).filter(|_| is_fit);
        let pointer = response.as_ref().map_or(&harmless.element.pointer, |response| &response.pointer);
        self.add(Finding::compared("request.status", is_fit, answer.status.to_string()).at(pointer));
        if let Some(response) = response {
            let comparison = Comparison { document: &self.document.contract, fact: "request", response };
            let facts =
                comparison.headers(&answer.headers).into_iter().chain(comparison.body(&answer.headers, &answer.body));
            self.findings.extend(facts.map(Finding::from));
        }
        Some(token)
    }

    /// Uses the token once more after some seconds.
    async fn life(&mut self, harmless: &Operation<'_>, token: &HeaderMap) {
        let began = now();
        if self.visit.stopped.is_none() {
            tokio::time::sleep(self.options.wait()).await;
        }
        let finding = match self.visit.send(harmless, token.clone()).await {
            Err(missing) => missing.finding("token.life"),
            Ok(answer) if answer.status == 401 => {
                let was_accepted = self.findings.iter().any(|one| one.fact == "header.form" && !one.departs());
                let age = now().duration_since(began).unwrap_or_default().as_secs();
                if was_accepted {
                    Finding::otherwise("token.life", format!("401 within {} s", age + 1))
                } else {
                    Finding::not_tried("token.life", "the documented form of the header is not accepted")
                }
            }
            Ok(_) => Finding::documented("token.life", format!("alive after {} s", self.options.wait)),
        };
        self.add(finding);
    }

    /// Logs in again, and checks that the first token is still accepted.
    async fn second_login(
        &mut self,
        (login, harmless): (&Operation<'_>, &Operation<'_>),
        first: HeaderMap,
        environment: &str,
    ) {
        let fact = "login.second";
        let is_alive = |one: &Finding| one.fact == "token.life" && one.verdict == Verdict::AsDocumented;
        let (sent, allowed) = (self.logins.all().len(), self.options.logins);
        if let Some(reason) = self.visit.stopped.clone() {
            return self.add(Finding::not_tried(fact, reason));
        }
        // A login that the store had counts as the first.
        let next = sent.max(1) + 1;
        if next > allowed {
            let reason = format!("{allowed} logins are allowed: --logins {next}");
            return self.add(Finding::not_tried(fact, reason));
        }
        if !self.findings.iter().any(is_alive) {
            return self.add(Finding::not_tried(fact, "the first token is not alive"));
        }
        let second = match with_client!(self.client, client => again(client).await) {
            Ok(second) => second,
            Err(error) if error.kind() == ErrorKind::RateLimited => {
                self.visit.limited("the provider answered 429 to the second login");
                return self.add(Finding::not_tried(fact, "the provider answered 429"));
            }
            Err(error) => {
                let answers = self.logins.all();
                let is_refused = answers.last().is_some_and(|answer| answer.is_refusal(self.document, login));
                if !is_refused {
                    return self.add(Finding::otherwise(fact, "it failed").remedy(in_own_terms(&error)));
                }
                self.no_login(login, environment, &error);
                return self.add(Finding::not_tried(fact, "the login was refused"));
            }
        };
        if text(&first) == text(&second) {
            return self.add(Finding::documented(fact, "the same token again"));
        }
        let mut seen = "it ends the first token".to_owned();
        let mut answer = self.visit.send(harmless, first.clone()).await;
        if answer.as_ref().is_ok_and(|answer| answer.status != 401) && !self.options.wait().is_zero() {
            // Some providers end it a moment later.
            tokio::time::sleep(self.options.wait()).await;
            seen = format!("it ends the first token within {} s", self.options.wait);
            answer = self.visit.send(harmless, first).await;
        }
        let finding = match answer {
            Err(missing) => missing.finding(fact),
            Ok(answer) if answer.status == 401 => Finding::otherwise(fact, seen),
            Ok(_) => Finding::documented(fact, "the first token is still accepted"),
        };
        self.add(finding);
    }

    /// Sends the examples of operations that create something, if the options ask for it.
    async fn writes(&mut self, harmless: &Operation<'_>) {
        for operation in self.document.operations() {
            if operation.method == "GET" || !operation.needs_token() || operation.id() == harmless.id() {
                continue;
            }
            let fact = format!("write.{}", operation.id());
            // Other writes end tokens or change passwords.
            let reason = if operation.success() != Some(201) {
                "it would change the account: authctl request sends it"
            } else if operation.needs_values() {
                "it is signed, or needs your own values: authctl request --sign"
            } else if !self.options.write {
                "it would create something: --write"
            } else if let Some(token) = with_client!(self.client, client => cached(client)) {
                let write = probes::write(&mut self.visit, &operation, token).await;
                self.add(write);
                continue;
            } else {
                "there is no token"
            };
            self.add(Finding::not_tried(fact, reason));
        }
    }
}

/// Returns the header of the current credential.
async fn header<L: Login>(client: &Client<L>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    client.credential().await?.authorize(&mut headers);
    Ok(headers)
}

/// Returns the header of the current credential. Never logs in.
fn cached<L: Login>(client: &Client<L>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    client.cached()?.authorize(&mut headers);
    Some(headers)
}

/// Logs in again, and shares that login instead of the current one.
async fn again<L: Login>(client: &Client<L>) -> Result<HeaderMap, Error> {
    let first = client.credential().await?;
    client.forget_everywhere(&first).await;
    header(client).await
}

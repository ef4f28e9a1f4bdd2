// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
{% macro remedy(field) %}{{ literal(with_article(field.noun) ~ (", or a token" if login else "")) }}, {{ literal("call `" ~ field.rust ~ "`, or set " ~ prefix ~ "_" ~ field.variable) }}{% endmacro %}
{% set literals %}{% for field in fields %}{{ is_literal(field) }}{% endfor %}{% endset %}
{% set secret_literals %}{% for field in secret_fields %}{{ is_literal(field) }}{% endfor %}{% endset %}
{% set checked = limited or literals %}
//! The builder of a client.

{% if secret_fields | selectattr("maxLength") | list or secret_literals %}
use auth_core::secrecy::ExposeSecret;
{% endif %}
#[cfg(feature = "store")]
use auth_core::store::SharedStore;
use auth_core::url::Url;
use auth_core::env::{ {{- "self, " if login or unknown or fields | rejectattr("secret") | list }}Vars};
{% if login and "HeaderName" in moved ~ key_headers %}
use auth_core::http::HeaderName;
{% endif %}
use auth_core::{ {{- "AccessToken, " if login }}{{ "Error, ErrorKind, " if login or checked or fields | selectattr("x-rust") | list }}Options, Result, Secret};
{% if literals %}
use serde::de::DeserializeOwned;
{% endif %}

use crate::account::Account;
{% if place.apis %}
use crate::api::Api;
{% endif %}
use crate::client::Client;
{% if place.environments %}
use crate::environment::Environment;
{% endif %}
{% for field in fields if field["x-rust"] %}
use {{ field["x-rust"] }};
{% endfor %}
{% if login %}
use crate::session::Session;
{% endif %}

{% if not place.environments %}
{{ ("The base URL of " ~ name ~ ".\n\n" ~ origin(place.servers[0])) | doc(0) }}
const BASE_URL: &str = "{{ place.servers[0].url }}";
{% endif %}
{% if place.logins and not place.environments %}
/// The base URL of the login, which has a host of its own.
const LOGIN_BASE_URL: &str = "{{ place.logins[0].url }}";
{% endif %}
{% for field in fields if field.maxLength %}
{{ ("The maximum length of the " ~ field.noun ~ ", in characters.") | doc(0) }}
const MAX_{{ field.rust | upper }}: usize = {{ field.maxLength }};
{% endfor %}

/// A builder of a [`Client`]{{ ", for an account or for a token" if login }}.
{% if carrier.mutual_tls %}
///
/// {{ name }} also asks for a client certificate: give it to [`options`](Self::options) with
/// [`Options::configure`](auth_core::Options::configure) and reqwest's `identity`.
{% endif %}
///
/// ```
{% if place.environments[1] %}
/// use {{ module }}::{Client, Environment};
{% else %}
/// use {{ module }}::Client;
{% endif %}
/// use std::time::Duration;
///
/// let client = Client::builder()
{% for field in needed %}
///     .{{ field.rust }}({{ field.example }})
{% endfor %}
{% if place.environments[1] %}
///     .environment(Environment::{{ (place.environments[1].word | camel) }})
{% endif %}
{% if unknown and not (place.environments[1] and not place.servers[1].variables) %}
///     .base_url("https://api.provider.example")
{% endif %}
///     .options(|options| options.timeout(Duration::from_secs(10)))
///     .build()?;
/// # Ok::<(), {{ module }}::auth_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder has no effect until `build` or `account` is called"]
pub struct Builder {
{% for field in fields %}
    {{ field.rust }}: Option<{{ type_of(field) }}>,
{% endfor %}
{% if login %}
    token: Option<Secret>,
{% endif %}
{% if place.apis %}
    api: Api,
{% endif %}
{% if place.environments %}
    environment: Environment,
{% endif %}
    base_url: Option<String>,
{% if place.logins %}
    login_base_url: Option<String>,
{% endif %}
    options: Options,
    #[cfg(feature = "store")]
    shared_store: Option<SharedStore>,
}

impl Builder {
{% for field in fields %}
    {{ (after("Sets", docs_of(field)) ~ "\n\n" ~ origin(field)) | doc(4) }}
    ///
{% if field.secret %}
    /// It may be a value, or a [`Secret`] that is read from a file or by a function before each login.
    ///
{% endif %}
    /// ```
{% if field.secret %}
    /// let builder = {{ module }}::Client::builder(){{ setup }};
    /// assert!(!format!("{builder:?}").contains({{ field.example }}));
{% else %}
    /// let client = {{ module }}::Client::builder(){{ setup }}{% if not field.required %}.{{ field.rust }}({{ field.example }}){% endif %}.build()?;
    /// let account = client.account().expect("the client logs in");
    /// assert_eq!(account.{{ field.rust }}(), {{ field.example if field.required else "Some(" ~ field.example ~ ")" }});
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
{% endif %}
    /// ```
    pub fn {{ field.rust }}(mut self, {{ field.rust }}: {% if field["x-rust"] %}{{ type_of(field) }}{% else %}impl Into<{{ type_of(field) }}>{% endif %}) -> Self {
        self.{{ field.rust }} = Some({{ field.rust }}{% if not field["x-rust"] %}.into(){% endif %});
        self
    }

{% endfor %}
{% if login %}
    /// Sets an existing token, instead of {{ replaced }}. The client never logs in.
    ///
    /// The client uses the token until it expires. Only the expiry of a JWT is known, from its `exp` and the local clock.
    /// A 401 reaches the caller. After expiry, every call fails with [`LoginRequired`](ErrorKind::LoginRequired). The same
    /// holds for a JWT that has already expired.
    ///
    /// A [`Secret`] from a file or a function is read again before the token expires, and after a 401. Nothing is sent.
    ///
    /// ```
    /// let client = {{ module }}::Client::builder(){{ key_setup }}.token("o-token-que-ja-existe"){{ somewhere }}.build()?;
    /// assert!(client.account().is_none() && client.cached().is_some());
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.token = Some(token.into());
        self
    }

{% endif %}
{% if place.apis %}
    /// Sets the API. The default is [`{{ (place.apis[0].word | camel) }}`](Api::{{ (place.apis[0].word | camel) }}).
    ///
    /// ```
    /// use {{ module }}::{Api, Client};
    ///
    /// let client = Client::builder(){{ setup }}.api(Api::{{ (place.apis[-1].word | camel) }}).build()?;
    /// assert_eq!(client.account().map(|account| account.api()), Some(Api::{{ (place.apis[-1].word | camel) }}));
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    pub fn api(mut self, api: Api) -> Self {
        self.api = api;
        self
    }

{% endif %}
{% if place.environments %}
    {{ ("Sets the environment. The default is [`" ~ (place.environments[0].word | camel) ~ "`](Environment::" ~ (place.environments[0].word | camel) ~ "), so that a missing setting never sends real work to [`" ~ (place.environments[-1].word | camel) ~ "`](Environment::" ~ (place.environments[-1].word | camel) ~ ").") | doc(4) }}
    ///
{% set last = (place.environments[-1].word | camel) %}
{% set last_servers = place.servers | selectattr("x-environment", "eq", place.environments[-1].word) | list %}
{% if place.apis %}{% set last_servers = last_servers | selectattr("x-api", "eq", place.apis[0].word) | list %}{% endif %}
{% set last_url = "https://api.provider.example" if last_servers[0].variables else last_servers[0].url %}
{% set host = last_url | replace("https://", "") | split("/") | first %}
    /// ```
    /// use {{ module }}::{Client, Environment};
    ///
    /// let builder = Client::builder(){{ bare }};
    /// let client = builder.environment(Environment::{{ (place.environments[-1].word | camel) }}){% if last_servers[0].variables %}.base_url("{{ last_url }}"){% endif %}.build()?;
    /// assert_eq!(client.base_url().host_str(), Some("{{ host }}"));
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

{% endif %}
    {{ ("Sets the base URL, with or without a slash at its end. The default is " ~ ("the environment's" if place.environments else name ~ "'s own") ~ ".") | doc(4) }}
{% if place.apis %}
    /// [`api`](Self::api) still sets the path of the login below it.
{% endif %}
{% if place.logins %}
    /// With another base URL, an account also needs a [`login_base_url`](Self::login_base_url), so that no secret goes to
    /// the provider by mistake.
{% endif %}
    ///
    /// ```
    /// let builder = {{ module }}::Client::builder().base_url("https://proxy.example/{{ prefix | lower }}");
    /// let client = builder{{ bare }}{{ login_somewhere }}.build()?;
    /// assert_eq!(client.base_url().as_str(), "https://proxy.example/{{ prefix | lower }}/");
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

{% if place.logins %}
    {{ ("Sets the base URL of the login, which has a host of its own: the secrets are sent to it, and to no other. The default is " ~ ("the environment's" if place.environments else name ~ "'s own") ~ ".") | doc(4) }}
    ///
    /// ```
    /// let builder = {{ module }}::Client::builder(){{ setup }};
    /// let client = builder.login_base_url("https://login.provider.example/{{ prefix | lower }}").build()?;
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    pub fn login_base_url(mut self, login_base_url: impl Into<String>) -> Self {
        self.login_base_url = Some(login_base_url.into());
        self
    }

{% endif %}
    /// Adjusts the [`Options`]: time-outs, retries, proxy and others.
    ///
    /// ```
    /// use {{ module }}::auth_core::RetryPolicy;
    ///
    /// let builder = {{ module }}::Client::builder().options(|options| options.retry(RetryPolicy::idempotent(2)));
    /// ```
    pub fn options(mut self, adjust: impl FnOnce(Options) -> Options) -> Self {
        self.options = adjust(self.options);
        self
    }

    /// Shares the login with all processes that have this account, store and keys: see
    /// [`store`](auth_core::store). A client with a [`token`](Self::token) does not need a store.
    ///
    /// ```
    /// use {{ module }}::auth_core::store::{FileStore, KeyRing, SharedStore};
    ///
    /// # let folder = std::env::temp_dir().join("{{ package | replace("-auth", "") }}-docs");
    /// let key = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E="; // Yours: openssl rand -base64 32
    /// let store = SharedStore::new(FileStore::at(folder)?, KeyRing::new(&key)?);
    /// let client = {{ module }}::Client::builder(){{ setup }}.shared_store(store).build()?;
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    #[cfg(feature = "store")]
    pub fn shared_store(mut self, shared_store: SharedStore) -> Self {
        self.shared_store = Some(shared_store);
        self
    }

    /// Builds the client. It sends nothing yet, and needs no runtime.
    ///
    /// ```
    /// let client = {{ module }}::Client::builder(){{ setup }}.build()?;
    /// assert!(client.cached().is_none(), "it has not logged in yet");
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
{% if login %}
    /// Without a token, as for [`account`](Self::account). [`Config`](ErrorKind::Config) if a token cannot be sent in a
    /// header, or is set together with an account.
{% else %}
    /// As for [`account`](Self::account).
{% endif %}
    pub fn build(self) -> Result<Client> {
        let options = self.options.clone();
{% if login %}
        if let Some(token) = &self.token {
{% if fields | rejectattr("x-rust") | rejectattr("carrier") | list %}
            if {% for field in fields if not field["x-rust"] and not field.carrier %}{{ " || " if not loop.first }}self.{{ field.rust }}.is_some(){% endfor %} {
                let message = "the builder has a token and an account; give one of them";
                return Err(Error::new(ErrorKind::Config, message));
            }
{% endif %}
{% for field in fields if field.carrier %}
            let {{ field.rust }} = Secret::given(self.{{ field.rust }}.as_ref(), {{ literal(with_article(field.noun)) }}, {{ literal("call `" ~ field.rust ~ "`, or set " ~ prefix ~ "_" ~ field.variable) }})?;
{% endfor %}
            let session = |[token{% for key in keys %}, {{ key.rust }}{% endfor %}]: [&str; {{ 1 + keys | length }}]| {
{% if keys %}
                let token = AccessToken::{{ carrier.make }}(&env::token(token, "token")?)?{{ moved }};
                let keys = [{% for key in keys %}{{ key_of(key, "env::token(" ~ key.rust ~ ", " ~ literal(key.noun) ~ ")?") }}, {% endfor %}];
                Ok(Session::given(token, keys))
{% else %}
                Ok(Session::given(AccessToken::{{ carrier.make }}(&env::token(token, "token")?)?{{ moved }}))
{% endif %}
            };
            let token = [token.clone(){% for key in keys %}, {{ key.rust }}{% endfor %}];
            return Ok(Client(auth_core::Client::from_secrets(&self.place()?, token, session, options)?));
        }
{% endif %}
        #[cfg(feature = "store")]
        if let Some(store) = self.shared_store.clone() {
            return Ok(Client(auth_core::Client::shared(self.account()?, options, &store)?));
        }
        Ok(Client(auth_core::Client::with_options(self.account()?, options)?))
    }

    /// Builds only the account, for a set of [`Accounts`](crate::Accounts), which has its own options.
    ///
    /// ```
    /// let account = {{ module }}::Client::builder(){{ setup }}.account()?;
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    {{ ("[`Config`](auth_core::ErrorKind::Config) if the " ~ needed | map(attribute="noun") | join(" or ") ~ " is missing or blank, " ~ ("if a token is set, which needs no login, " if login else "") ~ "or if the base URL cannot be used" ~ too_long) | doc(4) }}
    pub fn account(self) -> Result<Account> {
{% if login %}
        if self.token.is_some() {
            let message = {{ literal("the builder has a token, which needs no login; give " ~ account_secrets) }};
            return Err(Error::new(ErrorKind::Config, message));
        }
{% endif %}
        let base_url = self.place()?;
{% if place.logins %}
        let login_base_url = self.login_place()?;
{% endif %}
{% for field in fields if not field["x-rust"] %}
{% if field.secret and field.required %}
        let {{ field.rust }} = Secret::given(self.{{ field.rust }}.as_ref(), {{ remedy(field) }})?;
{% elif field.secret %}
        let {{ field.rust }} = Secret::optional(self.{{ field.rust }}.as_ref(), {{ literal(with_article(field.noun)) }})?;
{% elif field.required %}
        let {{ field.rust }} = env::given(self.{{ field.rust }}.as_deref(), {{ remedy(field) }})?;
{% else %}
        let {{ field.rust }} = self.{{ field.rust }}.as_deref().and_then(env::trimmed);
{% endif %}
{% endfor %}
        {% if checked %}let account = {% else %}Ok({% endif %}Account {
            base_url,
{% if place.logins %}
            login_base_url,
{% endif %}
{% if place.apis %}
            api: self.api,
{% endif %}
{% for field in fields %}
            {{ field.rust }}{% if field["x-rust"] %}: self.{{ field.rust }}{% if field.required %}.ok_or_else(|| Error::new(ErrorKind::Config, {{ literal("the builder lacks " ~ with_article(field.noun) ~ ": call `" ~ field.rust ~ "`") }}))?{% endif %}{% elif field.secret %}{% elif field.required %}: {{ field.rust }}.into(){% else %}: {{ field.rust }}.map(Into::into){% endif %},
{% endfor %}
        }{{ ";" if checked else ")" }}
{% for field in fields if field.maxLength %}
        at_most(MAX_{{ field.rust | upper }}, {{ literal(field.noun) }}, {% if field.secret %}account.{{ field.rust }}.expose_secret(){% elif field.required %}&account.{{ field.rust }}{% else %}account.{{ field.rust }}.as_deref().unwrap_or_default(){% endif %})?;
{% endfor %}
{% for field in fields if is_literal(field) %}
{% if field.secret %}
        // A file or a function is not read yet.
{% endif %}
        parsed::<{{ "bool" if field.kind == "Bool" else "i64" }}>({{ literal(field.noun) }}, "{{ "true or false" if field.kind == "Bool" else "an integer" }}", {% if field.secret %}Some(account.{{ field.rust }}.expose_secret()).filter(|read| !read.is_empty()).unwrap_or("{{ "true" if field.kind == "Bool" else "0" }}"){% elif field.required %}&account.{{ field.rust }}{% else %}account.{{ field.rust }}.as_deref().unwrap_or("{{ "true" if field.kind == "Bool" else "0" }}"){% endif %})?;
{% endfor %}
{% if checked %}
        Ok(account)
{% endif %}
    }

    fn place(&self) -> Result<Url> {
{% if place.apis %}
        let base_url = self.base_url.as_deref().unwrap_or(self.api.base_url(self.environment));
{% elif unknown %}
        let base_url = self.base_url.as_deref().or(self.environment.base_url());
        let remedy = "this environment's is not public: call `base_url`, or set {{ prefix }}_BASE_URL";
        let base_url = env::given(base_url, "a base URL", remedy)?;
{% elif place.environments %}
        let base_url = self.base_url.as_deref().unwrap_or(self.environment.base_url());
{% else %}
        let base_url = self.base_url.as_deref().unwrap_or(BASE_URL);
{% endif %}
        auth_core::base_url(base_url)
    }

{% if place.logins %}
    fn login_place(&self) -> Result<Url> {
{% if place.environments %}
        let default = {{ "self.environment.login_base_url()" if place.logins | selectattr("variables") | list else "Some(self.environment.login_base_url())" }};
{% else %}
        let default = Some(LOGIN_BASE_URL);
{% endif %}
        // A base URL of the user's own, in place of a public one, is that of a proxy or a test.
        let is_moved = self.base_url.is_some(){{ " && self.environment.base_url().is_some()" if unknown }};
        let login_base_url = self.login_base_url.as_deref().or(default.filter(|_| !is_moved));
        let remedy = "the login has a host of its own: call `login_base_url`, or set {{ prefix }}_LOGIN_BASE_URL";
        auth_core::base_url(env::given(login_base_url, "the base URL of the login", remedy)?)
    }

{% endif %}
    /// Creates a builder from the environment variables of [`Client::from_env`]. A variable whose name ends with `_FILE`
    /// names a file that holds the value: see [`env`](mod@env).
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// let builder = {{ module }}::Builder::from_env()?;
    /// let client = builder.options(|options| options.timeout(Duration::from_secs(10))).build()?;
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    {{ env_errors | doc(4) }}
    pub fn from_env() -> Result<Self> {
        Self::read(Vars::from_env("{{ prefix }}"))
    }

    /// Creates a builder from the same variables, read by `read` instead of from the environment.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// let vars = HashMap::from([{{ example_vars }}]);
    /// let builder = {{ module }}::Builder::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
    /// let client = builder.base_url("http://127.0.0.1:4000"){{ '.login_base_url("http://127.0.0.1:4000")' if place.logins }}.build()?;
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env). No file is read, because `read` returns the values themselves.
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Self::read(Vars::new("{{ prefix }}", read))
    }

    fn read(mut vars: Vars<impl Fn(&str) -> Option<String>>) -> Result<Self> {
{% if place.apis %}
        let apis = [{% for api in place.apis %}("{{ api.words[0] }}", Api::{{ (api.word | camel) }}), {% endfor %}];
{% endif %}
{% if place.environments %}
        let environments = [{% for environment in place.environments %}{% for word in environment.words %}("{{ word }}", Environment::{{ (environment.word | camel) }}), {% endfor %}{% endfor %}];
{% endif %}
        let builder = Self {
{% for field in fields %}
{% if field["x-rust"] %}
            {{ field.rust }}: None,
{% else %}
            {{ field.rust }}: vars.{{ "secret" if field.secret else "get" }}("{{ field.variable }}"),
{% endif %}
{% endfor %}
{% if login %}
            token: vars.secret("TOKEN"),
{% endif %}
{% if place.apis %}
            api: vars.choice("API", &apis).unwrap_or_default(),
{% endif %}
{% if place.environments %}
            environment: vars.choice("ENVIRONMENT", &environments).unwrap_or_default(),
{% endif %}
            base_url: vars.get("BASE_URL"),
{% if place.logins %}
            login_base_url: vars.get("LOGIN_BASE_URL"),
{% endif %}
            options: Options::default(),
            #[cfg(feature = "store")]
            shared_store: None,
        };
{% if login and secret_variables %}
        vars.either(&["TOKEN"], &[{% for variable in secret_variables %}"{{ variable }}", {% endfor %}]);
{% endif %}
        vars.finish()?;
        Ok(builder)
    }
}

{% if limited %}
fn at_most(most: usize, what: &str, value: &str) -> Result<()> {
    let length = value.chars().count();
    if length <= most {
        return Ok(());
    }
    let message = format!(
        "the {what} has {length} characters, and {{ name }}'s have at most {most}: give the one that {{ name }} issued, \
         without blanks or line ends around it"
    );
    Err(Error::new(ErrorKind::InvalidRequest, message))
}
{% endif %}
{% if literals %}

fn parsed<T: DeserializeOwned>(what: &str, kind: &str, value: &str) -> Result<()> {
    let message = || format!("the {what} is not {kind}: give the one that {{ name }} issued");
    serde_json::from_str::<T>(value).map(drop).map_err(|_not_one| Error::new(ErrorKind::InvalidRequest, message()))
}
{% endif %}

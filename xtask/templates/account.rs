// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
{# The dates of the session that the wire type keeps as texts, because the lifetime is computed from them. #}
{% set parsed = session | selectattr("kind", "eq", "Date") | map(attribute="rust") | select("in", lifetime.fields | map(attribute="rust") | list) | list %}
{% set login_endpoint = endpoints | selectattr("is_login") | first %}
{# The comparison of the mark of a refused login, in Rust. #}
{% macro marks(it) %}{% if it.is_not is none %} != Value::Null{% elif it.is is boolean %} == Some({{ it.is | tojson }}){% elif it.is is defined %}.as_deref() == Some({{ literal(it.is) }}){% else %}.is_some_and(|it| !it.eq_ignore_ascii_case({{ literal(it.is_not) }})){% endif %}{% endmacro %}
{# The lifetime that a part states, in Rust. #}
{% macro link(part) %}
{% set field = lifetime.fields | selectattr("pointer", "eq", part.seconds or part.minutes or part.until) | first %}
{% set since = lifetime.fields | selectattr("pointer", "eq", part.since) | first %}
{%- if part.jwt %}parse::jwt::lifetime(token.expose_secret())
{%- elif part.difference %}
{% set start = (lifetime.fields | selectattr("pointer", "eq", part.difference[0]) | first).rust %}
{% set end = (lifetime.fields | selectattr("pointer", "eq", part.difference[1]) | first).rust %}
parse::dates::difference({{ start }}, {{ end }}).map(|all| parse::dates::remaining(all, {{ start }}, date))
{%- elif part.until and field.unix %}parse::{{ field.unix }}({{ field.rust }}).and_then(|end| parse::dates::until_time(end, {{ "date" if part.by == "server" else "None" }}))
{%- elif part.until and part.by == "server" %}parse::dates::until({{ field.rust }}, date)
{%- elif part.until %}parse::dates::from_now({{ field.rust }})
{%- else %}{% if part.never is defined %}(parse::integer({{ field.rust }}) == Some({{ part.never }})).then_some(Expiry::Never).or_else(|| {% endif %}
parse::seconds({{ field.rust }})
{%- if part.minutes %}.map(|minutes| minutes * 60){% endif %}
{%- if part.since %}.map(|all| parse::dates::remaining(all, {{ since.rust }}, date)){% endif %}
{%- endif %}
{%- if nevers %}.map(Expiry::In){% endif %}
{%- if part.never is defined %}){% endif %}
{% endmacro %}
{% set links %}{% for part in lifetime.parts if not part.default %}{{ link(part) if loop.first else ".or_else(|| " ~ link(part) ~ ")" }}{% else %}{{ "of_cookie" if lifetime.cookie else "None::<Duration>" }}{% endfor %}
{% if lifetime.cookie and lifetime.parts | length > 1 %}.or(of_cookie{{ ".map(Expiry::In)" if nevers }}){% endif %}{% endset %}
{% set log = "the login does not say how long its token lives: " ~ default_words ~ (", as documented" if default_is_documented else " are safe") %}
{% set own_lifetime = fields | rejectattr("required") | selectattr("rust", "in", lifetime.fields | map(attribute="rust") | list) | first if login %}
{% macro path_of(it) %}{{ "self.api.login_path()" if place.apis else "wire::" ~ it.constant }}{% endmacro %}
{% macro watch(it) %}http.watch(CONTRACT.login({{ path_of(it) }}){% if own_lifetime %}.requesting_lifetime(self.{{ own_lifetime.rust }}.is_some()){% endif %}, &answer){% endmacro %}
{% macro send(it) %}
{% set path = path_of(it) %}
{% if it.body %}
        let request = {{ init(it.body) }};
{% endif %}
{% if it.query %}
        let query = {{ init(it.query) }};
{% endif %}
{% set own = own_media(it.media) %}
{% if it.body and "json" in it.media and it.verb == "post" and not (it.basic or it.headers or it.query or own) %}
        let answer = http.post_json({{ path }}, &request).await?.error_for_status()?;
{% else %}
        let request = http.{% if it.verb in ["get", "post"] %}{{ it.verb }}({% else %}request(Method::{{ it.verb | upper }}, {% endif %}{{ path }})
            {%- if it.basic %}.{{ "oauth2_basic_auth" if it.oauth2 else "basic_auth" }}({{ basic_auth(it.basic) }}){% endif %}
            {%- for header in it.headers if header[1].required or header[1].constant is not none %}.header("{{ header[0] }}", {{ given(header[1]) }}){% endfor %}
            {%- if it.query %}.query(&query){% endif %}
            {%- if it.body %}.{{ "json" if "json" in it.media else "form" }}(&request){% endif %}{% if own %}.header("content-type", {{ literal(own) }}){% endif %};
{% for header in it.headers if not header[1].required and header[1].constant is none %}
        let request = match {{ given(header[1]) }} {
            Some(value) => request.header("{{ header[0] }}", value),
            None => request,
        };
{% endfor %}
        let answer = request.send().await?.error_for_status()?;
{% endif %}
{% endmacro %}
//! The account and its login.

{% if login and not session_by_hand %}
use std::time::{% if parsed %}{Duration, SystemTime}{% else %}Duration{% endif %};
{% endif %}

{% if not login %}
{% if "expose_secret" in key %}
use auth_core::secrecy::ExposeSecret;
{% endif %}
{% elif lifetime.jwt or secret_fields or keys %}
use auth_core::secrecy::{{ "ExposeSecret" if session_by_hand or not lifetime.jwt else "{ExposeSecret, SecretString}" }};
{% endif %}
{% if "HeaderName" in (moved if login else key) ~ key_headers %}
use auth_core::http::HeaderName;
{% endif %}
{% if (login and login.verb not in ["get", "post"]) or (refresh and refresh.verb not in ["get", "post"]) %}
use auth_core::http::Method;
{% endif %}
{% if lifetime.dated and not session_by_hand %}
use auth_core::time::OffsetDateTime;
{% endif %}
use auth_core::url::Url;
use auth_core::{Http, Login, Result, {{ "AccessToken, " if keys or not login }}{{ "env, " if keys or (not login and "env::" in key) }}{% if login %}Contract, {% endif %}{% if not login %}{% elif not session_by_hand %}LoginResponse, Expiry, {% endif %}{% if refresh_token %}RefreshToken, {% endif %}Secret, {% if not session_by_hand and (lifetime.jwt or lifetime.fields or refresh_token[1]) %}parse, {% endif %}};
{% set null_marks %}{% for _, mark in refused if mark.is_not is none %}null{% endfor %}{% endset %}
{% if (lifetime.fields | selectattr("number") | list or null_marks) and not session_by_hand %}
use serde_json::Value;
{% endif %}

{% if place.apis %}
use crate::api::Api;
{% endif %}
use crate::session::Session;
{% for field in account if field["x-rust"] %}
use {{ field["x-rust"] }};
{% endfor %}
{% if login %}
use crate::wire::{{ "{" }}{% for it in [login, refresh] if it %}{% for type in it.structs %}{{ type.name }}, {% endfor %}{% endfor %}{% if not place.apis %}self, {% endif %}{% if not session_by_hand %}{% for type in wire %}{{ type.name }}, {% endfor %}{% if refused %}Verdict, {% endif %}{% endif %}};
{% endif %}

{% if login %}
/// The document's description of a response to a login.
static CONTRACT: Contract = Contract::new(crate::OPENAPI);

{% endif %}
{% if login and not session_by_hand %}
{{ ("The lifetime of a token if the answer does not state it: " ~ default_words ~ ".\n\n" ~ origin(default)) | doc(0) }}
const {{ default_name }}: Duration = Duration::from_secs({{ grouped(default.default) }});

{% endif %}
{% set account_what = (account_schema.description or "The account: " ~ account_secrets) | trim(".") %}
{{ (account_what ~ ", and the server that " ~ ("they belong" if needed | length > 1 else "it belongs") ~ " to. Created by [`Client::builder`](crate::Client::builder).\n\n" ~ origin(account_schema or {})) | doc(0) }}
///
/// ```
/// let client = {{ module }}::Client::builder(){{ setup }}.build()?;
{% if plain %}
/// assert_eq!(client.account().map(|account| account.{{ plain.rust }}()), Some({{ plain.example }}));
{% endif %}
/// assert!(!format!("{:?}", client.account()).contains({{ secret_fields[0].example }}));
/// # Ok::<(), {{ module }}::auth_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(crate) base_url: Url,
{% if place.logins %}
    pub(crate) login_base_url: Url,
{% endif %}
{% if place.apis %}
    pub(crate) api: Api,
{% endif %}
{% for field in fields %}
    pub(crate) {{ field.rust }}: {{ type_of(field) if field.required else "Option<" ~ type_of(field) ~ ">" }},
{% endfor %}
}

/// Clients of many accounts, which share their connections and are found by your keys.
///
/// ```
/// use {{ module }}::auth_core::Options;
/// use {{ module }}::{Accounts, Client};
///
/// let accounts: Accounts<u64> = Accounts::new(Options::default());
/// let account = || Client::builder(){{ setup }}.account();
/// let client = Client::from(accounts.get_or_insert_with(&1234, account)?);
/// // Returns the same client, unless the account has changed.
/// let client = Client::from(accounts.get_or_update(&1234, account()?)?);
/// # Ok::<(), {{ module }}::auth_core::Error>(())
/// ```
pub type Accounts<K> = auth_core::Accounts<K, Account>;

{% if place.apis or fields | rejectattr("secret") | list %}
impl Account {
{% for field in fields if not field.secret %}
    {{ (after("Returns", docs_of(field)) ~ "\n\n" ~ origin(field)) | doc(4) }}
    ///
    /// ```
    /// let client = {{ module }}::Client::builder(){{ setup }}{% if not field.required and not field["x-rust"] %}.{{ field.rust }}({{ field.example }}){% endif %}.build()?;
    /// let account = client.account().expect("the client logs in");
    /// assert_eq!(account.{{ field.rust }}(), {{ "None" if field["x-rust"] else field.example if field.required else "Some(" ~ field.example ~ ")" }});
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn {{ field.rust }}(&self) -> {{ ("" if field.required else "Option<") ~ (type_of(field) if field["x-rust"] else "&str") ~ ("" if field.required else ">") }} {
        {{ "&" if field.required and not field["x-rust"] }}self.{{ field.rust }}{{ ".as_deref()" if not field.required and not field["x-rust"] }}
    }

{% endfor %}
{% if place.apis %}
    /// Returns the API of the account.
    ///
    /// ```
    /// use {{ module }}::{Api, Client};
    ///
    /// let client = Client::builder(){{ setup }}.build()?;
    /// assert_eq!(client.account().map(|account| account.api()), Some(Api::{{ (place.apis[0].word | camel) }}));
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn api(&self) -> Api {
        self.api
    }
{% endif %}
}
{% endif %}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }
{% if place.logins %}

    fn login_base_url(&self) -> &Url {
        &self.login_base_url
    }
{% endif %}

    async fn login(&self, {{ "http" if login else "_http" }}: &Http) -> Result<Session> {
{% if login %}
{{ send(login) -}}
        let session = {% if session_by_hand %}Session::read(&answer){% else %}session(&answer{{ ", self.keys()?" if keys }}){% endif %}?;
        {{ watch(login) }};
        Ok(session)
{% else %}
        Ok(Session::given({{ key }}{{ ", self.keys()?" if keys }}))
{% endif %}
    }
{% if refresh %}

    async fn renew(&self, http: &Http, previous: &Session) -> Result<Session> {
        let refresh_token = previous.refresh_token.as_ref().map_or("", RefreshToken::expose_secret);
{{ send(refresh) -}}
        let session = session(&answer{{ ", self.keys()?" if keys }})?;
        {{ watch(refresh) }};
        // Without a new refresh token, the previous one stays valid.
        let refresh_token = session.refresh_token.or_else(|| previous.refresh_token.clone());
        Ok(Session { refresh_token, ..session })
    }
{% endif %}
{% if secret_fields %}

    async fn refreshed(&self) -> Result<Option<Self>> {
        let mut account = self.clone();
{% if secret_fields | length == 1 and secret_fields[0].required %}
        let changed = account.{{ secret_fields[0].rust }}.refresh().await?;
{% else %}
        let mut changed = false;
{% for field in secret_fields %}
{% if field.required %}
        changed |= account.{{ field.rust }}.refresh().await?;
{% else %}
        if let Some({{ field.rust }}) = &mut account.{{ field.rust }} {
            changed |= {{ field.rust }}.refresh().await?;
        }
{% endif %}
{% endfor %}
{% endif %}
        Ok(changed.then_some(account))
    }
{% endif %}
}

{% if keys %}
impl Account {
    /// Returns the keys that requests carry in addition to the token.
    fn keys(&self) -> Result<[AccessToken; {{ keys | length }}]> {
        Ok([{% for key in keys %}{{ key_of(key, "env::token(self." ~ key.rust ~ ".expose_secret(), " ~ literal(key.noun) ~ ")?") }}, {% endfor %}])
    }
}

{% endif %}
{% if login and not session_by_hand %}
fn session(answer: &LoginResponse{{ ", keys: [AccessToken; " ~ keys | length ~ "]" if keys }}) -> Result<Session> {
{% for field, mark in refused %}
    if answer.json::<Verdict>()?.{{ field.rust ~ marks(mark) }} {
        return Err(answer.login_refused());
    }
{% endfor %}
{% for type in wire %}
    let {{ type.name }} { {{ type.members | map(attribute="rust") | join(", ") }} } = {% if type.from %}{{ type.from }}.unwrap_or_default(){% else %}answer.json()?{% endif %};
{% endfor %}
    let {{ "(token, of_cookie)" if lifetime.cookie else "token" }} = {% if token.outside %}answer.{{ token.outside }}({{ literal(token.field) }}){% elif not auth.token %}answer.text(){% else %}{{ token.field }}{% endif %}.ok_or_else(|| answer.malformed("it has no {{ token_path }}"))?;
    Ok(Session {
        expiry: expiry({% for field in lifetime.fields %}{{ "&" ~ field.rust if field.number else field.rust ~ ".as_deref()" }}, {% endfor %}{% if lifetime.jwt %}&token, {% endif %}{% if lifetime.cookie %}of_cookie, {% endif %}{% if lifetime.dated %}answer.date(), {% endif %}),
        token: answer.{{ carrier.make }}(&token)?{{ moved }},
{% if keys %}
        keys,
{% endif %}
{% if refresh_token %}
        refresh_token: {{ refresh_token[0] }}.map(|token| RefreshToken::new(token, {{ "parse::seconds(&" ~ refresh_token[1] ~ ").map_or(Expiry::Never, Expiry::In)" if refresh_token[1] else "Expiry::Never" }})),
{% endif %}
{% for field in session %}
        {{ field.rust }}{% if field.rust in parsed %}: {{ field.rust }}.as_deref().and_then(parse::dates::parse).map(SystemTime::from){% endif %},
{% endfor %}
    })
}

{{ ("Computes the lifetime of a token: " ~ lifetime_words ~ "." ~ (" It never exceeds the token's own `exp`." if lifetime.jwt else "")) | doc(0) }}
{{ "pub(crate) " if "tokens" in handwritten }}fn expiry({% for field in lifetime.fields %}{{ field.rust }}: {{ "&Value" if field.number else "Option<&str>" }}, {% endfor %}{% if lifetime.jwt %}token: &SecretString, {% endif %}{% if lifetime.cookie %}of_cookie: Option<Duration>, {% endif %}{% if lifetime.dated %}date: Option<OffsetDateTime>, {% endif %}) -> Expiry {
{% if nevers %}
    let expiry = {{ links }};
    expiry.unwrap_or_else(|| {
        tracing::debug!("{{ log }}");
        Expiry::In({{ default_name }})
    }){{ ".at_most(parse::jwt::remaining(token.expose_secret(), date))" if lifetime.jwt }}
{% elif lifetime.parts | length == 1 and not lifetime.cookie %}
    // The answer does not state it.
    Expiry::In({{ default_name }})
{% else %}
    let lifetime = {{ links }};
    let lifetime = lifetime.unwrap_or_else(|| {
        tracing::debug!("{{ log }}");
        {{ default_name }}
    });
    Expiry::In(lifetime){{ ".at_most(parse::jwt::remaining(token.expose_secret(), date))" if lifetime.jwt }}
{% endif %}
}
{% endif %}

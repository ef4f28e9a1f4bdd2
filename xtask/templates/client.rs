// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
{% set own %}{% for by in endpoints | selectattr("sent_by") | map(attribute="sent_by") | unique if by is startingwith("Client::") %}, {{ "and " if loop.first }}[`{{ by[8:] }}`](Self::{{ by[8:] }}){% endfor %}{% endset %}
//! The client of {{ name }}.

use std::ops::Deref;

use async_trait::async_trait;
use auth_core::http::HeaderMap;
use auth_core::reqwest::{RequestBuilder, Response};
use auth_core::{Authorize, {% if methods | selectattr("pages") | list %}Items, Paging, {% endif %}Result};
{% if methods | selectattr("import", "eq", "serde_json::Value") | list %}
use serde_json::Value;
{% endif %}

use crate::account::Account;
use crate::builder::Builder;
{% for import in methods | map(attribute="import") | unique if import is startingwith("crate::") %}
use {{ import }};
{% endfor %}
{% set helds = methods | flatten("arguments") | map(attribute="held") | map("replace", "&", "<") | map("replace", "[", "<") | map("replace", "]", ">") | join(">") ~ ">" %}
{% for type in sent if "<" ~ type.name ~ ">" in helds %}
use crate::sent::{{ type.name }};
{% endfor %}
{% if methods %}
use crate::wire;
{% endif %}

/// A client whose requests to {{ name }} stay authenticated. Clones are cheap and share one login.
///
{{ ("It has all methods of [`auth_core::Client`]" ~ own ~ ".") | doc(0) }}
///
/// ```no_run
/// # async fn run() -> {{ module }}::auth_core::Result<()> {
/// let client = {{ module }}::Client::from_env()?;
/// {{ sample_code | trim | replace("\n", "\n/// ") }}
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client(pub(crate) auth_core::Client<Account>);

impl Client {
    /// Returns a builder of a client.
    ///
    /// ```
    /// let client = {{ module }}::Client::builder(){{ setup }}.build()?;
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Creates a client from the environment. To set more than these variables, use [`Builder::from_env`].
    ///
    /// | variable | |
    /// | --- | --- |
{{ variable_rows("    /// ") -}}
    ///
    /// ```no_run
    /// # async fn run() -> {{ module }}::auth_core::Result<()> {
    /// let client = {{ module }}::Client::from_env()?;
    /// println!("a token for {:?}", client.credential().await?.lifetime());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    {{ env_errors | doc(4) }}
    pub fn from_env() -> Result<Self> {
        Builder::from_env()?.build()
    }

    /// Creates a client from the same variables, read by `read` instead of from the environment.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// let vars = HashMap::from([{{ example_vars }}]);
    /// let client = {{ module }}::Client::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
{% if plain %}
    /// assert_eq!(client.account().map(|account| account.{{ plain.rust }}()), Some({{ plain.example }}));
{% else %}
    /// assert!(client.account().is_some());
{% endif %}
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Builder::from_vars(read)?.build()
    }
{# The `Paging` of a list, in Rust. #}
{% macro paging(it) %}
Paging::
{%- if it.next_url %}next_url({{ literal(it.next_url) }})
{%- elif it.number %}number({{ literal(it.number) }}, {{ it.first if it.first is defined else 1 }})
{%- elif it.offset %}offset({{ literal(it.offset) }})
{%- elif it.cursor %}cursor({{ literal(it.cursor) }}, {{ literal(it.next) }})
{%- elif it.loopback %}loopback({{ it.loopback }})
{%- else %}link()
{%- endif %}
{%- for name in ["items", "total", "last_page", "has_more"] if it[name] is defined %}.{{ name }}({{ literal(it[name]) }}){% endfor %}
{%- if it.max_pages %}.max_pages({{ it.max_pages }}){% endif %}
{% endmacro %}
{% for endpoint in endpoints if endpoint.method %}
{% set method = endpoint.method %}

    {{ (after("Returns", method.docs) ~ "\n\n" ~ origin(endpoint.note)) | doc(4) }}
    ///
    /// ```no_run
    /// # async fn run(client: {{ module }}::Client) -> {{ module }}::auth_core::Result<()> {
{% for argument in method.arguments if argument.place == "options" %}
    /// let query = {{ module }}::{{ argument.held[1:] }}::default();
{% endfor %}
{% for argument in method.arguments if argument.place == "body" %}
    /// # fn body<T>() -> T { unreachable!() }
    /// # let body{% if "[" in argument.held %}: Vec<_>{% else %}: {{ argument.held[1:] if "::" in argument.held else module ~ "::" ~ argument.held[1:] }}{% endif %} = body();
{% endfor %}
{% set given %}{% for argument in method.arguments if argument.held %}{{ "&query" if argument.place == "options" else "&body" if argument.place == "body" else argument.example }}{{ ", " if not loop.last }}{% endfor %}{% endset %}
{% if method.pages %}
    /// let mut items = client.{{ method.name }}({{ given }});
    /// while let Some(item) = items.next().await {
    ///     println!("{:?}", item?);
    /// }
{% else %}
    /// println!("{:?}", client.{{ method.name }}({{ given }}).await?);
{% endif %}
    /// # Ok(())
    /// # }
    /// ```
{% if not method.pages %}
    ///
    /// # Errors
    ///
    /// As for [`Request::fetch`](auth_core::Request::fetch).
{% endif %}
{% set in_path = method.arguments | selectattr("place", "eq", "path") | list %}
{# The value of an argument in a path, a header or one pair of the query. #}
{% macro value(it) %}{{ "wire::joined(" ~ it.rust ~ ", " ~ literal(it.separator) ~ ")" if it.held == "&[&str]" else it.rust if it.held else it.example }}{% endmacro %}
{% set path %}{% if in_path %}&wire::fill(wire::{{ endpoint.constant }}, &[{% for it in in_path %}({{ literal(it.json) }}, {{ "&" ~ it.rust ~ ".to_string()" if it.held == "i64" else "&" ~ value(it) if it.held == "&[&str]" else value(it) }}){{ ", " if not loop.last }}{% endfor %}]){% else %}wire::{{ endpoint.constant }}{% endif %}{% endset %}
{# A list is sent as one pair for each item, or as one text. #}
{% macro listed(it, list, item) %}.query(&{{ list }}.map(|{{ item }}| ({{ literal(it.json) }}, {{ item if not it.separator else "wire::joined(" ~ item ~ ", " ~ literal(it.separator) ~ ")" }})).collect::<Vec<_>>()){% endmacro %}
{% macro option_lists(held) %}{% for type in sent if "&" ~ type.name == held %}{% for it in type.members if it.kind == "List" %}{{ listed(it, "query." ~ it.rust ~ ".iter()" ~ ("" if it.separator else ".flatten()"), "list" if it.separator else "item") }}{% endfor %}{% endfor %}{% endmacro %}
{% set request %}self.{{ endpoint.verb | lower }}({{ path }}){% for it in method.arguments %}{{ listed(it, it.rust ~ ".iter()", "item") if it.held == "&[&str]" and it.place == "query" and not it.separator else ".query(&[(" ~ literal(it.json) ~ ", " ~ value(it) ~ ")])" if it.place == "query" else ".query(query)" ~ option_lists(it.held) if it.place == "options" else ".header(" ~ literal(it.json) ~ ", " ~ value(it) ~ ")" if it.place == "header" else (".header(\"content-type\", " ~ literal(it.media) ~ ")" if own_media(it.media) else "") ~ ".json(body)" if it.place == "body" }}{% endfor %}{% endset %}
{% set arguments %}&self{% for it in method.arguments if it.held %}, {{ it.rust }}: {{ it.held }}{% endfor %}{% endset %}
{% if method.pages %}
    pub fn {{ method.name }}({{ arguments }}) -> Items<Account, {{ method.returns }}> {
        {{ request }}{% for name, size in (method.pages.size or {}) | items %}.query(&[({{ literal(name) }}, {{ size }})]){% endfor %}.pages({{ paging(method.pages) }}).items()
    }
{% elif method.returns %}
    pub async fn {{ method.name }}({{ arguments }}) -> Result<{{ method.returns }}> {
        {{ request }}.fetch().await
    }
{% elif method.is_other %}
    pub async fn {{ method.name }}({{ arguments }}) -> Result<Response> {
        {{ request }}.error_for_status().await
    }
{% else %}
    pub async fn {{ method.name }}({{ arguments }}) -> Result<()> {
        {{ request }}.error_for_status().await.map(drop)
    }
{% endif %}
{% endfor %}
}

/// Adds this crate's methods to a client from a set of [`Accounts`](crate::Accounts).
impl From<auth_core::Client<Account>> for Client {
    fn from(client: auth_core::Client<Account>) -> Self {
        Self(client)
    }
}

/// Converts the client for code that works with the client of any provider.
impl From<Client> for auth_core::Client<Account> {
    fn from(client: Client) -> Self {
        client.0
    }
}

impl Deref for Client {
    type Target = auth_core::Client<Account>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[async_trait]
impl Authorize for Client {
    async fn headers(&self) -> Result<HeaderMap> {
        self.0.headers().await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        self.0.send(request).await
    }
}

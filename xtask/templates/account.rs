{{ header }}
{% set login_endpoint = endpoints | selectattr("is_login") | first %}
{% set log = "the login does not say how long its token lives: " ~ lifetime.default.words ~ (", as documented" if default_is_documented else " are safe") %}
{% macro given(field) %}{{ field.rust }}{% if field.constant is not none %}: {{ literal(field.constant) }}{% elif field.secret and field.required %}: self.{{ field.rust }}.expose_secret(){% elif field.secret %}: self.{{ field.rust }}.as_ref().map(ExposeSecret::expose_secret){% elif field.custom %}: self.{{ field.rust }}{% elif field.required %}: &self.{{ field.rust }}{% else %}: self.{{ field.rust }}.as_deref(){% endif %}{% endmacro %}
//! The account and its login.

{% if not session_by_hand %}
use std::time::{% if session | selectattr("parsed") | list %}{Duration, SystemTime}{% else %}Duration{% endif %};
{% endif %}

use auth_core::secrecy::{{ "ExposeSecret" if session_by_hand or not lifetime.jwt else "{ExposeSecret, SecretString}" }};
{% if lifetime.dated and not session_by_hand %}
use auth_core::time::OffsetDateTime;
{% endif %}
use auth_core::url::Url;
use auth_core::{Http, Login, Result, {% if not session_by_hand %}LoginResponse, Expiry, {% endif %}Secret, {% if not session_by_hand and (lifetime.jwt or lifetime.fields) %}parse, {% endif %}};
{% if lifetime.fields | selectattr("number") | list and not session_by_hand %}
use serde_json::Value;
{% endif %}

{% if place.apis %}
use crate::api::Api;
{% endif %}
use crate::session::Session;
{% for field in account if field.custom %}
use {{ field.custom }};
{% endfor %}
use crate::wire::{LoginRequest, {% if not place.apis %}self, {% endif %}{% if not session_by_hand %}{% for step in steps %}{{ step.type_ }}, {% endfor %}{% if refused %}Verdict, {% endif %}{% endif %}};

{% if not session_by_hand %}
{{ ("The lifetime of a token if the answer does not state it: " ~ lifetime.default.words ~ ".\n\n" ~ origin(lifetime.default.note)) | doc(0) }}
const {{ default_name }}: Duration = Duration::from_secs({{ lifetime.default.seconds }});

{% endif %}
{% set account_what = account_docs | trim(".") %}
{{ (account_what ~ ", and the server that " ~ ("they belong" if needed | length > 1 else "it belongs") ~ " to. Created by [`Client::builder`](crate::Client::builder).\n\n" ~ origin(account_note)) | doc(0) }}
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
{% if place.apis %}
    pub(crate) api: Api,
{% endif %}
{% for field in fields %}
    pub(crate) {{ field.rust }}: {{ field.type_ if field.required else "Option<" ~ field.type_ ~ ">" }},
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
    {{ ((field.docs | after("Returns")) ~ "\n\n" ~ origin(field.note)) | doc(4) }}
    ///
    /// ```
    /// let client = {{ module }}::Client::builder(){{ setup }}{% if not field.required and not field.custom %}.{{ field.rust }}({{ field.example }}){% endif %}.build()?;
    /// let account = client.account().expect("the client logs in");
    /// assert_eq!(account.{{ field.rust }}(), {{ "None" if field.custom else field.example if field.required else "Some(" ~ field.example ~ ")" }});
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn {{ field.rust }}(&self) -> {{ ("" if field.required else "Option<") ~ (field.type_ if field.custom else "&str") ~ ("" if field.required else ">") }} {
        {{ "&" if field.required and not field.custom }}self.{{ field.rust }}{{ ".as_deref()" if not field.required and not field.custom }}
    }

{% endfor %}
{% if place.apis %}
    /// Returns the API of the account.
    ///
    /// ```
    /// use {{ module }}::{Api, Client};
    ///
    /// let client = Client::builder(){{ setup }}.build()?;
    /// assert_eq!(client.account().map(|account| account.api()), Some(Api::{{ place.apis[0].variant }}));
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

    async fn login(&self, http: &Http) -> Result<Session> {
        let request = LoginRequest { {% for field in account %}{{ given(field) }}, {% endfor %} };
        let answer = http.post_json({{ "self.api.login_path()" if place.apis else "wire::" ~ login_endpoint.constant }}, &request).await?.error_for_status()?;
{% if session_by_hand %}
        Session::read(&answer)
{% else %}
        session(&answer)
{% endif %}
    }
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

{% if not session_by_hand %}
fn session(answer: &LoginResponse) -> Result<Session> {
{% for refusal in refused %}
    if answer.json::<Verdict>()?.{{ refusal.is }} {
        return Err(answer.login_refused());
    }
{% endfor %}
{% for step in steps %}
    let {{ step.type_ }} { {{ step.fields | join(", ") }} } = {% if step.from %}{{ step.from }}.unwrap_or_default(){% else %}answer.json()?{% endif %};
{% endfor %}
    let token = {{ token.field }}.ok_or_else(|| answer.malformed("it has no {{ token.path }}"))?;
    Ok(Session {
        expiry: expiry({% for field in lifetime.fields %}{{ "&" ~ field.rust if field.number else field.rust ~ ".as_deref()" }}, {% endfor %}{% if lifetime.jwt %}&token, {% endif %}{% if lifetime.dated %}answer.date(), {% endif %}),
        token: answer.{{ "raw" if raw else "bearer" }}(&token)?,
{% for field in session %}
        {{ field.rust }}{% if field.parsed %}: {{ field.rust }}.as_deref().and_then(parse::dates::parse).map(SystemTime::from){% endif %},
{% endfor %}
    })
}

{{ ("Computes the lifetime of a token: " ~ lifetime.words ~ "." ~ (" It never exceeds the token's own `exp`." if lifetime.jwt else "")) | doc(0) }}
{{ "pub(crate) " if "tokens" in handwritten }}fn expiry({% for field in lifetime.fields %}{{ field.rust }}: {{ "&Value" if field.number else "Option<&str>" }}, {% endfor %}{% if lifetime.jwt %}token: &SecretString, {% endif %}{% if lifetime.dated %}date: Option<OffsetDateTime>, {% endif %}) -> Expiry {
{% if lifetime.never %}
    let expiry = {% for link in lifetime.links %}{{ link if loop.first else ".or_else(|| " ~ link ~ ")" }}{% else %}None::<Duration>{% endfor %};
    expiry.unwrap_or_else(|| {
        tracing::debug!("{{ log }}");
        Expiry::In({{ default_name }})
    }){{ ".at_most(parse::jwt::remaining(token.expose_secret(), date))" if lifetime.jwt }}
{% else %}
    let lifetime = {% for link in lifetime.links %}{{ link if loop.first else ".or_else(|| " ~ link ~ ")" }}{% else %}None::<Duration>{% endfor %};
    let lifetime = lifetime.unwrap_or_else(|| {
        tracing::debug!("{{ log }}");
        {{ default_name }}
    });
    Expiry::In(lifetime){{ ".at_most(parse::jwt::remaining(token.expose_secret(), date))" if lifetime.jwt }}
{% endif %}
}
{% endif %}

{{ header }}
//! The account and its login.

{% if not by_hand.session %}
use std::time::{% if session_parses %}{Duration, SystemTime}{% else %}Duration{% endif %};
{% endif %}

use auth_core::secrecy::{{ "ExposeSecret" if by_hand.session or not lifetime.jwt else "{ExposeSecret, SecretString}" }};
{% if lifetime.dated and not by_hand.session %}
use auth_core::time::OffsetDateTime;
{% endif %}
use auth_core::url::Url;
use auth_core::{{ braces(account_core) }};
{% if uses_lenient_seconds and not by_hand.session %}
use serde_json::Value;
{% endif %}

{% if place.apis %}
use crate::api::Api;
{% endif %}
use crate::session::Session;
{% for field in account if field.custom %}
use {{ field.custom }};
{% endfor %}
use crate::wire::{{ braces(account_wire) }};

{% if not by_hand.session %}
{{ ("The lifetime of a token if the answer does not state it: " ~ lifetime.default.words ~ ".\n\n" ~ origin(lifetime.default.note)) | doc(0) }}
const {{ default_name }}: Duration = Duration::from_secs({{ lifetime.default.seconds }});

{% endif %}
{{ (account_sentence ~ " Created by [`Client::builder`](crate::Client::builder).\n\n" ~ origin(account_note)) | doc(0) }}
///
/// ```
/// let client = {{ module }}::Client::builder(){{ setup }}.build()?;
{% if plain %}
/// assert_eq!(client.account().map(|account| account.{{ plain.rust }}()), Some({{ plain.example }}));
{% endif %}
/// assert!(!format!("{:?}", client.account()).contains({{ secret.example }}));
/// # Ok::<(), {{ module }}::auth_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(crate) base_url: Url,
{% if place.apis %}
    pub(crate) api: Api,
{% endif %}
{% for field in fields %}
    pub(crate) {{ field.rust }}: {{ field.held }},
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

{% if has_accessors %}
impl Account {
{% for field in fields if not field.secret %}
    {{ ((field.docs | after("Returns")) ~ "\n\n" ~ origin(field.note)) | doc(4) }}
    ///
    /// ```
    /// let client = {{ module }}::Client::builder(){{ setup }}{% if not field.required and not field.custom %}.{{ field.rust }}({{ field.example }}){% endif %}.build()?;
    /// let account = client.account().expect("the client logs in");
    /// assert_eq!(account.{{ field.rust }}(), {{ "None" if field.custom else field.expected }});
    /// # Ok::<(), {{ module }}::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn {{ field.rust }}(&self) -> {{ field.returned }} {
        {{ field.got }}
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
        let request = LoginRequest { {% for field in request_fields %}{{ field.rust }}{{ field.given }}, {% endfor %} };
        let answer = http.post_json({{ login_path }}, &request).await?.error_for_status()?;
{% if by_hand.session %}
        Session::read(&answer)
{% else %}
        session(&answer)
{% endif %}
    }
{% set secrets = fields | selectattr("secret") | list %}
{% if secrets %}

    async fn refreshed(&self) -> Result<Option<Self>> {
        let mut account = self.clone();
{% if secrets | length == 1 and secrets[0].required %}
        let changed = account.{{ secrets[0].rust }}.refresh().await?;
{% else %}
        let mut changed = false;
{% for field in secrets %}
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

{% if not by_hand.session %}
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
        expiry: expiry({{ lifetime_arguments }}),
        token: answer.{{ "raw" if raw else "bearer" }}(&token)?,
{% for field in session %}
        {{ field.rust }}{% if field.parsed %}: {{ field.rust }}.as_deref().and_then(parse::dates::parse).map(SystemTime::from){% endif %},
{% endfor %}
    })
}

{{ ("Computes the lifetime of a token: " ~ lifetime.words ~ "." ~ (" It never exceeds the token's own `exp`." if lifetime.jwt else "")) | doc(0) }}
{{ visibility }}fn expiry({{ lifetime_parameters }}) -> Expiry {
{% if lifetime.never %}
    let expiry = {{ lifetime_chain }};
    expiry.unwrap_or_else(|| {
        tracing::debug!("{{ default_log }}");
        Expiry::In({{ default_name }})
    }){{ ".at_most(parse::jwt::remaining(token.expose_secret(), date))" if lifetime.jwt }}
{% else %}
    let lifetime = {{ lifetime_chain }};
    let lifetime = lifetime.unwrap_or_else(|| {
        tracing::debug!("{{ default_log }}");
        {{ default_name }}
    });
    Expiry::In(lifetime){{ ".at_most(parse::jwt::remaining(token.expose_secret(), date))" if lifetime.jwt }}
{% endif %}
}
{% endif %}

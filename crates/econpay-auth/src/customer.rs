// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! A customer.

use std::time::SystemTime;

use auth_core::parse;
use serde::Deserialize;

/// A customer. A missing or unreadable field is `None`.
///
/// Source: [EconPay, GET /customers](https://docs.econpay.com.br/api-reference/customers/list).
///
/// ```
/// let customer: econpay_auth::Customer = serde_json::from_str(r#"{"id": 1}"#)?;
/// assert_eq!(customer.id, Some(1));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Customer {
    /// The identifier.
    #[serde(deserialize_with = "parse::optional")]
    pub id: Option<i64>,
    /// The whole name.
    #[serde(deserialize_with = "parse::optional_text")]
    pub name: Option<String>,
    /// The e-mail address.
    #[serde(deserialize_with = "parse::optional_text")]
    pub email: Option<String>,
    /// The CPF or CNPJ.
    #[serde(deserialize_with = "parse::optional_text")]
    pub document: Option<String>,
    /// The telephone number.
    #[serde(deserialize_with = "parse::optional_text")]
    pub phone: Option<String>,
    /// The time at which the customer was registered.
    #[serde(deserialize_with = "parse::optional_date")]
    pub created_at: Option<SystemTime>,
}

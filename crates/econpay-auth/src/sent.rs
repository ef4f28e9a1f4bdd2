// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! The parameters and the bodies of the client's methods.

use serde::{Deserialize, Serialize};

/// The optional parameters of [`Client::customers`](crate::Client::customers).
///
/// ```
/// assert_eq!(econpay_auth::CustomersQuery::default(), serde_json::from_str("{}")?);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CustomersQuery {
    /// The field to sort by, `created_at` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_by: Option<String>,
    /// The direction to sort in: `ASC`, or `DESC` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// Only customers with this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only the customer with this CPF or CNPJ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

impl CustomersQuery {
    /// Sets the field to sort by, `created_at` by default.
    #[must_use]
    pub fn order_by(mut self, order_by: impl Into<String>) -> Self {
        self.order_by = Some(order_by.into());
        self
    }

    /// Sets the direction to sort in: `ASC`, or `DESC` by default.
    #[must_use]
    pub fn direction(mut self, direction: impl Into<String>) -> Self {
        self.direction = Some(direction.into());
        self
    }

    /// Sets Only customers with this name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets Only the customer with this CPF or CNPJ.
    #[must_use]
    pub fn document(mut self, document: impl Into<String>) -> Self {
        self.document = Some(document.into());
        self
    }
}

//! The fields of an account, as the templates need them.

use serde::Serialize;

use super::facts::Field;

/// A field of an account.
#[derive(Serialize)]
pub(crate) struct FieldView<'f> {
    #[serde(flatten)]
    pub(crate) field: &'f Field,
    /// The type that the builder takes.
    plain_type: String,
    held: String,
    returned: String,
    got: String,
    expected: String,
    noun_docs: String,
    /// The initializer in the login's request.
    given: String,
    /// The argument for the fingerprint.
    told: String,
}

/// Returns the call of the field's method of the builder.
pub(crate) fn call(field: &Field) -> String {
    format!(".{}({})", field.rust, field.example)
}

pub(crate) fn field_view(field: &Field) -> FieldView<'_> {
    let plain_type = match &field.custom {
        Some(custom) => custom.rsplit("::").next().unwrap_or(custom).to_owned(),
        None if field.secret => "Secret".to_owned(),
        None => "String".to_owned(),
    };
    let rust = &field.rust;
    let (returned, got) = match (&field.custom, field.required) {
        (Some(_), true) => (plain_type.clone(), format!("self.{rust}")),
        (Some(_), false) => (format!("Option<{plain_type}>"), format!("self.{rust}")),
        (None, true) => ("&str".to_owned(), format!("&self.{rust}")),
        (None, false) => ("Option<&str>".to_owned(), format!("self.{rust}.as_deref()")),
    };
    let given = match (&field.constant, field.secret, &field.custom, field.required) {
        (Some(constant), ..) => format!(": {constant:?}"),
        (None, true, _, true) => format!(": self.{rust}.expose_secret()"),
        (None, true, _, false) => format!(": self.{rust}.as_ref().map(ExposeSecret::expose_secret)"),
        (None, false, Some(_), _) => format!(": self.{rust}"),
        (None, false, None, true) => format!(": &self.{rust}"),
        (None, false, None, false) => format!(": self.{rust}.as_deref()"),
    };
    let told = match (field.secret, field.required) {
        (true, true) => format!("self.{rust}.expose_secret()"),
        (true, false) => format!("&self.{rust}.as_ref().map(ExposeSecret::expose_secret)"),
        (false, _) => format!("&self.{rust}"),
    };
    FieldView {
        held: if field.required { plain_type.clone() } else { format!("Option<{plain_type}>") },
        expected: if field.required { field.example.clone() } else { format!("Some({})", field.example) },
        noun_docs: format!("The {}", field.noun),
        plain_type,
        returned,
        got,
        given,
        told,
        field,
    }
}

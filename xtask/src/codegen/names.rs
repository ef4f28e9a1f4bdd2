//! Names and numbers, in the forms of Rust and of HTTP.

use std::sync::LazyLock;

use deunicode::deunicode;
use heck::{ToSnakeCase, ToUpperCamelCase};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::document::Node;

/// The keywords of Rust 2024, including those reserved for the future, and the names that the builder, the session and
/// the types of each crate have already.
static TAKEN: LazyLock<Node> = LazyLock::new(|| Node::made(include_str!("../../templates/taken.json")));

/// Converts any name to that of a field: `userName` to `user_name`, `endereço` to `endereco`, `type` to `type_`, and `$`
/// to `value`.
pub(crate) fn field(name: &str) -> String {
    match deunicode(name).to_snake_case().as_str() {
        "" => "value".to_owned(),
        name if name.starts_with(|first: char| first.is_ascii_digit()) => format!("n{name}"),
        name => free(name, "keywords", "_"),
    }
}

/// Converts any name to that of a type, whose module has it in snake case: `order item` to `OrderItem`, and `crate` to
/// `CrateData`.
pub(crate) fn of_type(name: &str) -> String {
    let field = field(name);
    let end = if field.ends_with('_') { "Data" } else { "" };
    free(&field.to_upper_camel_case(), "types", "Data") + end
}

/// Appends an end to a name that is taken.
pub(crate) fn free(name: &str, kind: &str, end: &str) -> String {
    format!("{name}{}", if TAKEN.texts(kind).contains(&name) { end } else { "" })
}

/// The bytes of a path's segment that are percent-encoded, as the generated `wire::fill` does.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b',');

/// Encodes the text as a segment of a path.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Returns a number with groups of digits, as clippy requires: `86_400`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let size = if digits.len() < 5 { 4 } else { 3 };
    digits.as_bytes().rchunks(size).rev().map(String::from_utf8_lossy).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_rust_cannot_have_is_changed_to_one_that_it_can() {
        for (name, of_field) in [
            ("userName", "user_name"),
            ("X-RateLimit-Limit", "x_rate_limit_limit"),
            ("_id", "id"),
            ("sha2Hash", "sha2_hash"),
            ("2fa", "n2fa"),
            ("número", "numero"),
            ("1ª via", "n1a_via"),
            ("type", "type_"),
            ("$", "value"),
        ] {
            assert_eq!(field(name), of_field);
        }
    }

    #[test]
    fn a_type_is_not_called_like_another_nor_its_module_like_a_keyword() {
        for (name, of_type) in [
            ("order item", "OrderItem"),
            ("Crate", "CrateData"),
            ("Box", "BoxData"),
            ("1st", "N1st"),
            ("sent", "SentData"),
        ] {
            assert_eq!(super::of_type(name), of_type);
        }
    }

    #[test]
    fn numbers_and_segments_are_written_as_clippy_and_http_demand() {
        for (number, text) in [(3600, "3600"), (86_400, "86_400"), (1_209_600, "1_209_600"), (100_000, "100_000")] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(encoded("a b/ç~*"), "a%20b%2F%C3%A7%7E*");
    }
}

//! Masks for the secrets in a request or an answer.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;
use url::form_urlencoded;

use crate::tokens;

const MASK: &str = "***";
/// The headers, members and parameters that hold a secret, in lower case and without `_` and `-`.
const SECRETS: [&str; 13] = [
    "authorization",
    "proxyauthorization",
    "cookie",
    "setcookie",
    "xaccesstoken",
    "xsignedrequest",
    "password",
    "currentpassword",
    "newpassword",
    "apikey",
    "token",
    "accesstoken",
    "signaturetoken",
];
/// A text of at least this many characters can be a token under any name.
const SHORTEST_TOKEN: usize = 40;

/// Masks the secrets of headers.
pub(crate) fn headers(headers: &HeaderMap) -> HeaderMap {
    let masked = |(name, value): (&HeaderName, &HeaderValue)| {
        let text =
            value.to_str().map(|text| if *name == header::LOCATION { path(text) } else { words(name.as_str(), text) });
        let value = text.ok().and_then(|text| text.parse().ok());
        (name.clone(), value.unwrap_or(HeaderValue::from_static(MASK)))
    };
    headers.iter().map(masked).collect()
}

/// Masks the secrets in the segments and the query of a path.
pub(crate) fn path(path: &str) -> String {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let path: Vec<_> = path.split('/').map(|segment| text("", segment)).collect();
    let Some(query) = query else { return path.join("/") };
    let pairs = form_urlencoded::parse(query.as_bytes()).map(|(name, value)| {
        let value = text(&name, &value);
        (name, value)
    });
    format!("{}?{}", path.join("/"), form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// Returns a JSON body with masked secrets, and the length of any other body.
pub(crate) fn body(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            json("", &mut value);
            value.to_string()
        }
        Err(_) if body.is_empty() => String::new(),
        Err(_) => format!("{} bytes", body.len()),
    }
}

fn json(name: &str, value: &mut Value) {
    match value {
        Value::String(given) => *given = text(name, given),
        Value::Array(items) => items.iter_mut().for_each(|item| json(name, item)),
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| json(name, member)),
        scalar if is_secret(name) && !scalar.is_null() => *scalar = Value::from(MASK),
        _ => {}
    }
}

/// Masks each word of a header's value, so that the scheme before a token stays.
fn words(name: &str, value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme @ ("Bearer" | "bearer" | "Basic"), secret)) => format!("{scheme} {}", text(name, secret)),
        _ => text(name, value),
    }
}

/// Replaces a text that can be a token by the token's id, and any other secret by asterisks.
fn text(name: &str, value: &str) -> String {
    let mut bytes = value.bytes();
    let is_long = value.len() >= SHORTEST_TOKEN;
    let has_letters = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    if is_long && has_letters && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"._-+/=".contains(&byte)) {
        format!("token:{}", tokens::id(value))
    } else if is_secret(name) && !value.is_empty() {
        MASK.to_owned()
    } else {
        value.to_owned()
    }
}

fn is_secret(name: &str) -> bool {
    let name: String = name.chars().filter(|c| !"_-".contains(*c)).map(|c| c.to_ascii_lowercase()).collect();
    SECRETS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";

    fn masked() -> String {
        format!("token:{}", tokens::id(TOKEN))
    }

    #[test]
    fn a_password_is_masked_wherever_it_is_and_other_members_stay() {
        let given = br#"{"user":{"password":"curta","name":"Ana","newPassword":7},"api_key":["chave"],"token":null}"#;
        let shown = r#"{"api_key":["***"],"token":null,"user":{"name":"Ana","newPassword":"***","password":"***"}}"#;
        assert_eq!(body(given), shown);
    }

    #[test]
    fn a_token_is_shown_by_its_id_under_any_name() {
        assert_eq!(body(format!(r#"{{"id":"{TOKEN}"}}"#).as_bytes()), format!(r#"{{"id":"{}"}}"#, masked()));
        assert_eq!(path(&format!("/a/{TOKEN}")), format!("/a/{}", masked()));
        assert_eq!(body(b"{\"id\":\"020037308007081506570001580648030000000000\"}").len(), 51);
    }

    #[test]
    fn every_secret_is_known_in_all_spellings_of_its_name() {
        let spelled = "Authorization Proxy-Authorization Cookie Set-Cookie X-Access-Token X-Signed-Request password \
                       currentPassword newPassword apiKey token access_token accessToken signatureToken";
        for name in spelled.split(' ') {
            assert_eq!(text(name, "curto"), MASK, "{name}");
        }
        assert_eq!(text("name", "curto"), "curto");
    }

    #[test]
    fn the_scheme_of_a_header_stays() {
        let mut given = HeaderMap::new();
        given.insert("authorization", format!("Bearer {TOKEN}").parse().expect("a value"));
        given.insert("x-access-token", "curto".parse().expect("a value"));
        given.insert("accept", "*/*".parse().expect("a value"));
        let shown = headers(&given);
        assert_eq!(shown["authorization"], format!("Bearer {}", masked()));
        assert_eq!(shown["x-access-token"], MASK);
        assert_eq!(shown["accept"], "*/*");
    }

    #[test]
    fn a_query_keeps_its_other_parameters() {
        assert_eq!(path("/users?page=2&access_token=curto"), "/users?page=2&access_token=***");
    }

    #[test]
    fn a_body_that_is_not_json_is_shown_by_its_length() {
        assert_eq!((body(b"password=segredo").as_str(), body(b"").as_str()), ("16 bytes", ""));
    }
}

//! `sign` and `verify`.

use signed_api_auth::SignedBody;
use signed_api_auth::signing::SigningKey;

use crate::place::Place;

const KEY: &str = "a-signature-token";
const BODY: &str = r#"{"b": 1.0, "a": [true, "ã"], "7": null}"#;

fn signature(body: &str) -> String {
    SigningKey::new(KEY).sign(&SignedBody::json(body)).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_signed_with_a_key_from_a_file_or_from_stdin() {
    let place = Place::new().await;
    let key = place.folder.path().join("key");
    std::fs::write(&key, format!("{KEY}\n")).unwrap();
    let key = key.to_str().unwrap();
    let expected = format!("{}\n", signature(BODY));
    assert_eq!(place.run(&["sign", "--key-file", key, BODY]).ok(), expected);
    assert_eq!(place.pipe(BODY, &["sign", "--key-file", key]).ok(), expected);
    assert_eq!(place.pipe(&format!("{KEY}\n"), &["sign", "--key-stdin", BODY]).ok(), expected);
    assert!(place.pipe(KEY, &["sign", "--key-stdin"]).failed(2).contains("--key-stdin"));
    assert!(place.run(&["sign", BODY]).failed(2).contains("the key is missing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_canonical_text_needs_no_key() {
    let place = Place::new().await;
    assert_eq!(place.run(&["sign", "--canonical", BODY]).ok(), "{\"7\":null,\"a\":[true,\"ã\"],\"b\":1}\n");
    let config = place.config();
    let file = place.run(&["sign", "--canonical", config.to_str().unwrap()]).failed(2);
    assert!(file.contains(&format!("for the file, write @{}", config.display())), "{file}");
    let wrong = place.run(&["sign", "--canonical", "{\"a\":}"]).failed(2);
    assert!(wrong.contains("the body: "), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_is_a_body_and_an_error_names_its_line() {
    let place = Place::new().await;
    let key = place.folder.path().join("key");
    std::fs::write(&key, KEY).unwrap();
    let key = key.to_str().unwrap();
    let bodies = [r#"{"a":1}"#, r#"{"b":2}"#];
    let signed = place.pipe(&bodies.join("\n"), &["sign", "--key-file", key, "--each"]).ok();
    assert_eq!(signed.lines().collect::<Vec<_>>(), bodies.map(signature));
    let pairs: Vec<_> = signed.lines().zip(bodies).map(|(signature, body)| format!("{signature} {body}")).collect();
    let pairs = pairs.join("\n");
    place.pipe(&pairs, &["verify", "--key-file", key, "--each"]).ok();
    let wrong = place.pipe(&pairs.replace("\"b\":2", "\"b\":3"), &["verify", "--key-file", key, "--each"]).failed(1);
    assert!(wrong.ends_with("in line 2\n"), "{wrong}");
    let broken = place.pipe("{}\n{\n", &["sign", "--key-file", key, "--each"]);
    assert_eq!(broken.code, Some(2));
    assert!(broken.err.contains("line 2: "), "{}", broken.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_matches_its_body_and_key_alone() {
    let place = Place::new().await;
    let signature = signature(BODY);
    let arguments = ["verify", "--key-stdin", "--signature", &signature];
    place.pipe(KEY, &[arguments.as_slice(), &[BODY]].concat()).ok();
    assert!(place.pipe(KEY, &[arguments.as_slice(), &["{}"]].concat()).failed(1).contains("does not match"));
    assert!(place.pipe("another", &[arguments.as_slice(), &[BODY]].concat()).failed(1).contains("does not match"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_profile_is_that_of_its_login() {
    let place = Place::new().await;
    let signature = place.run(&["sign", "--profile", "jogo", BODY]).ok();
    let variables = place.run(&["token", "jogo", "--format", "env"]).ok();
    let key = variables.lines().find_map(|line| line.strip_prefix("SIGNED_API_SIGNATURE_TOKEN=")).unwrap();
    let expected = SigningKey::new(key).sign(&SignedBody::json(BODY)).unwrap();
    assert_eq!(signature.trim(), expected.as_str());
    assert!(place.run(&["sign", "--profile", "loja", BODY]).failed(2).contains("not of xigsapi"));
}

//! The JSON Schema of the profiles' file, for editors.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::place::Place;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../profiles.schema.json")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_and_the_command_accept_the_same_files() {
    let place = Place::new().await;
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let redis = "redis = { url = { variable = \"URL\" }, key = { file = \"key\" } }";
    for (profile, is_valid) in [
        (String::new(), false),
        ("provider = \"pontotel\"".to_owned(), true),
        ("provider = \"signed-api\"\nsecret = { command = [\"pass\", \"jogo\"] }".to_owned(), true),
        ("provider = \"signed_api\"".to_owned(), false),
        ("provider = \"sopague\"\napi = \"gateway\"\nenvironment = \"homologation\"\nuser = \"loja\"".to_owned(), true),
        ("provider = \"pontotel\"\npassword = \"s\"".to_owned(), false),
        ("provider = \"pontotel\"\nsecret = \"s\"".to_owned(), false),
        ("provider = \"pontotel\"\nsecret = {}".to_owned(), false),
        ("provider = \"pontotel\"\nsecret = { file = \"a\", variable = \"B\" }".to_owned(), false),
        ("provider = \"signed-api\"\ntoken = { file = \"a\" }\nsignature_token = { file = \"b\" }".to_owned(), true),
        ("provider = \"pontotel\"\ntoken = \"t\"".to_owned(), false),
        ("provider = \"pontotel\"\nstore = \"none\"\nlisten = \"127.0.0.1:8700\"".to_owned(), true),
        ("provider = \"pontotel\"\nstore = \"redis\"".to_owned(), false),
        (format!("provider = \"pontotel\"\nstore = {{ {redis} }}"), true),
        ("provider = \"pontotel\"\nstore = { redis = { url = { variable = \"URL\" } } }".to_owned(), false),
        (format!("provider = \"pontotel\"\nstore = {{ {} }}", redis.replace("url =", "nada = 1, url =")), false),
        ("provider = \"pontotel\"\ndangerous_plain_http = true\nbase_url = \"http://sandbox:4000\"".to_owned(), true),
        ("provider = \"pontotel\"\nquota = { windows = [{ requests = 50, per = 60 }], wait = 5 }".to_owned(), true),
        ("provider = \"pontotel\"\nquota = { windows = [{ requests = 0, per = 60 }] }".to_owned(), false),
        ("provider = \"pontotel\"\nquota = { wait = 5 }".to_owned(), false),
        ("provider = \"pontotel\"\ndangerous_plain_http = \"yes\"".to_owned(), false),
    ] {
        let text = format!("[profile.loja]\n{profile}\n");
        place.write(&text);
        let document: Value = toml::from_str(&text).unwrap();
        assert_eq!(validator.is_valid(&document), is_valid, "{text}");
        assert_eq!(place.run(&["profiles"]).code == Some(0), is_valid, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_has_all_fields_of_a_profile_and_all_sources() {
    let place = Place::new().await;
    let schema = schema();
    for (text, definition) in [("nada = 1", "profile"), ("secret = { nada = 1 }", "source")] {
        place.write(&format!("[profile.loja]\nprovider = \"pontotel\"\n{text}\n"));
        let told = place.run(&["profiles"]).failed(2);
        let (_, expected) = told.split_once("expected one of ").unwrap();
        let known: BTreeSet<_> = expected.split('`').skip(1).step_by(2).collect();
        let stated: BTreeSet<_> =
            schema["$defs"][definition]["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(known, stated);
    }
}

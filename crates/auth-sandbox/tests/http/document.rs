//! Tests of `control.json` against the control API that it describes.

use crate::common::control::{ask, read, sent};
use crate::common::{logged_in, login};
use auth_sandbox::{Fault, Method, On, Sandbox, Stub};
use serde_json::{Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Starts a sandbox that has something of everything: accounts, tokens, faults, stubs, exchanges.
async fn busy() -> Sandbox {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    logged_in(pontotel).await;
    pontotel.fault(On::Login, Fault::Close { times: 1 });
    login(pontotel, "x").send().await.unwrap_err();
    pontotel.fault(On::Login, Fault::TooManyRequests { retry_after: None, times: 1 });
    pontotel.stub(Stub::new(Method::GET, "pontos/"));
    sandbox
}

/// Returns the path of an operation with a value for each segment that varies.
fn path(sandbox: &Sandbox, template: &str) -> String {
    let pontotel = sandbox.pontotel();
    let values = [
        ("{provider}", "pontotel".to_owned()),
        ("{username}", pontotel.username().to_owned()),
        ("{token}", pontotel.tokens()[0].id.clone()),
        ("{fault}", pontotel.faults()[0].id.to_string()),
    ];
    values.iter().fold(template.trim_start_matches('/').to_owned(), |path, (name, value)| path.replace(name, value))
}

/// Returns the faults of a value. A member that the schema does not have is one.
fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut root = json!({ "allOf": [schema], "components": document["components"] });
    for schema in root["components"]["schemas"].as_object_mut().unwrap().values_mut() {
        let closed = schema.as_object_mut().filter(|schema| schema.contains_key("properties"));
        closed.unwrap().insert("additionalProperties".to_owned(), json!(false));
    }
    let validator = jsonschema::draft202012::new(&root).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[tokio::test]
async fn every_documented_operation_answers_as_documented() {
    let document = read(&Sandbox::start().await.unwrap(), "openapi.json").await;
    let mut operations = 0;
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
            let body = &operation["requestBody"]["content"]["application/json"];
            let examples: Vec<Value> = match body["examples"].as_object() {
                Some(examples) => examples.values().map(|example| example["value"].clone()).collect(),
                None => vec![Value::Null],
            };
            for example in examples {
                let sandbox = busy().await;
                if !example.is_null() {
                    assert_eq!(faults(&document, &body["schema"], &example), [""; 0], "{template}: {example}");
                }
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let request = ask(&sandbox, method.clone(), &path(&sandbox, template)).json(&example);
                let (status, answer) = sent(request).await;
                let documented = &operation["responses"][status.to_string()];
                assert!(
                    (200..300).contains(&status) && documented.is_object(),
                    "{method} {template}: {status} {answer}"
                );
                let schema = &documented["content"]["application/json"]["schema"];
                if schema.is_object() {
                    assert_eq!(faults(&document, schema, &answer), [""; 0], "{method} {template}: {answer}");
                } else {
                    assert_eq!(answer, Value::Null, "{method} {template}");
                }
                operations += 1;
            }
        }
    }
    assert!(operations > 26, "{operations}");
}

#[tokio::test]
async fn a_method_that_is_not_documented_gets_405() {
    let sandbox = busy().await;
    let document = read(&sandbox, "openapi.json").await;
    for (template, item) in document["paths"].as_object().unwrap() {
        for method in METHODS.iter().filter(|method| item.get(method).is_none()) {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let (status, answer) = sent(ask(&sandbox, method.clone(), &path(&sandbox, template))).await;
            assert_eq!(status, 405, "{method} {template}: {answer}");
        }
    }
}

#[tokio::test]
async fn every_member_of_a_request_is_checked_and_documented() {
    let document = read(&Sandbox::start().await.unwrap(), "openapi.json").await;
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
            let content = &operation["requestBody"]["content"]["application/json"];
            let Some(reference) = content["schema"]["$ref"].as_str() else { continue };
            let unknown = "unknown".to_owned();
            let mut unread: Vec<_> = members(document.pointer(&reference[1..]).unwrap(), "properties");
            for example in content["examples"].as_object().unwrap().values() {
                for member in members(example, "value").into_iter().chain([&unknown]) {
                    let sandbox = busy().await;
                    let mut body = example["value"].clone();
                    body[member] = json!([[]]);
                    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                    let (status, answer) = sent(ask(&sandbox, method, &path(&sandbox, template)).json(&body)).await;
                    // The member `json` takes anything.
                    let expected = if member == "json" { (201, &Value::Null) } else { (400, &json!(member)) };
                    assert_eq!((status, &answer["member"]), expected, "{template}: {answer}");
                    unread.retain(|name| *name != member);
                }
            }
            assert_eq!(unread, [""; 0], "{template}: no example has these");
        }
    }
}

fn members<'v>(value: &'v Value, name: &str) -> Vec<&'v String> {
    value[name].as_object().unwrap().keys().collect()
}

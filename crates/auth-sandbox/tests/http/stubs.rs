//! Tests of stubs: endpoints of the user's own behind the provider's token check.

use crate::common::control::{delete, read, send};
use crate::common::{all, client, get, logged_in, login, secret, url, with};
use auth_sandbox::{Fault, Method, On, Sandbox, Stub};
use serde_json::{Value, json};

#[tokio::test]
async fn a_stub_needs_a_live_token_and_refuses_in_the_providers_words() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let stub = json!({ "method": "POST", "path": "own/thing", "status": 201, "json": { "id": [7] } });
        let stubs = format!("providers/{}/stubs", provider.name());
        let (code, made) = send(&sandbox, Method::POST, &stubs, stub).await;
        assert_eq!((code, &made["text"]), (201, &json!(r#"{"id":[7]}"#)), "{made}");

        let ask = |token: &str| with(provider, token, client().post(url(provider, "own/thing?x=1")));
        let token = logged_in(provider).await;
        let served = ask(&token).send().await.unwrap();
        assert_eq!((served.status().as_u16(), served.json::<Value>().await.unwrap()), (201, json!({ "id": [7] })));

        let refused = crate::common::answer(ask("unknown")).await;
        let own = crate::common::answer(with(provider, "unknown", crate::common::protected(provider))).await;
        assert_eq!((refused.0.as_u16(), &refused), (401, &own), "{}", provider.name());
        provider.revoke_all();
        assert_eq!(ask(&token).send().await.unwrap().status(), 401, "{}", provider.name());
    }
}

#[tokio::test]
async fn an_expired_token_meets_a_stub_as_it_meets_the_provider() {
    let sandbox = Sandbox::start().await.unwrap();
    let api4com = sandbox.api4com();
    api4com.stub(Stub::new(Method::GET, "calls"));
    let token = logged_in(api4com).await;
    sandbox.set_clock_shift(i64::try_from(api4com.lifetime().as_secs()).unwrap());
    for code in ["INVALID_TOKEN", "AUTHORIZATION_REQUIRED"] {
        let (_, body) = crate::common::answer(with(api4com, &token, get(api4com, "calls"))).await;
        assert_eq!(body["error"]["code"], code);
    }
}

#[tokio::test]
async fn a_stub_replaces_the_providers_endpoint_until_it_is_removed() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let token = logged_in(pontotel).await;
    let users = async || with(pontotel, &token, get(pontotel, "usuarios/")).send().await.unwrap();
    pontotel.stub(Stub::new(Method::GET, "usuarios/").body("text/csv", "first"));
    pontotel.stub(Stub::new(Method::GET, "usuarios/").body("text/csv", "id;nome\n"));
    let response = users().await;
    assert_eq!(response.headers()["content-type"], "text/csv");
    assert_eq!(response.headers()["x-ratelimit-limit"], "500");
    assert_eq!(response.text().await.unwrap(), "id;nome\n");
    assert_eq!(pontotel.stubs().len(), 1);
    for (query, left) in [("?path=outro", 1), ("?method=POST", 1), ("?method=GET&path=usuarios/", 0)] {
        assert_eq!(delete(&sandbox, &format!("providers/pontotel/stubs{query}")).await, 204);
        assert_eq!(pontotel.stubs().len(), left, "{query}");
    }
    assert_eq!(users().await.json::<Value>().await.unwrap()["count"], 5);
}

#[tokio::test]
async fn clearing_stubs_removes_all_of_one_provider() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        provider.stub(Stub::new(Method::GET, "/a"));
        provider.stub(Stub::new(Method::PUT, "a"));
    }
    assert_eq!(delete(&sandbox, "providers/sopague/stubs").await, 204);
    assert_eq!(read(&sandbox, "providers/sopague/stubs").await, json!([]));
    let left = read(&sandbox, "providers/sopague-gateway/stubs").await;
    assert_eq!((left.as_array().unwrap().len(), &left[0]["path"]), (2, &json!("a")));
}

#[tokio::test]
async fn a_stub_takes_no_login_and_meets_faults() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    econpay.stub(Stub::new(Method::POST, "auth").status(204));
    assert_eq!(login(econpay, secret(econpay)).send().await.unwrap().status(), 201);
    econpay.stub(Stub::new(Method::GET, "own"));
    econpay.fault(On::Resource, Fault::Status { status: 503, times: 1 });
    let token = logged_in(econpay).await;
    for code in [503, 200] {
        assert_eq!(with(econpay, &token, get(econpay, "own")).send().await.unwrap().status(), code);
    }
}

//! Tests of the control API, over HTTP.

use crate::common::control::{ask, delete, read, send, sent};
use crate::common::{all, client, get, logged_in, login, login_as, status, token};
use auth_sandbox::{Method, Provider, Sandbox};
use serde_json::{Value, json};

/// Returns the status of the protected path with the token of a fresh login as this account.
async fn serves(provider: &Provider, name: &str, secret: &str) -> Option<u16> {
    let (_, body) = crate::common::answer(login_as(provider, name, secret)).await;
    Some(status(provider, &token(provider, &body)?).await)
}

#[tokio::test]
async fn an_added_account_logs_in_until_its_secret_changes() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let accounts = format!("providers/{}/accounts", provider.name());
        let ana = json!({ "username": "ana+1@loja.example", "secret": format!("antigo-{}", provider.name()) });
        let (code, added) = send(&sandbox, Method::POST, &accounts, ana.clone()).await;
        let is_new = provider.name() != "sopague-gateway";
        assert_eq!((code, &added["secret"]), (if is_new { 201 } else { 200 }, &ana["secret"]), "{added}");
        assert_eq!(serves(provider, "ana+1@loja.example", ana["secret"].as_str().unwrap()).await, Some(200));

        let one = format!("{accounts}/ana+1%40loja.example");
        let novo = format!("novo-{}", provider.name());
        let (code, changed) = send(&sandbox, Method::PUT, &one, json!({ "secret": novo })).await;
        assert_eq!((code, &changed["secret"]), (200, &json!(novo)), "{changed}");
        assert_eq!(serves(provider, "ana+1@loja.example", ana["secret"].as_str().unwrap()).await, None);
        assert_eq!(serves(provider, "ana+1@loja.example", &novo).await, Some(200));
        assert_eq!(read(&sandbox, &accounts).await.as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn tokens_are_listed_without_their_text_and_revoked_one_by_one() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let tokens = format!("providers/{}/tokens", provider.name());
        let (first, second, third) = (logged_in(provider).await, logged_in(provider).await, logged_in(provider).await);
        let listed = read(&sandbox, &tokens).await;
        assert_eq!(listed.as_array().unwrap().len(), 3);
        assert_eq!(listed[0]["username"], provider.username());
        let lifetime = provider.lifetime().as_secs();
        assert!((lifetime - 10..=lifetime).contains(&listed[0]["remaining_seconds"].as_u64().unwrap()), "{listed}");
        assert!(!listed.to_string().contains(&first));

        assert_eq!(delete(&sandbox, &format!("{tokens}/{second}")).await, 204);
        assert_eq!(delete(&sandbox, &format!("{tokens}/{second}")).await, 404);
        let of = async |token: &str| status(provider, token).await;
        assert_eq!((of(&first).await, of(&second).await, of(&third).await), (200, 401, 200), "{}", provider.name());
        let id = provider.tokens()[0].id.clone();
        assert_eq!(delete(&sandbox, &format!("{tokens}/{id}")).await, 204);
        assert_eq!(u16::min(of(&first).await, of(&third).await), 200, "{}", provider.name());
        assert_eq!(u16::max(of(&first).await, of(&third).await), 401, "{}", provider.name());
        assert_eq!(delete(&sandbox, &tokens).await, 204);
        assert_eq!((of(&first).await, of(&third).await), (401, 401), "{}", provider.name());
    }
}

#[tokio::test]
async fn the_tokens_of_one_account_are_revoked_alone() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    let shop = econpay.add_account("loja@econpay.example", "segredo");
    let (_, body) = crate::common::answer(login_as(econpay, shop.username(), "segredo")).await;
    let (theirs, others) = (token(econpay, &body).unwrap(), logged_in(econpay).await);
    assert_eq!(delete(&sandbox, "providers/econpay/accounts/loja@econpay.example/tokens").await, 204);
    assert_eq!((status(econpay, &theirs).await, status(econpay, &others).await), (401, 200));
}

#[tokio::test]
async fn a_fault_counts_down_in_the_list_and_can_be_cleared() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let faults = "providers/pontotel/faults";
    let fault = json!({ "on": "login", "kind": "status", "status": 503, "times": 2 });
    let (code, made) = send(&sandbox, Method::POST, faults, fault).await;
    assert_eq!((code, &made["id"]), (201, &json!(1)));
    assert_eq!(login(pontotel, "x").send().await.unwrap().status(), 503);
    assert_eq!(
        read(&sandbox, faults).await,
        json!([
            { "id": 1, "kind": "status", "on": "login", "status": 503, "times": 1 },
        ])
    );
    send(&sandbox, Method::POST, faults, json!({ "on": "login", "kind": "close" })).await;
    assert_eq!(delete(&sandbox, "providers/pontotel/faults/1").await, 204);
    assert_eq!(delete(&sandbox, "providers/pontotel/faults/1").await, 404);
    assert!(login(pontotel, "x").send().await.unwrap_err().is_request());
    assert_eq!(login(pontotel, "x").send().await.unwrap().status(), 401);
    send(&sandbox, Method::POST, faults, json!({ "on": "login", "kind": "close" })).await;
    assert_eq!(delete(&sandbox, faults).await, 204);
    assert_eq!(login(pontotel, "x").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_fault_for_a_path_leaves_other_paths_alone() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let fault = json!({ "path": "/empregados/", "kind": "too_many_requests", "retry_after": 30 });
    send(&sandbox, Method::POST, "providers/pontotel/faults", fault).await;
    let token = logged_in(pontotel).await;
    assert_eq!(status(pontotel, &token).await, 200);
    let limited = get(pontotel, "empregados/?page=1").send().await.unwrap();
    assert_eq!(limited.status(), 429);
    assert_eq!(limited.headers()["retry-after"], "30");
}

#[tokio::test]
async fn every_kind_of_fault_is_listed_with_the_members_that_set_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let kinds = [
        json!({ "kind": "status", "on": "login", "status": 500, "times": 1 }),
        json!({ "kind": "too_many_requests", "on": "login", "retry_after": "soon", "times": 1 }),
        json!({ "kind": "unauthorized", "on": "resource", "times": 7 }),
        json!({ "kind": "delay", "path": "auth", "seconds": 0.25, "times": 1 }),
        json!({ "kind": "truncated", "on": "resource", "times": 4_294_967_295_u32 }),
        json!({ "kind": "body", "on": "resource", "status": 200, "text": "<p>", "content_type": "text/html", "times": 1 }),
        json!({ "kind": "close", "on": "resource", "times": 1 }),
    ];
    for mut kind in kinds {
        let (code, made) = send(&sandbox, Method::POST, "providers/econpay/faults", kind.clone()).await;
        kind["id"] = made["id"].clone();
        assert_eq!((code, made), (201, kind));
    }
    assert_eq!(sandbox.econpay().faults().len(), 7);
}

#[tokio::test]
async fn wrong_input_names_the_member_and_the_remedy() {
    let sandbox = Sandbox::start().await.unwrap();
    let fault = |more: Value| {
        let mut body = json!({ "on": "login", "kind": "status", "status": 500 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (method, path, body, member, words) in [
        (Method::POST, "faults", json!([]), "", "the body is not a JSON object: send one"),
        (Method::POST, "faults", fault(json!({ "times": 0 })), "times", "is 0: send an integer from 1 to 4294967295"),
        (Method::POST, "faults", fault(json!({ "times": "2" })), "times", "is \"2\": send an integer"),
        (Method::POST, "faults", fault(json!({ "time": 2 })), "time", "is unknown: leave it out"),
        (Method::POST, "faults", fault(json!({ "status": 100 })), "status", "send an integer from 200 to 599"),
        (Method::POST, "faults", fault(json!({ "status": null })), "status", "is null: send an integer"),
        (Method::POST, "faults", fault(json!({ "on": "logins" })), "on", "is \"logins\": send one of login, resource"),
        (Method::POST, "faults", fault(json!({ "on": null })), "on", "is null: send one of login, resource"),
        (Method::POST, "faults", fault(json!({ "path": "x" })), "path", "leave out `on`"),
        (Method::POST, "faults", fault(json!({ "kind": "slow" })), "kind", "send one of status, too_many_requests"),
        (Method::POST, "faults", json!({ "on": "login" }), "kind", "is missing: send one of status"),
        (Method::POST, "faults", fault(json!({ "kind": "delay" })), "seconds", "is missing: send a number of seconds"),
        (Method::POST, "faults", fault(json!({ "kind": "body" })), "json", "is missing: send `json` with any value"),
        (
            Method::POST,
            "faults",
            json!({ "on": "login", "kind": "too_many_requests", "retry_after": "a\nb" }),
            "retry_after",
            "send a text that a header can hold",
        ),
        (
            Method::POST,
            "accounts",
            json!({ "username": "", "secret": "x" }),
            "username",
            "is \"\": send a text that is not empty",
        ),
        (Method::POST, "accounts", json!({ "username": "x", "secret": 7 }), "secret", "is 7: send a text"),
        (Method::PUT, "lifetime", json!({ "seconds": -1 }), "seconds", "is -1: send a number of seconds from 0"),
        (Method::PUT, "limits", json!({ "per_minute": 1.5 }), "per_minute", "is 1.5: send an integer from 0"),
        (Method::POST, "stubs", json!({ "method": "get", "path": "x" }), "method", "send one of GET, POST"),
        (Method::POST, "stubs", json!({ "method": "POST", "path": "login/" }), "path", "a login cannot be replaced"),
        (Method::POST, "stubs", json!({ "method": "GET", "path": "x?y" }), "path", "leave out the query"),
        (Method::DELETE, "stubs?metod=GET", json!({}), "metod", "is unknown: leave it out"),
        (Method::POST, "faults", json!({ "kind": "close" }), "on", "is missing: send login or resource, or `path`"),
        (Method::POST, "faults", json!({ "kind": "status", "on": "login" }), "status", "is missing: send an integer"),
        (
            Method::POST,
            "faults",
            json!({ "on": "login", "kind": "too_many_requests", "retry_after": 1.5 }),
            "retry_after",
            "is 1.5: send a text",
        ),
        (Method::PUT, "/clock", json!({ "shift_seconds": 1.5 }), "shift_seconds", "is 1.5: send an integer"),
        (Method::PUT, "/clock", json!({}), "shift_seconds", "is missing: send an integer, such as 3600"),
        (Method::DELETE, "tokens?account=ana", json!({}), "", "the path takes no query"),
        (Method::GET, "/log?limit=0", json!({}), "limit", "is \"0\": send an integer from 1 to 500"),
        (Method::GET, "/log?provider=x", json!({}), "provider", "send one of pontotel, econpay"),
        (Method::GET, "/log?pathh=x", json!({}), "pathh", "is unknown: leave it out"),
    ] {
        let below = path.strip_prefix('/').map_or_else(|| format!("providers/pontotel/{path}"), str::to_owned);
        let (code, answer) = send(&sandbox, method, &below, body).await;
        assert_eq!((code, answer["member"].as_str().unwrap_or_default()), (400, member), "{path}: {answer}");
        assert!(answer["error"].as_str().unwrap().contains(words), "{path}: {answer}");
    }
    assert!(sandbox.pontotel().faults().is_empty() && sandbox.pontotel().stubs().is_empty());
    assert_eq!((sandbox.pontotel().accounts().len(), sandbox.clock_shift()), (1, 0));
}

#[tokio::test]
async fn unknown_paths_get_404_and_other_methods_405_with_the_allowed_ones() {
    let sandbox = Sandbox::start().await.unwrap();
    for path in ["", "nowhere", "providers/", "providers/nubank", "providers/pontotel/accounts/nobody/tokens/x"] {
        assert_eq!(sent(ask(&sandbox, Method::GET, path)).await.0, 404, "{path}");
    }
    let (code, body) = send(&sandbox, Method::PUT, "providers/pontotel/accounts/ana", json!({ "secret": "x" })).await;
    assert_eq!(code, 404, "{body}");
    for path in ["/_sandbox", "/_sandbox/", "/_sandbox/v2/clock", "/_sandboxes"] {
        let url = sandbox.control_url().replace("/_sandbox/v1", path);
        assert_eq!(client().get(url).send().await.unwrap().status(), 404, "{path}");
    }
    let response = ask(&sandbox, Method::POST, "clock").send().await.unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET, PUT");
    assert_eq!(ask(&sandbox, Method::HEAD, "clock").send().await.unwrap().status(), 200);
}

//! Tests of every answer against the providers' `openapi.json`.

use std::collections::BTreeSet;

use crate::checker::{Contract, Operation, package};
use crate::common::{all, client, logged_in, login, secret, sign, url};
use auth_sandbox::{Exchange, Fault, On, Provider, Sandbox};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const PROFILE: &str = "507f1f77bcf86cd799439011";

/// One provider under test.
struct Subject<'s> {
    provider: &'s Provider,
    contract: Contract,
}

impl<'s> Subject<'s> {
    fn of(provider: &'s Provider) -> Self {
        provider.keep_exchanges();
        Self { provider, contract: Contract::of(provider) }
    }

    fn operations(&self) -> Vec<Operation<'_>> {
        let api = match self.provider.name() {
            "sopague" => Some("integration"),
            "sopague-gateway" => Some("gateway"),
            _ => None,
        };
        self.contract.operations(api)
    }

    /// Returns a valid request for the operation.
    async fn sample(&self, operation: Operation<'_>) -> RequestBuilder {
        self.request(operation, sample(self.provider, operation.id())).await
    }

    /// Returns a request for the operation with this body, and with the token and the signature that it needs.
    async fn request(&self, operation: Operation<'_>, body: Option<Value>) -> RequestBuilder {
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        let method = Method::from_bytes(operation.method.to_uppercase().as_bytes()).unwrap();
        let path = operation.path.trim_start_matches('/').replace("{profileId}", PROFILE);
        let path =
            path.replace("{webhookId}", PROFILE).replace("{paymentId}", "020037308007081506570001580648030000000000");
        let mut request = client().request(method, url(self.provider, &path));
        if operation.is_protected() {
            let answer: Value = login(self.provider, secret(self.provider)).send().await.unwrap().json().await.unwrap();
            let token = crate::common::token(self.provider, &answer).unwrap();
            request = crate::common::with(self.provider, &token, request);
            if let Some(key) = answer["data"]["signatureToken"].as_str().filter(|_| !text.is_empty()) {
                request = request.header("x-signed-request", sign(key.as_bytes(), &text));
            }
        }
        if operation.has_body() { request.header("content-type", "application/json").body(text) } else { request }
    }

    /// Sends a request and returns its exchange.
    async fn exchange(&self, request: RequestBuilder) -> Exchange {
        request.send().await.unwrap();
        self.provider.take_exchanges().pop().unwrap()
    }

    /// Sends a request and returns its exchange, after checking the answer.
    async fn documented(&self, request: RequestBuilder) -> Exchange {
        let exchange = self.exchange(request).await;
        assert_eq!(self.contract.answer(&exchange), [""; 0], "{}", self.provider.name());
        exchange
    }
}

/// Returns a valid body for an operation; `None` if the operation has no body.
fn sample(provider: &Provider, id: &str) -> Option<Value> {
    let (name, password) = (provider.username(), provider.password());
    let body = match (provider.name(), id) {
        ("pontotel", "login") => json!({ "username": name, "password": password }),
        ("pontotel", "createEmployee") => json!({ "nome": "Maria" }),
        ("econpay", "login") => json!({ "email": name, "password": password }),
        ("sopague", "login") | ("sopague-gateway", "gatewayLogin") => json!({ "userName": name, "password": password }),
        ("api4com", "login") => json!({ "email": name, "password": password, "ttl": 60 }),
        ("api4com", "createToken") => json!({ "ttl": 2_592_000 }),
        ("signed-api", "login") => json!({ "apiKey": provider.api_key() }),
        (_, "panelLogin") => json!({ "email": name, "password": password, "captcha": "ok" }),
        (_, "forgotPassword") => json!({ "email": name, "captcha": "ok", "lang": "pt" }),
        (_, "resetPassword") => json!({ "token": provider.recovery_token(), "newPassword": password }),
        (_, "changePassword") => json!({ "currentPassword": password, "newPassword": password }),
        (_, "createProfile") => json!({ "description": "Casa", "email": "c@x.example", "profileType": "demo" }),
        (_, "updateProfile") => json!({ "description": "Casa nova" }),
        (_, "authenticateUser") => json!({ "credential": "ana", "credentialType": "username", "profileId": PROFILE }),
        (_, "createGameSession") => json!({ "balance": 10, "gameId": PROFILE, "userToken": "t" }),
        (_, "createWebhook") => {
            json!({ "eventTriggers": ["open-round"], "signatureToken": "uuid", "url": "https://x.example" })
        }
        _ => return None,
    };
    Some(body)
}

#[tokio::test]
async fn every_example_of_a_document_is_what_its_schema_says() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let (count, wrong) = Subject::of(provider).contract.examples();
        assert_eq!(wrong, [""; 0], "{}", provider.name());
        assert!(count > 20, "{}: {count}", provider.name());
    }
}

#[tokio::test]
async fn every_documented_operation_succeeds_as_documented() {
    let sandbox = Sandbox::start().await.unwrap();
    let (mut documented, mut exercised) = (BTreeSet::new(), BTreeSet::new());
    for provider in all(&sandbox) {
        let subject = Subject::of(provider);
        for operation in subject.operations() {
            documented.insert((package(provider), operation.id().to_owned()));
            let exchange = subject.documented(subject.sample(operation).await).await;
            assert_eq!(subject.contract.request(&exchange.request), [""; 0]);
            assert!(exchange.status.is_success(), "{operation}: {}", exchange.status);
            let found = subject.contract.find(&exchange.request).unwrap();
            exercised.insert((package(provider), found.id().to_owned()));
        }
    }
    assert_eq!(documented, exercised);
    assert!(documented.len() >= 30, "{documented:?}");
}

#[tokio::test]
async fn a_fault_gives_every_documented_error_in_its_documented_shape() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let subject = Subject::of(provider);
        for operation in subject.operations() {
            for status in operation.statuses().into_iter().filter(|status| *status >= 400) {
                let request = subject.sample(operation).await;
                for on in [On::Login, On::Resource] {
                    provider.fault(
                        on,
                        match status {
                            429 => Fault::TooManyRequests { retry_after: Some("60".into()), times: 1 },
                            401 => Fault::Unauthorized { times: 1 },
                            status => Fault::Status { status, times: 1 },
                        },
                    );
                }
                let exchange = subject.documented(request).await;
                assert_eq!(exchange.status, status, "{operation}");
                provider.clear_faults();
            }
        }
    }
}

#[tokio::test]
async fn without_a_token_or_with_a_wrong_one_each_operation_is_refused_as_documented() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let subject = Subject::of(provider);
        for operation in subject.operations().into_iter().filter(Operation::is_protected) {
            for token in ["", "Bearer wrong", "wrong"] {
                let mut request = subject.sample(operation).await.build().unwrap();
                request.headers_mut().insert("authorization", token.parse().unwrap());
                let exchange = subject.documented(RequestBuilder::from_parts(client(), request)).await;
                assert_eq!(exchange.status, 401, "{operation}");
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_breaks_the_document_is_refused_as_documented() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let subject = Subject::of(provider);
        for operation in subject.operations().into_iter().filter(Operation::has_body) {
            let sample = sample(provider, operation.id()).unwrap();
            let mut broken = vec![json!([]), json!({ "ttl": "soon" })];
            for name in sample.as_object().unwrap().keys() {
                let (mut without, mut other) = (sample.clone(), sample.clone());
                without.as_object_mut().unwrap().remove(name);
                other[name] = json!({ "no": "text" });
                broken.extend([without, other]);
            }
            for body in broken {
                let exchange = subject.documented(subject.request(operation, Some(body)).await).await;
                let breaks = !subject.contract.request(&exchange.request).is_empty();
                // LoopBack accepts any lifetime for a token.
                let lenient = operation.id() == "createToken" || provider.name() == "api4com" && exchange.status == 200;
                assert!(!breaks || lenient || exchange.status.is_client_error(), "{operation}: {exchange:?}");
            }
            let request = subject.sample(operation).await.body("{");
            let status = subject.documented(request).await.status;
            assert_eq!(status, 400, "{operation}");
        }
    }
}

#[tokio::test]
async fn each_providers_own_refusals_are_documented() {
    let sandbox = Sandbox::start().await.unwrap();
    let signed_api = sandbox.signed_api();
    let panel = |password: &str, captcha: &str| json!({ "email": signed_api.username(), "password": password, "captcha": captcha });
    for (provider, method, path, body, status) in [
        (sandbox.pontotel(), "GET", "usuarios/?page=9", None, 404),
        (sandbox.pontotel(), "GET", "usuarios/?page=0", None, 400),
        (sandbox.pontotel(), "GET", "empregados/?is_active=talvez", None, 400),
        (sandbox.econpay(), "GET", "customers?limit=101", None, 400),
        (sandbox.sopague(), "POST", "api/transaction/concil/search-by-code?accountNumber=x", None, 400),
        (sandbox.sopague(), "POST", "api/transaction/concil/search-by-code?nsu=7", None, 200),
        (sandbox.sopague_gateway(), "GET", "v1/payments/1", None, 400),
        (signed_api, "POST", "v1/auth/panel-login", Some(panel("errada", "ok")), 401),
        (signed_api, "POST", "v1/auth/panel-login", Some(panel(signed_api.password(), "invalid")), 400),
        (signed_api, "POST", "v1/auth/reset-password", Some(json!({ "token": "x", "newPassword": "12345678" })), 400),
        (
            signed_api,
            "POST",
            "v1/auth/change-password",
            Some(json!({ "currentPassword": "x", "newPassword": "12345678" })),
            401,
        ),
        (signed_api, "POST", "v1/webhook", Some(json!({})), 401),
        (signed_api, "PUT", "v1/profile/unknown", Some(json!({})), 401),
        (signed_api, "GET", "v1/profile?pageIndex=0", None, 400),
        (signed_api, "GET", "v1/webhook/unknown", None, 404),
        (signed_api, "GET", "v1/webhook/507f1f77bcf86cd799439077?status=lost", None, 400),
    ] {
        let subject = Subject::of(provider);
        let token = logged_in(provider).await;
        let request = client().request(method.parse().unwrap(), url(provider, path));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let exchange = subject.documented(crate::common::with(provider, &token, request)).await;
        assert_eq!(exchange.status, status, "{path}");
    }
}

#[tokio::test]
async fn wrong_secrets_and_expired_tokens_are_refused_as_documented() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let subject = Subject::of(provider);
        subject.documented(login(provider, "errada")).await;
        provider.set_lifetime(std::time::Duration::ZERO);
        for operation in subject.operations().into_iter().filter(Operation::is_protected) {
            let exchange = subject.documented(subject.sample(operation).await).await;
            assert_eq!(exchange.status, 401, "{operation}");
        }
    }
}

/// Changes an exchange, and returns the faults that the checker finds in its request and in its answer.
async fn planted(provider: &Provider, id: &str, change: impl FnOnce(&mut Exchange)) -> (Vec<String>, Vec<String>) {
    let subject = Subject::of(provider);
    let operation = subject.operations().into_iter().find(|operation| operation.id() == id).unwrap();
    let mut exchange = subject.documented(subject.sample(operation).await).await;
    change(&mut exchange);
    (subject.contract.request(&exchange.request), subject.contract.answer(&exchange))
}

fn in_answer(exchange: &mut Exchange, change: impl FnOnce(&mut Value)) {
    let mut body = serde_json::from_slice(&exchange.body).unwrap();
    change(&mut body);
    exchange.body = body.to_string().into_bytes();
}

fn in_request(exchange: &mut Exchange, change: impl FnOnce(&mut Value)) {
    let mut body = serde_json::from_slice(&exchange.request.body).unwrap();
    change(&mut body);
    exchange.request.body = body.to_string().into_bytes();
}

#[tokio::test]
async fn the_checker_finds_what_is_wrong_with_an_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let planted = [
        planted(pontotel, "login", |it| in_answer(it, |body| drop(body["access_token"].take()))).await,
        planted(pontotel, "login", |it| in_answer(it, |body| body["expires_in"] = json!("soon"))).await,
        planted(pontotel, "login", |it| it.status = 418.try_into().unwrap()).await,
        planted(pontotel, "login", |it| drop(it.headers.insert("content-type", "text/html".parse().unwrap()))).await,
        planted(pontotel, "login", |it| drop(it.headers.insert("x-ratelimit-reset", "soon".parse().unwrap()))).await,
        planted(pontotel, "login", |it| it.body.truncate(9)).await,
        planted(sandbox.econpay(), "customers", |it| {
            in_answer(it, |body| body["data"][0]["created_at"] = json!("ontem"));
        })
        .await,
        planted(sandbox.signed_api(), "profiles", |it| {
            in_answer(it, |body| body["data"][0]["profileType"] = json!("other"));
        })
        .await,
        planted(sandbox.api4com(), "logout", |it| it.body.extend(*b"{}")).await,
    ];
    let found: Vec<_> = planted.iter().map(|(_, answer)| answer.join("; ")).collect();
    let expected = [
        "/access_token: null is not of type \"string\"",
        "/expires_in: \"soon\" is not of type \"integer\"",
        "the status 418 I'm a teapot is not documented",
        "the content type \"text/html\" of the answer is not documented",
        "the header X-RateLimit-Reset: \"soon\" is not of type \"integer\"",
        "the answer is no JSON",
        "/data/0/created_at: \"ontem\" is not a \"date-time\"",
        "/data/0/profileType: \"other\" is not one of",
        "the answer has a body, which is not documented",
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{expected} in {found}");
    }
}

#[tokio::test]
async fn the_checker_finds_what_is_wrong_with_a_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let (econpay, signed_api) = (sandbox.econpay(), sandbox.signed_api());
    let path = |path: &'static str| move |it: &mut Exchange| path.clone_into(&mut it.request.path);
    let planted = [
        planted(econpay, "login", |it| in_request(it, |body| drop(body.as_object_mut().unwrap().remove("email"))))
            .await,
        planted(econpay, "login", |it| in_request(it, |body| body["password"] = json!(1))).await,
        planted(econpay, "login", |it| it.request.body.clear()).await,
        planted(econpay, "customers", path("/econpay/customers?limit=many")).await,
        planted(econpay, "customers", path("/econpay/customers?code=1")).await,
        planted(econpay, "customers", path("/econpay/transactions")).await,
        planted(econpay, "me", |it| drop(it.request.headers.remove("authorization"))).await,
        planted(sandbox.api4com(), "me", |it| {
            it.request.headers.insert("authorization", "Bearer token".parse().unwrap());
        })
        .await,
        planted(signed_api, "createWebhook", |it| drop(it.request.headers.remove("x-signed-request"))).await,
        planted(econpay, "me", |it| it.request.body.extend(*b"{}")).await,
        planted(sandbox.sopague_gateway(), "payment", path("/sopague/v1/payments/1")).await,
    ];
    let expected = [
        "\"email\" is a required property",
        "/password: 1 is not of type \"string\"",
        "the request is no JSON",
        "the parameter limit: \"many\" is not of type \"integer\"",
        "the parameter code is not documented",
        "GET /econpay/transactions is not documented",
        "the token is not sent as the scheme bearer says",
        "the token is not sent as the scheme token says",
        "the parameter x-signed-request is missing",
        "the request has a body, which is not documented",
        "GET /sopague/v1/payments/1 is not documented",
    ];
    for ((found, _), expected) in planted.iter().zip(expected) {
        let found = found.join("; ");
        assert!(found.contains(expected), "{expected} in {found}");
    }
}

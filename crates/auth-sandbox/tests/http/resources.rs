//! Tests of the resources that need a token.

use crate::common::{all, answer, claims, client, get, logged_in, post, protected, url, with};
use auth_sandbox::Sandbox;
use serde_json::{Value, json};

#[tokio::test]
async fn without_a_token_each_provider_refuses_in_its_own_words() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = "Token inválido ou expirado. Por favor, faça login novamente.";
    let sopague = json!([{ "tag": "__general__", "description": "Não autorizado" }]);
    let api4com = json!({
        "statusCode": 401, "name": "Error", "message": "Authorization Required", "code": "AUTHORIZATION_REQUIRED",
    });
    let expected = [
        json!({ "error": "authentication_failed", "message": pontotel }),
        json!({ "statusCode": 401, "message": "Unauthorized" }),
        sopague.clone(),
        sopague,
        json!({ "error": api4com }),
        json!({ "status": "error", "messages": ["Unauthorized"] }),
    ];
    for (provider, body) in all(&sandbox).iter().zip(expected) {
        let (status, found) = answer(protected(provider)).await;
        assert_eq!((status.as_u16(), found), (401, body), "{}", provider.name());
    }
}

#[tokio::test]
async fn a_token_without_the_right_scheme_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let token = logged_in(provider).await;
        let wrong = if provider.name() == "api4com" { format!("Bearer {token}") } else { token };
        let request = protected(provider).header("authorization", wrong);
        assert_eq!(answer(request).await.0, 401, "{}", provider.name());
    }
}

/// The scheme is case-insensitive, and one or more spaces follow it.
#[tokio::test]
async fn bearer_is_case_insensitive_and_has_one_token_after_it() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox).iter().filter(|provider| provider.name() != "api4com") {
        let token = logged_in(provider).await;
        for (start, end, code) in [
            ("bearer ", "", 200),
            ("BEARER   ", "", 200),
            ("bEaReR ", " ", 200),
            ("Bearer ", " more", 401),
            ("Bearer", "", 401),
            ("Token ", "", 401),
        ] {
            let request = protected(provider).header("authorization", format!("{start}{token}{end}"));
            assert_eq!(request.send().await.unwrap().status(), code, "{}: {start}…{end}", provider.name());
        }
    }
}

#[tokio::test]
async fn an_employee_is_created_or_its_wrong_fields_are_named() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let token = logged_in(pontotel).await;
    let created = json!({ "id": 4, "nome": "Maria", "ativo": true });
    for (body, code, place, expected) in [
        (json!({ "nome": "Maria" }), 201, "", created),
        (json!({}), 400, "/details/nome/0", json!("Este campo é obrigatório.")),
        (json!({ "nome": "" }), 400, "/details/nome/0", json!("Este campo é obrigatório.")),
        (json!({ "nome": "Maria", "cpf": 7 }), 400, "/details/cpf/0", json!("Valor inválido.")),
        (json!([]), 400, "/error", json!("validation_error")),
    ] {
        let (status, answer) = answer(with(pontotel, &token, post(pontotel, "empregados/", &body))).await;
        assert_eq!((status.as_u16(), answer.pointer(place)), (code, Some(&expected)), "{body}");
    }
    assert_eq!(answer(post(pontotel, "empregados/", &json!({ "nome": "Maria" }))).await.0, 401);
    assert_eq!(with(pontotel, &token, client().put(url(pontotel, "empregados/"))).send().await.unwrap().status(), 405);
}

/// With any method and body, and before the token is checked.
#[tokio::test]
async fn pontotel_redirects_to_the_slash_and_keeps_the_query() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    for path in ["login", "usuarios", "empregados"] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            for query in ["", "?", "?page=2&nome=Jo%C3%A3o+da%20Silva", "?a=/?b"] {
                let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
                let response = client().request(method, url(pontotel, &format!("{path}{query}"))).send().await.unwrap();
                assert_eq!(response.status(), 301, "{path}{query}");
                assert_eq!(response.headers()["location"], *format!("/pontotel/api/v4/{path}/{query}"));
            }
        }
    }
    assert_eq!(get(pontotel, "nada").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn head_is_answered_as_get_without_a_body() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox).iter().filter(|provider| provider.protected_method() == "GET") {
        let token = logged_in(provider).await;
        let request = || client().head(url(provider, provider.protected_path()));
        let response = with(provider, &token, request()).send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.content_length()), (200, Some(0)), "{}", provider.name());
        assert_eq!(request().send().await.unwrap().status(), 401, "{}", provider.name());
    }
}

#[tokio::test]
async fn an_unknown_route_is_404_in_the_providers_shape() {
    let sandbox = Sandbox::start().await.unwrap();
    let shapes = ["/error", "/message", "/0/description", "/0/description", "/error/message", "/messages/0"];
    for (provider, shape) in all(&sandbox).iter().zip(shapes) {
        let token = logged_in(provider).await;
        let (code, answer) = answer(with(provider, &token, get(provider, "nowhere"))).await;
        assert_eq!(code, 404, "{}", provider.name());
        assert!(answer.pointer(shape).is_some(), "{}: {answer}", provider.name());
    }
}

#[tokio::test]
async fn econpay_returns_the_user_and_the_times_of_a_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    let token = logged_in(econpay).await;
    let (_, me) = answer(with(econpay, &token, get(econpay, "auth"))).await;
    let claims = claims(&token);
    assert_eq!((&me["iat"], &me["exp"], &me["id"]), (&claims["iat"], &claims["exp"], &claims["id"]));
    assert_eq!((&me["email"], &me["role"]), (&json!(econpay.username()), &json!("admin")));
}

#[tokio::test]
async fn econpays_pages_give_the_total_and_the_last_page() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    let token = logged_in(econpay).await;
    let (_, page) = answer(with(econpay, &token, get(econpay, "customers?page=3&limit=5"))).await;
    assert_eq!((&page["total"], &page["page"], &page["lastPage"]), (&json!(12), &json!(3), &json!(3)));
    assert_eq!(ids(&page["data"]), [2, 1], "the newest come first");
}

#[tokio::test]
async fn econpay_sorts_and_selects_customers() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    let token = logged_in(econpay).await;
    for (query, expected) in [
        ("limit=2", vec![12, 11]),
        ("limit=2&direction=ASC", vec![1, 2]),
        ("limit=2&orderBy=id&direction=DESC", vec![12, 11]),
        ("name=Cliente%2007", vec![7]),
        ("name=Cliente+07&document=00000000008", vec![]),
        ("document=00000000008", vec![8]),
    ] {
        let (_, page) = answer(with(econpay, &token, get(econpay, &format!("customers?{query}")))).await;
        assert_eq!(ids(&page["data"]), expected, "{query}");
    }
}

fn ids(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_wrong_parameter_is_400_in_the_providers_words() {
    let sandbox = Sandbox::start().await.unwrap();
    let words = [
        (sandbox.pontotel(), "usuarios/?page=x", "/details/page/0", "Um número inteiro válido é exigido."),
        (sandbox.econpay(), "customers?limit=101", "/message/0", "limit must not be greater than 100"),
        (
            sandbox.econpay(),
            "customers?direction=up",
            "/message/0",
            "direction must be one of the following values: ASC, DESC",
        ),
        (sandbox.signed_api(), "v1/profile?pageIndex=0", "/messages/0", "pageIndex must be at least 1"),
        (
            sandbox.signed_api(),
            "v1/game/session?showRoundsAndTransactions=1",
            "/messages/0",
            "showRoundsAndTransactions is invalid",
        ),
    ];
    for (provider, path, place, expected) in words {
        let token = logged_in(provider).await;
        let (status, body) = answer(with(provider, &token, get(provider, path))).await;
        assert_eq!((status.as_u16(), body.pointer(place)), (400, Some(&json!(expected))), "{path}: {body}");
    }
    let sopague = sandbox.sopague();
    let token = logged_in(sopague).await;
    let search = post(sopague, "api/transaction/concil/search-by-code?accountNumber=um", &json!(null));
    let expected = json!([{ "tag": "accountNumber", "description": "Campo accountNumber é inválido" }]);
    assert_eq!(answer(with(sopague, &token, search)).await, (400.try_into().unwrap(), expected));
}

#[tokio::test]
async fn sopague_finds_a_transaction_by_each_of_its_codes_and_by_post_alone() {
    let sandbox = Sandbox::start().await.unwrap();
    let sopague = sandbox.sopague();
    let token = logged_in(sopague).await;
    let path = "api/transaction/concil/search-by-code";
    for (query, found) in
        [("", 2), ("?accountNumber=12345&nsu=123456&codAuth=078704", 2), ("?nsu=7", 0), ("?codAuth=7", 0)]
    {
        let search = client().post(url(sopague, &format!("{path}{query}")));
        let (_, body) = answer(with(sopague, &token, search)).await;
        assert_eq!(body.as_array().unwrap().len(), found, "{query}");
    }
    assert_eq!(answer(with(sopague, &token, get(sopague, path))).await.0, 405);
}

#[tokio::test]
async fn an_unknown_payment_is_400() {
    let sandbox = Sandbox::start().await.unwrap();
    let gateway = sandbox.sopague_gateway();
    let token = logged_in(gateway).await;
    let (status, body) = answer(with(gateway, &token, get(gateway, "v1/payments/1"))).await;
    let expected = "Transação não localizada, verifique os dados informados.";
    assert_eq!((status.as_u16(), &body[0]["description"]), (400, &json!(expected)));
}

#[tokio::test]
async fn xigsapi_lists_the_selected_entries() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    let token = logged_in(api).await;
    let logs = "v1/webhook/507f1f77bcf86cd799439077";
    for (path, entries) in [
        ("v1/profile".to_owned(), 1),
        ("v1/profile?pageIndex=2".to_owned(), 0),
        ("v1/user?userId=507f1f77bcf86cd799439022&dateStart=2025-01-02&dateEnd=2025-01-02".to_owned(), 1),
        ("v1/user?userId=1".to_owned(), 0),
        ("v1/user?dateStart=2025-01-03".to_owned(), 0),
        ("v1/game/session?gameId=1".to_owned(), 0),
        ("v1/webhook".to_owned(), 1),
        (format!("{logs}?status=success"), 1),
        (format!("{logs}?status=failed"), 0),
    ] {
        let (status, body) = answer(with(api, &token, get(api, &path))).await;
        assert_eq!((status.as_u16(), body["data"].as_array().unwrap().len()), (200, entries), "{path}");
    }
    let (_, page) = answer(with(api, &token, get(api, "v1/profile"))).await;
    assert_eq!(page["pagination"], json!({ "pageIndex": 1, "pageSize": 20, "totalCount": 1 }));
    assert_eq!(answer(with(api, &token, get(api, "v1/webhook/unknown"))).await.0, 404);
}

#[tokio::test]
async fn pontotel_sends_its_limits_with_every_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let token = logged_in(pontotel).await;
    for (path, code) in
        [("empregados/", 200), ("empregados/?page=9", 404), ("nada/", 404), ("usuarios", 301), ("login/", 405)]
    {
        let response = with(pontotel, &token, get(pontotel, path)).send().await.unwrap();
        assert_eq!(response.status(), code, "{path}");
        assert_eq!(response.headers()["x-ratelimit-limit"], "500", "{path}");
        assert!(response.headers().contains_key("x-ratelimit-reset"), "{path}");
    }
    let last = get(pontotel, "usuarios/").send().await.unwrap();
    assert_eq!(last.headers()["x-ratelimit-remaining"], "493");
}

#[tokio::test]
async fn pontotel_selects_employees_by_is_active() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let token = logged_in(pontotel).await;
    for (query, count) in [("", 3), ("?is_active=true", 2), ("?is_active=false&page_size=1", 1)] {
        let (_, page) = answer(with(pontotel, &token, get(pontotel, &format!("empregados/{query}")))).await;
        assert_eq!(page["count"], count, "{query}");
    }
}

#[tokio::test]
async fn pontotels_pages_link_to_each_other_below_the_base_url() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let token = logged_in(pontotel).await;
    let (mut next, mut seen) = (url(pontotel, "usuarios/"), 0);
    loop {
        let (_, page) = answer(with(pontotel, &token, client().get(&next))).await;
        seen += page["results"].as_array().unwrap().len();
        let Value::String(link) = &page["next"] else { break assert_eq!(page["count"], seen) };
        assert!(link.starts_with(pontotel.base_url()), "{link}");
        next.clone_from(link);
    }
    assert_eq!(pontotel.requests(), 3);
}

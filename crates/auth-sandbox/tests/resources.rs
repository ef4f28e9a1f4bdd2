//! What a token opens.

mod common;

use auth_sandbox::Sandbox;
use common::{all, answer, claims, client, get, logged_in, url, with};
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
    for (provider, body) in all(&sandbox).into_iter().zip(expected) {
        let (status, found) = answer(get(provider, provider.protected_path())).await;
        assert_eq!((status.as_u16(), found), (401, body), "{}", provider.name());
    }
}

#[tokio::test]
async fn the_word_before_the_token_matters() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let token = logged_in(provider).await;
        let wrong = if provider.name() == "api4com" { format!("Bearer {token}") } else { token };
        let request = get(provider, provider.protected_path()).header("authorization", wrong);
        assert_eq!(answer(request).await.0, 401, "{}", provider.name());
    }
}

#[tokio::test]
async fn an_unknown_route_is_404_in_the_providers_shape() {
    let sandbox = Sandbox::start().await.unwrap();
    let shapes = ["/error", "/message", "/0/description", "/0/description", "/error/message", "/messages/0"];
    for (provider, shape) in all(&sandbox).into_iter().zip(shapes) {
        let token = logged_in(provider).await;
        let (code, answer) = answer(with(provider, &token, get(provider, "nowhere"))).await;
        assert_eq!(code, 404, "{}", provider.name());
        assert!(answer.pointer(shape).is_some(), "{}: {answer}", provider.name());
    }
}

#[tokio::test]
async fn econpay_tells_a_token_who_it_is() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    let token = logged_in(econpay).await;
    let (_, me) = answer(with(econpay, &token, get(econpay, "auth"))).await;
    let claims = claims(&token);
    assert_eq!((&me["iat"], &me["exp"], &me["id"]), (&claims["iat"], &claims["exp"], &claims["id"]));
    assert_eq!((&me["email"], &me["role"]), (&json!(econpay.username()), &json!("admin")));
}

#[tokio::test]
async fn econpays_pages_tell_where_they_end() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    let token = logged_in(econpay).await;
    let (_, page) = answer(with(econpay, &token, get(econpay, "customers?page=3&limit=5"))).await;
    assert_eq!((&page["total"], &page["page"], &page["lastPage"]), (&json!(12), &json!(3), &json!(3)));
    let ids: Vec<_> = page["data"].as_array().unwrap().iter().map(|one| one["id"].as_u64()).collect();
    assert_eq!(ids, [Some(11), Some(12)]);
}

#[tokio::test]
async fn sopague_searches_by_post_too() {
    let sandbox = Sandbox::start().await.unwrap();
    let sopague = sandbox.sopague();
    let token = logged_in(sopague).await;
    let search = client().post(url(sopague, "api/transaction/concil/search-by-code?code=12345"));
    assert_eq!(answer(with(sopague, &token, search)).await.1[0]["code"], "12345");
}

#[tokio::test]
async fn pontotel_has_single_people_and_tells_its_limits_on_every_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let token = logged_in(pontotel).await;
    for (path, code) in
        [("empregados/3/", 200), ("empregados/4/", 404), ("usuarios/x/", 404), ("usuarios", 301), ("login/", 405)]
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

//! `request`.

use auth_sandbox::{Fault, On};

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn a_path_is_below_the_base_url_and_its_body_goes_to_stdout() {
    let place = Place::new().await;
    let users: serde_json::Value = serde_json::from_str(&place.run(&["request", "loja", "usuarios/"]).ok()).unwrap();
    assert!(users["results"].is_array());
    let url = format!("{}/usuarios/", place.sandbox.pontotel().base_url());
    assert_eq!(place.run(&["request", "loja", &url]).code, Some(0));
    assert_eq!(place.sandbox.pontotel().logins(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_of_another_origin_is_refused_and_gets_no_token() {
    let place = Place::new().await;
    let other = format!("{}/me", place.sandbox.api4com().base_url().replace("127.0.0.1", "localhost"));
    for url in [other.as_str(), "https://example.com/usuarios/", "//example.com/usuarios/"] {
        let refused = place.run(&["request", "loja", url]).failed(2);
        assert!(refused.contains(url), "{refused}");
    }
    assert_eq!(place.sandbox.api4com().requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_makes_a_post_from_the_argument_a_file_or_stdin() {
    let place = Place::new().await;
    let body = r#"{"nome":"Maria Lima"}"#;
    let file = place.folder.path().join("body.json");
    std::fs::write(&file, body).unwrap();
    let named = format!("@{}", file.display());
    for (input, data) in [("", body), ("", named.as_str()), (body, "-"), (body, "@-")] {
        place.pipe(input, &["request", "loja", "empregados/", "-d", data]).ok();
        let sent = place.sandbox.pontotel().last_request().unwrap();
        assert_eq!((sent.method.as_str(), &sent.body[..]), ("POST", body.as_bytes()), "{data}");
    }
    let missing = place.run(&["request", "loja", "empregados/", "-d", "@nada"]).failed(2);
    assert!(missing.contains("nada cannot be read"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_and_headers_are_sent_as_given() {
    let place = Place::new().await;
    let header = ["-H", "Accept-Language: pt-BR", "-H", "X-Loja:12"];
    place.run(&[["request", "loja", "head", "usuarios/"].as_slice(), &header].concat()).ok();
    let sent = place.sandbox.pontotel().last_request().unwrap();
    assert_eq!(sent.method, "HEAD");
    assert_eq!(sent.header("accept-language"), Some("pt-BR"));
    assert_eq!(sent.header("x-loja"), Some("12"));
    for own in ["Host: example.com", "Authorization: Bearer mine", "Content-Length: 3"] {
        let refused = place.run(&["request", "loja", "usuarios/", "-H", own]).failed(2);
        let name = own.split(':').next().unwrap().to_lowercase();
        assert!(refused.to_lowercase().contains(&name), "{refused}");
    }
    assert!(place.run(&["request", "loja", "usuarios/", "-H", "nada"]).failed(2).contains("a colon"));
}

#[tokio::test(flavor = "multi_thread")]
async fn include_prints_the_status_and_the_headers_first() {
    let place = Place::new().await;
    let answer = place.run(&["request", "loja", "usuarios/", "-i"]).ok();
    let (head, body) = answer.split_once("\n\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\n") && head.contains("content-type: application/json"), "{head}");
    assert!(body.starts_with('{'));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http_error_is_printed_and_fails_only_with_fail() {
    let place = Place::new().await;
    assert_eq!(place.run(&["request", "loja", "nada/"]).code, Some(0));
    let failed = place.run(&["request", "loja", "nada/", "--fail"]).failed(22);
    assert!(failed.contains("HTTP 404"), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_replaced_within_the_command() {
    let place = Place::new().await;
    place.run(&["request", "loja", "usuarios/", "--fail"]).ok();
    place.sandbox.pontotel().revoke_all();
    place.run(&["request", "loja", "usuarios/", "--fail"]).ok();
    place.run(&["request", "loja", "usuarios/", "--fail"]).ok();
    assert_eq!(place.sandbox.pontotel().logins(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_get_is_repeated_as_often_as_retry_allows() {
    let place = Place::new().await;
    let fault = || place.sandbox.pontotel().fault(On::Resource, Fault::Status { status: 503, times: 1 });
    fault();
    place.run(&["request", "loja", "usuarios/", "--fail"]).failed(22);
    fault();
    place.run(&["request", "loja", "usuarios/", "--fail", "--retry", "1"]).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_write_is_accepted_and_only_xigsapi_has_one() {
    let place = Place::new().await;
    let body = r#"{"userToken":"abc","gameId":"507f191e810c19729de860ea"}"#;
    place.run(&["request", "jogo", "v1/game/session", "--sign", "--fail", "-d", body]).ok();
    assert_eq!(place.sandbox.signed_api().verified_signatures(), 1);
    place.run(&["request", "loja", "empregados/", "--sign", "-d", body]).failed(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pipe_ends_the_command_silently() {
    let place = Place::new().await;
    place.run(&["login", "loja"]).ok();
    let mut child = place.command(&["request", "loja", "usuarios/"]).spawn().unwrap();
    drop(child.stdout.take());
    let ended = crate::place::Outcome::of_child(child);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}

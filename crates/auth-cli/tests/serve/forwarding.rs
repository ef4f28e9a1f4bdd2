//! The parts of a request and of its answer that pass the sidecar, and those that change.

use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;

use crate::provider::{Provider, Reply, ok};
use crate::sidecar::{Sidecar, problem, status, until};

#[tokio::test]
async fn a_request_without_a_token_reaches_the_provider_with_one() {
    let provider = Provider::start(|_| ok("{\"a\": 1}")).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let answer =
        sidecar.get("/extensions?page=2&q=%C3%A9", "authorization: Bearer of-the-caller\r\ncookie: a=b\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("{\"a\": 1}"), "{answer}");
    let request = provider.only_request();
    assert!(request.starts_with("GET /api/v1/extensions?page=2&q=%C3%A9 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: token-of-the-account\r\n"), "{request}");
    for ends_here in ["of-the-caller", "cookie", "host: localhost"] {
        assert!(!request.contains(ends_here), "{request}");
    }
}

#[tokio::test]
async fn hop_by_hop_headers_end_at_the_sidecar_in_both_directions() {
    let hop = "connection: X-Hop, close\r\nx-hop: 1\r\nte: trailers\r\nupgrade: websocket\r\nkeep-alive: timeout=9\r\n\
               proxy-authorization: Basic eA==\r\ntrailer: x-t\r\n";
    let provider = Provider::start(move |_| {
        Reply::Close(format!(
            "HTTP/1.1 200 OK\r\n{hop}set-cookie: a=b\r\nalt-svc: h2=\":1\"\r\nx-own: 1\r\nx-own: 2\r\ncontent-length: 0\r\n\r\n"
        ))
    })
    .await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let answer = sidecar.send(&format!("GET / HTTP/1.1\r\nhost: localhost\r\n{hop}x-own: 1\r\nx-own: 2\r\n\r\n")).await;
    for text in [provider.only_request(), answer] {
        for name in
            ["x-hop", "\r\nte:", "upgrade", "keep-alive", "proxy-authorization", "trailer", "set-cookie", "alt-svc"]
        {
            assert!(!text.to_lowercase().contains(name), "{name} in {text}");
        }
        assert!(text.contains("x-own: 1\r\nx-own: 2\r\n"), "{text}");
    }
}

#[tokio::test]
async fn a_redirect_is_handed_over_with_a_location_at_the_listener() {
    for (location, local) in
        [("/api/v1/users/", "/users/"), ("BASE/users/?a=b", "/users/?a=b"), ("http://evil.test/", "http://evil.test/")]
    {
        let provider = Provider::start(move |request| {
            let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
            let location = location.replace("BASE", &format!("http://{host}/api/v1"));
            Reply::Keep(format!("HTTP/1.1 301 Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"))
        })
        .await;
        let sidecar = Sidecar::start(&provider.base_url, &[]).await;
        let answer = sidecar.get("/users", "").await;
        assert_eq!(status(&answer), 301);
        assert!(answer.contains(&format!("location: {local}\r\n")), "{answer}");
        provider.only_request();
    }
}

#[tokio::test]
async fn statuses_of_the_provider_pass_with_their_headers_and_bodies() {
    let codes = [200, 201, 204, 206, 304, 400, 403, 404, 418, 429, 500, 502, 503, 599];
    join_all(codes.map(async |code| {
        let provider = Provider::start(move |_| {
            let body = if [204, 304].contains(&code) { "" } else { "content-length: 2\r\n\r\nhi" };
            let end = if body.is_empty() { "\r\n" } else { "" };
            Reply::Keep(format!("HTTP/1.1 {code} X\r\nretry-after: 7\r\nx-a: \u{e9}\r\n{body}{end}"))
        })
        .await;
        let sidecar = Sidecar::start(&provider.base_url, &[]).await;
        let answer = sidecar.get("/", "").await;
        assert_eq!(status(&answer), code, "{answer}");
        assert!(answer.contains("retry-after: 7\r\n") && answer.contains("x-a: \u{e9}\r\n"), "{answer}");
        assert_eq!(answer.ends_with("\r\n\r\nhi"), ![204, 304].contains(&code), "{answer}");
    }))
    .await;
}

#[tokio::test]
async fn an_answer_to_head_has_a_length_and_no_body() {
    let provider = Provider::start(|_| Reply::Keep("HTTP/1.1 200 OK\r\ncontent-length: 123\r\n\r\n".into())).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let answer = sidecar.send("HEAD / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
    assert!(answer.contains("content-length: 123\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn interim_answers_end_at_the_sidecar_and_the_final_one_passes() {
    let provider = Provider::start(|_| {
        let interim = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n";
        Reply::Keep(format!("{interim}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"))
    })
    .await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let answer = sidecar.get("/", "").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nhi"), "{answer}");
}

#[tokio::test]
async fn a_switch_of_protocols_that_nobody_asked_for_is_a_502() {
    let provider = Provider::start(|_| {
        Reply::Keep("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n".into())
    })
    .await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let answer = sidecar.get("/", "").await;
    assert_eq!((status(&answer), &problem(&answer)["status"]), (502, &502.into()));
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_a_body_that_ends_with_the_connection() {
    let provider = Provider::start(|request| {
        assert!(request.contains(" HTTP/1.1\r\n"), "{request}");
        Reply::Keep("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n".into())
    })
    .await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let answer = sidecar.send("GET / HTTP/1.0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("\r\n\r\nhi"), "{answer}");
    assert!(!answer.contains("chunked"), "{answer}");
}

#[tokio::test]
async fn an_answer_with_two_lengths_has_that_of_its_chunks() {
    let provider = Provider::start(|_| {
        let lengths = "content-length: 9\r\ntransfer-encoding: chunked\r\n";
        Reply::Close(format!("HTTP/1.1 200 OK\r\n{lengths}\r\n2\r\nhi\r\n0\r\n\r\n"))
    })
    .await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let answer = sidecar.get("/", "").await;
    assert!(answer.ends_with("\r\n\r\n2\r\nhi\r\n0\r\n\r\n") && !answer.contains("content-length"), "{answer}");
}

#[tokio::test]
async fn a_body_in_another_transfer_coding_is_refused_in_both_directions() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n";
    let provider = Provider::start(move |_| Reply::Close(format!("{head}2\r\nhi\r\n0\r\n\r\n"))).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let coded = "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: gzip, chunked\r\n\r\n";
    let answer = sidecar.send(&format!("{coded}2\r\nhi\r\n0\r\n\r\n")).await;
    assert_eq!((status(&answer), provider.requests().len()), (501, 0), "{answer}");
    assert_eq!(status(&sidecar.get("/", "").await), 502);
}

#[tokio::test]
async fn a_request_without_a_host_is_refused_unless_it_is_http_1_0() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    assert_eq!(status(&sidecar.send("GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await), 400);
    assert_eq!((status(&sidecar.send("GET / HTTP/1.0\r\n\r\n").await), provider.requests().len()), (200, 1));
    assert!(provider.only_request().contains("via: 1.0 authctl\r\n"));
}

#[tokio::test]
async fn a_compressed_body_passes_byte_for_byte() {
    let provider = Provider::start(|request| {
        assert!(request.contains("accept-encoding: gzip\r\n"), "{request}");
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 9";
        Reply::Keep(format!("{head}\r\n\r\nnot a zip"))
    })
    .await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let answer = sidecar.get("/", "accept-encoding: gzip\r\n").await;
    assert!(answer.contains("content-encoding: gzip\r\n") && answer.ends_with("\r\n\r\nnot a zip"), "{answer}");
}

#[tokio::test]
async fn an_event_reaches_the_client_before_the_next_is_sent() {
    let provider = Provider::start(|_| {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        // The second event never comes.
        Reply::Keep(format!("{head}9\r\ndata: 1\n\n\r\n"))
    })
    .await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let mut stream = sidecar.connect().await;
    stream.write_all(b"GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    until(&mut stream, "data: 1\n\n").await;
}

#[tokio::test]
async fn paths_that_leave_the_base_url_are_refused_before_a_login() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    for path in [
        "//evil.test/",
        "/../admin",
        "/a/../../admin",
        "/a/..",
        "/%2e%2e/admin",
        "/.%2E/admin",
        "/..%2fadmin",
        "/a/..;x/admin",
        "/..%5cadmin",
        "/..\\admin",
        "/a//b",
    ] {
        let answer = sidecar.get(path, "").await;
        assert_eq!(status(&answer), 400, "{path}: {answer}");
    }
    assert_eq!((provider.requests(), provider.logins()), (vec![], 0));
}

#[tokio::test]
async fn an_encoded_slash_in_a_segment_stays_encoded() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    sidecar.get("/users/a%2Fb%20c?x=%2F..%2F&y=//", "").await;
    let request = provider.only_request();
    assert!(request.starts_with("GET /api/v1/users/a%2Fb%20c?x=%2F..%2F&y=// HTTP/1.1\r\n"), "{request}");
}

#[tokio::test]
async fn targets_and_methods_of_other_kinds_of_proxies_are_refused() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    for (line, code) in [
        ("CONNECT evil.test:443", 421),
        ("CONNECT localhost:443", 405),
        ("TRACE /", 405),
        ("OPTIONS *", 405),
        ("GET http://evil.test/users/me", 421),
    ] {
        let answer = sidecar.send(&format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")).await;
        assert_eq!(status(&answer), code, "{line}: {answer}");
    }
    assert_eq!(provider.requests(), [""; 0]);
    let absolute =
        format!("GET http://{}/users/me HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n", sidecar.address);
    assert_eq!(status(&sidecar.send(&absolute).await), 200);
    assert!(provider.only_request().starts_with("GET /api/v1/users/me HTTP/1.1\r\n"));
}

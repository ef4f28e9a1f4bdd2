//! Bodies: kept for one replay, streamed, cut off, too long, too slow.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

use crate::provider::{Provider, Reply, ok};
use crate::sidecar::{Sidecar, problem, rest, status, until};

const UNAUTHORIZED: &str = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";

/// Starts a provider that answers 401 to its first request.
async fn revoking() -> Provider {
    let requests = AtomicUsize::new(0);
    Provider::start(move |_| match requests.fetch_add(1, Relaxed) {
        0 => Reply::Keep(UNAUTHORIZED.into()),
        _ => ok("done"),
    })
    .await
}

fn post(path: &str, headers: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n{body}")
}

fn whole(path: &str, body: &str) -> String {
    post(path, &format!("content-length: {}\r\n", body.len()), body)
}

#[tokio::test]
async fn a_body_that_is_kept_is_sent_again_after_a_401() {
    let provider = revoking().await;
    let sidecar = Sidecar::start(&provider.base_url, &["--keep-body", "8"]).await;
    let answer = sidecar.send(&whole("/a", "12345678")).await;
    assert!(status(&answer) == 200 && answer.ends_with("done"), "{answer}");
    let requests = provider.requests();
    assert_eq!((requests.len(), provider.logins()), (2, 2), "{requests:?}");
    assert!(requests.iter().all(|request| request.ends_with("\r\n\r\n12345678")), "{requests:?}");
}

#[tokio::test]
async fn the_401_of_a_longer_body_is_handed_over_and_the_next_request_logs_in() {
    let provider = revoking().await;
    let sidecar = Sidecar::start(&provider.base_url, &["--keep-body", "8"]).await;
    let answer = sidecar.send(&whole("/a", "123456789")).await;
    assert_eq!(status(&answer), 401, "{answer}");
    let request = provider.only_request();
    assert!(request.contains("content-length: 9\r\n") && request.ends_with("\r\n\r\n123456789"), "{request}");
    assert_eq!(status(&sidecar.send(&whole("/a", "123456789")).await), 200);
    assert_eq!(provider.logins(), 2);
}

#[tokio::test]
async fn a_chunked_body_that_is_kept_arrives_with_a_length() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let body = "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n";
    assert_eq!(
        status(&sidecar.send(&post("/a", "transfer-encoding: chunked\r\ntrailer: x-trailer\r\n", body)).await),
        200
    );
    let request = provider.only_request();
    assert!(request.contains("content-length: 5\r\n") && request.ends_with("\r\n\r\nabcde"), "{request}");
    assert!(!request.contains("trailer") && !request.contains("chunked"), "{request}");
}

#[tokio::test]
async fn a_chunked_body_that_turns_out_long_is_streamed_whole() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &["--keep-body", "4"]).await;
    let body = "3\r\nabc\r\n2\r\nde\r\n3\r\nfgh\r\n0\r\n\r\n";
    assert_eq!(status(&sidecar.send(&post("/a", "transfer-encoding: chunked\r\n", body)).await), 200);
    let request = provider.only_request();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let data: String = body.split("\r\n").skip(1).step_by(2).collect();
    assert!(head.contains("transfer-encoding: chunked") && !head.contains("content-length"), "{request}");
    assert_eq!(data, "abcdefgh", "{request}");
}

#[tokio::test]
async fn an_answer_comes_while_the_body_is_still_sent() {
    let provider = Provider::start(|_| Reply::Close("HTTP/1.1 200 OK\r\n\r\nearly".into())).await;
    let sidecar = Sidecar::start(&provider.base_url, &["--keep-body", "4"]).await;
    let mut stream = sidecar.connect().await;
    stream.write_all(post("/early", "content-length: 9999\r\n", "abcdef").as_bytes()).await.unwrap();
    until(&mut stream, "early").await;
}

#[tokio::test]
async fn a_post_without_a_body_has_a_length_of_zero() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    assert_eq!(status(&sidecar.send(&post("/a", "", "")).await), 200);
    assert!(provider.only_request().contains("content-length: 0\r\n"));
}

#[tokio::test]
async fn a_client_that_expects_100_continue_gets_it_from_the_sidecar() {
    let provider = Provider::start(|_| ok("done")).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let mut stream = sidecar.connect().await;
    stream.write_all(post("/a", "expect: 100-continue\r\ncontent-length: 2\r\n", "").as_bytes()).await.unwrap();
    until(&mut stream, "HTTP/1.1 100 Continue\r\n\r\n").await;
    stream.write_all(b"hi").await.unwrap();
    assert!(rest(&mut stream).await.ends_with("done"));
    assert!(!provider.only_request().contains("expect"));
}

#[tokio::test]
async fn a_body_that_is_longer_than_allowed_is_a_413() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &["--keep-body", "4", "--max-body", "8"]).await;
    let answer = sidecar.send(&whole("/a", "123456789")).await;
    assert_eq!((status(&answer), &problem(&answer)["type"]), (413, &"urn:authctl:problem:body-too-long".into()));
    let answer = sidecar.send(&post("/a", "transfer-encoding: chunked\r\n", "9\r\n123456789\r\n0\r\n\r\n")).await;
    assert_eq!(status(&answer), 413, "{answer}");
    let parts = "5\r\n12345\r\n4\r\n6789\r\n0\r\n\r\n";
    let answer = sidecar.send(&post("/a", "transfer-encoding: chunked\r\n", parts)).await;
    assert_eq!(status(&answer), 413, "{answer}");
    assert_eq!(status(&sidecar.send(&whole("/a", "12345678")).await), 200);
}

#[tokio::test]
async fn a_client_that_leaves_before_its_short_body_is_whole_sends_nothing() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let mut stream = sidecar.connect().await;
    stream.write_all(post("/a", "content-length: 9\r\n", "1234").as_bytes()).await.unwrap();
    drop(stream);
    assert_eq!(status(&sidecar.get("/b", "").await), 200, "the next client is served");
    assert!(provider.only_request().starts_with("GET /api/v1/b "));
}

#[tokio::test]
async fn a_client_that_leaves_within_a_streamed_body_ends_the_request_too() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &["--keep-body", "2"]).await;
    let mut stream = sidecar.connect().await;
    stream.write_all(post("/a", "content-length: 9\r\n", "1234").as_bytes()).await.unwrap();
    while provider.logins() == 0 {
        sleep(Duration::from_millis(10)).await;
    }
    drop(stream);
    while provider.requests().is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    let request = provider.only_request();
    assert!(request.contains("content-length: 9\r\n") && !request.ends_with("123456789"), "{request}");
    assert_eq!(status(&sidecar.get("/b", "").await), 200);
}

#[tokio::test]
async fn a_provider_that_leaves_within_its_body_ends_the_answer_early() {
    for (framing, body) in [("content-length: 9", "1234"), ("transfer-encoding: chunked", "4\r\n1234\r\n")] {
        let answer = format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n{body}");
        let provider = Provider::start(move |_| Reply::Close(answer.clone())).await;
        let sidecar = Sidecar::start(&provider.base_url, &[]).await;
        let answer = sidecar.get("/a", "").await;
        assert!(answer.contains(framing) && answer.contains("1234") && !answer.contains("\r\n0\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_provider_that_leaves_before_its_answer_is_a_502() {
    for head in ["", "HTTP/1.1 200 OK\r\nconte", "not HTTP at all\r\n\r\n"] {
        let provider = Provider::start(move |_| Reply::Close(head.into())).await;
        let sidecar = Sidecar::start(&provider.base_url, &[]).await;
        let answer = sidecar.get("/a", "").await;
        assert_eq!((status(&answer), &problem(&answer)["type"]), (502, &"urn:authctl:problem:unavailable".into()));
    }
}

#[tokio::test]
async fn a_provider_that_is_silent_is_a_504_and_within_its_body_the_end() {
    let provider = Provider::start(|request| {
        let body = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1234";
        Reply::Keep(if request.contains("/body") { body } else { "" }.into())
    })
    .await;
    let sidecar = Sidecar::start(&provider.base_url, &["--timeout", "1"]).await;
    let answer = sidecar.get("/head", "").await;
    assert_eq!((status(&answer), &problem(&answer)["type"]), (504, &"urn:authctl:problem:timeout".into()));
    let answer = sidecar.get("/body", "").await;
    assert!(status(&answer) == 200 && answer.ends_with("1234"), "{answer}");
}

#[tokio::test]
async fn a_slow_stream_is_not_cut_while_its_parts_come() {
    let provider = Provider::start(|_| {
        let parts = (0..12).map(|_| "1\r\nx\r\n".to_owned());
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
        Reply::Parts([head].into_iter().chain(parts).chain(["0\r\n\r\n".to_owned()]).collect())
    })
    .await;
    let sidecar = Sidecar::start(&provider.base_url, &["--timeout", "1", "--keep-body", "1"]).await;
    let answered = async {
        assert!(sidecar.get("/a", "").await.ends_with("\r\n0\r\n\r\n"), "1.3 s of parts");
    };
    let sent = async {
        let mut stream = sidecar.connect().await;
        stream.write_all(post("/a", "content-length: 12\r\n", "").as_bytes()).await.unwrap();
        for _ in 0..12 {
            sleep(Duration::from_millis(100)).await;
            stream.write_all(b"x").await.unwrap();
        }
        // The answer is slow too.
        until(&mut stream, "HTTP/1.1 200 OK\r\n").await;
    };
    tokio::join!(answered, sent);
}

#[tokio::test]
async fn a_client_that_is_silent_in_its_head_or_body_times_out() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &["--timeout", "1"]).await;
    let body = post("/a", "content-length: 9\r\n", "1234");
    let (_, in_body) = tokio::join!(sidecar.send("GET /a HTTP/1.1\r\nhost: loc"), sidecar.send(&body));
    assert_eq!(status(&in_body), 408);
    assert_eq!(provider.requests(), [""; 0]);
}

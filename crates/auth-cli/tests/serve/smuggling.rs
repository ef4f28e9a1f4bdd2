//! Requests whose end two servers could read differently.

use futures_util::future::join_all;

use crate::provider::{Provider, ok};
use crate::sidecar::Sidecar;

#[tokio::test]
async fn no_request_reaches_the_provider_in_a_form_that_can_be_read_in_two_ways() {
    let smuggled = "GET /smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let chunked = format!("0\r\n\r\n{smuggled}");
    let length = chunked.len();
    let forms = [
        (format!("content-length: {length}\r\ntransfer-encoding: chunked"), &chunked),
        (format!("transfer-encoding: chunked\r\ncontent-length: {length}"), &chunked),
        (format!("transfer-encoding: xchunked\r\ncontent-length: {length}"), &chunked),
        (format!("transfer-encoding: chunked, identity\r\ncontent-length: {length}"), &chunked),
        (format!("transfer-encoding : chunked\r\ncontent-length: {length}"), &chunked),
        (format!(" transfer-encoding: chunked\r\ncontent-length: {length}"), &chunked),
        (format!("transfer-encoding:\u{b}chunked\r\ncontent-length: {length}"), &chunked),
        (format!("x: y\r\n transfer-encoding: chunked\r\ncontent-length: {length}"), &chunked),
        (format!("x: y\ntransfer-encoding: chunked\r\ncontent-length: {length}"), &chunked),
        (format!("content-length: 0\r\ncontent-length: {length}"), &chunked),
        (format!("content-length: 0, {length}"), &chunked),
        (format!("content-length: +{length}"), &chunked),
        (format!("content-length: 0x{length:x}"), &chunked),
        (format!("content-length: {length} "), &chunked),
        ("transfer-encoding: chunked".to_owned(), &format!("ffffffffffffffff0\r\n{smuggled}")),
        ("transfer-encoding: chunked".to_owned(), &format!("-1\r\n{smuggled}")),
        ("transfer-encoding: chunked".to_owned(), &format!("1;\nx\r\n{smuggled}")),
        ("transfer-encoding: chunked".to_owned(), &format!("2\r\nabc\r\n{smuggled}")),
        ("transfer-encoding: chunked, chunked".to_owned(), &chunked),
    ];
    // At once, because some wait for a time-out.
    join_all(forms.iter().map(async |(headers, body)| {
        let provider = Provider::start(|_| ok("")).await;
        let sidecar = Sidecar::start(&provider.base_url, &["--timeout", "1"]).await;
        let request = format!("POST /a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n\r\n{body}");
        sidecar.send(&request).await;
        let requests = provider.requests();
        assert!(requests.len() <= 1, "{headers:?}: {requests:?}");
        for request in requests {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let head = head.to_lowercase();
            let lengths = head.matches("content-length:").count() + head.matches("transfer-encoding:").count();
            assert!(request.starts_with("POST /api/v1/a ") && lengths == 1, "{headers:?}: {request}");
            assert!(head.contains(&format!("content-length: {}", body.len())), "{headers:?}: {request}");
        }
    }))
    .await;
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &["--max-head", "8K"]).await;
    let answer = sidecar.get("/a", &format!("x: {}\r\n", "y".repeat(10_000))).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let answer = sidecar.get("/a", &"x: y\r\n".repeat(200)).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(provider.requests(), [""; 0]);
}

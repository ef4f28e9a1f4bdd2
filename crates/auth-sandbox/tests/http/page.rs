//! Tests of the page's head. `tests/page/` tests the page in a browser.

use crate::common::client;
use auth_sandbox::{Method, Sandbox};
use reqwest::RequestBuilder;

fn page(sandbox: &Sandbox, method: Method) -> RequestBuilder {
    client().request(method, sandbox.control_url().replace("_sandbox/v1", ""))
}

#[tokio::test]
async fn the_page_is_in_the_first_accepted_language_that_it_has() {
    let sandbox = Sandbox::start().await.unwrap();
    for (accepted, language) in [
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt-BR"),
        ("PT", "pt-BR"),
        ("en-GB, pt-BR;q=0.5", "en"),
        ("fr, *;q=0.1, pt;q=0.1", "pt-BR"),
        ("fr", "en"),
        ("", "en"),
    ] {
        let answer = page(&sandbox, Method::GET).header("accept-language", accepted).send().await.unwrap();
        assert_eq!(answer.headers()["vary"], "accept-language");
        assert!(answer.text().await.unwrap().contains(&format!("<html lang=\"{language}\">")), "{accepted}");
    }
}

#[tokio::test]
async fn the_policy_of_the_page_allows_no_inline_code_and_no_frame() {
    let sandbox = Sandbox::builder().no_control().start().await.unwrap();
    let answer = page(&sandbox, Method::GET).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    for part in ["default-src 'none';", "frame-ancestors 'none';", "form-action 'none';", "connect-src 'self';"] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn the_page_is_only_read_and_only_under_a_known_host() {
    let sandbox = Sandbox::start().await.unwrap();
    let status = async |request: RequestBuilder| request.send().await.unwrap().status();
    assert_eq!(status(page(&sandbox, Method::HEAD)).await, 200);
    assert_eq!(status(page(&sandbox, Method::POST)).await, 405);
    assert_eq!(status(page(&sandbox, Method::GET).header("host", "evil.example")).await, 421);
}

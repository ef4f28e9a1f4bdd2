//! Tests of the handles and of the server's start and stop.

use crate::common::{all, logged_in, login, secret, status};
use auth_sandbox::{Provider, Sandbox};

#[tokio::test]
async fn logins_and_requests_are_counted_separately_even_if_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        login(provider, "errada").send().await.unwrap();
        let token = logged_in(provider).await;
        status(provider, &token).await;
        status(provider, "unknown").await;
        crate::common::get(provider, "nowhere").send().await.unwrap();
        assert_eq!((provider.logins(), provider.requests()), (2, 3), "{}", provider.name());
    }
}

#[tokio::test]
async fn the_last_request_is_kept_as_it_arrived() {
    let sandbox = Sandbox::start().await.unwrap();
    let sopague = sandbox.sopague();
    assert!(sopague.last_request().is_none());
    let body = "{ \"any\" : 1 }";
    let request =
        crate::common::client().put(crate::common::url(sopague, "a/b?c=%20")).header("x-trace", "7").body(body);
    request.send().await.unwrap();
    let last = sopague.last_request().unwrap();
    assert_eq!((last.method.as_str(), last.path.as_str()), ("PUT", "/sopague/a/b?c=%20"));
    assert_eq!((last.header("X-Trace"), last.body.as_slice()), (Some("7"), body.as_bytes()));
    assert!(sandbox.sopague_gateway().last_request().is_none());
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let token = logged_in(provider).await;
        let sent = provider.last_request().unwrap();
        assert!(String::from_utf8_lossy(&sent.body).contains(secret(provider)));
        status(provider, &token).await;
        let shown = format!("{sandbox:?} {provider:#?} {sent:?} {:?}", provider.last_request());
        assert!(shown.contains(provider.base_url()));
        for secret in [secret(provider), provider.password(), &token] {
            assert!(!shown.contains(secret), "{}: {shown}", provider.name());
        }
    }
}

#[tokio::test]
async fn dropping_the_sandbox_stops_the_server_and_cuts_its_connections() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay().clone();
    let delay = std::time::Duration::from_secs(600);
    econpay.fault(auth_sandbox::On::Login, auth_sandbox::Fault::Delay { delay, times: 1 });
    let waiting = tokio::spawn(login(&econpay, econpay.password()).send());
    while econpay.logins() == 0 {
        tokio::task::yield_now().await;
    }
    drop(sandbox);
    assert!(waiting.await.unwrap().is_err());
    assert!(login(&econpay, econpay.password()).send().await.unwrap_err().is_connect());
}

#[test]
fn the_server_outlives_the_runtime_that_started_it() {
    let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sandbox = run().block_on(Sandbox::start()).unwrap();
    let token = run().block_on(logged_in(sandbox.pontotel()));
    assert_eq!(run().block_on(status(sandbox.pontotel(), &token)), 200);
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let sandbox = Sandbox::start().await.unwrap();
    let port = sandbox.pontotel().base_url().split(['/', ':']).nth(4).unwrap().parse().unwrap();
    let error = Sandbox::builder().port(port).start().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn handles_can_be_sent_to_any_thread() {
    fn anywhere<T: Send + Sync + std::fmt::Debug + 'static>() {}
    anywhere::<Provider>();
    anywhere::<Sandbox>();
}

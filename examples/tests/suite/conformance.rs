//! The suite that every provider's client passes against the sandbox.

use std::time::Duration;

use api4com_auth::auth_core::reqwest::{ClientBuilder, Version};
use api4com_auth::auth_core::{Accounts, Client, ErrorKind, Login, Options, Request};
use auth_sandbox::{Fault, On, Provider, Quirks, Sandbox};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

/// The protocols of the suite, each with the time after which the server closes an idle connection.
const SERVERS: [(Version, Duration); 2] =
    [(Version::HTTP_11, Duration::from_secs(5)), (Version::HTTP_2, Duration::from_millis(50))];

/// Starts a sandbox with the habits of real servers.
async fn unkind(lifetime: Duration, keep_alive: Duration) -> Sandbox {
    let quirks = Quirks { keep_alive: Some(keep_alive), headers: 150, ..Quirks::UNKIND };
    Sandbox::builder().lifetime(lifetime).quirks(quirks).start().await.expect("a sandbox")
}

/// Accepts the heads that the servers send, in their protocol.
fn speaking(protocol: Version, options: Options) -> Options {
    let options = options.configure(|client| client.http1_max_headers(200));
    if protocol == Version::HTTP_2 { options.configure(ClientBuilder::http2_prior_knowledge) } else { options }
}

/// Sets one attempt for each login, so that a fault applies once.
fn once(options: Options) -> Options {
    options.login_attempts(1)
}

fn as_is(options: Options) -> Options {
    options
}

fn protected<L: Login>(client: &Client<L>, provider: &Provider) -> Request<L> {
    client.request(provider.protected_method(), provider.protected_path())
}

async fn status<L: Login>(client: &Client<L>, provider: &Provider) -> u16 {
    protected(client, provider).send().await.expect("an answer").status().as_u16()
}

async fn a_hundred_callers_share_one_login<L: Login>(client: &Client<L>, provider: &Provider) {
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let (client, provider) = (client.clone(), provider.clone());
        callers.spawn(async move { status(&client, &provider).await });
    }
    assert!(callers.join_all().await.iter().all(|status| *status == 200));
    assert_eq!((provider.logins(), provider.requests()), (1, 100));
}

async fn a_revoked_token_is_healed_by_one_login<L: Login>(client: &Client<L>, provider: &Provider) {
    assert_eq!(status(client, provider).await, 200);
    provider.revoke_all();
    assert_eq!(status(client, provider).await, 200);
    assert_eq!((provider.logins(), provider.requests()), (2, 3));
}

async fn a_second_401_reaches_the_caller_and_the_new_token_stays<L: Login>(client: &Client<L>, provider: &Provider) {
    provider.fault(On::Resource, Fault::Unauthorized { times: 2 });
    assert_eq!(status(client, provider).await, 401);
    assert_eq!(status(client, provider).await, 200);
    assert_eq!((provider.logins(), provider.requests()), (2, 3));
}

async fn refused_secrets_are_sent_once<L: Login>(client: &Client<L>, provider: &Provider) {
    provider.set_password("changed behind the client's back");
    for _ in 0..20 {
        let error = protected(client, provider).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
        assert!(error.retry_after().expect("a time") > Duration::from_secs(55));
    }
    assert_eq!((provider.logins(), provider.requests()), (1, 0));
}

async fn a_limit_at_login_holds_for_all_callers<L: Login>(client: &Client<L>, provider: &Provider) {
    provider.fault(On::Login, Fault::TooManyRequests { retry_after: Some("120".to_owned()), times: 1 });
    for _ in 0..20 {
        let error = client.credential().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
        assert!(error.retry_after().expect("a time") > Duration::from_secs(115));
    }
    assert_eq!(provider.logins(), 1);
}

async fn a_foreign_answer_to_a_login_is_transient<L: Login>(client: &Client<L>, provider: &Provider) {
    let html = b"<html>Manuten\xc3\xa7\xc3\xa3o</html>".to_vec();
    provider.fault(On::Login, Fault::Body { status: 200, content_type: "text/html".to_owned(), body: html, times: 1 });
    let error = client.credential().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(!error.to_string().contains("Manuten"), "{error}");
    client.clear_cooldown();
    client.credential().await.expect("the provider is back");
}

async fn a_server_that_is_down_for_a_moment_is_not_noticed<L: Login>(client: &Client<L>, provider: &Provider) {
    provider.fault(On::Login, Fault::Status { status: 503, times: 1 });
    provider.fault(On::Login, Fault::Truncated { times: 1 });
    assert_eq!(status(client, provider).await, 200);
    assert_eq!(provider.logins(), 3);
}

async fn nobody_notices_that_connections_end<L: Login>(client: &Client<L>, provider: &Provider) {
    // Each pause is longer than the shorter keep-alive, and eleven requests are more than a connection carries.
    for _ in 0..4 {
        assert_eq!(status(client, provider).await, 200);
        sleep(Duration::from_millis(100)).await;
    }
    for _ in 0..11 {
        assert_eq!(status(client, provider).await, 200);
    }
    assert_eq!((provider.logins(), provider.requests()), (1, 15));
}

async fn nobody_notices_that_tokens_end<L: Login>(client: &Client<L>, provider: &Provider) {
    // Requests for 2.4 s, beyond the expiry of the first credential.
    let mut tick = interval(Duration::from_millis(20));
    for _ in 0..120 {
        tick.tick().await;
        assert_eq!(status(client, provider).await, 200);
    }
    assert!(client.stats().logins >= 2, "{:?}", client.stats());
}

async fn a_client_from_a_set_is_like_any_other<L: Login + Clone>(client: &Client<L>, provider: &Provider) {
    let accounts: Accounts<String, L> = Accounts::new(speaking(Version::HTTP_11, Options::default()));
    let account = client.account().expect("it logs in").clone();
    for _ in 0..2 {
        let client = accounts.get_or_insert_with("maria", || Ok(account.clone())).expect("a client");
        assert_eq!(status(&client, provider).await, 200);
    }
    assert_eq!((provider.logins(), provider.requests()), (1, 2));
}

async fn no_debug_shows_a_secret<L: Login>(client: &Client<L>, provider: &Provider) {
    let credential = client.credential().await.expect("a login");
    let headers = client.headers().await.expect("a fresh credential");
    let sent = provider.last_request().expect("a login");
    let body = String::from_utf8_lossy(&sent.body).into_owned();
    let secret = if provider.api_key().is_empty() { provider.password() } else { provider.api_key() };
    assert!(body.contains(secret), "the secret reaches the wire");
    let token = headers["authorization"].to_str().expect("ASCII").trim_start_matches("Bearer ").to_owned();
    let shown = format!("{client:?} {:?} {credential:?} {headers:?} {:?}", client.account(), client.get("x"));
    assert!(!shown.contains(secret) && !shown.contains(&token), "{shown}");
}

macro_rules! conformance {
    ($provider:ident, $connect:expr, lifetime $lifetime:expr) => {
        conformance!(@tests $provider, $connect, $lifetime,
            a_hundred_callers_share_one_login as_is 3600;
            a_revoked_token_is_healed_by_one_login as_is 3600;
            a_second_401_reaches_the_caller_and_the_new_token_stays as_is 3600;
            refused_secrets_are_sent_once as_is 3600;
            a_limit_at_login_holds_for_all_callers as_is 3600;
            a_foreign_answer_to_a_login_is_transient once 3600;
            a_server_that_is_down_for_a_moment_is_not_noticed as_is 3600;
            nobody_notices_that_connections_end as_is 3600;
            nobody_notices_that_tokens_end as_is $lifetime;
            a_client_from_a_set_is_like_any_other as_is 3600;
            no_debug_shows_a_secret as_is 3600;
        );
    };
    (@tests $provider:ident, $connect:expr, $lifetime:expr, $($behaviour:ident $options:ident $seconds:expr;)*) => {
        mod $provider {
            use super::*;
            $(
                #[tokio::test]
                async fn $behaviour() {
                    // At once, because they wait.
                    let [one, other] = SERVERS.map(async |(protocol, keep_alive)| {
                        let sandbox = unkind(Duration::from_secs($seconds), keep_alive).await;
                        let provider = sandbox.$provider();
                        let connect = $connect;
                        let client = connect(provider, |options| speaking(protocol, $options(options)));
                        super::$behaviour(&client, provider).await;
                    });
                    tokio::join!(one, other);
                }
            )*
        }
    };
}

conformance!(
    pontotel,
    |provider: &Provider, options| pontotel_auth::Client::builder()
        .username(provider.username())
        .password(provider.password())
        .base_url(provider.base_url())
        .options(options)
        .build()
        .expect("a client"),
    lifetime 2
);

conformance!(
    econpay,
    |provider: &Provider, options| econpay_auth::Client::builder()
        .email(provider.username())
        .password(provider.password())
        .base_url(provider.base_url())
        .options(options)
        .build()
        .expect("a client"),
    lifetime 2
);

conformance!(
    sopague,
    |provider: &Provider, options| sopague_auth::Client::builder()
        .username(provider.username())
        .password(provider.password())
        .base_url(provider.base_url())
        .options(options)
        .build()
        .expect("a client"),
    lifetime 2
);

conformance!(
    sopague_gateway,
    |provider: &Provider, options| sopague_auth::Client::builder()
        .username(provider.username())
        .password(provider.password())
        .api(sopague_auth::Api::Gateway)
        .base_url(provider.base_url())
        .options(options)
        .build()
        .expect("a client"),
    lifetime 2
);

conformance!(
    api4com,
    |provider: &Provider, options| api4com_auth::Client::builder()
        .email(provider.username())
        .password(provider.password())
        .base_url(provider.base_url())
        .options(options)
        .build()
        .expect("a client"),
    lifetime 2
);

conformance!(
    signed_api,
    |provider: &Provider, options| signed_api_auth::Client::builder()
        .api_key(provider.api_key())
        .base_url(provider.base_url())
        .options(options)
        .build()
        .expect("a client"),
    lifetime 2
);

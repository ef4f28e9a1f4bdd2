//! Requests and logins under a quota.

use std::time::Duration;

use auth_core::{ErrorKind, Options, Quota};
use auth_sandbox::{Limits, Sandbox};

use super::account::Account;

const HOUR: Duration = Duration::from_secs(3600);

fn quota(requests: u32) -> Options {
    Options::default().quota(Quota::new(requests, HOUR))
}

#[tokio::test]
async fn q9_a_client_without_a_quota_counts_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    client.get("usuarios/").send().await.unwrap();
    let stats = client.stats();
    assert_eq!((stats.quota_left, stats.quota_limit), (0, 0));
}

#[tokio::test]
async fn logins_and_replays_count_as_requests_do() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client_with(quota(100));
    client.get("usuarios/").send().await.unwrap();
    assert_eq!((client.stats().quota_left, client.stats().quota_limit), (98, 100));
    provider.revoke_all();
    assert_eq!(client.get("usuarios/").send().await.unwrap().status(), 200);
    assert_eq!(client.stats().quota_left, 95, "two logins, a request, a 401 and its replay");
}

#[tokio::test]
async fn q2_nothing_is_sent_when_the_quota_is_used_up() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client_with(quota(4));
    for _ in 0..2 {
        client.get("usuarios/").send().await.unwrap();
    }
    let error = client.get("usuarios/").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().is_some_and(|left| left > HOUR * 99 / 100), "{error}");
    assert!(error.to_string().starts_with("nothing was sent: the quota of 4 requests in 3600s is used up"), "{error}");
    assert_eq!((provider.requests(), client.stats().quota_errors), (2, 1));
}

#[tokio::test]
async fn q5_another_client_of_the_account_is_noticed_before_the_limit_is_met() {
    let sandbox = Sandbox::start().await.unwrap();
    // The headers state the limit of an hour, which must not end during the test.
    let into_the_hour = sandbox.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() % 3600;
    sandbox.set_clock_shift(-i64::try_from(into_the_hour).unwrap());
    let provider = sandbox.pontotel();
    provider.set_limits(Limits { per_hour: Some(40), per_minute: None });
    let (client, other) = (Account::of(provider).client_with(quota(40)), Account::of(provider).client());
    for _ in 0..20 {
        other.get("usuarios/").send().await.unwrap();
    }
    let mut sent = 0;
    while let Ok(response) = client.get("usuarios/").send().await {
        assert_eq!(response.status(), 200);
        sent += 1;
    }
    assert_eq!(sent, 17, "40 less 20, the two logins, and one that is left to the next login");
}

#[tokio::test]
async fn q5_requests_of_others_are_noticed_from_the_response_to_a_login() {
    let sandbox = Sandbox::start().await.unwrap();
    let into_the_hour = sandbox.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() % 3600;
    sandbox.set_clock_shift(-i64::try_from(into_the_hour).unwrap());
    let provider = sandbox.pontotel();
    provider.set_limits(Limits { per_hour: Some(40), per_minute: None });
    let (client, other) = (Account::of(provider).client_with(quota(40)), Account::of(provider).client());
    for _ in 0..38 {
        other.get("usuarios/").send().await.unwrap();
    }
    let error = client.get("usuarios/").send().await.unwrap_err();
    assert_eq!((error.kind(), provider.requests()), (ErrorKind::RateLimited, 38), "its login was the last of 40");
}

#[tokio::test]
async fn q4_a_login_is_sent_although_the_quota_is_used_up() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client_with(quota(4));
    while client.get("usuarios/").send().await.is_ok() {}
    for logins in 2..5 {
        client.forget(&client.credential().await.unwrap());
        client.credential().await.unwrap();
        assert_eq!(provider.logins(), logins);
    }
}

//! The sidecar as it is operated: probes, metrics, reloads, its end.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{sleep, timeout};

use crate::provider::{Provider, Reply, ok};
use crate::sidecar::{Sidecar, rest, status, until};

const GET: &[u8] = b"GET /a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// Sends a request to the listener of the operations.
async fn operation(sidecar: &Sidecar, path: &str) -> String {
    let address = sidecar.line("probes and metrics").await["address"].as_str().unwrap().to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

#[tokio::test]
async fn probes_and_metrics_work_while_the_provider_is_away() {
    let sidecar = Sidecar::start("http://127.0.0.1:1/api/v1", &["--admin-listen", "127.0.0.1:0"]).await;
    assert_eq!(status(&operation(&sidecar, "/livez").await), 200);
    assert_eq!(status(&operation(&sidecar, "/readyz").await), 200);
    assert_eq!(status(&operation(&sidecar, "/users").await), 404);
    assert_eq!(status(&sidecar.get("/a", "").await), 503, "no login");
    let metrics = operation(&sidecar, "/metrics").await;
    for line in [
        "authctl_requests_total{profile=\"a\",status=\"5xx\"} 1\n",
        "authctl_problems_total{profile=\"a\",problem=\"login-held-back\"} 1\n",
        "authctl_logins_failed_total{profile=\"a\"} 1\n",
        "authctl_request_seconds_count{profile=\"a\"} 1\n",
        "authctl_running_requests{profile=\"a\"} 0\n",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
}

#[tokio::test]
async fn the_shutdown_waits_for_a_running_request_and_accepts_no_other() {
    let provider = Provider::start(|_| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n";
        Reply::Parts([head, "ab", "cd", "ef", "gh"].map(str::to_owned).into())
    })
    .await;
    let mut sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let mut running = sidecar.connect().await;
    running.write_all(GET).await.unwrap();
    let begun = until(&mut running, "ab").await;
    sidecar.signal("TERM");
    sidecar.line("ending").await;
    assert!((begun + &rest(&mut running).await).ends_with("gh"));
    assert!(TcpStream::connect(&sidecar.address).await.is_err());
    assert!(sidecar.ends().await);
}

#[tokio::test]
async fn the_shutdown_waits_no_longer_than_the_drain_time() {
    let provider = Provider::start(|_| Reply::Keep(String::new())).await;
    let mut sidecar = Sidecar::start(&provider.base_url, &["--drain", "1"]).await;
    let mut running = sidecar.connect().await;
    running.write_all(GET).await.unwrap();
    while provider.requests().is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    sidecar.signal("TERM");
    assert_eq!(rest(&mut running).await, "");
    assert!(sidecar.ends().await);
}

/// Returns a profile with a listener of its own.
fn profile(name: &str, provider: &Provider) -> String {
    format!(
        "[profile.{name}]\nprovider = \"api4com\"\nuser = \"ana\"\nbase_url = \"{}\"\nstore = \"none\"\n\
         secret = {{ variable = \"TEST_PASSWORD\" }}\nlisten = \"127.0.0.1:0\"\n",
        provider.base_url
    )
}

#[tokio::test]
async fn a_changed_file_moves_a_profile_and_no_request_is_lost() {
    let provider = Provider::start(|_| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";
        Reply::Parts([head, "ab", "cd"].map(str::to_owned).into())
    })
    .await;
    let sidecar = Sidecar::of(&profile("a", &provider), &[], "x").await;
    let file = sidecar.folder.path().join("profiles.toml");
    let mut running = sidecar.connect().await;
    running.write_all(GET).await.unwrap();
    let begun = until(&mut running, "ab").await;
    std::fs::write(&file, profile("b", &provider)).unwrap();
    sidecar.line("no longer served").await;
    assert!((begun + &rest(&mut running).await).ends_with("cd"), "a request that runs ends as it began");
    sidecar.line("reloaded").await;
}

#[tokio::test]
async fn a_changed_file_that_is_wrong_is_refused_and_changes_nothing() {
    let provider = Provider::start(|_| ok("done")).await;
    let sidecar = Sidecar::of(&profile("a", &provider), &[], "x").await;
    let file = sidecar.folder.path().join("profiles.toml");
    std::fs::write(&file, "[profile.b]\nprovider = \"nobody\"\n").unwrap();
    let refused = sidecar.line("not reloaded; what ran before goes on").await;
    assert!(refused["failure"].as_str().unwrap().contains("line 2"), "{refused}");
    assert_eq!(status(&sidecar.get("/a", "").await), 200);
}

#[tokio::test]
async fn a_hang_up_reads_the_profile_again_and_keeps_the_connections() {
    let (before, after) = (Provider::start(|_| ok("before")).await, Provider::start(|_| ok("after")).await);
    let mut sidecar = Sidecar::start(&before.base_url, &[]).await;
    let mut kept = sidecar.connect().await;
    let keep = b"GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n";
    kept.write_all(keep).await.unwrap();
    until(&mut kept, "before").await;
    let file = sidecar.folder.path().join("profiles.toml");
    let text = std::fs::read_to_string(&file).unwrap().replace(&before.base_url, &after.base_url);
    std::fs::write(&file, text).unwrap();
    sidecar.signal("HUP");
    sidecar.line("reloaded").await;
    kept.write_all(keep).await.unwrap();
    until(&mut kept, "after").await;
    assert!(sidecar.child.try_wait().unwrap().is_none());
}

#[tokio::test]
async fn an_unchanged_profile_keeps_its_login_across_a_reload() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    sidecar.get("/a", "").await;
    sidecar.signal("HUP");
    sidecar.line("reloaded").await;
    sidecar.get("/b", "").await;
    assert_eq!((provider.requests().len(), provider.logins()), (2, 1));
}

#[tokio::test]
async fn the_file_of_a_secrets_variable_is_read_before_each_login() {
    let provider = Provider::start(|_| ok("")).await;
    let profile = format!(
        "[profile.a]\nprovider = \"api4com\"\nuser = \"ana\"\nbase_url = \"{}\"\nstore = \"none\"\n\
         secret = {{ variable = \"TEST_SECRET\" }}\n",
        provider.base_url
    );
    let sidecar = Sidecar::of(&profile, &["a", "--listen", "127.0.0.1:0"], "before").await;
    std::fs::write(sidecar.folder.path().join("secret"), "rotated").unwrap();
    sidecar.get("/a", "").await;
    assert!(provider.last_login().contains("rotated"), "{}", provider.last_login());
}

#[tokio::test]
async fn a_reload_reads_the_key_of_redis_again() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=").unwrap();
    let profile = format!(
        "[profile.a]\nprovider = \"api4com\"\nuser = \"ana\"\nbase_url = \"http://127.0.0.1:1/api/v1\"\n\
         secret = {{ variable = \"TEST_PASSWORD\" }}\nlisten = \"127.0.0.1:0\"\n\
         store = {{ redis = {{ url = {{ password_in_plain_text = \"redis://127.0.0.1:1\" }}, key = {{ file = {key:?} }} }} }}\n"
    );
    let sidecar = Sidecar::of(&profile, &[], "x").await;
    std::fs::write(&key, "too short").unwrap();
    sidecar.signal("HUP");
    let refused = sidecar.line("not reloaded; what ran before goes on").await;
    assert!(refused["failure"].as_str().unwrap().contains("key"), "{refused}");
}

#[tokio::test]
async fn a_reload_with_an_address_in_use_stops_nothing() {
    let provider = Provider::start(|_| ok("still served")).await;
    let profile = |address: &str| {
        format!(
            "[profile.a]\nprovider = \"api4com\"\nuser = \"ana\"\nbase_url = \"{}\"\nstore = \"none\"\n\
             secret = {{ variable = \"TEST_PASSWORD\" }}\nlisten = \"{address}\"\n",
            provider.base_url
        )
    };
    let in_use = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let sidecar = Sidecar::of(&profile("127.0.0.1:0"), &[], "x").await;
    let moved = profile(&in_use.local_addr().unwrap().to_string());
    std::fs::write(sidecar.folder.path().join("profiles.toml"), moved).unwrap();
    sidecar.signal("HUP");
    sidecar.line("not reloaded; what ran before goes on").await;
    assert!(sidecar.get("/a", "").await.ends_with("still served"));
}

#[tokio::test]
async fn a_reload_can_exchange_the_addresses_of_two_profiles() {
    let (ana, bia) = (Provider::start(|_| ok("of ana")).await, Provider::start(|_| ok("of bia")).await);
    let profiles = |of_ana: &str, of_bia: &str| {
        [("ana", &ana.base_url, of_ana), ("bia", &bia.base_url, of_bia)].map(|(name, base_url, address)| {
            format!(
                "[profile.{name}]\nprovider = \"api4com\"\nuser = \"{name}\"\nbase_url = \"{base_url}\"\n\
                 store = \"none\"\nsecret = {{ variable = \"TEST_PASSWORD\" }}\nlisten = \"{address}\"\n"
            )
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let address = |name: &str| format!("unix:{}", folder.path().join(name).display());
    let (one, other) = (address("1.sock"), address("2.sock"));
    let sidecar = Sidecar::of(&profiles(&one, &other).concat(), &[], "x").await;
    std::fs::write(sidecar.folder.path().join("profiles.toml"), profiles(&other, &one).concat()).unwrap();
    sidecar.signal("HUP");
    sidecar.line("reloaded").await;
    for (name, body) in [("1.sock", "of bia"), ("2.sock", "of ana")] {
        let mut stream = UnixStream::connect(folder.path().join(name)).await.unwrap();
        stream.write_all(GET).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with(body), "{name}: {answer}");
    }
}

#[tokio::test]
async fn a_reload_can_open_a_listener_to_other_machines_and_close_it_again() {
    let provider = Provider::start(|_| ok("served")).await;
    let profile = |address: &str| {
        format!(
            "[profile.a]\nprovider = \"api4com\"\nuser = \"ana\"\nbase_url = \"{}\"\nstore = \"none\"\n\
             secret = {{ variable = \"TEST_PASSWORD\" }}\nlisten = \"{address}\"\n",
            provider.base_url
        )
    };
    let sidecar = Sidecar::of(&profile("127.0.0.1:0"), &["--listen-on-any-address"], "x").await;
    let port = sidecar.address.rsplit_once(':').unwrap().1;
    for (reload, host) in ["0.0.0.0", "127.0.0.1", "0.0.0.0"].into_iter().enumerate() {
        std::fs::write(sidecar.folder.path().join("profiles.toml"), profile(&format!("{host}:{port}"))).unwrap();
        sidecar.signal("HUP");
        sidecar.nth_line("reloaded", reload).await;
        assert!(sidecar.get("/a", "").await.ends_with("served"), "{host}");
        assert!(std::net::TcpListener::bind(format!("{host}:{port}")).is_err(), "a second sidecar cannot start");
    }
}

#[tokio::test]
async fn connections_above_the_limit_wait_for_a_place() {
    let provider = Provider::start(|_| ok("done")).await;
    let sidecar = Sidecar::start(&provider.base_url, &["--max-connections", "1"]).await;
    let idle = sidecar.connect().await;
    let mut waiting = sidecar.connect().await;
    waiting.write_all(GET).await.unwrap();
    let mut byte = [0];
    assert!(timeout(Duration::from_millis(300), waiting.read(&mut byte)).await.is_err(), "answered above the limit");
    drop(idle);
    assert!(rest(&mut waiting).await.ends_with("done"));
}

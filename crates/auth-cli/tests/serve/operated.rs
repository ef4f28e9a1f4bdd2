//! The sidecar as it is operated: probes, metrics, reloads, its end.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
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
    until(&mut running, "ab").await;
    sidecar.signal("TERM");
    sidecar.line("ending").await;
    assert!(rest(&mut running).await.ends_with("gh"));
    assert!(TcpStream::connect(&sidecar.address).await.is_err());
    assert!(sidecar.child.wait().unwrap().success());
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
    assert!(sidecar.child.wait().unwrap().success());
}

#[tokio::test]
async fn a_changed_file_moves_a_profile_and_no_request_is_lost() {
    let provider = Provider::start(|_| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";
        Reply::Parts([head, "ab", "cd"].map(str::to_owned).into())
    })
    .await;
    let profile = |name: &str| {
        format!(
            "[profile.{name}]\nprovider = \"api4com\"\nuser = \"ana\"\nbase_url = \"{}\"\nstore = \"none\"\n\
             secret = {{ variable = \"TEST_PASSWORD\" }}\nlisten = \"127.0.0.1:0\"\n",
            provider.base_url
        )
    };
    let sidecar = Sidecar::of(&profile("a"), &[], "x").await;
    let file = sidecar.folder.path().join("profiles.toml");
    let mut running = sidecar.connect().await;
    running.write_all(GET).await.unwrap();
    until(&mut running, "ab").await;
    std::fs::write(&file, profile("b")).unwrap();
    sidecar.line("no longer served").await;
    assert!(rest(&mut running).await.ends_with("cd"), "a request that runs ends as it began");
    sidecar.line("reloaded").await;
    std::fs::write(&file, "[profile.b]\nprovider = \"nobody\"\n").unwrap();
    let refused = sidecar.line("not reloaded; what ran before goes on").await;
    assert!(refused["failure"].as_str().unwrap().contains("line 2"), "{refused}");
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

//! The callers that may use a listener.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::provider::{Provider, ok};
use crate::sidecar::{Sidecar, failed_start, problem, status};

#[tokio::test]
async fn a_page_in_a_browser_cannot_use_the_account() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &["--allow-host", "authctl"]).await;
    for header in ["origin: http://localhost:8700\r\n", "sec-fetch-site: cross-site\r\n"] {
        let answer = sidecar.get("/a", header).await;
        assert_eq!((status(&answer), &problem(&answer)["type"]), (403, &"urn:authctl:problem:forbidden".into()));
    }
    let named = |host: &str| format!("GET /a HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    assert_eq!(status(&sidecar.send(&named("rebound.evil.test")).await), 421);
    assert_eq!((provider.requests(), provider.logins()), (vec![], 0));
    assert_eq!(status(&sidecar.send(&named("authctl:8700")).await), 200);
}

#[tokio::test]
async fn a_local_token_is_required_and_never_reaches_the_provider() {
    let provider = Provider::start(|_| ok("")).await;
    let sidecar = Sidecar::start(&provider.base_url, &["--token-file", "token"]).await;
    let token = std::fs::read_to_string(sidecar.folder.path().join("token")).unwrap();
    for header in ["", "authorization: Bearer x\r\n"] {
        let answer = sidecar.get("/a", header).await;
        assert!(status(&answer) == 401 && answer.contains("www-authenticate: Bearer"), "{answer}");
    }
    assert_eq!(provider.requests(), [""; 0]);
    assert_eq!(status(&sidecar.get("/a", &format!("authorization: Bearer {}\r\n", token.trim())).await), 200);
    assert!(!provider.only_request().contains(token.trim()) && !sidecar.log().contains(token.trim()));
}

#[tokio::test]
async fn a_unix_socket_is_private_and_replaces_a_dead_one() {
    let provider = Provider::start(|_| ok("from the provider")).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let listen = format!("unix:{}", path.display());
    let sidecar = Sidecar::start(&provider.base_url, &[]).await;
    let profile = std::fs::read_to_string(sidecar.folder.path().join("profiles.toml")).unwrap();
    let mut on_socket = Sidecar::of(&profile, &["a", "--listen", &listen], "x").await;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let mut stream = UnixStream::connect(&path).await.unwrap();
    stream.write_all(b"GET /a HTTP/1.1\r\nhost: any.name\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("from the provider"), "{answer}");
    on_socket.signal("TERM");
    assert!(on_socket.ends().await);
    assert!(!path.exists(), "the socket is removed at the end");
}

/// Returns the profile of an Api4Com account that no provider answers for.
fn unanswered() -> String {
    "[profile.a]\nprovider = \"api4com\"\nuser = \"ana\"\nbase_url = \"http://127.0.0.1:1/api/v1\"\nstore = \"none\"\n\
     secret = { variable = \"TEST_PASSWORD\" }\n"
        .to_owned()
}

#[tokio::test]
async fn a_sidecar_does_not_remove_the_socket_of_its_successor() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    let listen = format!("unix:{}", path.display());
    let mut first = Sidecar::of(&unanswered(), &["a", "--listen", &listen], "x").await;
    std::fs::remove_file(&path).unwrap();
    let _second = Sidecar::of(&unanswered(), &["a", "--listen", &listen], "x").await;
    first.signal("TERM");
    assert!(first.ends().await);
    UnixStream::connect(&path).await.unwrap();
}

#[tokio::test]
async fn only_a_socket_that_refuses_connections_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("profiles.toml"), unanswered()).unwrap();
    let path = folder.path().join("a.sock");
    // Connections to a datagram socket fail, although a program receives on it.
    let in_use = UnixDatagram::bind(&path).unwrap();
    let listen = format!("unix:{}", path.display());
    let (code, error) = failed_start(&["a", "--listen", &listen], folder.path()).await;
    assert!(code == Some(1) && error.contains("another program may listen on it"), "{error}");
    UnixDatagram::unbound().unwrap().send_to(b"still here", &path).unwrap();
    in_use.recv(&mut [0; 16]).unwrap();
}

#[tokio::test]
async fn a_start_that_fails_leaves_the_token_of_a_running_sidecar_alone() {
    let first = Sidecar::of(&unanswered(), &["a", "--listen", "127.0.0.1:0", "--token-file", "token"], "x").await;
    let folder = first.folder.path();
    let token = std::fs::read_to_string(folder.join("token")).unwrap();
    for arguments in [&[&first.address[..]][..], &["127.0.0.1:0", "--admin-listen", &first.address]] {
        let arguments = [&["a", "--token-file", "token", "--listen"], arguments].concat();
        let (code, error) = failed_start(&arguments, folder).await;
        assert!(code == Some(1) && error.contains(&first.address), "{error}");
        assert_eq!(std::fs::read_to_string(folder.join("token")).unwrap(), token);
    }
}

#[tokio::test]
async fn an_address_that_other_machines_reach_needs_an_option() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let (code, text) = failed_start(&["api4com", "--listen", address], folder.path()).await;
        assert!(code == Some(2) && text.contains("--listen-on-any-address"), "{text}");
    }
    let (code, text) = failed_start(&["api4com", "--listen", "0.0.0.0"], folder.path()).await;
    assert!(code == Some(2) && text.contains("127.0.0.1:8700"), "{text}");
    // 192.0.2.1 is reserved for documentation: no machine has it.
    let arguments = ["api4com", "--listen", "192.0.2.1:0", "--listen-on-any-address"];
    let (code, text) = failed_start(&arguments, folder.path()).await;
    assert!(code == Some(1) && text.contains("192.0.2.1"), "{text}");
}

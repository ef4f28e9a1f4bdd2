//! Accounts of the sandbox: logins that are held back, tokens that end, signatures, links.

use std::time::Duration;

use auth_sandbox::{Fault, On, Sandbox};

use crate::sidecar::{Sidecar, problem, status};

/// Starts a sidecar in front of the sandbox's Pontotel.
async fn pontotel(sandbox: &Sandbox, password: &str) -> Sidecar {
    let pontotel = sandbox.pontotel();
    let profile = format!(
        "[profile.p]\nprovider = \"pontotel\"\nuser = \"{}\"\nbase_url = \"{}\"\nstore = \"none\"\n\
         secret = {{ variable = \"TEST_PASSWORD\" }}\n",
        pontotel.username(),
        pontotel.base_url()
    );
    Sidecar::of(&profile, &["p", "--listen", "127.0.0.1:0"], password).await
}

#[tokio::test]
async fn a_refused_login_is_sent_once_and_then_held_back_with_the_time() {
    let sandbox = Sandbox::start().await.unwrap();
    let sidecar = pontotel(&sandbox, "senha-errada-4711").await;
    for _ in 0..3 {
        let answer = sidecar.get("/usuarios/", "").await;
        let document = problem(&answer);
        assert_eq!((status(&answer), &document["type"]), (503, &"urn:authctl:problem:login-held-back".into()));
        let wait = document["retry_after"].as_u64().unwrap();
        assert!((50..=66).contains(&wait) && answer.contains(&format!("retry-after: {wait}\r\n")), "{answer}");
        assert!(document["detail"].as_str().unwrap().contains("refused"), "{answer}");
        assert!(!answer.contains("4711"));
    }
    assert_eq!(sandbox.pontotel().logins(), 1);
    assert!(!sidecar.log().contains("4711"), "{}", sidecar.log());
}

#[tokio::test]
async fn a_revoked_token_is_replaced_without_the_client_noticing() {
    let sandbox = Sandbox::start().await.unwrap();
    let sidecar = pontotel(&sandbox, sandbox.pontotel().password()).await;
    assert_eq!(status(&sidecar.get("/usuarios/", "").await), 200);
    sandbox.pontotel().revoke_all();
    assert_eq!(status(&sidecar.get("/usuarios/", "").await), 200);
    assert_eq!(sandbox.pontotel().logins(), 2);
    assert!(!sidecar.log().contains(sandbox.pontotel().password()));
}

#[tokio::test]
async fn clients_that_come_together_share_one_login() {
    let sandbox = Sandbox::start().await.unwrap();
    let sidecar = pontotel(&sandbox, sandbox.pontotel().password()).await;
    sandbox.pontotel().fault(On::Login, Fault::Delay { delay: Duration::from_millis(300), times: 1 });
    let answers = futures_util::future::join_all((0..50).map(|_| sidecar.get("/usuarios/", ""))).await;
    assert!(answers.iter().all(|answer| status(answer) == 200));
    assert_eq!(sandbox.pontotel().logins(), 1);
}

#[tokio::test]
async fn the_links_of_a_page_lead_through_the_sidecar_to_the_last_page() {
    let sandbox = Sandbox::start().await.unwrap();
    let sidecar = pontotel(&sandbox, sandbox.pontotel().password()).await;
    let mut path = "/usuarios/?page_size=2".to_owned();
    let mut seen = 0;
    loop {
        // As Python's requests does, it allows compression.
        let answer = sidecar.get(&path, "accept-encoding: gzip, deflate\r\n").await;
        let json = answer.split("\r\n").find(|line| line.starts_with('{')).unwrap();
        let page: serde_json::Value = serde_json::from_str(json).unwrap();
        seen += page["results"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { break };
        path = next.strip_prefix("http://localhost").unwrap_or_else(|| panic!("{next}")).to_owned();
    }
    assert_eq!(seen, 5);
}

#[tokio::test]
async fn a_documented_write_of_xigsapi_is_signed_also_after_a_401() {
    let sandbox = Sandbox::start().await.unwrap();
    let signed = sandbox.signed_api();
    let profile = format!(
        "[profile.x]\nprovider = \"signed-api\"\nbase_url = \"{}\"\nstore = \"none\"\n\
         secret = {{ variable = \"TEST_PASSWORD\" }}\n",
        signed.base_url()
    );
    let sidecar =
        Sidecar::of(&profile, &["x", "--listen", "127.0.0.1:0", "--keep-body", "100"], signed.api_key()).await;
    let write = async |body: &str| {
        let head = "POST /v1/profile HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-signed-request: wrong\r\n\
                    content-type: text/plain\r\n";
        status(&sidecar.send(&format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await)
    };
    let body = r#"{ "profileType": "demo",  "email": "ana@casa.example", "description": "Casa" }"#;
    assert_eq!(write(body).await, 201);
    signed.revoke_all();
    assert_eq!(write(body).await, 201);
    assert_eq!(signed.logins(), 2);
    assert_eq!(write("no JSON").await, 400, "nothing is sent");
    assert_eq!(write(&format!("{{\"a\": \"{}\"}}", "x".repeat(200))).await, 413, "it cannot be signed in parts");
}

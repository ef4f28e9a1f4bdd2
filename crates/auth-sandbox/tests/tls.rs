//! Tests of HTTPS.
#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "http/common/mod.rs"]
mod common;

use std::{
    io::{BufRead, BufReader},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

use auth_sandbox::{Quirks, Sandbox};
use common::secret;
use reqwest::{Certificate, Client};
use serde_json::{Value, json};

async fn with_tls() -> Sandbox {
    let quirks = Quirks { keep_alive: Some(Duration::from_secs(5)), ..Quirks::NONE };
    Sandbox::builder().tls().allow_host("sandbox.example").quirks(quirks).start().await.unwrap()
}

fn trusting(pem: &str) -> Client {
    let authority = Certificate::from_pem(pem.as_bytes()).unwrap();
    Client::builder().tls_certs_only([authority]).timeout(Duration::from_secs(10)).build().unwrap()
}

async fn users(client: &Client, pontotel: &Value) -> Value {
    let base_url = pontotel["base_url"].as_str().unwrap();
    let body = json!({ "username": pontotel["username"], "password": pontotel["password"] });
    let login = client.post(format!("{base_url}/login/")).json(&body).send().await.unwrap();
    let token = login.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
    client.get(format!("{base_url}/usuarios/")).bearer_auth(token).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_logs_in_and_links_are_https() {
    let sandbox = with_tls().await;
    let client = trusting(sandbox.authority().unwrap());
    let provider = sandbox.pontotel();
    let account = json!({
        "base_url": provider.base_url(), "username": provider.username(), "password": secret(provider),
    });
    let next = users(&client, &account).await["next"].clone();
    assert!(next.as_str().unwrap().starts_with(&format!("{}/usuarios/", provider.base_url())), "{next}");
    let clock = client.get(format!("{}/clock", sandbox.control_url())).send().await.unwrap();
    assert_eq!((clock.status().as_u16(), clock.version()), (200, reqwest::Version::HTTP_2));
}

#[tokio::test]
async fn a_client_that_does_not_know_the_authority_refuses_the_server() {
    let sandbox = with_tls().await;
    let other = with_tls().await;
    trusting(other.authority().unwrap()).get(sandbox.econpay().base_url()).send().await.unwrap_err();
}

#[tokio::test]
async fn the_certificate_is_for_allowed_names_and_for_no_others() {
    let sandbox = with_tls().await;
    let authority = Certificate::from_pem(sandbox.authority().unwrap().as_bytes()).unwrap();
    let url = reqwest::Url::parse(sandbox.econpay().base_url()).unwrap();
    let address = ([127, 0, 0, 1], url.port().unwrap()).into();
    for (name, is_known) in [("localhost", true), ("sandbox.example", true), ("other.example", false)] {
        let client = Client::builder().tls_certs_only([authority.clone()]).resolve(name, address).build().unwrap();
        let answer = client.get(url.as_str().replace("127.0.0.1", name)).send().await;
        assert_eq!(answer.is_ok(), is_known, "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn a_client_that_is_slow_to_shake_hands_does_not_delay_others() {
    let sandbox = with_tls().await;
    let address = sandbox.control_url().trim_start_matches("https://").split('/').next().unwrap().to_owned();
    let _silent = TcpStream::connect(address).unwrap();
    let client = trusting(sandbox.authority().unwrap());
    assert_eq!(client.get(sandbox.econpay().base_url()).send().await.unwrap().status(), 404);
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
async fn the_program_tells_the_file_of_its_authority_and_removes_it() {
    let program = Command::new(env!("CARGO_BIN_EXE_auth-sandbox"))
        .args(["--tls", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut running = Running(program);
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let all: Value = serde_json::from_str(&line).unwrap();
    let file = all["ca_file"].as_str().unwrap();
    let client = trusting(&std::fs::read_to_string(file).unwrap());
    assert_eq!(users(&client, &all["pontotel"]).await["count"], 5);

    assert!(Command::new("kill").arg(running.0.id().to_string()).status().unwrap().success());
    running.0.wait().unwrap();
    assert!(!std::path::Path::new(file).exists());
}

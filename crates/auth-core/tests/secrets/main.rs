//! Secrets in errors, `Debug` and the log. This is a program of its own, because the log's subscriber is global to the
//! process.
//!
//! Rules P, F and S: docs/semantics.md.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

#[path = "../one_process/net/account.rs"]
mod account;
mod echoes;

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use auth_core::{Error, Options};
use auth_sandbox::{Fault, On, Sandbox};
use tracing_subscriber::fmt::MakeWriter;

use account::{Account, PASSWORD};

/// The whole log.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        write!(text, " {cause} {cause:?}").unwrap();
        source = cause.source();
    }
    text
}

#[tokio::test]
async fn p26_no_error_no_debug_and_no_line_of_the_log_shows_a_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let (text, secrets) = async {
        let sandbox = Sandbox::start().await.unwrap();
        let provider = sandbox.pontotel();
        let mut text = String::new();
        let mut secrets = vec![PASSWORD.to_owned(), provider.password().to_owned()];

        let wrong = Account::at(provider.base_url());
        let client = wrong.client();
        text += &shown(&client.get("usuarios/").send().await.unwrap_err());
        let sent = String::from_utf8(provider.last_request().unwrap().body).unwrap();
        assert!(sent.contains(PASSWORD), "the secret reaches the wire");
        write!(text, "{wrong:?} {client:?} {:?}", client.get("x")).unwrap();

        let echo = format!(r#"{{"error": "no", "message": "{PASSWORD} is not the password"}}"#).into_bytes();
        let account = Account::at(provider.base_url());
        for body in [echo, b"<html>s3nha-muito-secreta</html>".to_vec(), b"\"s3nha-muito-secreta".to_vec()] {
            for status in [200, 401, 500] {
                let fault =
                    Fault::Body { status, content_type: "application/json".into(), body: body.clone(), times: 1 };
                provider.fault(On::Login, fault);
                let client = account.client_with(Options::default().login_attempts(1));
                text += &shown(&client.credential().await.unwrap_err());
            }
        }

        let client = Account::of(provider).client();
        let credential = client.credential().await.unwrap();
        secrets.push(credential.token.expose_secret().to_owned());
        provider.revoke_all();
        client.get("usuarios/").query(&[("cpf", "12345678901")]).send().await.unwrap();
        secrets.push(client.credential().await.unwrap().token.expose_secret().to_owned());
        write!(text, "{credential:?} {:?} {:?}", client.headers().await.unwrap(), client.stats()).unwrap();
        provider.fault(On::Resource, Fault::Truncated { times: 1 });
        let broken = client.get("usuarios/").query(&[("cpf", "12345678901")]).fetch::<String>().await.unwrap_err();
        assert!(!shown(&broken).contains("12345678901"), "an error shows no query");
        text += &shown(&broken);
        (text, secrets)
    }
    .await;
    let log = log.text();
    let host = "server.address=\"127.0.0.1\"";
    for event in ["logged in", "refused the login", "credential is invalidated", "sent again", "auth.login", host] {
        assert!(log.contains(event), "the log has {event:?}");
    }
    for secret in secrets {
        for part in [&secret[..], &secret[..secret.len() / 2], &secret[secret.len() / 2..]] {
            assert!(!text.contains(part), "{part} shows in {text}");
            // The sandbox and its HTTP library log to the same subscriber; their lines are ignored.
            let ours: String = log.lines().filter(|line| line.contains("auth_core")).collect();
            assert!(!ours.contains(part), "{part} is in the log");
        }
    }
}

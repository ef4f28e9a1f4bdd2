//! Attempts of a hostile server to redirect the credential, beyond the table's redirects and floods.

use api4com_auth::auth_core::ErrorKind;
use auth_sandbox::On;

use crate::case::{Case, Place, Strike};
use crate::party::{PARTIES, Party};
use crate::stage::Stage;
use crate::table::edited;
use crate::wire::answer::Answer;

async fn stage(case: &Case, party: &Party) -> Stage {
    Stage::set(case, party, On::Resource, 1).await
}

/// A case without a fault.
fn calm() -> Case {
    Case::wire("nothing", Answer::whole)
}

#[tokio::test]
async fn no_path_or_url_from_a_server_sends_a_credential_elsewhere() {
    for party in &PARTIES {
        let stage = stage(&calm(), party).await;
        let elsewhere = stage.wire.elsewhere();
        let host = elsewhere.trim_start_matches("http:");
        let address = stage.wire.address;
        let places = [
            elsewhere.clone(),
            elsewhere.to_uppercase(),
            host.to_owned(),
            format!("/{host}"),
            host.replace('/', "\\"),
            format!("http://{address}@{}", host.trim_start_matches('/')),
            format!("http://{address}.evil.test/"),
            format!("http://{address}/elsewhere/"),
            format!("https://{address}/"),
            "../admin".to_owned(),
            "a/../../admin".to_owned(),
            "%2e%2e/admin".to_owned(),
            "..\\admin".to_owned(),
            "./admin".to_owned(),
            "\t//evil.test/".to_owned(),
            "\u{ff0f}\u{ff0f}evil.test/\n".to_owned(),
        ];
        for place in &places {
            match stage.subject.get(place).await {
                Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{}: {place:?}: {error}", party.name),
                Ok(status) => panic!("{}: {place:?} was sent: {status}", party.name),
            }
        }
        assert_eq!(stage.wire.seen(), (0, 0, 0), "{}: not even a login", party.name);
    }
}

#[tokio::test]
async fn no_header_of_a_response_changes_the_next_request_or_its_target() {
    let luring = |on: &'static str| {
        edited(on, |answer| {
            let elsewhere = answer.elsewhere.clone();
            answer.add("location", &elsewhere);
            answer.add("content-location", &elsewhere);
            answer.add("refresh", &format!("0; url={elsewhere}"));
            answer.add("link", &format!("<{elsewhere}>; rel=\"next\", <{elsewhere}>; rel=\"preconnect\""));
            answer.add("alt-svc", &format!("h2=\"{}\"", elsewhere.trim_start_matches("http://").trim_end_matches('/')));
            answer.add("set-cookie", "authorization=Bearer%20evil; path=/");
            answer.add("authorization", "Bearer evil");
            answer.add("proxy-authenticate", "Basic");
        })
    };
    for party in &PARTIES {
        let case = luring("an answer with luring headers");
        let mut stage = stage(&case, party).await;
        stage.strike(&case, party, On::Login).await;
        stage.strike(&case, party, On::Resource).await;
        let mut sent = Vec::new();
        for _ in 0..2 {
            assert_eq!(stage.subject.send().await.unwrap().0, 200, "{}", party.name);
            sent.push(stage.wire.last());
        }
        assert_eq!(sent[0], sent[1], "{}: the same headers, with the same credential", party.name);
        assert!(sent[0].iter().any(|(name, value)| name == "authorization" && !value.contains("evil")));
        assert_eq!(stage.wire.seen(), (1, 2, 0), "{}", party.name);
    }
}

#[tokio::test]
async fn a_credential_does_not_go_to_an_impostor_without_a_certificate() {
    let flaw = crate::wire::tls::Flaw::UnknownAuthority;
    for party in &PARTIES {
        let case = Case::new("an impostor", Strike::Place(Place::Tls(flaw)));
        let mut stage = stage(&case, party).await;
        stage.strike(&case, party, On::Login).await;
        for _ in 0..2 {
            assert_eq!(stage.subject.send().await.unwrap_err().kind(), ErrorKind::Unavailable, "{}", party.name);
        }
        assert_eq!(stage.wire.seen(), (0, 0, 0), "{}", party.name);
        assert!(stage.wire.secrets().is_empty(), "{}", party.name);
    }
}

//! Failures of the set-up: `doctor` names each in one line, with its remedy.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use auth_core::time::{Duration, OffsetDateTime, format_description::well_known::Rfc2822};
use auth_sandbox::{Fault, On, Provider};

use crate::certificates::Authority;
use crate::doctor::write;
use crate::place::{Outcome, Place};
use crate::wrapped::{Message, State, Wrapped};

const ARGUMENTS: [&str; 5] = ["doctor", "p", "--quiet", "--wait", "0"];
const STORE: &str = "store = { redis = { url = { variable = \"REDIS_URL\" }, key = { file = \"store-key\" } } }";

/// Checks that the command names this fact alone, with the remedy in its line and without the secret.
#[track_caller]
fn check(outcome: &Outcome, account: &Provider, fact: &str, remedy: &str) {
    let lines: Vec<_> = outcome.out.lines().skip(1).collect();
    assert_eq!(outcome.code, Some(3), "{fact}: {} {}", outcome.out, outcome.err);
    assert_eq!(lines.len(), 1, "{fact}: {}", outcome.out);
    assert!(lines[0].split(' ').next() == Some(fact) && lines[0].contains(remedy), "{fact}: {}", outcome.out);
    for secret in [account.password(), account.api_key()] {
        assert!(secret.is_empty() || !outcome.out.contains(secret), "{}", outcome.out);
    }
}

fn run_with(place: &Place, variable: &str, value: impl AsRef<OsStr>) -> Outcome {
    place.run_with((variable, value), &ARGUMENTS)
}

fn chmod(path: &std::path::Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Starts a proxy that gives this answer to each request.
fn proxy(answer: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_lacks_a_setting_or_misspells_it_is_named() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    place.write("[profile.p]\nprovider = \"pontotel\"\n");
    check(&place.run(&ARGUMENTS), pontotel, "setup.profile", "set either PONTOTEL_TOKEN");
    place.write("[profile.p]\nprovider = \"pontotel\"\nuser = \"maria\"\nsecret = { variable = \"LOJA_SENHA\" }\n");
    check(&place.run(&ARGUMENTS), pontotel, "setup.profile", "the variable LOJA_SENHA is not set: set it");
    write(&place, "pontotel", pontotel, pontotel.base_url(), "environment = \"homolog\"");
    check(&place.run(&ARGUMENTS), pontotel, "setup.profile", "environment");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_a_secret_that_others_can_read_is_named() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    write(&place, "pontotel", pontotel, pontotel.base_url(), "");
    chmod(&place.config(), 0o644);
    check(&place.run(&ARGUMENTS), pontotel, "setup.profiles-file", "chmod 600");
    let secret = place.folder.path().join("senha");
    fs::write(&secret, pontotel.password()).unwrap();
    chmod(&secret, 0o604);
    let (user, base_url) = (pontotel.username(), pontotel.base_url());
    place.write(&format!(
        "[profile.p]\nprovider = \"pontotel\"\nuser = {user:?}\nbase_url = {base_url:?}\nsecret = {{ file = \"senha\" }}\n"
    ));
    check(&place.run(&ARGUMENTS), pontotel, "setup.secret-file", "chmod 600");
    chmod(&secret, 0o600);
    place.run(&ARGUMENTS).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_unreachable_or_open_to_others_is_named() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    write(&place, "pontotel", pontotel, pontotel.base_url(), "");
    let file = place.folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    check(&run_with(&place, "AUTHCTL_STATE", &file), pontotel, "setup.profile", "set AUTHCTL_STATE to another folder");
    write(&place, "pontotel", pontotel, pontotel.base_url(), STORE);
    let key = place.folder.path().join("store-key");
    fs::write(&key, "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=").unwrap();
    chmod(&key, 0o600);
    for url in ["redis://127.0.0.1:1", "redis+cluster://127.0.0.1:1,127.0.0.1:2", "redis+sentinel://127.0.0.1:1/fleet"]
    {
        let outcome = run_with(&place, "REDIS_URL", url);
        assert!(outcome.out.contains("cannot be reached"), "{}", outcome.out);
        check(&outcome, pontotel, "setup.store", "start the server");
    }
    chmod(&key, 0o644);
    let outcome = run_with(&place, "REDIS_URL", "redis://127.0.0.1:1");
    assert!(outcome.out.contains("setup.store-key-file") && outcome.out.contains("chmod 600"), "{}", outcome.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_or_a_proxy_that_cannot_be_reached_is_named() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    write(&place, "pontotel", pontotel, "http://127.0.0.1:1/pontotel", "");
    check(&place.run(&ARGUMENTS), pontotel, "setup.connection", "check `base_url`");
    write(&place, "pontotel", pontotel, &proxy("SSH-2.0-OpenSSH_9.9\r\n"), "");
    check(&place.run(&ARGUMENTS), pontotel, "setup.connection", "another program may listen there");
    write(&place, "pontotel", pontotel, "https://pontotel.invalid/pontotel", "");
    let outcome = place.run(&ARGUMENTS);
    assert!(outcome.out.contains("setup.name") && outcome.out.contains("correct `base_url`"), "{}", outcome.out);
    for refusing in [
        "http://127.0.0.1:1".to_owned(),
        proxy("HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n"),
        proxy("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"),
    ] {
        let outcome = run_with(&place, "HTTPS_PROXY", &refusing);
        check(&outcome, pontotel, "setup.connection", "correct HTTPS_PROXY, or add pontotel.invalid to NO_PROXY");
    }
    write(&place, "pontotel", pontotel, pontotel.base_url(), "");
    assert_eq!(run_with(&place, "HTTP_PROXY", "http://127.0.0.1:1").ok(), "", "the client reaches loopback directly");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_valid_is_named_before_a_secret_is_sent() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    let (known, unknown) = (Authority::new(), Authority::new());
    let authorities = place.folder.path().join("authorities.pem");
    known.write(&authorities);
    for (origin, seen, remedy) in [
        (known.serve("127.0.0.1", (2019, 2020)).await, "the certificate has expired", "check this machine's clock"),
        (known.serve("127.0.0.1", (2119, 2120)).await, "the certificate is not valid yet", "timedatectl"),
        (known.serve("other.test", (2019, 2120)).await, "belongs to another host", "correct `base_url`"),
        (unknown.serve("127.0.0.1", (2019, 2120)).await, "an unknown authority", "add its authority"),
    ] {
        write(&place, "pontotel", pontotel, &origin, "");
        let outcome = run_with(&place, "SSL_CERT_FILE", &authorities);
        check(&outcome, pontotel, "setup.connection", remedy);
        assert!(outcome.out.contains(seen), "{seen}: {}", outcome.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_names_the_password_the_environment_or_the_address() {
    let place = Place::new().await;
    let (pontotel, sopague) = (place.sandbox.pontotel(), place.sandbox.sopague());
    write(&place, "sopague", sopague, sopague.base_url(), "");
    sopague.fault(On::Login, Fault::Status { status: 403, times: 1 });
    check(&place.run(&ARGUMENTS), sopague, "setup.login", "register this machine's public IP address");
    write(&place, "pontotel", pontotel, pontotel.base_url(), "");
    pontotel.set_password("another");
    let outcome = place.run(&ARGUMENTS);
    check(&outcome, pontotel, "setup.login", "other environments have other accounts");
    let checks = "check `user` and the secret in the profile, and that the account is of the profile's base URL";
    assert!(outcome.out.contains(checks), "{}", outcome.out);
    let again = place.run(&ARGUMENTS);
    check(&again, pontotel, "setup.login", "or correct the secret");
    assert!(again.out.contains("wait "), "{}", again.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_a_day_off_is_named() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    for (days, seen) in [(1, "behind the provider"), (-1, "ahead of the provider")] {
        let wrapped = Wrapped::start(
            pontotel.base_url().split("/pontotel").next().unwrap(),
            |_, _| None,
            move |_: &Message, answer: &mut Message, _: &mut State| answer.set("date", &date(days)),
        );
        write(&place, "pontotel", pontotel, &format!("{}/pontotel/api/v4", wrapped.origin), "");
        let outcome = place.run(&ARGUMENTS);
        check(&outcome, pontotel, "setup.clock", "set this machine's clock (timedatectl set-ntp true)");
        assert!(outcome.out.contains(seen), "{}", outcome.out);
        place.run(&["logout", "p"]);
    }
}

#[expect(clippy::disallowed_methods, reason = "the server's clock is the machine's, shifted")]
fn date(days: i64) -> String {
    let now = OffsetDateTime::from(std::time::SystemTime::now()) + Duration::days(days);
    now.format(&Rfc2822).unwrap().replace("+0000", "GMT")
}

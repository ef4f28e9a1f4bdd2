//! The time from the start of a process to its first answer from a provider that is 25 ms away, and the cost of building a
//! client that speaks https.
//!
//! `cargo run --release --bin cold_start` prints both tables in two minutes. A login and a request go over TLS 1.3 to a server
//! in the parent process, with a proxy between them that delays. Each is done in a new process, which loads the system's
//! authorities and the server's. The ratios are medians over rounds in which each way had its turn. The
//! second table counts, each in a new process too, the CPU that building takes.

use std::time::{Duration, Instant};

use auth_core::{Options, reqwest};
use bench_wire::Result;
use bench_wire::authority::Authority;
use bench_wire::child::Child;
use bench_wire::cpu::thread_time;
use bench_wire::spread::Spread;
use bench_wire::{distance, responder};
use pontotel_auth::{Accounts, Client};
use rustls_platform_verifier::ConfigVerifierExt;
use serde_json::{Value, json};

const ONE_WAY: Duration = Duration::from_millis(25);
const ROUNDS: usize = 100;
const BUILDS: usize = 40;
const MANY: u32 = 1000;
const WAYS: [(&str, &str); 4] = [
    ("one", "bare reqwest, one client"),
    ("one", "the same again: the noise"),
    ("ours", "pontotel-auth"),
    ("two", "bare reqwest, a client for the login and one for the request"),
];
const BUILT: [(&str, &str); 5] = [
    ("build-bare", "bare reqwest"),
    ("build-ours", "pontotel-auth, one account"),
    ("build-accounts", "pontotel-auth, 1,000 accounts of one `Accounts`"),
    ("build-clients", "pontotel-auth, 1,000 clients apart"),
    ("build-sharing", "the same with one rustls configuration, by Options::configure"),
];
const SOMEWHERE: &str = "https://apis.pontotel.com.br/pontotel/api/v4";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            first_answers()?;
            builds()
        }
        ["one", base] => {
            let client = reqwest::Client::builder().build()?;
            by_hand(&client, &client, base).await
        }
        ["two", base] => {
            let login = reqwest::Client::builder().build()?;
            by_hand(&login, &reqwest::Client::builder().build()?, base).await
        }
        ["ours", base] => {
            tell(&client(base, 0)?.get("usuarios/").fetch().await?);
            Ok(())
        }
        ["build-bare"] => timed(|| Ok(reqwest::Client::builder().build()?)),
        ["build-ours"] => timed(|| client(SOMEWHERE, 0)),
        ["build-accounts"] => timed(|| {
            let accounts = Accounts::new(Options::default());
            let get = |number| accounts.get_or_insert_with(&number, || builder(SOMEWHERE, number).account());
            Ok((0..MANY).map(get).collect::<Result<Vec<_>, _>>()?)
        }),
        ["build-sharing"] => timed(|| {
            let mut tls = rustls::ClientConfig::with_platform_verifier()?;
            tls.alpn_protocols = vec!["h2".into(), "http/1.1".into()];
            let options = Options::default().configure(move |client| client.tls_backend_preconfigured(tls.clone()));
            let client = |number| builder(SOMEWHERE, number).options(|_default| options.clone()).build();
            Ok((0..MANY).map(client).collect::<Result<Vec<_>, _>>()?)
        }),
        ["build-clients"] => timed(|| (0..MANY).map(|number| client(SOMEWHERE, number)).collect::<Result<Vec<_>>>()),
        _ => Err("usage: cold_start".into()),
    }
}

fn builder(base: &str, number: u32) -> pontotel_auth::Builder {
    Client::builder().base_url(base).username(format!("loja-{number}")).password("segredo")
}

fn client(base: &str, number: u32) -> Result<Client> {
    Ok(builder(base, number).build()?)
}

async fn by_hand(login: &reqwest::Client, request: &reqwest::Client, base: &str) -> Result<()> {
    let account = json!({ "username": "loja-0", "password": "segredo" });
    let answer = login.post(format!("{base}/login/")).json(&account).send().await?.error_for_status()?;
    let session: Value = answer.json().await?;
    let token = session["access_token"].as_str().ok_or("the login has no token")?;
    let answer = request.get(format!("{base}/usuarios/")).bearer_auth(token).send().await?.error_for_status()?;
    tell(&answer.json().await?);
    Ok(())
}

fn tell(answer: &Value) {
    println!("{answer}");
}

fn timed<T>(build: impl FnOnce() -> Result<T>) -> Result<()> {
    let begun = thread_time();
    let clients = build()?;
    println!("{}", thread_time().saturating_sub(begun).as_nanos());
    drop(clients);
    Ok(())
}

fn first_answers() -> Result<()> {
    let authority = Authority::new()?;
    let server = responder::serve_tls(authority.server()?, |head| {
        if head.starts_with("POST /api/login/ ") {
            ("200 OK", r#"{"access_token":"9f8e7d6c5b4a39281706","token_type":"Bearer","expires_in":3600}"#)
        } else {
            responder::guarded(head)
        }
    })?;
    let base = format!("https://{}/api", distance::between(server, ONE_WAY)?);
    let mut times = WAYS.map(|_| Vec::with_capacity(ROUNDS));
    for round in 0..ROUNDS {
        for turn in 0..WAYS.len() {
            let way = (round + turn) % WAYS.len();
            let begun = Instant::now();
            let child = Child::start_with(&[WAYS[way].0, &base], &[("SSL_CERT_FILE", authority.file())])?;
            times[way].push(begun.elapsed());
            child.wait()?;
        }
    }
    println!(
        "From the start of a process to its first answer, login included; {ONE_WAY:?} each way, TLS 1.3, {} authorities, \
         {ROUNDS} rounds:",
        authority.count
    );
    for ((way, what), own) in WAYS.iter().zip(&times) {
        let goal = if *way == "ours" { 1.02 } else { f64::INFINITY };
        print(what, own, &times[0], goal);
    }
    Ok(())
}

fn builds() -> Result<()> {
    let mut times = BUILT.map(|_| Vec::with_capacity(BUILDS));
    for _ in 0..BUILDS {
        for ((way, _), times) in BUILT.iter().zip(&mut times) {
            // Enough of what takes seconds.
            if *way == "build-clients" && times.len() == BUILDS / 10 {
                continue;
            }
            let child = Child::start(&[way])?;
            times.push(Duration::from_nanos(child.line.parse()?));
            child.wait()?;
        }
    }
    println!("CPU of building for https, each in a new process, {BUILDS} rounds:");
    for ((_, what), own) in BUILT.iter().zip(&times) {
        print(what, own, &times[0], f64::INFINITY);
    }
    Ok(())
}

fn print(what: &str, times: &[Duration], bare: &[Duration], goal: f64) {
    let time = Spread::of(times.iter().map(|time| time.as_secs_f64() * 1e3));
    let ratio = Spread::of(times.iter().zip(bare).map(|(time, bare)| time.div_duration_f64(*bare)));
    let verdict = match ratio.median {
        _ if goal.is_infinite() => String::new(),
        ratio if ratio <= goal => format!("  ≤ {goal}: kept"),
        _ => format!("  ≤ {goal}: missed"),
    };
    println!(
        "  {what:<62} {:>8.2} ms  {:>7.3} × ({:.3}–{:.3}){verdict}",
        time.median, ratio.median, ratio.interval.0, ratio.interval.1
    );
}

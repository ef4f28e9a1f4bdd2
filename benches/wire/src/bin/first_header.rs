//! The time until a new process has its first header, and the cost of building a client.
//!
//! `cargo run --release --bin first_header` prints both tables in half a minute. The first is the time from the start
//! of a process, as its parent sees it, to the line that the process writes after its login to the sandbox, which is
//! another process. The second is the time of `build()` in one process, with and without certificates.

use std::time::{Duration, Instant};

use auth_core::http::HeaderValue;
use auth_core::reqwest;
use auth_sandbox::Sandbox;
use bench_wire::Result;
use bench_wire::child::{Child, until_the_parent_ends};
use bench_wire::spread::Spread;
use serde_json::{Value, json};

const RUNS: usize = 200;
const BUILDS: usize = 100;
const WAYS: [(&str, &str); 4] = [
    ("nothing", "a process that does nothing"),
    ("bare", "reqwest::Client::new(), the login by hand"),
    ("bare-local", "the same without certificates and proxy"),
    ("ours", "pontotel-auth"),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            first_headers()?;
            builds()
        }
        ["--serve"] => {
            let sandbox = Sandbox::start().await?;
            println!("{}", sandbox.credentials_json());
            Ok(until_the_parent_ends()?)
        }
        ["nothing", ..] => {
            tell(&HeaderValue::from_static("Bearer nothing"));
            Ok(())
        }
        ["bare", base, username, password] => by_hand(&reqwest::Client::new(), base, username, password).await,
        ["bare-local", base, username, password] => {
            let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
            by_hand(&client, base, username, password).await
        }
        ["ours", base, username, password] => {
            let builder = pontotel_auth::Client::builder().base_url(base).username(username).password(password);
            tell(&builder.build()?.headers().await?["authorization"]);
            Ok(())
        }
        _ => Err("usage: first_header".into()),
    }
}

async fn by_hand(client: &reqwest::Client, base: &str, username: &str, password: &str) -> Result<()> {
    let account = json!({ "username": username, "password": password });
    let answer = client.post(format!("{base}/login/")).json(&account).send().await?.error_for_status()?;
    let session: Value = answer.json().await?;
    let token = session["access_token"].as_str().ok_or("the login has no token")?;
    tell(&HeaderValue::try_from(format!("Bearer {token}"))?);
    Ok(())
}

fn tell(header: &HeaderValue) {
    println!("a header of {} characters", header.len());
}

fn first_headers() -> Result<()> {
    let server = Child::start(&["--serve"])?;
    let account: Value = serde_json::from_str(&server.line)?;
    let [base, username, password] =
        ["base_url", "username", "password"].map(|name| account["pontotel"][name].as_str().unwrap_or_default());
    let mut times = WAYS.map(|_| Vec::with_capacity(RUNS));
    for _ in 0..RUNS {
        for ((way, _), times) in WAYS.iter().zip(&mut times) {
            let begun = Instant::now();
            let child = Child::start(&[way, base, username, password])?;
            times.push(begun.elapsed());
            child.wait()?;
        }
    }
    println!("From the start of a process to its first header, {RUNS} runs in turn:");
    for ((_, what), times) in WAYS.iter().zip(times) {
        print(what, &times);
    }
    Ok(())
}

fn builds() -> Result<()> {
    let ours =
        |base: &str| pontotel_auth::Client::builder().base_url(base).username("maria").password("segredo").build();
    let [mut bare, mut https, mut local_bare, mut local] = [const { Vec::new() }; 4];
    for _ in 0..BUILDS {
        timed(&mut bare, || reqwest::Client::builder().build())?;
        timed(&mut https, || ours("https://apis.pontotel.com.br/pontotel/api/v4"))?;
        timed(&mut local_bare, || reqwest::Client::builder().no_proxy().tls_certs_only([]).build())?;
        timed(&mut local, || ours("http://127.0.0.1:9/pontotel/api/v4"))?;
    }
    println!("Building a client, {BUILDS} in turn, in one process:");
    print("reqwest", &bare);
    print("pontotel-auth, for an https:// address", &https);
    print("reqwest without certificates and proxy", &local_bare);
    print("pontotel-auth, for http:// on loopback", &local);
    Ok(())
}

fn timed<T, E>(times: &mut Vec<Duration>, build: impl FnOnce() -> Result<T, E>) -> Result<(), E> {
    let begun = Instant::now();
    let client = build()?;
    times.push(begun.elapsed());
    drop(client);
    Ok(())
}

fn print(what: &str, times: &[Duration]) {
    let Spread { median, quartiles: (low, high), .. } = Spread::of(times.iter().map(|time| time.as_secs_f64() * 1e3));
    println!("  {what:<42} {median:>7.3} ms  (half {low:.3}–{high:.3})");
}

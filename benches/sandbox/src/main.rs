//! The start of the sandbox, and its requests a second beside a bare axum handler.
//!
//! `cargo run --release` prints both, and fails unless a start takes less than 50 ms and the sandbox serves at least
//! half as many requests as the handler. Both servers have one thread, and answer the same bytes in turns.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use auth_sandbox::Sandbox;
use axum::Router;
use axum::http::header;

const STARTS: usize = 20;
const ROUNDS: usize = 7;
const CONNECTIONS: usize = 8;
/// The requests of one connection in a round.
const REQUESTS: usize = 2_000;
const LONGEST_START: Duration = Duration::from_millis(50);
const LEAST_RATIO: f64 = 0.5;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sandbox = runtime.block_on(Sandbox::start())?;
    if std::env::args().nth(1).as_deref() == Some("--serve") {
        println!("{}", sandbox.credentials_json());
        return Ok(());
    }
    let start = median((0..STARTS).map(|_| started()).collect::<io::Result<_>>()?);
    println!("from the start of a process to its first line: {:.1} ms (median of {STARTS})", start * 1e3);

    let econpay = sandbox.econpay();
    let address: SocketAddr = econpay.base_url().trim_start_matches("http://").trim_end_matches("/econpay").parse()?;
    let login = format!(r#"{{"email": "{}", "password": "{}"}}"#, econpay.username(), econpay.password());
    let login = format!(
        "POST /econpay/auth HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\ncontent-type: application/json\r\n\r\n{login}",
        login.len()
    );
    let answer = Connection::open(address)?.ask(login.as_bytes())?;
    let token = answer.split("\"token\":\"").nth(1).and_then(|rest| rest.split('"').next()).ok_or("no token")?;
    let request = format!("GET /econpay/auth HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
    let answer = Connection::open(address)?.ask(request.as_bytes())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no head")?;
    if !head.starts_with("HTTP/1.1 200") {
        return Err(head.into());
    }

    let bare = bare(head, body)?;
    let same = Connection::open(bare)?.ask(request.as_bytes())?;
    if same.len() != answer.len() {
        return Err(format!("the answers differ:\n{answer}\n{same}").into());
    }
    let (mut floor, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floor.push(requests_a_second(bare, &request)?);
        ours.push(requests_a_second(address, &request)?);
    }
    let (floor, ours) = (median(floor), median(ours));
    let ratio = ours / floor;
    println!("requests a second, {CONNECTIONS} connections, median of {ROUNDS} rounds:");
    println!("  a bare axum handler  {floor:>9.0}");
    println!("  the sandbox          {ours:>9.0}  {ratio:.2} of it");
    if start > LONGEST_START.as_secs_f64() || ratio < LEAST_RATIO {
        return Err(format!("the goals are a start below {LONGEST_START:?} and a ratio of {LEAST_RATIO}").into());
    }
    Ok(())
}

/// Returns the seconds from the start of a new process to the line that says it serves.
fn started() -> io::Result<f64> {
    let start = Instant::now();
    let mut process = Command::new(std::env::current_exe()?).arg("--serve").stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    if let Some(output) = process.stdout.take() {
        BufReader::new(output).read_line(&mut line)?;
    }
    let time = start.elapsed().as_secs_f64();
    process.wait()?;
    if line.is_empty() { Err(io::Error::other("no line")) } else { Ok(time) }
}

/// Serves an answer with the same headers and body, on a thread of its own.
fn bare(head: &str, body: &str) -> Result<SocketAddr, Box<dyn Error>> {
    let named = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(given, _)| *given == name).map(|(_, value)| value.to_owned()).next().ok_or("a header lacks")
    };
    let headers = [(header::CONTENT_TYPE, named("content-type")?), ("sandbox".parse()?, named("sandbox")?)];
    let body = body.to_owned();
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let router = Router::new().fallback(move || async move { (headers, body) });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(axum::serve::ListenerExt::tap_io(listener, |io| drop(io.set_nodelay(true))), router).await
        })
    });
    Ok(address)
}

fn requests_a_second(address: SocketAddr, request: &str) -> io::Result<f64> {
    let connections: Vec<_> = (0..CONNECTIONS).map(|_| Connection::open(address)).collect::<io::Result<_>>()?;
    let start = Instant::now();
    thread::scope(|scope| {
        let all: Vec<_> = connections
            .into_iter()
            .map(|mut connection| {
                scope.spawn(move || (0..REQUESTS).try_for_each(|_| connection.ask(request.as_bytes()).map(drop)))
            })
            .collect();
        all.into_iter().try_for_each(|one| one.join().unwrap_or_else(|_| Err(io::Error::other("a panic"))))
    })?;
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    Ok((CONNECTIONS * REQUESTS) as f64 / start.elapsed().as_secs_f64())
}

struct Connection(TcpStream);

impl Connection {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    /// Sends a request and reads its answer, whose length the head tells.
    fn ask(&mut self, request: &[u8]) -> io::Result<String> {
        self.0.write_all(request)?;
        let (mut answer, mut part) = (Vec::new(), [0; 4096]);
        loop {
            let length = self.0.read(&mut part)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(&part[..length]);
            let text = String::from_utf8_lossy(&answer);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let wanted = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            if wanted == Some(body.len()) {
                return Ok(text.into_owned());
            }
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

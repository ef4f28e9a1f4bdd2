//! Tokens whose expiry is cut to whole seconds, by the clock of the server that enforces it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::join_all;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::account::Account;

const LOAD: Duration = Duration::from_secs(6);

/// Returns the wall clock in milliseconds.
#[expect(clippy::disallowed_methods, reason = "the server's clock")]
fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// The requests that a server received.
#[derive(Default)]
struct Counts {
    logins: AtomicU64,
    served: AtomicU64,
    refused: AtomicU64,
}

/// Starts a server that names each token after its expiry: the second in which the login arrived, plus the lifetime.
/// The server judges a request by the time at which it was begun, so a busy machine does not make it late.
async fn server(lifetime: u64) -> (String, Arc<Counts>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, counts) = (format!("http://{}", listener.local_addr().unwrap()), Arc::new(Counts::default()));
    let shared = Arc::clone(&counts);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, lifetime, Arc::clone(&shared)));
        }
    });
    (url, counts)
}

async fn serve(stream: TcpStream, lifetime: u64, counts: Arc<Counts>) {
    let mut stream = BufReader::new(stream);
    while let Some((token, begun)) = request(&mut stream).await {
        let (status, body) = match token.strip_prefix("Bearer until-") {
            None => {
                counts.logins.fetch_add(1, Relaxed);
                let end = now() / 1000 + lifetime;
                ("200 OK", format!(r#"{{"access_token":"until-{end}","expires_in":{lifetime}}}"#))
            }
            Some(end) if begun < end.parse::<u64>().unwrap() * 1000 => {
                counts.served.fetch_add(1, Relaxed);
                ("200 OK", "{}".to_owned())
            }
            Some(_) => {
                counts.refused.fetch_add(1, Relaxed);
                ("401 Unauthorized", "{}".to_owned())
            }
        };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Reads the token of the next request on a connection, and the time at which it was begun.
async fn request(stream: &mut BufReader<TcpStream>) -> Option<(String, u64)> {
    let (mut token, mut begun, mut length) = (String::new(), 0, 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("authorization", value)) => token = value.to_owned(),
            Some(("x-begun", value)) => begun = value.parse().unwrap(),
            Some(("content-length", value)) => length = value.parse().unwrap(),
            None if line == "\r\n" => break,
            _ => {}
        }
    }
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    Some((token, begun))
}

/// Sends requests with one client until the load is over, with these pauses in between.
async fn requests(url: &str, pause: impl Fn() -> Duration) {
    let client = Account::at(url).client();
    let end = now() + u64::try_from(LOAD.as_millis()).unwrap();
    while now() < end {
        let begun = now();
        client.get("usuarios/").header("x-begun", begun.to_string()).send().await.unwrap();
        tokio::time::sleep(pause()).await;
    }
}

/// One steady client, whose tokens are renewed in the background, and fifty that send a request now and then.
/// Many of those use a token near its expiry.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_expire_on_whole_seconds_are_never_used_after_expiry() {
    join_all([2, 3, 5, 12].map(async |lifetime| {
        let (url, counts) = server(lifetime).await;
        let now_and_then = || Duration::from_millis(fastrand::u64(100..1500));
        let sparse = join_all((0..50).map(|_| requests(&url, now_and_then)));
        tokio::join!(requests(&url, || Duration::from_millis(5)), sparse);
        let [logins, served, refused] =
            [&counts.logins, &counts.served, &counts.refused].map(|count| count.load(Relaxed));
        assert!(served > 200 && logins >= 51, "{logins} logins, {served} requests: there was load");
        assert_eq!(refused, 0, "a token of {lifetime} s was used after its expiry: {logins} logins, {served} served");
    }))
    .await;
}

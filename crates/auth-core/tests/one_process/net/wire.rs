//! A provider on plain sockets, for tests that no server library supports.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use auth_core::{Client, Options};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::GRANTED;
use super::account::Account;

/// The text written to a connection, and the connection's fate after it.
pub(crate) struct Act(pub(crate) String, pub(crate) End);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Keep,
    Close,
    Reset,
}

/// One request: the number of its connection, and its text.
pub(crate) struct Asked {
    pub(crate) connection: usize,
    pub(crate) text: String,
}

impl Asked {
    /// Returns the method and the path.
    pub(crate) fn line(&self) -> String {
        self.text.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn has(&self, header: &str) -> bool {
        self.text.to_ascii_lowercase().lines().any(|line| line.starts_with(&format!("{header}:")))
    }
}

pub(crate) struct Wire {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
}

/// Returns a response that keeps its connection open.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Act {
    Act(format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()), End::Keep)
}

impl Wire {
    /// Starts a provider that grants every login and asks the script for all other responses.
    pub(crate) async fn start(script: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Self {
        Self::serve(Arc::new(script)).await
    }

    /// Not generic, because each type of a task takes long to compile.
    async fn serve(script: Arc<dyn Fn(&Asked) -> Act + Send + Sync>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        let wire = Self { url, asked: Arc::default(), connections: Arc::default() };
        let (asked, connections) = (Arc::clone(&wire.asked), Arc::clone(&wire.connections));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let connection = connections.fetch_add(1, SeqCst);
                let (asked, script) = (Arc::clone(&asked), Arc::clone(&script));
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(text) = request(&mut stream).await {
                        let one = Asked { connection, text };
                        let login = one.line().starts_with("POST /api/login/");
                        let Act(text, end) = if login { answer(200, "", GRANTED) } else { script(&one) };
                        asked.lock().unwrap().push(one);
                        let stream: &mut TcpStream = stream.get_mut();
                        stream.write_all(text.as_bytes()).await.unwrap();
                        match end {
                            End::Keep => {}
                            End::Close => return,
                            End::Reset => return stream.set_zero_linger().unwrap(),
                        }
                    }
                });
            }
        });
        wire
    }

    pub(crate) fn client(&self) -> Client<Account> {
        self.client_with(Options::default())
    }

    pub(crate) fn client_with(&self, options: Options) -> Client<Account> {
        Account::at(&self.url).client_with(options)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }

    /// Returns the requests after the login.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let all = std::mem::take(&mut *self.asked.lock().unwrap());
        all.into_iter().filter(|one| !one.line().starts_with("POST /api/login/")).collect()
    }

    /// Returns their methods and paths.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Asked::line).collect()
    }
}

/// Reads the head and the body of the next request on a connection.
pub(crate) async fn request(stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> Option<String> {
    let (mut text, mut length, mut chunked) = (String::new(), 0, false);
    loop {
        let from = text.len();
        if stream.read_line(&mut text).await.ok()? == 0 {
            return None;
        }
        match &text[from..].to_ascii_lowercase() {
            line if line == "\r\n" => break,
            line => match line.trim_end().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(("transfer-encoding", _)) => chunked = true,
                _ => {}
            },
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    text.push_str(&String::from_utf8_lossy(&body));
    while chunked && !text.ends_with("\r\n0\r\n\r\n") {
        if stream.read_line(&mut text).await.ok()? == 0 {
            return None;
        }
    }
    Some(text)
}

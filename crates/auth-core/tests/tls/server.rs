//! A TLS server that grants logins, answers 7 to the rest, and counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use bytes::Bytes;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

const GRANTED: &str = r#"{"access_token":"granted-token","expires_in":3600}"#;

pub(crate) struct Server {
    pub(crate) url: String,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
}

impl Server {
    /// Speaks this protocol alone: `http/1.1` or `h2`.
    pub(crate) async fn start(mut config: ServerConfig, protocol: &'static str) -> Self {
        config.alpn_protocols = vec![protocol.into()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { url: format!("https://{}/api", listener.local_addr().unwrap()), counts: Arc::default() };
        let counts = Arc::clone(&server.counts);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counts.connections.fetch_add(1, SeqCst);
                let (acceptor, counts) = (acceptor.clone(), Arc::clone(&counts));
                tokio::spawn(async move {
                    // A client that refuses the certificate ends the handshake.
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    if protocol == "h2" { http_2(stream, &counts).await } else { http_1(stream, &counts).await }
                });
            }
        });
        server
    }

    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(SeqCst)
    }

    pub(crate) fn requests(&self) -> usize {
        self.counts.requests.load(SeqCst)
    }
}

impl Counts {
    fn answer(&self, path: &str) -> &'static str {
        self.requests.fetch_add(1, SeqCst);
        if path == "/api/login/" { GRANTED } else { "7" }
    }
}

async fn http_1(mut stream: TlsStream<TcpStream>, counts: &Counts) {
    let mut text = Vec::new();
    while stream.read_buf(&mut text).await.is_ok_and(|read| read > 0) {
        let asked = String::from_utf8_lossy(&text);
        // A login's body is JSON, and a read has none.
        if asked.ends_with("\r\n\r\n") && asked.starts_with("GET ") || asked.ends_with('}') {
            let body = counts.answer(asked.split(' ').nth(1).unwrap());
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
            text.clear();
        }
    }
}

async fn http_2(stream: TlsStream<TcpStream>, counts: &Counts) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let body = counts.answer(request.uri().path());
        let mut stream = respond.send_response(auth_core::http::Response::new(()), false).unwrap();
        stream.send_data(Bytes::from_static(body.as_bytes()), true).unwrap();
    }
}

//! The provider behind loopback HTTP, for a peer that makes its own login only.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::provider::{Failure, Provider};

/// An OAuth token endpoint on its own thread, which ends when this is dropped.
#[derive(Debug)]
pub struct Endpoint {
    address: SocketAddr,
    _open: oneshot::Sender<()>,
}

impl Endpoint {
    /// Starts the endpoint on a free port.
    #[must_use]
    pub fn start(provider: Arc<Provider>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let address = listener.local_addr().expect("an address");
        let (open, closed) = oneshot::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    () = serve(listener, provider) => {}
                    _ = closed => {}
                }
            });
        });
        Self { address, _open: open }
    }

    /// Returns the URL of the endpoint.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/token", self.address)
    }
}

async fn serve(listener: TcpListener, provider: Arc<Provider>) {
    while let Ok((stream, _)) = listener.accept().await {
        let provider = Arc::clone(&provider);
        tokio::spawn(async move {
            // A client that hangs up early gets no response.
            let _ = answer(stream, &provider).await;
        });
    }
}

async fn answer(mut stream: TcpStream, provider: &Provider) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !whole(&request) {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let (status, body) = match provider.login().await {
        Ok(token) => {
            let expires_in = token.lifetime.as_secs();
            let body = serde_json::json!({
                "access_token": token.text, "token_type": "Bearer", "expires_in": expires_in
            });
            ("200 OK", body)
        }
        Err(Failure::Refused) => ("401 Unauthorized", serde_json::json!({"error": "invalid_client"})),
        Err(Failure::Down) => ("503 Service Unavailable", serde_json::json!({"error": "unavailable"})),
    };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await
}

/// Returns true if the head has arrived, and as much of a body as it states.
fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).map(str::trim);
    length.and_then(|length| length.parse().ok()).is_none_or(|length: usize| body.len() >= length)
}

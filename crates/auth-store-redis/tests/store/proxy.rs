//! A proxy between client and server that loses messages on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Closes the connection instead of delivering the next reply.
    pub(crate) loses_an_answer: AtomicBool,
    /// Keeps the existing connections open without forwarding anything.
    pub(crate) is_cut: AtomicBool,
    pub(crate) connections: AtomicU32,
}

/// Starts a proxy for this port and returns its URL.
pub(crate) async fn start(port: u16) -> (String, Arc<Faults>) {
    let faults: Arc<Faults> = Arc::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let shared = Arc::clone(&faults);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            shared.connections.fetch_add(1, SeqCst);
            if let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await {
                tokio::spawn(relay(client, server, Arc::clone(&shared)));
            }
        }
    });
    (url, faults)
}

async fn relay(mut client: TcpStream, mut server: TcpStream, faults: Arc<Faults>) {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => match read {
                Ok(length) if length > 0 && !faults.is_cut.load(SeqCst) => {
                    server.write_all(&asked[..length]).await.unwrap();
                }
                Ok(length) if length > 0 => std::future::pending().await,
                _ => return,
            },
            read = server.read(&mut answered) => match read {
                Ok(length) if length > 0 && !faults.loses_an_answer.swap(false, SeqCst) => {
                    if client.write_all(&answered[..length]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
        }
    }
}

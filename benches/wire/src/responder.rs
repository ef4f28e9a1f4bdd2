//! A minimal HTTP/1.1 server, with or without TLS: it keeps connections alive and gives the same answer to every request.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// More than any request of a bench has.
const ROOM: usize = 64 << 10;

/// Turns a request's head into the end of a status line and a JSON body.
pub type Answer = fn(head: &str) -> (&'static str, &'static str);

/// Serves on loopback until the process ends, on its own threads.
///
/// # Errors
///
/// Fails if it cannot listen on any port.
pub fn serve(answer: Answer) -> io::Result<SocketAddr> {
    accept(move |stream| converse(stream, answer))
}

/// Serves over TLS.
///
/// # Errors
///
/// As for [`serve`].
pub fn serve_tls(config: ServerConfig, answer: Answer) -> io::Result<SocketAddr> {
    let config = Arc::new(config);
    accept(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        converse(StreamOwned::new(connection, stream), answer)
    })
}

/// Listens on loopback, and gives each connection a thread.
///
/// # Errors
///
/// Fails if it cannot listen on any port.
pub fn accept(speak: impl Fn(TcpStream) -> io::Result<()> + Clone + Send + 'static) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let speak = speak.clone();
            // A broken connection is reported by the client.
            thread::spawn(move || drop(stream.set_nodelay(true).and_then(|()| speak(stream))));
        }
    });
    Ok(address)
}

/// Answers for the end-to-end bench: 200 to every request with a credential.
#[must_use]
pub fn guarded(head: &str) -> (&'static str, &'static str) {
    if head.contains("\r\nauthorization: Bearer ") {
        ("200 OK", r#"{"id":123,"nome":"Ana Lima","email":"ana.lima@example.com","ativo":true}"#)
    } else {
        ("401 Unauthorized", r#"{"error":"authentication_failed"}"#)
    }
}

fn converse(mut stream: impl Read + Write, answer: Answer) -> io::Result<()> {
    let mut buffer = vec![0; ROOM];
    let mut filled = 0;
    loop {
        let (head, whole) = match extent(&buffer[..filled]) {
            Some((head, whole)) if whole <= filled => (head, whole),
            _ => match stream.read(&mut buffer[filled..])? {
                0 => return Ok(()),
                read => {
                    filled += read;
                    continue;
                }
            },
        };
        let (status, body) = answer(&String::from_utf8_lossy(&buffer[..head]));
        let length = body.len();
        let text =
            format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes())?;
        buffer.copy_within(whole..filled, 0);
        filled -= whole;
    }
}

/// Returns the end of the first request's head, and the end of its body.
fn extent(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]);
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    Some((head, head + length.and_then(|length| length.parse().ok()).unwrap_or(0)))
}

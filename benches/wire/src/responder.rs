//! A minimal HTTP/1.1 server: it keeps connections alive and gives the same answer to every request.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// More than any request of a bench has.
const ROOM: usize = 64 << 10;

/// Serves on loopback until the process ends, on its own threads. `answer` turns a request's head into the end of a
/// status line and a JSON body.
///
/// # Errors
///
/// Fails if it cannot listen on any port.
pub fn serve(answer: fn(head: &str) -> (&'static str, &'static str)) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A broken connection is reported by the client.
            thread::spawn(move || drop(converse(stream, answer)));
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

fn converse(mut stream: TcpStream, answer: fn(&str) -> (&'static str, &'static str)) -> io::Result<()> {
    stream.set_nodelay(true)?;
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

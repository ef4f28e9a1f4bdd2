//! One connection, which reads requests byte for byte and takes the steps of a response.

use std::future::pending;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::server::TlsStream;

use super::answer::Step;

pub(crate) trait Line: AsyncRead + AsyncWrite + Send + Unpin {
    /// Makes the end of the connection a reset.
    fn arm(&self);
}

impl Line for TcpStream {
    fn arm(&self) {
        drop(self.set_zero_linger());
    }
}

impl Line for TlsStream<TcpStream> {
    fn arm(&self) {
        self.get_ref().0.arm();
    }
}

/// A request as it arrived.
pub(crate) struct Incoming {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Incoming {
    /// Reads a request, or returns `None` when the client is gone.
    pub(crate) async fn read(line: &mut (impl Line + ?Sized)) -> Option<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            if line.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let mut body = bytes.split_off(end + 4);
        let head = String::from_utf8(bytes).ok()?;
        let mut lines = head.trim_end().split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
        let headers: Vec<_> =
            headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.and_then(|(_, value)| value.parse().ok()).unwrap_or_default();
        while body.len() < length {
            if line.read_buf(&mut body).await.ok()? == 0 {
                return None;
            }
        }
        Some(Self { method, path, headers, body })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Returns the credential and the body.
    pub(crate) fn sent(&self) -> String {
        let headers = ["authorization", "x-signed-request"].into_iter().filter_map(|name| self.header(name));
        let body = String::from_utf8_lossy(&self.body);
        headers.chain([body.as_ref()]).collect::<Vec<_>>().join(" ")
    }

    /// Sends the same request to the sandbox and returns its response, which is empty if the connection closes.
    pub(crate) async fn ask(&self, mut sandbox: TcpStream) -> io::Result<Vec<u8>> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "connection") {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"connection: close\r\n\r\n");
        bytes.extend_from_slice(&self.body);
        sandbox.write_all(&bytes).await?;
        let mut answer = Vec::new();
        // A connection that breaks off counts as a response.
        drop(sandbox.read_to_end(&mut answer).await);
        Ok(answer)
    }
}

/// Takes one step. An error means that the connection is over.
pub(crate) async fn take(step: Step, line: &mut (impl Line + ?Sized)) -> io::Result<()> {
    match step {
        Step::Write(bytes) => line.write_all(&bytes).await?,
        Step::Pause(pause) => sleep(pause).await,
        Step::Repeat(bytes, pause) => loop {
            sleep(pause).await;
            line.write_all(&bytes).await?;
            line.flush().await?;
        },
        Step::Hold => {
            while line.read_u8().await.is_ok() {}
            pending::<()>().await;
        }
        Step::Reset => {
            line.arm();
            return Err(io::ErrorKind::ConnectionReset.into());
        }
    }
    line.flush().await
}

//! A provider that logs in as Api4Com does, and otherwise answers with the bytes that a test states.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

type Answers = dyn Fn(&str) -> Reply + Send + Sync;

/// The answer to a request.
pub(crate) enum Reply {
    /// These bytes; the connection stays open.
    Keep(String),
    /// These bytes, and the end of the connection.
    Close(String),
    /// Parts with a pause between two of them, and the end of the connection.
    Parts(Vec<String>),
}

/// A provider on loopback.
pub(crate) struct Provider {
    pub(crate) base_url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    /// Starts a provider whose answers follow from the request's head and body.
    pub(crate) async fn start(answers: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/api/v1", listener.local_addr().unwrap());
        let (seen, answers) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(answers));
        let seen_here = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, Arc::clone(&seen_here), Arc::clone(&answers) as Arc<Answers>));
            }
        });
        Self { base_url, seen }
    }

    /// Returns the requests so far, without logins: each with its head and its body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().filter(|text| !text.starts_with("POST /api/v1/users/login")).cloned().collect()
    }

    /// Returns the only request.
    pub(crate) fn only_request(&self) -> String {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }

    /// Returns the last login, with its head and its body.
    pub(crate) fn last_login(&self) -> String {
        let seen = self.seen.lock().unwrap();
        seen.iter().rfind(|text| text.starts_with("POST /api/v1/users/login")).unwrap().clone()
    }

    /// Returns the number of logins.
    pub(crate) fn logins(&self) -> usize {
        let requests = self.requests().len();
        self.seen.lock().unwrap().len() - requests
    }
}

/// Returns a whole answer.
pub(crate) fn ok(body: &str) -> Reply {
    Reply::Keep(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
}

async fn connection(mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>, answers: Arc<Answers>) {
    let mut read = Vec::new();
    while let Some(request) = request(&mut stream, &mut read).await {
        let login = request.starts_with("POST /api/v1/users/login");
        seen.lock().unwrap().push(request.clone());
        let reply = if login {
            ok(r#"{"id": "token-of-the-account", "ttl": "3600", "created": "2020-01-01T00:00:00Z", "userId": 1}"#)
        } else {
            answers(&request)
        };
        let (parts, keep) = match reply {
            Reply::Keep(text) => (vec![text], true),
            Reply::Close(text) => (vec![text], false),
            Reply::Parts(parts) => (parts, false),
        };
        for (number, part) in parts.iter().enumerate() {
            if number > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            if stream.write_all(part.as_bytes()).await.is_err() {
                return;
            }
        }
        if !keep {
            return;
        }
    }
}

/// Reads a request with its body, or the part that comes before the connection ends.
async fn request(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<String> {
    loop {
        let text = String::from_utf8_lossy(read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            let chunked = lower.contains("transfer-encoding: chunked");
            // A path that asks for an early answer gets it before the body.
            if head.contains(" /api/v1/early ") {
                read.clear();
                return Some(text);
            }
            if body.len() >= length.unwrap_or(0) && (!chunked || body.ends_with("0\r\n\r\n")) {
                read.clear();
                return Some(text);
            }
        }
        match stream.read_buf(read).await {
            Ok(0) | Err(_) => {
                read.clear();
                return (!text.is_empty()).then_some(text);
            }
            Ok(_) => {}
        }
    }
}

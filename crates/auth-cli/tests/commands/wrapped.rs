//! A server in front of the sandbox that changes requests and answers.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// One request on its way to the sandbox, or one answer on its way back.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The first line: `GET /path HTTP/1.1`, or `HTTP/1.1 200 OK`.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The state of the server: each token as the caller and as the sandbox know it, and the counts.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) tokens: Vec<(String, String)>,
    pub(crate) authorized: usize,
    pub(crate) changed: usize,
}

type Ask = dyn Fn(&mut Message, &mut State) -> Option<Message> + Send + Sync;
type Answer = dyn Fn(&Message, &mut Message, &mut State) + Send + Sync;

/// The server. It answers until the test ends.
pub(crate) struct Wrapped {
    pub(crate) origin: String,
    pub(crate) state: Arc<Mutex<State>>,
}

impl Wrapped {
    /// Starts a server in front of this origin. `ask` may change or answer a request, `answer` may change an answer.
    pub(crate) fn start(
        sandbox: &str,
        ask: impl Fn(&mut Message, &mut State) -> Option<Message> + Send + Sync + 'static,
        answer: impl Fn(&Message, &mut Message, &mut State) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (state, sandbox) = (Arc::new(Mutex::new(State::default())), sandbox.replace("http://", ""));
        let (ask, answer): (Arc<Ask>, Arc<Answer>) = (Arc::new(ask), Arc::new(answer));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), shared, sandbox) = (stream, Arc::clone(&shared), sandbox.clone()) else { return };
                let (ask, answer) = (Arc::clone(&ask), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &sandbox, &shared, &*ask, &*answer));
            }
        });
        Self { origin, state }
    }
}

fn serve(mut stream: TcpStream, sandbox: &str, state: &Mutex<State>, ask: &Ask, answer: &Answer) -> Option<()> {
    let mut request = Message::read(&mut stream)?;
    request.set("connection", "close");
    let own = {
        let mut state = state.lock().unwrap();
        if request.header("authorization").is_some() {
            state.authorized += 1;
        }
        let own = ask(&mut request, &mut state);
        if let Some(sent) = request.header("authorization").map(str::to_owned) {
            for (shown, real) in &state.tokens {
                request.set("authorization", &sent.replace(shown, real));
                if sent.contains(shown) {
                    break;
                }
            }
        }
        own
    };
    let mut response = if let Some(own) = own {
        own
    } else {
        let mut upstream = TcpStream::connect(sandbox).ok()?;
        request.write(&mut upstream)?;
        Message::read(&mut upstream)?
    };
    answer(&request, &mut response, &mut state.lock().unwrap());
    // An answer without a first line is none.
    if response.line.is_empty() {
        return None;
    }
    response.set("connection", "close");
    response.write(&mut stream)
}

impl Message {
    pub(crate) fn answer(status: u16, body: &str) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { line: format!("HTTP/1.1 {status} Own"), headers, body: body.into() }
    }

    fn read(stream: &mut TcpStream) -> Option<Self> {
        let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            let read = stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
            bytes.extend_from_slice(&chunk[..read]);
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let line = lines.next()?.to_owned();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let mut message = Self { line, headers, body: bytes[end + 4..].to_vec() };
        let length: usize = message.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        while message.body.len() < length {
            let read = stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
            message.body.extend_from_slice(&chunk[..read]);
        }
        Some(message)
    }

    fn write(&mut self, stream: &mut TcpStream) -> Option<()> {
        if self.header("transfer-encoding").is_some() {
            self.remove("content-length");
            let size = format!("{:x}\r\n", self.body.len());
            self.body = [size.as_bytes(), &self.body, b"\r\n0\r\n\r\n"].concat();
        } else {
            let length = self.body.len().to_string();
            self.set("content-length", &length);
        }
        let mut text = format!("{}\r\n", self.line);
        for (name, value) in &self.headers {
            text += &[name, ": ", value, "\r\n"].concat();
        }
        stream.write_all(&[text.as_bytes(), b"\r\n", &self.body].concat()).ok()?;
        stream.flush().ok()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn set_status(&mut self, status: u16) {
        self.line = format!("HTTP/1.1 {status} Changed");
    }

    /// Changes a body of JSON.
    pub(crate) fn json(&mut self, change: impl FnOnce(&mut Value)) {
        if let Ok(mut value) = serde_json::from_slice(&self.body) {
            change(&mut value);
            self.body = value.to_string().into();
        }
    }

    pub(crate) fn html(&mut self) {
        self.set("content-type", "text/html");
        self.body = b"<h1>Bem-vinda, Maria</h1>".to_vec();
    }

    pub(crate) fn is_login(&self) -> bool {
        self.line.starts_with("POST ") && (self.line.contains("login") || self.line.contains("/auth"))
    }

    /// Returns true for the list of users with any token.
    pub(crate) fn is_read(&self) -> bool {
        self.line.contains("/usuarios/ ") && self.header("authorization").is_some()
    }
}

/// Returns a token of the sandbox with other claims, and remembers which one it stands for.
pub(crate) fn renamed(state: &mut State, token: &str, change: impl FnOnce(&mut Value)) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    change(&mut claims);
    let shown = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2]);
    state.tokens.push((shown.clone(), token.to_owned()));
    shown
}

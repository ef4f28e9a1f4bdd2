//! The sandbox's response, parsed, and the bytes that a case makes of it.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

/// The next action of the server on a connection.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Write(Vec<u8>),
    Pause(Duration),
    /// Writes this for ever, with a pause before each time.
    Repeat(Vec<u8>, Duration),
    /// Waits until the client closes.
    Hold,
    /// Ends the connection at once, with a reset instead of an orderly end.
    Reset,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The bytes as they arrived, even if they are broken or missing.
    raw: Vec<u8>,
    /// The path of the request, and a URL at another origin.
    pub(crate) path: String,
    pub(crate) elsewhere: String,
    /// The request's credential and body.
    pub(crate) sent: String,
    /// The JSON pointer of the token in a login response.
    pub(crate) token: &'static str,
}

impl Answer {
    pub(crate) fn read(raw: Vec<u8>, path: String, elsewhere: String, token: &'static str) -> Self {
        let end = raw.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(raw.len());
        let head = String::from_utf8_lossy(&raw[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default().1.to_owned();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let body = raw.get(end + 4..).unwrap_or_default().to_vec();
        Self { status, headers, body, raw, path, elsewhere, sent: String::new(), token }
    }

    /// Returns the bytes as they arrived, without the end of the connection if it is kept alive.
    pub(crate) fn untouched(mut self, keep_alive: bool) -> Vec<Step> {
        if keep_alive {
            self.remove("connection");
            return self.whole();
        }
        vec![Step::Write(self.raw)]
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers.retain(|(other, _)| other != name);
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.add(name, value);
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Sets or removes a member of the body.
    pub(crate) fn put(&mut self, pointer: &str, value: Option<Value>) {
        let mut json = self.json();
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(Value::Object(parent)) = json.pointer_mut(parent) {
            match value {
                Some(value) => drop(parent.insert(name.to_owned(), value)),
                None => drop(parent.remove(name)),
            }
        }
        self.body = json.to_string().into_bytes();
    }

    /// Returns status and headers, without a length.
    pub(crate) fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {}\r\n", self.status);
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "content-length") {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head
    }

    /// Returns the head with the length of the body, up to its blank line.
    pub(crate) fn head_with_length(&self) -> Vec<u8> {
        format!("{}content-length: {}\r\n\r\n", self.head(), self.body.len()).into_bytes()
    }

    /// Returns the whole response, with the right length.
    pub(crate) fn whole(self) -> Vec<Step> {
        let mut bytes = self.head_with_length();
        bytes.extend_from_slice(&self.body);
        vec![Step::Write(bytes)]
    }
}

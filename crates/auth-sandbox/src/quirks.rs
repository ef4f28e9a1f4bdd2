//! The unkind habits of real servers, which can be switched on.

use std::time::Duration;

use crate::reply::Reply;

/// Habits of real servers that clients must cope with. All are off by default.
///
/// They hold for all providers, and connections for the control API too.
///
/// ```
/// use std::time::Duration;
/// use auth_sandbox::{Quirks, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let quirks = Quirks { keep_alive: Some(Duration::from_secs(5)), ..Quirks::NONE };
/// let sandbox = Sandbox::builder().quirks(quirks.clone()).start().await?;
/// assert_eq!(sandbox.quirks(), quirks);
///
/// sandbox.set_quirks(Quirks { headers: 90, ..Quirks::UNKIND });
/// let answer = reqwest::get(format!("{}/usuarios/", sandbox.pontotel().base_url())).await?;
/// assert!(answer.headers().len() > 90);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Closes a connection that has carried no request for this time after an answer: HTTP/1.1 without an
    /// announcement, HTTP/2 with GOAWAY. `None` keeps it open. If it is short, connections close while a client sends.
    pub keep_alive: Option<Duration>,
    /// Accepts no more than this number of connections at a time. Others wait, and are not refused. `None` for no
    /// limit.
    pub connections: Option<usize>,
    /// Ends a connection after this number of requests, as nginx does: with GOAWAY in HTTP/2, and with
    /// `Connection: close` in the last answer of HTTP/1.1. `None` for no limit.
    pub requests_per_connection: Option<u32>,
    /// Issues and ends tokens at whole seconds of the clock, so that a token lives up to a second less.
    pub whole_seconds: bool,
    /// Takes this time for each login, as bcrypt does, even if it refuses the login.
    pub login_time: Duration,
    /// Writes JSON in this charset, that of stubs and faults too.
    pub charset: Charset,
    /// Adds this number of headers to each answer of a provider. Some HTTP libraries refuse more than 100.
    pub headers: u16,
}

impl Quirks {
    /// No quirks.
    ///
    /// ```
    /// assert_eq!(auth_sandbox::Quirks::NONE, auth_sandbox::Quirks::default());
    /// ```
    pub const NONE: Self = Self {
        keep_alive: None,
        connections: None,
        requests_per_connection: None,
        whole_seconds: false,
        login_time: Duration::ZERO,
        charset: Charset::Utf8,
        headers: 0,
    };

    /// Habits that cause no error in a client: connections that end after 5 s or 10 requests, 100 connections, whole
    /// seconds, logins of 250 ms and 60 more headers.
    ///
    /// ```
    /// assert_eq!(auth_sandbox::Quirks::UNKIND.connections, Some(100));
    /// ```
    pub const UNKIND: Self = Self {
        keep_alive: Some(Duration::from_secs(5)),
        connections: Some(100),
        requests_per_connection: Some(10),
        whole_seconds: true,
        login_time: Duration::from_millis(250),
        charset: Charset::Utf8,
        headers: 60,
    };
}

/// The charset of the JSON that a client gets.
///
/// ```
/// use auth_sandbox::{Charset, Quirks, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// sandbox.set_quirks(Quirks { charset: Charset::Latin1, ..Quirks::NONE });
/// let answer = reqwest::get(format!("{}/usuarios/", sandbox.pontotel().base_url())).await?;
/// assert_eq!(answer.headers()["content-type"], "application/json; charset=iso-8859-1");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, as the providers write.
    #[default]
    Utf8,
    /// ISO-8859-1. Other characters are written as `\u` and four digits.
    Latin1,
    /// UTF-16, big-endian, with a byte order mark.
    Utf16,
}

impl Charset {
    pub(crate) const ALL: [(&str, Self); 3] =
        [("utf-8", Self::Utf8), ("iso-8859-1", Self::Latin1), ("utf-16", Self::Utf16)];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Latin1 => "iso-8859-1",
            Self::Utf16 => "utf-16",
        }
    }

    /// Writes the JSON of an answer in this charset.
    pub(crate) fn encoded(self, mut reply: Reply) -> Reply {
        let is_json = ["application/json", "application/json; charset=utf-8"];
        let content_type = reply.headers.get("content-type");
        if self == Self::Utf8 || content_type.is_none_or(|given| is_json.iter().all(|json| given != json)) {
            return reply;
        }
        if let Ok(text) = str::from_utf8(&reply.body) {
            reply.body = self.encode(text);
        }
        reply.header("content-type", format_args!("application/json; charset={}", self.name()))
    }

    fn encode(self, text: &str) -> Vec<u8> {
        let mut encoded = Vec::with_capacity(2 * text.len());
        match self {
            Self::Utf8 => encoded.extend_from_slice(text.as_bytes()),
            Self::Latin1 => {
                for c in text.chars() {
                    match u8::try_from(c) {
                        Ok(byte) => encoded.push(byte),
                        Err(_) => {
                            for unit in c.encode_utf16(&mut [0; 2]) {
                                encoded.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                            }
                        }
                    }
                }
            }
            Self::Utf16 => {
                encoded.extend("\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes));
            }
        }
        encoded
    }
}

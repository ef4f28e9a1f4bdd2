//! Answers, whole or broken.

use std::{fmt, io};

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::{exchange::Exchange, recorded::Recorded};

/// An answer before it is on the wire.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(HeaderName, String)>,
    body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![(header::CONTENT_TYPE, content_type.to_owned())], body: body.into() }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.headers.push((HeaderName::from_static(name), value.to_string()));
        self
    }

    /// The answer to this request, as it will be told.
    pub(crate) fn exchange(&self, request: &Recorded) -> Exchange {
        let (head, body) = self.clone().head();
        let (head, _) = head.into_parts();
        Exchange { request: request.clone(), status: head.status, headers: head.headers, body }
    }

    pub(crate) fn whole(self) -> Response<Body> {
        let (mut response, body) = self.head();
        *response.body_mut() = Body::from(body);
        response
    }

    /// Half of the body under the length of the whole.
    pub(crate) fn truncated(self) -> Response<Body> {
        let (mut response, body) = self.head();
        let length = HeaderValue::from(body.len().max(2));
        response.headers_mut().insert(header::CONTENT_LENGTH, length);
        let half = Bytes::copy_from_slice(&body[..body.len() / 2]);
        let parts = stream::iter([Ok(half), broken()]).then(|part| async {
            if part.is_err() {
                // What was sent so far reaches the wire first.
                tokio::task::yield_now().await;
            }
            part
        });
        *response.body_mut() = Body::from_stream(parts);
        response
    }

    fn head(self) -> (Response<Body>, Vec<u8>) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        (response, self.body)
    }
}

/// The connection closes and not one byte was sent: hyper drops a head whose body fails at once.
pub(crate) fn closed() -> Response<Body> {
    Response::new(Body::from_stream(stream::iter([broken()])))
}

fn broken() -> io::Result<Bytes> {
    Err(io::Error::other("broken on purpose"))
}

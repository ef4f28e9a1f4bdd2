//! Answers, whole or broken off.

use std::{fmt::Display, io};

use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Bytes, Frame};
use serde_json::Value;

/// The body of an answer, which can break off.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// An answer before it is sent.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Creates an answer. A status that is not valid becomes 500; a content type that is not valid is left out.
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: HeaderMap::new(), body: body.into() }.header("content-type", content_type)
    }

    pub(crate) fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// Creates an answer without a body.
    pub(crate) fn empty() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Vec::new() }
    }

    #[must_use]
    pub(crate) fn header(self, name: &'static str, value: impl Display) -> Self {
        self.header_if(name, Some(value))
    }

    /// Sets a header if there is a value, and if it is valid.
    #[must_use]
    pub(crate) fn header_if(mut self, name: &'static str, value: Option<impl Display>) -> Self {
        if let Some(Ok(value)) = value.map(|value| HeaderValue::try_from(value.to_string())) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn whole(self) -> Response<Body> {
        let body = Full::from(self.body).map_err(|never| match never {}).boxed_unsync();
        sent(self.status, self.headers, body)
    }

    /// Sends half of the body with the `Content-Length` of the whole body.
    pub(crate) fn truncated(self) -> Response<Body> {
        let Self { status, body, .. } = &self;
        let half = Bytes::copy_from_slice(&body[..body.len() / 2]);
        let half = stream::once(async { Ok(Frame::data(half)) });
        let broken = stream::once(async {
            // Lets the connection send the first half before it breaks.
            tokio::task::yield_now().await;
            Err(io::Error::other("broken on purpose"))
        });
        let (status, length) = (*status, body.len().max(2));
        sent(status, self.header("content-length", length).headers, StreamBody::new(half.chain(broken)).boxed_unsync())
    }
}

fn sent(status: StatusCode, headers: HeaderMap, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    response
}

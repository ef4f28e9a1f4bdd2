//! The body of a request that may be sent again, or that may fail by itself.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use reqwest::{Body, Request};

use crate::error::{Error, ErrorKind};
use crate::transport::causes;

/// The body of a request that is in flight.
pub(super) enum Kept {
    Nothing,
    Bytes(Bytes),
    /// A stream cannot be sent again. The cell holds the reason for which the stream itself failed, if it did.
    Stream(Arc<OnceLock<String>>),
}

impl Kept {
    /// Keeps the body of a request, which stays in the request. A stream is watched from now on.
    #[inline]
    pub(super) fn of(request: &mut Request) -> Self {
        let Some(body) = request.body_mut() else { return Self::Nothing };
        if body.as_bytes().is_none() {
            let failure = Arc::default();
            let watched = Watched { body: std::mem::take(body), failure: Arc::clone(&failure) };
            *body = Body::wrap(watched);
            return Self::Stream(failure);
        }
        let bytes = take_bytes(body);
        *body = Body::from(bytes.clone());
        Self::Bytes(bytes)
    }

    pub(super) fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(_))
    }

    /// Returns the body again, or `None` for a stream.
    pub(super) fn again(&self) -> Option<Body> {
        match self {
            Self::Bytes(bytes) => Some(Body::from(bytes.clone())),
            Self::Nothing | Self::Stream(_) => None,
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Nothing | Self::Stream(_) => &[],
        }
    }

    /// Returns the error of the body instead of the connection's error, if the body failed.
    pub(super) fn failed(&self, error: reqwest::Error) -> Error {
        let Self::Stream(failure) = self else { return error.into() };
        let Some(why) = failure.get() else { return error.into() };
        let message = format!("the request's body failed while it was read, and was sent in part: {why}");
        Error::new(ErrorKind::InvalidRequest, message).with_source(error.without_url())
    }
}

/// Takes the bytes out of a body that is not a stream. They are its only frame.
///
/// Apart from this, reqwest shares them only through `Request::try_clone`, which copies the rest of the request too.
fn take_bytes(body: &mut Body) -> Bytes {
    let mut context = Context::from_waker(Waker::noop());
    match Pin::new(body).poll_frame(&mut context) {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        _ => Bytes::new(),
    }
}

struct Watched {
    body: Body,
    failure: Arc<OnceLock<String>>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<reqwest::Result<Frame<Bytes>>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Err(error)) = &frame {
            // The first failure is the cause of any later one.
            let _ = self.failure.set(causes(error));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use url::Url;

    use super::*;

    #[test]
    fn the_bytes_of_a_body_are_kept_without_a_copy() {
        for text in ["{\"nome\":\"Ana\"}", ""] {
            let mut request = Request::new(Method::POST, Url::parse("https://host.test/").unwrap());
            *request.body_mut() = Some(Body::from(text));
            let kept = Kept::of(&mut request);
            let again = kept.again().unwrap();
            for body in [request.body().unwrap(), &again] {
                assert_eq!(body.as_bytes(), Some(text.as_bytes()));
                assert!(text.is_empty() || std::ptr::eq(body.as_bytes().unwrap(), text.as_bytes()));
            }
        }
    }
}

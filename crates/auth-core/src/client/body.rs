//! Streamed request bodies, whose own failures are distinguished from a broken connection.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::{Body, Request};

use crate::error::{Error, ErrorKind};
use crate::transport::causes;

/// The reason for which a request's own body failed, if it did.
#[derive(Default)]
pub(super) struct Failed(Option<Arc<OnceLock<String>>>);

impl Failed {
    /// Watches the body of a request, if it is a stream.
    pub(super) fn watch(request: &mut Request) -> Self {
        let Some(body) = request.body_mut().as_mut().filter(|body| body.as_bytes().is_none()) else {
            return Self(None);
        };
        let failure = Arc::default();
        let watched = Watched { body: std::mem::take(body), failure: Arc::clone(&failure) };
        *body = Body::wrap(watched);
        Self(Some(failure))
    }

    /// Returns the error of the body instead of the connection's error, if the body failed.
    pub(super) fn or(&self, error: reqwest::Error) -> Error {
        match self.0.as_ref().and_then(|failure| failure.get()) {
            Some(why) => {
                let message = format!("the request's body failed while it was read, and was sent in part: {why}");
                Error::new(ErrorKind::InvalidRequest, message).with_source(error.without_url())
            }
            None => error.into(),
        }
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

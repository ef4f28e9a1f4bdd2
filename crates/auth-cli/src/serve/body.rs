//! The body of a request: kept for a replay, or streamed.

use std::time::Duration;

use auth_core::http::StatusCode;
use auth_core::reqwest;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, BodyStream, Limited, StreamBody};
use hyper::body::Incoming;
use tokio::sync::watch;
use tokio::time::timeout;

use super::problem::Problem;
use super::stream::{BoxError, Impatient};

/// The body of a request on its way to the provider.
pub(super) enum RequestBody {
    Nothing,
    /// Bytes that can be sent again after a 401.
    Kept(Bytes),
    /// A longer body, which is sent once, and a channel that is notified of each part.
    Streamed(reqwest::Body, watch::Receiver<()>),
}

/// The limits of a request's body.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    /// The greatest length that is kept for a replay, in bytes.
    pub(super) kept: usize,
    /// The greatest length that is accepted, in bytes.
    pub(super) accepted: usize,
    /// The longest time until a kept body is complete, and between two parts of a longer one.
    pub(super) patience: Duration,
}

impl RequestBody {
    /// Reads a body that is short enough to be kept, or begins to stream it.
    pub(super) async fn read(body: Incoming, limits: BodyLimits) -> Result<Self, Problem> {
        if body.is_end_stream() {
            return Ok(Self::Nothing);
        }
        let least = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if least > limits.accepted {
            return Err(Problem::too_long("it is longer than --max-body"));
        }
        let mut body = Limited::new(body, limits.accepted);
        if least > limits.kept {
            return Ok(Self::stream(body, limits.patience));
        }
        let mut beginning = BytesMut::with_capacity(least);
        let complete = timeout(limits.patience, async {
            while let Some(frame) = body.frame().await {
                let data = frame.map_err(|error| Problem::broken_body(&error))?.into_data().unwrap_or_default();
                beginning.extend_from_slice(&data);
                if beginning.len() > limits.kept {
                    return Ok::<_, Problem>(false);
                }
            }
            Ok(true)
        });
        let complete = complete.await.map_err(|_elapsed| Problem::slow_body(limits.patience))??;
        let beginning = beginning.freeze();
        if complete {
            return Ok(if beginning.is_empty() { Self::Nothing } else { Self::Kept(beginning) });
        }
        let beginning = stream::iter([Ok(Frame::data(beginning))]);
        Ok(Self::stream(StreamBody::new(beginning.chain(BodyStream::new(body))), limits.patience))
    }

    fn stream<B>(body: B, patience: Duration) -> Self
    where
        B: Body<Data = Bytes, Error = BoxError> + Send + Sync + Unpin + 'static,
    {
        let (progress, parts) = watch::channel(());
        let body = Impatient::new(body, patience).telling(progress);
        Self::Streamed(reqwest::Body::wrap(body), parts)
    }
}

impl Problem {
    fn broken_body(error: &BoxError) -> Self {
        if error.is::<http_body_util::LengthLimitError>() {
            return Self::too_long("it is longer than --max-body");
        }
        let detail = format!("the request's body broke off: {error}");
        Self::new(StatusCode::BAD_REQUEST, "invalid-request", "The request cannot be sent", detail)
    }

    fn slow_body(patience: Duration) -> Self {
        let detail = format!("the request's body did not arrive within {} s", patience.as_secs());
        Self::new(StatusCode::REQUEST_TIMEOUT, "request-timeout", "The request did not arrive in time", detail)
    }
}

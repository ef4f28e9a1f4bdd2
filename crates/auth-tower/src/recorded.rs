//! Bodies that are recorded while they are sent.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::vec;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::replay::Replay;

/// Records a body while it is sent, for streams such as the body of an incoming request.
///
/// ```
/// # fn layer(client: &auth_core::Client<impl auth_core::Login>) {
/// use auth_tower::{AuthLayer, Recorded};
///
/// let layer = AuthLayer::new(client).replay(Recorded::up_to(64 * 1024));
/// # }
/// ```
///
/// The inner service gets each frame at once, so recording neither delays a stream nor copies its bytes. A body is not
/// sent again if it is longer than the limit, if it failed, or if the 401 arrived before all of it was sent.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    limit: u64,
}

impl Recorded {
    /// Records bodies of at most this number of bytes, which each request may keep in memory until it is answered.
    ///
    /// ```
    /// let policy = auth_tower::Recorded::up_to(64 * 1024);
    /// ```
    #[must_use]
    pub fn up_to(limit: u64) -> Self {
        Self { limit }
    }
}

impl<B: Body<Data = Bytes>> Replay<B> for Recorded {
    type Body = RecordedBody<B>;
    type Kept = Recording;

    fn keep(&self, body: B) -> (RecordedBody<B>, Option<Recording>) {
        if body.size_hint().lower() > self.limit {
            return (RecordedBody { state: State::Live { body, recorder: None } }, None);
        }
        let recording = Recording(Arc::default());
        let mut recorder = Some(Recorder { tape: Tape::default(), limit: self.limit, recording: recording.clone() });
        if is_sent(&body) {
            Recorder::publish(&mut recorder);
        }
        (RecordedBody { state: State::Live { body, recorder } }, Some(recording))
    }

    fn again(recording: &Recording) -> Option<RecordedBody<B>> {
        let Tape { data, trailers, length } = recording.0.get()?.clone();
        Some(RecordedBody { state: State::Again { data: data.into_iter(), trailers, left: length } })
    }
}

/// Returns true if a body has no more frames. A client that knows a body's length may not poll for its end.
fn is_sent(body: &impl Body) -> bool {
    body.is_end_stream() || body.size_hint().exact() == Some(0)
}

/// The recording of one body, which is complete after all of the body was sent.
///
/// ```
/// use auth_tower::{Recorded, Replay};
/// use http_body_util::Full;
///
/// let (_unsent, recording) = Recorded::up_to(100).keep(Full::<bytes::Bytes>::from("nome=Maria"));
/// let again = recording.as_ref().and_then(<Recorded as Replay<Full<_>>>::again);
/// assert!(again.is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Recording(Arc<OnceLock<Tape>>);

#[derive(Clone, Default)]
struct Tape {
    data: Vec<Bytes>,
    trailers: Option<HeaderMap>,
    length: u64,
}

/// Shows nothing of the body, which may contain secrets.
impl fmt::Debug for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tape({} bytes)", self.length)
    }
}

#[derive(Debug)]
struct Recorder {
    tape: Tape,
    limit: u64,
    recording: Recording,
}

impl Recorder {
    /// Records a frame. Returns false if the limit is too low for it.
    fn record(&mut self, frame: &Frame<Bytes>) -> bool {
        if let Some(data) = frame.data_ref() {
            self.tape.length += data.len() as u64;
            self.tape.data.push(data.clone());
        }
        if let Some(trailers) = frame.trailers_ref() {
            self.tape.trailers = Some(trailers.clone());
        }
        self.tape.length <= self.limit
    }

    /// Completes the recording.
    fn publish(recorder: &mut Option<Self>) {
        if let Some(Self { tape, recording, .. }) = recorder.take() {
            // No other recorder has this recording.
            let _ = recording.0.set(tape);
        }
    }
}

pin_project! {
    /// The body that the inner service gets under the policy [`Recorded`].
    ///
    /// ```
    /// use auth_tower::RecordedBody;
    /// use axum::body::Body;
    /// use hyper_util::client::legacy::{Client, connect::HttpConnector};
    ///
    /// type Inner = Client<HttpConnector, RecordedBody<Body>>;
    /// ```
    #[derive(Debug)]
    pub struct RecordedBody<B> {
        #[pin]
        state: State<B>,
    }
}

pin_project! {
    #[project = StateProjection]
    #[derive(Debug)]
    enum State<B> {
        /// The caller's body, with a recorder while it can still be recorded.
        Live {
            #[pin]
            body: B,
            recorder: Option<Recorder>,
        },
        /// The recording.
        Again {
            data: vec::IntoIter<Bytes>,
            trailers: Option<HeaderMap>,
            left: u64,
        },
    }
}

impl<B: Body<Data = Bytes>> Body for RecordedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().state.project() {
            StateProjection::Live { mut body, recorder } => {
                let frame = ready!(body.as_mut().poll_frame(cx));
                match &frame {
                    Some(Ok(frame)) if recorder.as_mut().is_some_and(|recorder| !recorder.record(frame)) => {
                        *recorder = None;
                    }
                    Some(Ok(_)) if !is_sent(&*body) => {}
                    Some(Err(_)) => *recorder = None,
                    Some(Ok(_)) | None => Recorder::publish(recorder),
                }
                Poll::Ready(frame)
            }
            StateProjection::Again { data, trailers, left } => {
                if let Some(data) = data.next() {
                    *left -= data.len() as u64;
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Poll::Ready(trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            State::Live { body, .. } => body.is_end_stream(),
            State::Again { data, trailers, .. } => data.as_slice().is_empty() && trailers.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Live { body, .. } => body.size_hint(),
            State::Again { left, .. } => SizeHint::with_exact(*left),
        }
    }
}

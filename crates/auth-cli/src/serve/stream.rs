//! Bodies that pass the sidecar part by part, with a limit on their silence.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;
/// The body of an answer.
pub(super) type ResponseBody = UnsyncBoxBody<Bytes, BoxError>;

/// A body that fails if its next part takes longer than a limit.
pub(super) struct Impatient<B> {
    body: B,
    patience: Duration,
    /// Runs while a part is awaited.
    silence: Option<Pin<Box<Sleep>>>,
    /// A channel that is notified of each part.
    progress: Option<watch::Sender<()>>,
}

impl<B> Impatient<B> {
    pub(super) fn new(body: B, patience: Duration) -> Self {
        Self { body, patience, silence: None, progress: None }
    }

    /// Notifies a channel of each part.
    pub(super) fn telling(self, progress: watch::Sender<()>) -> Self {
        Self { progress: Some(progress), ..self }
    }
}

impl<B> Body for Impatient<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            this.silence = None;
            if let Some(progress) = &this.progress {
                progress.send_replace(());
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let silence = this.silence.get_or_insert_with(|| Box::pin(sleep(this.patience)));
        silence.as_mut().poll(cx).map(|()| Some(Err("silent for too long".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

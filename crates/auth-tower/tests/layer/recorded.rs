//! Bodies that are recorded while they are sent.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use auth_tower::{Recorded, RecordedBody, Recording, Replay};
use bytes::Bytes;
use futures_util::stream;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Empty, Full, StreamBody};

type Frames = Vec<Result<Frame<Bytes>, io::Error>>;

fn body(frames: Frames) -> impl Body<Data = Bytes, Error = io::Error> + Unpin {
    StreamBody::new(stream::iter(frames))
}

fn data(text: &'static str) -> Frame<Bytes> {
    Frame::data(text.into())
}

fn keep<B: Body<Data = Bytes>>(limit: u64, body: B) -> (RecordedBody<B>, Option<Recording>) {
    Recorded::up_to(limit).keep(body)
}

fn again<B: Body<Data = Bytes>>(_like: &RecordedBody<B>, recording: &Recording) -> Option<RecordedBody<B>> {
    Recorded::again(recording)
}

#[tokio::test]
async fn data_and_trailers_are_replayed_as_they_were_sent() {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", "7".parse().unwrap());
    let frames = vec![Ok(data("nome=")), Ok(data("Maria")), Ok(Frame::trailers(trailers.clone()))];
    let (mut sent, recording) = keep(10, body(frames));
    let recording = recording.unwrap();
    while sent.frame().await.is_some() {}
    let mut again = again(&sent, &recording).unwrap();
    assert_eq!((again.size_hint().exact(), again.is_end_stream()), (Some(10), false));
    assert_eq!(again.frame().await.unwrap().unwrap().into_data().unwrap(), "nome=");
    assert_eq!(again.size_hint().exact(), Some(5));
    let rest = again.collect().await.unwrap();
    assert_eq!(rest.trailers(), Some(&trailers));
    assert_eq!(rest.to_bytes(), "Maria");
}

#[tokio::test]
async fn a_recording_is_complete_only_after_the_end_of_its_body() {
    let (mut sent, recording) = keep(100, body(vec![Ok(data("nome=")), Ok(data("Maria"))]));
    let recording = recording.unwrap();
    for _ in 0..2 {
        sent.frame().await.unwrap().unwrap();
        assert!(again(&sent, &recording).is_none());
    }
    assert!(sent.frame().await.is_none());
    assert!(again(&sent, &recording).is_some());
}

/// A client that knows the length stops there.
#[tokio::test]
async fn a_body_of_known_length_is_complete_after_its_last_byte() {
    let (mut sent, recording) = keep(100, Full::<Bytes>::from("nome=Maria"));
    assert_eq!(sent.size_hint().exact(), Some(10));
    sent.frame().await.unwrap().unwrap();
    let mut again = again(&sent, &recording.unwrap()).unwrap();
    assert_eq!(again.frame().await.unwrap().unwrap().into_data().unwrap(), "nome=Maria");
    assert!(again.is_end_stream() && again.frame().await.is_none());
}

#[tokio::test]
async fn a_body_without_bytes_is_complete_before_it_is_sent() {
    let (sent, recording) = keep(0, Empty::<Bytes>::new());
    let again = again(&sent, &recording.unwrap()).unwrap();
    assert!(again.is_end_stream() && again.size_hint().exact() == Some(0));
    assert!(again.collect().await.unwrap().to_bytes().is_empty());
}

#[tokio::test]
async fn a_body_that_fails_or_is_too_long_passes_and_has_no_recording() {
    for frames in
        [vec![Ok(data("nome=")), Err(io::Error::other("gone"))], vec![Ok(data("nome=")), Ok(data("Maria da Silva"))]]
    {
        let fails = frames.iter().any(Result::is_err);
        let (mut sent, recording) = keep(18, body(frames));
        let recording = recording.unwrap();
        let mut length = 0;
        while let Some(frame) = sent.frame().await {
            length += frame.map_or(0, |frame| frame.into_data().unwrap().len());
        }
        assert_eq!(length, if fails { 5 } else { 19 });
        assert!(again(&sent, &recording).is_none());
    }
}

#[tokio::test]
async fn a_body_longer_than_the_limit_is_not_recorded() {
    let (sent, recording) = keep(9, Full::<Bytes>::from("nome=Maria"));
    assert!(recording.is_none());
    assert_eq!(sent.collect().await.unwrap().to_bytes(), "nome=Maria");
}

/// A body of exact length that never reports its end.
struct Silent(std::vec::IntoIter<Bytes>);

impl Body for Silent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.next().map(|data| Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_slice().iter().map(|data| data.len() as u64).sum())
    }
}

#[tokio::test]
async fn an_exact_length_that_reaches_zero_is_the_end_of_a_body() {
    let (mut sent, recording) = keep(100, Silent(vec!["nome=".into(), "Maria".into()].into_iter()));
    let recording = recording.unwrap();
    sent.frame().await.unwrap().unwrap();
    assert!(again(&sent, &recording).is_none());
    sent.frame().await.unwrap().unwrap();
    assert!(again(&sent, &recording).is_some());
    assert_eq!(format!("{recording:?}"), "Recording(OnceLock(Tape(10 bytes)))");
}
